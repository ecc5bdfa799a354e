"""A wrong password is said once to a device, and again after minutes: cameras count, and lock the account."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from demo.clips import clip_path
from demo.rtsp.media import MediaStream, load
from demo.rtsp.odd import OddCamera, OddSim
from ingest.source.connections import ConnectionPool
from ingest.source.log_ins import FIRST_S, LONGEST_S, STEP_ASIDE_S, LogIns
from ingest.source.probe import ProbeRequest, probe
from ingest.source.reader import StreamReader
from ingest.source.reading import Pull, ReadingMemory
from ingest.source.state import StreamState
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.clock import SystemClock
from lianqin.testing import FakeClock, a_camera

CLOCK = SystemClock()
DOOR = "rtsp://admin:geheim@10.0.0.1/1"
pytestmark = pytest.mark.timeout(90)


class Takes:
    def begin(self, _found: VideoFormat) -> None: ...

    def take(self, _packet: EncodedPacket) -> bool:
        return True


@pytest.fixture(scope="module")
def stream(clips: Path) -> MediaStream:
    return load(clip_path("C01", "sub"))


@pytest.fixture
def pulled() -> Iterator[Callable[..., StreamState]]:
    hub, stop, memory = ConnectionPool(CLOCK), threading.Event(), ReadingMemory.begin(CLOCK)
    readers: list[StreamReader] = []

    def run() -> None:
        while not stop.is_set():
            hub.run_once()

    thread = threading.Thread(target=run)
    thread.start()

    def pull(url: str, name: str, transport: Any = "tcp") -> StreamState:
        state, camera = StreamState(), a_camera(id=name, url=url, transport=transport)
        pulled = Pull("main", url, camera, 3.0, 3.0, av.open)
        readers.append(StreamReader(pulled, [Takes()], state, CLOCK, hub, memory=memory))
        readers[-1].start()
        return state

    yield pull
    for one in readers:
        one.stop()
    for one in readers:
        one.join(5)
    stop.set()
    thread.join()
    hub.close()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("streams", [1, 8], ids=["a camera", "a recorder's channels"])
def test_a_wrong_password_is_said_once(
    stream: MediaStream, pulled: Callable[..., StreamState], transport: str, streams: int
) -> None:
    camera = OddCamera(stream, lambda _: None, user="admin", password="right")
    with OddSim({"X": camera}) as sim:
        url = sim.url("X").replace("right", "wrong")
        states = [pulled(url, f"C{n}", transport) for n in range(streams)]
        end = time.monotonic() + 8  # the usual wait lets it be tried four times
        while time.monotonic() < end:
            time.sleep(0.2)
        assert [state.status(0).reason for state in states] == ["unauthorised"] * streams
        assert camera.refusals == 1

        well = pulled(sim.url("X"), "C0", transport)
        end = time.monotonic() + 10
        while well.status(CLOCK.monotonic()).state != "ok":
            assert time.monotonic() < end, "with its address mended it is opened at once"
            time.sleep(0.05)
        assert camera.refusals == 1


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_try_on_the_page_says_it_once(stream: MediaStream, transport: Any) -> None:
    camera = OddCamera(stream, lambda _: None, user="admin", password="right")
    with OddSim({"X": camera}) as sim:
        found = probe(ProbeRequest(sim.url("X").replace("right", "wrong"), transport), av.open, CLOCK)
    assert found.reason == "unauthorised"
    assert camera.refusals == 1


def test_it_is_said_again_after_3_minutes_then_6_and_15_at_most() -> None:
    clock = FakeClock()
    log_ins = LogIns(clock)
    waits = []
    for _ in range(5):
        log_ins.refused(DOOR, "a")
        waits.append(log_ins.wait(DOOR, "b"))
        clock.advance(waits[-1])
        assert log_ins.wait(DOOR, "b") == 0
    assert waits == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, LONGEST_S, LONGEST_S]


def test_whoever_was_refused_lets_the_others_try_first_and_who_is_in_proves_the_password() -> None:
    log_ins = LogIns(FakeClock())
    log_ins.refused(DOOR, "a")
    assert log_ins.wait(DOOR, "a") == log_ins.wait(DOOR, "b") + STEP_ASIDE_S
    log_ins.came_in(DOOR, "b")
    assert log_ins.wait(DOOR, "c") == 0, "the password is right: what was refused is that one stream"
    assert log_ins.wait(DOOR, "a") > 0
    log_ins.refused(DOOR, "d")
    assert log_ins.wait(DOOR, "c") == 0


@pytest.mark.parametrize(
    "other", ["rtsp://admin:other@10.0.0.1/1", "rtsp://admin:geheim@10.0.0.2/1", "rtsp://10.0.0.1/1"]
)
def test_another_password_device_or_none_is_another_door(other: str) -> None:
    log_ins = LogIns(FakeClock())
    log_ins.refused(DOOR, "a")
    assert log_ins.wait(other, "a") == 0
    assert log_ins.wait("rtsp://admin:geheim@10.0.0.1/another/stream", "b") > 0


def test_who_has_another_address_tries_at_once_and_is_refused_again_for_himself() -> None:
    clock = FakeClock()
    log_ins = LogIns(clock)
    assert log_ins.wait(DOOR, "a") == 0
    clock.advance(1)
    log_ins.refused(DOOR, "a")
    clock.advance(1)
    edited = DOOR + "?edited"
    assert log_ins.wait(DOOR, "a") > 0
    assert log_ins.wait(edited, "a") == 0
    clock.advance(1)
    log_ins.refused(edited, "a")
    assert log_ins.wait(edited, "a") > 0


def test_a_stream_that_comes_a_moment_later_heeds_what_the_others_were_told() -> None:
    clock = FakeClock()
    log_ins = LogIns(clock)
    log_ins.refused(DOOR, "a")
    clock.advance(1)
    assert log_ins.wait(DOOR, "b") == FIRST_S - 1
