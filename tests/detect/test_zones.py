"""Where tracks stand, and when zones are armed."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.zones import is_armed, locate
from lianqin.clock import COUNTY_ZONE
from lianqin.records import Point, Schedule, Track
from lianqin.testing import a_zone

L_SHAPE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.5), (0.5, 0.5), (0.5, 0.9), (0.1, 0.9))


def _standing(foot: Point, *, label: str = "person", height: float = 0.2) -> Track:
    box = (foot[0] - 0.02, foot[1] - height, foot[0] + 0.02, foot[1])
    return Track("t", label, box, 0.9, counts=True, detected=True)


@pytest.mark.parametrize(
    ("foot", "depth"),
    [
        ((0.3, 0.3), 0.2),
        ((0.3, 0.89), 0.01),
        ((0.45, 0.7), 0.05),
        ((0.7, 0.7), -0.2),
        ((0.95, 0.3), -0.05),
        ((0.3, 0.95), -0.05),
        ((0.0, 0.0), -(0.02**0.5)),
    ],
)
def test_a_polygon_gives_the_foots_distance_to_its_border_positive_inside(foot: Point, depth: float) -> None:
    (place,) = locate(a_zone(points=L_SHAPE), [_standing(foot)], 1.0)
    assert place.depth == pytest.approx(depth)
    assert place.inside == (depth > 0)


def test_the_foot_counts_not_the_middle_of_the_box() -> None:
    zone = a_zone(points=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
    low, high = locate(zone, [_standing((0.5, 0.6), height=0.5), _standing((0.5, 0.45), height=0.01)], 1.0)
    assert low.inside
    assert not high.inside


def test_distances_are_in_picture_heights_whatever_the_pictures_shape() -> None:
    zone = a_zone(points=((0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0)))
    (place,) = locate(zone, [_standing((0.3, 0.5))], 2.0)
    assert place.depth == pytest.approx(0.1)


def test_only_the_zones_labels_are_located() -> None:
    tracks = [_standing((0.5, 0.5)), _standing((0.5, 0.5), label="car"), _standing((0.5, 0.5), label="dog")]
    assert [p.track.label for p in locate(a_zone(labels=("car", "person")), tracks, 1.0)] == ["person", "car"]


@pytest.mark.parametrize(
    ("ends", "foot", "right", "along"),
    [
        (((0.2, 0.5), (0.8, 0.5)), (0.5, 0.6), True, 0.5),  # looking right, what lies below is to the right
        (((0.2, 0.5), (0.8, 0.5)), (0.2, 0.4), False, 0.0),
        (((0.8, 0.5), (0.2, 0.5)), (0.5, 0.6), False, 0.5),
        (((0.5, 0.9), (0.5, 0.1)), (0.6, 0.1), True, 1.0),  # looking up, right is right
        (((0.5, 0.1), (0.5, 0.9)), (0.6, 0.9), False, 1.0),
        (((0.5, 0.1), (0.5, 0.9)), (0.4, 1.0), True, 1.125),
    ],
)
def test_a_lines_right_is_that_of_someone_who_looks_from_its_first_point_to_its_second(
    ends: tuple[Point, Point], foot: Point, right: bool, along: float
) -> None:
    (place,) = locate(a_zone(situation="line_crossing", points=ends), [_standing(foot)], 1.0)
    assert (place.depth > 0) is right
    assert abs(place.depth) == pytest.approx(0.1)
    assert place.along == pytest.approx(along)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 2.5))
def test_a_lines_two_directions_see_each_other_mirrored(x: float, y: float, aspect: float) -> None:
    ends = ((0.1, 0.2), (0.7, 0.9))
    there, back = (
        locate(a_zone(situation="line_crossing", points=points), [_standing((x, y))], aspect)[0]
        for points in (ends, ends[::-1])
    )
    assert there.depth == pytest.approx(-back.depth)
    assert there.along == pytest.approx(1 - back.along)


def _at(text: str) -> float:
    """2026-09-21 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=COUNTY_ZONE).timestamp()


OFFICE = Schedule(8 * 60, 18 * 60, days=(0, 1, 2, 3, 4))
NIGHT = Schedule(22 * 60, 6 * 60, days=(4, 5))  # the nights that begin on Friday and Saturday
SUNDAY_NIGHT = Schedule(23 * 60, 60, days=(6,))


@pytest.mark.parametrize(
    ("schedules", "when", "armed"),
    [
        ((), "2026-09-21 03:00", True),
        ((OFFICE,), "2026-09-21 07:59:59", False),
        ((OFFICE,), "2026-09-21 08:00", True),
        ((OFFICE,), "2026-09-21 17:59:59", True),
        ((OFFICE,), "2026-09-21 18:00", False),
        ((OFFICE,), "2026-09-26 12:00", False),  # Saturday
        ((NIGHT,), "2026-09-25 21:59", False),
        ((NIGHT,), "2026-09-25 22:00", True),
        ((NIGHT,), "2026-09-26 05:59", True),  # belongs to Friday's night
        ((NIGHT,), "2026-09-26 06:00", False),
        ((NIGHT,), "2026-09-27 03:00", True),  # Saturday's
        ((NIGHT,), "2026-09-27 22:30", False),  # Sunday's is not among them
        ((NIGHT,), "2026-09-25 03:00", False),  # Thursday's neither
        ((SUNDAY_NIGHT,), "2026-09-28 00:30", True),  # Monday's small hours, over the week's end
        ((SUNDAY_NIGHT,), "2026-09-27 00:30", False),
        ((OFFICE, NIGHT), "2026-09-25 23:00", True),
        ((OFFICE, NIGHT), "2026-09-25 20:00", False),
        ((Schedule(0, 1440),), "2026-09-21 23:59:59", True),
        ((Schedule(0, 1440),), "2026-09-21 00:00", True),
        ((Schedule(1200, 0),), "2026-09-21 21:00", True),  # until midnight
        ((Schedule(1200, 0),), "2026-09-22 00:00", False),
        ((Schedule(600, 600),), "2026-09-21 10:00", False),
    ],
)
def test_a_zone_is_armed_by_its_schedules_in_local_time(
    schedules: tuple[Schedule, ...], when: str, armed: bool
) -> None:
    assert is_armed(a_zone(schedules=schedules), _at(when)) is armed


def test_a_disabled_zone_is_never_armed() -> None:
    assert not is_armed(a_zone(enabled=False), _at("2026-09-21 12:00"))


NIGHT = (Schedule(1320, 360, (4,)),)
"""From Friday 22:00 to Saturday 06:00; 2026-09-18 is a Friday."""
FRIDAY, SATURDAY = (date(2026, 9, day).toordinal() for day in (18, 19))


@pytest.mark.parametrize(
    ("when", "days", "armed"),
    [
        ("2026-09-18 21:59", {}, False),
        ("2026-09-18 22:00", {}, True),
        ("2026-09-19 00:00", {}, True),
        ("2026-09-19 05:59", {}, True),
        ("2026-09-19 06:00", {}, False),
        ("2026-09-18 05:00", {}, False),  # of Thursday's night
        ("2026-09-19 23:00", {}, False),
        ("2026-09-18 23:00", {"off_days": (FRIDAY,)}, False),
        ("2026-09-19 02:00", {"off_days": (FRIDAY,)}, False),  # the night that began on the day left out
        ("2026-09-19 02:00", {"off_days": (SATURDAY,)}, True),
        ("2026-09-19 02:00", {"on_calendars": ("c",), "on_days": (FRIDAY,)}, True),
        ("2026-09-19 02:00", {"on_calendars": ("c",), "on_days": (SATURDAY,)}, False),
        ("2026-09-19 02:00", {"on_calendars": ("c",)}, False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began_by_weekday_and_calendar(
    when: str, days: dict[str, tuple[int, ...]], armed: bool
) -> None:
    assert is_armed(a_zone(schedules=NIGHT, **days), _at(when)) is armed


@pytest.mark.parametrize(
    ("when", "armed"), [("2026-10-01 00:00", True), ("2026-10-01 23:59", True), ("2026-10-02 00:00", False)]
)
def test_a_zone_without_hours_holds_on_its_calendars_whole_days(when: str, armed: bool) -> None:
    day = date(2026, 10, 1).toordinal()
    assert is_armed(a_zone(on_calendars=("c",), on_days=(day,)), _at(when)) is armed
    assert is_armed(a_zone(off_calendars=("c",), off_days=(day,)), _at(when)) is not armed


def test_the_county_knows_no_summer_time() -> None:
    zone = a_zone(schedules=(Schedule(120, 180),))
    for month in range(1, 13):
        assert is_armed(zone, _at(f"2026-{month:02}-28 02:30"))
        assert not is_armed(zone, _at(f"2026-{month:02}-28 03:00"))


def test_what_is_lower_than_the_least_size_is_passed_over() -> None:
    tracks = [_standing((0.5, 0.5), height=0.1), _standing((0.5, 0.6), height=0.2)]
    assert [place.track.height for place in locate(a_zone(least_height=0.15), tracks, 1.0)] == [pytest.approx(0.2)]
    assert len(locate(a_zone(), tracks, 1.0)) == 2
