"""What one look shows of a family, and which of its tracks took which box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detect.boxes import overlap
from detect.pairs import Rows
from lianqin.records import Detection


class Sight:
    """One frame's detections of a family, and which track (its row) took which of them."""

    def __init__(self, detections: Sequence[Detection], t: float, aspect: float, overlapping: float) -> None:
        self.t = t
        boxes = np.array([d.box for d in detections], float).reshape(-1, 4) * [aspect, 1.0, aspect, 1.0]
        scores = np.array([d.score for d in detections], float)
        usable = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        order = np.flatnonzero(usable)[np.argsort(-scores[usable], kind="stable")]
        # Two labels of one family on one thing: the better box stays.
        labels = [d.label for d in detections]
        kept: list[int] = []
        shared = overlap(boxes, boxes) if len(set(labels)) > 1 else None
        for j in order.tolist():
            if shared is None or not any(labels[k] != labels[j] and shared[j, k] > overlapping for k in kept):
                kept.append(j)
        self.boxes, self.scores = boxes[kept], scores[kept]
        self.whole = self.boxes
        """As far as what is known there reaches, where it is partly hidden."""
        self.votes = [
            {
                labels[k]: float(scores[k])
                for k in order.tolist()
                if k == j or (shared is not None and shared[j, k] > overlapping)
            }
            for j in kept
        ]
        self.matched: dict[int, int] = {}
        self._is_free = np.ones(len(kept), bool)

    def take(self, row: int, box: int) -> None:
        self.matched[row] = box
        self._is_free[box] = False

    def is_all_taken(self) -> bool:
        return len(self.matched) == len(self.boxes)

    def free(self) -> Rows:
        """Those that no track took."""
        return np.flatnonzero(self._is_free)
