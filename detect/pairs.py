"""Which box may be whose: distances of all tracks of a family to all boxes of a look, and their assignment.

Lengths are in box heights of the track. Everything is computed once a look, since its passes ask of the same pairs. Pure.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from detect.boxes import Array, beyond_doubt, overlap
from detect.tracking_rules import TrackingRules

Rows = npt.NDArray[np.int_]
Flags = npt.NDArray[np.bool_]
_NEVER: Final = 1e3
"""Cost of a pair that must not be matched."""


class Pairs:
    """`centres` [n, 2], `heights` [n] and `places` [n, 4] are where tracks are expected, `gates` [n] how far from there their boxes
    may lie, `unseen` [n] seconds since their last; `boxes` [m, 4] are the look's, `doubts` [m] what each costs whatever takes it."""

    def __init__(
        self,
        rules: TrackingRules,
        boxes: Array,
        *,
        centres: Array,
        heights: Array,
        places: Array,
        gates: Array,
        unseen: Array,
        doubts: Array,
    ) -> None:
        self._rules = rules
        off = centres[:, None] - ((boxes[:, :2] + boxes[:, 2:]) / 2)[None]
        self._distance = np.hypot(off[..., 0], off[..., 1]) / heights[:, None]
        growth = np.abs(np.log(heights[:, None] / (boxes[:, 3] - boxes[:, 1])[None]))
        self._size_fits = growth <= rules.size_gate + rules.size_growth * unseen[:, None]
        self._unlike = growth + 0.5 * (1 - overlap(places, boxes)) + doubts
        self.widen(gates)

    def widen(self, gates: Array) -> None:
        """From now on with these gates [n]."""
        self._may = self._size_fits & (self._distance <= gates[:, None])
        self._scale = np.sqrt(self._rules.gate * gates)

    def match(
        self, tracks: Rows, free: Rows, good_enough: Flags, *, alone: bool, widely: bool
    ) -> list[tuple[int, int]]:
        """(track, box) of these tracks and boxes: distance over what its uncertainty allows, plus change of size and overlap, is
        least together. `good_enough` [tracks, free]; `alone`: where no other track can be meant, `widely`: nor any other box."""
        these = np.ix_(tracks, free)
        may = self._may[these] & good_enough
        if not may.any():
            return []
        distance = self._distance[these]
        if alone:
            may &= beyond_doubt(np.where(may, distance, np.inf), boxes=widely)
        cost = np.where(may, distance / self._scale[tracks][:, None] + self._unlike[these], _NEVER)
        chosen, columns = linear_sum_assignment(cost)
        return [(int(tracks[i]), int(free[j])) for i, j in zip(chosen, columns, strict=True) if may[i, j]]
