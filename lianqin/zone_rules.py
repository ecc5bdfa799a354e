"""When a zone holds and where its edge lies. In the kernel since the worker follows it, and the console says what another rule would have
made of alerts that came. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from lianqin.clock import COUNTY_ZONE
from lianqin.records import Schedule

EDGE: Final = 0.02
"""Of the picture: who draws so near to its edge means the edge."""
BEYOND: Final = 0.05
"""How far past the edge such a zone or line goes on."""
DENSITY_PEOPLE: Final = 5
"""So many make a density where the zone says nothing."""


def to_the_edge(value: float) -> float:
    """A corner's x or y, beyond the picture where it was drawn at its edge."""
    if value <= EDGE:
        return -BEYOND
    return 1 + BEYOND if value >= 1 - EDGE else value


def is_scheduled(schedules: Sequence[Schedule], at: float) -> bool:
    """Whether that moment (epoch seconds) lies in one of them, by Asia/Shanghai; without any it always does."""
    if not schedules:
        return True
    local = datetime.fromtimestamp(at, COUNTY_ZONE)
    minute, day = local.hour * 60 + local.minute, local.weekday()
    return any(_covers(schedule, day, minute) for schedule in schedules)


def _covers(schedule: Schedule, day: int, minute: int) -> bool:
    begin, end = schedule.from_minute, schedule.to_minute
    if begin < end:
        return day in schedule.days and begin <= minute < end
    if begin == end:
        return False
    # Over midnight: the small hours belong to the day on which the span began.
    return (day in schedule.days and minute >= begin) or ((day - 1) % 7 in schedule.days and minute < end)
