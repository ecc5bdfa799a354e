"""YOLOX: one output [n, cells, 5 + classes] with all strides after one another.

Per cell: centre offset (in cells), log of width and height (in strides), objectness and class scores, both after the
sigmoid (Ge et al. 2021, section 2, and the export that YOLOX ships, `decode_in_inference = False`).
"""

from __future__ import annotations

import numpy as np

from detect.layouts.answer import Array, Candidates, NetworkOutputs, cells
from lianqin.errors import ModelError


def decode_yolox(answer: NetworkOutputs) -> list[Candidates]:
    """One output [n, cells of all strides, 5 + classes]; the score is objectness times the class's own."""
    grids = [cells(answer.width, answer.height, stride) for stride in answer.strides]
    corner = np.concatenate(grids)
    stride = np.concatenate([np.full(len(g), s, np.float32) for g, s in zip(grids, answer.strides, strict=True)])
    expected = (len(corner), 5 + answer.classes)
    output = answer.outputs[0]
    if len(answer.outputs) != 1 or output.ndim != 3 or output.shape[1:] != expected:
        shapes = ", ".join(str(o.shape) for o in answer.outputs)
        raise ModelError(
            "model.bad_card",
            f"layout yolox wants one output [n, {expected[0]}, {expected[1]}]; the network gave {shapes}. Mend layout, "
            "classes, strides or input size in its card",
        )
    return [_one(cell, corner, stride, answer.score) for cell in output]


def _one(cell: Array, corner: Array, stride: Array, floor: float) -> Candidates:
    best = cell[:, 4] * cell[:, 5:].max(1)
    rows = np.flatnonzero(best >= floor)
    kept, step = cell[rows], stride[rows, None]
    centre = (kept[:, :2] + corner[rows]) * step
    half = np.exp(kept[:, 2:4]) * step / 2
    return Candidates(np.concatenate([centre - half, centre + half], 1), best[rows], kept[:, 5:].argmax(1))
