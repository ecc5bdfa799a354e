"""Does anything move? Small grey key frames against the one before, with patience learned where leaves move.

Change of light over the whole picture (clouds, a camera's exposure) is taken out first. What still differs must be larger
than a cell's tolerance on several cells that touch. A cell whose change turned out to be nothing (the detector saw nothing)
grows tolerant of as much and forgets it slowly.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

WIDTH: Final = 160
HEIGHT: Final = 90
LEVEL: Final = 10.0
"""Grey levels of 256 that are noise in any picture."""
CELLS: Final = 4
"""Cells in one piece that must differ: a person 8 % of the picture high covers about 20."""
LOOSE: Final = 10
"""Cells that widening adds to a piece of that size, about."""
GAIN: Final = 1.4
DECAY: Final = 0.985
"""A tolerance is forgotten by half in 46 key frames."""
EIGHT_BITS: Final = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray")
Grey = npt.NDArray[np.float32]


def small_grey(frame: Any) -> Grey:
    """An `av.VideoFrame` as float32 [90, 160], slightly blurred; its brightness plane is read without a conversion."""
    if frame.format.name not in EIGHT_BITS:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    bright = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    small = cv2.resize(bright, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (3, 3), 0), np.float32)


class KeyGate:
    """Of one camera, one thread at a time."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._change: Grey | None = None
        self._tolerance: Grey = np.full((HEIGHT, WIDTH), LEVEL, np.float32)

    def is_active(self, grey: Grey) -> bool:
        """Compare with the picture before and keep this one. False for the first."""
        differs = self.differs(grey)
        self._last = grey
        return differs

    def differs(self, grey: Grey) -> bool:
        """Compare with the key frame before, which stays the one to compare with."""
        if self._last is None:
            return False
        self._change = _change(self._last, grey)
        mask = (self._change > self._tolerance).astype(np.uint8)
        _, _, pieces, _ = cv2.connectedComponentsWithStats(mask)
        return bool((pieces[1:, cv2.CC_STAT_AREA] >= CELLS).any())

    def learn_empty(self) -> None:
        """The last change was nothing: tolerate as much there, and a little less than before everywhere else."""
        if self._change is not None:
            seen = cv2.dilate(self._change, np.ones((5, 5), np.uint8)) * GAIN
            self._tolerance = np.maximum(np.float32(LEVEL), np.maximum(self._tolerance * DECAY, seen)).astype(
                np.float32
            )


def moved(last: Grey, grey: Grey) -> tuple[tuple[float, float, float, float], ...]:
    """Where one picture differs from the one before: boxes as fractions, of pieces of at least `CELLS`."""
    mask = (_change(last, grey) > LEVEL).astype(np.uint8)
    count, _, pieces, _ = cv2.connectedComponentsWithStats(cv2.dilate(mask, np.ones((3, 3), np.uint8)))
    return tuple(
        (x / WIDTH, y / HEIGHT, (x + w) / WIDTH, (y + h) / HEIGHT)
        for x, y, w, h, area in pieces[1:count].tolist()
        if area >= CELLS + LOOSE
    )


def _change(last: Grey, grey: Grey) -> Grey:
    light = float(np.clip(np.mean(grey) / max(1.0, float(np.mean(last))), 0.7, 1.4))
    change = grey - last * light
    return np.asarray(np.abs(change - np.median(change[::3, ::3])), np.float32)
