"""NanoDet: per stride a map of class scores (after the sigmoid) and one of distances to the box's four sides.

A distance is a distribution over bins 0..7 or 0..10 (the "distribution focal loss" of Generalized Focal Loss, Li et
al. 2020, section 3.2): its expectation times the stride is the distance in pixels. Cell centres lie at (x + 0.5) *
stride.
"""

from __future__ import annotations

import numpy as np

from detect.layouts.answer import Array, Candidates, NetworkOutputs, cells
from lianqin.errors import ModelError


def decode_nanodet(answer: NetworkOutputs) -> list[Candidates]:
    """Outputs, in any order: per stride scores [n, cells, classes] and distances [n, cells, 4 * bins]."""
    heads = [_head(answer, stride) for stride in answer.strides]
    return [_one(answer, heads, index) for index in range(answer.outputs[0].shape[0])]


class _Head:
    def __init__(self, stride: int, scores: Array, distances: Array) -> None:
        self.stride, self.scores, self.distances = stride, scores, distances


def _head(answer: NetworkOutputs, stride: int) -> _Head:
    count = (answer.width // stride) * (answer.height // stride)
    mine = [output for output in answer.outputs if output.ndim == 3 and output.shape[1] == count]
    scores = [output for output in mine if output.shape[2] == answer.classes]
    distances = [output for output in mine if output.shape[2] != answer.classes and output.shape[2] % 4 == 0]
    if len(scores) != 1 or len(distances) != 1:
        shapes = ", ".join(str(output.shape) for output in answer.outputs)
        raise ModelError(
            "model.bad_card",
            f"layout nanodet wants scores [n, {count}, {answer.classes}] and distances [n, {count}, 4 * bins] for "
            f"stride {stride}; the network gave {shapes}. Mend layout, classes or strides in its card",
        )
    return _Head(stride, scores[0], distances[0])


def _one(answer: NetworkOutputs, heads: list[_Head], index: int) -> Candidates:
    boxes, scores, kinds = [], [], []
    for head in heads:
        best = head.scores[index].max(1)
        rows = np.flatnonzero(best >= answer.score)
        # The distribution is worked out for the few cells that say something, not for all.
        bins = head.distances[index, rows].reshape(len(rows), 4, head.distances.shape[2] // 4)
        weights = np.exp(bins - bins.max(-1, keepdims=True))
        reach = (weights @ np.arange(bins.shape[-1], dtype=np.float32)) / weights.sum(-1) * head.stride
        centre = (cells(answer.width, answer.height, head.stride)[rows] + 0.5) * head.stride
        boxes.append(np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], 1))
        scores.append(best[rows])
        kinds.append(head.scores[index, rows].argmax(1))
    return Candidates(np.concatenate(boxes), np.concatenate(scores), np.concatenate(kinds))
