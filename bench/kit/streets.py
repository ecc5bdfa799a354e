"""Streams with people who come and go by themselves and with quiet between, made from stretches of a real clip that neither
the demo nor any threshold has seen: PETS2009 (`vtest.avi`), frames from 641 on, in places that are empty before and after.

Quiet is the same place without people (the median of the whole clip). Every picture gets a sensor's grain of its own.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import av
import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from demo.clips import CACHE

FPS: Final = 25
SOURCE_FPS: Final = 10.0
GRAIN: Final = 2.0
SETTLE_S: Final = 4
"""What the encoder's rate control needs at the start, left out."""
Rate = Literal["vbr", "cbr"]
Picture = npt.NDArray[np.uint8]
_FIRST: Final = 641


class StreetPassage(msgspec.Struct, frozen=True):
    """Frames of the source, first to last, seen in `crop` (x, y, width, height), at so many source frames a second."""

    first: int
    last: int
    crop: tuple[int, int, int, int]
    speed: float = SOURCE_FPS
    mirror: bool = False

    @property
    def seconds(self) -> float:
        return (self.last - self.first + 1) / self.speed


ROAD: Final = (0, 234, 320, 180)
GRASS: Final = (0, 288, 320, 180)
CORNER: Final = (320, 288, 320, 180)
SEVERAL: Final = StreetPassage(655, 777, ROAD)
"""12 s, up to three people at once."""
ONE: Final = StreetPassage(656, 738, GRASS)
SHORT: Final = StreetPassage(751, 774, GRASS)
"""2.4 s."""
ACROSS: Final = StreetPassage(736, 758, CORNER)
PLACES: Final = tuple(
    tuple(
        msgspec.structs.replace(one, speed=speed, mirror=mirror)
        for speed in (SOURCE_FPS, 14.0, 8.0, 12.0)
        for one in place
    )
    for mirror in (False, True)
    for place in ((SEVERAL,), (ONE, SHORT), (ACROSS,))
)
"""For recall, one stream each: three places and their mirror images, everything as filmed, slower, and faster."""


@cache
def _source() -> tuple[Picture, ...]:
    with av.open(str(CACHE / "vtest.avi")) as clip:
        return tuple(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in clip.decode(video=0))


@cache
def _empty() -> Picture:
    return np.asarray(np.median(np.stack(_source()[::6]), 0), np.uint8)


def _seen(passage: StreetPassage, frame: Picture, size: tuple[int, int]) -> Picture:
    x, y, width, height = passage.crop
    shown = cv2.resize(frame[y : y + height, x : x + width], size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.flip(shown, 1) if passage.mirror else shown, np.uint8)


class Street(msgspec.Struct, frozen=True):
    """A file of one loop; `active`: the share of its seconds in which somebody is there."""

    path: Path
    seconds: float
    active: float
    passages: tuple[tuple[float, float], ...]
    """Begin and end, seconds of the loop."""


def make(
    target: Path, passages: tuple[StreetPassage, ...], quiet_s: float, rate: Rate, *, size: tuple[int, int] = (640, 360),
    group_s: float = 2.0, seed: int = 1,
) -> Street:  # fmt: skip
    """The passages in turn, `quiet_s` of the empty place around each. Writes `target`, H.264, no B-frames."""
    dice = np.random.default_rng(seed)
    grains = [_grain(dice, size) for _ in range(24)]
    group, written = round(group_s * FPS), 0
    spans = []
    with av.open(str(target), "w") as out:
        stream: Any = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height = size
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, FPS)
        stream.codec_context.gop_size = group
        stream.options = _options(rate, group, size)

        def show(picture: Picture, count: int) -> None:
            nonlocal written
            for _ in range(count):
                noisy = cv2.add(picture, grains[int(dice.integers(len(grains)))], dtype=cv2.CV_8U)
                frame = av.VideoFrame.from_ndarray(noisy, format="bgr24")
                frame.pts = written
                written += 1
                _write(out, stream.encode(frame))

        for number, one in enumerate(passages):
            empty = _seen(one, _empty(), size)
            show(empty, round(quiet_s / 2 * FPS) + (SETTLE_S * FPS if number == 0 else 0))
            begin = written
            for n in range(round(one.seconds * FPS)):
                index = one.first + min(one.last - one.first, int(n / FPS * one.speed))
                show(_seen(one, _source()[index], size), 1)
            spans.append(((begin / FPS) - SETTLE_S, written / FPS - SETTLE_S))
            left = round(quiet_s / 2 * FPS)
            if number == len(passages) - 1:
                left += -(written + left) % group  # the loop ends with a whole group
            show(empty, left)
        _write(out, stream.encode(None))
    seconds = written / FPS - SETTLE_S
    return Street(target, seconds, sum(end - begin for begin, end in spans) / seconds, tuple(spans))


def _write(out: Any, packets: list[Any]) -> None:
    for packet in packets:
        if packet.pts * packet.time_base >= SETTLE_S:
            out.mux(packet)


def _grain(dice: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.int16]:
    grey = dice.normal(0, GRAIN, (size[1], size[0], 1)).round()
    return np.asarray(grey.repeat(3, axis=2), np.int16)


def _options(rate: Rate, group: int, size: tuple[int, int]) -> dict[str, str]:
    own = f"keyint={group}:min-keyint={group}:scenecut=0:threads=1:sync-lookahead=0:rc-lookahead=0"
    preset = "superfast" if size[0] <= 640 else "ultrafast"
    if rate == "cbr":
        kbps = 512 if size[0] <= 640 else 4096
        own += f":bitrate={kbps}:vbv-maxrate={kbps}:vbv-bufsize={kbps}:nal-hrd=cbr"
        return {"preset": preset, "bf": "0", "x264-params": own}
    return {"preset": preset, "bf": "0", "crf": "26", "x264-params": own}
