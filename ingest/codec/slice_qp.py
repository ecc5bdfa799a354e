"""How coarsely a picture was coded: the quantiser of an H.264 slice (ITU-T H.264, 7.3.2 and 7.3.3), read from its header.

At a constant bit rate a busy picture does not grow, it is coded more coarsely. Bytes times 2^(QP/6) measure what was to be
told whatever the rate control does. Nothing is decoded: some forty bits a picture are read. Pure.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ingest.codec.bits import Bits, units

HEADER_BYTES: Final = 24
_P: Final = frozenset({0, 5, 3, 8})
_B: Final = frozenset({1, 6})
_I: Final = frozenset({2, 7, 4, 9})
_HIGH: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
FILLER: Final = b"\x00\x00\x01\x0c"


class Layout(msgspec.Struct, frozen=True):
    """What of the parameter sets is needed to read a slice header."""

    frame_num_bits: int
    poc_type: int
    poc_bits: int
    delta_always_zero: bool
    frames_only: bool
    colour: bool
    separate_planes: bool
    cabac: bool
    bottom_in_frame: bool
    refs: int
    weighted: bool
    weighted_b: int
    redundant: bool
    init_qp: int


def layout_of(sets: bytes) -> Layout | None:
    """From SPS and PPS in Annex B form. None for what is not there or not understood (scaling lists among it)."""
    sps = next((unit for unit in units(sets) if unit and unit[0] & 31 == 7), None)
    pps = next((unit for unit in units(sets) if unit and unit[0] & 31 == 8), None)
    if sps is None or pps is None:
        return None
    try:
        return _read(Bits(sps[1:]), Bits(pps[1:]))
    except ValueError:
        return None


def _read(sps: Bits, pps: Bits) -> Layout:
    profile = sps.u(8)
    sps.u(16)
    sps.ue()
    chroma, separate = 1, 0
    if profile in _HIGH:
        chroma = sps.ue()
        separate = sps.u(1) if chroma == 3 else 0
        sps.ue()
        sps.ue()
        sps.u(1)
        if sps.u(1):
            raise ValueError("scaling lists")
    frame_num_bits = sps.ue() + 4
    poc_type, poc_bits, always_zero = sps.ue(), 0, False
    if poc_type == 0:
        poc_bits = sps.ue() + 4
    elif poc_type == 1:
        always_zero = bool(sps.u(1))
        sps.se()
        sps.se()
        for _ in range(sps.ue()):
            sps.se()
    sps.ue()
    sps.u(1)
    sps.ue()
    sps.ue()
    frames_only = bool(sps.u(1))
    pps.ue()
    pps.ue()
    cabac, bottom = bool(pps.u(1)), bool(pps.u(1))
    if pps.ue():
        raise ValueError("slice groups")
    refs = pps.ue() + 1
    pps.ue()
    weighted, weighted_b = bool(pps.u(1)), pps.u(2)
    init_qp = 26 + pps.se()
    pps.se()
    pps.se()
    pps.u(2)
    redundant = bool(pps.u(1))
    return Layout(frame_num_bits, poc_type, poc_bits, always_zero, frames_only, chroma != 0 and not separate, bool(separate),
                  cabac, bottom, refs, weighted, weighted_b, redundant, init_qp)  # fmt: skip


def slice_qp(content: bytes, layout: Layout) -> int | None:
    """Of a picture's first slice. None where there is none or it is not understood."""
    at = content.find(b"\x00\x00\x01")
    while at >= 0 and at + 3 < len(content):
        kind = content[at + 3] & 31
        if kind in (1, 5):
            try:
                return _slice_qp(content[at + 3], Bits(content[at + 4 : at + 4 + HEADER_BYTES]), layout)
            except ValueError:
                return None
        at = content.find(b"\x00\x00\x01", at + 3)
    return None


def _slice_qp(head: int, bits: Bits, of: Layout) -> int:
    is_key, referred = head & 31 == 5, head >> 5 & 3
    bits.ue()
    kind = bits.ue()
    bits.ue()
    if kind in _B:
        raise ValueError("a B slice")
    _skip_order(bits, of, is_key=is_key)
    if of.redundant:
        bits.ue()
    if kind in _P:
        refs = bits.ue() + 1 if bits.u(1) else of.refs
        if bits.u(1):
            while bits.ue() != 3:
                bits.ue()
        if of.weighted:
            _skip_weights(bits, refs, colour=of.colour)
    if referred:
        _skip_marking(bits, is_key=is_key)
    if of.cabac and kind not in _I:
        bits.ue()
    qp = of.init_qp + bits.se()
    if not 0 <= qp <= 51:
        raise ValueError("no quantiser")
    return qp


def _skip_order(bits: Bits, of: Layout, *, is_key: bool) -> None:
    """Plane, frame number, field, and the picture's place in the order of display."""
    if of.separate_planes:
        bits.u(2)
    bits.u(of.frame_num_bits)
    field = not of.frames_only and bool(bits.u(1))
    if field:
        bits.u(1)
    if is_key:
        bits.ue()
    if of.poc_type == 0:
        bits.u(of.poc_bits)
    if (of.poc_type == 0 and of.bottom_in_frame and not field) or (of.poc_type == 1 and not of.delta_always_zero):
        bits.se()
        if of.poc_type == 1 and of.bottom_in_frame and not field:
            bits.se()


def _skip_weights(bits: Bits, refs: int, *, colour: bool) -> None:
    bits.ue()
    if colour:
        bits.ue()
    for _ in range(refs):
        if bits.u(1):
            bits.se()
            bits.se()
        if colour and bits.u(1):
            for _ in range(4):
                bits.se()


def _skip_marking(bits: Bits, *, is_key: bool) -> None:
    if is_key:
        bits.u(2)
        return
    if not bits.u(1):
        return
    while (operation := bits.ue()) != 0:
        if operation in (1, 2, 3, 4, 6):
            bits.ue()
        if operation == 3:
            bits.ue()


def weight_of(content: bytes, layout: Layout | None) -> float:
    """Bytes times 2^(QP/6), filler left out; without a layout the bytes alone."""
    filler = content.find(FILLER)
    size = filler if filler > 0 else len(content)
    qp = slice_qp(content, layout) if layout is not None else None
    return float(size) if qp is None else size * 2.0 ** (qp / 6)
