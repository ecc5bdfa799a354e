"""What the routes of dispatches and of stuck tasks answer, and what a guard's task shows. Times are epoch seconds, places WGS-84."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.guards.answers import DispatchAnswer, SentDispatchAnswer
from console.http.answers import Answer, NamedAnswer
from patrol.dispatch.nearest import ReasonKey
from patrol.dispatch.stuck import End, Kind
from patrol.judging.doubts import Doubt


class ReasonValuesAnswer(Answer):
    """What the sentence of a reason names: unit and law of `outside_service_area`, doubts of `doubtful_place`, age of `stale_fix`."""

    unit: str | UnsetType = UNSET
    law: str | UnsetType = UNSET
    doubts: list[Doubt] | UnsetType = UNSET
    age_s: float | UnsetType = UNSET


class CandidateAnswer(Answer):
    """A guard who could go. `phone` and `call_sign` are empty of who is not on shift."""

    guard_id: str
    name: str
    phone: str
    call_sign: str
    unit_name: str
    unit_kind: str
    shift_id: str | None
    distance_m: float | None
    """In a straight line; None, like `walking_s`: his place is not known for sure."""
    walking_s: float | None
    fix_age_s: float | None
    stale: bool
    battery_pct: float | None
    allowed: bool
    reason_key: ReasonKey
    """Why he may not go; `stale_fix`, `no_fix` and `doubtful_place` warn only. Empty: nothing is against him."""
    reason_values: ReasonValuesAnswer


class CalledPlaceAnswer(Answer):
    """Where guards are to go."""

    lon: float
    lat: float
    name: str


class PairAnswer(Answer):
    """The rule of two: so many guards are to go to this key place now, so many are under way."""

    guards: int
    name: str
    name_en: str
    under_way: int


class NearestAnswer(Answer):
    """Guards in the order in which to ask them, those who may not go last. `pair` None: the rule asks for nothing there now."""

    place: CalledPlaceAnswer
    candidates: list[CandidateAnswer]
    pair: PairAnswer | None


class CalledAnswer(Answer):
    """Who was called, in the order asked for; `dispatch` is the first of `dispatches`."""

    dispatch: DispatchAnswer
    dispatches: list[DispatchAnswer]


class OneDispatchAnswer(Answer):
    """The task as it is after the act."""

    dispatch: DispatchAnswer


class StuckAnswer(Answer):
    """A task that does not go on, or did not."""

    id: str
    dispatch_id: str
    incident_id: str
    kind: Kind
    since: float
    """From then on it held."""
    found_at: float
    ended_at: float | None
    outcome: End | Literal[""]
    """What ended it; empty while it lasts."""
    ended_by: str
    note: str
    """What a person did about it, where a word was asked for."""


class StuckIncidentAnswer(Answer):
    """The incident of a stuck task."""

    id: str
    alert_id: str
    situation: str
    priority: int
    place_name: str
    state: str
    place_name_en: str


class StuckNowAnswer(StuckAnswer):
    """A stuck task with who could go instead: `next`, the nearest, and `beside` him whom the rule of two asks for."""

    dispatch: SentDispatchAnswer
    incident: StuckIncidentAnswer
    next: CandidateAnswer | None
    beside: list[CandidateAnswer]


class PastStuckAnswer(StuckAnswer):
    """As an incident's record has it: `ended_by` is a name, the account's id stands in `ended_by_id`."""

    ended_by_id: str


class CompanionAnswer(Answer):
    """Who goes to the same incident, and how he is reached."""

    name: str
    unit: NamedAnswer
    state: str
    arrived_at: float | None
    said_at: float | None
    phone: str


class TaskAnswer(DispatchAnswer):
    """A guard's task as his own page shows it."""

    pictures_here: int
    """Of his pictures, those that arrived whole."""
    situation: str | None
    since: float | None
    """What was seen and when; None: the incident is gone."""
    others: list[CompanionAnswer]
