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
from patrol.devices.credential import canonical_no
from patrol.intake.fields import sane, sane_place

GENERAL_ANSWER, HEARTBEAT, DEREGISTER, REGISTER, AUTHENTICATE = 0x0001, 0x0002, 0x0003, 0x0100, 0x0102
POSITION, POSITIONS = 0x0200, 0x0704
PLATFORM_ANSWER, REGISTER_ANSWER = 0x8001, 0x8100
DONE, FAILED, UNSUPPORTED = 0, 1, 3
"""Results of 0x8001."""
REGISTERED, TAKEN, UNKNOWN = 0, 3, 4
"""Results of 0x8100."""
MOST_FRAME: Final = 4096
"""Bytes between two 0x7e: a body has 1023 at most, escaped twice that."""
HALF_S: Final = 60.0
"""For what began to come whole: a frame, or a message in packages. A package that is missing is asked for within seconds."""
MOST_HALF: Final = 96 * 1024
"""Bytes of half messages that one connection may have us keep, with what keeping each package costs: a whole one of 64 packages."""
_PACKAGE: Final = 400
_MOST_PARTS, _MOST_PARTIAL = 64, 8
_TIME_ZONE: Final = timezone(timedelta(hours=8))
_SOS, _POSITIONED, _SOUTH, _WEST = 0x01, 0x02, 0x04, 0x08
_PLACE: Final = struct.Struct(">IIIIHHH6s")
_STRAY: Final = re.compile(rb"\x7d(?![\x01\x02])")


class TerminalMessage(msgspec.Struct, frozen=True):
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
    """A 0x0200 body. WGS-84 degrees, m, m/s; `at` epoch seconds. `positioned` False: the place means nothing. Altitude,
    speed and course are None where the figure sent can't be (`fields`)."""

    at: float
    lat: float
    lon: float
    altitude_m: float | None
    speed_mps: float | None
    course: float | None
    positioned: bool
    sos: bool


class Sos(msgspec.Struct, frozen=True):
    """A call for help in a 0x0200 body, as much as there is of it: the place None where the terminal has none (0/0 is none),
    the time None where it is no time."""

    at: float | None = None
    lat: float | None = None
    lon: float | None = None
    altitude_m: float | None = None
    speed_mps: float | None = None
    course: float | None = None


class LocationBatch(msgspec.Struct, frozen=True):
    """A 0x0704. `rest`: an item that is longer than what came of it. `odd` counts what did not fit: `batch_more` whole items
    beyond the count, `batch_fewer` items that were counted and did not come, `batch_cut` items cut short, `batch_empty`
    items without a body, `batch_stray` bytes that are no item."""

    items: tuple[bytes, ...]
    rest: bytes
    odd: dict[str, int]


class _Half(msgspec.Struct):
    """A message of which packages are missing."""

    packages: dict[int, TerminalMessage]
    since: float
    size: int = 0

    def put(self, message: TerminalMessage) -> int:
        """By how many bytes it grew."""
        before = self.packages.get(message.part)
        grew = len(message.body) - len(before.body) if before else len(message.body) + _PACKAGE
        self.packages[message.part] = message
        self.size += grew
        return grew


class Reader:
    """Bytes of one connection to messages, however they were cut. What is no message is counted in `odd` and dropped:
    `garbage` (bytes before the first 0x7e), `oversize`, `escape`, `checksum`, `header`, `length`, `parts`, `half` (a frame, or a
    message in packages, that did not come whole in time). `most_half`: bytes of half messages that are kept."""

    def __init__(self, most_half: int = MOST_HALF) -> None:
        self.odd: Counter[str] = Counter()
        self.most_half = most_half
        self._held = bytearray()
        self._held_since = self._now = 0.0
        self._over = False
        self._inside = False
        self._partial: OrderedDict[tuple[bytes, int, int, int], _Half] = OrderedDict()
        self._kept = 0
        """Bytes of all halves."""

    def feed(self, data: bytes, now: float = 0.0) -> list[TerminalMessage]:
        """The messages that are complete with it, in order. `now`: monotonic."""
        self._now = now
        self._drop_old()
        found = []
        first, *rest = data.split(b"\x7e")
        self._hold(first)
        for piece in rest:
            message = self._close()
            if message is not None:
                found.append(message)
            self._hold(piece)
        return found

    def _drop_old(self) -> None:
        if self._held and self._now - self._held_since > HALF_S:
            self._held.clear()
            self._inside = False
            self.odd["half"] += 1
        while self._partial and self._now - next(iter(self._partial.values())).since > HALF_S:
            self._drop_oldest("half")

    def _drop_oldest(self, why: str) -> None:
        self._kept -= self._partial.popitem(last=False)[1].size
        self.odd[why] += 1

    def _hold(self, piece: bytes) -> None:
        if not self._held:
            self._held_since = self._now
        if not self._inside:
            self.odd["garbage"] += len(piece)
        elif len(self._held) + len(piece) > MOST_FRAME:
            self._over = True
            self._held.clear()
        elif not self._over:
            self._held += piece

    def _close(self) -> TerminalMessage | None:
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

    def _joined(self, message: TerminalMessage) -> TerminalMessage | None:
        """The whole of which this was the last missing package. Few are held at once; the oldest gives way."""
        if not 1 <= message.part <= message.parts <= _MOST_PARTS:
            self.odd["parts"] += 1
            return None
        first_serial = (message.serials[0] - message.part + 1) & 0xFFFF
        key = (message.number, message.kind, message.parts, first_serial)
        half = self._partial.setdefault(key, _Half({}, self._now))
        self._kept += half.put(message)
        if len(half.packages) < message.parts:
            while len(self._partial) > _MOST_PARTIAL or self._kept > self.most_half:
                self._drop_oldest("parts")
            return None
        del self._partial[key]
        self._kept -= half.size
        ordered = [half.packages[number] for number in range(1, message.parts + 1)]
        return msgspec.structs.replace(
            message, body=b"".join(one.body for one in ordered), serials=tuple(one.serials[0] for one in ordered),
            part=0, parts=0,
        )  # fmt: skip


def decode_frame(raw: bytes) -> TerminalMessage:
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
    return TerminalMessage(
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
    """A 0x0200 body; additional items after it are let be. Raises RecordError `fix.unreadable` without a time, or cut short."""
    if len(body) < _PLACE.size:
        raise _odd(f"a position of {len(body)} bytes")
    alarm, status, lat, lon, altitude, speed, course, moment = _PLACE.unpack_from(body)
    return Position(
        at=_time(moment), lat=_degrees(lat, status & _SOUTH), lon=_degrees(lon, status & _WEST),
        altitude_m=sane("altitude_m", altitude), speed_mps=sane("speed_mps", speed, 1 / 36), course=sane("course", course),
        positioned=bool(status & _POSITIONED), sos=bool(alarm & _SOS),
    )  # fmt: skip


def decode_sos(body: bytes) -> Sos | None:
    """None: it does not call for help. Never raises: the four bytes of the alarm are enough."""
    if not int.from_bytes(body[:4], "big") & _SOS or len(body) < 4:
        return None
    if len(body) < _PLACE.size:
        return Sos()
    _, status, lat, lon, altitude, speed, course, moment = _PLACE.unpack_from(body)
    try:
        at = _time(moment)
    except RecordError:
        at = None
    place = sane_place(_degrees(lat, status & _SOUTH), _degrees(lon, status & _WEST)) if status & _POSITIONED else None
    if place is None:
        return Sos(at)
    return Sos(at, *place, sane("altitude_m", altitude), sane("speed_mps", speed, 1 / 36), sane("course", course))


def _degrees(millionths: int, negative: int) -> float:
    return millionths / 1e6 * (-1 if negative else 1)


def encode_position(position: Position, items: bytes = b"") -> bytes:
    """For terminals of tests and benchmarks."""
    status = _POSITIONED * position.positioned | _SOUTH * (position.lat < 0) | _WEST * (position.lon < 0)
    moment = bytes.fromhex(datetime.fromtimestamp(position.at, _TIME_ZONE).strftime("%y%m%d%H%M%S"))
    return _PLACE.pack(
        _SOS * position.sos, status, round(abs(position.lat) * 1e6), round(abs(position.lon) * 1e6),
        round(position.altitude_m or 0), round((position.speed_mps or 0) * 36), round(position.course or 0), moment,
    ) + items  # fmt: skip


def split_positions(body: bytes) -> LocationBatch:
    """The 0x0200 bodies of a 0x0704: every whole item, whatever the count says. Raises RecordError `fix.unreadable` where
    there is not even a count."""
    if len(body) < 3:
        raise _odd("an empty batch")
    (count,), at, odd = struct.unpack_from(">H", body), 3, Counter[str]()
    found, rest = [], b""
    while at + 2 <= len(body):
        size = int.from_bytes(body[at : at + 2], "big")
        item, at = body[at + 2 : at + 2 + size], at + 2 + size
        if at > len(body):
            rest = item
            odd["batch_cut"] += 1
        elif item:
            found.append(item)
        else:
            odd["batch_empty"] += 1
    odd["batch_stray"] += max(len(body) - at, 0)
    odd["batch_more"] += max(len(found) - count, 0)
    odd["batch_fewer"] += max(count - len(found) - odd["batch_cut"] - odd["batch_empty"], 0)
    return LocationBatch(tuple(found), rest, {why: number for why, number in odd.items() if number})


def registering_terminal(message: TerminalMessage) -> str:
    """Who registers (0x0100): maker, model and the terminal's own id, as text without what fills it up; they stay the same
    for one terminal, while its number goes with the SIM card. Empty where it names none."""
    parts, at = [], 4
    for size in (11, 30, 30) if message.is_2019 else (5, 20, 7):
        text = message.body[at : at + size].strip(b"\x00 ").decode("ascii", "backslashreplace")
        parts.append("".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text))
        at += size
    return " ".join(filter(None, parts))


def auth_code(message: TerminalMessage) -> str:
    """The code of a 0x0102; in the 2019 form its length stands before it and other things after it."""
    body = message.body
    if message.is_2019 and body:
        body = body[1 : 1 + body[0]]
    return body.rstrip(b"\x00").decode("gbk", "replace")


def general_answer(to: TerminalMessage, serial: int, answered: int, result: int) -> bytes:
    """0x8001: `answered` is the serial it speaks of, `serial` our own."""
    body = struct.pack(">HHB", answered, to.kind, result)
    return encode_frame(PLATFORM_ANSWER, to.number, serial, body, is_2019=to.is_2019)


def register_answer(to: TerminalMessage, serial: int, result: int, code: str = "") -> bytes:
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
