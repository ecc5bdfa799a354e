"""Whatever our own reader can't read and FFmpeg can, is read; the way is remembered, and what no way mends is asked once."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from demo.clips import clip_path
from demo.rtsp import odd
from demo.rtsp.media import MediaStream, load
from demo.rtsp.message import StreetRequest
from demo.rtsp.odd import OddCamera, OddResponse, OddSim, Rule
from ingest.source.connections import ConnectionPool
from ingest.source.probe import ProbeRequest, probe
from ingest.source.reader import StreamReader
from ingest.source.reading import Pull, ReadingMemory
from ingest.source.rtp import START
from ingest.source.state import StreamState, read_by
from ingest.source.ways import A_DAY_S, ASK_AGAIN_S, FFMPEG, OWN, Way, Ways
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.clock import SystemClock
from lianqin.testing import FakeClock, a_camera
from tests.made_streams import an_sps

CLOCK = SystemClock()
pytestmark = pytest.mark.timeout(120)
OpenIt = Callable[..., Any]


@pytest.fixture(scope="module")
def stream(clips: Path) -> MediaStream:
    return load(clip_path("C01", "sub"))


def is_own(request: StreetRequest) -> bool:
    return odd.OWN in request.headers.get("user-agent", "")


def at(method: str, what: OddResponse | odd.Bend, *, own: bool = True) -> Rule:
    """Bends the answer to that method; `own`: to our own reader alone."""
    return lambda request: what if request.method == method and (is_own(request) or not own) else None


def by_tcp_refused(request: StreetRequest) -> OddResponse | None:
    over_tcp = request.method == "SETUP" and "TCP" in request.headers.get("transport", "")
    return OddResponse("461 Unsupported Transport") if over_tcp else None


def described(sdp: Callable[[str], str], stream: MediaStream) -> Rule:
    def rule(request: StreetRequest) -> OddResponse | None:
        if request.method == "SETUP" and "trackID=9" in request.url:
            return OddResponse("200 OK", ("Transport: RTP/AVP/TCP;unicast;interleaved=8-9",))
        if request.method != "DESCRIBE":
            return None
        base = f"Content-Base: {request.url.rstrip('/')}/"
        return OddResponse("200 OK", (base, "Content-Type: application/sdp"), sdp(stream.sdp()))

    return rule


class Decodes:
    """Stands for the worker's handlers: usable once a picture could be decoded."""

    def begin(self, found: VideoFormat) -> None:
        self._decoder = av.CodecContext.create(found.codec, "r")
        self._decoder.extradata, self._decoder.thread_count = found.extradata, 1
        self.pictures, self._begun = 0, False

    def take(self, packet: EncodedPacket) -> bool:
        self._begun |= packet.is_key
        if self._begun:
            self.pictures += len(self._decoder.decode(av.Packet(packet.content)))
        return self.pictures > 0


class Running:
    """A reader as a worker has it."""

    def __init__(
        self, hub: ConnectionPool, url: str, memory: ReadingMemory, name: str = "X", transport: Any = "tcp"
    ) -> None:
        camera = a_camera(id=name, url=url, transport=transport)
        self.state, self.handler = StreamState(), Decodes()
        pull = Pull("main", url, camera, 3.0, 3.0, av.open)
        self.reader = StreamReader(pull, [self.handler], self.state, CLOCK, hub, memory=memory)

    def start(self) -> Running:
        self.reader.start()
        return self

    def is_ok(self) -> bool:
        return self.state.status(CLOCK.monotonic()).state == "ok"


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.05)


@pytest.fixture
def open_it() -> Iterator[OpenIt]:
    """`open_it(camera)`: a reader of that camera, the simulator's address, the memory that readers share."""
    hub, stop = ConnectionPool(CLOCK), threading.Event()
    memory = ReadingMemory.begin(CLOCK)
    sims: list[OddSim] = []
    readers: list[Running] = []

    def run() -> None:
        while not stop.is_set():
            hub.run_once()

    thread = threading.Thread(target=run)
    thread.start()

    def begin(camera: OddCamera | None = None, url: str = "", **more: Any) -> Running:
        if camera is not None:
            sims.append(OddSim({"X": camera}))
            sims[-1].start()
        readers.append(Running(hub, url or sims[-1].url("X"), memory, **more).start())
        return readers[-1]

    yield begin
    for one in readers:
        one.reader.stop()
    for one in readers:
        one.reader.join(10)
    stop.set()
    thread.join()
    hub.close()
    for sim in sims:
        sim.stop()


FALLS_BACK = [
    ("refused at SETUP 400", at("SETUP", OddResponse("400 Bad Request")), "refused"),
    ("refused at SETUP 404", at("SETUP", OddResponse("404 Not Found")), "refused"),
    ("refused at SETUP 454", at("SETUP", OddResponse("454 Session Not Found")), "refused"),
    ("refused at SETUP 500", at("SETUP", OddResponse("500 Internal Server Error")), "refused"),
    ("refused at PLAY 455", at("PLAY", OddResponse("455 Method Not Valid In This State")), "refused"),
    ("refused at PLAY 551", at("PLAY", OddResponse("551 Option Not Supported")), "refused"),
    ("no answer to SETUP", at("SETUP", "hang"), "silent"),
    ("no answer to PLAY", at("PLAY", "hang"), "silent"),
    ("hangs up at DESCRIBE", at("DESCRIBE", "hang up"), "ended"),
    ("hangs up at SETUP", at("SETUP", "hang up"), "ended"),
    ("hangs up at PLAY", at("PLAY", "hang up"), "ended"),
    ("nothing after PLAY", at("PLAY", "mute"), "silent"),
    ("no video after PLAY", at("PLAY", "noise"), "unreadable"),
    ("moved elsewhere", at("DESCRIBE", OddResponse("551 Option Not Supported")), "refused"),
]


@pytest.mark.parametrize(("rule", "why"), [case[1:] for case in FALLS_BACK], ids=[case[0] for case in FALLS_BACK])
def test_what_our_own_reader_can_not_read_and_ffmpeg_can_is_read_within_a_minute_and_no_fault(
    stream: MediaStream, open_it: OpenIt, rule: Rule, why: str
) -> None:
    camera = OddCamera(stream, rule, user="admin", password="p@ss-1")
    running = open_it(camera)
    until(running.is_ok, 60)
    assert running.state.way.by == FFMPEG
    told = read_by({"main": running.state})
    assert (told["read_by"], told["read_why"]) == ("ffmpeg", why)
    assert told["read_detail"]
    assert "p@ss" not in told["read_detail"]
    until(lambda: running.handler.pictures > 10)


def test_the_way_is_remembered_over_reconnects_and_forgotten_with_another_address(
    stream: MediaStream, open_it: OpenIt
) -> None:
    camera = OddCamera(stream, at("SETUP", OddResponse("454 Session Not Found")))
    running = open_it(camera)
    until(running.is_ok)
    assert camera.count(odd.OWN) == 1
    camera.hang_up()
    until(lambda: camera.count(odd.FFMPEG) >= 2 and running.is_ok())
    assert camera.count(odd.OWN) == 1, "nothing was tried that is known not to work"
    url = running.reader._pull.url
    running.reader.stop()
    again = open_it(url=url + "?x=1")
    until(again.is_ok)
    assert camera.count(odd.OWN) == 2


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (at("DESCRIBE", OddResponse("404 Not Found")), "not_found"),
        (at("DESCRIBE", OddResponse("403 Forbidden")), "unauthorised"),
        (at("DESCRIBE", OddResponse("503 Service Unavailable")), "busy"),
        (at("SETUP", OddResponse("453 Not Enough Bandwidth")), "busy"),
    ],
)
def test_what_no_way_mends_is_not_asked_of_ffmpeg(
    stream: MediaStream, open_it: OpenIt, rule: Rule, reason: str
) -> None:
    camera = OddCamera(stream, rule)
    running = open_it(camera)
    until(lambda: camera.count(odd.OWN) >= 2)
    assert running.state.status(0).reason == reason
    assert camera.count(odd.FFMPEG) == 0


def too_large(text: str) -> str:
    """A description whose sets promise 12288 x 12288 pixels."""
    sets = base64.b64encode(an_sps(768, 768).split(START)[1]).decode()
    return re.sub(r"sprop-parameter-sets=[^,;\r]*", f"sprop-parameter-sets={sets}", text)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_picture_that_is_too_large_is_named_on_each_way_and_asked_of_none_else(
    stream: MediaStream, open_it: OpenIt, transport: str
) -> None:
    camera = OddCamera(stream, described(too_large, stream))
    running = open_it(camera, transport=transport)
    until(lambda: running.state.status(0).reason == "unreadable")
    assert "12288 x 12288" in running.state.status(0).detail
    until(lambda: len(camera.asked) > 3)
    assert camera.count(odd.FFMPEG if transport == "tcp" else odd.OWN) == 0


def test_what_lies_beyond_a_limit_of_ours_is_not_asked_of_ffmpeg(stream: MediaStream, open_it: OpenIt) -> None:
    camera = OddCamera(stream, at("DESCRIBE", OddResponse("200 OK", ("X: " + "x" * 100_000,)), own=False))
    running = open_it(camera)
    until(lambda: running.state.status(0).reason == "unreadable")
    until(lambda: camera.count(odd.OWN) >= 2)
    assert camera.count(odd.FFMPEG) == 0


def test_a_camera_that_asked_for_digest_is_never_told_the_password_in_plain(
    stream: MediaStream, open_it: OpenIt
) -> None:
    camera = OddCamera(stream, lambda _: None, user="admin", password="p@ss-1")
    running = open_it(camera)
    until(running.is_ok)
    camera.challenge = 'WWW-Authenticate: Basic realm="camera"'
    camera.hang_up()
    until(lambda: running.state.status(0).reason == "unauthorised")
    assert "Digest was offered" in running.state.status(0).detail
    assert camera.refusals == 0, "nothing was said"


def test_where_ffmpeg_fails_as_well_the_more_telling_fault_is_told_and_ffmpeg_left_alone_for_a_while(
    stream: MediaStream, open_it: OpenIt
) -> None:
    """Our own reader gets nothing; FFmpeg is told that there are too many."""

    def rule(request: StreetRequest) -> OddResponse | odd.Bend | None:
        if request.method != "PLAY":
            return None
        return "mute" if is_own(request) else OddResponse("503 Service Unavailable")

    camera = OddCamera(stream, rule)
    running = open_it(camera)
    until(lambda: running.state.status(0).reason == "busy")
    until(lambda: camera.count(odd.OWN) >= 3)
    assert camera.count(odd.FFMPEG) == 1


def test_a_stream_that_was_read_and_falls_silent_has_a_fault_and_keeps_its_reader(
    stream: MediaStream, open_it: OpenIt
) -> None:
    camera = OddCamera(stream, lambda _: None)
    running = open_it(camera)
    until(running.is_ok)
    camera.set_fault("stall")
    until(lambda: running.state.status(0).reason == "silent")
    camera.set_fault("ok")
    until(running.is_ok)
    assert camera.count(odd.FFMPEG) == 0
    assert running.state.way == Way(OWN)


def test_a_camera_that_sends_by_udp_alone_is_read_by_udp(stream: MediaStream, open_it: OpenIt) -> None:
    running = open_it(OddCamera(stream, by_tcp_refused))
    until(running.is_ok)
    assert read_by({"main": running.state}) == {
        "read_by": "ffmpeg_udp", "read_why": "udp_only", "read_detail": "the camera refuses to send on the connection",
    }  # fmt: skip


JPEG = "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\na=control:trackID=9\r\n"
METADATA = "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:trackID=9\r\n"


@pytest.mark.parametrize(
    "before", [JPEG, METADATA, JPEG + METADATA.replace("=9", "=9b")], ids=["jpeg", "metadata", "both"]
)
def test_the_first_track_that_can_be_watched_is_taken(stream: MediaStream, open_it: OpenIt, before: str) -> None:
    running = open_it(OddCamera(stream, described(lambda sdp: sdp.replace("m=video", before + "m=video", 1), stream)))
    until(running.is_ok)
    assert running.state.format is not None
    assert running.state.format.codec == "h264"


OTHER_CODECS = [
    ("JPEG/90000", 26, "MJPEG"), ("MP4V-ES/90000", 96, "MPEG-4 Part 2"), ("VP8/90000", 96, "VP8"), ("SVAC/90000", 96, "a codec"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "number", "named"), OTHER_CODECS)
def test_another_codec_is_named_and_how_to_set_it(stream: MediaStream, encoding: str, number: int, named: str) -> None:
    sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=c\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP {number}\r\na=rtpmap:{number} {encoding}\r\na=control:trackID=0\r\n"
    with OddSim({"X": OddCamera(stream, described(lambda _: sdp, stream))}) as sim:
        found = probe(ProbeRequest(sim.url("X")), av.open, CLOCK)
    assert found.reason == "wrong_codec"
    assert named in found.detail
    assert "H.264 or H.265" in found.detail
    assert named in found.codec


@pytest.mark.parametrize(
    "rule", [at("SETUP", OddResponse("454 Session Not Found")), at("PLAY", "mute"), by_tcp_refused]
)
def test_a_try_goes_the_way_that_the_worker_goes_and_says_which(stream: MediaStream, rule: Rule) -> None:
    camera = OddCamera(stream, rule)
    with OddSim({"X": camera}) as sim:
        found = probe(ProbeRequest(sim.url("X")), av.open, CLOCK)
    assert found.reason == ""
    assert found.picture
    assert found.read_by == ("ffmpeg_udp" if rule is by_tcp_refused else "ffmpeg")
    assert found.read_why in {"refused", "silent", "udp_only"}
    assert camera.asked[0] == ("DESCRIBE", odd.OWN)


def test_a_try_of_a_camera_that_our_own_reader_reads_needs_no_ffmpeg(stream: MediaStream) -> None:
    camera = OddCamera(stream, lambda _: None)
    with OddSim({"X": camera}) as sim:
        found = probe(ProbeRequest(sim.url("X")), av.open, CLOCK)
    assert (found.reason, found.read_by, found.pixels) == ("", "", "yuv420p")
    assert camera.count(odd.FFMPEG) == 0


# --- the memory, by a clock that is set -------------------------------------------------------------------------------


def test_our_own_reader_is_tried_again_after_a_day_or_sooner_where_it_may_have_been_a_bad_moment() -> None:
    clock = FakeClock()
    ways = Ways(clock)
    ways.worked("X/main", "a", Way(FFMPEG, "tcp", "not_understood"))
    ways.worked("Y/main", "a", Way(FFMPEG, "tcp", "silent"))
    assert ways.by_ffmpeg == 2
    clock.advance(ASK_AGAIN_S + 1)
    assert ways.of("X/main", "a") is not None
    assert ways.of("Y/main", "a") is None
    ways.worked("Y/main", "a", Way(FFMPEG, "tcp", "silent"))
    clock.advance(ASK_AGAIN_S + 1)
    assert ways.of("Y/main", "a") is not None, "the second time it is left alone for longer"
    clock.advance(A_DAY_S)
    assert ways.of("X/main", "a") is None


def test_another_way_is_asked_again_after_some_minutes_of_failing() -> None:
    clock = FakeClock()
    ways = Ways(clock)
    assert ways.may_ask("X/main", "a", Way(OWN))
    ways.worked("X/main", "a", Way(OWN))
    assert not ways.may_ask("X/main", "a", Way(OWN)), "it worked a moment ago"
    clock.advance(ASK_AGAIN_S + 1)
    assert ways.may_ask("X/main", "a", Way(OWN))
    ways.failed("X/main", "a", asked=True)
    assert not ways.may_ask("X/main", "a", Way(OWN))
