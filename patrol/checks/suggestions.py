"""Whom an officer might check today: by lot, by what the record shows, and who was not checked for long. Pure.

Who was planned for less than `LEAST_PLANNED_S` in those days is no risk: so little says nothing about anybody.

A suggestion is an invitation to look, never a mark against anybody: it changes no score, and its reasons are shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

ChosenBy = Literal["random", "risk", "unchecked", "own"]
WEIGHTS: Final[dict[str, float]] = {
    "identical_trail": 5.0, "two_phones": 5.0, "teleport": 3.0, "contradicted": 3.0, "frozen": 2.0,
    "shared_position": 2.0, "outside": 2.0, "gaps": 1.0, "no_show": 1.0,
}  # fmt: skip
"""What weighs how much, each once however often it came: a hundred bad fixes are one bad receiver."""
UNCHECKED_DAYS: Final = 30
OUTSIDE_SHARE: Final = 0.1
UNKNOWN_SHARE: Final = 0.3
LEAST_PLANNED_S: Final = 2 * 3600.0
"""Of less planned time than that no share and no odd fix says anything: a lift ride is a third of a quarter of an hour."""


class GuardRecord(msgspec.Struct, frozen=True):
    """What the last days say of a guard: shifts, kinds of doubt with their number, shares of time, last check.
    `planned_s`: how long the guard was to be on duty so far (None: not said); `unknown_s` without the platform's own silences."""

    guard_id: str
    shifts: int
    doubts: tuple[tuple[str, int], ...] = ()
    outside_s: float = 0.0
    unknown_s: float = 0.0
    confirmed_s: float = 0.0
    contradicted: int = 0
    no_shows: int = 0
    checked_at: float | None = None
    planned_s: float | None = None
    month_shifts: int = 0
    """In the last `UNCHECKED_DAYS`: who had one is worth a check, whatever the last days held."""


class SuggestionReason(msgspec.Struct, frozen=True):
    """`key`: a doubt's kind, or `outside`, `gaps`, `contradicted`, `no_show`, `drawn`, `unchecked`, `never`."""

    key: str
    value: float


class Suggestion(msgspec.Struct, frozen=True):
    guard_id: str
    chosen_by: ChosenBy
    weight: float
    reasons: tuple[SuggestionReason, ...]


def risk_of(record: GuardRecord) -> tuple[float, tuple[SuggestionReason, ...]]:
    """The sum of the weights of what was seen, with each reason."""
    if record.planned_s is not None and record.planned_s < LEAST_PLANNED_S:
        return 0.0, ()
    seen = [SuggestionReason(kind, float(count)) for kind, count in record.doubts if kind in WEIGHTS and count]
    known = record.confirmed_s + record.outside_s
    if known > 0 and record.outside_s / known > OUTSIDE_SHARE:
        seen.append(SuggestionReason("outside", record.outside_s / known))
    whole = known + record.unknown_s
    if whole > 0 and record.unknown_s / whole > UNKNOWN_SHARE:
        seen.append(SuggestionReason("gaps", record.unknown_s / whole))
    if record.contradicted:
        seen.append(SuggestionReason("contradicted", float(record.contradicted)))
    if record.no_shows:
        seen.append(SuggestionReason("no_show", float(record.no_shows)))
    return sum(WEIGHTS[one.key] for one in seen), tuple(sorted(seen, key=lambda one: (-WEIGHTS[one.key], one.key)))


def lot(day: str, guard_id: str) -> str:
    """The day's lot of a guard: whoever knows the day can draw it again, and no reload draws another."""
    return hashlib.sha256(f"{day}|{guard_id}".encode()).hexdigest()


def suggest(records: Iterable[GuardRecord], day: str, now: float, each: int) -> tuple[Suggestion, ...]:
    """At most `each` of each kind, nobody twice: by lot first, then those at risk, then those long unchecked."""
    everyone = sorted(records, key=lambda one: lot(day, one.guard_id))
    pool: Sequence[GuardRecord] = [one for one in everyone if one.shifts > 0]
    found = [Suggestion(one.guard_id, "random", 0.0, (SuggestionReason("drawn", len(pool)),)) for one in pool[:each]]
    taken = {one.guard_id for one in found}
    risky = sorted(((risk_of(one), one) for one in pool if one.guard_id not in taken),
                   key=lambda pair: (-pair[0][0], lot(day, pair[1].guard_id)))  # fmt: skip
    for (weight, reasons), one in risky[:each]:
        if weight > 0:
            found.append(Suggestion(one.guard_id, "risk", weight, reasons))
            taken.add(one.guard_id)
    rest = [
        one
        for one in everyone
        if one.shifts + one.month_shifts > 0 and one.guard_id not in taken and _long_ago(one, now)
    ]
    rest.sort(key=lambda one: (one.checked_at or 0.0, lot(day, one.guard_id)))
    for one in rest[:each]:
        reason = (
            SuggestionReason("never", 0.0)
            if one.checked_at is None
            else SuggestionReason("unchecked", (now - one.checked_at) // 86_400)
        )
        found.append(Suggestion(one.guard_id, "unchecked", 0.0, (reason,)))
    return tuple(found)


def _long_ago(record: GuardRecord, now: float) -> bool:
    return record.checked_at is None or now - record.checked_at > UNCHECKED_DAYS * 86_400
