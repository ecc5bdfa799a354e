"""What of the main stream goes into the ring, for clips: every packet, in a time that only rises."""

from __future__ import annotations

import msgspec
import structlog

from ingest.clip import frame_format, parameter_sets
from ingest.ring import EncodedPacket, PacketRing
from ingest.sources import VideoFormat
from ingest.state import StreamState
from ingest.watch import NO_KEY_FRAME_S
from lianqin.errors import SourceUnreadable

log = structlog.get_logger(__name__)


class Record:
    """Keeps the main stream's packets. A changed picture size within a running stream begins a new ring."""

    def __init__(self, ring: PacketRing, state: StreamState) -> None:
        self._ring, self._state = ring, state
        self._format: VideoFormat | None = None
        self._sets = b""
        self._last = float("-inf")
        self._key_at: float | None = None
        self._seen_key = False

    def begin(self, found: VideoFormat) -> None:
        self._format, self._sets, self._key_at, self._seen_key = found, b"", None, False
        self._ring.begin(found)

    def take(self, packet: EncodedPacket) -> bool:
        if packet.is_key:
            self._key_at, self._seen_key = packet.at, True
            self._follow_size(packet.content)
        elif self._key_at is None:
            self._key_at = packet.at
        elif packet.at - self._key_at > NO_KEY_FRAME_S:
            detail = f"packets come, but no key frame for {NO_KEY_FRAME_S:g} s"
            raise SourceUnreadable("source.unreadable", detail, reason="unreadable")
        at = packet.at
        if at <= self._last:
            if self._last - at > 1.0:
                self._ring.clear()  # our own clock was set back
            else:
                at = self._last + 1e-3
        self._last = at
        self._ring.add(packet if at == packet.at else msgspec.structs.replace(packet, at=at))
        return self._seen_key

    def _follow_size(self, content: bytes) -> None:
        assert self._format
        sets = parameter_sets(content, self._format.codec)
        if not sets or sets == self._sets:
            return
        self._sets = sets
        found = frame_format(content, self._format.codec)
        if not found or (found.width, found.height) == (self._format.width, self._format.height):
            return
        self._format = msgspec.structs.replace(found, fps=self._format.fps)
        self._ring.begin(self._format)
        self._state.format = self._format
        log.info("picture_size_changed", width=found.width, height=found.height)
