"""What the routes of the alarm budget answer. Moments are epoch seconds, lengths of time seconds, shares of 1."""

from __future__ import annotations

from typing import Literal

from console.alarms.spared import Outcome, Part
from console.attention.answers import EscalationCountAnswer, RingCountAnswer
from console.http.answers import Answer, NamedAnswer
from console.rules.answers import FalseReasonAnswer
from lianqin.shares import Bounded


class RungAlertAnswer(Answer):
    """The alert that rang, as the record has it."""

    situation: str
    priority: int
    captured_at: float
    camera: NamedAnswer | None
    area: NamedAnswer | None
    place: str
    zone: NamedAnswer
    state: str


class RungAnswer(Answer):
    """What called a person at a page, or did not."""

    id: str
    alert_id: str
    account_id: str
    name: str
    """The account's."""
    at: float
    why: Literal["new", "escalation"]
    means: Literal["sound", "notification", "blocked", "muted"]
    """`blocked`: by the browser."""
    hidden: bool
    """The page was not in sight."""
    alert: RungAlertAnswer | None
    """None: there is no such alert."""
    taken_by: str | None
    taken_at: float | None
    """Who took or judged it first since it waited; None: nobody."""
    waited_s: float | None


class AlarmRateAnswer(Answer):
    """Alerts an operator-hour beside the goal. `said`: kept or missed beyond chance, left open, too few to say, or nobody was there."""

    alerts: int
    hours: float
    rate: Bounded | None
    said: Literal["within", "over", "open", "few", "nobody"]


class SeatHoursAnswer(Answer):
    """How long operators were logged in, all together, and how many of them."""

    hours: float
    accounts: int


class FloodAnswer(Answer):
    """A time in which alerts came too fast. `peak`: most within ten minutes; `lasts`: it had not ended."""

    from_at: float
    to_at: float
    alerts: int
    peak: int
    lasts: bool


class PrioritySplitAnswer(Answer):
    """Alerts of one priority, high, medium or low; `share` None where nothing came."""

    count: int
    share: Bounded | None
    goal: float


class WorstZoneAnswer(Answer):
    """A zone from which many alerts came. `share`: of all alerts."""

    camera_id: str
    camera: NamedAnswer
    zone_id: str
    zone_name: str
    """As it was called then; it may be empty."""
    zone: NamedAnswer
    alerts: int
    share: float
    confirmed: int
    false: int
    ignored: int
    waiting: int
    false_share: Bounded | None
    """Of those judged confirmed or false; None while there are few."""


class FalseMonthAnswer(Answer):
    """Alerts of a month (`2026-10`, by the county's clock), and how many were false. `false_share`: of all; None while there are few."""

    month: str
    from_at: float
    to_at: float
    alerts: int
    false: int
    false_share: Bounded | None
    reasons: dict[str, int]
    """By the reason's id."""


class AlarmWaitAnswer(Answer):
    """How long alerts waited for their judgement. `of`: a priority, or who judged. `few`: of fewer than 20."""

    of: str
    judged: int
    p50: float
    p95: float
    few: bool


class AlarmWaitsAnswer(Answer):
    """The same alerts by priority, and by person."""

    priority: list[AlarmWaitAnswer]
    person: list[AlarmWaitAnswer]


class AlarmCallsAnswer(Answer):
    """What rang, and what was escalated."""

    rings: list[RingCountAnswer]
    escalations: list[EscalationCountAnswer]


class AlarmBudgetAnswer(Answer):
    """What a time had of alerts."""

    now: float
    alerts: int
    shelved: int
    """Of `alerts`, those that called nobody."""
    waiting: int
    states: dict[str, int]
    goal: float
    """Alerts an operator-hour."""
    rate: AlarmRateAnswer
    seats: SeatHoursAnswer
    floods: list[FloodAnswer]
    """The newest first."""
    flood_s: float
    of_s: float
    """The floods' seconds, of so many."""
    split: list[PrioritySplitAnswer]
    """High, medium, low."""
    zones: list[WorstZoneAnswer]
    months: list[FalseMonthAnswer]
    """The oldest first."""
    waits: AlarmWaitsAnswer
    called: AlarmCallsAnswer
    few: int
    few_judged: int
    """So many are needed for a figure to say something, and for a share of false ones."""


class SparedAlertAnswer(Answer):
    """An alert that another rule spares, or may spare. `why`: by which parts of the change."""

    id: str
    captured_at: float
    situation: str
    zone_name: str
    state: str
    judge_reason: str
    outcome: Outcome
    why: list[Part]


class SparedAnswer(Answer):
    """What another rule would have spared of the last week's alerts. `cut`: there were more; only the newest were tried."""

    from_at: float
    to_at: float
    alerts: int
    spared: int
    unknown: int
    states: dict[str, int]
    """Of those spared, how they were judged."""
    cut: bool
    items: list[SparedAlertAnswer]


class FalseReasonCountAnswer(FalseReasonAnswer):
    """A reason, and how many alerts of the month it was given."""

    count: int


class FalseReasonMonthAnswer(Answer):
    """Why alerts of a month (`2026-10`) were false; the most frequent first."""

    month: str
    total: int
    items: list[FalseReasonCountAnswer]


class ZoneTrialAnswer(Answer):
    """What a zone as it is drawn makes of yesterday's alerts. `of_zone`: of its own; else of all the camera's zones."""

    from_at: float
    to_at: float
    of_zone: bool
    total: int
    raised: int
    """Those that would come again."""
    unknown: int
    spared: dict[Part, int]
    """By the first part of the change that spares them."""
    spared_ids: list[str]
    cut: bool
    """There were more; only the newest were tried."""
