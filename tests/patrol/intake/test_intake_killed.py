"""The intake as a process of its own, killed with -9 again and again: what was answered is stored, once by its id."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import redis

from lianqin import keys
from lianqin.clock import SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, decode, encode
from patrol.devices.credential import credential_sha256

SECRET = "0123456789abcdef0123456789abcdef"
PHONES, EACH = 8, 50
ROOT = Path(__file__).resolve().parents[3]


class House:
    """The process and its socket; `kill` and start again."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.socket = folder / "intake.sock"
        self._env = {
            **os.environ,
            "LIANQIN_RUN_DIR": str(folder),
            "LIANQIN_REDIS_URL": redis_url,
            "LIANQIN_LOG_LEVEL": "ERROR",
        }
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "patrol.intake", "--uds", str(self.socket)], env=self._env, cwd=ROOT
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


async def phone(http: httpx.AsyncClient, number: int, began: float, answered: set[float]) -> None:
    """Sends its fixes in order, each until it is answered, as real clients do."""
    for n in range(EACH):
        at = round(began - number * 0.01 - n * 0.5, 3)
        while True:
            try:
                answer = await http.post(f"/?id={SECRET}&timestamp={at:.3f}&lat=34.0&lon=119.2")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                answered.add(at)
                break
            await asyncio.sleep(0.05)


async def load(house: House) -> tuple[set[float], int]:
    answered: set[float] = set()
    chance, killed = random.Random(3), 0
    transport = httpx.AsyncHTTPTransport(uds=str(house.socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://intake", timeout=30) as http:
        began = SystemClock().now()
        phones = [asyncio.create_task(phone(http, number, began, answered)) for number in range(PHONES)]
        for share in (0.2, 0.5, 0.8):
            while len(answered) < share * PHONES * EACH:
                await asyncio.sleep(0.002)
            await asyncio.sleep(chance.uniform(0, 0.02))
            await asyncio.to_thread(house.kill)
            killed += 1
        await asyncio.gather(*phones)
    return answered, killed


@pytest.mark.chaos
def test_an_intake_killed_three_times_has_stored_all_it_answered(
    redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path
) -> None:
    device = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))
    redis_client.hset(keys.followed("device"), "D01", encode(device))
    redis_client.incr(keys.followed_version("device"))
    house = House(redis_server.folder, redis_server.url)
    try:
        answered, killed = asyncio.run(load(house))
    finally:
        house.end()
    stored: list[Any] = []
    for _, fields in cast("Any", redis_client.xrange(keys.fixes(0, late=False))):
        batch = decode(fields[b"r"])
        assert isinstance(batch, FixBatch)
        stored += batch.fixes
    ids = {fix.id: round(fix.at, 3) for fix in stored}
    assert killed == 3
    assert len(answered) == PHONES * EACH
    assert sorted(ids.values()) == sorted(answered)
