"""Streams of the kinds that cameras send, made by x264 and x265. Each picture carries its number, so that what comes out can be
told apart: right pictures, in their order, at their times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ingest.codec.bits import Bits
from ingest.stream import EncodedPacket, VideoFormat

BEGIN = 1_790_000_000.0
BITS = 10
_START = re.compile(rb"\x00\x00\x01")


@dataclass(frozen=True)
class Kind:
    """How a stream is encoded. `full`: full range; `in_band`: parameter sets before each key frame, else in the description
    alone; `told`: the H.264 sets say how far pictures are out of order."""

    codec: str = "h264"
    bframes: int = 3
    more: str = ""
    size: tuple[int, int] = (320, 180)
    group: int = 25
    fps: int = 25
    frames: int = 100
    pixels: str = "yuv420p"
    full: bool = False
    in_band: bool = True
    told: bool = True
    grey: int = 60


@dataclass(frozen=True)
class Made:
    kind: Kind
    format: VideoFormat
    packets: tuple[EncodedPacket, ...] = field(repr=False)

    def number_at(self, at: float) -> int:
        """Of the picture that is shown then."""
        return round((at - BEGIN) * self.kind.fps) % self.kind.frames

    def loop(self, times: int) -> list[EncodedPacket]:
        """Again and again, in one time."""
        span = self.kind.frames / self.kind.fps
        return [EncodedPacket(one.at + n * span, one.is_key, one.content) for n in range(times) for one in self.packets]


def numbered(number: int, kind: Kind) -> Any:
    """A picture whose number stands as black and white blocks along its upper edge; beneath it something moves."""
    width, height = kind.size
    picture = np.full((height, width, 3), kind.grey, np.uint8)
    picture[height // 2 :] += (np.arange(width) % 23).astype(np.uint8)[None, :, None]
    for bit in range(BITS):
        left = width * bit // BITS
        picture[: height // 4, left : width * (bit + 1) // BITS] = 235 if number >> bit & 1 else 16
    left = (width - 24) * (number % 40) // 40
    picture[height * 2 // 3 : height * 2 // 3 + 24, left : left + 24] = 200
    return picture


def number_of(picture: Any) -> int:
    """The number back; `picture` of shape (height, width, 3) or (height, width)."""
    height, width = picture.shape[:2]
    strip = picture[height // 16 : height // 6].reshape(height // 6 - height // 16, width, -1).mean(axis=(0, 2))
    middles = [strip[int(width * (bit + 0.5) / BITS)] for bit in range(BITS)]
    return sum(1 << bit for bit, value in enumerate(middles) if value > 128)


def write(path: Path, kind: Kind) -> Path:
    """The stream as an MP4 file."""
    with av.open(str(path), "w", format="mp4") as out:
        stream: Any = out.add_stream({"h264": "libx264", "hevc": "libx265"}[kind.codec], rate=kind.fps)
        stream.width, stream.height, stream.pix_fmt = *kind.size, kind.pixels
        if kind.full:
            stream.codec_context.color_range = 2
        stream.codec_context.gop_size = kind.group
        told = f"keyint={kind.group}:min-keyint={kind.group}:scenecut=0:bframes={kind.bframes}"
        told += f":b-adapt=0:{kind.more}" if kind.more else ":b-adapt=0"
        stream.options = (
            {"preset": "veryfast", "x264-params": told}
            if kind.codec == "h264"
            else {"preset": "ultrafast", "x265-params": f"{told}:log-level=none"}
        )
        for number in range(kind.frames):
            frame = av.VideoFrame.from_ndarray(numbered(number, kind), format="bgr24")
            frame = frame.reformat(format=kind.pixels, dst_color_range=2 if kind.full else 1)
            frame.pts, frame.time_base = number, Fraction(1, kind.fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def make(folder: Path, kind: Kind) -> Made:
    """As a reader hands it on: in the order of sending, each packet at the time at which it is shown."""
    path = write(folder / "made.mp4", kind)
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        convert = av.BitStreamFilterContext(f"{kind.codec}_mp4toannexb", stream)
        flat = [one for packet in file.demux(stream) for one in convert.filter(packet) if one.size]
        first = min(float(one.pts * one.time_base) for one in flat)
        packets = []
        for one in flat:
            content = bytes(one) if kind.told else without_vui(bytes(one))
            at = BEGIN + round((float(one.pts * one.time_base) - first) * kind.fps) / kind.fps
            packets.append(EncodedPacket(at, bool(one.is_keyframe), content))
    sets = b""
    if not kind.in_band:
        sets = b"".join(b"\0\0\0\1" + unit for unit in split(packets[0].content) if _is_set(unit, kind.codec))
        packets = [
            EncodedPacket(
                one.at, one.is_key,
                b"".join(b"\0\0\0\1" + unit for unit in split(one.content) if not _is_set(unit, kind.codec)),
            )
            for one in packets
        ]  # fmt: skip
    return Made(kind, VideoFormat(kind.codec, *kind.size, float(kind.fps), sets), tuple(packets))


def split(content: bytes) -> list[bytes]:
    """NAL units."""
    begins = [found.start() for found in _START.finditer(content)]
    ends = [*begins[1:], len(content)]
    return [
        content[begin + 3 : end].rstrip(b"\0") if end < len(content) else content[begin + 3 : end]
        for begin, end in zip(begins, ends, strict=True)
    ]


def _is_set(unit: bytes, codec: str) -> bool:
    return unit[0] & 31 in (7, 8) if codec == "h264" else unit[0] >> 1 & 63 in (32, 33, 34)


def without_vui(content: bytes) -> bytes:
    """The H.264 packet with sequence parameter sets that end before their VUI: nobody is told how far pictures are out of
    order."""
    return b"".join(b"\0\0\0\1" + (_cut_vui(unit) if unit[0] & 31 == 7 else unit) for unit in split(content))


def _cut_vui(unit: bytes) -> bytes:
    plain = unit.replace(b"\0\0\3", b"\0\0")
    sps = Bits(unit[1:])
    profile = sps.u(8)
    sps.u(16)
    sps.ue()
    if profile in (100, 110, 122, 244):
        sps.ue(), sps.ue(), sps.ue(), sps.u(2)
    sps.ue()
    if sps.ue() == 0:
        sps.ue()
    sps.ue(), sps.u(1), sps.ue(), sps.ue()
    if not sps.u(1):
        sps.u(1)
    sps.u(1)
    if sps.u(1):
        for _ in range(4):
            sps.ue()
    used = len(plain) * 8 - sps._left
    bits = bin(int.from_bytes(b"\1" + plain, "big"))[3 : 3 + used] + "01"
    bits += "0" * (-len(bits) % 8)
    raw = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", raw)


def pictures(packets: Sequence[EncodedPacket], codec: str = "h264") -> list[tuple[float, Any]]:
    """What a plain decoder makes of them: when each is shown, and its pixels as BGR."""
    decoder: Any = av.CodecContext.create(codec, "r")
    shown = []
    for one in [*packets, None]:
        raw = None
        if one is not None:
            raw = av.Packet(one.content)
            raw.pts = raw.dts = round(one.at * 1_000_000)
            raw.time_base = Fraction(1, 1_000_000)
        shown += [(frame.pts / 1_000_000, frame.to_ndarray(format="bgr24")) for frame in decoder.decode(raw)]
    return shown


def an_sps(width_blocks: int, height_blocks: int) -> bytes:
    """H.264 baseline, so many blocks of 16 pixels wide and high; and a picture parameter set, and a key frame's first bytes."""

    def ue(value: int) -> str:
        binary = bin(value + 1)[2:]
        return "0" * (len(binary) - 1) + binary

    bits = (
        "010000100000000000110011" + ue(0) + ue(0) + ue(2) + ue(1) + "0" + ue(width_blocks - 1) + ue(height_blocks - 1)
    )
    bits += "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    sps = b"\x67" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return b"\0\0\0\1" + sps + b"\0\0\0\1\x68\xce\x38\x80" + b"\0\0\0\1\x65\x88\x84\x00\x10" + bytes(range(1, 200))
