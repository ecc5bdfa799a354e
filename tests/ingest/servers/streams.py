"""Streams as cameras send them, each made once: every picture bears its number, so that order and loss are seen.

A loop of ten seconds is encoded, then written many times over into one file, without encoding again: a server that plays a
file from its beginning to its end has two minutes to give.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

CLOCK: Final = 90_000
LOOP_S: Final = 10
REPEATED: Final = 12
BITS: Final = 8
"""Of the number that a picture bears; a loop has fewer pictures than it tells apart."""
CELL: Final = 24
"""Pixels of a bit's square."""
DARK, BRIGHT, GROUND, MOVES = 40, 200, 90, 220
"""Levels of luma: of the bits 0 and 1, of what stands, of the square that moves."""


class Kind(msgspec.Struct, frozen=True):
    """How a stream is encoded. `encoder` and its `options` are FFmpeg's; `group_s`: seconds between key frames."""

    name: str
    encoder: str = "libx264"
    codec: str = "h264"
    size: tuple[int, int] = (320, 180)
    fps: int = 25
    group_s: float = 1.0
    pixels: str = "yuv420p"
    full_range: bool = False
    options: tuple[tuple[str, str], ...] = ()
    params: str = ""
    """Of x264 or x265, behind those of the group."""
    suffix: str = "mp4"

    @property
    def pictures(self) -> int:
        """In a loop."""
        return LOOP_S * self.fps

    @property
    def is_reordered(self) -> bool:
        """It has B-frames: pictures are sent in another order than they are shown."""
        return ("bf", "3") in self.options or "bframes=3" in self.params

    @property
    def bright(self) -> float:
        """Level of `BRIGHT` once it is shown, 0 to 255."""
        return float(BRIGHT) if self.full_range else (BRIGHT - 16) * 255 / 219


def picture(number: int, size: tuple[int, int], ground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Planes of yuv420p, shape (1.5 * height, width): eight bits of the number on top, a square that moves below."""
    width, height = size
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    luma = planes[:height]
    luma[:] = ground
    for bit in range(BITS):
        luma[:CELL, bit * CELL : (bit + 1) * CELL] = BRIGHT if number >> bit & 1 else DARK
    left = (number * 12) % (width - 60)
    luma[height // 2 : height // 2 + 60, left : left + 60] = MOVES
    return planes


def number_of(shown: NDArray[np.uint8]) -> int:
    """What `picture` wrote; `shown` is BGR, shape (height, width, 3), or luma alone."""
    grey = shown if shown.ndim == 2 else shown[:, :, 1]
    middle = grey[CELL // 4 : CELL * 3 // 4]
    bits = [middle[:, bit * CELL + CELL // 4 : bit * CELL + CELL * 3 // 4].mean() > 120 for bit in range(BITS)]
    return sum(1 << bit for bit, is_set in enumerate(bits) if is_set)


def bright_of(shown: NDArray[np.uint8]) -> float:
    """Level of the brightest bit; 0 where no bit is set."""
    middle = shown[CELL // 4 : CELL * 3 // 4, :, 1]
    return float(max(middle[:, bit * CELL + CELL // 4 : bit * CELL + CELL * 3 // 4].mean() for bit in range(BITS)))


def make(kind: Kind, folder: Path) -> Path:
    """The file of two minutes."""
    target = folder / f"{kind.name}.{kind.suffix}"
    if not target.exists():
        once = folder / f"{kind.name}-once.{kind.suffix}"
        _encode(kind, once)
        _repeat(kind, once, target)
    return target


def _encode(kind: Kind, path: Path) -> None:
    ground = (GROUND + np.random.default_rng(7).normal(0, 12, kind.size[::-1])).clip(20, 160).astype(np.uint8)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(kind.encoder, rate=kind.fps, options=_options(kind))
        stream.width, stream.height, stream.pix_fmt = *kind.size, kind.pixels
        stream.time_base = stream.codec_context.time_base = Fraction(1, kind.fps)
        stream.codec_context.gop_size = round(kind.group_s * kind.fps)
        stream.codec_context.thread_count = 1  # x264 would make a slice of each thread's part
        if kind.full_range:
            stream.codec_context.color_range = 2
        for number in range(kind.pictures):
            frame = av.VideoFrame.from_ndarray(picture(number, kind.size, ground), format="yuv420p")
            if kind.pixels not in ("yuv420p", "yuvj420p"):
                frame = frame.reformat(format=kind.pixels)
            frame.color_range = 2 if kind.full_range else 1
            frame.pts, frame.time_base = number, Fraction(1, kind.fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _options(kind: Kind) -> dict[str, str]:
    group = round(kind.group_s * kind.fps)
    own = f"keyint={group}:min-keyint={group}:scenecut=0" + (f":{kind.params}" if kind.params else "")
    if kind.encoder == "libx264":
        return {"preset": "ultrafast", "crf": "26", "bf": "0", "x264-params": own, **dict(kind.options)}
    if kind.encoder == "libx265":
        return {"preset": "ultrafast", "crf": "28", "x265-params": f"{own}:log-level=error", **dict(kind.options)}
    return dict(kind.options)


def _repeat(kind: Kind, once: Path, target: Path) -> None:
    with av.open(str(once)) as source:
        stream = source.streams.video[0]
        packets = [packet for packet in source.demux(stream) if packet.dts is not None]
        tick: Any = packets[0].time_base
        loop = round(LOOP_S / tick)
        with av.open(str(target), "w") as out:
            copied = out.add_stream_from_template(stream)
            copied.time_base = tick
            for turn in range(REPEATED):
                for packet in packets:
                    one = av.Packet(bytes(packet))
                    one.pts, one.dts = packet.pts + turn * loop, packet.dts + turn * loop
                    one.time_base, one.is_keyframe, one.stream = tick, packet.is_keyframe, copied
                    one.duration = packet.duration
                    out.mux_one(one)
