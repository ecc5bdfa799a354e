"""Arithmetic of boxes: how much they share, and which pairs of tracks and boxes are beyond doubt. Pure.

Boxes are rows of left, top, right, bottom, in any one unit.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from lianqin.records import Box

Array = npt.NDArray[np.float64]
CUT: Final = 0.02
"""Picture heights: a box that comes so near to the picture's edge is cut by it."""


def overlap(a: Array, b: Array) -> Array:
    """Intersection over union of boxes [n, 4] and [m, 4] -> [n, m]."""
    side = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.maximum(0, side).prod(-1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(-1), (b[:, 2:] - b[:, :2]).prod(-1)
    result: Array = shared / (area_a[:, None] + area_b - shared + 1e-12)
    return result


def beyond_doubt(distance: Array, *, boxes: bool) -> npt.NDArray[np.bool_]:
    """Pairs [n, m] whose box has no other track that is nearly as near (less than twice as far); with `boxes` the track no other
    box either."""
    if not distance.size:
        return np.zeros(distance.shape, bool)
    clear: npt.NDArray[np.bool_] = np.isfinite(distance) & (2 * distance <= others(distance, 0))
    return clear & (2 * distance <= others(distance, 1)) if boxes else clear


def others(distance: Array, axis: int) -> Array:
    """For each pair the least of the others along the axis; infinite where there is none."""
    if distance.shape[axis] == 1:
        return np.full_like(distance, np.inf)
    ranked = np.sort(distance, axis)
    first, second = ranked.take([0], axis), ranked.take([1], axis)
    return np.where(distance <= first, second, first)


def inside(box: Array, others: Array) -> Array:
    """Share of the box [4] that lies in each of the others [n, 4] -> [n]."""
    side = np.minimum(others[:, 2:], box[None, 2:]) - np.maximum(others[:, :2], box[None, :2])
    result: Array = np.maximum(0, side).prod(-1) / ((box[2:] - box[:2]).prod() + 1e-12)
    return result


def is_whole(box: Box, aspect: float) -> bool:
    """No edge of the picture cuts it."""
    return box[0] > CUT and box[1] > CUT and box[2] < aspect - CUT and box[3] < 1.0 - CUT


def step(before: Box, now: Box, aspect: float, *, whole: bool) -> tuple[float, float, float]:
    """How far a thing went between two of its boxes, x and y (picture heights), and ln of how much larger it became. `whole`: no
    edge of the picture cuts either.

    What drives out of the picture does not shrink: where an edge cuts a box, the side that is free in both tells how far it went,
    and its width how much it grew, or nothing where that is cut too.
    """
    a, b, c, d = before
    e, f, g, h = now
    if whole:
        return (e + g - a - c) / 2, (f + h - b - d) / 2, math.log((h - f) / (d - b))
    x, wide = _along(a, c, e, g, aspect)
    y, high = _along(b, d, f, h, 1.0)
    growth = math.log((h - f) / (d - b)) if high else math.log((g - e) / (c - a)) if wide else 0.0
    return x, y, growth


def _along(low: float, high: float, low_now: float, high_now: float, end: float) -> tuple[float, bool]:
    """On one axis: how far it went, and whether all of it is in the picture both times."""
    low_free, high_free = min(low, low_now) > CUT, max(high, high_now) < end - CUT
    if low_free and not high_free:
        return low_now - low, False
    if high_free and not low_free:
        return high_now - high, False
    return (low_now + high_now - low - high) / 2, low_free
