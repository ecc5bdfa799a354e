"""Which fixes are believed, and the reason when one is not: whole trails as cases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianqin.geo import LonLat, gcj02_to_bd09, wgs84_to_gcj02
from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.judging.doubts import Flagged, proves
from patrol.judging.judge import Judge, flagged, trusted

STEP = 0.00013
"""Degrees of longitude walked in 10 s: 12 m."""


def walk(count: int, start: int = 0, **fields: Any) -> list[Fix]:
    return [at(start + n, lon=119.2 + (start + n) * STEP, **fields) for n in range(count)]


def at(n: float, lon: float, lat: float = 34.0, **fields: Any) -> Fix:
    whole: dict[str, Any] = {
        "id": f"fx-{n:07.1f}",
        "at": T0 + n * 10,
        "received_at": T0 + n * 10 + 1,
        "accuracy_m": 10.0,
        **fields,
    }
    return a_fix(lon=lon, lat=lat, **whole)


def kinds(fixes: list[Fix]) -> Counter[str]:
    return Counter(kind for one in flagged(fixes) for kind in one.doubts)


Convert = Callable[[LonLat], LonLat]


def wgs84_to_bd09(place: LonLat) -> LonLat:
    return gcj02_to_bd09(wgs84_to_gcj02(place))


def sent_as(fix: Fix, convert: Convert) -> Fix:
    lon, lat = convert((fix.lon, fix.lat))
    return at((fix.at - T0) / 10, lon=lon, lat=lat)


def test_an_ordinary_walk_has_no_doubts() -> None:
    assert not kinds(walk(300))


def test_one_far_fix_between_two_near_ones_is_a_teleport() -> None:
    fixes = [*walk(10), at(10, 119.23), *walk(10, 11)]
    assert [one.fix.id for one in flagged(fixes) if one.doubts == ("teleport",)] == [fixes[10].id]


def test_the_first_fix_of_a_shift_may_be_the_wrong_one() -> None:
    fixes = [at(0, 119.3), *walk(10, 1)]
    assert [one.doubts for one in flagged(fixes)] == [("teleport",), *[()] * 10]


def test_a_stretch_that_a_jump_began_and_a_jump_ended_is_a_teleport() -> None:
    away = [at(10 + n, 119.4 + n * STEP) for n in range(5)]
    assert kinds([*walk(10), *away, *walk(10, 15)]) == {"teleport": 5}


def test_who_rode_by_car_is_believed_and_called_too_fast() -> None:
    ride = [at(11 + n, 119.2013 + (n + 1) * 0.0022) for n in range(20)]
    found = flagged([*walk(11), *ride])
    assert {kind for one in found for kind in one.doubts} == {"too_fast"}
    assert all(proves(one.doubts) for one in flagged([*walk(11), *ride]))


@pytest.mark.parametrize(("system", "convert"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_a_stretch_sent_in_the_wrong_system_is_named_with_the_system_and_how_far_off(
    system: str, convert: Convert
) -> None:
    fixes = walk(60)
    fixes[20:40] = [sent_as(fix, convert) for fix in fixes[20:40]]
    found = list(flagged(fixes))
    assert [n for n, one in enumerate(found) if "wrong_coord_sys" in one.doubts] == list(range(20, 40))
    assert {one.system for one in found[20:40]} == {system}
    assert all(400 < (one.off_m or 0) < 1400 for one in found[20:40])
    assert not any(proves(one.doubts) for one in found[20:40])


def test_a_step_of_the_same_length_another_way_is_no_fault_of_coordinates() -> None:
    lon, lat = wgs84_to_gcj02((119.2, 34.0))
    east, north = lon - 119.2, lat - 34.0
    fixes = walk(40)
    fixes[20] = at(20, fixes[20].lon - east, 34.0 + north)
    assert kinds(fixes) == {"teleport": 1}


def test_two_phones_of_one_guard_in_two_places_prove_nothing_for_the_second() -> None:
    own = walk(30)
    other = [at(n + 0.5, 119.26 + n * STEP, device_id="D-other") for n in range(29)]
    found = list(flagged(sorted([*own, *other], key=lambda fix: fix.at)))
    assert Counter(kind for one in found for kind in one.doubts) == {"two_phones": 29}
    assert {one.fix.device_id for one in found if one.doubts} == {"D-other"}


def test_two_phones_in_one_pocket_are_no_doubt() -> None:
    fixes = [
        fix for n in range(30) for fix in (at(n, 119.2 + n * STEP), at(n + 0.5, 119.2 + n * STEP, device_id="D-2"))
    ]
    assert not kinds(fixes)


def test_a_slow_clock_is_told_from_what_a_phone_kept_for_later() -> None:
    slow = [at(n, 119.2 + n * STEP, received_at=T0 + n * 10 + 1800 + n % 3) for n in range(40)]
    kept = [at(n, 119.2 + n * STEP, received_at=T0 + 4000 + n / 10) for n in range(40)]
    assert kinds(slow)["clock_skew"] == 35
    assert not kinds(kept)


def test_a_clock_ahead_a_frozen_place_and_a_poor_fix_are_named() -> None:
    assert kinds(walk(10, received_at=T0 - 100)) == {"clock_ahead": 10}
    assert kinds([at(n, 119.2, speed_mps=1.4) for n in range(30)]) == {"frozen": 30}
    assert kinds(walk(10, accuracy_m=900.0)) == {"inaccurate": 10}


def test_two_places_at_one_moment_prove_nothing() -> None:
    fixes = [*walk(10), at(9, 119.25, id="fx-z"), *walk(10, 10)]
    assert kinds(fixes) == {"same_moment": 1}


TRAILS = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from([0.0, 0.0001, 0.004, 0.0055, 0.05, -0.3]),
              st.sampled_from([5.0, 30.0, 500.0]), st.sampled_from(["D1", "D1", "D2"]), st.integers(-200, 4000)),
    max_size=60,
)  # fmt: skip


def a_trail(steps: list[tuple[int, float, float, str, int]]) -> list[Fix]:
    fixes = [a_fix(id=f"fx-{n:03}", at=T0 + t, received_at=T0 + t + late, lon=119.2 + t * STEP / 10 + off, lat=34.0 + off / 2,
                   accuracy_m=acc, device_id=device) for n, (t, off, acc, device, late) in enumerate(steps)]  # fmt: skip
    return sorted(fixes, key=lambda fix: (fix.at, fix.id))


@settings(max_examples=300, deadline=None)
@given(TRAILS)
def test_each_fix_comes_out_once_in_order_whatever_it_is(steps: list[tuple[int, float, float, str, int]]) -> None:
    fixes = a_trail(steps)
    found = list(flagged(fixes))
    assert [one.fix.id for one in found] == [fix.id for fix in fixes]
    assert trusted(fixes) == [one.fix for one in found if proves(one.doubts)]


@settings(max_examples=200, deadline=None)
@given(TRAILS)
def test_a_look_in_between_changes_nothing_and_what_is_settled_stays(
    steps: list[tuple[int, float, float, str, int]],
) -> None:
    judge, settled = Judge(), list[Flagged]()
    fixes = a_trail(steps)
    for fix in fixes:
        settled += judge.push(fix)
        judge.rest()
    assert [*settled, *judge.rest()] == list(flagged(fixes))


def test_the_doubts_of_a_long_mixed_day_do_not_depend_on_when_it_arrived() -> None:
    dice = random.Random(4)
    fixes = [fix if dice.random() > 0.03 else at((fix.at - T0) / 10, fix.lon + dice.choice([0.02, -0.3, 0.0053]))
             for fix in walk(2000)]  # fmt: skip
    late = fixes[:]
    dice.shuffle(late)
    assert list(flagged(sorted(late, key=lambda fix: (fix.at, fix.id)))) == list(flagged(fixes))


def by_the_quick_way(fixes: list[Fix]) -> tuple[list[Flagged], int]:
    """As the fold goes, and how many were plain."""
    judge, found, plain = Judge(), list[Flagged](), 0
    for fix in fixes:
        if judge.push_plain(fix):
            found.append(Flagged(fix, ()))
            plain += 1
        else:
            found += judge.push(fix)
    return [*found, *judge.rest()], plain


@settings(max_examples=200, deadline=None)
@given(TRAILS)
def test_the_quick_way_says_the_same_of_any_trail(steps: list[tuple[int, float, float, str, int]]) -> None:
    fixes = a_trail(steps)
    assert by_the_quick_way(fixes)[0] == list(flagged(fixes))


@pytest.mark.parametrize("seed", range(6))
def test_the_quick_way_takes_nearly_all_of_a_mixed_day_and_says_the_same(seed: int) -> None:
    dice = random.Random(seed)

    def spoilt(fix: Fix) -> Fix:
        if dice.random() > 0.05:
            return fix
        return msgspec.structs.replace(fix, **dice.choice([
            {"lon": fix.lon + 0.02}, {"lon": fix.lon + 0.0053}, {"accuracy_m": 300.0}, {"accuracy_m": None},
            {"device_id": "D2"}, {"received_at": fix.at + 500}, {"received_at": fix.at - 90}, {"lat": fix.lat + 0.001},
        ]))  # fmt: skip

    fixes = [spoilt(fix) for fix in walk(2000)]
    found, plain = by_the_quick_way(fixes)
    assert found == list(flagged(fixes))
    assert plain > 1000
