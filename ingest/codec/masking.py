"""A masked camera's stream: its pictures are blanked and encoded anew before anything keeps, shows or analyses them.

Regulations on public security video systems, 2025, art. 13: no more is taken in than must be. Nothing behind a mask ever
leaves this stage; while it is behind, it leaves out up to the newest key frame, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ingest.codec.key_frames import KeyFrames, overdue
from ingest.codec.pool import Decoding
from ingest.codec.recode import Recode, masked
from ingest.stream import EncodedPacket, Handler, VideoFormat
from lianqin.records import Polygon

CRF: Final = 23
BEHIND_S: Final = 2.0
"""What is so much older than the newest is left out: all that looks on, the detector too, would be as late."""


class Masking:
    """A stream handler that stands before the others. `left_out`: told how many seconds were never encoded."""

    def __init__(
        self, name: str, masks: Sequence[Polygon], handlers: Sequence[Handler], pool: Decoding,
        left_out: Callable[[float], None],
    ) -> None:  # fmt: skip
        self._name, self._paint, self._handlers = name, masked(masks), tuple(handlers)
        self._left_out = left_out
        self._lane = pool.lane(self, behind_s=BEHIND_S)
        self._recode: Recode | None = None
        self._told: VideoFormat | None = None
        self._keys = KeyFrames()
        self._usable = False

    def __str__(self) -> str:
        return self._name

    # --- on the reader's thread ---------------------------------------------------------------------------------------

    def begin(self, found: VideoFormat) -> None:
        self._usable = False
        self._lane.begin(found)

    def take(self, packet: EncodedPacket) -> bool:
        self._lane.put(packet)
        return self._usable

    # --- on a thread of the pool --------------------------------------------------------------------------------------

    @property
    def awake(self) -> bool:
        return True

    def open(self, found: VideoFormat) -> None:
        self._recode, self._told, self._keys = Recode(found, self._paint, crf=CRF), None, KeyFrames()

    def packet(self, packet: EncodedPacket) -> None:
        assert self._recode
        if self._keys.see(packet.at, is_key=packet.is_key):
            raise overdue(self._keys)
        for made in self._recode.packet(packet):
            if self._recode.format != self._told:
                assert self._recode.format
                self._told = self._recode.format
                for handler in self._handlers:
                    handler.begin(self._told)
            usable = True
            for handler in self._handlers:
                usable = handler.take(made) and usable
            self._usable = usable

    def skipped(self, seconds: float) -> None:
        self._left_out(seconds)
