"""A stream's packets decoded, painted on and encoded again as H.264, one out for one in.

For what can't be passed through as it is: privacy masks, pictures blurred for who may see no faces, H.265 and B-frames that a
browser can't play. Key frames stay where the camera set them; pictures come out in the order in which they are shown, of the
range and colours that the camera's have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from ingest.codec.decoders import open_decoder, raw_packet
from ingest.codec.pixels import Colour, colour_of, frame_of, planar_of
from ingest.stream import STEPPED_S, EncodedPacket, VideoFormat
from lianqin.records import Polygon

TICK: Final = 90_000
_TIME_BASE: Final = Fraction(1, TICK)
GROUP_S: Final = 2.0
BLURRED_ACROSS: Final = 48
"""Pixels across that a blurred picture keeps: a street and a shape, no face."""
BLURRED_SHOWN: Final = 480
_LEVEL_4_1: Final = 1920 * 1088
"""Pixels that H.264 level 4.1 holds; left alone the encoder names the highest of all, which browsers may refuse."""
GREY: Final = 40
"""How bright a mask is: nobody takes it for a picture, and no diagnosis for a black one."""
Paint = Callable[[VideoFrame], VideoFrame]


class Recode:
    """One stream's; `format` is known from the first picture on, and changes with its size."""

    def __init__(self, found: VideoFormat, paint: Paint | None = None, *, crf: int = 26) -> None:
        self.format: VideoFormat | None = None
        self._paint, self._crf, self._fps = paint, crf, found.fps
        self._decoder: Any = open_decoder(found)
        self._encoder: Any = None
        self._colour: Colour | None = None
        self._newest = self._shown = float("-inf")
        """Of the packets that came, and of the pictures that went out."""
        self._owes_key = False
        """A key frame was not shown: the next picture is one."""

    def packet(self, packet: EncodedPacket, *, is_shown: bool = True) -> list[EncodedPacket]:
        """What becomes of it: nothing where it can't be decoded, or where the decoder waits for the next. Not shown: it is
        decoded alone, for those that refer to it."""
        if packet.at < self._newest - STEPPED_S:  # a clock was set back
            self._decoder.flush_buffers()
            self._colour, self._newest, self._shown = None, packet.at, float("-inf")
        self._newest = max(self._newest, packet.at)
        try:
            frames = self._decoder.decode(raw_packet(packet))
        except FFmpegError:
            return []
        if not is_shown:
            self._owes_key |= any(frame.key_frame for frame in frames)
            return []
        return [made for frame in frames if frame.pts is not None for made in self._encode(frame)]

    def _encode(self, frame: Any) -> list[EncodedPacket]:
        at, is_key, colour = frame.pts / 1_000_000, bool(frame.key_frame) or self._owes_key, colour_of(frame)
        if at <= self._shown:
            return []  # before the decoder knows how far the stream's pictures are out of order
        self._shown, self._owes_key = at, False
        frame = planar_of(self._paint(frame) if self._paint else frame)
        size = self.format and (self.format.width, self.format.height)
        if (frame.width, frame.height) != size or colour != self._colour:
            self._encoder, self._colour = self._open(frame, colour), colour
            self.format = VideoFormat("h264", frame.width, frame.height, self._fps, b"")
        frame.pts, frame.time_base = round(at * TICK), _TIME_BASE
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        return [EncodedPacket(at, bool(made.is_keyframe), bytes(made)) for made in self._encoder.encode(frame)]

    def _open(self, frame: Any, colour: Colour) -> Any:
        encoder: Any = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
        encoder.color_range, encoder.colorspace = colour.range, colour.matrix
        encoder.color_primaries, encoder.color_trc = colour.primaries, colour.transfer
        encoder.time_base = _TIME_BASE
        group = max(1, round((self._fps or 25) * GROUP_S))
        encoder.options = {
            "preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "crf": str(self._crf), "forced-idr": "1",
            "level": "4.1" if frame.width * frame.height <= _LEVEL_4_1 else "5.2",
            "x264-params": f"keyint={group}:repeat-headers=1:threads=1",
        }  # fmt: skip
        encoder.thread_count = 1
        return encoder


def masked(masks: Sequence[Polygon]) -> Paint:
    """Blanks these areas, corners as fractions of the picture. The decoder's own picture stays as it is: later ones refer to
    it."""

    def paint(frame: VideoFrame) -> VideoFrame:
        colour, planes = colour_of(frame), np.array(planar_of(frame).to_ndarray(), np.uint8)
        across, rows = planes.shape[1], planes.shape[0] * 2 // 3
        luma = planes[:rows]
        half = rows // 2 * (across // 2)
        rest = planes[rows:].reshape(-1)
        chroma = [rest[n * half : (n + 1) * half].reshape(rows // 2, across // 2) for n in (0, 1)]
        for plane, value in zip((luma, *chroma), (GREY, 128, 128), strict=True):
            fill(plane, masks, value)
        return frame_of(planes, colour)

    return paint


def fill(plane: NDArray[np.uint8], masks: Sequence[Polygon], value: int | Sequence[int]) -> None:
    """The areas and their edges, in place; `plane` of shape (height, width) or (height, width, 3)."""
    height, width = plane.shape[:2]
    corners = [np.round(np.asarray(mask) * (width, height)).astype(np.int32) for mask in masks]
    colour = tuple(value) if isinstance(value, Sequence) else (value,)
    for one in corners:
        cv2.fillPoly(plane, [one], colour)
        cv2.polylines(plane, [one], isClosed=True, color=colour, thickness=2)


def blur(frame: VideoFrame) -> VideoFrame:
    """Shapes without faces: `BLURRED_ACROSS` pixels across, drawn large again."""
    across, wide = BLURRED_ACROSS, min(BLURRED_SHOWN, frame.width // 2 * 2)

    def high(width: int) -> int:
        return max(2, round(width * frame.height / frame.width / 2) * 2)

    frame = planar_of(frame)
    small = frame.reformat(across, high(across), "yuv420p", interpolation="AREA")
    return small.reformat(wide, high(wide), "yuv420p", interpolation="BICUBIC")
