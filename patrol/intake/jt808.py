"""JT/T 808 (2011, 2013, 2019) as bytes: frames, headers, positions, and the platform's answers. Pure: no clock, no I/O.

A frame: 0x7e, then header, body and XOR checksum with 0x7e sent as 7d 02 and 0x7d as 7d 01, then 0x7e. Header: message
id, properties (length 10 bits, encryption 3, sub-packages bit 13, 2019 form bit 14), in the 2019 form a version byte,
the terminal's number in BCD (6 bytes, or 10 in the 2019 form), serial number, and with sub-packages their count and
which this is. All numbers are big-endian.
"""

from __future__ import annotations

import re
import struct
from collections import Counter, OrderedDict
from datetime import datetime, timedelta, timezone
from functools import reduce
from operator import xor
from typing import Final

import msgspec

from lianqin.errors import RecordError
from patrol.credential import canonical_no

GENERAL_ANSWER, HEARTBEAT, DEREGISTER, REGISTER, AUTHENTICATE = 0x0001, 0x0002, 0x0003, 0x0100, 0x0102
POSITION, POSITIONS = 0x0200, 0x0704
PLATFORM_ANSWER, REGISTER_ANSWER = 0x8001, 0x8100
DONE, FAILED, UNSUPPORTED = 0, 1, 3
"""Results of 0x8001."""
REGISTERED, TAKEN, UNKNOWN = 0, 3, 4
"""Results of 0x8100."""
MOST_FRAME: Final = 4096
"""Bytes between two 0x7e: a body has 1023 at most, escaped twice that."""
_MOST_PARTS, _MOST_PARTIAL = 64, 8
_TIME_ZONE: Final = timezone(timedelta(hours=8))
_SOS, _POSITIONED, _SOUTH, _WEST = 0x01, 0x02, 0x04, 0x08
_PLACE: Final = struct.Struct(">IIIIHHH6s")
_STRAY: Final = re.compile(rb"\x7d(?![\x01\x02])")


class Message(msgspec.Struct, frozen=True):
    """One whole message. `terminal_no`: its number without leading zeros. `serials`: of its packages, the last last."""

    kind: int
    terminal_no: str
    serials: tuple[int, ...]
    body: bytes
    is_2019: bool = False
    encrypted: bool = False
    part: int = 0
    """Which of `parts` sub-packages; 0: it came whole."""
    parts: int = 0
    number: bytes = b""
    """The terminal's number as sent, for the answer."""


class Position(msgspec.Struct, frozen=True):
    """A 0x0200 body. WGS-84 degrees, m, m/s; `at` epoch seconds. `positioned` False: the place means nothing."""

    at: float
    lat: float
    lon: float
    altitude_m: float
    speed_mps: float
    course: float
    positioned: bool
    sos: bool


class Reader:
    """Bytes of one connection to messages, however they were cut. What is no message is counted in `odd` and dropped:
    `garbage` (bytes before the first 0x7e), `oversize`, `escape`, `checksum`, `header`, `length`, `parts`."""

    def __init__(self) -> None:
        self.odd: Counter[str] = Counter()
        self._held = bytearray()
        self._over = False
        self._inside = False
        self._partial: OrderedDict[tuple[bytes, int, int, int], dict[int, Message]] = OrderedDict()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with it, in order."""
        found = []
        first, *rest = data.split(b"\x7e")
        self._hold(first)
        for piece in rest:
            message = self._close()
            if message is not None:
                found.append(message)
            self._hold(piece)
        return found

    def _hold(self, piece: bytes) -> None:
        if not self._inside:
            self.odd["garbage"] += len(piece)
        elif len(self._held) + len(piece) > MOST_FRAME:
            self._over = True
            self._held.clear()
        elif not self._over:
            self._held += piece

    def _close(self) -> Message | None:
        """At a 0x7e: what was held is a frame, or nothing (one frame's end, then the next one's start)."""
        raw, over = bytes(self._held), self._over
        self._held.clear()
        self._inside, self._over = True, False
        if over:
            self.odd["oversize"] += 1
        if over or not raw:
            return None
        try:
            message = decode_frame(raw)
        except RecordError as error:
            self.odd[str(error.values["why"])] += 1
            return None
        return self._joined(message) if message.parts else message

    def _joined(self, message: Message) -> Message | None:
        """The whole of which this was the last missing package. Few are held at once; the oldest gives way."""
        if not 1 <= message.part <= message.parts <= _MOST_PARTS:
            self.odd["parts"] += 1
            return None
        first_serial = (message.serials[0] - message.part + 1) & 0xFFFF
        key = (message.number, message.kind, message.parts, first_serial)
        some = self._partial.setdefault(key, {})
        some[message.part] = message
        if len(some) < message.parts:
            if len(self._partial) > _MOST_PARTIAL:
                self._partial.popitem(last=False)
                self.odd["parts"] += 1
            return None
        del self._partial[key]
        ordered = [some[number] for number in range(1, message.parts + 1)]
        return msgspec.structs.replace(
            message, body=b"".join(one.body for one in ordered), serials=tuple(one.serials[0] for one in ordered),
            part=0, parts=0,
        )  # fmt: skip


def decode_frame(raw: bytes) -> Message:
    """What stands between two 0x7e. Raises RecordError `fix.unreadable` with `why` one word of `Reader`'s."""
    if _STRAY.search(raw):
        raise _odd("escape")
    plain = raw.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    if len(plain) < 13:
        raise _odd("header")
    if reduce(xor, plain):
        raise _odd("checksum")
    kind, properties = struct.unpack_from(">HH", plain)
    is_2019, parted = bool(properties & 0x4000), bool(properties & 0x2000)
    start, size = (5, 10) if is_2019 else (4, 6)
    head = start + size + 2 + 4 * parted
    if len(plain) < head + 1:
        raise _odd("header")
    body = plain[head:-1]
    if len(body) != properties & 0x03FF:
        raise _odd("length")
    number = plain[start : start + size]
    (serial,) = struct.unpack_from(">H", plain, start + size)
    parts, part = struct.unpack_from(">HH", plain, start + size + 2) if parted else (0, 0)
    if parted and not parts:
        raise _odd("parts")
    return Message(
        kind, canonical_no(number.hex()), (serial,), body, is_2019, bool(properties & 0x1C00), part, parts, number
    )


def encode_frame(kind: int, number: bytes, serial: int, body: bytes, *, is_2019: bool = False, part: int = 0,
                 parts: int = 0) -> bytes:  # fmt: skip
    """The other way, 0x7e at both ends. `number`: 6 bytes of BCD, or 10 in the 2019 form."""
    properties = len(body) | (0x4000 if is_2019 else 0) | (0x2000 if parts else 0)
    plain = struct.pack(">HH", kind, properties) + (b"\x01" if is_2019 else b"") + number + struct.pack(">H", serial)
    plain += (struct.pack(">HH", parts, part) if parts else b"") + body
    plain += bytes([reduce(xor, plain)])
    return b"\x7e" + plain.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"


def decode_position(body: bytes) -> Position:
    """A 0x0200 body; additional items after it are let be. Raises RecordError `fix.unreadable`."""
    if len(body) < _PLACE.size:
        raise _odd(f"a position of {len(body)} bytes")
    alarm, status, lat, lon, altitude, speed, course, moment = _PLACE.unpack_from(body)
    return Position(
        at=_time(moment), lat=lat / 1e6 * (-1 if status & _SOUTH else 1), lon=lon / 1e6 * (-1 if status & _WEST else 1),
        altitude_m=altitude, speed_mps=speed / 36, course=course, positioned=bool(status & _POSITIONED),
        sos=bool(alarm & _SOS),
    )  # fmt: skip


def encode_position(position: Position, items: bytes = b"") -> bytes:
    """For terminals of tests and benchmarks."""
    status = _POSITIONED * position.positioned | _SOUTH * (position.lat < 0) | _WEST * (position.lon < 0)
    moment = bytes.fromhex(datetime.fromtimestamp(position.at, _TIME_ZONE).strftime("%y%m%d%H%M%S"))
    return _PLACE.pack(
        _SOS * position.sos, status, round(abs(position.lat) * 1e6), round(abs(position.lon) * 1e6),
        round(position.altitude_m), round(position.speed_mps * 36), round(position.course), moment,
    ) + items  # fmt: skip


def split_positions(body: bytes) -> list[bytes]:
    """The 0x0200 bodies of a 0x0704. Raises RecordError `fix.unreadable` where their lengths don't fit."""
    if len(body) < 3:
        raise _odd("an empty batch")
    (count,), at = struct.unpack_from(">H", body), 3
    found = []
    for _ in range(count):
        size = int.from_bytes(body[at : at + 2], "big")
        if at + 2 + size > len(body):
            raise _odd("a batch cut short")
        found.append(body[at + 2 : at + 2 + size])
        at += 2 + size
    return found


def auth_code(message: Message) -> str:
    """The code of a 0x0102; in the 2019 form its length stands before it and other things after it."""
    body = message.body
    if message.is_2019 and body:
        body = body[1 : 1 + body[0]]
    return body.rstrip(b"\x00").decode("gbk", "replace")


def general_answer(to: Message, serial: int, answered: int, result: int) -> bytes:
    """0x8001: `answered` is the serial it speaks of, `serial` our own."""
    body = struct.pack(">HHB", answered, to.kind, result)
    return encode_frame(PLATFORM_ANSWER, to.number, serial, body, is_2019=to.is_2019)


def register_answer(to: Message, serial: int, result: int, code: str = "") -> bytes:
    """0x8100; the code goes with success alone."""
    body = struct.pack(">HB", to.serials[-1], result) + code.encode("ascii")
    return encode_frame(REGISTER_ANSWER, to.number, serial, body, is_2019=to.is_2019)


def _time(moment: bytes) -> float:
    text = moment.hex()
    try:
        return datetime.strptime(text, "%y%m%d%H%M%S").replace(tzinfo=_TIME_ZONE).timestamp()
    except ValueError:
        raise _odd(f"no time: {text}") from None


def _odd(why: str) -> RecordError:
    return RecordError("fix.unreadable", why, why=why)
