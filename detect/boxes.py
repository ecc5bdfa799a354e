"""Arithmetic of boxes: how much they share, and which pairs of tracks and boxes are beyond doubt. Pure.

Boxes are rows of left, top, right, bottom, in any one unit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


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
