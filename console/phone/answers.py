"""What the guard's own page is answered. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from console.acts.answers import ActAnswer
from console.audit.answers import LookAtGuardAnswer
from console.checks.answers import ReviewAnswer
from console.county.answers import SilenceAnswer
from console.dispatch.answers import TaskAnswer
from console.duty.answers import DutyFiguresAnswer, RosterEntryAnswer, ShiftDoneAnswer
from console.guards.answers import GuardAnswer, PointCallAnswer, ShiftAnswer, TrackerAnswer
from console.http.answers import Answer
from console.phone.own_round import State
from console.scores.answers import ScoreAnswer
from console.trails.answers import OwnFixAnswer, TrailMapAnswer
from patrol.duty.check_ins import Method


class MyStateAnswer(Answer):
    """All that the page shows first."""

    guard: GuardAnswer
    shift: ShiftAnswer | None
    """The one that runs."""
    point_calls: list[PointCallAnswer]
    """Those that wait for an answer."""
    dispatches: list[TaskAnswer]
    """Tasks called, accepted or arrived at."""
    score: ScoreAnswer | None
    """Of the last closed shift that has one, among the last five."""
    looks: list[LookAtGuardAnswer]
    """Of thirty days, newest first."""
    now: float
    decisions: list[ReviewAnswer]
    """What waits for a person's word about the guard, then what was decided in thirty days."""
    acts: list[ActAnswer]
    """Said later, of two days, newest first."""
    contact: str
    """Token that an act said later carries back; empty: none can be made now."""
    tracker: TrackerAnswer | None
    """None: nothing is known of it while Redis is away."""


class MyShiftClosedAnswer(ShiftDoneAnswer):
    """The shift that was closed; until `reopen_until` the guard may take it back."""

    reopen_until: float


class BreakAnswer(Answer):
    """A break on a shift. `to_at` None: it lasts."""

    id: str
    shift_id: str
    from_at: float
    to_at: float | None
    kind: str
    """meal or rest."""


class MyBreakAnswer(Answer, rename={"break_": "break"}):
    """The break as it stands now."""

    break_: BreakAnswer


class HandOverOfferAnswer(Answer):
    """A hand-over or a relief between two guards; it stands once the other one accepts."""

    id: str
    kind: str
    """hand_over or relief."""
    area_id: str
    post_id: str | None
    unit_id: str
    from_shift_id: str
    from_guard_id: str
    from_name: str
    to_guard_id: str
    to_shift_id: str | None
    """The shift that began with it."""
    offered_at: float
    accepted_at: float | None
    refused_at: float | None
    note: str


class MyHandOverAnswer(Answer):
    """The offer as it stands now."""

    hand_over: HandOverOfferAnswer


class CheckInAnswer(Answer):
    """A check-in by QR, NFC or position. `name`: of its checkpoint, empty where none is known."""

    id: str
    shift_id: str
    guard_id: str
    checkpoint_id: str | None
    at: float
    """By the phone's clock."""
    received_at: float
    method: Method
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    counts: bool
    why: str
    """Why it does not count; empty: it does."""
    name: str
    name_en: str


class MyCheckInAnswer(Answer):
    """The check-in with its fate."""

    check_in: CheckInAnswer


class MyDutyAnswer(Answer, rename={"break_": "break"}):
    """The guard's duty: what is planned for seven days, and what may be done on the running shift."""

    roster: list[RosterEntryAnswer]
    break_: BreakAnswer | None
    """The one that runs."""
    last_shift: ShiftAnswer | None
    """The newest, running or not."""
    break_left_s: float
    """Seconds of break that the running shift still has; below 0: more was taken. 0 off shift."""
    offers: list[HandOverOfferAnswer]
    """To this guard."""
    check_ins: list[CheckInAnswer]
    """Of the running shift, newest first."""
    colleagues: list[GuardAnswer]
    """Of the same unit."""
    now: float


class NoticeSignedAnswer(Answer):
    """The guard who signed the tracking notice."""

    guard: GuardAnswer


class MyTrailAnswer(Answer):
    """The guard's own trail of the last day."""

    fixes: list[OwnFixAnswer]
    gaps: list[SilenceAnswer]
    map: TrailMapAnswer


class RoundPointAnswer(Answer):
    """A checkpoint on the guard's round. `left`: not visited on this shift; `again`: longer ago than its area's colour allows."""

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    radius_m: float
    state: State
    last_at: float | None
    """When a fix last proved the visit."""
    checked_in_at: float | None
    """The last check-in that counts; it is no proof of a visit."""
    away_m: float | None
    """Metres from the guard's last place."""


class RoundPlaceAnswer(Answer):
    """The guard's last place, by the device's clock."""

    lon: float
    lat: float
    at: float | None


class RoundAnswer(Answer):
    """The round of the running shift: what is left first, nearest first."""

    shift_id: str
    area_id: str
    area_name: str
    area_name_en: str
    opened_at: float
    required_s: float
    """Seconds of planned time within which each checkpoint must be passed again."""
    items: list[RoundPointAnswer]
    place: RoundPlaceAnswer | None


class MyRoundAnswer(Answer):
    """`round` None: off shift."""

    round: RoundAnswer | None
    now: float


class MyDutyLineAnswer(Answer):
    """A planned shift of the month and what became of it; whole minutes late, early and absent."""

    begins_at: float
    ends_at: float
    state: str
    """planned, present, late, relieved, relieving, absent, ended, excused or cancelled."""
    late_min: int
    early_min: int
    absent_min: int
    area_name: str
    area_name_en: str


class MyMonthAnswer(Answer):
    """The guard's own figures of a month (YYYY-MM) and of this week."""

    month: str
    figures: DutyFiguresAnswer
    week: DutyFiguresAnswer
    week_from_at: float
    week_to_at: float
    items: list[MyDutyLineAnswer]
    now: float
