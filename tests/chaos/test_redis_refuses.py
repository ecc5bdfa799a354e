"""Redis refuses, hangs, dies or fails over under real processes, which are then ended: all that was raised or answered is in the
stream or in a spool, counted by their clients alone."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from lianqin import keys
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Alert, Device, FixBatch, decode, encode
from lianqin.spool_lines import read_lines
from patrol.devices.credential import credential_sha256
from tests.redis_states import STATES, State, a_pair, watched

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789abcdef"


def freeze(_client: redis.Redis, server: EmbeddedRedis) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)


def thaw(_client: redis.Redis, server: EmbeddedRedis) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGCONT)


ALL = {**STATES, "it hangs": State(freeze, thaw), "it is gone": State(lambda _, s: s.kill(), lambda _, s: s.start())}


class House:
    """An intake and an alert raiser, what they were heard to take, and where it is."""

    def __init__(self, folder: Path, url: str, *, intake_name: str = "intake", **more: object) -> None:
        self.folder, self.socket, self.noted = folder, folder / "i.sock", folder / "noted"
        self.intake_name = intake_name
        wanted = {"run_dir": folder, "redis_url": url, "log_level": "WARNING", **more}
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), **{f"LIANQIN_{name.upper()}": str(value) for name, value in wanted.items()}}  # fmt: skip
        self.answered: set[float] = set()
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for name, command in (("intake", ["-m", "patrol.intake", "--uds", str(self.socket), "--name", self.intake_name]),
                              ("raiser", [str(ROOT / "tests/chaos/alert_raiser.py"), str(self.noted)])):  # fmt: skip
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running.append(subprocess.Popen([sys.executable, *command], env=self._env, cwd=ROOT, stdout=log, stderr=log))  # fmt: skip
        began = len(self.raised)
        until("it runs", lambda: self.post() == 200 and len(self.raised) > began)

    def end(self) -> None:
        """As systemd does it."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in self.running] == [0, 0]
        self.running = []

    @property
    def raised(self) -> set[float]:
        return {float(line) for line in self.noted.read_text().split()} if self.noted.exists() else set()

    def post(self) -> int:
        """One fix; its code, or 0 when nobody answers."""
        at = round(time.time(), 3)
        query = f"/?id={SECRET}&timestamp={at:.3f}&lat=34.0&lon=119.2"
        try:
            with httpx.Client(
                transport=httpx.HTTPTransport(uds=str(self.socket)), base_url="http://i", timeout=20
            ) as http:
                code = http.post(query).status_code
        except httpx.TransportError:
            return 0
        if code == 200:
            self.answered.add(at)
        return code

    def found(self, client: redis.Redis | None) -> tuple[list[float], list[float]]:
        """Moments of alerts and of fixes, in the stream and in the spools."""
        bodies = [line.body for file in self.folder.glob("spool/*/spool.log") for line in read_lines(file.open("rb"))]
        if client is not None:
            for stream in (keys.ALERTS, keys.fixes(0, late=False), keys.fixes(0, late=True)):
                entries: Any = client.xrange(stream)
                bodies += [fields[b"r"] for _, fields in entries]
        records = [decode(body) for body in bodies]
        alerts = {one.id: one.captured_at for one in records if isinstance(one, Alert)}
        fixes = {fix.id: round(fix.at, 3) for one in records if isinstance(one, FixBatch) for fix in one.fixes}
        return sorted(alerts.values()), sorted(fixes.values())

    def spooled(self) -> int:
        return sum(file.stat().st_size for file in self.folder.glob("spool/*/spool.log"))

    def kill(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


def until(what: str, look: Callable[[], object], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, f"within {seconds} s not: {what}"
        time.sleep(0.05)


def enrol(client: redis.Redis) -> None:
    device = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))
    client.hset(keys.followed("device"), "D01", encode(device))
    client.incr(keys.followed_version("device"))


@pytest.fixture
def house(redis_server: EmbeddedRedis, redis_client: redis.Redis) -> Iterator[House]:
    enrol(redis_client)
    made = House(redis_server.folder, redis_server.url)
    yield made
    made.kill()


@pytest.mark.parametrize("name", ALL)
def test_processes_ended_while_redis_does_not_store_leave_all_in_the_stream_or_in_spools(
    house: House, redis_server: EmbeddedRedis, redis_client: redis.Redis, name: str
) -> None:
    state = ALL[name]
    house.start()
    state.begin(redis_client, redis_server)
    before, heard = len(house.raised), len(house.answered)
    until("more of both", lambda: house.post() == 200 and len(house.raised) > before + 40 and len(house.answered) > heard + 10)  # fmt: skip
    house.end()
    assert house.spooled() > 0
    state.end(redis_client, redis_server)
    alerts, fixes = house.found(redis_client)
    assert alerts == sorted(house.raised), "each once by its id"
    assert set(fixes) >= house.answered
    house.start()
    until("taken up again", lambda: house.spooled() == 0)
    house.end()
    alerts, fixes = house.found(redis_client)
    assert (alerts, set(fixes) >= house.answered, house.spooled()) == (sorted(house.raised), True, 0)


def test_alerts_that_a_full_spool_left_in_memory_are_kept_when_the_worker_ends(
    redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    enrol(redis_client)
    house, state = House(redis_server.folder, redis_server.url, spool_mb=0.01), STATES["no memory left"]
    try:
        house.start()
        state.begin(redis_client, redis_server)
        before = len(house.raised)
        until("more of them", lambda: len(house.raised) > before + 60)
        until("a full intake", lambda: house.post() == 503)
        house.end()
        assert "alerts_held" in (house.folder / "raiser.log").read_text()
        state.end(redis_client, redis_server)
        alerts, fixes = house.found(redis_client)
        assert alerts == sorted(house.raised)
        assert set(fixes) >= house.answered
    finally:
        house.kill()


def test_what_was_answered_and_raised_outlives_a_primary_that_was_killed(tmp_path: Path) -> None:
    with a_pair() as pair:
        enrol(pair.to_primary)
        house = House(pair.primary.folder, pair.primary.url, redis_replicas=1)
        try:
            house.start()
            until("some", lambda: house.post() == 200 and len(house.answered) > 10)
            freeze(pair.to_replica, pair.replica)
            assert {house.post() for _ in range(5)} == {503}
            before = len(house.raised)
            until("alerts meanwhile", lambda: len(house.raised) > before + 40)
            thaw(pair.to_replica, pair.replica)
            until("taken again", lambda: house.post() == 200)
            until("spools empty", lambda: house.spooled() == 0)
            with ThreadPoolExecutor(1) as aside:  # a browser of another test may hold this thread's loop
                aside.submit(asyncio.run, _posts_until_killed(house, pair.primary)).result()
            house.end()
            pair.to_replica.replicaof("NO", "ONE")
            alerts, fixes = house.found(connect(pair.replica.url))
            assert alerts == sorted(house.raised)
            assert set(fixes) >= house.answered
            assert len(house.answered) > 100
        finally:
            house.kill()


def test_what_was_answered_outlives_a_primary_whose_place_sentinels_give_to_another() -> None:
    """The whole way of a fix: nobody starts anything anew, and each 200 stands for a fix that the new primary has."""
    with watched() as three:
        primary = three.primary()
        enrol(connect(three.url))
        house = House(three.servers[primary].folder, three.url, redis_replicas=1)
        try:
            house.start()
            until("some", lambda: house.post() == 200 and len(house.answered) > 10)
            with ThreadPoolExecutor(1) as aside:
                aside.submit(asyncio.run, _posts_until_killed(house, three.servers[primary])).result()
            until("another primary", lambda: three.primary() != primary)
            heard, raised = len(house.answered), len(house.raised)
            until("fixes again", lambda: house.post() == 200 and len(house.answered) > heard + 20)
            until("alerts again", lambda: len(house.raised) > raised + 20)
            until("spools empty", lambda: house.spooled() == 0)
            house.end()
            alerts, fixes = house.found(connect(three.url))
            assert set(fixes) >= house.answered
            assert alerts == sorted(house.raised)
            assert len(house.answered) > 100
        finally:
            house.kill()


async def _posts_until_killed(house: House, primary: EmbeddedRedis) -> None:
    """Eight phones at once; the primary is killed in their midst, and what is answered afterwards counts too."""
    transport = httpx.AsyncHTTPTransport(uds=str(house.socket))
    began, killed = time.time(), False
    async with httpx.AsyncClient(transport=transport, base_url="http://i", timeout=20) as http:

        async def phone(number: int) -> None:
            for n in range(60):
                at = round(began - number * 0.01 - n * 0.1, 3)
                if (await http.post(f"/?id={SECRET}&timestamp={at:.3f}&lat=34.0&lon=119.2")).status_code == 200:
                    house.answered.add(at)

        async def killer() -> None:
            nonlocal killed
            while len(house.answered) < 150:
                await asyncio.sleep(0.005)
            primary.kill()
            killed = True

        await asyncio.gather(*(phone(number) for number in range(8)), killer())
    assert killed
