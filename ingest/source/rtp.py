"""RTP packets into pictures (RFC 3550 5.1; H.264 by RFC 6184, H.265 by RFC 7798). Pure.

Each picture comes out whole, in Annex B form, as its last packet says so (the marker) or the next picture's first slice or
first packet arrives. Cameras take liberties with all three: a marker on every slice, time stamps that stand still, several
units with start codes between them packed as one. A slice's own header tells whether it begins a picture, so the
others are believed as far as it bears them out. What a packet says of its sizes bounds nothing here: the packet does.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

Give = Callable[[int, bool, bytes], None]
"""Takes a picture: its time stamp in ticks (never wraps), whether it is a key frame, its NAL units."""
START: Final = b"\x00\x00\x00\x01"
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one picture, as it lies in memory in its pieces; more is no picture."""
PIECE_BYTES: Final = 64
"""What a piece takes in memory beside its bytes."""
MOST_TOGETHER: Final = 512
"""Units in one packet; a picture has no more slices."""
_HEAD: Final = struct.Struct(">BBHII")
_REPORT: Final = struct.Struct(">BBHIIII")
NTP_OFFSET: Final = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""


def _after_start(heads: list[int], more: bytes = b"") -> re.Pattern[bytes]:
    """Finds a start code before one of these bytes, in time linear in what is searched."""
    return re.compile(b"\x00\x00\x01[" + b"".join(b"\\x%02x" % head for head in heads) + b"]" + more, re.DOTALL)


_SLICES: Final = {
    False: _after_start([head for head in range(256) if 0 < head & 31 < 6]),
    True: _after_start([head for head in range(256) if not head & 64]),
}
_KEYS: Final = {
    False: _after_start([head for head in range(256) if head & 31 == 5]),
    True: _after_start([head for head in range(256) if 16 <= head >> 1 & 63 < 24]),
}
"""Is it H.265? -> where a slice begins, and where one of a key frame does."""
_RECOVERY: Final = re.compile(rb"\x00\x00\x01[\x06\x26\x46\x66]\x06")


class Depacketiser:
    """Of one stream, from its first packet on. `take` for each RTP packet, `report` for each RTCP one."""

    def __init__(
        self, codec: str, give: Give, clock_rate: int = 90_000, *, payload: int | None = None, fields: bool = True
    ) -> None:
        """`payload`: the payload type that is believed, None: any. `fields`: two pictures may share a time stamp, as the
        parameter set says (`sps.Size.fields`)."""
        self._hevc, self._give, self._rate = codec == "hevc", give, clock_rate
        self._unit = self._take_hevc if self._hevc else self._take_h264
        self._payload, self._fields = payload, fields and not self._hevc
        self._parts: list[bytes] = []
        self._bytes = 0
        self._is_key = self._has_slice = False
        self._stamp: int | None = None
        """Of the picture that is being put together, unwrapped."""
        self._given: int | None = None
        self._next: int | None = None
        self._whole = False
        """The fragmented unit that runs came without a gap."""
        self._by_stamp = False
        self._firsts = 0
        """First slices of a picture that came with the running time stamp."""
        self._tail = self._looked = 0
        """Where in the parts what belongs to the next picture begins (0: nowhere); how many were looked into."""
        self._tail_is_key = False
        self._told: tuple[int, float] | None = None
        self.has_sets = False
        """A sequence parameter set stands in the picture that is given."""
        self.lost = 0
        """Packets that never came."""
        self.foreign = 0
        """Packets that hold nothing of this codec, or of another payload type."""

    def take(self, packet: bytes) -> None:
        """One RTP packet. What can't be understood is counted and left out."""
        size = len(packet)
        if size < 13 or packet[0] >> 6 != 2:
            self.foreign += 1
            return
        first, second, sequence, stamp, _ = _HEAD.unpack_from(packet)
        if second & 0x7F != self._payload and self._payload is not None:
            self.foreign += 1
            return
        at = 12 + 4 * (first & 15)
        if first & 16 and size >= at + 4:
            at += 4 + 4 * (packet[at + 2] << 8 | packet[at + 3])
        if first & 32:
            size -= packet[-1]
        if sequence != self._next and self._next is not None:
            self.lost += (sequence - self._next) & 0xFFFF
            self._whole = False
        self._next = (sequence + 1) & 0xFFFF
        if at >= size:
            return
        whole = (
            stamp
            if self._stamp is None
            else self._stamp + ((stamp - self._stamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000)
        )
        if whole != self._stamp:
            self._end()
            self._stamp = whole
            self._firsts = 0
        self._unit(packet, at, size)
        if second & 0x80 and not self._by_stamp:
            self._end()
        if self._bytes > MOST_BYTES:
            self._clear()
            self._whole = False

    def report(self, packet: bytes) -> None:
        """One RTCP packet; a sender report tells the camera's wall clock (RFC 3550 6.4.1)."""
        if len(packet) >= 28 and packet[1] == 200:
            _, _, _, _, seconds, fraction, stamp = _REPORT.unpack_from(packet)
            if seconds:
                self._told = stamp, seconds - NTP_OFFSET + fraction / 2**32

    def camera_clock(self, stamp: int) -> float | None:
        """The camera's own wall clock at a picture's time stamp, epoch seconds; None before its first report."""
        if self._told is None:
            return None
        told, at = self._told
        return at + ((stamp - told + 0x80000000 & 0xFFFFFFFF) - 0x80000000) / self._rate

    def _add(self, kind: int, piece: bytes, begins: bool = False) -> None:  # noqa: FBT001, FBT002 - once a unit, and hot
        """A unit begins. `begins`: it is the first slice of a picture."""
        if kind < 32 if self._hevc else 0 < kind < 6:
            self._add_slice(begins)
            self._is_key |= 16 <= kind < 24 if self._hevc else kind == 5
        elif self._hevc:
            self.has_sets |= kind == 33
            if self._has_slice and not self._tail and (kind < 36 or kind == 39):
                self._tail = len(self._parts)
        elif kind < 10:
            self.has_sets |= kind == 7
            if self._has_slice and not self._tail and kind > 5:
                self._tail = len(self._parts)
            if kind == 6 and len(piece) > 1 and piece[1] == 6:
                # A recovery point (H.264 D.2.8): decoding can begin here.
                self._tail_is_key |= self._has_slice
                self._is_key |= not self._has_slice
        self._parts += (START, piece)
        self._bytes += len(piece) + PIECE_BYTES

    def _add_slice(self, begins: bool) -> None:  # noqa: FBT001 - as `_add`
        if begins:
            self._firsts += 1
            if self._firsts > 2:
                self._fields = False  # time stamps that stand still: a picture has two fields and no more
            if self._has_slice and not self._fields:
                self._split()
            elif self._fields and self._stamp == self._given:
                self._by_stamp = True  # the marker stood between two fields
        elif self._stamp == self._given and not self._has_slice:
            self._by_stamp = True  # the marker was no end: this belongs to the slices before it
        if self._tail:  # these were of the running picture after all
            self._is_key |= self._tail_is_key
            self._tail, self._tail_is_key = 0, False
        self._has_slice = True

    def _take_h264(self, packet: bytes, at: int, end: int) -> None:
        head = packet[at]
        kind = head & 31
        if kind == 28:
            if end < at + 3:
                return
            told = packet[at + 1]
            if told & 0x80:
                self._whole = True
                self._add(told & 31, bytes((head & 0xE0 | told & 31,)), packet[at + 2] > 127)
            elif not self._whole or not self._parts:  # its begin is lost, or was given with the picture before
                return
            self._more(packet[at + 2 : end])
        elif 0 < kind < 24:
            self._add(kind, packet[at:end], end > at + 1 and packet[at + 1] > 127)
        elif kind == 24:
            self._many(packet, at + 1, end)
        else:
            self._take_odd(packet[at:end])

    def _take_hevc(self, packet: bytes, at: int, end: int) -> None:
        if end < at + 3:
            return
        head = packet[at]
        kind = head >> 1 & 63
        if kind == 49:
            told = packet[at + 2]
            if told & 0x80:
                self._whole = True
                begins = end > at + 3 and packet[at + 3] > 127 and not _layer(head, packet[at + 1])
                self._add(told & 63, bytes((head & 0x81 | (told & 63) << 1, packet[at + 1])), begins)
            elif not self._whole or not self._parts:
                return
            self._more(packet[at + 3 : end])
        elif kind < 41:
            if not head and not packet[at + 1]:
                self._take_odd(packet[at:end])
            else:
                self._add(kind, packet[at:end], packet[at + 2] > 127 and not _layer(head, packet[at + 1]))
        elif kind == 48:
            self._many(packet, at + 2, end)
        else:
            self._take_odd(packet[at:end])

    def _take_odd(self, payload: bytes) -> None:
        """A unit with its start code before it is a unit all the same."""
        plain = payload.lstrip(b"\x00")
        if len(payload) - len(plain) < 2 or plain[:1] != b"\x01" or len(plain) < 3:
            self.foreign += 1
        else:
            self._add_unit(plain[1:])

    def _add_unit(self, unit: bytes) -> None:
        """A whole unit, whatever it is."""
        if not self._hevc:
            self._add(unit[0] & 31, unit, len(unit) > 1 and unit[1] > 127)
        elif len(unit) > 2:
            self._add(unit[0] >> 1 & 63, unit, unit[2] > 127 and not _layer(unit[0], unit[1]))

    def _more(self, piece: bytes) -> None:
        self._parts.append(piece)
        self._bytes += len(piece) + PIECE_BYTES

    def _many(self, packet: bytes, at: int, end: int) -> None:
        """Several units in one packet, each behind its length."""
        for _ in range(MOST_TOGETHER):
            if at + 3 > end:
                return
            size = packet[at] << 8 | packet[at + 1]
            unit = packet[at + 2 : min(end, at + 2 + size)]
            if unit:
                self._add_unit(unit)
            at += 2 + size
        self.foreign += 1

    def _look(self) -> None:
        """Units hidden within others: cameras send SPS, PPS and the picture as one unit, start codes between them."""
        found = b"".join(self._parts[self._looked :])
        self._looked = len(self._parts)
        if _SLICES[self._hevc].search(found):
            self._has_slice = self.has_sets = True
            self._is_key |= _KEYS[self._hevc].search(found) is not None
            self._is_key |= not self._hevc and _RECOVERY.search(found) is not None

    def _split(self) -> None:
        """A picture ends where the next one's first slice comes, parameter sets before it taken along."""
        cut = self._tail or len(self._parts)
        rest, is_key, has_sets = self._parts[cut:], self._tail_is_key, self.has_sets
        assert self._stamp is not None
        self._give_picture(self._stamp, self._parts[:cut])
        self._parts, self._is_key, self.has_sets = rest, is_key, has_sets and bool(rest)
        self._bytes = sum(len(piece) + PIECE_BYTES for piece in rest)

    def _end(self) -> None:
        """The picture is complete."""
        if not self._has_slice and len(self._parts) > self._looked:
            self._look()
        if self._has_slice:
            assert self._stamp is not None
            self._is_key |= self._tail_is_key
            self._give_picture(self._stamp, self._parts)
        # Parameter sets that came alone go before the picture that follows them.

    def _give_picture(self, stamp: int, parts: list[bytes]) -> None:
        self._given = stamp
        is_key = self._is_key
        content = b"".join(parts)
        self._clear()
        self._give(stamp, is_key, content)
        self.has_sets = False

    def _clear(self) -> None:
        self._parts = []
        self._bytes = self._tail = self._looked = 0
        self._is_key = self._has_slice = self._tail_is_key = False


def _layer(head: int, second: int) -> int:
    """nuh_layer_id (H.265 7.3.1.2): a slice of a higher layer begins no picture of its own."""
    return (head & 1) << 5 | second >> 3
