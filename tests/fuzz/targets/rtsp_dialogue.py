"""A whole dialogue with a camera: all that it says from the first answer on, opened and then read while it plays (`ingest.source.rtsp`,
`ingest.source.connections`)."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from ingest.codec.bits import units
from ingest.source.connections import RtspConnection
from ingest.source.rtsp import NotOurs, connect
from lianqin.errors import SourceError
from lianqin.testing import FakeClock
from tests.fuzz.target import Target
from tests.fuzz.targets.parameter_sets import HEVC

URL = "rtsp://admin:Geheim-7788-x@10.0.0.1/x"
PIECES = (1 << 16, 1, 7, 100, 1000)


class Camera:
    """A socket that gives what the camera said, `piece` bytes at a time, and takes what it is told."""

    def __init__(self, said: bytes, piece: int) -> None:
        self.said, self.piece, self.heard = said, piece, b""

    def recv(self, most: int) -> bytes:
        found, self.said = self.said[: min(most, self.piece)], self.said[min(most, self.piece) :]
        return found

    def sendall(self, told: bytes) -> None:
        self.heard += told

    def send(self, told: bytes) -> int:
        self.heard += told
        return len(told)

    def setsockopt(self, *_: object) -> None: ...

    settimeout = setblocking = setsockopt

    def close(self) -> None: ...


def run(data: bytes) -> bool:
    piece = PIECES[data[0] % len(PIECES)] if data else 1
    camera, taken = Camera(data[1:], piece), list[Any]()
    with patch("ingest.source.rtsp.socket.create_connection", lambda *_, **__: camera):
        try:
            connection = connect(URL, 5.0, FakeClock())
            line = RtspConnection(connection, lambda *picture: taken.append(picture), 10.0, 0.0)
            line.feed(b"", 1.0)
            while more := camera.recv(1 << 16):
                line.feed(more, 2.0)
        except (SourceError, NotOurs) as error:
            said = str(error)
        else:
            said = ""
    assert "Geheim" not in said
    if said:
        return bool(taken)
    for asked in camera.heard.split(b"\r\n\r\n"):
        assert asked.split(b" ", 1)[0] in {
            b"OPTIONS",
            b"DESCRIBE",
            b"SETUP",
            b"PLAY",
            b"TEARDOWN",
            b"GET_PARAMETER",
            b"RTSP/1.0",
            b"",
        }
    return True


UNITS = (*units(HEVC), b"\x26\x01\xaf\x08" + b"x" * 20)
SETS = "Z0IAHpWoKA9puAgICBA=,aM48gA=="
SDP = ("v=0\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
       f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={SETS}\r\na=control:trackID=0\r\n")  # fmt: skip
BARE = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:rtsp://10.0.0.1/x/t\r\n"


def answer(status: str, *lines: str, body: str = "") -> bytes:
    return "\r\n".join([f"RTSP/1.0 {status}", *lines, f"Content-Length: {len(body)}", "", body]).encode()


def rtp(payload: bytes, sequence: int, stamp: int, *, marker: bool = True, channel: int = 0, kind: int = 96) -> bytes:
    head = bytes([0x80, kind | 128 * marker]) + sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big") + bytes(4)
    return b"$" + bytes([channel]) + (len(head) + len(payload)).to_bytes(2, "big") + head + payload


SET_UP = answer("200 OK", "Session: 77;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
OK = answer("200 OK", "Public: OPTIONS, GET_PARAMETER")
PLAYED = rtp(b"\x65\x88" + b"x" * 40, 1, 9000) + rtp(b"\x41\x9a" + b"y" * 20, 2, 12600)
REPORT = b"$\x01\x00\x1c\x80\xc8\x00\x06\x00\x00\x00\x00\xe8\x00\x00\x00\x80\x00\x00\x00\x00\x00\x23\x28" + bytes(8)
REFUSED = answer("401 No", 'WWW-Authenticate: Digest realm="x", nonce="n"')
DESCRIBED = answer("200 OK", "Content-Base: rtsp://10.0.0.1/x/", body=SDP)
TARGET = Target(
    run,
    tuple(piece + said for piece in (b"\x00", b"\x02") for said in (
        OK + DESCRIBED + SET_UP + OK + PLAYED,
        REFUSED + DESCRIBED + SET_UP + OK + REPORT + PLAYED,
        OK + answer("200 OK", body=BARE) + SET_UP + OK + b"".join(rtp(unit, n, 5, marker=n == 4) for n, unit in enumerate(UNITS, 1)) + rtp(b"\x02\x01\xd0\x09", 5, 9000),
        OK + DESCRIBED + SET_UP + OK + PLAYED + b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" + PLAYED + REFUSED,
        OK + answer("404 Not Found"),
    )),
    (b"$\x00", b"$\x01", b"RTSP/1.0 200 OK\r\n", b"\r\n\r\n", b"Transport: RTP/AVP/UDP", b"interleaved=", b"a=control:", b"a=rtpmap:96 H265/90000",
     b"Content-Length: ", b"CSeq: 3\r\n", b"461", b"454", b"Session: ", b"timeout=", b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
    runs=500, most=6000, steps=(40_000, 300), share=3,
)  # fmt: skip
