"""The fold over a shift's fixes: what it says, and that order and doubles don't matter."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.judging.facts import AreaAsOpened, FactLimits, Gap, ShiftFacts
from patrol.judging.fold import Folded, fold, in_order
from patrol.judging.visits import VisitPoint

SQUARE = ((119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01))
GROUND = AreaAsOpened("sh-1", SQUARE, (VisitPoint("A1-1", 119.2, 34.0, 25), VisitPoint("A1-2", 119.205, 34.0, 25)), T0)
LIMITS = FactLimits()


def walk(count: int, lon: float = 119.2, start: float = 0) -> list[Fix]:
    times = [start + n * 15 for n in range(count)]
    return [a_fix(id=f"fx-{at:06.0f}", at=T0 + at, received_at=T0 + at + 1, lon=lon) for at in times]


def test_time_between_two_fixes_inside_is_confirmed_and_the_rest_is_unknown() -> None:
    facts = fold(walk(5), GROUND, LIMITS).finish(T0 + 300)
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s) == (60, 0, 240)
    assert [(gap.from_at, gap.to_at) for gap in facts.gaps] == [(T0 + 60, T0 + 300)]
    assert [(one.checkpoint_id, one.fix_id) for one in facts.visits] == [("A1-1", "fx-000000")]


def test_a_gap_is_unknown_never_outside() -> None:
    facts = fold([*walk(2), *walk(2, start=600)], GROUND, LIMITS).facts()
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s) == (30, 0, 585)
    assert len(facts.gaps) == 1


def test_clearly_outside_counts_as_outside() -> None:
    facts = fold(walk(5, lon=119.215), GROUND, LIMITS).facts()
    assert (facts.confirmed_s, facts.outside_s) == (0, 60)


def test_a_shift_without_a_fix_is_unknown_as_a_whole() -> None:
    facts = fold([], GROUND, LIMITS).finish(T0 + 3600)
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s, facts.fixes) == (0, 0, 3600, 0)


def test_a_jump_is_kept_and_counted_but_proves_no_visit() -> None:
    there_and_back = [*walk(2, lon=119.195), a_fix(id="far", at=T0 + 16, lon=119.205), *walk(1, lon=119.195, start=30)]
    facts = fold(there_and_back, GROUND, LIMITS).facts()
    assert [(one.kind, one.count) for one in facts.doubts] == [("teleport", 1)]
    assert facts.visits == ()
    assert facts.fixes == 4


def test_a_place_that_stands_at_rest_is_believed_for_half_an_hour_and_says_nothing_after_that() -> None:
    facts = fold(walk(241), GROUND, LIMITS).facts()
    assert [(one.kind, one.count) for one in facts.doubts] == [("at_rest", 120)]
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s) == (1800, 0, 1800)


FIXES = st.lists(
    st.builds(
        lambda n, at, lon, lat, accuracy, late: a_fix(
            id=f"fx-{n}", at=T0 + at, lon=lon, lat=lat, accuracy_m=accuracy, received_at=T0 + at + late
        ),
        st.integers(0, 10_000), st.floats(0, 3000), st.floats(119.18, 119.22), st.floats(33.98, 34.02),
        st.one_of(st.none(), st.floats(1, 400)), st.floats(-120, 3000),
    ),
    max_size=25, unique_by=lambda fix: fix.id,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(FIXES, st.randoms())
def test_shuffled_and_repeated_fixes_give_the_same_facts_bit_for_bit(fixes: list[Fix], random: object) -> None:
    one_by_one = Folded(GROUND, LIMITS)
    for fix in in_order(fixes):
        one_by_one.push(fix)
        one_by_one.facts()  # a look in between changes nothing
    shuffled = [*fixes, *fixes[:5]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert msgspec.json.encode(fold(shuffled, GROUND, LIMITS).facts()) == msgspec.json.encode(one_by_one.facts())


@settings(max_examples=100, deadline=None)
@given(FIXES)
def test_every_second_is_of_one_kind_whatever_comes(fixes: list[Fix]) -> None:
    facts = fold(fixes, GROUND, LIMITS).finish(T0 + 3600, [Gap(T0 + 500, T0 + 900)])
    assert sum((facts.confirmed_s, facts.outside_s, facts.unknown_s, facts.break_s)) == pytest.approx(3600)
    assert facts.break_s == pytest.approx(400)


def test_time_in_a_break_counts_as_nothing_else() -> None:
    facts = fold(walk(21), GROUND, LIMITS).finish(T0 + 300, [Gap(T0 + 60, T0 + 120), Gap(T0 + 100, T0 + 150)])
    assert (facts.confirmed_s, facts.break_s, facts.unknown_s) == (210, 90, 0)


def test_a_gap_inside_a_break_is_none() -> None:
    facts = fold([*walk(2), *walk(2, start=600)], GROUND, LIMITS).finish(T0 + 615, [Gap(T0, T0 + 615)])
    assert facts.gaps == ()


def test_at_his_post_and_off_it_are_counted_beside_the_area() -> None:
    post = AreaAsOpened("sh-1", SQUARE, (), T0, VisitPoint("P1", 119.2, 34.0, 30))
    facts = fold([*walk(5), *walk(5, lon=119.203, start=75)], post, LIMITS).facts()
    assert (facts.at_post_s, facts.off_post_s, facts.confirmed_s) == (60, 60, 135)


def test_who_stands_on_the_border_does_not_flap() -> None:
    def steps(lons: list[float]) -> ShiftFacts:
        return fold([a_fix(id=f"fx-{n:03}", at=T0 + n * 15, received_at=T0 + n * 15 + 1, lon=lon, accuracy_m=20)
                     for n, lon in enumerate(lons)], GROUND, LIMITS).facts()  # fmt: skip

    trembling = [119.2099 + 0.0002 * (n % 2) for n in range(20)]
    assert (steps(trembling).confirmed_s, steps(trembling).outside) == (285, ())
