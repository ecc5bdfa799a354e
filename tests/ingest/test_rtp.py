"""RTP packets into pictures: every way of packing, gaps, wrapping stamps, and what is no RTP at all."""

from __future__ import annotations

import random
import struct
from itertools import pairwise

import pytest

from demo.clips import clip_path
from demo.rtsp.media import MediaStream, load
from ingest.rtp import NTP_OFFSET, START, Depacketiser

Picture = tuple[int, bool, bytes]


def rtp(
    sequence: int, stamp: int, payload: bytes, *, marker: bool = False, head: int = 0x80, more: bytes = b""
) -> bytes:
    return struct.pack(">BBHII", head, 0x80 * marker | 96, sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7) + more + payload


class Out:
    """A depacketiser and what came out of it."""

    def __init__(self, codec: str = "h264") -> None:
        self.pictures: list[Picture] = []
        self.rtp = Depacketiser(codec, lambda *picture: self.pictures.append(picture))

    def take(self, *packets: bytes) -> list[Picture]:
        for packet in packets:
            self.rtp.take(packet)
        return self.pictures


SLICE, IDR, SPS, PPS = b"\x41abc", b"\x65key", b"\x67sps", b"\x68pps"


def test_a_picture_in_one_packet() -> None:
    assert Out().take(rtp(1, 90, SLICE, marker=True)) == [(90, False, START + SLICE)]


def test_parameter_sets_before_a_key_frame_belong_to_it() -> None:
    [picture] = Out().take(rtp(1, 5, SPS), rtp(2, 5, PPS), rtp(3, 5, IDR, marker=True))
    assert picture == (5, True, START + SPS + START + PPS + START + IDR)


def test_parameter_sets_with_a_marker_of_their_own_wait_for_their_picture() -> None:
    [picture] = Out().take(rtp(1, 5, SPS, marker=True), rtp(2, 5, PPS, marker=True), rtp(3, 5, IDR, marker=True))
    assert picture[1:] == (True, START + SPS + START + PPS + START + IDR)


def test_several_units_in_one_packet() -> None:
    packed = b"\x18" + b"".join(struct.pack(">H", len(unit)) + unit for unit in (SPS, PPS, IDR))
    assert Out().take(rtp(1, 5, packed, marker=True)) == [(5, True, START + SPS + START + PPS + START + IDR)]


def test_a_unit_in_fragments() -> None:
    fragments = [rtp(1, 5, b"\x7c\x85ke"), rtp(2, 5, b"\x7c\x05y!"), rtp(3, 5, b"\x7c\x45!!", marker=True)]
    assert Out().take(*fragments) == [(5, True, START + b"\x65key!!!")]


def test_a_fragment_that_never_came_takes_the_rest_of_its_unit_with_it() -> None:
    out = Out()
    out.take(rtp(1, 5, b"\x5c\x81ab"), rtp(3, 5, b"\x5c\x41ef", marker=True), rtp(4, 9, SLICE, marker=True))
    assert out.pictures == [(5, False, START + b"\x41ab"), (9, False, START + SLICE)]
    assert out.rtp.lost == 1


def test_h265_in_fragments_and_in_aggregates() -> None:
    sets = [b"\x40\x01v", b"\x42\x01s", b"\x44\x01p"]
    packed = b"\x60\x01" + b"".join(struct.pack(">H", len(unit)) + unit for unit in sets)
    fragments = [rtp(2, 5, b"\x62\x01\x93ke"), rtp(3, 5, b"\x62\x01\x53y", marker=True)]
    [picture] = Out("hevc").take(rtp(1, 5, packed), *fragments)
    assert picture == (5, True, b"".join(START + unit for unit in sets) + START + b"\x26\x01key")


def test_without_a_marker_the_next_picture_ends_it() -> None:
    assert Out().take(rtp(1, 5, SLICE), rtp(2, 9, SLICE)) == [(5, False, START + SLICE)]


def test_a_camera_that_marks_every_slice_is_found_out() -> None:
    out = Out()
    for n in range(4):
        out.take(*(rtp(3 * n + k, 10 * n, SLICE, marker=True) for k in range(3)))
    whole = START + SLICE
    # What came before it was found out stays in pieces; from then on a picture is whole.
    assert out.pictures[-2:] == [(10, False, whole * 3), (20, False, whole * 3)]


def test_a_recovery_point_is_a_place_to_begin() -> None:
    [picture] = Out().take(rtp(1, 5, b"\x06\x06\x01"), rtp(2, 5, SLICE, marker=True))
    assert picture[1]


def test_time_stamps_go_on_where_32_bits_end() -> None:
    out = Out()
    out.take(*(rtp(n, 2**32 - 7200 + n * 3600, SLICE, marker=True) for n in range(5)))
    stamps = [stamp for stamp, _, _ in out.pictures]
    assert [later - earlier for earlier, later in pairwise(stamps)] == [3600] * 4


def test_extensions_sources_and_padding_are_not_the_picture() -> None:
    more = b"\0\0\0\1" + struct.pack(">HH", 0xBEDE, 1) + b"\1\2\3\4"
    packet = rtp(1, 5, SLICE + b"\0\0\3", marker=True, head=0x80 | 0x20 | 0x10 | 1, more=more)
    assert Out().take(packet) == [(5, False, START + SLICE)]


def test_the_cameras_wall_clock_follows_from_its_report() -> None:
    out = Out()
    assert out.rtp.camera_clock(90_000) is None
    out.rtp.report(struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, NTP_OFFSET + 1000, 2**31, 90_000, 0, 0))
    assert out.rtp.camera_clock(90_000 + 45_000) == pytest.approx(1001.0)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_noise_and_cut_packets_do_no_harm(codec: str) -> None:
    out, dice = Out(codec), random.Random(4)
    for n in range(5000):
        out.rtp.take(rtp(n, n // 3 * 3600, dice.randbytes(dice.randrange(40)), marker=n % 3 == 2)[: dice.randrange(60)])
        out.rtp.report(dice.randbytes(dice.randrange(40)))
    assert out.rtp.foreign > 100


@pytest.mark.parametrize("camera", ["C01", "C02"])
def test_what_a_camera_packs_comes_out_whole(clips: object, camera: str) -> None:
    stream: MediaStream = load(clip_path(camera, "sub"))
    out = Out(stream.codec)
    sequence = 65_500
    for number, packets in enumerate(stream.frames):
        for place, raw in enumerate(packets):
            out.rtp.take(rtp(sequence, number * 3600, raw[12:], marker=place == len(packets) - 1))
            sequence += 1
    assert len(out.pictures) == len(stream.frames)
    assert (out.rtp.lost, out.rtp.foreign) == (0, 0)
    assert sum(is_key for _, is_key, _ in out.pictures) == sum(
        len(packets) > 0 and k for packets, k in zip(stream.frames, keys(stream), strict=True)
    )


def keys(stream: MediaStream) -> list[bool]:
    """Key frames begin with their parameter sets."""
    first = {"h264": lambda b: b & 31 == 7, "hevc": lambda b: b >> 1 & 63 == 32}[stream.codec]
    return [first(packets[0][12]) for packets in stream.frames]
