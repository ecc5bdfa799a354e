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


def went(before: Box, now: Box, aspect: float) -> tuple[float, float]:
    """How far a thing went between two of its boxes (picture heights): its centre, or where an edge of the picture cuts either box,
    the side that is free in both. What drives out of the picture does not shrink."""
    return _along(before[0], before[2], now[0], now[2], aspect), _along(before[1], before[3], now[1], now[3], 1.0)


def grew(before: Box, now: Box, aspect: float) -> float:
    """ln of how much larger it became: of its height, or where the picture's edge cuts that, its width; 0 where it cuts both."""
    if _is_whole(before[1], before[3], 1.0) and _is_whole(now[1], now[3], 1.0):
        return math.log((now[3] - now[1]) / (before[3] - before[1]))
    if _is_whole(before[0], before[2], aspect) and _is_whole(now[0], now[2], aspect):
        return math.log((now[2] - now[0]) / (before[2] - before[0]))
    return 0.0


def _is_whole(low: float, high: float, end: float) -> bool:
    return low > CUT and high < end - CUT


def _along(low: float, high: float, low_now: float, high_now: float, end: float) -> float:
    low_free, high_free = min(low, low_now) > CUT, max(high, high_now) < end - CUT
    if low_free and not high_free:
        return low_now - low
    if high_free and not low_free:
        return high_now - high
    return (low_now + high_now - low - high) / 2
