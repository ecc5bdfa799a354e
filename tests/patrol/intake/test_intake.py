"""The intake over real HTTP: 200 only for what is stored, also while Redis is killed in the middle."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import redis
import uvicorn

from lianqin import keys
from lianqin.clock import SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, Quarantined, decode, encode
from lianqin.settings import Settings
from patrol.intake.app import make_intake
from patrol.intake.door import FixReceiver
from patrol.intake.serve import Server

SECRET = "0123456789abcdef0123456789abcdef"
NOW = SystemClock().now


def enrol(client: redis.Redis, secret: str = SECRET, name: str = "D01", **changes: Any) -> None:
    device = Device(id=name, guard_id="G01", credential_sha256=hashlib.sha256(secret.encode()).hexdigest(), **changes)
    client.hset(keys.followed("device"), name, encode(device))
    client.incr(keys.followed_version("device"))


@contextlib.asynccontextmanager
async def mounted(settings: Settings, socket: str) -> AsyncIterator[None]:
    """As the console has it: an ASGI app."""
    server = uvicorn.Server(uvicorn.Config(make_intake(settings), uds=socket, log_level="error", access_log=False))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


@contextlib.asynccontextmanager
async def alone(settings: Settings, socket: str) -> AsyncIterator[None]:
    """As a process of its own has it."""
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
        transport = httpx.AsyncHTTPTransport(uds=socket, limits=httpx.Limits(max_connections=32))
        async with httpx.AsyncClient(transport=transport, base_url="http://intake", timeout=30) as client:
            yield client


def stored(client: redis.Redis) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"live": [], "late": [], "quarantine": []}
    for name, stream in (("live", keys.fixes(0, late=False)), ("late", keys.fixes(0, late=True)),
                         ("quarantine", keys.QUARANTINE)):  # fmt: skip
        for _, fields in cast("Any", client.xrange(stream)):
            record = decode(fields[b"r"])
            if isinstance(record, FixBatch):
                found[name].extend(record.fixes)
            elif isinstance(record, Quarantined):
                found[name].append(record)
    return found


def query(at: float, lat: float = 34.0, secret: str = SECRET) -> str:
    return f"/?id={secret}&timestamp={at:.3f}&lat={lat}&lon=119.2&speed=2&batt=80"


@pytest.fixture
def ours(redis_server: EmbeddedRedis, tmp_path: Path) -> Settings:
    return Settings(run_dir=tmp_path, redis_url=redis_server.url)


def test_every_answered_fix_is_stored_though_redis_is_killed_in_the_middle(
    form: str, ours: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    enrol(redis_client)
    began = NOW()
    answered: set[float] = set()

    async def walk() -> None:
        async with serving(form, ours, redis_server.folder) as http:

            async def phone(number: int) -> None:
                for n in range(40):
                    at = round(began - number * 0.01 - n * 0.25, 3)
                    if (await http.post(query(at))).status_code == 200:
                        answered.add(at)

            async def killer() -> None:
                while len(answered) < 100:
                    await asyncio.sleep(0.005)
                redis_server.kill()
                before = len(answered)
                while len(answered) < min(before + 100, 350):
                    await asyncio.sleep(0.005)
                redis_server.start()  # from this thread: the server ends with the thread that began it

            await asyncio.gather(*(phone(number) for number in range(10)), killer())
            for _ in range(100):
                if (ours.run_dir / "spool" / "intake" / "spool.log").stat().st_size == 0:
                    break
                await asyncio.sleep(0.1)

    asyncio.run(walk())
    found = stored(redis_client)
    assert len(answered) == 400
    assert {round(fix.at, 3) for fix in found["live"]} == answered
    assert len({fix.id for fix in found["live"]}) == 400
    assert found["quarantine"] == []


def test_what_cant_be_used_is_answered_200_and_kept_apart(
    form: str, ours: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    enrol(redis_client)
    enrol(redis_client, "stolen", "D02", revoked=True)
    at = NOW()
    wrong = [query(at, secret="who"), query(at, secret="stolen"), query(at, lat=95), query(at - 9e7), query(at + 9e5),
             f"/?id={SECRET}&lat=0&lon=0", "/?hello=1"]  # fmt: skip

    async def walk() -> list[int]:
        async with serving(form, ours, redis_server.folder) as http:
            codes = [(await http.post(one)).status_code for one in wrong]
            codes.append((await http.post("/", content=b"\xff\x00{")).status_code)
            codes.append((await http.post("/", content=b"")).status_code)
            codes.append((await http.post(f"/?id={SECRET}")).status_code)
            return codes

    assert asyncio.run(walk()) == [200] * 10
    found = stored(redis_client)
    assert (found["live"], found["late"], len(found["quarantine"])) == ([], [], 8)
    assert {one.why for one in found["quarantine"]} >= {"unknown device", "revoked device", "no device id"}


def test_late_fixes_go_their_own_way_and_a_phone_enrolled_a_moment_ago_is_known(
    form: str, ours: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    enrol(redis_client)
    at = NOW()
    body = {"_type": "location", "tst": int(at), "lat": 34.002, "lon": 119.2, "vel": 36, "_id": "x1"}

    async def walk() -> httpx.Response:
        async with serving(form, ours, redis_server.folder) as http:
            await http.post(query(at - 600))
            enrol(redis_client, "fresh", "D03", coord_sys="gcj02")
            return await http.post("/", json=body, auth=("anyone", "fresh"))

    answer = asyncio.run(walk())
    found = stored(redis_client)
    assert (answer.status_code, answer.json()) == (200, [])
    assert len(found["late"]) == 1
    (fix,) = found["live"]
    assert (fix.device_id, fix.speed_mps, fix.coord_sys_sent) == ("D03", 10, "gcj02")
    assert 300 < abs(fix.lon - 119.2) * 92_000 < 700
    assert float(cast("bytes", redis_client.hget(keys.signs_of_life(), "G01"))) >= at


def test_with_redis_away_and_the_spool_full_it_says_503(
    form: str, ours: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    enrol(redis_client)
    small = Settings(run_dir=ours.run_dir, redis_url=ours.redis_url, spool_mb=0.002)

    async def walk() -> list[int]:
        async with serving(form, small, redis_server.folder) as http:
            codes = [(await http.post(query(NOW()))).status_code]
            redis_server.kill()
            return codes + [(await http.post(query(NOW()))).status_code for _ in range(12)]

    codes = asyncio.run(walk())
    assert codes[:2] == [200, 200]
    assert codes[-1] == 503


def test_before_the_list_of_devices_was_ever_read_nobody_is_told_unknown(
    form: str, ours: Settings, redis_server: EmbeddedRedis
) -> None:
    async def walk() -> int:
        async with serving(form, ours, redis_server.folder) as http:
            return (await http.post(query(NOW()))).status_code

    assert asyncio.run(walk()) == 503
