"""Looks that an auditor should ask about. Rules over the register, pure; none says that somebody did wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from patrol.dispatch.refusals import is_night

DAYS: Final = 30
MANY_OF_ONE: Final = 3
"""Looks at one guard by one person within a week."""
WEEK_S: Final = 7 * 86_400.0
MANY_BY_CASE: Final = 5
"""Guards looked at under one case number."""
CHECK_WITHIN_S: Final = 86_400.0
"""After a look for a spot check its result is signed."""
NOON_S: Final = 4 * 3600
"""Noon by the county's clock, in UTC: a night is one, past midnight too."""
MANY_EXPORTS: Final = 10
"""Pictures and clips taken out of the house by one person within a day."""
DAY_S: Final = 86_400.0
Rule = Literal["many_of_one", "at_night", "one_case_for_many", "no_check_after", "many_exports"]


class TrailLook(msgspec.Struct, frozen=True):
    """One look at a trail: row, person, guard, moment (epoch seconds), why."""

    seq: int
    actor_id: str
    actor_name: str
    guard_id: str
    at: float
    purpose: str = ""
    case_ref: str = ""


class ExportedFootage(msgspec.Struct, frozen=True):
    """A picture or clip that was taken out of the house."""

    seq: int
    actor_id: str
    actor_name: str
    at: float
    case_ref: str = ""


class SignedCheck(msgspec.Struct, frozen=True):
    """A spot check that was signed."""

    officer_id: str
    guard_id: str
    at: float


class Odd(msgspec.Struct, frozen=True):
    """What is odd, who looked, at whom (None: several), under which case, how many looks, from when to when, and their rows."""

    rule: Rule
    actor_id: str
    actor_name: str
    guard_ids: tuple[str, ...]
    case_ref: str
    count: int
    from_at: float
    to_at: float
    seqs: tuple[int, ...]


def odd_looks(
    looks: Sequence[TrailLook], checks: Iterable[SignedCheck], now: float, exports: Iterable[ExportedFootage] = ()
) -> list[Odd]:
    """The latest first."""
    ordered = sorted(looks, key=lambda one: (one.at, one.seq))
    found = [*_many_of_one(ordered), *_at_night(ordered), *_one_case(ordered), *_no_check(ordered, list(checks), now),
             *_many_exports(sorted(exports, key=lambda one: (one.at, one.seq)))]  # fmt: skip
    return sorted(found, key=lambda one: (-one.to_at, one.rule, one.actor_id))


def _odd(rule: Rule, looks: Sequence[TrailLook]) -> Odd:
    guards = tuple(sorted({one.guard_id for one in looks}))
    cases = {one.case_ref for one in looks}
    return Odd(rule, looks[0].actor_id, looks[0].actor_name, guards, cases.pop() if len(cases) == 1 else "", len(looks),
               looks[0].at, looks[-1].at, tuple(one.seq for one in looks))  # fmt: skip


def _many_of_one(looks: Sequence[TrailLook]) -> Iterable[Odd]:
    by = defaultdict[tuple[str, str], list[TrailLook]](list)
    for one in looks:
        by[one.actor_id, one.guard_id].append(one)
    for mine in by.values():
        run: list[TrailLook] = []
        for one in mine:
            if run and one.at - run[-1].at > WEEK_S:
                if _within_a_week(run):
                    yield _odd("many_of_one", run)
                run = []
            run.append(one)
        if _within_a_week(run):
            yield _odd("many_of_one", run)


def _within_a_week(run: Sequence[TrailLook]) -> bool:
    return any(last.at - first.at <= WEEK_S for first, last in zip(run, run[MANY_OF_ONE - 1 :], strict=False))


def _many_exports(exports: Sequence[ExportedFootage]) -> Iterable[Odd]:
    """Runs in which each day holds so many; the day begins anew with the first after it."""
    by = defaultdict[str, list[ExportedFootage]](list)
    for one in exports:
        by[one.actor_id].append(one)
    for mine in by.values():
        run: list[ExportedFootage] = []
        ends: list[ExportedFootage | None] = [*mine, None]
        for last in ends:
            if last is None or (run and last.at - run[0].at > DAY_S):
                if len(run) >= MANY_EXPORTS:
                    cases = {each.case_ref for each in run}
                    yield Odd("many_exports", run[0].actor_id, run[0].actor_name, (), cases.pop() if len(cases) == 1 else "", len(run),
                              run[0].at, run[-1].at, tuple(each.seq for each in run))  # fmt: skip
                run = []
            if last is not None:
                run.append(last)


def _at_night(looks: Sequence[TrailLook]) -> Iterable[Odd]:
    by = defaultdict[tuple[str, int], list[TrailLook]](list)
    for one in looks:
        if is_night(one.at):
            by[one.actor_id, int((one.at - NOON_S) // 86_400)].append(one)
    return (_odd("at_night", mine) for mine in by.values())


def _one_case(looks: Sequence[TrailLook]) -> Iterable[Odd]:
    by = defaultdict[tuple[str, str], list[TrailLook]](list)
    for one in looks:
        if one.case_ref:
            by[one.actor_id, one.case_ref].append(one)
    return (
        _odd("one_case_for_many", mine) for mine in by.values() if len({one.guard_id for one in mine}) >= MANY_BY_CASE
    )


def _no_check(looks: Sequence[TrailLook], checks: Sequence[SignedCheck], now: float) -> Iterable[Odd]:
    for one in looks:
        if one.purpose != "spot_check" or now - one.at < CHECK_WITHIN_S:
            continue
        if not any(
            check.officer_id == one.actor_id
            and check.guard_id == one.guard_id
            and 0 <= check.at - one.at <= CHECK_WITHIN_S
            for check in checks
        ):
            yield _odd("no_check_after", [one])
