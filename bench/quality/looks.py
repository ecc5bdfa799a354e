"""What the detector sees on a clip, five looks a second, kept on disk: rules can be tried again in seconds."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av
import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from bench.quality.footage import Clip
from demo.clips import ROOT
from detect.detector import Detector
from lianqin.decoding import from_msgpack
from lianqin.records import Detection, Frame

CACHE: Final = ROOT / ".cache" / "quality"
PACE: Final = 5.0
"""Looks a second that are kept; slower paces take every so-manyth."""
LEAST: Final = 0.1
"""Lowest score that is kept."""
WIDEST: Final = 640
"""Pixels: what a sub-stream shows."""
VERSION: Final = 2
Picture = npt.NDArray[np.uint8]


class PictureLook(msgspec.Struct, frozen=True, array_like=True):
    """One picture, `at` seconds of the clip: what is on it, best first."""

    at: float
    detections: tuple[Detection, ...]


class ClipLooks(msgspec.Struct, frozen=True):
    """A whole clip at `PACE`."""

    size: tuple[int, int]
    """Of the pictures that the detector saw."""
    source_size: tuple[int, int]
    """Of the file's."""
    seconds: float
    looks: tuple[PictureLook, ...]

    @property
    def aspect(self) -> float:
        return self.size[0] / self.size[1]

    def at_pace(self, pace: float) -> tuple[PictureLook, ...]:
        return self.looks[:: max(1, round(PACE / pace))]


def kernel() -> str:
    """Whether this machine multiplies small integers by VNNI: without, products of full-range int8 saturate."""
    flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split()) if sys.platform == "linux" else set()
    return next((name for name in ("avx512_vnni", "avx_vnni", "avx512f", "avx2") if name in flags), "plain")


def pictures(path: Path, clip: Clip, pace: float = PACE) -> Iterator[tuple[float, Picture]]:
    """The clip's pictures at so many a second, with their seconds from its beginning."""
    first, last = clip.frames or (0, sys.maxsize)
    due = 0.0
    with av.open(str(path)) as source:
        stream: Any = source.streams.video[0]
        stream.thread_type = "AUTO"
        began: float | None = None
        for number, frame in enumerate(source.decode(stream)):
            if number > last:
                return
            if number < first:
                continue
            began = frame.time if began is None else began
            at = (number - first) / clip.fps if clip.fps else frame.time - began
            if at + 1e-6 < due:
                continue
            due = max(due + 1 / pace, at)
            yield at, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def shrink(picture: Picture) -> Picture:
    """As wide as a sub-stream at most."""
    height, width = picture.shape[:2]
    if width <= WIDEST:
        return picture
    size = WIDEST, round(height * WIDEST / width / 2) * 2
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def look(path: Path, clip: Clip, detector: Detector) -> ClipLooks:
    """From the disk where it was seen before by the same weights on the same kind of processor."""
    key = f"{clip.sha256}{clip.frames}{clip.fps}{detector.card.sha256}{kernel()}{WIDEST}{PACE}{LEAST}{VERSION}"
    kept = CACHE / f"{clip.id}-{detector.card.variant}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.msgpack"
    if kept.is_file():
        return from_msgpack(kept.read_bytes(), ClipLooks)
    looks = list[PictureLook]()
    size = whole = (0, 0)
    for at, shown in pictures(path, clip):
        picture = shrink(shown)
        whole, size = (shown.shape[1], shown.shape[0]), (picture.shape[1], picture.shape[0])
        [found] = detector.detect([Frame(clip.id, at, picture)])
        looks.append(PictureLook(round(at, 3), found))
    seen = ClipLooks(size, whole, looks[-1].at + 1 / PACE if looks else 0.0, tuple(looks))
    save(kept, msgspec.msgpack.encode(seen))
    return seen


def save(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(content)
    beside.replace(path)
