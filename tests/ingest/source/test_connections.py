"""Our own RTSP over TCP: as whole as FFmpeg reads it, each refusal by its name, one thread for many cameras."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest

from demo.clips import clip_path
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim
from ingest.source import rtsp
from ingest.source.connections import ConnectionPool, RtspConnection
from ingest.source.ffmpeg import reason_of
from lianqin.clock import SystemClock
from lianqin.errors import SourceEnded, SourceError, SourceRefused, SourceSilent

Start = Callable[[Mapping[str, SimCamera]], CameraSim]
CLOCK = SystemClock()


class Came(msgspec.Struct, frozen=True):
    at: float
    arrived: float
    is_key: bool
    content: bytes
    clock: float | None


@pytest.fixture(scope="module")
def streams(clips: Path) -> dict[str, MediaStream]:
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


def begin(hub: ConnectionPool, url: str, timeout: float = 2.0) -> tuple[RtspConnection, list[Came]]:
    came: list[Came] = []
    connection = rtsp.connect(url, timeout, CLOCK)
    line = RtspConnection(connection, lambda *one: came.append(Came(*one)), timeout, CLOCK.monotonic())
    hub.add(line)
    return line, came


def until(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)


@pytest.mark.parametrize("user", ["", "admin"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_stream_comes_whole(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool, codec: str, user: str
) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams[codec]}, user=user, password="p@ss-1" if user else "")})
    line, came = begin(hub, sim.url("X"))
    until(lambda: len(came) > 80)
    hub.remove(line)
    assert line.ended.wait(2)
    assert line.error is None
    assert (line.connection.told.format.codec, line.connection.told.format.width) == (codec, 640)
    first = next(n for n, one in enumerate(came) if one.is_key)
    decoder = av.CodecContext.create(codec, "r")
    decoder.extradata = line.connection.told.format.extradata
    decoder.thread_count = 1
    shown = [frame for one in came[first:] for frame in decoder.decode(av.Packet(one.content))]
    assert len(shown) >= len(came) - first - 3
    assert not any(frame.is_corrupt for frame in shown)
    gaps = [later.at - earlier.at for earlier, later in pairwise(came)]
    assert gaps == pytest.approx([0.04] * len(gaps), abs=1e-3)
    assert all(one.clock == pytest.approx(CLOCK.now(), abs=10) for one in came[first + 30 :] if one.is_key)


FAULTS = [
    ("401", SourceRefused, "unauthorised"),
    ("404", SourceRefused, "not_found"),
    ("503", SourceRefused, "busy"),
    ("offline", SourceRefused, "unreachable"),
    ("hang", SourceSilent, "silent"),
    ("stall", SourceSilent, "silent"),
]


@pytest.mark.parametrize(("fault", "kind", "reason"), FAULTS, ids=[case[0] for case in FAULTS])
def test_a_camera_that_can_not_be_opened_says_why(
    streams: dict[str, MediaStream],
    camera_sim: Start,
    hub: ConnectionPool,
    fault: str,
    kind: type[SourceError],
    reason: str,
) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, user="admin", password="p@ss-1")})
    sim.fault("X", fault)

    def pull() -> None:
        line, _ = begin(hub, sim.url("X"))
        assert line.ended.wait(6)
        assert line.error
        raise line.error

    with pytest.raises(kind) as caught:
        pull()
    assert reason_of(caught.value) == reason
    assert "p@ss" not in str(caught.value)


def test_a_wrong_password_is_refused_by_its_name(streams: dict[str, MediaStream], camera_sim: Start) -> None:
    sim = camera_sim({"X": SimCamera({"main": streams["h264"]}, user="admin", password="right")})
    for url in (sim.url("X").replace("right", "wrong"), sim.url("X").replace("admin:right@", "")):
        with pytest.raises(SourceRefused) as caught:
            rtsp.connect(url, 2, CLOCK)
        assert reason_of(caught.value) == "unauthorised"


RUNNING = [("drop", SourceEnded), ("offline", SourceEnded), ("503", SourceEnded), ("stall", SourceSilent), ("hang", SourceSilent)]  # fmt: skip


@pytest.mark.parametrize(("fault", "kind"), RUNNING, ids=[case[0] for case in RUNNING])
def test_a_running_stream_that_stops_is_an_error_and_its_neighbour_goes_on(
    streams: dict[str, MediaStream], camera_sim: Start, hub: ConnectionPool, fault: str, kind: type[SourceError]
) -> None:
    sim = camera_sim({name: SimCamera({"main": streams["h264"]}) for name in "XY"})
    line, came = begin(hub, sim.url("X"))
    well, beside = begin(hub, sim.url("Y"))
    until(lambda: len(came) > 5 and len(beside) > 5)
    sim.fault("X", fault)
    assert line.ended.wait(5)
    assert isinstance(line.error, kind)
    seen = len(beside)
    until(lambda: len(beside) > seen + 20)
    assert not well.ended.is_set()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("rtsp://127.0.0.1:1/x", "unreachable"),
        ("rtsp://admin:secret@no-such-host.invalid/x", "unreachable"),
        ("rtsp://:99999/x", "bad_address"),
        ("rtsp://[::1/x", "bad_address"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(url: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        rtsp.connect(url, 2, CLOCK)
    assert reason_of(caught.value) == reason
    assert "secret" not in str(caught.value)


SDP = "\r\n".join([
    "v=0", "m=audio 0 RTP/AVP 8", "a=control:trackID=1", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000",
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAHpWoKA9puAgICBA=,aM48gA==", "a=framerate:25",
    "a=control:rtsp://cam/trackID=0",
])  # fmt: skip


def test_the_first_video_stream_is_taken() -> None:
    told = rtsp.read_description(SDP)
    assert (told.control, told.clock_rate, told.format.fps) == ("rtsp://cam/trackID=0", 90_000, 25)
    assert (told.format.width, told.format.height) == (640, 480)


@pytest.mark.parametrize(
    "changed", [SDP.replace("H264", "JPEG"), SDP.partition(";sprop")[0], SDP.replace("video", "text"), ""]
)
def test_what_is_not_understood_is_left_to_ffmpeg(changed: str) -> None:
    with pytest.raises(rtsp.NotOurs):
        rtsp.read_description(changed)


def served(answers: list[bytes]) -> tuple[int, list[bytes]]:
    """A server that gives these answers in turn; the port, and the requests that came."""
    listening, asked = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def serve() -> None:
        peer, _ = listening.accept()
        with peer, listening:
            for answer in answers:
                asked.append(peer.recv(4096))
                sequence = asked[-1].partition(b"CSeq: ")[2].partition(b"\r")[0]
                peer.sendall(answer.replace(b"SEQ", sequence))

    threading.Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1], asked


def answer(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {status}", "CSeq: SEQ", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        ('Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=SHA-256, opaque="o"', b"algorithm=SHA-256"),
        ('Digest realm="r", nonce="n"', b'Digest username="u", realm="r"'),
        ('Basic realm="r"', b"Basic dTpw"),
    ],
)
def test_each_way_to_say_who_we_are(challenge: str, said: bytes) -> None:
    port, asked = served([
        answer("401 Unauthorized", f"WWW-Authenticate: {challenge}"),
        b"$\x00\x00\x01x" + answer("200 OK", "Content-Base: rtsp://cam/x/", body=SDP),
        answer("200 OK", "Session: 77;timeout=20", "Transport: RTP/AVP/TCP;interleaved=4-5"),
        b"$\x04\x00\x01y" + answer("200 OK") + b"$\x04\x00\x01z",
    ])  # fmt: skip
    connection = rtsp.connect(f"rtsp://u:p@127.0.0.1:{port}/x", 2, CLOCK)
    assert said in asked[1]
    assert asked[2].startswith(b"SETUP rtsp://cam/trackID=0 ")
    assert b"Session: 77\r\n" in asked[3]
    assert (connection.channel, connection.keep_alive_s) == (4, 10.0)
    assert connection.early.startswith(b"$\x00\x00\x01x$\x04\x00\x01y")
    assert b"p" not in asked[1].partition(b"Authorization")[2].split(b'username="')[0] or b"Basic" in asked[1]
    connection.close()


@pytest.mark.parametrize(
    "answers",
    [
        [answer("200 OK"), b"HTTP/1.1 200 OK\r\n\r\n"],
        [answer("200 OK"), answer("302 Moved", "Location: rtsp://elsewhere/")],
        [answer("200 OK"), answer("200 OK", body=SDP), answer("200 OK", "Transport: RTP/AVP/UDP;client_port=1-2")],
    ],
)
def test_a_server_that_speaks_otherwise_is_left_to_ffmpeg(answers: list[bytes]) -> None:
    port, _ = served(answers)
    with pytest.raises(rtsp.NotOurs):
        rtsp.connect(f"rtsp://127.0.0.1:{port}/x", 2, CLOCK)


@pytest.mark.parametrize(
    "set_up",
    [
        answer("461 Unsupported Transport"),
        answer("200 OK", "Transport: RTP/AVP/UDP;unicast;client_port=5000-5001;server_port=6000-6001"),
        answer("200 OK", "Transport: RTP/AVP;multicast;destination=239.0.0.1;port=5000-5001"),
    ],
)
def test_a_camera_that_sends_by_udp_alone_is_told_from_others(set_up: bytes) -> None:
    port, _ = served([answer("200 OK"), answer("200 OK", body=SDP), set_up])
    with pytest.raises(rtsp.UdpOnly):
        rtsp.connect(f"rtsp://127.0.0.1:{port}/x", 2, CLOCK)
