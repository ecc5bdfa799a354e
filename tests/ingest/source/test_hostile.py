"""Cameras that are broken, or no cameras at all: what they say costs bounded time and memory, and ends their line alone."""

from __future__ import annotations

import base64
import contextlib
import itertools
import re
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.source import rtsp
from ingest.source.connections import MOST_UNSENT, ConnectionPool, RtspConnection
from ingest.source.ffmpeg import reason_of
from ingest.source.login import LogIn, Unsafe, read_challenges
from ingest.source.rtp import MOST_BYTES
from ingest.source.rtsp_message import Messages, NotOurs, TooMuch
from lianqin.clock import SystemClock
from lianqin.errors import SourceEnded, SourceError, SourceRefused, SourceSilent, SourceUnreadable

CLOCK = SystemClock()
SETS = "Z0IAHpWoKA9puAgICBA=,aM48gA=="
HUGE = base64.b64decode("Z0IAKNoAMAAGAZA=")
"""A parameter set of H.264: 12288 x 12288."""
MB = 1 << 20


def sdp(sets: str = SETS, more: str = "") -> str:
    return (
        "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:trackID=0\r\n{more}"
    )


def answer(status: str = "200 OK", *headers: str, body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {status}", "CSeq: SEQ", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


SET_UP = answer("200 OK", "Session: 77;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
OPENING = (answer(), answer(body=sdp()), SET_UP, answer())
Said = bytes | Callable[[], Iterable[bytes]]


class Peer:
    """Says one thing to each request, perhaps piece by piece and without end, until it is hung up on."""

    def __init__(self, *said: Said) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"rtsp://u:geheim@127.0.0.1:{self._listening.getsockname()[1]}/x"
        self._said, self._stop = said, threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            peer, _ = self._listening.accept()
            with peer:
                peer.settimeout(0.5)
                for one in self._said:
                    asked = peer.recv(8192)
                    found = re.search(rb"CSeq: (\d+)", asked)
                    pieces = [one] if isinstance(one, bytes) else one()
                    for piece in pieces:
                        if self._stop.is_set():
                            return
                        peer.sendall(piece.replace(b"SEQ", found[1] if found else b"0"))
                self._stop.wait(10)
        except OSError:
            pass

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._listening.close()
        self._thread.join(5)


def without_end(piece: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: itertools.repeat(piece, 4000)


def dripping(said: bytes, seconds: float = 0.05) -> Callable[[], Iterator[bytes]]:
    def drip() -> Iterator[bytes]:
        for byte in said:
            time.sleep(seconds)
            yield bytes((byte,))

    return drip


CHALLENGES = answer("401 No", *[f"WWW-Authenticate: Digest {'a=' * 30}"] * 200)
PACKET = b"$\x00\xff\xff" + bytes(65_535)
OPEN: dict[str, tuple[tuple[Said, ...], type[Exception]]] = {
    "headers without end": ((without_end(b"A: b\r\n" * 1000),), SourceUnreadable),
    "a line without end": ((without_end(b"RTSP" * 4000),), SourceUnreadable),
    "noughts without end": ((without_end(bytes(16_000)),), SourceUnreadable),
    "a body of gigabytes": ((b"RTSP/1.0 200 OK\r\nCSeq: SEQ\r\nContent-Length: 4000000000\r\n\r\n",), SourceUnreadable),
    "a body of 5000 digits": ((b"RTSP/1.0 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",), SourceUnreadable),
    "a negative body": ((answer(), b"RTSP/1.0 200 OK\r\nCSeq: SEQ\r\nContent-Length: -5\r\n\r\n"), NotOurs),
    "a body that never comes": ((b"RTSP/1.0 200 OK\r\nCSeq: SEQ\r\nContent-Length: 500\r\n\r\n",), SourceSilent),
    "an answer in drops": ((dripping(answer()),), SourceSilent),
    "each answer in drops": ((dripping(answer(), 0.01), dripping(answer(body=sdp()), 0.01)), SourceSilent),
    "packets without end": ((without_end(PACKET),), SourceSilent),
    "requests without end": ((without_end(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 100),), SourceUnreadable),
    "old answers without end": ((answer(), without_end(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n" * 100)), SourceUnreadable),
    "a status of 5000 digits": ((b"RTSP/1.0 " + b"2" * 5000 + b" OK\r\n\r\n",), NotOurs),
    "a status in other digits": (("RTSP/1.0 ²²² OK\r\n\r\n".encode(),), NotOurs),
    "another protocol": ((b"SSH-2.0-OpenSSH_9.6\r\n\r\n",), NotOurs),
    "a channel of 5000 digits": ((*OPENING[:2], answer("200 OK", f"Transport: RTP/AVP/TCP;interleaved={'7' * 5000}")), NotOurs),
    "no key frame": ((answer(), answer(body=sdp("x")), SET_UP, lambda: [answer(), *[PACKET] * 600]), SourceUnreadable),
    "no packet": ((answer(), answer(body=sdp("x")), SET_UP, answer()), SourceSilent),
    "a description without end": ((answer(), answer(body=sdp(more="a=x\r\n" * 20_000))), SourceUnreadable),
    "challenges without end": ((answer(), CHALLENGES, CHALLENGES), SourceRefused),
    "a challenge of 60 KB": ((answer(), answer("401 No", f"WWW-Authenticate: {'Digest ' * 8500}")), SourceSilent),
}  # fmt: skip


@pytest.mark.parametrize("what", OPEN)
def test_a_camera_that_is_none_is_named_in_time(what: str) -> None:
    said, kind = OPEN[what]
    with Peer(*said) as peer:
        began, busy = time.monotonic(), time.thread_time()
        with pytest.raises(kind) as caught:
            rtsp.connect(peer.url, 1.0, CLOCK)
        assert time.monotonic() - began < 1.6
        assert time.thread_time() - busy < 1.0
        assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("what", ["packets without end", "headers without end", "no key frame"])
def test_a_camera_that_is_none_fills_no_memory(what: str) -> None:
    with Peer(*OPEN[what][0]) as peer:
        tracemalloc.start()
        try:
            with pytest.raises((SourceError, NotOurs)):
                rtsp.connect(peer.url, 1.0, CLOCK)
            assert tracemalloc.get_traced_memory()[1] < 64 * MB
        finally:
            tracemalloc.stop()


LONG = {
    "sets": sdp(",".join(["Z0IA"] * 12_000)),
    "a set": sdp("Z0IA" * 15_000),
    "ones": sdp("Z0IAKP" + "//" * 25_000),
    "fields": sdp("x;" + "a=b;" * 12_000),
    "media": "m=video 0 RTP/AVP 96\r\n" * 2900,
    "attributes": sdp(more="a=control:x\r\n" * 4500),
    "mappings": sdp().replace("a=rtpmap", "a=rtpmap:1 x/1\r\n" * 3800 + "a=rtpmap"),
    "payload types": sdp().replace("AVP 96", "AVP " + "97 " * 20_000 + "96"),
    "blanks": sdp().replace("a=rtpmap:", "a=rtpmap:" + " " * 60_000),
    "a name": sdp().replace("H264", "H" * 60_000),
    "digits": sdp().replace("96 H264", "9" * 60_000 + " H264"),
}


@pytest.mark.parametrize("what", LONG)
def test_a_long_description_is_read_in_no_time(what: str) -> None:
    assert len(LONG[what]) < 66_000
    began = time.thread_time()
    with contextlib.suppress(NotOurs):
        rtsp.read_description(LONG[what])
    assert time.thread_time() - began < 0.2


# --- on the hub's thread ----------------------------------------------------------------------------------------------


@pytest.fixture
def line() -> Iterator[RtspConnection]:
    with Peer(*OPENING) as peer:
        one = RtspConnection(rtsp.connect(peer.url, 2, CLOCK), lambda *_: None, 5, CLOCK.monotonic())
        yield one
        one.end(None)


def framed(payload: bytes, channel: int = 0) -> bytes:
    return struct.pack(">cBH", b"$", channel, len(payload)) + payload


def rtp(sequence: int, stamp: int, payload: bytes, *, marker: bool = True) -> bytes:
    return framed(struct.pack(">BBHII", 0x80, 0x80 * marker | 96, sequence & 0xFFFF, stamp, 7) + payload)


IDR = b"\x65\x88" + b"key" * 9
ENDS = {
    "a body of gigabytes": b"RTSP/1.0 200 OK\r\nContent-Length: 4000000000\r\n\r\n",
    "a body of 5000 digits": b"RTSP/1.0 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "headers without end": b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 12_000,
    "a request without end": b"ANNOUNCE rtsp://" + b"x" * 70_000,
    "a huge picture": rtp(1, 5, HUGE, marker=False) + rtp(2, 5, b"\x68\xce\x3c\x80", marker=False) + rtp(3, 5, IDR),
    "a huge picture in one unit": rtp(1, 5, HUGE + b"\0\0\0\1\x68\xce\x3c\x80\0\0\0\1" + IDR),
    "a huge picture before an inter frame": rtp(1, 5, HUGE, marker=False) + rtp(2, 5, b"\x41\x9ainter"),
    "a huge picture behind the key frame": rtp(1, 5, IDR, marker=False) + rtp(2, 5, HUGE, marker=False) + rtp(3, 5, b"\x41\x1a"),
    "pictures without end": b"".join(rtp(n, n, b"\x41\x9a") for n in range(3000)),
}  # fmt: skip


@pytest.mark.parametrize("size", [100, 1 << 20])
@pytest.mark.parametrize("what", ENDS)
def test_what_can_not_be_meant_ends_the_line_by_name(line: RtspConnection, what: str, size: int) -> None:
    data, began = ENDS[what], time.thread_time()

    def feed() -> None:
        for at in range(0, len(data), size):
            line.feed(data[at : at + size], CLOCK.monotonic())

    with pytest.raises(SourceUnreadable) as caught:
        feed()
    assert (reason_of(caught.value), caught.value.values.get("limit")) == ("unreadable", True)
    assert time.thread_time() - began < 1.0


STREAMS = {
    "requests": b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 3000,
    "answers": b"RTSP/1.0 401 No\r\nCSeq: 5\r\nWWW-Authenticate: Digest nonce=x\r\n\r\n" * 3000,
    "other channels": framed(b"x" * 100, 7) * 10_000,
    "empty packets": framed(b"") * 50_000,
    "reports": framed(b"\x80\xc8" + bytes(40), 1) * 10_000,
    "tiny packets": framed(b"\x80" * 13) * 30_000,
    "aggregates": rtp(1, 5, b"\x18" + b"\0\1\x09" * 20_000) * 10,
    "capitals": b"A" * 60_000 + b" /" * 5,
    "noughts": bytes(MB),
    "dollars": b"$" * MB,
    "half a message": b"RTSP/1.0 200 OK\r\nContent-Length: 60000\r\n\r\n" + b"$" * 5000,
}


@pytest.mark.parametrize("what", STREAMS)
def test_what_means_nothing_is_passed_in_bounded_time_and_memory(line: RtspConnection, what: str) -> None:
    began = time.thread_time()
    for at in range(0, len(STREAMS[what]), 65_536):
        line.feed(STREAMS[what][at : at + 65_536], CLOCK.monotonic())
        assert len(line._rest) < 200_000
        assert len(line._unsent) < 2 * MOST_UNSENT
        assert line._rtp._bytes < 2 * MOST_BYTES
    assert time.thread_time() - began < 1.0


def test_a_neighbour_goes_on_while_a_hostile_line_ends() -> None:
    well = (answer(), answer(body=sdp()), SET_UP, lambda: itertools.chain([answer()], pictures()))
    ill = (*OPENING[:3], lambda: [answer(), *itertools.repeat(ENDS["pictures without end"], 50)])

    def pictures() -> Iterator[bytes]:
        for n in range(100):
            time.sleep(0.02)
            yield rtp(n, n * 1800, IDR)

    hub, came = ConnectionPool(CLOCK), list[float]()
    with Peer(*well) as good, Peer(*ill) as bad:
        lines = [
            RtspConnection(rtsp.connect(good.url, 2, CLOCK), lambda *one: came.append(one[1]), 5, CLOCK.monotonic()),
            RtspConnection(rtsp.connect(bad.url, 2, CLOCK), lambda *_: None, 5, CLOCK.monotonic()),
        ]
        for one in lines:
            hub.add(one)
        end = time.monotonic() + 10
        while len(came) < 60 and time.monotonic() < end:
            hub.run_once()
        hub.close()
    assert isinstance(lines[1].error, SourceUnreadable)
    assert len(came) >= 60
    assert max(later - earlier for earlier, later in itertools.pairwise(came)) < 0.5


# --- whatever comes ---------------------------------------------------------------------------------------------------

WORDS = [
    b"RTSP/1.0 200 OK\r\n", b"RTSP/1.0 401 No\r\n", b"RTSP/1.0 ", b"CSeq: 1\r\n", b"CSeq: 3\r\n", b"\r\n", b"\n", b"Session: 1;timeout=",
    b"Content-Length: ", b"Content-Base: /", b"Transport: RTP/AVP/TCP;interleaved=", b"WWW-Authenticate: Digest realm=\"",
    b"WWW-Authenticate: Basic\r\n", b"nonce=\"n\", stale=true, qop=\"auth\"", b"algorithm=MD5-sess", b"0-1\r\n", b"255-256", b"99999999999",
    b"-1", b"OPTIONS * RTSP/1.0\r\n", b"TEARDOWN x RTSP/1.0\r\nCSeq: 4\r\n\r\n", b"$\x00\x00\x10", b"$\x01\xff\xff", b"$", sdp().encode(),
    answer(), answer(body=sdp()), SET_UP, rtp(1, 5, IDR), rtp(1, 5, HUGE), rtp(2, 9, b"\x18\xff\xff\x41"), rtp(3, 9, b"\x7c\x87abc"),
]  # fmt: skip
SPOKEN = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=30)), max_size=12).map(b"".join)
SOME = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.lists(SPOKEN, max_size=5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_a_server_answers_only_our_errors_come_out(spoken: list[bytes], begins_well: bool) -> None:
    opening: tuple[Said, ...] = OPENING[: len(spoken)] if begins_well else ()
    with Peer(*opening, *spoken) as peer:
        began = time.monotonic()
        with contextlib.suppress(SourceError, NotOurs):
            rtsp.connect(peer.url, 0.3, CLOCK).close()
        assert time.monotonic() - began < 1.5


@given(st.lists(SPOKEN, max_size=12))
@SOME
def test_whatever_comes_on_a_line_only_our_errors_come_out(line: RtspConnection, spoken: list[bytes]) -> None:
    line._rest = b""
    line._pictures = line._answers = 0
    with contextlib.suppress(SourceUnreadable):
        for one in spoken:
            line.feed(one, CLOCK.monotonic())
            line.upkeep(CLOCK.monotonic())
    assert len(line._rest) < 200_000


@given(SPOKEN, st.integers(0, 255))
@SOME
def test_a_message_is_passed_or_waited_for_and_always_goes_on(data: bytes, channel: int) -> None:
    at, messages = 0, Messages(channel)
    while len(data) - at >= 4:
        if data[at] == 0x24:
            at += 1
            continue
        try:
            passed = messages.take(data, at)
        except TooMuch:
            return
        if passed is None:
            return
        assert at < passed[0] <= len(data)
        at = passed[0]


SEVERAL = [b"RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n", answer("401 No", "WWW-Authenticate: Basic", body="x" * 90),
           b"OPTIONS * RTSP/1.0\nCSeq: 1\n\n", answer(body=sdp()), b"PLAY * RTSP/1.0\r\n\r\n"]  # fmt: skip


@given(st.lists(st.sampled_from(SEVERAL), max_size=6), st.lists(st.integers(1, 60), min_size=1))
@SOME
def test_messages_in_pieces_are_the_messages_at_once(several: list[bytes], sizes: list[int]) -> None:
    data, at, there, messages, cut = b"".join(several), 0, 0, Messages(0), itertools.cycle(sizes)
    found = list[object]()
    while there < len(data):
        there = min(len(data), there + next(cut))
        while there > at and (passed := messages.take(data[:there], at)) is not None:
            at = passed[0]
            found.append(passed[1])
    assert at == len(data)
    assert found == [Messages(0).take(one, 0)[1] for one in several]  # type: ignore[index] - each is whole


LINES = sdp().encode().splitlines(keepends=True) + WORDS[:8]


@given(st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=20)), max_size=20).map(b"".join))
@SOME
def test_whatever_a_description_says_it_is_read_or_not_ours(text: bytes) -> None:
    try:
        told = rtsp.read_description(text.decode("utf-8", "replace"))
    except NotOurs:
        return
    assert 0 < told.clock_rate <= 10_000_000
    assert 0 <= told.format.fps <= 1000


@given(st.lists(st.one_of(st.sampled_from(["Digest ", "Basic ", 'realm="r", ', "nonce=n", ",", '"', "\\", "=", "stale=TRUE"]), st.text(max_size=9)), max_size=20))  # fmt: skip
@SOME
def test_whatever_a_challenge_says_one_line_is_answered(parts: list[str]) -> None:
    login = LogIn("u", "geheim")
    try:
        login.take(read_challenges(("".join(parts),)))
    except (NotOurs, Unsafe):
        return
    assert "geheim" not in login.header("OPTIONS", "rtsp://c/")


def test_a_stream_that_ends_is_an_end(line: RtspConnection) -> None:
    line.connection.socket.shutdown(socket.SHUT_RDWR)
    line.buffer = memoryview(bytearray(100))
    with pytest.raises(SourceEnded):
        line.read(CLOCK.monotonic())
