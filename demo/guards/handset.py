"""What a phone makes of the place where its guard is: noise, and the faults of its habit."""

from __future__ import annotations

import math
import random

import msgspec

from demo.guards.habits import Habit
from demo.guards.phone import GnssSample
from lianqin.geo import EARTH_RADIUS_M, LonLat, wgs84_to_gcj02

NOISE_M = 2.5
REFLECTED_M = 900.0


def moved(place: LonLat, east_m: float, north_m: float) -> LonLat:
    """So many metres further east and north."""
    per_degree = math.radians(1) * EARTH_RADIUS_M
    return place[0] + east_m / per_degree / math.cos(math.radians(place[1])), place[1] + north_m / per_degree


class Handset:
    """`began`: its habits' spans count from then (epoch seconds)."""

    def __init__(self, habit: Habit, dice: random.Random, began: float) -> None:
        self._habit, self._dice, self._began = habit, dice, began
        self._lying: GnssSample | None = None

    def _at_end(self, now: float, seconds: float) -> bool:
        """In the last so many seconds of a span, so that he is heard first."""
        return (now - self._began) % self._habit.every >= self._habit.every - seconds

    def is_silent(self, now: float) -> bool:
        return self._at_end(now, self._habit.silent_for)

    def is_offline(self, now: float) -> bool:
        return self._at_end(now, self._habit.offline_for)

    def sample(self, now: float, place: LonLat, *, speed_mps: float, course: float) -> GnssSample:
        """Where it thinks it is."""
        habit, dice = self._habit, self._dice
        place = moved(place, dice.gauss(0, NOISE_M), dice.gauss(0, NOISE_M))
        if habit.reflects and dice.random() < 1 / habit.reflects:
            angle = dice.uniform(0, math.tau)
            place = moved(place, REFLECTED_M * math.cos(angle), REFLECTED_M * math.sin(angle))
        if self._at_end(now, habit.gcj02_for):
            place = wgs84_to_gcj02(place)
        accuracy = habit.accuracy_m * dice.uniform(0.6, 1.4) if habit.accuracy_m else dice.uniform(5, 12)
        found = GnssSample(
            at=now + habit.clock_s, lon=place[0], lat=place[1], accuracy_m=round(accuracy, 1), speed_mps=speed_mps,
            course=course, battery_pct=max(1.0, habit.battery_pct - (now - self._began) / 600),
        )  # fmt: skip
        if habit.lies:
            self._lying = self._lying or found
            found = msgspec.structs.replace(self._lying, at=found.at)
        return found
