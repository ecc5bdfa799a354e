"""Frames of JT/T 808 terminals (`patrol.intake.jt808.Reader`): the same messages however the bytes are cut, bounded while packages are
awaited, and what was read is written again. An input is bytes of a connection, behind a byte that may ask for a right frame around them."""

from __future__ import annotations

from functools import reduce
from operator import xor

from patrol.intake.jt808 import Reader, TerminalMessage, encode_frame, encode_position
from tests.fuzz.target import Target
from tests.patrol.intake.test_jt808 import HERE


def framed(plain: bytes) -> bytes:
    """Header and body as they are, with their length, checksum and escapes put right."""
    head = (
        17 + 4 * bool(plain[2] & 0x20)
        if len(plain) > 2 and plain[2] & 0x40
        else 12 + 4 * bool(len(plain) > 2 and plain[2] & 0x20)
    )
    if len(plain) >= head:
        size = min(len(plain) - head, 1023)
        plain = plain[:2] + bytes([plain[2] & 0xFC | size >> 8, size & 0xFF]) + plain[4 : head + size]
    plain += bytes([reduce(xor, plain, 0)])
    return b"\x7e" + plain.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"


def run(data: bytes) -> bool:
    asked, data = data[:1], data[1:]
    if asked and asked[0] & 1:
        data = b"".join(map(framed, data.split(b"\x7e\x7e")))
    reader = Reader()
    found = reader.feed(data)
    piecewise, found_so = Reader(), list[TerminalMessage]()
    for n in range(len(data)):
        found_so += piecewise.feed(data[n : n + 1])
    assert found_so == found
    assert +piecewise.odd == +reader.odd
    assert sum(reader.odd.values()) <= len(data)
    for message in found:
        assert not message.parts
        if len(message.serials) == 1 and not message.encrypted:
            assert Reader().feed(
                encode_frame(message.kind, message.number, message.serials[0], message.body, is_2019=message.is_2019)
            ) == [message]
    return bool(found)


NUMBER, LONG = bytes.fromhex("013800138000"), bytes.fromhex("00000000013800138000")
PLACE = encode_position(HERE)
TARGET = Target(
    run,
    (
        b"\x00" + encode_frame(0x0200, NUMBER, 7, PLACE) + encode_frame(0x0002, NUMBER, 8, b""),
        b"\x00" + encode_frame(0x0102, LONG, 1, b"\x04code", is_2019=True) + b"noise" + encode_frame(0x0200, NUMBER, 0x7E7D, b"\x7e\x7d\x02\x01"),
        b"\x00" + encode_frame(0x0704, NUMBER, 4, PLACE[:20], part=1, parts=2) + encode_frame(0x0704, NUMBER, 5, PLACE[20:], part=2, parts=2),
        b"\x01" + encode_frame(0x0200, NUMBER, 7, PLACE)[1:-2] + b"\x7e\x7e" + encode_frame(0x0100, LONG, 8, b"\x00" * 80, is_2019=True)[1:-2],
        b"\x01" + encode_frame(0x0200, NUMBER, 7, b"a", part=1, parts=3)[1:-2] + b"\x7e\x7e" + encode_frame(0x0200, NUMBER, 8, b"b", part=2, parts=3)[1:-2],
    ),
    (b"\x7e", b"\x7e\x7e", b"\x7d\x01", b"\x7d\x02", b"\x7d", b"\x20\x00", b"\x40\x00", b"\x60\x00", NUMBER, b"\x00\x02\x00\x01"),
    most=3000, steps=(20_000, 300), share=4,
)  # fmt: skip
