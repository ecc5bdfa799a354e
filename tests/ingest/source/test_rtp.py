"""RTP packets into pictures: every way of packing, gaps, wrapping stamps, and what is no RTP at all."""

from __future__ import annotations

import random
import struct
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.clips import clip_path
from demo.rtsp.media import MediaStream, load
from ingest.source.rtp import MOST_BYTES, NTP_OFFSET, PIECE_BYTES, START, Depacketiser

Picture = tuple[int, bool, bytes]


def rtp(
    sequence: int, stamp: int, payload: bytes, *, marker: bool = False, head: int = 0x80, more: bytes = b""
) -> bytes:
    return struct.pack(">BBHII", head, 0x80 * marker | 96, sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7) + more + payload


class Out:
    """A depacketiser and what came out of it."""

    def __init__(self, codec: str = "h264", **more: Any) -> None:
        self.pictures: list[Picture] = []
        self.rtp = Depacketiser(codec, lambda *picture: self.pictures.append(picture), **more)

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


def fragments(unit: bytes, codec: str, size: int) -> list[bytes]:
    """A unit in pieces (RFC 6184 5.8, RFC 7798 4.4.3)."""
    if codec == "h264":
        head, body, kind, shift = bytes((unit[0] & 0xE0 | 28,)), unit[1:], unit[0] & 31, 0
    else:
        head, body, kind, shift = bytes((49 << 1, unit[1])), unit[2:], unit[0] >> 1 & 63, 0
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    last = len(pieces) - 1
    return [
        head + bytes((0x80 * (n == 0) | 0x40 * (n == last) | kind << shift,)) + piece for n, piece in enumerate(pieces)
    ]


SETS = {"h264": [SPS, PPS], "hevc": [b"\x40\x01vps", b"\x42\x01sps", b"\x44\x01pps"]}
KEY = {"h264": b"\x65\x88" + b"key" * 40, "hevc": b"\x26\x01\xaf" + b"key" * 40}
INTER = {"h264": b"\x41\x9ainter", "hevc": b"\x02\x01\xd0inter"}
"""A key frame's only slice, and another picture's: each says in its header that it is the first."""


@pytest.mark.parametrize("way", ["fragments", "single", "aggregate", "aud first", "start code first", "three bytes"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_key_frame_packed_as_one_unit_with_its_parameter_sets_is_one(codec: str, way: str) -> None:
    code = b"\0\0\1" if way == "three bytes" else START
    units = [
        *([{"h264": b"\x09\xf0", "hevc": b"\x46\x01\x50"}[codec]] * (way == "aud first")),
        *SETS[codec],
        KEY[codec],
    ]
    one = code * (way == "start code first") + code.join(units)
    payloads = [one]
    if way in ("fragments", "aud first", "three bytes"):
        payloads = fragments(one, codec, 7)
    elif way == "aggregate":
        payloads = [{"h264": b"\x18", "hevc": b"\x60\x01"}[codec] + struct.pack(">H", len(one)) + one]
    out = Out(codec)
    for number in range(3):
        packets = [
            rtp(50 * number + n, 9 * number, one, marker=n == len(payloads) - 1) for n, one in enumerate(payloads)
        ]
        out.take(*packets, rtp(50 * number + 49, 9 * number + 4, INTER[codec], marker=True))
    assert [(stamp, is_key) for stamp, is_key, _ in out.pictures] == [
        (n * 9 + k, not k) for n in range(3) for k in (0, 4)
    ]
    assert out.pictures[0][2].removeprefix(START) == (one.removeprefix(code) if way == "start code first" else one)


@pytest.mark.parametrize("still", [1, 2, 7, 1000], ids=["all differ", "pairs", "sevens", "all equal"])
@pytest.mark.parametrize("marks", ["the last", "every slice", "none"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_pictures_are_told_apart_whatever_marker_and_time_stamp_say(codec: str, marks: str, still: int) -> None:
    more = {"h264": b"\x41\x01more", "hevc": b"\x02\x01\x10more"}[codec]
    out, sequence = Out(codec, fields=False), 0
    for number in range(40):
        units = [*SETS[codec], KEY[codec], more] if number % 10 == 0 else [INTER[codec], more, more]
        for place, unit in enumerate(units):
            marker = {"the last": place == len(units) - 1, "every slice": place >= len(units) - 3, "none": False}[marks]
            out.take(rtp(sequence, number // still * 3600, unit, marker=marker))
            sequence += 1
    key = b"".join(START + unit for unit in (*SETS[codec], KEY[codec], more))
    inter = START + START.join((INTER[codec], more, more))
    whole = [content for _, _, content in out.pictures]
    first = 3 if marks == "every slice" else 0  # until it is found out
    assert whole[first:] == [key if content == key else inter for content in whole[first:]]
    assert len(whole) in range(38, 43)
    assert [is_key for _, is_key, _ in out.pictures[first:]] == [content == key for content in whole[first:]]
    assert whole[first:].count(key) >= 3


@pytest.mark.parametrize("marks", ["the frame", "each field"])
def test_two_fields_of_one_time_stamp_stay_together(marks: str) -> None:
    out = Out()
    for n in range(8):
        out.take(
            rtp(2 * n, 9 * n, INTER["h264"], marker=marks == "each field"),
            rtp(2 * n + 1, 9 * n, INTER["h264"], marker=True),
        )
    both = START + INTER["h264"] + START + INTER["h264"]
    assert [content for _, _, content in out.pictures[2:]] == [both] * len(out.pictures[2:])
    assert len(out.pictures) in (8, 9 - 1)


def test_a_stream_of_fields_whose_stamps_stand_still_goes_on_all_the_same() -> None:
    out = Out()
    out.take(*(rtp(n, 5, INTER["h264"], marker=True) for n in range(30)))
    assert len(out.pictures) > 26


def test_another_payload_type_on_the_channel_is_not_the_picture() -> None:
    out = Out(payload=97)
    jpeg = rtp(1, 5, SLICE, marker=True)
    own = [bytes((one[0], one[1] & 0x80 | 97)) + one[2:] for one in (rtp(7, 5, IDR), rtp(8, 5, SLICE, marker=True))]
    assert out.take(own[0], jpeg, own[1]) == [(5, True, START + IDR + START + SLICE)]
    assert (out.rtp.foreign, out.rtp.lost) == (1, 0)


LYING = {
    "extension": rtp(1, 5, SLICE, head=0x90, more=struct.pack(">HH", 0xBEDE, 0xFFFF)),
    "sources": rtp(1, 5, SLICE, head=0x8F),
    "padding": rtp(1, 5, SLICE + b"\xff", head=0xA0),
    "all padding": rtp(1, 5, b"\x05" * 5, head=0xA0),
    "aggregate": rtp(1, 5, b"\x18\xff\xff\x41a", marker=True),
    "empty units": rtp(1, 5, b"\x18" + bytes(60_000), marker=True),
    "tiny units": rtp(1, 5, b"\x18" + b"\0\1\x41" * 20_000, marker=True),
    "cut": rtp(1, 5, b"")[:12],
}


@pytest.mark.parametrize("what", LYING)
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_packet_that_lies_of_its_sizes_does_no_harm(codec: str, what: str) -> None:
    out, began = Out(codec), time.process_time()
    for _ in range(200):
        out.rtp.take(LYING[what])
    assert time.process_time() - began < 1
    assert sum(len(content) for _, _, content in out.pictures) < 200 * 512 * 8


ENDLESS = {
    "fragment": (b"\x5c\x85" + bytes(1000), b"\x5c\x05" + bytes(1000)),
    "tiny fragments": (b"\x5c\x85a", b"\x5c\x05a"),
    "units": (b"\x41a", b"\x41a"),
    "messages": (b"\x06\x05" + bytes(1000), b"\x06\x05" + bytes(1000)),
}


@pytest.mark.parametrize("marker", [False, True])
@pytest.mark.parametrize("what", ENDLESS)
def test_a_picture_that_never_ends_takes_no_more_memory_than_one(what: str, marker: bool) -> None:
    out, began, most = Out(), time.process_time(), 0
    first, more = ENDLESS[what]
    for n in range(60_000):
        out.rtp.take(rtp(n, 5, first if n == 0 else more, marker=marker and what == "messages"))
        most = max(most, out.rtp._bytes)
    assert most < MOST_BYTES + 70_000 + PIECE_BYTES
    assert time.process_time() - began < 8


@given(st.lists(st.tuples(st.binary(max_size=80), st.booleans(), st.integers(0, 3)), max_size=60), st.booleans())
@settings(max_examples=300, deadline=None)
def test_whatever_comes_nothing_is_raised_and_nothing_is_made_up(
    packets: list[tuple[bytes, bool, int]], hevc: bool
) -> None:
    out = Out("hevc" if hevc else "h264")
    for n, (payload, marker, stamp) in enumerate(packets):
        out.rtp.take(rtp(n, stamp, payload, marker=marker, head=0x80 | (payload[0] & 0x3F if payload else 0)))
        out.rtp.take(payload)
        out.rtp.report(payload)
    assert sum(len(content) for _, _, content in out.pictures) <= sum(8 * len(payload) + 8 for payload, _, _ in packets)
