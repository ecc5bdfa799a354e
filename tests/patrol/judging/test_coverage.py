"""Coverage by cells: what an area has, when each was passed, how long they lie idle."""

from __future__ import annotations

import random

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from lianqin.testing import T0, a_fix
from patrol.judging.coverage import (
    cell_of,
    cells_of,
    cover,
    idle_cells,
    idleness,
    mark,
    marks,
    midnight,
    of_a_day,
    outline,
    required_seconds,
    spans_of,
    state_of,
    stays_of,
    waited_s,
)
from patrol.judging.facts import AreaAsOpened, FactLimits
from patrol.judging.fold import fold
from patrol.judging.left_out import cells_with_ways
from patrol.judging.visits import VisitPoint

SQUARE = ((119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01))


def test_an_area_has_the_cells_in_it_and_a_tiny_one_has_one() -> None:
    cells = cells_of(SQUARE)
    assert len(cells) > 200
    assert cell_of(34.0, 119.2) in cells
    assert cells_of([(119.2, 34.0), (119.2001, 34.0), (119.2001, 34.0001)]) == (cell_of(34.00003, 119.20007),)
    assert len(outline(cells[0])) == 6


@pytest.mark.parametrize(
    ("since", "state"),
    [(None, "unseen"), (0, "covered"), (2700, "covered"), (2701, "due"), (3600, "due"), (3601, "overdue")],
)
def test_a_cell_is_covered_due_overdue_or_was_never_seen(since: float | None, state: str) -> None:
    assert state_of(None if since is None else T0 - since, T0, 3600) == state


def test_an_area_says_its_share_and_the_cell_that_waits_longest() -> None:
    found = cover("A1", ["a", "b", "c", "d"], {"a": T0 - 10, "b": T0 - 3000, "c": T0 - 9000, "x": T0}, T0, 3600)
    assert (found.covered, found.due, found.overdue, found.unseen) == (1, 1, 2, 1)
    assert (found.share, found.worst_cell, found.worst_s) == (0.5, "d", None)  # never passed is the longest of all
    seen = cover("A1", ["a", "b", "c"], {"a": T0 - 10, "b": T0 - 3000, "c": T0 - 9000}, T0, 3600)
    assert (seen.worst_cell, seen.worst_s) == ("c", 9000)
    assert cover("A1", [], {}, T0, 60).worst_cell is None


def test_only_planned_time_makes_a_cell_wait() -> None:
    day = midnight(T0)
    at = day + 10 * 3600
    assert waited_s(at, at + 3600, [[600, 660]]) == 3600
    assert waited_s(at, at + 2 * 3600, [[600, 660]]) == 3600
    assert waited_s(at, at + 86_400 * 3, [[600, 660]]) == 3 * 3600
    assert waited_s(at + 3600, at + 86_400, [[600, 660]]) == 0
    assert waited_s(at, at + 5, []) == 5
    assert state_of(at, at + 20 * 3600, 3600, [[600, 660]]) == "due"


def test_a_day_counts_as_the_list_does_and_in_its_windows_alone() -> None:
    spans = [(600.0, 1200.0)]
    found = idle_cells(
        ["a", "b", "c"], [{"a": [(700.0, 800.0)], "b": [(10.0, 20.0)], "c": [(650.0, 650.0)]}], spans, 500
    )
    assert [(one.cell, one.visits, one.state) for one in found] == [
        ("a", 1, "due"),
        ("b", 0, "unseen"),
        ("c", 1, "overdue"),
    ]
    told = of_a_day("A1", found, 500, 4)
    assert (told.due, told.overdue, told.unseen, told.left_out, told.worst_cell) == (1, 2, 1, 4, "b")
    assert {one.state for one in idle_cells(["a"], [], [], 500)} == {"covered"}


@pytest.mark.parametrize("shape", [
    {"type": "LineString", "coordinates": [[119.199, 34.0], [119.2, 34.0]]},
    {"type": "Point", "coordinates": [119.2, 34.0]},
    {"type": "MultiPoint", "coordinates": [[119.2, 34.0]]},
    {"type": "Polygon", "coordinates": [[[119.2, 34.0], [119.2001, 34.0], [119.2, 34.0001], [119.2, 34.0]]]},
    {"type": "MultiPolygon", "coordinates": [[[[119.2, 34.0], [119.2001, 34.0], [119.2, 34.0]]]]},
    {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [119.2, 34.0]}]},
])  # fmt: skip
def test_a_street_or_a_door_makes_a_cell_count(shape: dict[str, object]) -> None:
    assert cell_of(34.0, 119.2) in cells_with_ways([shape])
    assert cell_of(34.005, 119.205) not in cells_with_ways([shape])
    assert cells_with_ways([{}, {"type": "Point", "coordinates": []}]) == frozenset()


def test_idleness_is_the_mean_and_the_longest_wait() -> None:
    none = idleness([], 0, 100)
    assert (none.average_s, none.worst_s) == (50, 100)
    half = idleness([(50, 50)], 0, 100)
    assert (half.average_s, half.worst_s) == (25, 50)
    stay = idleness([(40, 60), (50, 70), (-5, 10), (90, 200)], 0, 100)
    assert (stay.average_s, stay.worst_s) == ((30 * 30 + 20 * 20) / 200, 30)
    assert idleness([(-1, 200)], 0, 100).worst_s == 0


@given(st.lists(st.tuples(st.floats(1, 99), st.floats(0, 30))), st.floats(1, 99), st.floats(0, 30))
def test_one_stay_more_never_makes_a_place_idler(stays: list[tuple[float, float]], at: float, long: float) -> None:
    one = [(begins, begins + lasts) for begins, lasts in stays]
    before, after = idleness(one, 0, 100), idleness([*one, (at, at + long)], 0, 100)
    assert after.average_s <= before.average_s + 1e-9
    assert after.worst_s <= before.worst_s


def test_stays_end_where_he_leaves_and_where_nobody_knows() -> None:
    here, there = cell_of(34.0, 119.2), cell_of(34.0, 119.21)
    walk = [(0.0, 34.0, 119.2), (60.0, 34.0, 119.2), (120.0, 34.0, 119.21), (180.0, 34.0, 119.2), (900.0, 34.0, 119.2)]
    assert stays_of(walk, [here, there]) == {here: [(0, 60), (180, 180), (900, 900)], there: [(120, 120)]}
    idle = {one.cell: one for one in idle_cells([here, there], [stays_of(walk, [here]), {}], [(0, 1000)])}
    assert (idle[here].visits, idle[here].worst_s) == (3, 720)
    assert (idle[there].visits, idle[there].average_s, idle[there].worst_s) == (0, 500, 1000)


def test_a_cell_lies_idle_only_while_its_area_must_be_patrolled() -> None:
    spans = spans_of([[10, 20], [30, 40], [50, 60]], 0, 35 * 60)
    assert spans == [(600, 1200), (1800, 2100)]
    assert spans_of([], 100, 700) == [(100, 700)]
    [cell] = idle_cells(["c"], [{"c": [(900.0, 900.0)]}], spans)
    assert (cell.worst_s, cell.average_s) == (300, (300 * 300 * 2 / 2 + 300 * 300 / 2) / 900)
    assert idle_cells(["c"], [], [])[0].worst_s == 0


def test_every_colour_has_its_frequency_and_red_the_highest() -> None:
    required = required_seconds()
    assert set(required) == {"red", "orange", "yellow", "blue"}
    assert required["red"] < required["orange"] < required["yellow"] < required["blue"]


def test_marks_keep_the_newest_however_they_come(redis_client: redis.Redis) -> None:
    for at in (5.0, 9.0, 7.0):
        mark(redis_client, {"A1": {"a": at, "b": 10 - at}, "A2": {}})
    assert marks(redis_client, "A1") == {"a": 9.0, "b": 5.0}


def test_cells_of_a_shift_are_the_same_for_late_fixes_and_hold_no_doubted_place() -> None:
    ground = AreaAsOpened("sh-1", SQUARE, (VisitPoint("c", 119.2, 34.0, 25),), T0)
    fixes = [
        a_fix(id=f"f{n:03}", at=T0 + n * 15, received_at=T0 + n * 15 + 1, lon=119.195 + n * 0.0001) for n in range(80)
    ]
    fixes[40] = a_fix(id="f040", at=T0 + 600, received_at=T0 + 601, lon=119.195, lat=34.009)
    late = fixes[:]
    random.Random(3).shuffle(late)
    found = fold(fixes, ground, FactLimits(), cells=True).cells
    assert found == fold(late, ground, FactLimits(), cells=True).cells
    assert cell_of(34.009, 119.195) not in found
    assert len(found) > 3
