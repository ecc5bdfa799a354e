"""The last seconds of a camera's packets, undecoded: what a clip is cut from."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import msgspec

from ingest.sources import VideoFormat
from lianqin.errors import EvidenceError

MAX_BYTES: Final = 64 * 1024 * 1024
"""24 s at 20 Mb/s. A camera that sends more keeps fewer seconds; it does not take the others' memory."""


class EncodedPacket(msgspec.Struct, frozen=True, gc=False):
    """One picture as the camera sent it (Annex B), captured `at` (epoch seconds)."""

    at: float
    is_key: bool
    content: bytes


class Cut(msgspec.Struct, frozen=True):
    """Packets that can be decoded: the first is a key frame."""

    format: VideoFormat
    packets: tuple[EncodedPacket, ...]

    @property
    def begin(self) -> float:
        return self.packets[0].at

    @property
    def seconds(self) -> float:
        return self.packets[-1].at - self.packets[0].at


class PacketRing:
    """Thread-safe. Bounded by `seconds` and by `max_bytes`; forgets whole groups, so it always begins at a key frame."""

    def __init__(self, seconds: float, max_bytes: int = MAX_BYTES) -> None:
        self._seconds, self._max_bytes, self._guard = seconds, max_bytes, threading.Lock()
        self._groups: deque[list[EncodedPacket]] = deque()
        self._format: VideoFormat | None = None
        self._size = 0
        self._whole = False

    @property
    def size_bytes(self) -> int:
        return self._size

    @property
    def newest(self) -> float | None:
        """Capture time of the last packet."""
        with self._guard:
            return self._groups[-1][-1].at if self._groups else None

    def begin(self, found: VideoFormat) -> None:
        """A connection begins. What another codec or size left can't stand in one clip with it and is forgotten."""
        with self._guard:
            if self._format is not None and self._format != found:
                self._groups.clear()
                self._size = 0
            self._format, self._whole = found, False

    def clear(self) -> None:
        """The capture clock was moved: times before and after don't belong together."""
        with self._guard:
            self._groups.clear()
            self._size, self._whole = 0, False

    def add(self, packet: EncodedPacket) -> None:
        """Packets before the first key frame of a connection are left out: nobody could decode them."""
        with self._guard:
            self._whole |= packet.is_key
            if not self._whole:
                return
            if packet.is_key:
                self._groups.append([])
            self._groups[-1].append(packet)
            self._size += len(packet.content)
            while self._is_too_much(packet.at):
                self._size -= sum(len(old.content) for old in self._groups.popleft())

    def _is_too_much(self, now: float) -> bool:
        """The second group reaches back far enough, or there are too many bytes. A single group is cut by bytes too: a
        camera that sends no key frame must not fill the memory."""
        if self._size > self._max_bytes:
            if len(self._groups) == 1:
                self._whole = False
            return bool(self._groups)
        return len(self._groups) > 1 and now - self._groups[1][0].at >= self._seconds

    def cut(self, begin: float, end: float) -> Cut:
        """Packets from the key frame at or before `begin` (or the oldest there is) up to `end`, epoch seconds.

        Raises EvidenceError `clip.no_packets` when there is nothing.
        """
        with self._guard:
            groups = list(self._groups)
            found = self._format
            first = 0
            for index, group in enumerate(groups):
                if group[0].at <= begin:
                    first = index
            packets = tuple(packet for group in groups[first:] for packet in group if packet.at <= end)
        if found is None or not packets or packets[-1].at < begin:
            raise EvidenceError("clip.no_packets", "no packets of the main stream are kept of that time")
        return Cut(found, packets)
