"""RTP and RTCP packets into pictures (`ingest.source.rtp`), H.264 and H.265. An input is a codec's byte, then packets, each behind two bytes
of length."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.source.rtp import START, Depacketiser
from tests.fuzz.target import Target

CODECS = ("h264", "hevc")


def split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 2 <= len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : at + 2 + size]
        at += 2 + size


def run(data: bytes) -> bool:
    told = data[0] if data else 0
    pictures: list[bytes] = []
    size = 0

    def give(stamp: int, is_key: bool, content: bytes) -> None:  # a depacketiser's form
        assert content.startswith(START)
        assert isinstance(stamp, int)
        assert isinstance(is_key, bool)
        pictures.append(content)

    reader = Depacketiser(CODECS[told & 1], give, payload=96 if told & 2 else None, fields=bool(told & 4))
    for packet in split(data[1:]):
        size += len(packet)
        reader.take(packet)
        reader.report(packet)
        clock = reader.camera_clock(7)
        assert clock is None or -3e9 < clock < 1e10
    assert sum(map(len, pictures)) <= 3 * size + 64, "a picture is larger than what came"
    return bool(pictures)


def packet(payload: bytes, sequence: int, stamp: int, *, marker: int = 128, first: int = 0x80) -> bytes:
    whole = bytes([first, 96 | marker]) + sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big") + bytes(4) + payload
    return len(whole).to_bytes(2, "big") + whole


SPS, PPS = b"\x67\x42\x00\x1e\x95\xa8\x28\x0f\x69\xb8\x08\x08\x08\x10", b"\x68\xce\x3c\x80"
TOGETHER = b"\x18" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (SPS, PPS, b"\x65\x88\x80\x10"))
HEVC = b"\x60\x01" + b"".join(
    len(unit).to_bytes(2, "big") + unit for unit in (b"\x42\x01\x01\x01", b"\x44\x01\xc0", b"\x26\x01\xaf\x08")
)
REPORT = b"\x00\x1c\x80\xc8\x00\x06\x00\x00\x00\x00\xe8\x00\x00\x00\x80\x00\x00\x00\x00\x00\x23\x28" + bytes(8)
TARGET = Target(
    run,
    (
        b"\x00" + packet(SPS, 1, 0, marker=0) + packet(PPS, 2, 0, marker=0) + packet(b"\x65\x88\x80", 3, 0) + packet(b"\x41\x9a\x11", 4, 3600),
        b"\x02" + packet(TOGETHER, 65535, 2**32 - 1) + packet(b"\x7c\x85\x88\x01", 0, 9, marker=0) + packet(b"\x7c\x45\x22", 1, 9),
        b"\x04" + packet(b"\x09\xf0", 1, 1, marker=0) + packet(b"\x06\x06\x01\x80", 2, 1, marker=0) + packet(b"\x41\x9a", 3, 1) + packet(b"\x41\x9a", 4, 1),
        b"\x01" + packet(HEVC, 1, 1) + packet(b"\x62\x01\x93\xaf", 2, 2, marker=0) + packet(b"\x62\x01\x53\xaf", 3, 2) + REPORT,
        b"\x01" + packet(b"\x00\x00\x00\x01\x26\x01\xaf\x00\x00\x01\x02\x01\xd0", 1, 1) + packet(b"\x02\x01\xd0\x09", 2, 4, first=0xB1),
        b"\x00" + packet(b"\x00\x00\x01" + SPS + b"\x00\x00\x01" + PPS + b"\x00\x00\x01\x65\x88", 9, 1, first=0xA0),
    ),
    (START, b"\x00\x00\x01", b"\x7c\x85", b"\x7c\x45", b"\x18\x00\x04", b"\x60\x01\x00\x03", b"\x62\x01\x93", b"\xff\xff\xff\xff", b"\x80\xe0", b"\x90\xe0"),
    most=6000, steps=(20_000, 100), share=3,
)  # fmt: skip
