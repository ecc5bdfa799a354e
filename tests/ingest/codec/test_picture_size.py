"""How large a picture is said to be: real sets, sets that lie, and sets that are meant to keep us busy."""

from __future__ import annotations

import base64
import contextlib
import time

import pytest

from demo.clips import clip_path
from demo.rtsp.media import load
from ingest.codec.bits import units
from ingest.codec.sps import MOST_PIXELS, check_size, picture_size, read_size
from ingest.source.rtp import START
from lianqin.errors import SourceUnreadable


class Writer:
    """Bits of a parameter set, emulation bytes put in (H.264 7.4.1)."""

    def __init__(self) -> None:
        self.bits = ""

    def u(self, count: int, value: int) -> Writer:
        self.bits += f"{value:0{count}b}"
        return self

    def ue(self, *values: int) -> Writer:
        for value in values:
            text = f"{value + 1:b}"
            self.bits += "0" * (len(text) - 1) + text
        return self

    def unit(self, head: bytes, more: bytes = b"") -> bytes:
        bits = self.bits + "1"
        plain = int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big") + more
        out, zeros = bytearray(), 0
        for byte in plain:
            if zeros >= 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return START + head + bytes(out)


def h264(width: int, height: int, *, profile: int = 66, crop: tuple[int, ...] = (), fields: bool = False) -> bytes:
    """A sequence parameter set; sides in whole blocks of 16."""
    out = Writer().u(8, profile).u(16, 40).ue(0)
    if profile != 66:
        out.ue(1, 0, 0).u(1, 0).u(1, 0)
    out.ue(0, 2, 1).u(1, 0).ue(width // 16 - 1, height // 16 // (1 + fields) - 1)
    out.u(1, not fields)
    if fields:
        out.u(1, 0)
    out.u(1, 1)
    out.u(1, bool(crop))
    if crop:
        out.ue(*crop)
    return out.u(1, 0).unit(b"\x67")


def hevc(width: int, height: int, crop: tuple[int, ...] = ()) -> bytes:
    out = Writer().u(4, 0).u(3, 0).u(1, 1).u(88, 1 << 80).u(8, 93).ue(0, 1, width, height).u(1, bool(crop))
    if crop:
        out.ue(*crop)
    return out.unit(b"\x42\x01", b"\x00\x80\x80")


@pytest.mark.parametrize("profile", [66, 100, 144])
def test_the_shown_and_the_coded_size_are_both_read(profile: int) -> None:
    found = read_size(h264(1920, 1088, profile=profile, crop=(0, 0, 0, 4)), "h264")
    assert found is not None
    assert (found.width, found.height, found.coded_width, found.coded_height) == (1920, 1080, 1920, 1088)
    assert picture_size(hevc(1920, 1088, (0, 0, 0, 4)), "hevc") == (1920, 1080)


def test_a_stream_of_fields_is_told_from_one_of_frames() -> None:
    found = read_size(h264(704, 576, fields=True), "h264")
    assert found is not None
    assert (found.width, found.height, found.fields) == (704, 576, True)


ALLOWED = [(640, 480), (3840, 2160), (7680, 4320), (8192, 4096), (6560, 4928), (16_384, 2048)]
LARGER = [(12_288, 12_288), (8192, 8192), (65_520, 16), (16, 65_520), (1 << 20, 1 << 20)]


@pytest.mark.parametrize("size", ALLOWED)
@pytest.mark.parametrize("make", [h264, hevc])
def test_every_size_that_cameras_have_is_taken(make: object, size: tuple[int, int]) -> None:
    assert callable(make)
    check_size(make(*size), make.__name__)
    assert picture_size(make(*size), make.__name__) == size


@pytest.mark.parametrize("size", LARGER)
@pytest.mark.parametrize("make", [h264, hevc])
def test_a_picture_that_would_fill_the_memory_is_refused_by_its_size(make: object, size: tuple[int, int]) -> None:
    assert callable(make)
    with pytest.raises(SourceUnreadable, match=f"x: picture of {size[0]} x {size[1]} is larger than"):
        check_size(make(*size), make.__name__, "x")


@pytest.mark.parametrize(
    "hidden",
    [
        h264(12_288, 12_288, crop=(0, 6000, 0, 6000)),
        h264(12_288, 12_288, profile=144),
        h264(640, 480) + h264(12_288, 12_288),
        h264(640, 480) + START + b"\x65slice" + h264(12_288, 12_288)[1:],
        h264(640, 480) * 100 + h264(12_288, 12_288),
        START + b"\x67" + bytes(40) + h264(12_288, 12_288),
    ],
    ids=["cropped", "an old profile", "second", "behind a slice", "behind a hundred", "behind a broken one"],
)
def test_a_large_picture_is_found_wherever_it_is_hidden(hidden: bytes) -> None:
    with pytest.raises(SourceUnreadable):
        check_size(hidden, "h264")


def test_the_sets_of_real_clips_are_read(clips: object) -> None:
    for camera, codec in (("C01", "h264"), ("C02", "hevc")):
        stream = load(clip_path(camera, "sub"))
        text = [part.partition("=")[2] for part in stream.format_parameters.split(";") if part.startswith("sprop")]
        sets = b"".join(START + base64.b64decode(one) for part in text for one in part.split(","))
        assert picture_size(sets, codec) == (640, 360)
        check_size(sets, codec)


LONG = {
    "padded": h264(640, 480) + bytes(4_000_000),
    "ones": START + b"\x67\x42\x00\x28" + b"\xff" * 4_000_000,
    "noughts": START + b"\x67\x42\x00\x28" + b"\x01\x00" * 2_000_000,
    "an endless order": Writer().u(8, 66).u(16, 40).ue(0, 0, 1).u(1, 0).ue(0, 0, 1 << 30).unit(b"\x67", b"\xff" * 2_000_000),
    "scaling lists": Writer().u(8, 100).u(16, 40).ue(0, 1, 0, 0).u(1, 0).u(1, 1).unit(b"\x67", b"\xff" * 2_000_000),
    "many units": (START + b"\x67\x42") * 500_000,
    "many slices": b"\0\0\1A" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("what", LONG)
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_set_that_is_made_to_keep_us_busy_is_done_with_in_no_time(what: str, codec: str) -> None:
    began = time.process_time()
    picture_size(LONG[what], codec)
    assert len(units(LONG[what])) <= 512
    with contextlib.suppress(SourceUnreadable):
        check_size(LONG[what], codec)
    assert time.process_time() - began < 0.5


def test_a_size_that_makes_no_sense_is_none() -> None:
    assert picture_size(h264(640, 480, crop=(0, 400, 0, 0)), "h264") is None
    assert MOST_PIXELS > 32 * 1024 * 1024
