"""Cameras that do as few others do, though every public player plays them: ours does too, by real connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping

import av
import msgspec
import pytest

from demo.clips import clip_path
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.quirks import Quirks, in_one_unit
from demo.rtsp.sim import CameraSim
from ingest.source import rtsp
from ingest.source.capture_clock import CaptureClock
from ingest.source.connections import ConnectionPool, RtspConnection
from ingest.source.ffmpeg import reason_of
from lianqin.clock import SystemClock
from lianqin.errors import SourceRefused

Start = Callable[[Mapping[str, SimCamera]], CameraSim]
CLOCK = SystemClock()
PASSWORD = "p@ss-1"


class Came(msgspec.Struct, frozen=True):
    at: float
    arrived: float
    is_key: bool
    content: bytes
    clock: float | None


@pytest.fixture(scope="module")
def streams(clips: object) -> dict[str, MediaStream]:
    return {"h264": load(clip_path("C01", "sub")), "hevc": load(clip_path("C02", "sub"))}


@pytest.fixture
def hub() -> Iterator[ConnectionPool]:
    one, stop = ConnectionPool(CLOCK), threading.Event()

    def run() -> None:
        while not stop.is_set():
            one.run_once()

    thread = threading.Thread(target=run)
    thread.start()
    yield one
    stop.set()
    thread.join()
    one.close()


def watch(hub: ConnectionPool, url: str, seconds: float, timeout: float = 5.0) -> tuple[RtspConnection, list[Came]]:
    came = list[Came]()
    connection = rtsp.connect(url, timeout, CLOCK)
    line = RtspConnection(connection, lambda *one: came.append(Came(*one)), timeout, CLOCK.monotonic())
    hub.add(line)
    ended = line.ended.wait(seconds)
    assert not ended, line.error
    return line, came


def shown(line: RtspConnection, came: list[Came]) -> int:
    """Pictures that a decoder makes of it, from the first key frame on; none of them corrupt."""
    told = line.connection.told.format
    decoder = av.CodecContext.create(told.codec, "r")
    decoder.extradata, decoder.thread_count = told.extradata, 1
    first = next(n for n, one in enumerate(came) if one.is_key)
    frames = [frame for one in came[first:] for frame in decoder.decode(av.Packet(one.content))]
    assert not any(frame.is_corrupt for frame in frames)
    assert {(frame.width, frame.height) for frame in frames} == {(told.width, told.height)}
    return len(frames)


BEFORE = {
    "jpeg": "m=video 0 RTP/AVP 26|a=control:trackID=9",
    "metadata": "m=application 0 RTP/AVP 107|a=rtpmap:107 vnd.onvif.metadata/90000|a=control:trackID=9",
    "audio": "m=audio 0 RTP/AVP 8|a=rtpmap:8 PCMA/8000|a=control:trackID=9",
    "another video": "m=video 0 RTP/AVP 97|a=rtpmap:97 MP4V-ES/90000|a=control:trackID=9",
}


@pytest.mark.parametrize("what", BEFORE)
def test_the_first_track_that_can_be_read_is_taken(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool, what: str
) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, quirks=Quirks(before=BEFORE[what]))})
    line, came = watch(hub, sim.url("X"), 2.0)
    assert shown(line, came) > 10


@pytest.mark.parametrize("one_unit", [False, True])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_parameter_sets_that_stand_in_the_stream_alone_are_found_there(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool, codec: str, one_unit: bool
) -> None:
    stream = in_one_unit(streams[codec]) if one_unit else streams[codec]
    sim = camera_sim({"X": SimCamera({"main": stream}, quirks=Quirks(sets_told=False))})
    line, came = watch(hub, sim.url("X"), 1.5)
    told = line.connection.told.format
    assert (told.codec, told.width, told.height) == (codec, 640, 360)
    assert came[-1].arrived - came[0].arrived < 10
    assert shown(line, came) > 30


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_key_frames_packed_as_one_unit_are_known_as_such(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool, codec: str
) -> None:
    sim = camera_sim({"X": SimCamera({"main": in_one_unit(streams[codec])})})
    line, came = watch(hub, sim.url("X"), 4.5)
    assert sum(one.is_key for one in came) >= 2
    assert shown(line, came) > 50


@pytest.mark.parametrize("stamps", ["still", "stray"])
def test_time_stamps_that_are_none_make_no_lasting_fault(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool, stamps: str
) -> None:
    quirks = Quirks(stamps="still" if stamps == "still" else "stray")
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, quirks=quirks)})
    line, came = watch(hub, sim.url("X"), 7.0)
    assert len(came) == pytest.approx(7 * 25, abs=12), "each picture for itself"
    clock = CaptureClock()
    found = [clock.stamp(one.at, one.arrived, one.arrived) for one in came]
    assert not any(stamp.jumped for stamp in found)
    assert all(abs(stamp.at - one.arrived) < 0.5 for stamp, one in zip(found, came, strict=True))
    assert shown(line, came) > 100


KEPT = {
    "any": Quirks(timeout_s=2),
    "GET_PARAMETER alone": Quirks(timeout_s=2, kept_by="GET_PARAMETER"),
    "told to whom it knows": Quirks(timeout_s=2, kept_by="GET_PARAMETER", options_refused=True),
    "OPTIONS alone": Quirks(timeout_s=2, kept_by="OPTIONS", unknown="GET_PARAMETER"),
    "the same, to whom it knows": Quirks(timeout_s=2, kept_by="OPTIONS", unknown="GET_PARAMETER", options_refused=True),
    "nonces that grow old": Quirks(timeout_s=2, kept_by="GET_PARAMETER", nonce_s=1.5),
    "both": Quirks(timeout_s=2, kept_by="OPTIONS", unknown="GET_PARAMETER", options_refused=True, nonce_s=1.5),
}


def test_a_session_is_kept_alive_in_the_way_that_the_camera_counts(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool
) -> None:
    cameras = {
        how: SimCamera({"main": streams["h264"]}, user="admin", password=PASSWORD, quirks=quirks)
        for how, quirks in KEPT.items()
    }
    names = {f"C{n}": how for n, how in enumerate(cameras)}
    sim = camera_sim({name: cameras[how] for name, how in names.items()})
    watched = {how: watch(hub, sim.url(name), 0.0) for name, how in names.items()}
    CLOCK.sleep(8.0)
    assert {how: str(line.error) for how, (line, _) in watched.items() if line.ended.is_set()} == {}
    assert {line.connection.keep_alive_s for line, _ in watched.values()} == {1.0}
    assert {how: len(came) for how, (_, came) in watched.items() if len(came) < 8 * 25 - 15} == {}
    assert {how: camera.wrong_log_ins for how, camera in cameras.items() if camera.wrong_log_ins} == {}


def test_a_session_that_nobody_keeps_alive_is_ended_by_this_camera(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool
) -> None:
    """So the ones above have shown something."""
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, quirks=Quirks(timeout_s=2, kept_by="PAUSE"))})
    line = RtspConnection(rtsp.connect(sim.url("X"), 5, CLOCK), lambda *_: None, 5, CLOCK.monotonic())
    hub.add(line)
    assert line.ended.wait(8)


@pytest.mark.parametrize("options_refused", [False, True])
def test_an_attempt_tells_a_wrong_password_once(
    streams: dict[str, MediaStream], camera_sim: Start, options_refused: bool
) -> None:
    quirks = Quirks(options_refused=options_refused, locks_after=5)
    camera = SimCamera({"main": streams["h264"]}, user="admin", password="right", quirks=quirks)
    sim = camera_sim({"X": camera})
    for attempt in range(1, 5):
        with pytest.raises(SourceRefused) as caught:
            rtsp.connect(sim.url("X").replace("right", "wrong"), 2, CLOCK)
        assert reason_of(caught.value) == "unauthorised"
        assert camera.log_ins == camera.wrong_log_ins == attempt
    rtsp.connect(sim.url("X"), 2, CLOCK).close()
    assert not camera.is_locked


def test_a_nonce_that_grows_old_while_it_is_set_up_is_replaced(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool
) -> None:
    quirks = Quirks(nonce_s=1e-9)
    camera = SimCamera({"main": streams["h264"]}, user="admin", password=PASSWORD, quirks=quirks)
    sim = camera_sim({"X": camera})
    began = time.monotonic()
    with pytest.raises(SourceRefused):  # every nonce is too old: it is not tried for ever
        rtsp.connect(sim.url("X"), 5, CLOCK)
    assert time.monotonic() - began < 2
    assert camera.log_ins <= 4


def test_a_camera_that_sends_by_udp_alone_says_so(streams: dict[str, MediaStream], camera_sim: Start) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, quirks=Quirks(udp_only=True))})
    with pytest.raises(rtsp.UdpOnly):
        rtsp.connect(sim.url("X"), 2, CLOCK)
