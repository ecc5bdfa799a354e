"""A stream as fragmented MP4 (ISO/IEC 14496-12, 8.8), for browsers and networks where WebRTC does not get through.

Each picture is a fragment of its own; nothing is transcoded that need not be.
"""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any, Final

import av
from av.error import FFmpegError

from ingest.codec.bits import units
from ingest.codec.parameter_sets import parameter_sets
from ingest.codec.recode import TICK
from ingest.stream import EncodedPacket, VideoFormat

_OPTIONS: Final = {"movflags": "empty_moov+default_base_moof+frag_every_frame+skip_trailer"}
_SPS: Final = 7


class _Sink(io.RawIOBase):
    """What the muxer wrote since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class Fragments:
    """Begins with a key frame that carries its parameter sets. Raises ValueError where that makes no H.264."""

    def __init__(self, first: EncodedPacket) -> None:
        self.sets = parameter_sets(first.content, "h264")
        profile = profile_of(self.sets)
        if profile is None:
            raise ValueError("no sequence parameter set")
        self.media_type = f'video/mp4; codecs="avc1.{profile}"'
        self._sink = _Sink()
        try:
            with av.open(io.BytesIO(first.content), format="h264") as template:
                self._out: Any = av.open(self._sink, "w", format="mp4", options=_OPTIONS)
                self._stream: Any = self._out.add_stream_from_template(template.streams.video[0])
        except (FFmpegError, IndexError) as error:
            raise ValueError(f"no H.264 picture: {error}") from error
        self._stream.time_base = Fraction(1, TICK)
        self._began: int | None = None

    def add(self, packet: EncodedPacket, stamp: int) -> bytes:
        """The bytes that are ready now: the picture before is a fragment once this one says how long it lasts. `stamp` rises,
        ticks of 1/90000 s. Raises ValueError where the picture's size or form changed: begin anew."""
        if packet.is_key and parameter_sets(packet.content, "h264") not in (b"", self.sets):
            raise ValueError("the stream changed")
        if self._began is None:
            self._began = stamp
        one = av.Packet(packet.content)
        one.stream, one.time_base = self._stream, Fraction(1, TICK)
        one.pts = one.dts = stamp - self._began
        one.is_keyframe = packet.is_key
        self._out.mux_one(one)
        return self._sink.taken()


def with_sets(packet: EncodedPacket, found: VideoFormat | None) -> EncodedPacket:
    """A key frame carries its parameter sets: whoever begins here has seen none."""
    if not packet.is_key or found is None or not found.extradata or parameter_sets(packet.content, found.codec):
        return packet
    return EncodedPacket(packet.at, True, found.extradata + packet.content)


def profile_of(sets: bytes) -> str | None:
    """Profile, constraints and level in hex (RFC 6381, RFC 6184's profile-level-id), as the sequence parameter set says."""
    for unit in units(sets):
        if len(unit) > 3 and unit[0] & 31 == _SPS:
            return unit[1:4].hex()
    return None
