"""What a decoder is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class NetworkOutputs(msgspec.Struct, frozen=True):
    """The network's outputs for a batch, with the canvas they were computed on (pixels)."""

    outputs: tuple[Array, ...]
    width: int
    height: int
    strides: tuple[int, ...]
    classes: int
    score: float


class Candidates(NamedTuple):
    """Candidates on one picture, before overlap is looked at: boxes [n, 4] in canvas pixels (x1 y1 x2 y2), scores
    [n], class indices [n]."""

    boxes: Array
    scores: Array
    kinds: npt.NDArray[np.intp]


Decode = Callable[[NetworkOutputs], list[Candidates]]
"""One Found a picture of the batch. Raises ModelError `model.bad_card` when the outputs don't have that layout."""


@lru_cache(maxsize=64)
def cells(width: int, height: int, stride: int) -> Array:
    """Top left corners [n, 2] of a stride's cells in units of the stride, row by row."""
    rows, columns = np.divmod(np.arange((height // stride) * (width // stride)), width // stride)
    grid = np.stack([columns, rows], 1).astype(np.float32)
    grid.setflags(write=False)
    return grid
