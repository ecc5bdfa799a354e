"""When a key frame is overdue: after two groups as long as they were, or `LEAST_S`, whichever is later. Pure.

Packets that come while a key frame is due are a sign of life: cameras that save bits send one each 40 s or more, and not all
of them send one when somebody begins to watch.
"""

from __future__ import annotations

from typing import Final

from lianqin.errors import SourceError, SourceUnreadable

LEAST_S: Final = 60.0
LATE_S: Final = 5.0
FAR_APART_S: Final = 10.0
"""From here on it is worth telling: waking and live video wait for a key frame."""


class KeyFrames:
    """Of one connection; times in seconds of any one clock."""

    def __init__(self) -> None:
        self._since: float | None = None
        """Of the last key frame, or of the first packet."""
        self.seen = False
        """A key frame came."""
        self.group_s = 0.0
        """Between the last two."""

    @property
    def limit(self) -> float:
        """Seconds without one that are a fault."""
        return max(LEAST_S, 2 * self.group_s)

    def is_late(self, at: float) -> bool:
        """Later than those before: no fault yet."""
        return self._since is not None and at - self._since > max(LATE_S, 2 * self.group_s)

    def see(self, at: float, *, is_key: bool) -> bool:
        """The next packet. True: a key frame is overdue."""
        if self._since is None or at < self._since:  # the first, or our own clock was set back
            self._since = at
        if is_key:
            self.group_s = at - self._since if self.seen else 0.0
            self._since, self.seen = at, True
        return at - self._since > self.limit


def overdue(keys: KeyFrames) -> SourceError:
    """What `see` found, as the fault that it is."""
    detail = f"packets come, but no key frame for {keys.limit:g} s"
    return SourceUnreadable("source.unreadable", detail, reason="unreadable")
