"""What another rule would have made of an alert, as a table of cases on the boxes that an alert keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from console.alarms.spared import Past, RuleChange, judge
from lianqin.clock import COUNTY_ZONE
from lianqin.records import Schedule, TrackPath, TrackPoint

AT = datetime(2026, 9, 21, 23, 0, tzinfo=COUNTY_ZONE).timestamp()
"""A Monday, at eleven in the evening."""
SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
LEFT = ((0.2, 0.2), (0.5, 0.2), (0.5, 0.8), (0.2, 0.8))
LINE = ((0.5, 0.1), (0.5, 0.9))
"""Downwards on the picture: its left, looking along it, is the picture's right."""


def walk(*steps: tuple[float, float, float], height: float = 0.2, cause: bool = True) -> TrackPath:
    """Seconds from the alert, and where the foot is."""
    points = tuple(TrackPoint(AT + s, (x - 0.02, y - height, x + 0.02, y), 0.9) for s, x, y in steps)
    return TrackPath("t", "person", cause, points)


def stays(x: float, y: float = 0.5, *, begin: float = -2.0, end: float = 10.0, **more: Any) -> TrackPath:
    return walk(*((begin + n * 0.5, x, y) for n in range(int((end - begin) * 2) + 1)), **more)


def past(*tracks: TrackPath, **changes: Any) -> Past:
    return msgspec.structs.replace(Past("al", "intrusion", AT, SQUARE, tracks), **changes)


def hours(begin: int, end: int, *days: int) -> RuleChange:
    return RuleChange(hours=(Schedule(begin * 60, end * 60, days or (0, 1, 2, 3, 4, 5, 6)),))


@pytest.mark.parametrize(
    ("alert", "change", "outcome"),
    [
        (past(stays(0.6)), RuleChange(), "comes"),
        (past(stays(0.6)), hours(22, 6), "comes"),
        (past(stays(0.6)), hours(8, 18), "spared"),
        (past(stays(0.6)), hours(22, 6, 1), "spared"),  # Tuesdays alone
        (past(stays(0.6)), RuleChange(least_height=0.19), "comes"),
        (past(stays(0.6)), RuleChange(least_height=0.21), "spared"),
        (past(stays(0.6)), RuleChange(points=SQUARE), "comes"),
        (past(stays(0.3)), RuleChange(points=LEFT), "comes"),
        (past(stays(0.6)), RuleChange(points=LEFT), "spared"),
        # It comes later: the same stay in the smaller shape.
        (past(walk(*((n * 0.5 - 2, 0.6 if n < 8 else 0.3, 0.5) for n in range(20)))), RuleChange(points=LEFT), "comes"),
        # Its boxes end while it stands there: nobody knows.
        (past(walk(*((n * 0.5 - 2, 0.6 if n < 18 else 0.3, 0.5) for n in range(20)))), RuleChange(points=LEFT), "unknown"),
        # It passed through the smaller shape, and not for as long.
        (past(walk(*((n * 0.5 - 2, 0.3 if 10 < n < 13 else 0.6, 0.5) for n in range(24)))), RuleChange(points=LEFT), "spared"),
        # A second cause that was merged into it.
        (past(stays(0.6), stays(0.3, begin=4.0)), RuleChange(points=LEFT), "comes"),
        (past(stays(0.6), stays(0.3, cause=False)), RuleChange(points=LEFT), "spared"),
        (past(stays(0.6, height=0.1), stays(0.6, height=0.3)), RuleChange(least_height=0.2), "comes"),
        # No boxes, or boxes that do not show how it came about.
        (past(), RuleChange(least_height=0.2), "unknown"),
        (past(), RuleChange(points=LEFT), "unknown"),
        (past(), hours(8, 18), "spared"),
        (past(), hours(22, 6), "comes"),
        (past(stays(0.1)), RuleChange(points=LEFT), "unknown"),
        (past(stays(0.1)), RuleChange(least_height=0.19), "comes"),
        (past(stays(0.1)), RuleChange(least_height=0.21), "spared"),
        # Drawn up to the edge it reaches past it: the foot of who is cut off lies on the picture's border.
        (past(stays(0.5, 1.0), points=((0.2, 0.5), (0.8, 0.5), (0.8, 0.99), (0.2, 0.99))), RuleChange(points=SQUARE), "spared"),
        (past(stays(0.5, 0.7)), RuleChange(points=((0.2, 0.5), (0.8, 0.5), (0.8, 0.99), (0.2, 0.99))), "comes"),
    ],
)  # fmt: skip
def test_an_alert_comes_if_its_cause_does_the_same_for_as_long(alert: Past, change: RuleChange, outcome: str) -> None:
    assert judge(alert, change).outcome == outcome


@pytest.mark.parametrize(
    ("steps", "change", "both_ways", "outcome"),
    [
        ([(-1, 0.7, 0.5), (0, 0.3, 0.5)], RuleChange(least_height=0.1), False, "comes"),
        ([(-1, 0.7, 0.5), (0, 0.3, 0.5)], RuleChange(least_height=0.3), False, "spared"),
        ([(-1, 0.7, 0.5), (0, 0.3, 0.5)], hours(8, 18), False, "spared"),
        ([(-1, 0.7, 0.5), (0, 0.3, 0.5)], RuleChange(points=((0.5, 0.1), (0.5, 0.4))), False, "spared"),
        ([(-1, 0.7, 0.5), (0, 0.3, 0.5)], RuleChange(points=((0.4, 0.1), (0.4, 0.9))), False, "comes"),
        ([(-1, 0.7, 0.5), (0, 0.3, 0.5)], RuleChange(points=LINE[::-1]), False, "spared"),  # the other way
        ([(-1, 0.3, 0.5), (0, 0.7, 0.5)], RuleChange(points=LINE[::-1]), True, "comes"),
        ([(-1, 0.3, 0.5), (0, 0.2, 0.5)], RuleChange(points=LINE), False, "unknown"),
        ([(-1, 0.3, 0.5), (0, 0.2, 0.5)], RuleChange(least_height=0.3), False, "spared"),
    ],
)  # fmt: skip
def test_a_line_must_be_crossed_where_it_lies_then(
    steps: Any, change: RuleChange, both_ways: bool, outcome: str
) -> None:
    alert = past(walk(*steps), situation="line_crossing", points=LINE, both_ways=both_ways)
    assert judge(alert, change).outcome == outcome


@pytest.mark.parametrize(
    ("inside_left", "people", "outcome"), [(5, 5, "comes"), (3, 5, "spared"), (3, 3, "comes"), (0, 3, "spared")]
)
def test_a_density_needs_as_many_at_once(inside_left: int, people: int, outcome: str) -> None:
    crowd = [stays(0.3 + n * 0.01) for n in range(inside_left)] + [stays(0.7) for _ in range(6 - inside_left)]
    alert = past(*crowd, situation="density", people=people)
    assert judge(alert, RuleChange()).outcome == "comes"
    assert judge(alert, RuleChange(points=LEFT)).outcome == outcome


def test_each_part_that_spares_it_alone_is_named_and_all_where_none_does() -> None:
    alert = past(stays(0.6))
    assert judge(alert, RuleChange(hours=hours(8, 18).hours, least_height=0.1, points=LEFT)).why == ("hours", "shape")
    assert judge(alert, RuleChange(least_height=0.1)).why == ()
    # Large only while it stands on the right.
    turns = walk(*((n * 0.5 - 2, 0.3, 0.5) for n in range(5))), stays(0.7, height=0.4)
    both = past(*turns)
    assert judge(both, RuleChange(points=LEFT)).outcome == judge(both, RuleChange(least_height=0.3)).outcome == "comes"
    assert judge(both, RuleChange(points=LEFT, least_height=0.3)) == judge(
        both, RuleChange(points=LEFT, least_height=0.3)
    )
    assert judge(both, RuleChange(points=LEFT, least_height=0.3)).why == ("size", "shape")
