"""How large is the picture? From a sequence parameter set alone (ITU-T H.264 7.3.2.1.1, H.265 7.3.2.2). Pure."""

from __future__ import annotations

from typing import Final

from ingest.bits import Bits, units

_WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_SUB: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""chroma_format_idc -> samples of brightness for one of colour, across and down (table 6-1)."""


def picture_size(sets: bytes, codec: str) -> tuple[int, int] | None:
    """Width and height in pixels, cropped as it is shown; `sets` in Annex B form. None where no set can be read."""
    for unit in units(sets):
        try:
            if codec == "h264" and unit and unit[0] & 31 == 7:
                return _h264(Bits(unit[1:]))
            if codec == "hevc" and unit and unit[0] >> 1 & 63 == 33:
                return _hevc(Bits(unit[2:]))
        except ValueError:
            return None
    return None


def _h264(sps: Bits) -> tuple[int, int]:
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
        for _ in range(sps.ue()):
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
    return across * 16 - unit_x * (left + right), down * 16 * (2 - frames_only) - unit_y * (top + bottom)


def _skip_scaling_list(sps: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + sps.se()) % 256
        last = following or last


def _hevc(sps: Bits) -> tuple[int, int]:
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
    return width - unit_x * (left + right), height - unit_y * (top + bottom)
