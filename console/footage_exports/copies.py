"""A copy of a picture or a clip as it may leave: blurred where nobody may be recognised, then marked. Pure, and slow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, cast

import av
import numpy as np

from console.evidence.blurring import blurred
from console.evidence.footage import jpeg_of, picture_of
from console.evidence.transcode import transcode
from console.footage_exports.mark import Ink, ink_of
from lianqin.errors import EvidenceError

BLURRED_WIDEST: Final = 960
"""A blurred clip has no more pixels than its watermark needs."""
LONGEST_S: Final = 180.0
_DARK, _WHITE = 16, 235
"""Black and white of a video's brightness; in pictures of the full range a little within it."""
Told = Callable[[float], None]
"""Hears how much of it is done, 0..1, after each picture; ends the work by raising."""


def picture_copy(original: bytes, lines: Sequence[str], *, is_clear: bool) -> bytes:
    """A JPEG of the same size without the original's metadata. Raises EvidenceError."""
    picture = picture_of(original)
    ink = ink_of(picture.shape[1], picture.shape[0], lines)
    return jpeg_of(ink.on(picture if is_clear else blurred(picture)), 92)


def clip_copy(original: bytes, lines: Sequence[str], told: Told, *, seconds: float, is_clear: bool) -> bytes:
    """An MP4 (H.264) of the same pictures at the same times. `seconds`: how long the clip is said to be. Raises EvidenceError
    `clip.transcode`, `export.long`, and what `told` raises."""
    return transcode(original, _Copy(lines, told, seconds, is_clear=is_clear))


class _Copy:
    """What is done to each picture of a clip, in planes: colours stay as they are."""

    def __init__(self, lines: Sequence[str], told: Told, seconds: float, *, is_clear: bool) -> None:
        self.widest = None if is_clear else BLURRED_WIDEST
        self._lines, self._told, self._seconds, self._is_clear = lines, told, max(seconds, 0.1), is_clear
        self._ink: Ink | None = None

    def __call__(self, picture: av.VideoFrame, at: float) -> av.VideoFrame:
        if at > LONGEST_S:
            raise EvidenceError("export.long", f"the clip goes on for more than {LONGEST_S} s", minutes=LONGEST_S / 60)
        self._told(min(1.0, at / self._seconds))
        width, height = picture.width, picture.height
        if self._ink is None or self._ink.value.shape != (height, width):
            self._ink = ink_of(width, height, self._lines)
        planes = np.array(picture.to_ndarray(), np.uint8)
        luma, half = planes[:height], height * width // 4
        chroma = planes[height:].reshape(-1)
        for n in (0, 1):
            plane = chroma[n * half : (n + 1) * half].reshape(height // 2, width // 2)
            plane[:] = self._ink.greyed(plane if self._is_clear else blurred(plane))
        luma[:] = self._ink.on(luma if self._is_clear else blurred(luma), dark=_DARK, white=_WHITE)
        return cast("av.VideoFrame", av.VideoFrame.from_ndarray(planes, format="yuv420p"))
