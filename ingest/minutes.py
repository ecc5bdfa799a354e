"""What a worker can vouch for, camera by camera and minute by minute. Pure: it is told states each second."""

from __future__ import annotations

from typing import Final

import msgspec

from lianqin.records import FaultReason, WatchMinute

LONGEST_STEP_S: Final = 3.0
"""Between two tellings; what lies beyond is nobody's: the worker stood still and vouches for nothing."""
WATCHES_ALL_THE_SAME: Final = frozenset({"clock_jump"})
WATCHES_LESS: Final = frozenset({"slow"})


class Now(msgspec.Struct, frozen=True):
    """A camera at this second: is it blind (and why), looked at less, or switched off? `due`, `looked` and `dropped` count
    pictures since the worker took it."""

    blind: FaultReason = ""
    reduced: bool = False
    off: bool = False
    due: int = 0
    looked: int = 0
    dropped: int = 0


class MinuteBook:
    """One camera's running minute."""

    def __init__(self, camera_id: str, worker: str, at: float) -> None:
        self._camera_id, self._worker = camera_id, worker
        self._at = at
        self._now = self._begun = Now()
        self._open(at)

    def _open(self, at: float) -> None:
        self._minute = int(at // 60)
        self._watched = self._reduced = self._off = 0.0
        self._blind: dict[str, float] = {}
        self._begun = self._now

    def tell(self, at: float, now: Now) -> list[WatchMinute]:
        """It has been so since the last telling; the minutes that are complete."""
        done: list[WatchMinute] = []
        begin = max(self._at, at - LONGEST_STEP_S)
        if at < self._at:  # our own clock was set back
            begin = at
        while int(at // 60) != self._minute:
            end = (self._minute + 1) * 60.0
            if begin < end <= at:
                self._add(end - begin, now)
                begin = end
            done.append(self.so_far())
            self._open(max(end, begin) if end <= at else at)
        self._add(max(0.0, at - begin), now)
        self._at, self._now = at, now
        return [one for one in done if one.watched_s + one.reduced_s + one.off_s + sum(one.blind.values()) > 0]

    def last(self, due: int, looked: int, dropped: int) -> WatchMinute:
        """The running minute at the end of a worker, or of its hold on the camera. Pictures are counted to the end; the time since
        the last telling is nobody's."""
        self._now = msgspec.structs.replace(self._now, due=due, looked=looked, dropped=dropped)
        return self.so_far()

    def so_far(self) -> WatchMinute:
        """The running minute as it stands."""
        return WatchMinute(
            self._camera_id, self._minute, self._worker, round(self._watched, 3), round(self._reduced, 3),
            round(self._off, 3), {reason: round(seconds, 3) for reason, seconds in self._blind.items()},
            self._now.due - self._begun.due, self._now.looked - self._begun.looked, self._now.dropped - self._begun.dropped,
        )  # fmt: skip

    def _add(self, seconds: float, now: Now) -> None:
        if now.off:
            self._off += seconds
        elif now.blind and now.blind not in WATCHES_ALL_THE_SAME:
            if now.blind in WATCHES_LESS:
                self._reduced += seconds
            else:
                self._blind[now.blind] = self._blind.get(now.blind, 0.0) + seconds
        elif now.reduced:
            self._reduced += seconds
        else:
            self._watched += seconds
