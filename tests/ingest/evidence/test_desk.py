"""From what a pipeline raised to an alert and its evidence, with time moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import redis

from demo.clips import clip_path
from detect.pipeline import Raised
from ingest.evidence.alerts import GRACE_S, AlertPublisher
from ingest.evidence.ring import PacketRing
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.bus import FencingToken
from lianqin.errors import BusUnavailable
from lianqin.evidence import EvidenceStore
from lianqin.records import Alert, Camera, Evidence, Frame, TrackPath, TrackPoint
from lianqin.testing import T0, FakeClock, a_camera, a_zone

BOX = (0.4, 0.4, 0.5, 0.7)


@dataclass
class Bus:
    """Keeps what was published; `away` refuses."""

    records: list[Any] = field(default_factory=list)
    away: bool = False
    newest_token: int = 1

    def publish(self, stream: str, *records: Any) -> None:
        if self.away:
            raise BusUnavailable("spool.full", "Redis is away and the spool is full")
        self.records += records

    def publish_fenced(self, stream: str, record: Any, fence: FencingToken) -> bool:
        if fence.token < self.newest_token:
            return False
        self.publish(stream, record)
        return True


@dataclass
class Origin:
    """A camera whose person walks on, a box each half second, from 20 s before the alert until `until`."""

    ring: PacketRing
    camera: Camera = field(default_factory=a_camera)
    until: float = T0
    token: int | None = 1

    def paths(self, since: float, key: str) -> tuple[TrackPath, ...]:
        ats = [T0 - 20 + n / 2 for n in range(200)]
        points = tuple(TrackPoint(at, BOX, 0.9) for at in ats if since <= at <= self.until)
        return (TrackPath("C01-1", "person", True, points),) if points else ()

    def told(self, key: str) -> None:
        pass

    def merged(self, key: str) -> int:
        return 2


@dataclass
class Set:
    bus: Bus
    clock: FakeClock
    desk: AlertPublisher
    origin: Origin
    fill: Callable[[float, float], None]


@pytest.fixture
def stage(tmp_path: Path, clips: Path) -> Set:
    clock, bus, ring = FakeClock(T0), Bus(), PacketRing(40)
    desk = AlertPublisher(bus, EvidenceStore(str(tmp_path)), clock, worker="w", before=10, after=10)  # type: ignore[arg-type]
    with av.open(str(clip_path("C01", "sub"))) as source:
        context = source.streams.video[0].codec_context
        found = VideoFormat("h264", 640, 360, 25.0, b"")
        annexb = av.BitStreamFilterContext("h264_mp4toannexb", source.streams.video[0])
        loop = [one for packet in source.demux(video=0) if packet.size for one in annexb.filter(packet)]
        packets = [(bytes(one), bool(one.is_keyframe)) for one in loop]
        assert context.width == 640
    ring.begin(found)

    def fill(begin: float, end: float) -> None:
        """The main stream's packets captured from `begin` to `end` seconds after the alert."""
        for n in range(round((end - begin) * 25) + 1):
            content, is_key = packets[n % len(packets)]
            ring.add(EncodedPacket(T0 + begin + n / 25, is_key, content))

    return Set(bus, clock, desk, Origin(ring), fill)


def raised() -> Raised:
    return Raised("k1", a_zone(version=3), "intrusion", 5, 6, 2, 0.9, T0, ("C01-1",), "m@1", "1")


def take(stage: Set) -> None:
    stage.desk.take(stage.origin, raised(), Frame("C01", T0, np.zeros((36, 64, 3), np.uint8)))


def test_the_alert_goes_out_at_once_with_the_boxes_of_the_seconds_before(stage: Set) -> None:
    take(stage)
    stage.clock.advance(0.3)
    assert stage.desk.publish_next(0)
    [alert] = stage.bus.records
    assert isinstance(alert, Alert)
    assert (alert.captured_at, alert.published_at) == (T0, pytest.approx(T0 + 0.3))
    assert (alert.zone_id, alert.zone_version, alert.worker) == ("C01-z1", 3, "w")
    assert [alert.tracks[0].points[n].at for n in (0, -1)] == [T0 - 10, T0]
    assert not stage.desk.publish_next(0)


def test_evidence_follows_when_its_last_second_is_there(stage: Set) -> None:
    stage.fill(-15, 9)
    take(stage)
    stage.desk.publish_next(0)
    stage.clock.advance(9)
    assert stage.desk.follow_up() == 0
    stage.fill(9.04, 11)
    stage.origin.until = T0 + 11
    assert stage.desk.follow_up() == 1
    evidence = stage.bus.records[-1]
    assert isinstance(evidence, Evidence)
    assert evidence.alert_id == stage.bus.records[0].id
    assert (evidence.clip_error, evidence.codec, evidence.merged_tracks) == (None, "h264", 2)
    assert evidence.clip_from is not None
    assert evidence.clip_seconds is not None
    assert evidence.clip_from <= T0 - 10 < evidence.clip_from + 2.1, "at the key frame before"
    assert evidence.clip_from + evidence.clip_seconds == pytest.approx(T0 + 10, abs=0.05)
    ats = [point.at for point in evidence.tracks[0].points]
    assert ats[0] >= evidence.clip_from
    assert ats[-1] == T0 + 10, "no box behind the clip's end"
    assert stage.desk.follow_up() == 0


def test_a_camera_that_was_lost_gives_the_clip_that_there_is(stage: Set) -> None:
    stage.fill(-15, 2)
    take(stage)
    stage.desk.publish_next(0)
    stage.clock.advance(10 + GRACE_S - 0.1)
    assert stage.desk.follow_up() == 0
    stage.clock.advance(0.2)
    assert stage.desk.follow_up() == 1
    evidence = stage.bus.records[-1]
    assert evidence.clip_from + evidence.clip_seconds == pytest.approx(T0 + 2, abs=0.05)


def test_without_packets_the_evidence_says_why_there_is_no_clip(stage: Set) -> None:
    take(stage)
    stage.desk.publish_next(0)
    stage.clock.advance(10 + GRACE_S)
    assert stage.desk.follow_up() == 1
    evidence = stage.bus.records[-1]
    assert (evidence.clip, evidence.codec, evidence.clip_from) == (None, None, None)
    assert "no packets" in evidence.clip_error
    assert evidence.tracks, "the boxes come all the same"


def test_what_nobody_takes_stays_first_in_line_and_is_written_once(stage: Set, tmp_path: Path) -> None:
    stage.fill(-12, 11)
    take(stage)
    take(stage)
    stage.bus.away = True
    for _ in range(3):
        with pytest.raises(BusUnavailable):
            stage.desk.publish_next(0)
    assert stage.desk.waiting == 2
    stage.bus.away = False
    assert [stage.desk.publish_next(0) for _ in range(3)] == [True, True, False]
    stage.bus.away = True
    for _ in range(2):
        with pytest.raises(BusUnavailable):
            stage.desk.follow_up()
    stage.bus.away = False
    assert stage.desk.follow_up() == 2
    alerts, evidence = stage.bus.records[:2], stage.bus.records[2:]
    assert [one.alert_id for one in evidence] == [alert.id for alert in alerts]
    assert len({alert.id for alert in alerts}) == 2
    assert sorted(path.suffix for path in tmp_path.rglob("*.*") if path.is_file()) == [".jpg", ".jpg", ".mp4", ".mp4"]


def test_at_the_end_all_that_waits_is_published(stage: Set) -> None:
    stage.fill(-12, 1)
    take(stage)
    take(stage)
    stage.desk.publish_next(0)
    stage.desk.finish()
    assert [type(one).__name__ for one in stage.bus.records] == ["Alert", "Alert", "Evidence", "Evidence"]
    assert all(one.clip for one in stage.bus.records[2:])


def test_at_the_end_without_bus_and_room_it_is_said_what_was_lost(
    stage: Set, capfd: pytest.CaptureFixture[str]
) -> None:
    take(stage)
    stage.bus.away = True
    stage.desk.finish()
    assert "alerts_lost" in capfd.readouterr().out


def test_at_the_end_what_fails_for_one_holds_up_none_of_the_others(
    stage: Set, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.fill(-12, 1)
    for _ in range(3):
        take(stage)
    publish, tries = (
        stage.bus.publish,
        iter([redis.exceptions.ResponseError("what nobody thought of"), BusUnavailable("spool.full")]),
    )

    def now_and_then(stream: str, *records: Any) -> None:
        failure = next(tries, None)
        if failure is not None:
            raise failure
        publish(stream, *records)

    monkeypatch.setattr(stage.bus, "publish", now_and_then)
    stage.desk.finish()
    assert [type(one).__name__ for one in stage.bus.records] == ["Alert", "Evidence"]
    assert capfd.readouterr().out.count("alerts_lost") == 2
    stage.desk.finish()
    assert [type(one).__name__ for one in stage.bus.records] == [
        "Alert",
        "Evidence",
        "Alert",
        "Alert",
        "Evidence",
        "Evidence",
    ]
    assert len({one.id for one in stage.bus.records if isinstance(one, Alert)}) == 3


def test_an_alert_of_a_camera_that_another_worker_took_is_refused_and_counted(stage: Set) -> None:
    stage.fill(-12, 11)
    take(stage)
    stage.bus.newest_token = 2
    assert stage.desk.publish_next(0)
    assert (stage.bus.records, stage.desk.fenced, stage.desk.waiting) == ([], 1, 0)
    assert stage.desk.follow_up(at_once=True) == 0
    stage.origin.token = 2
    take(stage)
    assert stage.desk.publish_next(0)
    assert [type(one).__name__ for one in stage.bus.records] == ["Alert"]


def test_a_camera_that_is_only_warmed_up_raises_nothing(stage: Set) -> None:
    stage.origin.token = None
    take(stage)
    assert stage.desk.waiting == 0
