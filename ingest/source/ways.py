"""Which way each stream was read, remembered over reconnects while the worker lives; forgotten when its address changes.

Our own reader costs a fifth of FFmpeg's and is tried again: after a day where the camera said something that only FFmpeg
understands, sooner where it may have been a bad moment.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Final, Literal

import msgspec

from lianqin.clock import Clock

By = Literal["own", "ffmpeg"]
OWN: Final = "own"
FFMPEG: Final = "ffmpeg"
Why = Literal[
    "", "udp_set", "scheme", "not_verified", "udp_only", "not_understood", "refused", "silent", "ended", "unreadable"
]
"""Why FFmpeg reads: the camera is set to UDP, has no plain rtsp:// address (and nobody verifies its
certificate), sends by UDP alone, says what is not understood
here; or it refused our own reader, sent it nothing, hung up on it, sent it nothing that could be decoded."""
A_DAY_S: Final = 86_400.0
ASK_AGAIN_S: Final = 600.0
"""A stream that was read our own way so lately has a fault, and where each way failed none is asked again before that."""
MOST: Final = 50_000
_MOMENTS: Final[frozenset[Why]] = frozenset({"silent", "ended", "unreadable"})


class Way(msgspec.Struct, frozen=True):
    """How a stream is read. `detail`: what our own reader met, in English and without a password."""

    by: By
    transport: Literal["tcp", "udp"] = "tcp"
    why: Why = ""
    detail: str = ""


class _Kept:
    def __init__(self, told: str) -> None:
        self.told = told
        self.way: Way | None = None
        self.until = self.asked = self.worked = float("-inf")
        self.worked_by: Way | None = None
        self.wait = ASK_AGAIN_S
        self.digest = False


class Ways:
    """Of one worker; from any thread. `who` is a camera's stream, `told` its address and transport."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._guard = clock, threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self.by_ffmpeg = 0
        """Times that FFmpeg was found to read what our own reader could not."""

    def of(self, who: str, told: str) -> Way | None:
        """The way that worked; None: begin with the first."""
        with self._guard:
            kept = self._of(who, told)
            return kept.way if kept.way is not None and self._clock.monotonic() < kept.until else None

    def may_ask(self, who: str, told: str, failed: Way) -> bool:
        """Another way may be tried now that this one failed."""
        with self._guard:
            kept, now = self._of(who, told), self._clock.monotonic()
            by = kept.worked_by
            same = by is not None and (by.by, by.transport) == (failed.by, failed.transport)
            return now - kept.asked >= ASK_AGAIN_S and not (same and now - kept.worked < ASK_AGAIN_S)

    def worked(self, who: str, told: str, way: Way) -> None:
        """Pictures that came this way were used."""
        with self._guard:
            kept, now = self._of(who, told), self._clock.monotonic()
            kept.worked, kept.worked_by = now, way
            if way.by == OWN:
                kept.way, kept.wait = None, ASK_AGAIN_S
            elif way.why and (kept.way != way or now >= kept.until):
                self.by_ffmpeg += 1
                wait = kept.wait if way.why in _MOMENTS else A_DAY_S
                kept.way, kept.until, kept.wait = way, now + wait, min(A_DAY_S, 4 * kept.wait)

    def offers_digest(self, who: str, told: str) -> bool:
        """The camera asked for Digest once: who asks for the open password from then on is not believed."""
        with self._guard:
            return self._of(who, told).digest

    def saw_digest(self, who: str, told: str) -> None:
        """It asked for Digest."""
        with self._guard:
            self._of(who, told).digest = True

    def failed(self, who: str, told: str, *, asked: bool) -> None:
        """No way worked. `asked`: more than one was tried."""
        if asked:
            with self._guard:
                self._of(who, told).asked = self._clock.monotonic()

    def _of(self, who: str, told: str) -> _Kept:
        key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()  # no password is kept here
        found = self._kept.get(who)
        if found is None or found.told != key:
            if len(self._kept) >= MOST:
                self._kept.clear()
            found = self._kept[who] = _Kept(key)
        return found
