"""The last seconds of a camera's packets, undecoded: what a clip is cut from.

Packets lie in the order in which they came, which is the order of decoding; their times are those of showing. What can stand
in one clip is a chapter: other parameter sets, or a clock that was moved, begin a new one, and the one before stays until the
new one holds the seconds too, for alerts whose clip is still to be cut.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final, Literal

import msgspec

from ingest.codec.bits import units
from ingest.stream import STEPPED_S, EncodedPacket, VideoFormat
from lianqin.errors import EvidenceError

MAX_BYTES: Final = 64 * 1024 * 1024
"""24 s at 20 Mb/s. A camera that sends more keeps fewer seconds; it does not take the others' memory."""
APART_S: Final = 10.0
"""Nothing for so long, or a clock moved ahead: no clip spans that."""
_SPS: Final = {"h264": 7, "hevc": 33}
Why = Literal["opened", "changed", "clock", "lost", "room", "ended"]
"""Why a clip begins or ends where it does: the camera was opened then; it came back with, or changed to, another form of
picture; a clock was moved; no pictures came; no more is kept (seconds, or memory); the worker ended."""


class Cut(msgspec.Struct, frozen=True):
    """Packets that can be decoded: the first is a key frame, and none is shown before it."""

    format: VideoFormat
    packets: tuple[EncodedPacket, ...]
    began: Why = "opened"
    """Why nothing older is there, where the clip begins later than it was to."""
    ended: Why = "lost"
    """Why nothing younger is."""

    @property
    def begin(self) -> float:
        return self.packets[0].at

    @property
    def seconds(self) -> float:
        return max(packet.at for packet in self.packets) - self.packets[0].at


class _Chapter:
    """Groups of one form of picture, in one run of time."""

    def __init__(self, found: VideoFormat, began: Why) -> None:
        self.format, self.began = found, began
        self.ended: Why | None = None
        self.groups: deque[list[EncodedPacket]] = deque()
        self.size = 0
        self.newest = float("-inf")
        self.late = 0.0
        """How long after a picture that is shown later one came, at most."""

    @property
    def oldest(self) -> float:
        return self.groups[0][0].at if self.groups else float("inf")

    def add(self, packet: EncodedPacket) -> None:
        if packet.is_key:
            self.groups.append([])
        self.groups[-1].append(packet)
        self.size += len(packet.content)
        self.newest = max(self.newest, packet.at)
        self.late = max(self.late, self.newest - packet.at)

    def forget_group(self) -> None:
        self.size -= sum(len(old.content) for old in self.groups.popleft())
        self.began = "room"


class PacketRing:
    """Thread-safe. Bounded by `seconds` and by `max_bytes`; forgets whole groups, so it always begins at a key frame."""

    def __init__(self, seconds: float, max_bytes: int = MAX_BYTES) -> None:
        self._seconds, self._max_bytes, self._guard = seconds, max_bytes, threading.Lock()
        self._chapters: deque[_Chapter] = deque()
        self._whole = False

    @property
    def size_bytes(self) -> int:
        return sum(chapter.size for chapter in tuple(self._chapters))

    @property
    def newest(self) -> float | None:
        """Capture time up to which all pictures came: of B-frames some come after what is shown after them. None where
        nothing is kept of what comes now."""
        with self._guard:
            now = self._chapters[-1] if self._chapters else None
            return now.newest - 2 * now.late if now and now.groups else None  # twice: a time may be some ms off

    def begin(self, found: VideoFormat) -> None:
        """A connection begins, or another form of picture within one. What differs in codec, size or sequence parameter set
        can't stand in one clip with what is kept; another rate can, and so can a description that tells less."""
        with self._guard:
            self._whole = False
            if not self._chapters:
                self._chapters.append(_Chapter(found, "opened"))
            elif fits(self._chapters[-1].format, found):
                known = self._chapters[-1].format
                self._chapters[-1].format = msgspec.structs.replace(found, extradata=found.extradata or known.extradata)
            else:
                self._turn(found, "changed")

    def clear(self) -> None:
        """A clock was moved: times before and after don't belong together."""
        with self._guard:
            self._whole = False
            if self._chapters:
                self._turn(self._chapters[-1].format, "clock")

    def add(self, packet: EncodedPacket) -> None:
        """Packets before the first key frame of a connection are left out: nobody could decode them."""
        with self._guard:
            now = self._chapters[-1]
            if now.groups and not -STEPPED_S <= packet.at - now.newest <= APART_S:
                self._turn(now.format, "clock" if packet.at < now.newest else "lost")
                self._whole = False
                now = self._chapters[-1]
            self._whole |= packet.is_key
            if not self._whole:
                return
            now.add(packet)
            self._forget(now)

    def _turn(self, found: VideoFormat, why: Why) -> None:
        """A new chapter. One in which nothing came makes room."""
        if self._chapters[-1].groups:
            self._chapters[-1].ended = why
        else:
            why = self._chapters.pop().began
        self._chapters.append(_Chapter(found, why))

    def _forget(self, now: _Chapter) -> None:
        """Older chapters go when the newest holds the seconds itself, or there are too many bytes; then groups do."""
        while len(self._chapters) > 1 and (
            now.newest - now.oldest >= self._seconds or self.size_bytes > self._max_bytes
        ):
            self._chapters.popleft()
        while now.groups and now.size > self._max_bytes:  # a camera that sends no key frame must not fill the memory
            if len(now.groups) == 1:
                self._whole = False
            now.forget_group()
        while len(now.groups) > 1 and now.newest - now.groups[1][0].at >= self._seconds:
            now.forget_group()  # the second group reaches back far enough

    def is_over(self, at: float) -> bool:
        """What was shown `at` lies in a chapter to which nothing is added any more."""
        with self._guard:
            found = self._of(at, at, at)
            return found is not None and found.ended is not None and found.oldest <= at <= found.newest

    def _of(self, begin: float, end: float, at: float | None) -> _Chapter | None:
        """The newest chapter that shows `at`; without one, that which holds most of `begin` to `end`."""
        if at is None:
            return self._chapters[-1] if self._chapters else None
        kept = [chapter for chapter in reversed(self._chapters) if chapter.groups]
        for chapter in kept:
            if chapter.oldest <= at <= chapter.newest:
                return chapter
        return max(kept, key=lambda one: min(end, one.newest) - max(begin, one.oldest), default=None)

    def cut(self, begin: float, end: float, at: float | None = None) -> Cut:
        """Packets from the key frame at or before `begin` (or the oldest there is) to `end`, of the chapter that shows `at`
        (None: of the newest); epoch seconds. Pictures that are shown before the first key frame refer to what is not there
        and are left out; what is needed for one shown by `end` is in.

        Raises EvidenceError `clip.no_packets` when there is nothing.
        """
        with self._guard:
            found = self._of(begin, end, at)
            groups = list(found.groups) if found else []
            found_format = found.format if found else None
            began: Why = found.began if found else "opened"
            ended: Why = (found.ended if found else None) or "lost"
            first = 0
            for index, group in enumerate(groups):
                if group[0].at <= begin:
                    first = index
            packets = [packet for group in groups[first:] for packet in group]
        if packets:
            packets = [packet for packet in _until(packets, end) if packet.at >= packets[0].at]
        if found_format is None or not packets or max(packet.at for packet in packets) < begin:
            raise EvidenceError("clip.no_packets", "no packets of the main stream are kept of that time")
        return Cut(found_format, tuple(packets), began, ended)


def _until(packets: list[EncodedPacket], end: float) -> list[EncodedPacket]:
    """Those that are shown by `end` and what they refer to, which is shown later: then so is all that lies between, else the
    clip would end with a gap."""
    count, latest = -1, end
    while True:
        found = 1 + max((n for n, packet in enumerate(packets) if packet.at <= latest), default=-1)
        if found == count:
            return packets[:count]
        count, latest = found, max((packet.at for packet in packets[:found]), default=end)


def fits(one: VideoFormat, other: VideoFormat) -> bool:
    """Pictures of both can stand in one clip: they are of one codec and size, and no sequence parameter set says otherwise."""
    if (one.codec, one.width, one.height) != (other.codec, other.width, other.height):
        return False
    a, b = _sequence_sets(one), _sequence_sets(other)
    return not a or not b or a == b


def _sequence_sets(found: VideoFormat) -> frozenset[bytes]:
    kind = _SPS.get(found.codec)
    return frozenset(
        unit.rstrip(b"\0") for unit in units(found.extradata)
        if unit and (unit[0] & 31 if found.codec == "h264" else unit[0] >> 1 & 63) == kind
    )  # fmt: skip
