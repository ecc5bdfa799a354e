"""Bodies of JT/T 808 messages (`patrol.intake.jt808`, `terminal_items`): positions, batches, registrations, codes. The first byte says
which message, in which form and of whom."""

from __future__ import annotations

from msgspec.structs import replace

from lianqin.errors import RecordError
from lianqin.testing import T0
from patrol.intake.jt808 import (
    AUTHENTICATE,
    POSITION,
    POSITIONS,
    REGISTER,
    TerminalMessage,
    auth_code,
    decode_position,
    encode_position,
    register_answer,
    registering_terminal,
    split_positions,
)
from patrol.intake.terminal_items import brought_by
from tests.fuzz.target import Target
from tests.patrol.intake.test_fuzz import DEVICE, assert_item
from tests.patrol.intake.test_jt808 import HERE

KINDS = (POSITION, POSITIONS, REGISTER, AUTHENTICATE)
WHO = (DEVICE, None, replace(DEVICE, revoked=True), replace(DEVICE, coord_sys="gcj02", clock_off_s=3600.0))


def run(data: bytes) -> bool:
    told, body = data[0] if data else 0, data[1:]
    message = TerminalMessage(
        KINDS[told & 3], "138", (1,), body, is_2019=bool(told & 4), number=b"\x01" * (10 if told & 4 else 6)
    )
    if message.kind in (REGISTER, AUTHENTICATE):
        named, code = registering_terminal(message), auth_code(message)
        assert named.isprintable()
        code.encode()
        register_answer(message, 1, 0, "code")
        return bool(named or code)
    device = WHO[told >> 3 & 3]
    brought = brought_by(message, device, T0, proved=not told & 0x80)
    assert brought.items
    for item in brought.items:
        if device is DEVICE:
            assert_item(item)
    if message.kind == POSITIONS:
        batch = split_positions(body) if len(body) > 2 else None
        assert batch is None or sum(map(len, batch.items)) + len(batch.rest) <= len(body)
    return brought.called or any(item.fix for item in brought.items) or _written_again(body)


def _written_again(body: bytes) -> bool:
    try:
        found = decode_position(body)
    except RecordError:
        return False
    if None not in (found.altitude_m, found.speed_mps, found.course):
        assert decode_position(encode_position(found)) == found
    return True


PLACE = encode_position(replace(HERE, at=T0 - 60))
SOS = encode_position(replace(HERE, at=T0 - 60, sos=True), b"\x01\x04\x00\x00\x00\x01")
BATCH = b"\x00\x02\x00" + len(PLACE).to_bytes(2, "big") + PLACE + len(SOS).to_bytes(2, "big") + SOS
TARGET = Target(
    run,
    (b"\x00" + PLACE, b"\x18" + PLACE, b"\x00" + SOS, b"\x80" + SOS, b"\x08" + SOS, b"\x10" + PLACE, b"\x01" + BATCH, b"\x81" + BATCH[:-9],
     b"\x02\x00\x2a\x00\x64MAKER" + b"model".ljust(20, b"\x00") + b"ID00007\x01\xb6\xab", b"\x06" + b"\x00" * 4 + b"m".ljust(71, b"\x00") + b"\x01",
     b"\x03code\x00", b"\x07\x04code15 digits"),
    (b"\x00\x00\x00\x01", b"\x00\x00\x00\x03", b"\x00\x1c", b"\x26\x09\x21\x22\x13\x20", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x02\x06\x9c\x80"),
    most=2500, steps=(30_000, 600), share=4,
)  # fmt: skip
