"""Real RTSP: both codecs, both transports, Digest; and every way in which a camera fails, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import av
import pytest

from demo.clips import clip_path
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim
from ingest.source.ffmpeg import camera_clock, open_source, reason_of, safe_name
from lianqin.clock import SystemClock
from lianqin.errors import SourceEnded, SourceError, SourceRefused, SourceSilent, SourceUnreadable

Start = Callable[[Mapping[str, SimCamera]], CameraSim]


@pytest.fixture(scope="module")
def streams(clips: Path) -> dict[str, MediaStream]:
    return {"h264": load(clip_path("C01", "sub")), "hevc": load(clip_path("C02", "sub"))}


def decoded(url: str, transport: str, count: int = 60) -> tuple[str, int, int]:
    """Pull `count` packets; codec, pictures, corrupt ones."""
    good = bad = 0
    with open_source(url, transport=transport, open_timeout=3, read_timeout=3) as source:  # type: ignore[arg-type]
        begun = False
        for number, packet in enumerate(source.packets()):
            begun |= packet.is_keyframe
            for frame in packet.decode() if begun else ():
                good, bad = good + (not frame.is_corrupt), bad + frame.is_corrupt
            if number == count:
                return source.format.codec, good, bad
    raise AssertionError("never here: packets() does not end well")


@pytest.mark.parametrize("user", ["", "admin"])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_stream_comes_whole(
    streams: dict[str, MediaStream], camera_sim: Start, codec: str, transport: str, user: str
) -> None:
    password = "p@ss-1" if user else ""
    sim = camera_sim({"X": SimCamera({"main": streams[codec]}, user=user, password=password)})
    name, good, bad = decoded(sim.url("X"), transport)
    assert name == codec
    assert good >= 10
    assert bad == 0


FAULTS = [
    ("401", SourceRefused, "unauthorised"),
    ("404", SourceRefused, "not_found"),
    ("503", SourceRefused, "busy"),
    ("offline", SourceRefused, "unreachable"),
    ("hang", SourceSilent, "silent"),
    ("stall", SourceSilent, "silent"),
]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(("fault", "kind", "reason"), FAULTS, ids=[case[0] for case in FAULTS])
def test_a_camera_that_can_not_be_opened_says_why(
    streams: dict[str, MediaStream], camera_sim: Start, fault: str, kind: type[SourceError], reason: str, transport: str
) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, user="admin", password="p@ss-1")})
    sim.fault("X", fault)
    with pytest.raises(kind) as caught:
        decoded(sim.url("X"), transport)
    assert reason_of(caught.value) == reason
    assert "p@ss" not in str(caught.value)


RUNNING = [
    ("drop", SourceEnded),
    ("offline", SourceEnded),
    ("503", SourceEnded),
    ("stall", SourceSilent),
    ("hang", SourceSilent),
]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(("fault", "kind"), RUNNING, ids=[case[0] for case in RUNNING])
def test_a_running_stream_that_stops_is_an_error_within_its_time_out(
    streams: dict[str, MediaStream], camera_sim: Start, fault: str, kind: type[SourceError], transport: str
) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]})})
    clock = SystemClock()
    began: list[float] = []

    def pull() -> None:
        with open_source(sim.url("X"), transport=transport, open_timeout=2, read_timeout=2) as source:  # type: ignore[arg-type]
            for number, _ in enumerate(source.packets()):
                if number == 5:
                    sim.fault("X", fault)
                    began.append(clock.monotonic())

    with pytest.raises(kind):
        pull()
    assert clock.monotonic() - began[0] < 6


ADDRESSES = [
    ("rtsp://127.0.0.1:1/x", "unreachable"),
    ("rtsp://admin:secret@no-such-host.invalid/x", "unreachable"),
    ("foo://bar", "bad_address"),
    ("no address", "bad_address"),
    ("", "bad_address"),
]


@pytest.mark.parametrize(("url", "reason"), ADDRESSES)
def test_an_address_that_leads_nowhere_says_so(url: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(url, open_timeout=2, read_timeout=2)
    assert reason_of(caught.value) == reason
    assert "secret" not in str(caught.value)


def test_a_file_without_video_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.wav"), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame(format="s16", layout="mono", samples=800)
        frame.sample_rate = 8000
        file.mux(stream.encode(frame))
    with pytest.raises(SourceUnreadable):
        open_source(str(tmp_path / "sound.wav"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("rtsp://admin:s3cr@t/#1@10.0.0.1:554/a?user=x&password=y", "rtsp://10.0.0.1:554/a"),
        ("rtsp://10.0.0.1/a", "rtsp://10.0.0.1/a"),
        ("rtsp://admin@10.0.0.1/a", "rtsp://10.0.0.1/a"),
    ],
)
def test_no_text_holds_a_password(url: str, name: str) -> None:
    assert safe_name(url) == name


def test_the_cameras_own_clock_is_read_from_its_sender_reports(
    streams: dict[str, MediaStream], camera_sim: Start
) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, clock_error_s=7.0)})
    with open_source(sim.url("X")) as source:
        for packet in source.packets():
            told = camera_clock(packet)
            if told is not None:
                assert told - SystemClock().now() == pytest.approx(7.0, abs=0.5)
                break
