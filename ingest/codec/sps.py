"""How large is the picture? From a sequence parameter set alone (ITU-T H.264 7.3.2.1.1, H.265 7.3.2.2). Pure.

What a decoder takes memory for is the coded size, which cropping may hide: `check_size` looks at that, in every set that
stands in a piece, as FFmpeg's decoders would read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.codec.bits import MOST_BYTES, Bits
from lianqin.errors import SourceUnreadable

MOST_PIXELS: Final = 36_000_000
"""Cameras have up to 32 megapixels, coded in whole blocks. A decoder keeps several such pictures, 54 MB each."""
MOST_ALONG: Final = 16_384
"""Pixels of one side; the highest levels of both codecs end near there."""
_MOST_SETS: Final = 64
"""Sequence parameter sets of a piece: H.264 has 32, H.265 16."""
_BEGINS: Final = {
    "h264": re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67\x87\xa7\xc7\xe7]"),
    "hevc": re.compile(rb"\x00\x00\x01[\x42\x43\xc2\xc3]"),
}
"""Where a sequence parameter set begins, whatever its other bits; looked for as fast as memory is read."""
_MOST_CYCLE: Final = 255
"""num_ref_frames_in_pic_order_cnt_cycle (H.264 7.4.2.1.1)."""
_WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 144})
"""Profiles whose sets tell of colour, as FFmpeg has them (144 is the old High 4:4:4)."""
_SUB: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""chroma_format_idc -> samples of brightness for one of colour, across and down (table 6-1)."""


class Size(msgspec.Struct, frozen=True):
    """Pixels as they are shown (`width`, `height`) and as they are coded; `fields`: a picture may come as two fields."""

    width: int
    height: int
    coded_width: int
    coded_height: int
    fields: bool = False


def picture_size(sets: bytes, codec: str) -> tuple[int, int] | None:
    """Width and height in pixels, cropped as it is shown; `sets` in Annex B form. None where no set can be read."""
    found = read_size(sets, codec)
    return None if found is None else (found.width, found.height)


def read_size(sets: bytes, codec: str) -> Size | None:
    """All that the first sequence parameter set says of the size; None where it can't be read or makes no sense."""
    unit = next(_sequence_sets(sets, codec), None)
    found = None if unit is None else _read(unit, codec)
    return found if found is not None and found.width > 0 and found.height > 0 else None


def check_size(sets: bytes, codec: str, name: str = "") -> None:
    """Raises SourceUnreadable when any sequence parameter set of an Annex B piece (a whole picture may be given) promises
    a picture that is too large to be decoded here (`limit` in its `values`: nobody else is to be asked). `name`: of the
    stream, for the error. What can't be read is passed:
    decoders refuse it too."""
    for count, unit in enumerate(_sequence_sets(sets, codec)):
        if count == _MOST_SETS:
            raise _unreadable(name, f"more than {_MOST_SETS} parameter sets stand in one picture")
        found = _read(unit, codec)
        if found is None:
            continue
        across, down = found.coded_width, found.coded_height
        if across * down > MOST_PIXELS or max(across, down) > MOST_ALONG:
            most = f"{MOST_PIXELS // 1_000_000} megapixels or {MOST_ALONG} in a row"
            raise _unreadable(name, f"picture of {across} x {down} is larger than {most}")


def _unreadable(name: str, what: str) -> SourceUnreadable:
    return SourceUnreadable("source.unreadable", f"{name}: " * bool(name) + what, reason="unreadable", limit=True)


def _sequence_sets(content: bytes, codec: str) -> Iterator[bytes]:
    """The sequence parameter sets of an Annex B piece, wherever they stand in it. Linear: other units are only passed."""
    for found in _BEGINS[codec].finditer(content):
        at = found.end() - 1
        yield content[at : at + MOST_BYTES].partition(b"\x00\x00\x01")[0]


def _read(unit: bytes, codec: str) -> Size | None:
    try:
        return _hevc(Bits(unit[2:])) if codec == "hevc" else _h264(Bits(unit[1:]))
    except ValueError:
        return None


def _h264(sps: Bits) -> Size:
    profile = sps.u(8)
    sps.u(16)
    sps.ue()
    chroma, separate = 1, 0
    if profile in _WITH_CHROMA:
        chroma = sps.ue()
        separate = sps.u(1) if chroma == 3 else 0
        sps.ue()
        sps.ue()
        sps.u(1)
        if sps.u(1):
            for n in range(8 if chroma != 3 else 12):
                if sps.u(1):
                    _skip_scaling_list(sps, 16 if n < 6 else 64)
    sps.ue()
    order = sps.ue()
    if order == 0:
        sps.ue()
    elif order == 1:
        sps.u(1)
        sps.se()
        sps.se()
        cycle = sps.ue()
        if cycle > _MOST_CYCLE:
            raise ValueError("no such order of pictures")
        for _ in range(cycle):
            sps.se()
    sps.ue()
    sps.u(1)
    across, down = sps.ue() + 1, sps.ue() + 1
    frames_only = sps.u(1)
    if not frames_only:
        sps.u(1)
    sps.u(1)
    left = right = top = bottom = 0
    if sps.u(1):
        left, right, top, bottom = sps.ue(), sps.ue(), sps.ue(), sps.ue()
    unit_x, unit_y = (1, 1) if separate else _SUB[min(chroma, 3)]
    unit_y *= 2 - frames_only
    width, height = across * 16, down * 16 * (2 - frames_only)
    return Size(width - unit_x * (left + right), height - unit_y * (top + bottom), width, height, not frames_only)


def _skip_scaling_list(sps: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + sps.se()) % 256
        last = following or last


def _hevc(sps: Bits) -> Size:
    sps.u(4)
    layers = sps.u(3)
    sps.u(1)
    sps.u(88)  # general profile, tier and flags
    sps.u(8)
    there = [(sps.u(1), sps.u(1)) for _ in range(layers)]
    if layers:
        for _ in range(layers, 8):
            sps.u(2)
    for profile, level in there:
        sps.u(88 * profile + 8 * level)
    sps.ue()
    chroma = sps.ue()
    if chroma == 3:
        sps.u(1)
    width, height = sps.ue(), sps.ue()
    left = right = top = bottom = 0
    if sps.u(1):
        left, right, top, bottom = sps.ue(), sps.ue(), sps.ue(), sps.ue()
    unit_x, unit_y = _SUB[min(chroma, 3)]
    return Size(width - unit_x * (left + right), height - unit_y * (top + bottom), width, height)
