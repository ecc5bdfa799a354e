"""A worker's made picture goes through the very parts that a camera's does, and is kept nowhere when it can't go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.canary import CanarySource
from ingest.codec.pool import Decoding
from ingest.evidence.alerts import AlertPublisher
from ingest.look.detecting import Detecting
from lianqin import keys
from lianqin.bus import Publisher, connect
from lianqin.evidence import EvidenceStore
from lianqin.records import Alert, Canary, Detection, Frame
from lianqin.spool import Spool
from lianqin.testing import T0, FakeClock
from tests.ingest.evidence.test_desk import Set, stage, take  # noqa: F401 - `stage` is a fixture

pytestmark = pytest.mark.timeout(120)


class Slow:
    """A detector that takes its time, by the made clock."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.seconds = clock, 0.25
        self.frames: list[Frame] = []

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        self.frames += frames
        self.clock.advance(self.seconds)
        return [(Detection("person", 0.9, (0, 0, 1, 1)),) for _ in frames]


class Line:
    """Decoding, detector and desk of one worker, each run by hand, on a real Redis."""

    def __init__(self, url: str, folder: Path) -> None:
        self.clock = FakeClock(T0)
        self.detector = Slow(self.clock)
        self.decoding, self.detecting = Decoding(), Detecting(self.detector, self.clock)
        self.spool = Spool(folder / "spool", limit_bytes=10**6)
        self.publisher = Publisher(connect(url, timeout=1.0), self.spool, clock=self.clock)
        self.desk = AlertPublisher(
            self.publisher, EvidenceStore(str(folder)), self.clock, worker="w", before=10, after=10
        )
        self.source = CanarySource(self.decoding, self.detecting, self.desk, self.clock, "w")

    def walk(self) -> None:
        self.source.send()
        self.clock.advance(0.5)
        self.decoding.run_once(0)
        self.detecting.run_once(0)
        self.clock.advance(0.125)
        while self.desk.publish_next(0):
            pass


@pytest.fixture
def line(redis_server: Any, tmp_path: Path) -> Iterator[Line]:
    found = Line(redis_server.url, tmp_path)
    yield found
    found.spool.close()


def test_it_is_decoded_looked_at_and_published_with_the_moments_of_each(line: Line, house: Any) -> None:
    line.walk()
    line.walk()
    first, second = house.records()
    assert isinstance(first, Canary)
    assert (first.worker, first.captured_at, first.detected_at, first.published_at) == ("w", T0, T0 + 0.75, T0 + 0.875)
    assert second.captured_at == T0 + 0.875
    assert first.id != second.id
    [frame, _] = line.detector.frames
    assert (frame.camera_id, frame.size, int(frame.bgr.std()) > 10) == ("canary", (640, 360), True)


def test_it_stands_behind_the_alerts_that_wait_and_one_waits_at_most(stage: Set) -> None:  # noqa: F811
    stage.bus.publish_unkept = lambda stream, record: stage.bus.publish(stream, record) or True  # type: ignore[attr-defined]
    take(stage)
    for n in range(3):
        stage.desk.take_canary(Canary(f"cn-{n}", "w", T0, T0, T0))
    take(stage)
    assert stage.desk.waiting == 2, "a canary is no alert that waits"
    stage.clock.advance(4)
    while stage.desk.publish_next(0):
        pass
    assert [type(one) for one in stage.bus.records] == [Alert, Canary, Alert]
    assert (stage.bus.records[1].id, stage.bus.records[1].published_at) == ("cn-0", T0 + 4)


def test_while_redis_is_away_none_goes_to_the_spool_and_the_next_goes_when_it_is_back(
    line: Line, redis_server: Any, house: Any
) -> None:
    line.walk()
    redis_server.stop()
    line.walk()
    assert line.spool.empty
    redis_server.start()
    line.clock.advance(1)
    line.walk()
    assert [type(one) for one in house.records()][-1] is Canary
    assert line.spool.empty


def wait_for(look: Callable[[], Any]) -> Any:
    stop = threading.Event()
    for _ in range(600):
        found = look()
        if found:
            return found
        stop.wait(0.1)
    raise AssertionError("it did not come")


def test_a_worker_without_cameras_sends_them_and_says_so_until_it_ends(house: Any) -> None:
    worker = house.worker(worker_id="w7", canary_seconds=0.5)
    found = wait_for(lambda: [one for one in house.records() if isinstance(one, Canary)])
    assert found[0].worker == "w7"
    assert wait_for(lambda: house.client.hget(keys.canaries(), "w7")) == b"0.5"
    assert house.client.hgetall(keys.camera_health()) == {}
    worker.stop()
    assert house.client.hgetall(keys.canaries()) == {}


def test_a_worker_that_is_to_send_none_sends_none(house: Any) -> None:
    worker = house.worker(worker_id="w7", canary_seconds=0)
    assert "canary" not in {part.name for part in worker.parts}
    wait_for(lambda: house.client.get(keys.worker("w7")))
    assert (house.client.hgetall(keys.canaries()), house.records()) == ({}, [])
