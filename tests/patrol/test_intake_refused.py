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
from lianqin.clock import SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, decode, encode
from lianqin.settings import Settings
from patrol.credential import credential_sha256
from patrol.intake.app import make_intake
from patrol.intake.door import Door
from patrol.intake.serve import Server
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
    door = Door(settings)
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
            return [*codes, await send(http, began - 6)]

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
            return [*codes, await send(http, began - 4)]

    assert asyncio.run(walk()) == [200] * 4
    assert {round(began - fix.at) for fix in stored(pair.to_replica)} >= {0, 1, 2, 4}
