"""The intake before a Redis that refuses, and before one whose replica does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import uvicorn

from lianqin import keys
from lianqin.bus import connect
from lianqin.clock import SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, Quarantined, decode, encode
from lianqin.settings import Settings
from lianqin.spool import Spool
from lianqin.testing import T0, FakeClock, a_fix
from patrol.devices.credential import credential_sha256
from patrol.intake.app import make_intake
from patrol.intake.door import FixReceiver
from patrol.intake.serve import Server
from patrol.intake.writer import GroupWriter, WriteItem, item_of
from tests.redis_states import STATES, Pair, a_pair

SECRET = "0123456789abcdef0123456789abcdef"
NOW = SystemClock().now


@contextlib.asynccontextmanager
async def mounted(settings: Settings, socket: str) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(make_intake(settings), uds=socket, log_level="error", access_log=False))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


@contextlib.asynccontextmanager
async def alone(settings: Settings, socket: str) -> AsyncIterator[None]:
    door = FixReceiver(settings)
    server = Server(door)
    await server.open(uds=socket)
    yield
    await server.close()
    await door.close()


FORMS = {"mounted": mounted, "alone": alone}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextlib.asynccontextmanager
async def serving(form: str, settings: Settings, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    socket = str(folder / "i.sock")
    async with FORMS[form](settings, socket):
        transport = httpx.AsyncHTTPTransport(uds=socket)
        async with httpx.AsyncClient(transport=transport, base_url="http://intake", timeout=30) as client:
            yield client


def enrol(client: redis.Redis) -> None:
    device = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))
    client.hset(keys.followed("device"), "D01", encode(device))
    client.incr(keys.followed_version("device"))


def stored(client: redis.Redis) -> list[Any]:
    entries: Any = client.xrange(keys.fixes(0, late=False))
    batches = [decode(fields[b"r"]) for _, fields in entries]
    return [fix for batch in batches if isinstance(batch, FixBatch) for fix in batch.fixes]


async def send(http: httpx.AsyncClient, at: float) -> int:
    return (await http.post(f"/?id={SECRET}&timestamp={at:.3f}&lat=34.0&lon=119.2")).status_code


async def emptied(settings: Settings) -> None:
    while (settings.run_dir / "spool" / "intake" / "spool.log").stat().st_size:
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", STATES)
def test_a_redis_that_refuses_is_away_fixes_are_spooled_and_follow(
    form: str, redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path, name: str
) -> None:
    enrol(redis_client)
    settings, state, began = Settings(run_dir=tmp_path, redis_url=redis_server.url), STATES[name], NOW()

    async def walk() -> list[int]:
        async with serving(form, settings, redis_server.folder) as http:
            codes = [await send(http, began)]
            state.begin(redis_client, redis_server)
            codes += [await send(http, began - n) for n in range(1, 6)]
            assert (tmp_path / "spool" / "intake" / "spool.log").stat().st_size > 0
            state.end(redis_client, redis_server)
            await emptied(settings)
            codes.append(await send(http, began - 6))
            await emptied(
                settings
            )  # the file was cut a moment before the spool counted as empty: the last fix may have been kept too
            return codes

    assert asyncio.run(walk()) == [200] * 7
    ats = [fix.at for fix in stored(redis_client)]
    assert list(dict.fromkeys(round(began - at) for at in ats)) == list(range(7)), "in order, and all"


@pytest.fixture
def pair() -> Iterator[Pair]:
    with a_pair() as both:
        yield both


def test_while_the_replica_does_not_answer_no_fix_is_said_to_be_taken(form: str, pair: Pair, tmp_path: Path) -> None:
    enrol(pair.to_primary)
    settings, began = Settings(run_dir=tmp_path, redis_url=pair.primary.url, redis_replicas=1), NOW()
    assert pair.replica.pid
    replica = pair.replica.pid

    async def walk() -> list[int]:
        async with serving(form, settings, pair.primary.folder) as http:
            codes = [await send(http, began)]
            os.kill(replica, signal.SIGSTOP)
            codes += [await send(http, began - 1) for _ in range(4)]
            os.kill(replica, signal.SIGCONT)
            while (code := await send(http, began - 1)) != 200:
                codes.append(code)
            return [*codes, code]

    codes = asyncio.run(walk())
    assert (codes[0], codes[-1], set(codes[1:-1])) == (200, 200, {503})
    both = [fix.id for fix in stored(pair.to_primary)]
    assert (len(set(both)), len(both)) == (2, 3), "once more than it counts, however often it was sent meanwhile"
    assert [fix.id for fix in stored(pair.to_replica)] == both
    assert (tmp_path / "spool" / "intake" / "spool.log").stat().st_size == 0


def test_what_was_spooled_while_the_primary_was_gone_waits_for_the_replica_too(
    form: str, pair: Pair, tmp_path: Path
) -> None:
    enrol(pair.to_primary)
    settings, began = Settings(run_dir=tmp_path, redis_url=pair.primary.url, redis_replicas=1), NOW()

    async def walk() -> list[int]:
        async with serving(form, settings, pair.primary.folder) as http:
            codes = [await send(http, began)]
            pair.primary.kill()
            codes += [await send(http, began - 1), await send(http, began - 2)]
            pair.to_replica.replicaof("127.0.0.1", "1")
            pair.primary.start()
            while await send(http, began - 3) == 200:
                pass  # until it was found that the primary is back, alone
            spooled = (tmp_path / "spool" / "intake" / "spool.log").stat().st_size
            assert spooled > 0, "kept until the replica has it"
            pair.join()
            await emptied(settings)
            codes.append(await send(http, began - 4))
            await emptied(settings)
            return codes

    assert asyncio.run(walk()) == [200] * 4
    assert {round(began - fix.at) for fix in stored(pair.to_replica)} >= {0, 1, 2, 4}


# --- a record that is to blame itself ----------------------------------------------------------------------------------

TOO_MUCH = 2 << 20


@pytest.fixture
def narrow(redis_client: redis.Redis) -> redis.Redis:
    """No argument of more than a megabyte is taken; the connection that sends one is closed."""
    redis_client.config_set("proto-max-bulk-len", str(1 << 20))
    return redis_client


def quarantined(client: redis.Redis) -> list[Quarantined]:
    entries: Any = client.xrange(keys.QUARANTINE)
    return [one for _, fields in entries if isinstance(one := decode(fields[b"r"]), Quarantined)]


def long_fix(number: int) -> bytes:
    """As no phone's is: more than Redis takes, for a field that we don't know."""
    return encode(a_fix(id=f"fx-{number}")).removesuffix(b"}") + b',"x":"' + b"y" * TOO_MUCH + b'"}'


async def written(writer: GroupWriter, *items: WriteItem) -> None:
    await asyncio.gather(*(writer.store(item) for item in items))


def test_a_record_that_redis_refuses_for_its_own_sake_makes_nobody_spool(
    narrow: redis.Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    spool = Spool(tmp_path, limit_bytes=1 << 24)
    writer = GroupWriter(connect(redis_server.url), spool, clock=FakeClock())
    good = [item_of(T0, a_fix(id=f"fx-{n}"), "G01") for n in range(3)]
    asyncio.run(written(writer, good[0], WriteItem(T0, aside=b'{"x":"' + b"y" * TOO_MUCH + b'"}'), good[1]))
    asyncio.run(written(writer, good[2]))
    assert {fix.id for fix in stored(narrow)} == {"fx-0", "fx-1", "fx-2"}
    assert (spool.empty, spool.damaged, writer.spooled, writer.stored) == (True, 1, 0, 4)
    assert narrow.hlen(keys.signs_of_life()) == 1


def test_the_other_fixes_of_its_batch_are_stored_and_it_is_shown_in_the_quarantine(
    narrow: redis.Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    spool = Spool(tmp_path, limit_bytes=1 << 24)
    writer = GroupWriter(connect(redis_server.url), spool, clock=FakeClock())
    nonsense = b'{"type":"fix","x":"' + b"y" * TOO_MUCH + b'"}'
    asyncio.run(written(writer, item_of(T0, a_fix(id="fx-0"), "G01"), WriteItem(T0, "G01", fix=long_fix(1))))
    assert {fix.id for fix in stored(narrow)} == {"fx-0", "fx-1"}, "what we don't know of it is left out"
    asyncio.run(written(writer, WriteItem(T0, "G01", fix=nonsense), item_of(T0, a_fix(id="fx-2"), "G01")))
    assert "fx-2" in {fix.id for fix in stored(narrow)}
    [told] = quarantined(narrow)
    assert told.why.startswith("Redis refuses it")
    assert told.raw.startswith('{"type":"fixes"')
    assert (spool.empty, spool.damaged, len(told.raw)) == (True, 1, 2000)


def test_one_that_was_spooled_does_not_hold_up_what_was_spooled_behind_it(
    narrow: redis.Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    spool, clock = Spool(tmp_path, limit_bytes=1 << 24), FakeClock()
    writer = GroupWriter(connect(redis_server.url), spool, clock=clock)
    narrow.config_set("maxmemory", "1")
    asyncio.run(written(writer, WriteItem(T0, "G01", fix=b'{"type":"fix","x":"' + b"y" * TOO_MUCH + b'"}')))
    asyncio.run(written(writer, item_of(T0, a_fix(id="fx-1"), "G01")))
    assert writer.spooled == 2
    narrow.config_set("maxmemory", "0")
    clock.advance(1)
    assert writer.flush()
    assert ([fix.id for fix in stored(narrow)], len(quarantined(narrow)), spool.empty) == (["fx-1"], 1, True)
