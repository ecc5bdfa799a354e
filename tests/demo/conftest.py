"""Small encoded loops made here, and a bare RTSP client that shows what really travels."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from demo.rtsp import digest
from demo.rtsp.media import MediaStream, load

FPS = 25


def encode_loop(path: Path, codec: str, size: tuple[int, int], frames: int = 50) -> Path:
    """A grey square that wanders: `frames` pictures at 25 a second, a key frame every 10, no B-frames."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, 90000)
        stream.codec_context.gop_size = 10
        own = "keyint=10:min-keyint=10:scenecut=0"
        stream.options = (
            {"preset": "ultrafast", "bf": "0", "x264-params": own}
            if codec == "libx264"
            else {"preset": "ultrafast", "x265-params": f"{own}:bframes=0:log-level=error"}
        )
        for n in range(frames):
            picture = np.full((size[1], size[0], 3), 60, np.uint8)
            picture[20:60, 4 * n % (size[0] - 40) :][:, :40] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = n * 3600, Fraction(1, 90000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@dataclass(frozen=True)
class Loops:
    """Two-second loops: H.264 in two sizes, H.265 in one."""

    h264: MediaStream
    h264_small: MediaStream
    hevc: MediaStream


@pytest.fixture(scope="session")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Loops:
    folder = tmp_path_factory.mktemp("loops")
    return Loops(
        load(encode_loop(folder / "a.mp4", "libx264", (320, 180))),
        load(encode_loop(folder / "b.mp4", "libx264", (160, 96))),
        load(encode_loop(folder / "c.mp4", "libx265", (320, 180))),
    )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Rtp:
    """The fixed header of RFC 3550 5.1."""

    marker: bool
    payload_type: int
    sequence: int
    stamp: int
    source: int

    @classmethod
    def read(cls, raw: bytes) -> Rtp:
        second, sequence, stamp, source = struct.unpack_from(">xBHII", raw)
        return cls(bool(second & 0x80), second & 0x7F, sequence, stamp, source)


@dataclass(frozen=True)
class SenderReport:
    """RFC 3550 6.4.1; `wall` is the NTP time as epoch seconds."""

    source: int
    wall: float
    stamp: int
    packets: int
    octets: int

    @classmethod
    def read(cls, raw: bytes) -> SenderReport:
        kind, length, source, seconds, fraction, stamp, packets, octets = struct.unpack_from(">xBHIIIIII", raw)
        assert (kind, length) == (200, 6), "a compound packet begins with a sender report"
        assert raw[29] == 202, "and goes on with a source description (RFC 3550 6.1)"
        (rest,) = struct.unpack_from(">H", raw, 30)
        assert 28 + 4 * (rest + 1) == len(raw)
        return cls(source, seconds - 2_208_988_800 + fraction / 2**32, stamp, packets, octets)


@dataclass
class Wire:
    """One RTSP connection, spoken by hand."""

    port: int
    path: str
    user: str = ""
    password: str = ""
    sock: socket.socket = field(init=False)
    _number: int = 0
    _nonce: str = ""

    def __post_init__(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self._in = self.sock.makefile("rb")

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}{self.path}"

    def ask(self, method: str, url: str = "", **headers: str) -> Answer:
        """One request and its answer; interleaved packets that come in between are skipped."""
        url = url or self.url
        self._number += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._number}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self._nonce:
            proof = digest.expected(self.user, self.password, self._nonce, method, url)
            lines.append(f'Authorization: Digest username="{self.user}", realm="{digest.REALM}", '
                         f'nonce="{self._nonce}", uri="{url}", response="{proof}"')  # fmt: skip
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = self._answer()
        if answer.status == 401 and self.user and not self._nonce:
            self._nonce = re.search(r'nonce="(\w+)"', answer.headers["www-authenticate"])[1]  # type: ignore[index]
            return self.ask(method, url, **headers)
        return answer

    def _answer(self) -> Answer:
        while (first := self._in.read(1)) == b"$":
            (length,) = struct.unpack(">xH", self._in.read(3))
            self._in.read(length)
        if not first:
            raise ConnectionError("the camera closed the connection")
        status = (first + self._in.readline()).decode().split(" ")
        headers = {}
        while (line := self._in.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        assert headers["cseq"] == str(self._number)
        return Answer(int(status[1]), headers, self._in.read(int(headers.get("content-length", "0"))).decode())

    def play(self, transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1") -> Answer:
        """DESCRIBE, SETUP, PLAY; returns what SETUP answered."""
        assert self.ask("DESCRIBE").status == 200
        set_up = self.ask("SETUP", f"{self.url}/trackID=0", Transport=transport)
        assert set_up.status == 200
        assert self.ask("PLAY", Session=set_up.headers["session"].split(";")[0]).status == 200
        return set_up

    def packets(self) -> Iterator[tuple[int, bytes]]:
        """Interleaved packets as (channel, bytes), until the connection ends."""
        while True:
            head = self._in.read(4)
            if len(head) < 4:
                return
            assert head[:1] == b"$"
            yield head[1], self._in.read(struct.unpack(">H", head[2:])[0])

    def close(self) -> None:
        self._in.close()
        self.sock.close()


@pytest.fixture
def tests_wire() -> Iterator[Callable[..., Wire]]:
    """Opens `Wire`s and closes them at the end."""
    opened: list[Wire] = []

    def open_wire(port: int, path: str, **who: str) -> Wire:
        opened.append(Wire(port, path, **who))
        return opened[-1]

    yield open_wire
    for wire in opened:
        wire.close()


@pytest.fixture
def rtp_readers() -> tuple[Callable[[bytes], Rtp], Callable[[bytes], SenderReport]]:
    return Rtp.read, SenderReport.read
