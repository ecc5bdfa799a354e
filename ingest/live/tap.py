"""A stream's packets for whoever looks on: the running group of pictures is kept, so that a picture is there at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ingest.stream import STEPPED_S, EncodedPacket, VideoFormat

MAX_BYTES: Final = 16 * 1024 * 1024
"""Of one group; a camera that sends no key frame gives late-comers nothing until it does."""
REORDERED: Final = 2
"""Times that a group's times went back, by less than a clock's step, until the stream counts as one with B-frames."""
Taker = Callable[[EncodedPacket], None]


class Tap:
    """A stream handler. The reader's thread gives, any thread joins and leaves; a taker must not block."""

    def __init__(self) -> None:
        self.format: VideoFormat | None = None
        self._guard = threading.Lock()
        self._group: list[EncodedPacket] = []
        self._bytes = 0
        self._takers: set[Taker] = set()
        self._newest = float("-inf")
        self._back = 0
        self.is_reordered = False
        """It has B-frames: its packets come in another order than that in which they are shown. Remembered from one
        connection to the next."""

    @property
    def takers(self) -> int:
        return len(self._takers)

    def begin(self, found: VideoFormat) -> None:
        """A connection begins: what was kept belongs to the one before."""
        with self._guard:
            if self.format is not None and self.format.codec != found.codec:
                self.is_reordered = False
            self.format, self._group, self._bytes, self._newest = found, [], 0, float("-inf")

    def take(self, packet: EncodedPacket) -> bool:
        with self._guard:
            self._follow_order(packet)
            if packet.is_key:
                self._group, self._bytes = [packet], len(packet.content)
            elif self._group and self._bytes < MAX_BYTES:
                self._group.append(packet)
                self._bytes += len(packet.content)
            elif self._group:
                self._group, self._bytes = [], 0
            takers = tuple(self._takers) if self._takers else ()
        for taker in takers:
            taker(packet)
        return True

    def _follow_order(self, packet: EncodedPacket) -> None:
        if packet.is_key:
            self._back = 0
        if packet.at < self._newest - STEPPED_S:
            self._newest = packet.at
        elif packet.at < self._newest:
            self._back += 1
            self.is_reordered |= self._back >= REORDERED
        self._newest = max(self._newest, packet.at)

    def join(self, taker: Taker) -> list[EncodedPacket]:
        """The group so far, from its key frame on; every later packet goes to `taker`."""
        with self._guard:
            self._takers.add(taker)
            return list(self._group)

    def leave(self, taker: Taker) -> None:
        with self._guard:
            self._takers.discard(taker)

    def group(self) -> list[EncodedPacket]:
        with self._guard:
            return list(self._group)
