"""Parameter sets that stand in the stream itself, before a key frame's picture."""

from __future__ import annotations

import io
import re
from typing import Final

import av
from av.error import FFmpegError

from ingest.stream import VideoFormat

RAW: Final = {"h264": "h264", "hevc": "hevc"}
"""FFmpeg's readers of bare Annex B streams."""
_PICTURES: Final = {"h264": range(1, 6), "hevc": range(32)}
"""Types of NAL units that hold a picture's slices (H.264 table 7-1, H.265 table 7-1)."""
_SETS: Final = {"h264": (7, 8), "hevc": (32, 33, 34)}
"""Parameter sets; what else stands before a picture (SEI) differs from one to the next."""
_START: Final = re.compile(rb"\x00\x00\x01")
_SETS_WITHIN: Final = 4096


def parameter_sets(content: bytes, codec: str) -> bytes:
    """The parameter sets that stand before a key frame's picture, as one Annex B piece; empty where there are none. Cheap:
    compare it with the last one to see that a camera changed its size."""
    sets, begin = [], -1
    for unit in _START.finditer(content, 0, _SETS_WITHIN):
        if begin >= 0:
            sets.append(content[begin : unit.start()].rstrip(b"\0"))  # of a start code of four bytes
        kind = content[unit.end()] & 31 if codec == "h264" else content[unit.end()] >> 1 & 63
        if kind in _PICTURES[codec]:
            break
        begin = unit.start() if kind in _SETS[codec] else -1
    return b"\0".join(sets)


def frame_format(content: bytes, codec: str) -> VideoFormat | None:
    """Codec and size that a key frame's own parameter sets name, or None where it carries none."""
    try:
        with av.open(io.BytesIO(content), format=RAW[codec]) as raw:
            context = raw.streams.video[0].codec_context
            extradata = bytes(context.extradata or b"")
            return VideoFormat(codec, context.width, context.height, 0.0, extradata) if context.width else None
    except (FFmpegError, IndexError):
        return None
