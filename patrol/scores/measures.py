"""What rules may measure: a closed set. Each gives how much of how much, and what that came from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from patrol.judging.facts import CallOutcome, DispatchOutcome, ShiftFacts
from patrol.judging.visits import VisitFact


class MeasureEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ids and figures that a number came from."""

    confirmed_s: float | None = None
    outside_s: float | None = None
    unknown_s: float | None = None
    fixes: int | None = None
    first_fix_id: str | None = None
    last_fix_id: str | None = None
    visits: tuple[VisitFact, ...] = ()
    not_visited: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    calls: tuple[CallOutcome, ...] = ()
    apart: tuple[CallOutcome, ...] = ()
    dispatches: tuple[DispatchOutcome, ...] = ()


class Ratio(msgspec.Struct, frozen=True):
    """`numerator` of `denominator`; 0 of 0: did not occur, or nothing is known."""

    numerator: float
    denominator: float
    evidence: MeasureEvidence


class Measure(msgspec.Struct, frozen=True):
    """A function of facts and parameters, with the parameters it knows and their defaults."""

    of: Callable[[ShiftFacts, Mapping[str, float]], Ratio]
    parameters: Mapping[str, float]


def presence(facts: ShiftFacts, _: Mapping[str, float]) -> Ratio:
    """Minutes confirmed in the area, of those in which it is known where he was."""
    return Ratio(
        facts.confirmed_s / 60,
        (facts.confirmed_s + facts.outside_s) / 60,
        MeasureEvidence(confirmed_s=facts.confirmed_s, outside_s=facts.outside_s, unknown_s=facts.unknown_s, fixes=facts.fixes,
                 first_fix_id=facts.first_fix_id, last_fix_id=facts.last_fix_id),
    )  # fmt: skip


def checkpoints(facts: ShiftFacts, parameters: Mapping[str, float]) -> Ratio:
    """Checkpoints visited, of all; where too little of the shift is known, only of the visited."""
    visited = {one.checkpoint_id for one in facts.visits}
    rest = tuple(one for one in facts.checkpoints if one not in visited)
    known = facts.confirmed_s + facts.outside_s
    enough = known > 0 and known >= parameters["least_known"] * (known + facts.unknown_s)
    visits = tuple(one for one in facts.visits if one.checkpoint_id in facts.checkpoints)
    return Ratio(
        len(visits), len(visits) + (len(rest) if enough else 0),
        MeasureEvidence(visits=visits, not_visited=rest if enough else (), unknown=() if enough else rest),
    )  # fmt: skip


def point_calls(facts: ShiftFacts, parameters: Mapping[str, float]) -> Ratio:
    """Calls confirmed, of those confirmed or contradicted (and upheld by a person)."""
    counted = tuple(one for one in facts.calls if one.by_draw or parameters["by_name"])
    apart = tuple(one for one in facts.calls if one not in counted)
    good = sum(one.counted == "confirmed" for one in counted)
    bad = sum(one.counted == "contradicted" for one in counted)
    return Ratio(good, good + bad, MeasureEvidence(calls=counted, apart=apart))


def dispatches(facts: ShiftFacts, _: Mapping[str, float]) -> Ratio:
    """Tasks with a proven arrival, of those with one or refused without good reason, as a person decided."""
    good = sum(one.counted == "confirmed" for one in facts.dispatches)
    bad = sum(one.counted == "contradicted" for one in facts.dispatches)
    return Ratio(good, good + bad, MeasureEvidence(dispatches=facts.dispatches))


# What a rules file may name. Each row: the function, whose docstring says numerator "of" denominator, and its
# parameters with their defaults.
MEASURES: Final[Mapping[str, Measure]] = {
    "presence": Measure(presence, {}),
    "checkpoints": Measure(checkpoints, {"least_known": 0.5}),
    "point_calls": Measure(point_calls, {"by_name": 0.0}),
    "dispatches": Measure(dispatches, {}),
}
