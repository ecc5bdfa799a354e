"""A camera that kills its worker is found and opened alone: whoever dies then is a process of its own, and says so."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from demo.rtsp.message import StreetRequest
from demo.rtsp.odd import OddCamera, OddSession, OddSim
from ingest.risks import Blame, Risks, blame, held_back
from lianqin import keys
from lianqin.embedded import EmbeddedRedis
from lianqin.testing import a_camera


def owner_of(port: int) -> int | None:
    """The process that holds the TCP connection from that port of ours (proc(5))."""
    wanted = f"{port:04X}"
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    nodes = {parts[9] for parts in map(str.split, lines) if parts[1].endswith(":" + wanted)}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            for link in _links(folder / "fd"):
                found = re.match(r"socket:\[(\d+)\]", link)
                if found and found[1] in nodes:
                    return int(folder.name)
    return None


def _links(folder: Path) -> Iterator[str]:
    try:
        for one in folder.iterdir():
            try:
                yield str(one.readlink())
            except OSError:
                continue
    except OSError:
        return


class DeadlySession(OddSession):
    """Whoever plays the camera `deadly` dies of it."""

    killed: list[int]

    async def _serve(self, request: StreetRequest, pump: Any) -> bool:
        if request.method == "PLAY" and request.camera_id == "deadly" and self.killed is not None:
            process = owner_of(self._writer.get_extra_info("peername")[1])
            if process is not None:
                self.killed.append(process)
                os.kill(process, signal.SIGKILL)
        return await super()._serve(request, pump)


class DeadlySim(OddSim):
    def __init__(self, cameras: Any) -> None:
        super().__init__(cameras)
        self.killed: list[int] = []

    async def _connected(self, reader: Any, writer: Any) -> None:
        with self._as_a_talk():
            session = DeadlySession(self.cameras, reader, writer)
            session.killed = self.killed
            await session.run()


@pytest.mark.chaos
@pytest.mark.timeout(200)
def test_a_camera_whose_holder_died_twice_is_opened_alone_and_the_others_are_watched(
    house: Any, loops: Any, kit: Any
) -> None:
    cameras = {name: OddCamera(loops.h264["main"], lambda _: None) for name in ("deadly", "well")}
    with DeadlySim(cameras) as sim:
        house.publish(*(kit.camera_of(sim, name, sub=False, zones=()) for name in cameras))
        deaths = 0
        process = house.process()
        until, quarantined = time.monotonic() + 150, False
        while time.monotonic() < until and not quarantined:
            if process.poll() is not None:
                deaths += 1
                process = house.process()  # as its supervisor does
            told = house.health("deadly")
            quarantined = bool(told and told.reason == "quarantined" and house.is_ok("well"))
            time.sleep(0.2)
        assert quarantined, (deaths, house.log()[-3000:])
        assert process.poll() is None
        assert 2 <= deaths <= 4
        assert sim.killed[-1] != process.pid, "who died last was the process of that camera alone"
        told = house.health("deadly")
        assert (told.state, told.read_by, told.read_why) == ("fault", "alone", "died")
        seen = house.health("well").last_frame_at
        time.sleep(4)
        assert process.poll() is None
        assert house.health("well").last_frame_at > seen + 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not house.client.exists(keys.cameras_at_risk("ingest-1")), "a clean end blames nobody"


@pytest.mark.chaos
@pytest.mark.timeout(120)
def test_a_camera_that_is_opened_alone_is_watched_by_its_own_process_and_raises_alerts(
    house: Any, camera_sim: Any, loops: Any, kit: Any
) -> None:
    from demo.rtsp.camera import SimCamera  # noqa: PLC0415 - beside its use

    sim = camera_sim({name: SimCamera(loops.h264) for name in ("C01", "C02")})
    one = kit.camera_of(sim, "C01", zones=())
    house.publish(one, kit.camera_of(sim, "C02", zones=()))
    from ingest.risks import _of  # noqa: PLC0415

    house.client.hset(keys.cameras_blamed(), "C01", msgspec.json.encode(Blame(2, True, _of(one))))
    worker = house.worker(kit.nobody())
    kit.until("both are watched", lambda: house.is_ok("C01") and house.is_ok("C02"), 60)
    told = house.health("C01")
    assert (told.read_by, told.read_why) == ("alone", "died")
    assert told.worker.startswith("ingest-1-alone-")
    assert set(worker.tasks) == {"C02"}
    house.publish(kit.camera_of(sim, "C01", zones=(), url=sim.url("C01") + "?mended", version=2))
    kit.until("its address was edited: it is opened beside the others", lambda: "C01" in worker.tasks, 20)
    kit.until("and watched", lambda: house.is_ok("C01") and house.health("C01").worker == "ingest-1", 20)


# --- who is to blame ---------------------------------------------------------------------------------------------------

AT = {f"C{n:03}": "a" for n in range(150)}


@pytest.mark.parametrize("bad", ["C000", "C074", "C077", "C149"])
def test_one_bad_camera_among_150_is_found_by_halves(bad: str) -> None:
    """As a worker does: it opens what is not held back, dies when the bad one is among it, and clears what is sure."""
    blamed: dict[str, Blame] = {}
    deaths = minutes = 0
    while not (bad in blamed and blamed[bad].sole and blamed[bad].times >= 2):
        assert deaths + minutes < 30
        waiting = held_back(blamed)
        opened = set(AT) - waiting
        if bad in opened:
            deaths += 1
            blamed |= blame(opened, blamed, AT)
        else:
            minutes += 1
            blamed = {name: one for name, one in blamed.items() if name in waiting}
    assert deaths + minutes <= 10
    assert deaths <= 10


def test_the_second_worker_that_looks_blames_nobody_twice(
    redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    cameras = {name: a_camera(id=name) for name in ("A", "B")}
    dead = Risks(redis_client, "dead")
    dead.opens("A", 0.0)
    for name in ("one", "other"):
        Risks(redis_client, name).look(cameras, 0.0)
    found: Any = redis_client.hgetall(keys.cameras_blamed())
    assert {raw.decode(): msgspec.json.decode(body, type=Blame).times for raw, body in found.items()} == {"A": 1}


def test_who_played_for_a_minute_or_was_closed_is_no_suspect(redis_client: redis.Redis) -> None:
    cameras = {name: a_camera(id=name) for name in "ABC"}
    risks = Risks(redis_client, "w")
    for name in "ABC":
        risks.opens(name, 50.0 if name == "C" else 0.0)
    risks.closed("A")
    risks.look(cameras, 61.0)
    assert redis_client.hkeys(keys.cameras_at_risk("w")) == [b"C"]
    Risks(redis_client, "w").begin(cameras)
    assert redis_client.hkeys(keys.cameras_blamed()) == [b"C"]
