"""A place that repeats itself proves nothing; a phone at rest proves what it says; nobody loses anything by it."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.judging.at_rest import DeviceSign, rests
from patrol.judging.facts import AreaAsOpened, FactLimits, Gap, ShiftFacts
from patrol.judging.fold import fold
from patrol.judging.judge import flagged
from patrol.judging.visits import VisitPoint

SQUARE = ((119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01))
GROUND = AreaAsOpened("sh-1", SQUARE, (VisitPoint("c", 119.2, 34.0, 25),), T0)
LIMITS = FactLimits()
METRE = 1 / 92_180


def stood(count: int, east: Any = lambda _: 0.0, **fields: Any) -> list[Fix]:
    """A fix each 15 s, `east(n)` metres beside the checkpoint."""
    return [a_fix(id=f"fx-{n:04}", at=T0 + n * 15, received_at=T0 + n * 15 + 1, lon=119.2 + east(n) * METRE, **fields)
            for n in range(count)]  # fmt: skip


def facts(fixes: list[Fix], signs: list[DeviceSign] | None = None) -> ShiftFacts:
    return fold(fixes, GROUND, LIMITS, signs=signs or ()).facts()


DICE = random.Random(7)
WANDER = [DICE.gauss(0, 3) for _ in range(500)]


@pytest.mark.parametrize("east", [
    lambda _: 0.0, lambda n: (n % 3) * 0.01, lambda n: 30.0 * (n % 4), lambda n: 20.0 * ((n * 7) % 5),
], ids=["the same degrees", "the seventh digit trembles", "four places in turn", "five places, played back"])  # fmt: skip
def test_a_place_that_repeats_itself_while_the_device_claims_to_move_proves_nothing(east: Any) -> None:
    found = facts(stood(458, east, speed_mps=5 / 3.6))
    assert found.outside_s == 0
    assert found.confirmed_s <= 15 * 16
    assert [one.kind for one in found.doubts] == ["frozen"]


def test_a_stuck_place_proves_no_visit_from_the_first_fix_on() -> None:
    found = facts(stood(458, speed_mps=5 / 3.6))
    assert (found.confirmed_s, found.visits, found.doubts[0].count) == (0, (), 458)


@pytest.mark.parametrize(("fields", "least_s"), [({"speed_mps": 0.0}, 1800), ({}, 1800)])
def test_a_phone_at_rest_is_believed_for_half_an_hour_and_its_guard_loses_nothing(
    fields: dict[str, Any], least_s: float
) -> None:
    found = facts(stood(458, **fields))
    assert (found.confirmed_s, found.outside_s, found.gaps) == (least_s, 0, ())
    assert {one.kind for one in found.doubts} == {"at_rest"}
    assert [one.checkpoint_id for one in found.visits] == ["c"]


def test_a_guard_at_a_post_whose_receiver_wanders_is_believed_all_day() -> None:
    found = facts(stood(458, lambda n: WANDER[n], speed_mps=0.2))
    assert (found.confirmed_s, found.doubts) == (457 * 15, ())


def test_one_new_place_ends_it() -> None:
    fixes = [*stood(200, speed_mps=1.4), *stood(230, lambda n: n * 2.0, speed_mps=1.4)[200:]]
    assert [n for n, one in enumerate(flagged(fixes)) if one.doubts][-1] == 199


def repeated(last: Fix, times: list[float]) -> list[Fix]:
    return [msgspec.structs.replace(last, received_at=last.received_at + after) for after in times]


MINUTES = [60.0 * n for n in range(1, 241)]


def test_the_same_fix_sent_again_says_still_there_for_half_an_hour_as_of_its_own_time() -> None:
    fixes = stood(8, lambda n: n * 10.0)
    found = facts([*fixes, *repeated(fixes[-1], MINUTES)])
    assert (found.confirmed_s, found.fixes, found.last_at) == (105 + 1800, 8, T0 + 105)
    seen = rests(list(flagged(fixes)), [DeviceSign(T0 + 106 + after, "D01", "fx-0007") for after in MINUTES])
    assert [(one.from_at, one.to_at) for one in seen] == [(T0 + 105, T0 + 105 + 1800)]


@pytest.mark.parametrize(("fields", "signs", "more_s"), [
    ({}, [DeviceSign(T0 + 106 + after, "D01") for after in MINUTES], 1800),
    ({"speed_mps": 1.4}, [DeviceSign(T0 + 106 + after, "D01") for after in MINUTES], 0),
    ({}, [DeviceSign(T0 + 106 + after, "D-other") for after in MINUTES], 0),
    ({}, [DeviceSign(T0 + 106 + 1700, "D01")], 0),
    ({}, [DeviceSign(T0 + 106 + 900, "D01"), DeviceSign(T0 + 106 + 1500, "D01")], 1500),
    ({}, [DeviceSign(T0 + 106 + 60, "D01", "fx-0003")], 0),
], ids=["heartbeats", "last seen walking", "another device", "silent for too long", "each quarter of an hour", "an older fix"])  # fmt: skip
def test_a_sign_of_life_says_as_much_as_it_proves(
    fields: dict[str, Any], signs: list[DeviceSign], more_s: float
) -> None:
    assert facts(stood(8, lambda n: n * 10.0, **fields), signs).confirmed_s == 105 + more_s


@pytest.mark.parametrize("seed", range(4))
def test_repeats_in_any_order_give_the_same_facts_bit_for_bit(seed: int) -> None:
    fixes = stood(8, lambda n: n * 10.0)
    whole = [*fixes, *repeated(fixes[-1], MINUTES[:20]), *repeated(fixes[4], [3.0, 70.0]),
             *[msgspec.structs.replace(one, at=one.at + 2000, received_at=one.received_at + 2000, id=f"l{one.id}") for one in fixes]]  # fmt: skip
    mixed = whole[:]
    random.Random(seed).shuffle(mixed)
    assert msgspec.json.encode(facts(mixed)) == msgspec.json.encode(facts(whole))


def test_one_fix_ahead_of_its_arrival_counts_at_its_arrival_and_proves_nothing() -> None:
    fixes = stood(40, lambda n: n * 10.0)
    fixes[10] = msgspec.structs.replace(fixes[10], at=fixes[10].at + 3 * 3600)
    folded = fold(fixes, GROUND, LIMITS)
    assert (folded.last, folded.facts().until) == (fixes[-1], fixes[-1].at)
    assert [(one.kind, one.count) for one in folded.facts().doubts] == [("clock_ahead", 1)]
    assert folded.facts().confirmed_s == 39 * 15 - 30 + 0


def test_a_silence_of_the_platform_is_no_gap_of_the_guards() -> None:
    fixes = [*stood(41, lambda n: WANDER[n]), *stood(141, lambda n: WANDER[n])[134:]]
    silent = [Gap(T0 + 600, T0 + 600 + 23 * 60)]
    found = fold(fixes, GROUND, LIMITS).facts((), silent)
    assert (found.gaps, found.platform_s) == ((), 23 * 60)
    assert len(fold(fixes, GROUND, LIMITS).facts().gaps) == 1
    apart = [Gap(T0 + 600 + 5 * 60, T0 + 600 + 10 * 60)]
    assert fold(fixes, GROUND, LIMITS).facts((), apart).gaps == (
        Gap(T0 + 600, T0 + 900), Gap(T0 + 600 + 15 * 60, T0 + 134 * 15))  # fmt: skip
