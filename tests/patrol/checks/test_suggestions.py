"""Whom to check today: by lot, by what was seen, and who was not checked for long."""

from __future__ import annotations

import pytest

from lianqin.testing import T0
from patrol.checks.suggestions import WEIGHTS, GuardRecord, SuggestionReason, risk_of, suggest

DAY = "2026-09-21"


def a_record(guard_id: str, **values: object) -> GuardRecord:
    return GuardRecord(guard_id=guard_id, shifts=1, confirmed_s=1000.0, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({}, []),
        ({"doubts": (("teleport", 40),)}, ["teleport"]),
        ({"doubts": (("inaccurate", 9),)}, []),
        ({"outside_s": 90.0}, []),
        ({"outside_s": 200.0}, ["outside"]),
        ({"unknown_s": 600.0}, ["gaps"]),
        ({"contradicted": 1, "no_shows": 2}, ["contradicted", "no_show"]),
    ],
)
def test_each_risk_is_named_and_weighs_once(values: dict[str, object], reasons: list[str]) -> None:
    weight, found = risk_of(a_record("G1", **values))
    assert [one.key for one in found] == reasons
    assert weight == sum(WEIGHTS[key] for key in reasons)


def test_the_lot_of_a_day_is_the_same_however_often_it_is_drawn_and_another_the_next_day() -> None:
    records = [a_record(f"G{n}", checked_at=T0) for n in range(40)]
    first = [one.guard_id for one in suggest(records, DAY, T0, 4)]
    assert first == [one.guard_id for one in suggest(list(reversed(records)), DAY, T0, 4)]
    assert len(first) == 4
    assert first != [one.guard_id for one in suggest(records, "2026-09-22", T0, 4)]


def test_nobody_is_proposed_twice_nor_without_a_shift() -> None:
    records = [a_record(f"G{n}", doubts=(("teleport", 1),)) for n in range(3)] + [GuardRecord(guard_id="G9", shifts=0)]
    found = suggest(records, DAY, T0, 2)
    assert sorted(one.guard_id for one in found) == ["G0", "G1", "G2"]
    assert [one.chosen_by for one in found] == ["random", "random", "risk"]


def test_the_riskiest_come_first_and_who_was_never_checked_before_who_was_checked_long_ago() -> None:
    records = [
        a_record("calm", checked_at=T0 - 86_400), a_record("worse", doubts=(("two_phones", 1), ("frozen", 2)), checked_at=T0),
        a_record("bad", doubts=(("frozen", 1),), checked_at=T0), a_record("long", checked_at=T0 - 40 * 86_400),
        a_record("never"),
    ]  # fmt: skip
    everyone = [*records, *(a_record(f"G{n}", checked_at=T0) for n in range(200))]
    named = {one.guard_id for one in records}
    day = next(f"2026-09-{n:02d}" for n in range(1, 31)
               if not named & {one.guard_id for one in suggest(everyone, f"2026-09-{n:02d}", T0, 3)[:3]})  # fmt: skip
    found = [one for one in suggest(everyone, day, T0, 3) if one.chosen_by != "random"]
    assert [one.guard_id for one in found] == ["worse", "bad", "never", "long"]
    assert found[2].reasons == (SuggestionReason("never", 0.0),)
    assert found[3].reasons == (SuggestionReason("unchecked", 40.0),)
