"""What the routes of guards, shifts and quarantine answer, and what `console.guards.views` and `console.guards.tracker` give to others."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.http.answers import Answer, NamedAnswer, Page
from lianqin.geo import LonLat
from patrol.calls.verdicts import Reason, VerdictName
from patrol.dispatch.refusals import ReasonKey
from patrol.dispatch.reviews import Result


class UnitBriefAnswer(Answer):
    """A security unit by name (`unit_brief`)."""

    id: str
    name: str
    name_en: str
    kind: Literal["security_company", "property", "self_hired"]


class GuardAnswer(Answer):
    """A guard as pickers and lists show him (`guard_view`)."""

    id: str
    name: str
    unit_id: str
    unit: UnitBriefAnswer
    call_sign: str
    default_area_id: str | None
    cert_valid_until: str | None
    """Local day."""
    notice_signed: bool


class GuardContactAnswer(Answer):
    """The numbers that reach a guard; empty where nobody entered one."""

    guard_id: str
    name: str
    phone: str
    unit_phone: str
    call_sign: str


class ShiftAnswer(Answer):
    """A shift without its facts (`shift_view`). Times are epoch seconds; accounts by name, their ids beside."""

    id: str
    guard_id: str
    unit_id: str
    area_id: str
    post_id: str | None
    opened_at: float
    opened_by: str
    opened_by_id: str
    opened_how: str
    """phone, qr, operator, hand_over or offline; empty: not said."""
    due_end_at: float
    overdue_at: float
    """Then it ends by itself."""
    closed_at: float | None
    closed_by: str | None
    closed_by_id: str | None
    closed_how: str
    """One of `patrol.duty.tables.ENDS`; empty: it runs, or nobody said."""
    closed_note: str
    pauses: list[tuple[float, float]]
    """From and to of each time of which nothing is known: closed by mistake and taken back, or a begin that nothing proves."""
    duty_state: str
    """present, absent, unknown or on_break."""
    duty_since: float | None
    facts_version: int
    guard: GuardAnswer
    area_name: str
    area_name_en: str


class VisitAnswer(Answer):
    """A checkpoint that a shift visited, with the fix that came nearest as its proof. Times are epoch seconds."""

    shift_id: str
    checkpoint_id: str
    first_at: float
    last_at: float
    fix_id: str
    distance_m: float


class QuarantineReasonAnswer(Answer):
    """`key`: of the page's words for reasons, one of `console.guards.quarantine.KEYS`. `off_s`: seconds that the device's time is ahead
    of ours (below 0: behind). `n`: how many more there were."""

    key: str
    off_s: float | None
    n: int | None


class QuarantinedAnswer(Answer):
    """A message that could not be used. Times are epoch seconds."""

    id: str
    received_at: float
    client: str
    why: str
    """The intake's own English phrase; `reason` says it as a key."""
    raw: str
    kept_from: float | None
    """When it was put here; its term counts from then."""
    keep_hours: float | None
    reason: QuarantineReasonAnswer


class QuarantineAnswer(Page[QuarantinedAnswer]):
    """`unkept`: messages of unproved senders that were only counted today; None while Redis is away."""

    unkept: int | None


class DrawBriefAnswer(Answer):
    """A draw beside a call that came of it (`draw_brief`)."""

    id: str
    at: float
    size: int
    reason: str
    drawn_by: str
    drawn_by_id: str


class DrawnFromAnswer(Answer):
    """One guard in the pool of a draw, on which shift."""

    guard_id: str
    shift_id: str


class DrawExcludedAnswer(Answer):
    """A guard on shift who was not in the pool. `reason`: running (a call), on_break or busy (on an incident)."""

    guard_id: str
    shift_id: str
    reason: str


class DrawAnswer(Answer):
    """A draw with what is needed to repeat it (`draw_view`): the first `size` of the pool in order of sha256(seed + ":" + guard id)."""

    seq: int
    id: str
    at: float
    drawn_by: str
    drawn_by_id: str
    reason: str
    size: int
    seed: str
    pool: list[DrawnFromAnswer]
    excluded: list[DrawExcludedAnswer]
    chosen: list[str]
    """Ids of guards."""
    hash: str | None
    """Of this draw after the one before (hash chain)."""


class CallPlaceAnswer(Answer):
    """A place that a verdict rests on, WGS-84."""

    lon: float
    lat: float
    accuracy_m: float | None


class CallLimitsAnswer(Answer):
    """Seconds that a verdict counted with: to answer, of silence before the call, for answers that come late, between answer and fix."""

    answer_s: float
    silence_s: float
    grace_s: float
    fix_near_s: float


class CallEvidenceAnswer(Answer):
    """What a verdict was decided on. Times are epoch seconds. Empty while the call has no verdict."""

    called_at: float | UnsetType = UNSET
    now: float | UnsetType = UNSET
    """When it was decided."""
    polygon: list[LonLat] | UnsetType = UNSET
    """Always empty: the shift keeps its ground itself."""
    sign_of_life_at: float | UnsetType | None = UNSET
    receipt_at: float | UnsetType | None = UNSET
    answered_at: float | UnsetType | None = UNSET
    answer_received_at: float | UnsetType | None = UNSET
    by_radio: bool | UnsetType = UNSET
    place: CallPlaceAnswer | UnsetType | None = UNSET
    """Where the phone said that the answer was given."""
    fix_place: CallPlaceAnswer | UnsetType | None = UNSET
    """The fix nearest in time to an answer without a place."""
    fix_id: str | UnsetType | None = UNSET
    outside_m: float | UnsetType | None = UNSET
    """Metres outside the area; below 0: inside."""
    limits: CallLimitsAnswer | UnsetType = UNSET


class PointCallAnswer(Answer):
    """A point call of one guard (`point_call_view`). Times are epoch seconds; places WGS-84; accounts by name, their ids beside."""

    id: str
    draw_id: str | None
    """None: called by name."""
    reason: str
    guard_id: str
    shift_id: str
    unit_id: str
    called_by: str
    called_by_id: str
    called_at: float
    sign_of_life_at: float | None
    """When anything last arrived from the phone before the call."""
    receipt_at: float | None
    """When the phone confirmed that it shows the call."""
    answered_at: float | None
    """By the phone's clock."""
    answer_received_at: float | None
    answer_by: Literal["app", "radio"] | None
    answer_lon: float | None
    answer_lat: float | None
    answer_accuracy_m: float | None
    verdict: VerdictName | None
    """None while it runs."""
    verdict_reason: Reason | Literal[""]
    verdict_at: float | None
    evidence: CallEvidenceAnswer
    review: Result | None
    """A person's word on a contradicted verdict."""
    reviewed_by: str | None
    reviewed_by_id: str | None
    reviewed_at: float | None
    review_note: str
    guard: GuardAnswer
    unit: UnitBriefAnswer
    draw: DrawBriefAnswer | None


class RefusalFoundAnswer(Answer):
    """What the records said of the moment of a refusal. Empty: nobody refused, or it was not looked up."""

    at_night: bool | UnsetType = UNSET
    break_running: bool | UnsetType = UNSET
    other_task: str | UnsetType | None = UNSET
    """Id of another task that was underway."""
    sent_besides: int | UnsetType = UNSET
    """How many others were sent to the same incident."""


class SentGuardAnswer(Answer):
    """The guard of a task."""

    id: str
    name: str
    unit_id: str


class DispatchAnswer(Answer):
    """A guard sent to an incident (`dispatch_view`). Times are epoch seconds; places WGS-84; `called_by` by name."""

    id: str
    incident_id: str
    guard_id: str
    shift_id: str
    unit_id: str
    state: Literal["called", "accepted", "refused", "arrived", "done", "cancelled"]
    called_by: str
    called_by_id: str
    called_at: float
    lon: float
    lat: float
    place_name: str
    instruction: str
    distance_m: float | None
    """From the guard's last place to the task when he was called."""
    accepted_at: float | None
    refused_at: float | None
    refused_code: ReasonKey | Literal[""]
    refused_reason: str
    """The guard's own words."""
    refused_found: RefusalFoundAnswer
    review: Result | None
    """A person's word on the refusal, or the records'."""
    reviewed_by: str | None
    """An account id, or `system:patrol` where the records cleared it."""
    reviewed_at: float | None
    review_note: str
    arrived_at: float | None
    """Proved by a fix."""
    arrived_fix_id: str | None
    said_at: float | None
    """When the guard said "I am there", by the phone's clock; it proves nothing."""
    said_received_at: float | None
    said_lon: float | None
    said_lat: float | None
    said_accuracy_m: float | None
    said_off_m: float | None
    """Metres from the task to where the phone said that it was."""
    done_at: float | None
    done_note: str
    still_lon: float | None
    still_lat: float | None
    still_at: float | None
    """He has not moved from that place since then."""
    guard: SentGuardAnswer
    unit: NamedAnswer


class ReachedGuardAnswer(SentGuardAnswer):
    """The guard of a task with what rings him and calls him on the radio."""

    phone: str
    call_sign: str


class SentDispatchAnswer(DispatchAnswer):
    """A task as who sent the guard sees it (`sent_view`)."""

    guard: ReachedGuardAnswer


class TrackerAnswer(Answer):
    """What arrives of a guard's tracker (`tracker_of`). Times are epoch seconds; the place WGS-84."""

    silent: bool
    """Nothing for `SILENT_S` of this shift; never off shift, nor while the platform itself receives nothing."""
    fix_at: float | None
    """Of the last place, by the device's clock; `fix_received_at`: when it arrived."""
    fix_received_at: float | None
    heard_at: float | None
    """When anything arrived last."""
    platform_since: float | None
    """The platform receives nothing from anybody since then."""
    lon: float | None
    lat: float | None
    accuracy_m: float | None
