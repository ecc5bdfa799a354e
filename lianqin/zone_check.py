"""Is a zone one that a rule can follow? In the kernel since the console checks what a person draws, and the worker what
it is told to follow. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lianqin.errors import RecordError
from lianqin.records import Point, Polygon, Schedule, Zone

SMALLEST_AREA = 1e-4
"""Of the picture: a square of a hundredth of its sides."""
SHORTEST_LINE = 0.01
MOST_SCHEDULES = 14


def check_zone(zone: Zone) -> None:
    """Raise RecordError with the key of the first thing wrong and how to mend it; `zone` names it.

    Keys: `zone.no_name`, `zone.no_labels`, `zone.not_a_number`, `zone.outside_picture`, `zone.line_needs_two_points`,
    `zone.zero_length`, `zone.too_few_points`, `zone.self_crossing`, `zone.too_small`, `zone.empty_schedule`, `zone.many_schedules`, `zone.least_height`,
    `zone.both_ways_calendar`.
    """
    if not zone.name.strip():
        raise _wrong(zone, "no_name", "a zone needs a name; give it one")
    if not zone.labels:
        raise _wrong(zone, "no_labels", "it follows nothing; name at least one label such as `person`")
    for number, point in enumerate(zone.points, 1):
        if not all(math.isfinite(value) for value in point):
            raise _wrong(zone, "not_a_number", f"point {number} is {point}; both values must be numbers", point=number)
        if not all(0 <= value <= 1 for value in point):
            raise _wrong(
                zone,
                "outside_picture",
                f"point {number} is {point}; both values are fractions of the picture, 0 to 1",
                point=number,
            )
    if zone.situation == "line_crossing":
        _check_line(zone)
    else:
        _check_polygon(zone)
    if len(zone.schedules) > MOST_SCHEDULES:
        raise _wrong(zone, "many_schedules", f"{MOST_SCHEDULES} spans of hours at most", most=MOST_SCHEDULES)
    for schedule in zone.schedules:
        _check_schedule(zone, schedule)
    if not zone.least_height < 1:
        raise _wrong(zone, "least_height", "nothing is as high as the picture; say less")
    if set(zone.on_calendars) & set(zone.off_calendars):
        raise _wrong(zone, "both_ways_calendar", "a calendar says when it holds, or when it does not; not both")


MOST_MASKS = 16
MOST_CORNERS = 64


def check_masks(camera_id: str, masks: Sequence[Polygon]) -> None:
    """Raise RecordError: `mask.many`, or a key of `check_zone` for the first mask that is no area."""
    if len(masks) > MOST_MASKS or any(len(mask) > MOST_CORNERS for mask in masks):
        detail = f"camera {camera_id}: {MOST_MASKS} masks at most, each of {MOST_CORNERS} corners at most"
        raise RecordError("mask.many", detail, most=MOST_MASKS, corners=MOST_CORNERS)
    for number, mask in enumerate(masks, 1):
        check_zone(Zone(f"{camera_id}-mask-{number}", f"{number}", "intrusion", mask))


def _check_line(zone: Zone) -> None:
    if len(zone.points) != 2:
        raise _wrong(
            zone,
            "line_needs_two_points",
            f"a line has two ends, this has {len(zone.points)} points; draw exactly two",
            points=len(zone.points),
        )
    if math.dist(*zone.points) < SHORTEST_LINE:
        raise _wrong(zone, "zero_length", "the line's ends fall together; draw them further apart")


def _check_polygon(zone: Zone) -> None:
    corners = list(dict.fromkeys(zone.points))
    if len(corners) < 3:
        raise _wrong(
            zone,
            "too_few_points",
            f"a polygon needs three different points or more, this has {len(corners)}; add corners",
            points=len(corners),
        )
    ring = [point for point, before in zip(zone.points, [zone.points[-1], *zone.points], strict=False)
            if point != before]  # fmt: skip
    crossing = _first_crossing(ring)
    if crossing:
        raise _wrong(
            zone,
            "self_crossing",
            f"its sides {crossing[0]} and {crossing[1]} cross or touch; draw the corners in order around the area",
            first=crossing[0],
            second=crossing[1],
        )
    if _area(ring) < SMALLEST_AREA:
        raise _wrong(zone, "too_small", "its area is next to nothing; draw it larger")


def _check_schedule(zone: Zone, schedule: Schedule) -> None:
    if not schedule.days or schedule.from_minute == schedule.to_minute:
        raise _wrong(
            zone,
            "empty_schedule",
            "a schedule never begins: name at least one day, and an end other than its begin (0 to 1440 is a whole day)",
        )


def _area(ring: Sequence[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def _first_crossing(ring: Sequence[Point]) -> tuple[int, int] | None:
    """1-based numbers of the first two sides that meet anywhere but in the corner they share."""
    count = len(ring)
    sides = [(ring[i], ring[(i + 1) % count]) for i in range(count)]
    for i in range(count):
        for j in range(i + 1, count):
            if j == i + 1 or (i == 0 and j == count - 1):
                # Neighbours share a corner; they overlap only where the second runs back along the first.
                (a, b), (c, d) = (sides[i], sides[j]) if j == i + 1 else (sides[j], sides[i])
                if _turn(a, b, d) == 0 and (a[0] - b[0]) * (d[0] - c[0]) + (a[1] - b[1]) * (d[1] - c[1]) > 0:
                    return i + 1, j + 1
            elif _meet(*sides[i], *sides[j]):
                return i + 1, j + 1
    return None


def _turn(a: Point, b: Point, c: Point) -> int:
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0 if abs(cross) < 1e-12 else (1 if cross > 0 else -1)


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two sides cross or touch. Sides on one straight line need no look: in a ring, either their neighbours
    touch them or some side runs back along the one before it."""
    return _turn(a, b, c) != _turn(a, b, d) and _turn(c, d, a) != _turn(c, d, b)


def _wrong(zone: Zone, key: str, why: str, **values: object) -> RecordError:
    name = zone.name or zone.id
    return RecordError(f"zone.{key}", f"zone `{name}`: {why}", zone=name, **values)
