"""Parameter sets of H.264 and H.265 (`ingest.codec.bits`, `picture_size`, `description.in_band_sets`, `clip`, `fmp4.profile_of`). The first
byte is the codec."""

from __future__ import annotations

from ingest.codec.bits import MOST_UNITS, units
from ingest.codec.slice_qp import layout_of
from ingest.codec.sps import MOST_ALONG, MOST_PIXELS, check_size, read_size
from ingest.live.fmp4 import profile_of
from ingest.source.description import in_band_sets
from lianqin.errors import SourceUnreadable
from tests.fuzz.target import Target

CODECS = ("h264", "hevc")


def run(data: bytes) -> bool:
    codec, content = CODECS[data[0] & 1 if data else 0], data[1:]
    assert len(units(content)) <= MOST_UNITS
    layout_of(content)
    profile = profile_of(content)
    assert profile is None or int(profile, 16) >= 0
    sets = in_band_sets(content, codec)
    assert in_band_sets(sets, codec) == sets
    size = read_size(content, codec)
    try:
        check_size(content, codec, "C1")
    except SourceUnreadable:
        return True
    if size is not None:
        assert size.coded_width * size.coded_height <= MOST_PIXELS
        assert max(size.coded_width, size.coded_height) <= MOST_ALONG
        assert min(size.width, size.height) > 0
    return size is not None


SETS = bytes.fromhex("00000001674200 1e95a8280f69b808080810 0000000168ce3c80".replace(" ", ""))
HIGH = bytes.fromhex(
    "0000000167640028acd940780227e5c05a808080a0000003002000000651e30632c0 0000000168ebe3cb22c0".replace(" ", "")
)
HUGE = bytes.fromhex("000000016742002 8da0030000006019 0".replace(" ", ""))
HEVC = bytes.fromhex(
    "0000000140010c01ffff016000000300b0000003000003005dac09"
    "00000001420101016000000300b0000003000003005da00280802d1636b924cbf00800000300080000030 0c040".replace(" ", "")
    + "000000014401c0f2f03c90"
)
TARGET = Target(
    run, (b"\x00" + SETS, b"\x00" + HIGH, b"\x00" + HUGE, b"\x01" + HEVC, b"\x01" + HEVC + HEVC),
    (b"\x00\x00\x01\x67", b"\x00\x00\x01\x68", b"\x00\x00\x01\x42\x01", b"\x00\x00\x03", b"\x00\x00\x00\x01", b"\xff\xff\xff\xff", b"\x67\x64\x00",
     b"\x67\xf4\x00"),
    most=9000, steps=(40_000, 300), share=3,
)  # fmt: skip
