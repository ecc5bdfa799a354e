"""Slice headers of H.264 behind their parameter sets (`ingest.codec.slice_qp`)."""

from __future__ import annotations

import math

from ingest.codec.slice_qp import layout_of, slice_qp, weight_of
from tests.fuzz.target import Target
from tests.fuzz.targets.parameter_sets import HIGH, SETS

USUAL = layout_of(SETS)
assert USUAL is not None


def run(data: bytes) -> bool:
    found = False
    for layout in (USUAL, layout_of(data)):
        qp = slice_qp(data, layout) if layout is not None else None
        assert qp is None or 0 <= qp <= 51
        assert math.isfinite(weight_of(data, layout))
        found |= qp is not None
    return found


TARGET = Target(
    run, (SETS + b"\x00\x00\x01\x65\x88\x84\x00\x10", SETS + b"\x00\x00\x01\x41\x9a\x24\x6c\x42", HIGH + b"\x00\x00\x01\x41\x9a\x24\x6c\x42\x00\x00\x01\x0c\xff",
          b"\x00\x00\x01\x61\xe0\x08\xff"),
    (b"\x00\x00\x01\x41\x9a", b"\x00\x00\x01\x65\x88", b"\x00\x00\x01\x67", b"\x00\x00\x01\x0c", b"\x00\x00\x03"), most=6000,
)  # fmt: skip
