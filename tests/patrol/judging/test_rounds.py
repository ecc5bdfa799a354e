"""The visits of a shift by round: one pass in eight hours is one round of eight, and missing data is not misconduct."""

from __future__ import annotations

import itertools

import pytest

from lianqin.records import Fix
from lianqin.testing import a_fix
from patrol.judging.coverage import midnight
from patrol.judging.facts import Gap
from patrol.judging.rounds import Round, RoundPlan, rounds, stretches
from patrol.judging.visits import VisitPoint

DAY = midnight(1790000000.0)
H = 3600.0
HERE, THERE = VisitPoint("p1", 119.2, 34.0, 25), VisitPoint("p2", 119.21, 34.0, 25)  # 922 m apart
EIGHT = RoundPlan(DAY + 8 * H, DAY + 16 * H, H, (HERE, THERE), Gap(DAY, DAY + 24 * H))
LATER = DAY + 20 * H


def at_points(visits: dict[float, VisitPoint | None], first: float = 8.0, last: float = 16.0) -> list[Fix]:
    """A fix each minute from hour to hour: at the first point's north by 300 m, but for the hours named."""
    found = []
    for n in range(int((last - first) * 60) + 1):
        hour = first + n / 60
        place = next((place for named, place in visits.items() if abs(named - hour) < 1e-6), None)
        lat, lon = (place.lat, place.lon) if place else (34.0027, 119.2)
        found.append(a_fix(id=f"f{n:04}", at=DAY + hour * H, lat=lat, lon=lon))
    return found


def states(found: tuple[Round, ...], point: str) -> str:
    letters = {"visited": "v", "missed": "m", "unknown": "u", "excused": "e", "running": "r", "beyond": "b"}
    return "".join(letters[one.state] for each in found for one in each.points if one.checkpoint_id == point)


def test_one_pass_in_eight_hours_is_one_round_of_eight() -> None:
    found = rounds(EIGHT, at_points({9.5: HERE, 9.75: THERE}), [], LATER)
    assert states(found, "p1") == "mvmmmmmm"
    assert states(found, "p2") == "mvmmmmmm"
    assert [one.whole for one in found].count(True) == 1
    assert (found[1].points[0].at, found[1].points[0].fix_id) == (DAY + 9.5 * H, "f0090")


def test_a_pass_each_hour_fills_every_round_and_the_edge_belongs_to_the_later() -> None:
    every = {8.0 + n: HERE for n in range(8)}
    assert states(rounds(EIGHT, at_points(every), [], LATER), "p1") == "vvvvvvvv"


@pytest.mark.parametrize(
    ("hours", "required_h", "windows", "lengths"),
    [
        ((8, 16), 1, (), [1] * 8), ((8, 16), 4, (), [4, 4]), ((8, 12.25), 1, (), [1, 1, 1, 1.25]), ((8, 12.75), 1, (), [1, 1, 1, 1, 0.75]),
        ((8, 8.5), 1, (), [0.5]), ((8, 16), 2, ((540, 600), (720, 780)), [2]), ((8, 16), 1, ((540, 600), (720, 780)), [1, 1]),
        ((8, 16), 1, ((0, 60),), []), ((22, 30), 4, (), [4, 4]), ((22, 30), 2, ((1380, 1440), (0, 60)), [2]),
    ],
)  # fmt: skip
def test_rounds_are_the_required_interval_of_planned_time(
    hours: tuple[float, float], required_h: float, windows: tuple[tuple[int, int], ...], lengths: list[float]
) -> None:
    asked = RoundPlan(
        DAY + hours[0] * H, DAY + hours[1] * H, required_h * H, (HERE,), Gap(0, 9e9), tuple(map(list, windows))
    )
    found = stretches(asked)
    assert [sum(ends - begins for begins, ends in parts) / H for parts in found] == pytest.approx(lengths)
    edges = [edge for parts in found for part in parts for edge in part]
    assert edges == sorted(edges)


def test_a_point_that_could_have_been_visited_in_a_gap_is_unknown_and_one_out_of_reach_is_not() -> None:
    """Three minutes without a fix, 300 m from the one point and some 970 m from the other."""
    hole = Gap(DAY + 9.5 * H, DAY + 9.5 * H + 180)
    fixes = [fix for fix in at_points({}) if not hole.from_at < fix.at < hole.to_at]
    found = rounds(EIGHT, fixes, [hole], LATER)
    assert states(found, "p1") == "mummmmmm"
    assert states(found, "p2") == "mmmmmmmm"


def test_without_any_fix_nothing_is_missed() -> None:
    found = rounds(EIGHT, [], [Gap(EIGHT.opened_at, EIGHT.until)], LATER)
    assert states(found, "p1") == states(found, "p2") == "uuuuuuuu"


@pytest.mark.parametrize(("excused", "told"), [
    ((Gap(DAY + 9 * H, DAY + 9.6 * H),), "memmmmmm"), ((Gap(DAY + 9 * H, DAY + 9.4 * H),), "mmmmmmmm"),
    ((Gap(DAY + 9 * H, DAY + 9.4 * H), Gap(DAY + 9.2 * H, DAY + 9.5 * H)), "mmmmmmmm"),
    ((Gap(DAY + 9 * H, DAY + 9.4 * H), Gap(DAY + 9.4 * H, DAY + 11 * H)), "meemmmmm"),
])  # fmt: skip
def test_a_round_spent_in_breaks_and_on_tasks_is_excused(excused: tuple[Gap, ...], told: str) -> None:
    asked = RoundPlan(EIGHT.opened_at, EIGHT.until, H, (HERE,), EIGHT.look, (), excused)
    assert states(rounds(asked, at_points({}), [], LATER), "p1") == told


def test_a_visit_counts_even_where_the_round_is_excused_or_runs() -> None:
    asked = RoundPlan(EIGHT.opened_at, EIGHT.until, H, (HERE,), EIGHT.look, (), (Gap(DAY + 9 * H, DAY + 10 * H),))
    fixes = [fix for fix in at_points({9.5: HERE, 12.25: HERE}) if fix.at <= DAY + 12.5 * H]
    assert states(rounds(asked, fixes, [], DAY + 12.5 * H), "p1") == "mvmmvrrr"


def test_what_the_look_does_not_reach_is_not_judged() -> None:
    asked = RoundPlan(EIGHT.opened_at, EIGHT.until, H, (HERE,), Gap(DAY + 9.5 * H, DAY + 12.5 * H))
    fixes = [fix for fix in at_points({11.5: HERE}) if asked.look.from_at <= fix.at <= asked.look.to_at]
    assert states(rounds(asked, fixes, [], LATER), "p1") == "bbmvbbbb"


def test_a_doubtful_distance_counts_by_accuracy_up_to_the_limit() -> None:
    near = [a_fix(id="n", at=DAY + 8.5 * H, lat=34.0 + 40 / 111_195, lon=119.2, accuracy_m=acc) for acc in (8.0, 20.0)]
    alone = RoundPlan(EIGHT.opened_at, DAY + 9 * H, H, (HERE,), EIGHT.look)
    told = [rounds(alone, [fix], [], LATER)[0].points[0].state for fix in near]
    assert told == ["missed", "visited"]


def test_the_same_fixes_say_the_same_whatever_gaps_and_excuses_come_in_which_order() -> None:
    gaps = [Gap(DAY + 9 * H, DAY + 9.2 * H), Gap(DAY + 11 * H, DAY + 11.5 * H)]
    excused = [Gap(DAY + 13 * H, DAY + 13.7 * H), Gap(DAY + 14 * H, DAY + 14.6 * H)]
    fixes = [fix for fix in at_points({10.5: HERE}) if not any(gap.from_at < fix.at < gap.to_at for gap in gaps)]
    told = {
        rounds(
            RoundPlan(EIGHT.opened_at, EIGHT.until, H, (HERE, THERE), EIGHT.look, (), tuple(one)), fixes, other, LATER
        )
        for one, other in itertools.product(itertools.permutations(excused), map(list, itertools.permutations(gaps)))
    }
    assert len(told) == 1
