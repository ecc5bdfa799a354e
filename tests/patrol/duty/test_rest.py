"""Rest between shifts: what a plan would break. Hours count from Monday, 2026-09-21 00:00 in the county."""

from __future__ import annotations

import pytest

from patrol.duty.rest import RestRules, Work, breaches, week_of

H = 3600.0
MONDAY = 1_789_920_000.0


def work(begins: float, ends: float) -> Work:
    return Work(MONDAY + begins * H, MONDAY + ends * H)


WEEK = [work(24 * day + 8, 24 * day + 18) for day in range(5)]


@pytest.mark.parametrize(
    ("others", "new", "keys"),
    [
        ([], work(8, 16), []),
        ([], work(8, 32), []),
        ([work(8, 16)], work(24, 32), []),
        ([work(8, 16)], work(23.9, 32), ["roster.rest"]),
        ([work(8, 16)], work(16 + 26 / 60, 24), ["roster.rest"]),
        ([work(16, 24)], work(8, 15.5), ["roster.rest"]),
        ([work(8, 12)], work(12, 16), []),
        ([work(8, 16)], work(16, 24), ["roster.stretch"]),
        ([work(8, 12), work(16, 20)], work(12, 16), []),
        ([work(4, 12), work(16, 20)], work(12, 16), ["roster.stretch"]),
        (WEEK, work(5 * 24 + 8, 5 * 24 + 10), []),
        (WEEK, work(5 * 24 + 8, 5 * 24 + 11), ["roster.week"]),
        (WEEK, work(7 * 24 + 8, 7 * 24 + 18), []),
        (WEEK, work(6 * 24 + 20, 6 * 24 + 28), ["roster.week"]),
        (WEEK, work(6 * 24 + 22, 6 * 24 + 30), []),
    ],
)
def test_a_plan_that_leaves_too_little_rest_or_too_long_a_week_is_told(
    others: list[Work], new: Work, keys: list[str]
) -> None:
    assert [one.key for one in breaches(new, others, RestRules())] == keys


def test_twenty_six_minutes_of_rest_are_named_with_what_is_needed() -> None:
    [found] = breaches(work(16 + 26 / 60, 24), [work(8, 16)], RestRules())
    assert found.values == {"minutes": 26, "hours": 8}


def test_a_county_sets_its_own() -> None:
    assert not breaches(work(18, 26), [work(8, 16)], RestRules(2 * H, 60 * H))


def test_a_week_runs_from_monday_to_monday_in_the_county() -> None:
    assert week_of(MONDAY) == week_of(MONDAY + 7 * 24 * H - 1) == work(0, 168)
    assert week_of(MONDAY - 1) == work(-168, 0)
