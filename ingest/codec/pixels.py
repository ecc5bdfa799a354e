"""A decoded picture's form: what a detector, a JPEG and an encoder are given of it, with its brightness and colours as they are.

Full range (0 to 255, many cameras) and limited range (16 to 235) hold the same picture in other numbers: whoever passes the
numbers on says which they are (ITU-T H.264 E.2.1, video_full_range_flag).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

FULL: Final = 2
"""AVCOL_RANGE_JPEG."""
PLANAR: Final = ("yuv420p", "yuvj420p")
_GREY: Final = 128
"""Of colour planes without a colour."""


class Colour(msgspec.Struct, frozen=True):
    """How a picture's numbers are to be read, by FFmpeg's codes: range, matrix, primaries, transfer (H.264 tables E-3 to E-5)."""

    range: int
    matrix: int
    primaries: int
    transfer: int


def colour_of(frame: VideoFrame) -> Colour:
    """As its stream says it."""
    full = frame.format.name.startswith("yuvj")
    return Colour(
        FULL if full else int(frame.color_range),
        int(frame.colorspace),
        int(frame.color_primaries),
        int(frame.color_trc),
    )


def bgr_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """uint8 [height, width, 3], of whatever range, depth and colour sampling."""
    return np.asarray(_with_colour(frame).to_ndarray(format="bgr24"), np.uint8)


def planar_of(frame: VideoFrame) -> VideoFrame:
    """In eight bits, a colour for four pixels, of even width and height, as encoders and browsers want it; the same range. The
    very frame where it is so already."""
    frame = _with_colour(frame)
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    if (width, height) == (frame.width, frame.height) and frame.format.name in PLANAR:
        return frame
    return frame.reformat(width, height, "yuv420p")


def frame_of(planes: NDArray[np.uint8], colour: Colour) -> VideoFrame:
    """`planes` of shape (height * 3 / 2, width), as `to_ndarray` gives those of `planar_of`."""
    frame = VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.color_range, frame.colorspace = colour.range, colour.matrix
    frame.color_primaries, frame.color_trc = colour.primaries, colour.transfer
    return frame


def _with_colour(frame: VideoFrame) -> VideoFrame:
    """A picture in black and white alone is taken by FFmpeg's scaler as of full range, whatever its stream says."""
    if frame.format.name != "gray":
        return frame
    height, width = frame.height // 2 * 2, frame.width // 2 * 2
    plane: Any = frame.planes[0]
    bright = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width]
    return frame_of(np.vstack([bright, np.full((height // 2, width), _GREY, np.uint8)]), colour_of(frame))
