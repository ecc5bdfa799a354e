"""RTP packets into pictures (RFC 3550 5.1; H.264 by RFC 6184, H.265 by RFC 7798). Pure.

Each picture comes out whole, in Annex B form, as its last packet says so (the marker) or the next picture's first one
arrives. A camera that sets the marker on every slice is found out and no longer believed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

Give = Callable[[int, bool, bytes], None]
"""Takes a picture: its time stamp in ticks (never wraps), whether it is a key frame, its NAL units."""
START: Final = b"\x00\x00\x00\x01"
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one picture; more is no picture."""
_HEAD: Final = struct.Struct(">BBHII")
_REPORT: Final = struct.Struct(">BBHIIII")
NTP_OFFSET: Final = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""


class Depacketiser:
    """Of one stream, from its first packet on. `take` for each RTP packet, `report` for each RTCP one."""

    def __init__(self, codec: str, give: Give, clock_rate: int = 90_000) -> None:
        self._hevc, self._give, self._rate = codec == "hevc", give, clock_rate
        self._unit = self._take_hevc if self._hevc else self._take_h264
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
        self._told: tuple[int, float] | None = None
        self.lost = 0
        """Packets that never came."""
        self.foreign = 0
        """Packets that hold nothing of this codec."""

    def take(self, packet: bytes) -> None:
        """One RTP packet. What can't be understood is counted and left out."""
        size = len(packet)
        if size < 13 or packet[0] >> 6 != 2:
            self.foreign += 1
            return
        first, second, sequence, stamp, _ = _HEAD.unpack_from(packet)
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
        self._unit(packet, at, size)
        if second & 0x80 and self._has_slice and not self._by_stamp:
            self._end()
        elif self._bytes > MOST_BYTES:
            self._clear()

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

    def _add(self, kind: int, piece: bytes) -> None:
        """A unit begins."""
        if self._hevc:
            self._has_slice |= kind < 32
            self._is_key |= 16 <= kind < 24
        elif kind < 6:
            self._has_slice = True
            self._is_key |= kind == 5
        elif kind == 6 and len(piece) > 1 and piece[1] == 6:
            self._is_key = True  # a recovery point (H.264 D.2.8): decoding can begin here
        if self._stamp == self._given and self._has_slice:
            self._by_stamp = True  # its marker was no end
        self._parts += (START, piece)
        self._bytes += len(piece)

    def _take_h264(self, packet: bytes, at: int, end: int) -> None:
        head = packet[at]
        kind = head & 31
        if kind == 28:
            if end < at + 3:
                return
            told = packet[at + 1]
            if told & 0x80:
                self._whole = True
                self._add(told & 31, bytes((head & 0xE0 | told & 31,)))
            elif not self._whole:
                return
            self._more(packet[at + 2 : end])
        elif 0 < kind < 24:
            self._add(kind, packet[at:end])
        elif kind == 24:
            self._many(packet, at + 1, end)
        else:
            self.foreign += 1

    def _take_hevc(self, packet: bytes, at: int, end: int) -> None:
        if end < at + 3:
            return
        head = packet[at]
        kind = head >> 1 & 63
        if kind == 49:
            told = packet[at + 2]
            if told & 0x80:
                self._whole = True
                self._add(told & 63, bytes((head & 0x81 | (told & 63) << 1, packet[at + 1])))
            elif not self._whole:
                return
            self._more(packet[at + 3 : end])
        elif kind < 41:
            self._add(kind, packet[at:end])
        elif kind == 48:
            self._many(packet, at + 2, end)
        else:
            self.foreign += 1

    def _more(self, piece: bytes) -> None:
        self._parts.append(piece)
        self._bytes += len(piece)

    def _many(self, packet: bytes, at: int, end: int) -> None:
        """Several units in one packet, each behind its length."""
        while at + 3 <= end:
            size = packet[at] << 8 | packet[at + 1]
            unit = packet[at + 2 : min(end, at + 2 + size)]
            if unit:
                self._add(unit[0] >> 1 & 63 if self._hevc else unit[0] & 31, unit)
            at += 2 + size

    def _end(self) -> None:
        """The picture is complete."""
        if self._has_slice:
            assert self._stamp is not None
            self._given = self._stamp
            self._give(self._stamp, self._is_key, b"".join(self._parts))
            self._clear()
        # Parameter sets that came alone go before the picture that follows them.

    def _clear(self) -> None:
        self._parts.clear()
        self._bytes = 0
        self._is_key = self._has_slice = False
