"""What the routes of the roster, requests, templates, shifts and the month answer. Times are epoch seconds; days are the county's, YYYY-MM-DD."""

from __future__ import annotations

from typing import Any

from console.guards.answers import GuardAnswer, ShiftAnswer
from console.http.answers import Answer, Items
from patrol.duty.fulfilment import Why


class RosterEntryAnswer(Answer):
    """Who should be on duty where and when, and what became of it."""

    id: str
    unit_id: str
    guard_id: str
    area_id: str
    post_id: str | None
    pattern_id: str | None
    """The template it was made of."""
    day: str
    begins_at: float
    ends_at: float
    state: str
    """planned, absent, present, late, relieved, relieving, ended, excused or cancelled; `state_at`: since when."""
    state_at: float
    shift_id: str | None
    """The shift that overlaps it most."""
    missing_since: float | None
    """Nobody stands there, since then; None: somebody does, or nobody has to."""
    holes: list[tuple[float, float, Why]]
    """From, to, why: planned time that nobody filled."""
    covers_id: str | None
    """The entry for which this guard stands in."""
    exception: str
    """Why it was planned although it breaks a rest rule; empty: it breaks none."""
    note: str
    guard: GuardAnswer
    area_name: str
    area_name_en: str


class RosterAnswer(Items[RosterEntryAnswer]):
    """The entries of a time, by their begin."""

    now: float


class RosterEntryDoneAnswer(Answer):
    """The entry as it stands now; of a stand-in, the new one."""

    entry: RosterEntryAnswer


class WeekCopiedAnswer(Answer):
    """How many entries were planned again, and how many could not be."""

    copied: int
    left_out: int


class ManningAnswer(Answer):
    """An area now: guards needed, planned and on shift; `absent`: planned, and nobody stands there."""

    area_id: str
    needed: int
    planned: int
    on_shift: int
    absent: int
    name: str
    name_en: str


class ManningNowAnswer(Items[ManningAnswer]):
    """All areas, as of `now`."""

    now: float


class RosterRequestAnswer(Answer):
    """A guard asks for leave or to swap shifts. `decided_by` is a name, its account id stands in `decided_by_id`."""

    id: str
    kind: str
    """leave or swap."""
    unit_id: str
    guard_id: str
    from_at: float | None
    """Of a leave, as `to_at`."""
    to_at: float | None
    entry_id: str | None
    """Of a swap: the shift given away."""
    other_guard_id: str | None
    other_entry_id: str | None
    """The shift taken for it; None: none."""
    reason: str
    state: str
    """asked, agreed or declined (by the other guard), granted, refused or withdrawn."""
    asked_at: float
    agreed_at: float | None
    decided_at: float | None
    decided_by: str
    decision_note: str
    decided_by_id: str
    guard_name: str
    other_guard_name: str
    entry: RosterEntryAnswer | None
    other_entry: RosterEntryAnswer | None


class RosterRequestDoneAnswer(Answer):
    """The request as it stands now."""

    request: RosterRequestAnswer


class PatternAnswer(Answer):
    """A unit's usual shift. Minutes count from local midnight; it goes past midnight where it ends before it begins."""

    id: str
    unit_id: str
    name: str
    begins_min: int
    ends_min: int
    area_id: str | None
    """None: each guard's own area."""
    post_id: str | None
    break_minutes: int
    """Breaks in all that a shift may hold."""


class PatternDoneAnswer(Answer):
    """The template as it stands now."""

    pattern: PatternAnswer


class UnplannedDayAnswer(Answer):
    """A day of a guard that was not planned. `said`: the sentence of `key` and its `values` in the language that was asked for."""

    guard_id: str
    day: str
    key: str
    values: dict[str, Any]
    """What the sentence is filled with; each `key` has values of its own."""
    said: str


class PlannedByPatternAnswer(Answer):
    """How many entries were planned, and what was left out."""

    count: int
    left_out: list[UnplannedDayAnswer]


class ShiftDoneAnswer(Answer):
    """The shift as it stands now."""

    shift: ShiftAnswer


class StandInAnswer(Answer):
    """A guard of the unit who could come. `rested_h`: hours since the last work, None: none in the nine days before."""

    guard_id: str
    name: str
    phone: str
    default_area_id: str | None
    rested_h: float | None


class MissingEntryAnswer(RosterEntryAnswer):
    """An entry where nobody stands: the guard's telephone, why, the last shift, and who could come."""

    phone: str
    why: Why
    last_shift: ShiftAnswer | None
    stand_ins: list[StandInAnswer]
    """The most rested first."""


class EndingCertificateAnswer(GuardAnswer):
    """A guard whose certificate ends soon; `over`: it has ended."""

    phone: str
    over: bool


class CompanyNowAnswer(Answer):
    """What a company has to see to now."""

    missing: list[MissingEntryAnswer]
    overdue: list[ShiftAnswer]
    """Shifts of the last day that were left open and ended by themselves."""
    certificates: list[EndingCertificateAnswer]
    certificate_days: int
    """Certificates that end within so many days are listed."""
    now: float


class DutyFiguresAnswer(Answer):
    """What somebody's duty came to in a time (`console.duty.month.Figures`). `_h` and `hours`: hours; `_min`: minutes; others count shifts."""

    planned: int
    """Shifts that have begun, but the excused."""
    planned_h: float
    present: int
    late: int
    late_min: int
    early: int
    early_min: int
    absent: int
    absent_min: int
    excused: int
    hours: float
    """On shift."""
    score: float | None
    """Points of all points that could be had, 0 to 1; None: nothing could be scored."""
    trend: float | None
    """`score` less the one of the time before; None: one of them is missing."""


class MonthLineAnswer(Answer):
    """A guard, or a whole unit where `guard_id` is None. `cert_until`: local day until which the guard's certificate holds."""

    unit_id: str
    unit_name: str
    unit_name_en: str
    guard_id: str | None
    name: str
    figures: DutyFiguresAnswer
    cert_until: str | None


class MonthAnswer(Items[MonthLineAnswer]):
    """A month (YYYY-MM), unit by unit, each followed by its guards; one that has not ended counts until `now`."""

    month: str
    certificate_days: int
    """A page warns of certificates that end within so many days."""
    now: float
