"""What of the main stream goes into the ring, for clips: every packet, at the time at which it is shown."""

from __future__ import annotations

import msgspec
import structlog

from ingest.codec.key_frames import KeyFrames, overdue
from ingest.codec.parameter_sets import frame_format, parameter_sets
from ingest.evidence.ring import PacketRing
from ingest.source.state import StreamState
from ingest.stream import EncodedPacket, VideoFormat

log = structlog.get_logger(__name__)


class Recorder:
    """Keeps the main stream's packets. Which form its pictures have the key frames say, where they say it: a description that
    tells less, or a rate that differs, begins no new chapter of the ring; another size does."""

    def __init__(self, ring: PacketRing, state: StreamState) -> None:
        self._ring, self._state = ring, state
        self._format: VideoFormat | None = None
        self._sets = b""
        self._keys = KeyFrames()
        self._began = False
        """The connection's first key frame is in the ring."""

    def begin(self, found: VideoFormat) -> None:
        self._format, self._sets, self._keys, self._began = found, b"", KeyFrames(), False

    def take(self, packet: EncodedPacket) -> bool:
        assert self._format
        if self._keys.see(packet.at, is_key=packet.is_key):
            raise overdue(self._keys)
        if packet.is_key:
            self._follow(packet.content, self._format)
            self._began = True
        if self._began:  # what comes before nobody could decode
            self._ring.add(packet)
        return self._began

    def _follow(self, content: bytes, known: VideoFormat) -> None:
        """The ring begins with a connection's first key frame, and anew where the picture's size changes."""
        sets = parameter_sets(content, known.codec)
        if self._began and (not sets or sets == self._sets):
            return
        found = frame_format(content, known.codec) if sets and sets != self._sets else None
        now = msgspec.structs.replace(found, fps=known.fps, extradata=sets) if found else known
        self._sets = sets or self._sets
        changed = (now.width, now.height) != (known.width, known.height)
        if self._began and not changed:
            return
        self._format = now
        self._ring.begin(now)
        if changed:
            self._state.format = now
            log.info("picture_size_changed", width=now.width, height=now.height)
