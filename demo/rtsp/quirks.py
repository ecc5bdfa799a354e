"""What some cameras do otherwise than the rest, though every public player plays them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from demo.rtsp.media import PAYLOAD_TYPE, MediaStream
from ingest.source.rtp import START, Depacketiser

SIZE = 1400
"""Bytes of a fragment."""
STRAY_EVERY = 50
STRAY_TICKS = 90_000 * 3600
_SET_FIELDS = ("sprop-", "profile-level-id")


@dataclass(frozen=True, slots=True)
class Quirks:
    """Of one camera; without an argument it has none."""

    before: str = ""
    """Media sections that stand before the video's, lines parted by `|`."""
    sets_told: bool = True
    """The parameter sets stand in the description, too."""
    stamps: Literal["usual", "still", "stray"] = "usual"
    """still: every picture has the same time stamp; stray: one picture in two seconds has one of an hour later."""
    udp_only: bool = False
    """SETUP over the connection is refused with 461."""
    options_refused: bool = False
    """OPTIONS asks for the password, and tells its methods to nobody else."""
    timeout_s: float = 60.0
    """Of a session: it is ended a second later."""
    kept_by: str = ""
    """The one method that keeps a session alive; empty: any."""
    unknown: str = ""
    """A method that is answered 501."""
    nonce_s: float = 0.0
    """A nonce grows too old after this; then 401 with stale=true. 0: never."""
    locks_after: int = 0
    """Wrong log-ins that lock the account for good. 0: never."""

    def describe(self, told: str) -> str:
        """The session description as this camera writes it."""
        lines = told.split("\r\n")
        if not self.sets_told:
            lines = [_bare(line) for line in lines]
        at = next(n for n, line in enumerate(lines) if line.startswith("m="))
        lines[at:at] = self.before.split("|") if self.before else []
        return "\r\n".join(lines)

    def stamp(self, number: int, usual: int) -> int:
        """The time stamp of the picture of this number."""
        if self.stamps == "still":
            return 12_345
        return usual + STRAY_TICKS * (self.stamps == "stray" and number % STRAY_EVERY == STRAY_EVERY - 1) & 0xFFFFFFFF


def in_one_unit(stream: MediaStream) -> MediaStream:
    """Key frames as one fragmented unit: parameter sets and slices with start codes between them."""
    frames = []
    for packets in stream.frames:
        is_key, content = _picture(packets, stream.codec)
        frames.append(tuple(_fragments(content.removeprefix(START), stream.codec)) if is_key else packets)
    return replace(stream, frames=tuple(frames), path=None)


def _picture(packets: tuple[bytes, ...], codec: str) -> tuple[bool, bytes]:
    pictures: list[tuple[bool, bytes]] = []
    rtp = Depacketiser(codec, lambda _, is_key, content: pictures.append((is_key, content)))
    for n, raw in enumerate(packets):
        last = n == len(packets) - 1
        rtp.take(bytes((0x80, 0x80 * last | PAYLOAD_TYPE, n >> 8, n & 255)) + bytes(8) + raw[12:])
    return pictures[0]


def _fragments(unit: bytes, codec: str) -> list[bytes]:
    """RTP packets of one unit (RFC 6184 5.8, RFC 7798 4.4.3); heads are filled in when they are sent."""
    if codec == "h264":
        indicator, kind, body = bytes((unit[0] & 0xE0 | 28,)), unit[0] & 31, unit[1:]
    else:
        indicator, kind, body = bytes((49 << 1, unit[1])), unit[0] >> 1 & 63, unit[2:]
    pieces = [body[at : at + SIZE] for at in range(0, len(body), SIZE)]
    flags = [0x80 * (n == 0) | 0x40 * (n == len(pieces) - 1) | kind for n in range(len(pieces))]
    head = bytes((0x80, PAYLOAD_TYPE)) + bytes(10)
    return [head + indicator + bytes((flag,)) + piece for flag, piece in zip(flags, pieces, strict=True)]


def _bare(line: str) -> str:
    if not line.startswith("a=fmtp"):
        return line
    begin, _, rest = line.partition(" ")
    kept = [field for field in rest.split(";") if not field.strip().startswith(_SET_FIELDS)]
    return f"{begin} {';'.join(kept)}" if kept else f"{begin} x=1"
