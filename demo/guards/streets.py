"""The streets as a network to walk on."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence

from lianqin.geo import EARTH_RADIUS_M, LonLat, distance_m, outside_m

STEP_M = 10.0
JOIN_M = 15.0
"""Streets whose points come this near cross each other."""


class StreetNetwork:
    """Points every few metres along the streets; neighbours on a street, and where streets cross, are joined."""

    def __init__(self, streets: Sequence[Sequence[LonLat]]) -> None:
        lines = [_points_along(line) for line in streets]
        self.points: list[LonLat] = [point for line in lines for point in line]
        self._near: list[list[int]] = [[] for _ in self.points]
        began = 0
        for line in lines:
            for n in range(began, began + len(line) - 1):
                self._join(n, n + 1)
            began += len(line)
        for a, b in _near_pairs(self.points):
            if b not in self._near[a]:
                self._join(a, b)

    def _join(self, a: int, b: int) -> None:
        self._near[a].append(b)
        self._near[b].append(a)

    def route(self, start: LonLat, goal: LonLat, within: Sequence[LonLat] | None = None) -> tuple[LonLat, ...]:
        """Places to pass from `start` to `goal`: to the nearest street, along streets by the shortest way, to the goal.

        `within`: a polygon (lon, lat) that is not left; without a way inside it is.
        """
        allowed = [within is None or outside_m(within, point) < 0 for point in self.points]
        inside = [n for n, fine in enumerate(allowed) if fine] or list(range(len(self.points)))
        first, last = (min(inside, key=lambda n: distance_m(self.points[n], place)) for place in (start, goal))
        passed = self._shortest(first, last, allowed)
        if passed is None:
            return self.route(start, goal) if within is not None else (goal,)
        return (*(self.points[n] for n in passed), goal)

    def _shortest(self, first: int, last: int, allowed: Sequence[bool]) -> list[int] | None:
        """Dijkstra's way, or None."""
        came: dict[int, int] = {}
        length = {first: 0.0}
        waiting = [(0.0, first)]
        while waiting:
            so_far, here = heapq.heappop(waiting)
            if here == last:
                passed = [last]
                while passed[-1] != first:
                    passed.append(came[passed[-1]])
                return passed[::-1]
            if so_far > length[here]:
                continue
            for there in self._near[here]:
                further = so_far + distance_m(self.points[here], self.points[there])
                if allowed[there] and further < length.get(there, math.inf):
                    came[there], length[there] = here, further
                    heapq.heappush(waiting, (further, there))
        return None


def _near_pairs(points: Sequence[LonLat]) -> list[tuple[int, int]]:
    """All pairs of points less than `JOIN_M` apart, found by a sweep from west to east."""
    order = sorted(range(len(points)), key=lambda n: points[n][0])
    degrees = JOIN_M / (math.radians(1) * EARTH_RADIUS_M * math.cos(math.radians(points[0][1])))
    found = []
    for place, a in enumerate(order):
        for b in order[place + 1 :]:
            if points[b][0] - points[a][0] > degrees:
                break
            if distance_m(points[a], points[b]) < JOIN_M:
                found.append((a, b))
    return found


def _points_along(line: Sequence[LonLat]) -> list[LonLat]:
    found = [line[0]]
    for a, b in itertools.pairwise(line):
        parts = max(1, round(distance_m(a, b) / STEP_M))
        found += [(a[0] + (b[0] - a[0]) * n / parts, a[1] + (b[1] - a[1]) * n / parts) for n in range(1, parts + 1)]
    return found


class Walk:
    """Somebody on his way. `place` is where he is, `course` where he looks (degrees from north)."""

    def __init__(self, place: LonLat) -> None:
        self.place, self.course = place, 0.0
        self._ahead: list[LonLat] = []

    def set_out(self, route: Sequence[LonLat]) -> None:
        self._ahead = list(route)

    @property
    def arrived(self) -> bool:
        return not self._ahead

    def go(self, metres: float) -> None:
        """Along the route, as far as it leads."""
        while self._ahead and metres > 0:
            there = self._ahead[0]
            away = distance_m(self.place, there)
            if away > 0.01:
                east = (there[0] - self.place[0]) * math.cos(math.radians(self.place[1]))
                self.course = math.degrees(math.atan2(east, there[1] - self.place[1])) % 360
            if away <= metres:
                self.place = there
                self._ahead.pop(0)
                metres -= away
            else:
                share = metres / away
                self.place = (
                    self.place[0] + (there[0] - self.place[0]) * share,
                    self.place[1] + (there[1] - self.place[1]) * share,
                )
                metres = 0.0
