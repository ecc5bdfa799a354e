"""The fold over a shift's fixes: what it says, and that order and doubles don't matter."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.checkpoints import Place
from patrol.facts import FactLimits, Ground, begin, finish, fold, in_order, step

SQUARE = ((119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01))
GROUND = Ground("sh-1", SQUARE, (Place("A1-1", 119.2, 34.0, 25), Place("A1-2", 119.205, 34.0, 25)), T0)
LIMITS = FactLimits()


def walk(count: int, lon: float = 119.2, start: float = 0) -> list[Fix]:
    times = [start + n * 15 for n in range(count)]
    return [a_fix(id=f"fx-{at:06.0f}", at=T0 + at, received_at=T0 + at + 1, lon=lon) for at in times]


def test_time_between_two_fixes_inside_is_confirmed_and_the_rest_is_unknown() -> None:
    facts = finish(fold(walk(5), GROUND, LIMITS), T0 + 300, LIMITS)
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s) == (60, 0, 240)
    assert [(gap.from_at, gap.to_at) for gap in facts.gaps] == [(T0 + 60, T0 + 300)]
    assert [(one.checkpoint_id, one.fix_id) for one in facts.visits] == [("A1-1", "fx-000000")]


def test_a_gap_is_unknown_never_outside() -> None:
    facts = fold([*walk(2), *walk(2, start=600)], GROUND, LIMITS).facts
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s) == (30, 0, 585)
    assert len(facts.gaps) == 1


def test_clearly_outside_counts_as_outside() -> None:
    facts = fold(walk(5, lon=119.215), GROUND, LIMITS).facts
    assert (facts.confirmed_s, facts.outside_s) == (0, 60)


def test_a_shift_without_a_fix_is_unknown_as_a_whole() -> None:
    facts = finish(fold([], GROUND, LIMITS), T0 + 3600, LIMITS)
    assert (facts.confirmed_s, facts.outside_s, facts.unknown_s, facts.fixes) == (0, 0, 3600, 0)


def test_a_jump_is_kept_and_counted_but_proves_no_visit() -> None:
    there_and_back = [*walk(2, lon=119.195), a_fix(id="far", at=T0 + 16, lon=119.205), *walk(1, lon=119.195, start=30)]
    facts = fold(there_and_back, GROUND, LIMITS).facts
    assert [(one.kind, one.count) for one in facts.doubts] == [("jump", 1)]
    assert facts.visits == ()
    assert facts.fixes == 4


def test_a_position_that_never_trembles_is_a_doubt_that_proves_all_the_same() -> None:
    facts = fold(walk(25), GROUND, LIMITS).facts
    assert [(one.kind, one.count) for one in facts.doubts] == [("frozen", 5)]
    assert facts.confirmed_s == 24 * 15


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


@settings(max_examples=60, deadline=None)
@given(FIXES, st.randoms())
def test_shuffled_and_repeated_fixes_give_the_same_facts_bit_for_bit(fixes: list[Fix], random: object) -> None:
    one_by_one = begin(GROUND)
    for fix in in_order(fixes):
        one_by_one = step(one_by_one, fix, GROUND, LIMITS)
    shuffled = [*fixes, *fixes[:5]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert msgspec.json.encode(fold(shuffled, GROUND, LIMITS)) == msgspec.json.encode(one_by_one)
