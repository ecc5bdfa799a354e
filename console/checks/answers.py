"""What the routes of spot checks, comments and reviews answer. Times are epoch seconds, places WGS-84; days are the county's."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.county.answers import SilenceAnswer
from console.guards.answers import GuardAnswer, RefusalFoundAnswer, ShiftAnswer, UnitBriefAnswer, VisitAnswer
from console.http.answers import Answer
from console.trails.answers import RoundPlanAnswer
from lianqin.geo import LonLat
from lianqin.seals import SealLine
from patrol.checks.spot_checks import Result
from patrol.checks.suggestions import ChosenBy
from patrol.dispatch import reviews
from patrol.dispatch.refusals import ReasonKey
from patrol.judging.doubts import Doubt


class CheckAnswer(Answer):
    """A spot check without its guard. `at`: the officer's signature."""

    id: str
    kind: Literal["trail", "on_site"]
    guard_id: str
    unit_id: str
    shift_id: str | None
    officer_id: str
    officer_name: str
    chosen_by: ChosenBy
    case_ref: str
    at: float
    result: Result
    note: str
    guard_signed_at: float | None
    guard_refused_at: float | None
    """The guard does not agree; `guard_note` says why."""
    guard_note: str


class SpotCheckAnswer(CheckAnswer):
    """A spot check with its guard."""

    guard: GuardAnswer


class CheckSignedAnswer(Answer):
    """The check as it is after a signature."""

    spot_check: SpotCheckAnswer


class SuggestionReasonAnswer(Answer):
    """Why a guard is suggested. `value`: a count, a share of time or days, as `key` says."""

    key: str
    """A kind of doubt, or outside, gaps, contradicted, no_show, drawn, unchecked, never."""
    value: float


class SuggestionAnswer(Answer):
    """A guard whom an officer might check. `weight`: of all reasons together; 0 where the lot or the time said so."""

    guard_id: str
    chosen_by: ChosenBy
    weight: float
    reasons: list[SuggestionReasonAnswer]
    guard: GuardAnswer


class SuggestionsAnswer(Answer):
    """The day's suggestions, how many checks it should have and how many it has; with the platform's own silences, which no guard is
    blamed for."""

    day: str
    quota: int
    done: int
    items: list[SuggestionAnswer]
    silences: list[SilenceAnswer]


class ChecksWaitingAnswer(Answer):
    """How much waits for an officer. `suggestions`: checks that today still lacks."""

    sos: int
    calls: int
    refusals: int
    unsigned: int
    """Checks that their guard may still sign."""
    suggestions: int


class UncheckedGuardAnswer(Answer):
    """A guard on duty whom nobody checked for long. `shifts`: of the last `days` days; `checked_at` None: never."""

    guard: GuardAnswer
    shifts: int
    last_shift_at: float
    checked_at: float | None


class UncheckedAnswer(Answer):
    """Who was never checked first, then who was checked the longest ago."""

    items: list[UncheckedGuardAnswer]
    days: int


class ShownCodeAnswer(Answer):
    """Whose screen shows a code, and the shift it stands for."""

    guard: GuardAnswer
    shift_id: str


class ShiftCodeAnswer(Answer):
    """Eight digits for one check on site."""

    code: str
    until: float


class CommentAnswer(Answer):
    """A station's comment on the joint duty. `unit_id` None: to all units."""

    id: str
    day: str
    officer_id: str
    officer_name: str
    unit_id: str | None
    text: str
    at: float


class CommentWrittenAnswer(Answer):
    """The comment that was written."""

    comment: CommentAnswer


class SheetFactsAnswer(Answer):
    """What a shift came to, in seconds: in the area, outside, unknown, on breaks."""

    confirmed_s: float
    outside_s: float
    unknown_s: float
    break_s: float


class SheetShiftAnswer(ShiftAnswer):
    """A shift on a printed check."""

    facts: SheetFactsAnswer
    plan: RoundPlanAnswer | None


class CheckSheetAnswer(Answer):
    """All that stands on a check's printed sheet."""

    check: CheckAnswer
    guard: GuardAnswer
    span: SilenceAnswer
    """Of the trail that was looked at."""
    shifts: list[SheetShiftAnswer]
    lines: list[list[LonLat]]
    """The pieces of the trail that are believed."""
    fixes: int
    """All of the span, doubted ones too."""
    visits: list[VisitAnswer]
    gaps: list[SilenceAnswer]
    doubts: dict[Doubt, int]
    """How many fixes have each."""
    printed_by: str
    """A name."""
    at: float
    seals: list[SealLine]
    """The newest of each chain of the registers."""


class ReviewAnswer(Answer):
    """A contradicted point call or a refused task, and a person's word on it. `called_by` and `reviewed_by` are names, the account ids stand
    in `called_by_id` and `reviewed_by_id`."""

    kind: Literal["point_call", "refusal"]
    id: str
    called_at: float
    called_by: str
    called_by_id: str
    shift_id: str
    guard: GuardAnswer
    unit: UnitBriefAnswer
    review: reviews.Result | None
    """None while it waits."""
    reviewed_by: str | None
    reviewed_by_id: str | None
    reviewed_at: float | None
    review_note: str
    by_records: bool
    """No person decided: what the records prove cleared it."""
    at: float | None
    """Of the verdict or the refusal."""
    what: str
    """The verdict's reason, or the key of the refusal's."""
    words: str
    """The guard's own, of a refusal."""
    found: RefusalFoundAnswer
    by_name: bool | UnsetType = UNSET
    """Of a point call: the guard was called by name, not drawn."""
    place_name: str | UnsetType = UNSET
    """Of a refusal; so is `incident_id`."""
    incident_id: str | UnsetType = UNSET
    may_decide: bool | UnsetType = UNSET
    """The reader did not make the call. Not there where the guard reads it."""


class ReviewsAnswer(Answer):
    """`protected`: reasons for a refusal that never count against a guard."""

    items: list[ReviewAnswer]
    protected: list[ReasonKey]


class ReviewDoneAnswer(Answer):
    """What was decided about, as it is now."""

    review: ReviewAnswer
