"""A clip shows the moment of its alert and the seconds around it, or says how many it lacks and why: whatever the camera, the
network and the clocks do meanwhile."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest

from detect.pipeline import Raised
from ingest.evidence.alerts import GRACE_S, AlertPublisher
from ingest.evidence.lacks import lacking
from ingest.evidence.recording import Recorder
from ingest.evidence.ring import Cut, PacketRing
from ingest.source.state import StreamState
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.bus import FencingToken
from lianqin.evidence import EvidenceStore
from lianqin.records import Camera, Evidence, Frame, TrackPath
from lianqin.testing import T0, FakeClock, a_camera, a_zone
from tests.made_streams import BEGIN, Kind, Made, make, number_of

HOUR = 3600.0


@dataclass
class Bus:
    records: list[Any] = field(default_factory=list)

    def publish(self, stream: str, *records: Any) -> None:
        self.records += records

    def publish_fenced(self, stream: str, record: Any, fence: FencingToken) -> bool:
        self.publish(stream, record)
        return True


@dataclass
class Origin:
    ring: PacketRing
    camera: Camera = field(default_factory=a_camera)
    token: int | None = 1

    def paths(self, since: float, key: str) -> tuple[TrackPath, ...]:
        return ()

    def told(self, key: str) -> None:
        pass

    def merged(self, key: str) -> int:
        return 0


class Stage:
    """A camera that is recorded, and an alert of it at T0. `send` goes on where it was."""

    def __init__(self, folder: Path, made: Made) -> None:
        self.made, self.folder = made, folder
        self.clock, self.bus = FakeClock(T0 - 20), Bus()
        self.ring = PacketRing(24)
        self.record = Recorder(self.ring, StreamState())
        self.desk = AlertPublisher(self.bus, EvidenceStore(str(folder)), self.clock, worker="w", before=10, after=10)  # type: ignore[arg-type]
        self.origin = Origin(self.ring)
        self.record.begin(made.format)
        self.stepped = 0.0
        self._sent = 0.0

    def send(self, seconds: float, made: Made | None = None) -> None:
        """From a key frame on."""
        made = made or self.made
        for packet in made.loop(1 + int(seconds * made.kind.fps / made.kind.frames)):
            if (after := packet.at - BEGIN) < seconds:
                self.record.take(msgspec.structs.replace(packet, at=self.clock.now() + after))
        self.clock.advance(seconds)
        self.desk.follow_up()

    def alert(self) -> None:
        at = self.clock.now()
        one = Raised("k1", a_zone(), "intrusion", 5, 6, 2, 0.9, at, ("C01-1",), "m@1", "1")
        self.desk.take(self.origin, one, Frame("C01", at, np.zeros((36, 64, 3), np.uint8)))
        assert self.desk.publish_next(0)

    def evidence(self) -> Evidence:
        found = [one for one in self.bus.records if isinstance(one, Evidence)]
        assert len(found) == 1
        return found[0]

    def clip(self) -> list[float]:
        """Times of its pictures, epoch seconds. Each is decoded."""
        evidence = self.evidence()
        assert evidence.clip is not None
        assert evidence.clip_from is not None
        with av.open(io.BytesIO((self.folder / evidence.clip).read_bytes())) as file:
            frames = list(file.decode(video=0))
        for frame in frames:
            assert not frame.is_corrupt
            number_of(frame.to_ndarray(format="bgr24"))
        return [evidence.clip_from + frame.time for frame in frames]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"), Kind(fps=10, group=10, frames=20))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same size, with other parameter sets."""
    return make(tmp_path_factory.mktemp("other"), Kind(fps=10, group=10, frames=20, more="8x8dct=0:cabac=0"))


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("larger"), Kind(fps=10, group=10, frames=20, size=(640, 360)))


@pytest.fixture
def stage(tmp_path: Path, made: Made) -> Stage:
    return Stage(tmp_path, made)


def test_a_clip_that_shows_all_is_called_whole(stage: Stage) -> None:
    stage.send(20)
    stage.alert()
    stage.send(11)
    evidence, times = stage.evidence(), stage.clip()
    assert (evidence.clip_lacks, evidence.clip_error) == ("", None)
    assert times[0] <= T0 - 10 < T0 + 9.8 < times[-1]


@pytest.mark.parametrize("case", ["another rate", "no description", "the same again", "a description alone"])
def test_a_reconnect_that_changes_nothing_of_the_picture_forgets_nothing(stage: Stage, made: Made, case: str) -> None:
    sets = Recorder(PacketRing(1), StreamState())
    sets.begin(made.format)
    sets.take(made.packets[0])
    assert sets._format
    told = {
        "another rate": msgspec.structs.replace(made.format, fps=12.5),
        "no description": msgspec.structs.replace(made.format, extradata=b""),
        "the same again": made.format,
        "a description alone": sets._format,
    }[case]
    stage.send(20)
    stage.alert()
    stage.send(4)
    stage.record.begin(told)
    stage.send(8)
    assert stage.evidence().clip_lacks == ""
    assert stage.clip()[0] <= T0 - 10


@pytest.mark.parametrize("form", ["other", "larger"])
def test_another_form_of_picture_ends_the_clip_which_is_cut_at_once(
    stage: Stage, request: pytest.FixtureRequest, form: str
) -> None:
    new: Made = request.getfixturevalue(form)
    stage.send(20)
    stage.alert()
    stage.send(4)
    stage.record.begin(new.format)
    stage.send(1, new)
    assert stage.evidence().clip_lacks == "lacks 6.1 s after: changed"
    times = stage.clip()
    assert times[0] <= T0 - 10
    assert times[-1] == pytest.approx(T0 + 3.9, abs=0.01)


def test_an_alert_soon_after_another_form_says_what_it_lacks_before(stage: Stage, larger: Made) -> None:
    stage.send(20)
    stage.record.begin(larger.format)
    stage.send(4, larger)
    stage.alert()
    stage.send(12, larger)
    assert stage.evidence().clip_lacks == "lacks 6.0 s before: changed"
    assert len(stage.clip()) == pytest.approx(141, abs=2)


def test_the_size_that_changes_within_a_running_stream_is_told_too(stage: Stage, larger: Made) -> None:
    stage.send(20)
    stage.alert()
    stage.send(5)
    stage.send(1, larger)
    assert stage.evidence().clip_lacks == "lacks 5.1 s after: changed"


@pytest.mark.parametrize("step", [-HOUR, -5.0, HOUR])
def test_a_step_of_our_clock_ends_the_clip_and_nobody_waits_for_the_old_time(stage: Stage, step: float) -> None:
    stage.send(20)
    stage.alert()
    stage.send(6)
    stage.clock.step(step)
    stage.send(2)
    assert stage.evidence().clip_lacks == f"lacks 4.1 s after: {'clock' if step < 0 else 'lost'}"
    assert stage.clip()[-1] == pytest.approx(T0 + 5.9, abs=0.01)


def test_a_camera_that_is_away_for_a_while_leaves_a_hole_that_is_told(stage: Stage, made: Made) -> None:
    stage.send(20)
    stage.alert()
    stage.send(2)
    stage.clock.advance(3)
    stage.record.begin(made.format)
    stage.send(6)
    assert stage.evidence().clip_lacks == "lacks 3.0 s within: lost"


def test_a_camera_that_does_not_come_back_lacks_the_seconds_after(stage: Stage) -> None:
    stage.send(20)
    stage.alert()
    stage.send(2)
    stage.clock.advance(8 + GRACE_S + 0.1)
    assert stage.desk.follow_up() == 1
    assert stage.evidence().clip_lacks == "lacks 8.1 s after: lost"


def test_a_worker_that_ends_and_a_camera_just_opened_say_so(stage: Stage) -> None:
    stage.send(3)
    stage.alert()
    stage.send(2)
    stage.desk.finish()
    assert stage.evidence().clip_lacks == "lacks 7.0 s before: opened; 8.1 s after: ended"


@pytest.mark.parametrize("group_s", [10, 14])
@pytest.mark.parametrize("bframes", [0, 3])
def test_long_groups_at_five_a_second_with_sets_in_band_alone_make_whole_clips(
    tmp_path: Path, group_s: int, bframes: int
) -> None:
    kind = Kind(fps=5, group=group_s * 5, frames=group_s * 5, bframes=bframes, more="slices=4")
    stage = Stage(tmp_path, make(tmp_path, kind))
    stage.send(group_s * 3)
    stage.alert()
    stage.send(12)
    evidence, times = stage.evidence(), stage.clip()
    assert evidence.clip_lacks == ""
    assert evidence.clip_from is not None
    at = T0 - 20 + group_s * 3
    assert at - 10 - group_s <= evidence.clip_from <= at - 10, "from a key frame on"
    assert times[-1] >= at + 9.5


@pytest.mark.parametrize("group_s", [4, 14])
def test_of_groups_longer_than_the_ring_the_one_that_holds_its_first_second_stays(group_s: int) -> None:
    ring = PacketRing(3)
    ring.begin(VideoFormat("h264", 640, 360, 5.0, b""))
    for n in range(5 * group_s * 4):
        ring.add(EncodedPacket(T0 + n / 5, n % (group_s * 5) == 0, b"x"))
        if n > 15:
            cut = ring.cut(T0 + n / 5 - 3, T0 + n / 5)
            assert cut.begin <= T0 + n / 5 - 3
            assert cut.packets[0].is_key


def test_bytes_bound_a_ring_of_several_forms_too(made: Made, larger: Made) -> None:
    ring = PacketRing(1000, 200_000)
    record, at = Recorder(ring, StreamState()), T0
    for n in range(40):
        new = (made, larger)[n % 2]
        record.begin(new.format)
        for packet in new.packets:
            record.take(msgspec.structs.replace(packet, at=at + packet.at - BEGIN))
        at += 2.0
        assert ring.size_bytes <= 200_000
    assert ring.newest == pytest.approx(at - 0.1)


@pytest.mark.parametrize(
    ("ats", "at", "said"),
    [
        ([n / 10 for n in range(300)], 15.0, ""),
        ([n / 10 for n in range(140)], 15.0, "lacks the moment; 10.0 s after: lost"),
        ([n / 10 for n in range(90, 300)], 15.0, "lacks 4.0 s before: opened"),
        ([n / 10 for n in range(300) if not 100 < n < 130], 15.0, "lacks 2.9 s within: lost"),
        ([float(n * 2) for n in range(15)], 15.0, ""),
        ([n / 10 for n in range(60, 300) if not 100 < n < 130], 15.0, "lacks 1.0 s before: opened; 2.9 s within: lost"),
    ],
)
def test_what_a_clip_lacks_is_said_in_seconds(ats: list[float], at: float, said: str) -> None:
    packets = tuple(EncodedPacket(one, True, b"") for one in ats)
    assert lacking(Cut(VideoFormat("h264", 1, 1, 10.0, b""), packets), at, 10.0, 10.0) == said
