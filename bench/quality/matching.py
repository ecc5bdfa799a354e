"""Which box is whose: labelled boxes are rough, so a detector's box belongs to the nearest labelled one that it could be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from bench.quality.labels import Box

FAR: Final = 0.6
"""Of the labelled box's sides: how far the centres may lie apart."""
UNLIKE: Final = 2.2
"""How many times higher or wider one may be."""
LEAST: Final = 0.012
"""Of the picture: what a label is drawn wrong by."""
_NEVER: Final = 1e3


def costs(labelled: Sequence[Box], found: Sequence[Box]) -> npt.NDArray[np.float64]:
    """Distance of centres over the labelled box's sides, [labelled, found]; 1000 where they can't be the same."""
    a = np.asarray(labelled, float).reshape(-1, 1, 4)
    b = np.asarray(found, float).reshape(1, -1, 4)
    side, other = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    apart = np.abs((a[..., 2:] + a[..., :2]) - (b[..., 2:] + b[..., :2])) / 2
    cost = (np.maximum(0, apart - LEAST) / (side + 1e-9)).max(-1)
    ratio = np.maximum(other / (side + 1e-9), side / (other + 1e-9))
    # What enters or is half hidden is seen in part: one side may be far shorter than labelled, not both.
    unlike = (ratio.min(-1) > UNLIKE) | (ratio.max(-1) > 2 * UNLIKE)
    return np.where((cost > FAR) | unlike, _NEVER, cost + 0.1 * np.log(ratio).max(-1))


def pairs(labelled: Sequence[Box], found: Sequence[Box]) -> dict[int, int]:
    """Each labelled box and the found one that is its own, by number; nobody shares."""
    if not len(labelled) or not len(found):
        return {}
    cost = costs(labelled, found)
    rows, columns = linear_sum_assignment(cost)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if cost[i, j] < _NEVER}


def may_be(labelled: Box, found: Sequence[Box]) -> list[int]:
    """All found boxes that could be the labelled one's."""
    if not len(found):
        return []
    return [int(j) for j in np.flatnonzero(costs([labelled], found)[0] < _NEVER)]


def covered(box: Box, boxes: Sequence[Box]) -> list[int]:
    """Boxes of which more than half lies within: a part of what is labelled."""
    found = []
    for n, (a, b, c, d) in enumerate(boxes):
        wide, high = min(box[2], c) - max(box[0], a), min(box[3], d) - max(box[1], b)
        if wide > 0 and high > 0 and wide * high > 0.5 * (c - a) * (d - b):
            found.append(n)
    return found
