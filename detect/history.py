"""Where each track of one camera was in the last minutes, and whether anything new or moving is there."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Final

from lianqin.records import Box, Track, TrackPath, TrackPoint

NEW_SECONDS: Final = 2.0
"""A track younger than this is new."""
LIKELY: Final = 0.3
"""What is less likely there than this interests nobody yet."""
UNDECIDED_SECONDS: Final = 15.0
"""So long a track that is likelier there than not, but does not count yet, is waited for."""
MOVED: Final = 0.15
"""Of its height: a foot or head that has come so far within `MOVED_WITHIN` moves. Boxes tremble by some 0.05."""
MOVED_WITHIN: Final = 2.0


class _Path:
    __slots__ = ("counts", "first_at", "label", "points")

    def __init__(self, label: str, first_at: float) -> None:
        self.label, self.first_at, self.counts = label, first_at, False
        self.points: deque[TrackPoint] = deque()


class History:
    """Detected boxes only: what is drawn on a picture was seen on it."""

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._paths: dict[str, _Path] = {}

    def clear(self) -> None:
        """Forget all: the clock jumped back."""
        self._paths.clear()

    def add(self, tracks: Sequence[Track], at: float) -> None:
        """Take in one frame's tracks, drop what is older than `keep` seconds."""
        for track in tracks:
            path = self._paths.get(track.id)
            if path is None:
                path = self._paths[track.id] = _Path(track.label, at)
            path.counts |= track.counts
            if track.detected:
                path.points.append(TrackPoint(at, track.box, track.score))
        for key, path in list(self._paths.items()):
            while path.points and at - path.points[0].at > self._keep:
                path.points.popleft()
            if not path.points:
                del self._paths[key]

    def paths(self, since: float, cause: Collection[str]) -> tuple[TrackPath, ...]:
        """The tracks that count (and all in `cause`) with their boxes from `since` on, in order of time."""
        chosen = []
        for key, path in self._paths.items():
            points = tuple(point for point in path.points if point.at >= since)
            if points and (path.counts or key in cause):
                chosen.append(TrackPath(key, path.label, key in cause, points))
        return tuple(chosen)

    def is_lively(self, track: Track, at: float) -> bool:
        """Whether this track is new or moves."""
        path = self._paths.get(track.id)
        if path is None or not track.detected:
            return False
        if track.probability < LIKELY:
            return False
        age = at - path.first_at
        if age < NEW_SECONDS or (not track.counts and track.probability > 0.5 and age < UNDECIDED_SECONDS):
            return True
        recent = takewhile(lambda point: at - point.at <= MOVED_WITHIN, reversed(path.points))
        return any(_shift(point.box, track.box) > MOVED * track.height for point in recent)


def _shift(before: Box, now: Box) -> float:
    """The farthest that foot or head went, in picture heights (sideways in widths: near enough for a threshold)."""
    middle = abs((now[0] + now[2]) - (before[0] + before[2])) / 2
    return max(middle, abs(now[1] - before[1]), abs(now[3] - before[3]))
