"""What a zone asks for: when, of what kind and size, and where. Pure; the worker goes by it, and the console when it tries a zone
on alerts of the past.

Hours are of the county's clock (Asia/Shanghai, which has no summer time). They begin with their first minute and end before the
minute of their end. A span over midnight belongs to the day on which it began, by weekday and by calendar: 22:00 to 06:00 on a
holiday goes on until six of the day after. A situation that stands when the hours begin is taken from then: whoever is inside at
22:00:00 is inside since 22:00:00, and fires after the zone's time; when they end all is forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from lianqin.clock import COUNTY_ZONE
from lianqin.records import Box, Point, Schedule, Zone

EDGE: Final = 0.02
"""Of the picture: who draws so near to its edge means the edge."""
BEYOND: Final = 0.05
"""How far past the edge such a zone or line goes on."""
WHOLE_DAY: Final = Schedule(0, 1440)
DENSITY_PEOPLE: Final = 5
"""So many make a density where the zone says nothing."""


def is_armed(zone: Zone, at: float) -> bool:
    """Whether the zone's rule holds at that moment (epoch seconds)."""
    if not zone.enabled:
        return False
    if not (zone.schedules or zone.on_calendars or zone.off_days):
        return True
    local = datetime.fromtimestamp(at, COUNTY_ZONE)
    minute, today = local.hour * 60 + local.minute, local.toordinal()
    return any(_holds(zone, schedule, today, minute) for schedule in zone.schedules or (WHOLE_DAY,))


def is_scheduled(schedules: Sequence[Schedule], at: float) -> bool:
    """Whether that moment lies in one of these hours, whatever calendars say; without any it always does."""
    local = datetime.fromtimestamp(at, COUNTY_ZONE)
    minute, today = local.hour * 60 + local.minute, local.toordinal()
    return any(_day_of(schedule, today, minute) is not None for schedule in schedules or (WHOLE_DAY,))


def _holds(zone: Zone, schedule: Schedule, today: int, minute: int) -> bool:
    day = _day_of(schedule, today, minute)
    if day is None or day in zone.off_days:
        return False
    return day in zone.on_days if zone.on_calendars else True


def _day_of(schedule: Schedule, today: int, minute: int) -> int | None:
    """The day (ordinal) that the moment belongs to in that schedule; None: it doesn't hold."""
    begin, end = schedule.from_minute, schedule.to_minute
    if begin < end:
        day = today if begin <= minute < end else None
    elif minute >= begin and begin != end:
        day = today
    else:
        day = today - 1 if minute < end and begin != end else None
    # date.toordinal() counts from a Monday: ordinal 1 is one.
    return day if day is not None and (day - 1) % 7 in schedule.days else None


def takes(zone: Zone, label: str, box: Box) -> bool:
    """Whether a thing of that kind and size is for the zone. What an edge of the picture cuts off is as high as it is seen."""
    return label in zone.labels and box[3] - box[1] >= zone.least_height


def outline(points: Sequence[Point], aspect: float) -> list[Point]:
    """A zone's points in picture heights (`aspect`: the picture's width / height); drawn up to an edge it reaches past it."""
    return [(_to_the_edge(x) * aspect, _to_the_edge(y)) for x, y in points]


def _to_the_edge(value: float) -> float:
    """A corner's x or y, beyond the picture where it was drawn at its edge."""
    if value <= EDGE:
        return -BEYOND
    return 1 + BEYOND if value >= 1 - EDGE else value


def beside_line(start: Point, end: Point, foot: Point) -> tuple[float, float]:
    """How far `foot` stands from the line, positive on its right, and where along it (0 at the first point, 1 at the second)."""
    way = end[0] - start[0], end[1] - start[1]
    off = foot[0] - start[0], foot[1] - start[1]
    length = math.hypot(*way)
    return (way[0] * off[1] - way[1] * off[0]) / length, (way[0] * off[0] + way[1] * off[1]) / length**2


def crosses(line: Sequence[Point], before: Point, after: Point, *, both_ways: bool) -> bool:
    """Whether a foot went from the line's left to its right, looking from its first point to its second on the picture; or either way."""
    (was, start), (now, end) = (beside_line(line[0], line[1], foot) for foot in (before, after))
    if not (was < 0 <= now or (both_ways and was > 0 >= now)):
        return False
    return 0 <= start + was / (was - now) * (end - start) <= 1


def depth_in(polygon: Sequence[Point], foot: Point) -> float:
    """Distance to the border, positive inside (crossing number of a ray to the right)."""
    x, y = foot
    inside, nearest = False, math.inf
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
        dx, dy = x2 - x1, y2 - y1
        square = dx * dx + dy * dy
        share = 0.0 if square == 0 else min(1.0, max(0.0, ((x - x1) * dx + (y - y1) * dy) / square))
        nearest = min(nearest, math.hypot(x - x1 - share * dx, y - y1 - share * dy))
    return nearest if inside else -nearest
