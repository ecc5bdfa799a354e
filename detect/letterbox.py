"""Fitting a frame into a network's input and bringing boxes back. Pure but for OpenCV's arithmetic.

The frame is scaled without distortion into the top left corner of the canvas; the rest is filled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detect.cards import Input


class Fit(msgspec.Struct, frozen=True):
    """Where a frame lies in the canvas: canvas size and the part the frame fills, all in pixels."""

    canvas_width: int
    canvas_height: int
    width: int
    height: int


def fit(size: Input, frame_width: int, frame_height: int) -> Fit:
    """How a frame of that size is placed. A network of free size gets no more fill than its multiple demands."""
    wide, high = size.width, size.height
    if size.multiple:
        longest = max(wide, high)
        scale = longest / max(frame_width, frame_height)
        wide, high = (
            min(longest, math.ceil(round(side * scale) / size.multiple) * size.multiple)
            for side in (frame_width, frame_height)
        )
    scale = min(wide / frame_width, high / frame_height)
    return Fit(
        wide, high, max(1, min(wide, round(frame_width * scale))), max(1, min(high, round(frame_height * scale)))
    )


def pack(size: Input, pictures: Sequence[npt.NDArray[np.uint8]], place: Fit) -> npt.NDArray[np.float32]:
    """Pictures (uint8 BGR [h, w, 3], all placed by the same `Fit`) as one float32 batch [n, 3, height, width]."""
    batch = np.empty((len(pictures), 3, place.canvas_height, place.canvas_width), np.float32)
    canvas = np.full((place.canvas_height, place.canvas_width, 3), size.fill, np.uint8)
    mean, std = np.asarray(size.mean, np.float32), np.asarray(size.std, np.float32)
    # (value - mean) / std as one multiplication and one addition a channel: the cheapest form found here.
    scale, shift = 1 / std, -mean / std
    order = (0, 1, 2) if size.channels == "bgr" else (2, 1, 0)
    for picture, planes in zip(pictures, batch, strict=True):
        cv2.resize(picture, (place.width, place.height), dst=canvas[: place.height, : place.width])
        for index, source in enumerate(order):
            np.multiply(canvas[:, :, source], scale[index], out=planes[index], casting="unsafe")
            planes[index] += shift[index]
    return batch


def unfit(boxes: npt.NDArray[np.float32], place: Fit) -> npt.NDArray[np.float32]:
    """Boxes in canvas pixels [n, 4] as fractions of the frame, cut at its border."""
    whole = np.array([place.width, place.height, place.width, place.height], np.float32)
    shares: npt.NDArray[np.float32] = np.clip(boxes / whole, 0, 1)
    return shares
