"""A zone that no rule can follow is refused with a key and how to mend it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianqin.errors import RecordError
from lianqin.records import Schedule
from lianqin.testing import a_zone
from lianqin.zone_check import check_zone

BOW_TIE = ((0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8))
LINE = {"situation": "line_crossing"}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": "  "}, "zone.no_name"),
        ({"labels": ()}, "zone.no_labels"),
        ({"points": ()}, "zone.too_few_points"),
        ({"points": ((0.1, 0.1), (0.9, 0.9))}, "zone.too_few_points"),
        ({"points": ((0.1, 0.1), (0.9, 0.9), (0.1, 0.1))}, "zone.too_few_points"),
        ({"points": ((0.1, 0.1), (0.9, 0.1), (0.5, 1.01))}, "zone.outside_picture"),
        ({"points": ((-0.01, 0.1), (0.9, 0.1), (0.5, 0.9))}, "zone.outside_picture"),
        ({"points": ((320, 180), (640, 180), (640, 360))}, "zone.outside_picture"),
        ({"points": ((math.nan, 0.1), (0.9, 0.1), (0.5, 0.9))}, "zone.not_a_number"),
        ({"points": ((math.inf, 0.1), (0.9, 0.1), (0.5, 0.9))}, "zone.not_a_number"),
        ({"points": BOW_TIE}, "zone.self_crossing"),
        ({"points": ((0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9))}, "zone.self_crossing"),  # runs back on itself
        ({"points": ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.1), (0.1, 0.9))}, "zone.self_crossing"),  # touches
        (  # two of its sides lie on one another for a stretch
            {
                "points": (
                    (0.1, 0.1),
                    (0.6, 0.1),
                    (0.6, 0.5),
                    (0.9, 0.5),
                    (0.9, 0.1),
                    (0.4, 0.1),
                    (0.4, 0.9),
                    (0.1, 0.9),
                )
            },
            "zone.self_crossing",
        ),
        ({"points": ((0.1, 0.1), (0.105, 0.1), (0.105, 0.105))}, "zone.too_small"),
        ({"points": ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9))}, "zone.self_crossing"),  # a flat triangle folds on itself
        (LINE | {"points": ((0.1, 0.1),)}, "zone.line_needs_two_points"),
        (LINE | {"points": ((0.1, 0.1), (0.5, 0.5), (0.9, 0.1))}, "zone.line_needs_two_points"),
        (LINE | {"points": ((0.5, 0.5), (0.5, 0.5))}, "zone.zero_length"),
        (LINE | {"points": ((0.5, 0.5), (1.5, 0.5))}, "zone.outside_picture"),
        ({"schedules": (Schedule(600, 600),)}, "zone.empty_schedule"),
        ({"schedules": (Schedule(600, 700, days=()),)}, "zone.empty_schedule"),
    ],
)
def test_a_zone_that_makes_no_sense_is_refused(changes: dict[str, Any], key: str) -> None:
    zone = a_zone(**changes)
    with pytest.raises(RecordError) as caught:
        check_zone(zone)
    assert caught.value.key == key
    assert f"zone `{zone.name}`" in caught.value.detail
    assert caught.value.values["zone"] == zone.name


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"points": ((0, 0), (1, 0), (1, 1), (0, 1))},
        {"points": ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))},  # a closed ring
        {"points": ((0.1, 0.1), (0.1, 0.1), (0.9, 0.1), (0.5, 0.9))},  # a double click
        {"points": ((0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.5, 0.9))},  # a corner on a side
        {"points": ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.3), (0.1, 0.9))},  # concave
        {"situation": "line_crossing", "points": ((0.5, 0.1), (0.5, 0.9))},
        {"schedules": (Schedule(0, 1440), Schedule(1320, 360, days=(4, 5)))},
    ],
)
def test_a_zone_that_can_be_followed_passes(changes: dict[str, Any]) -> None:
    check_zone(a_zone(**changes))


@given(
    st.lists(st.floats(0.2, 0.48), min_size=5, max_size=12),
    st.tuples(st.floats(0.45, 0.5), st.floats(0.45, 0.5)),
)
def test_corners_in_order_around_a_place_never_cross(radii: list[float], centre: tuple[float, float]) -> None:
    step = 2 * math.pi / len(radii)
    points = tuple(
        (centre[0] + 0.9 * r * math.cos(i * step), centre[1] + 0.9 * r * math.sin(i * step))
        for i, r in enumerate(radii)
    )
    check_zone(a_zone(points=points))
