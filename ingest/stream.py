"""A camera's stream as everything here knows it: its form, its packets, and who takes them."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

STEPPED_S: Final = 2.0
"""Further back than any order of decoding brings a time: a clock was moved."""


class VideoFormat(msgspec.Struct, frozen=True):
    """What a decoder or a clip needs to know of a stream. `extradata` is in Annex B form as it comes from RTSP."""

    codec: str
    width: int
    height: int
    fps: float
    extradata: bytes


class EncodedPacket(msgspec.Struct, frozen=True, gc=False):
    """One picture as the camera sent it (Annex B), captured `at` (epoch seconds)."""

    at: float
    is_key: bool
    content: bytes


class Handler(Protocol):
    """What is done with a stream's packets. Called on the reader's thread; may raise SourceError."""

    def begin(self, found: VideoFormat) -> None:
        """A connection begins."""

    def take(self, packet: EncodedPacket) -> bool:
        """The next packet. True once the stream proved usable."""
