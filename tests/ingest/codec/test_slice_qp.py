"""The quantiser read from slice headers, beside encoders that were told which one to use."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.codec.bits import units
from ingest.codec.slice_qp import Layout, layout_of, slice_qp, weight_of

LAYOUT = Layout(4, 2, 0, False, True, True, False, True, False, 1, True, 0, False, 26)


def encoded(tmp_path: Path, qp: int, own: str, profile: str = "high") -> list[bytes]:
    """Packets in Annex B form of something that moves."""
    target = tmp_path / "some.mp4"
    with av.open(str(target), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = {"preset": "medium", "profile": profile, "qp": str(qp), "bf": "0",
                          "x264-params": f"keyint=15:ipratio=1.0:{own}"}  # fmt: skip
        dice = np.random.default_rng(1)
        ground = dice.integers(0, 255, (180, 400, 3), dtype=np.uint8)
        for n in range(30):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(ground[:, n : n + 320]), format="bgr24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with av.open(str(target)) as source:
        read = source.streams.video[0]
        convert = av.BitStreamFilterContext("h264_mp4toannexb", read)
        return [bytes(one) for packet in source.demux(read) for one in convert.filter(packet) if one.size]


@pytest.mark.parametrize("qp", [10, 27, 44])
@pytest.mark.parametrize(
    ("profile", "own"),
    [("baseline", "ref=1"), ("main", "ref=3:weightp=0"), ("high", "ref=4:weightp=2"), ("high", "ref=1:cabac=0:slices=3"),
     ("high", "ref=2:interlaced=1"), ("high", "ref=1:aud=1:nal-hrd=none")],
)  # fmt: skip
def test_the_quantiser_is_what_the_encoder_was_told(tmp_path: Path, qp: int, profile: str, own: str) -> None:
    packets = encoded(tmp_path, qp, own, profile)
    layout = layout_of(packets[0])
    assert layout is not None
    assert {slice_qp(packet, layout) for packet in packets} == {qp}


def test_the_same_movement_weighs_the_same_whatever_the_quantiser(tmp_path: Path) -> None:
    weights = []
    for qp in (20, 26, 32):
        packets = encoded(tmp_path, qp, "ref=1")
        layout = layout_of(packets[0])
        weights.append(sum(weight_of(packet, layout) for packet in packets[1:14]))
    sizes = [weight / 2 ** (qp / 6) for weight, qp in zip(weights, (20, 26, 32), strict=True)]
    assert sizes[0] > 2 * sizes[2]
    assert max(weights) < 1.8 * min(weights)


def test_filler_weighs_nothing() -> None:
    content = b"\x00\x00\x00\x01\x41" + bytes(range(1, 40))
    assert weight_of(content + b"\x00\x00\x01\x0c" + b"\xff" * 500, None) == len(content)
    assert weight_of(content, None) == len(content)


@given(st.binary(max_size=120))
def test_no_bytes_lead_it_astray(raw: bytes) -> None:
    for content in (
        raw,
        b"\x00\x00\x01" + raw,
        b"\x00\x00\x01\x41" + raw,
        b"\x00\x00\x01\x67" + raw + b"\x00\x00\x01\x68" + raw,
    ):
        found = slice_qp(content, LAYOUT)
        assert found is None or 0 <= found <= 51
        layout_of(content)
        assert weight_of(content, LAYOUT) >= 0
        assert all(isinstance(unit, bytes) for unit in units(content))
