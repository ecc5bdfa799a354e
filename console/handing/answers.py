"""What the routes of the desk's hand-over and of promises answer. Times are epoch seconds."""

from __future__ import annotations

from typing import Generic, TypeVar

from console.desk.answers import AlertCameraAnswer, AlertFactsAnswer
from console.guards.answers import UnitBriefAnswer
from console.http.answers import Answer, Items, NameAnswer, NamedAnswer
from console.incidents.answers import IncidentFactsAnswer
from console.rules.answers import ShelfTermsAnswer
from lianqin.audit import Role
from lianqin.seals import SealLine

T = TypeVar("T")


class PromiseAnswer(Answer):
    """What was promised for `due_at`, by a note on an alert or an incident."""

    id: str
    alert_id: str
    incident_id: str | None
    words: str
    due_at: float
    made_by: str
    made_at: float
    kept_by: str
    """Who said that it is kept; empty: it is open."""
    kept_at: float | None


class OpenPromiseAnswer(PromiseAnswer):
    """A promise that is not kept, with what it is about; `situation` and `priority` None: the alert is gone."""

    situation: str | None
    priority: int | None
    place: NameAnswer


class KeptPromiseAnswer(Answer):
    """The promise that was kept."""

    promise: PromiseAnswer


class LeftAnswer(Answer):
    """How many are left: alerts in the queue (`open`) and on shelves, promises, tasks under way (`sent`), incidents that wait for their
    end (`handled`)."""

    open: int
    shelved: int
    promised: int
    sent: int
    handled: int


class DeskHandOverAnswer(Answer):
    """A desk that was left with a line, and taken over by another."""

    id: str
    given_by: str
    given_by_id: str
    given_at: float
    from_at: float
    """When that person's shift began."""
    note: str
    counts: LeftAnswer
    """As of then."""
    taken_by: str
    """Empty, like `taken_by_id`: it waits."""
    taken_by_id: str
    taken_at: float | None


class DeskHandOversAnswer(Items[DeskHandOverAnswer]):
    """Those that wait, the oldest first, then the last ones taken. `counts`: what is left now."""

    counts: LeftAnswer


class OneDeskHandOverAnswer(Answer):
    """The hand-over as it is after the act."""

    hand_over: DeskHandOverAnswer


class SheetListAnswer(Answer, Generic[T]):
    """A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds."""

    count: int
    items: list[T]


class SheetLineAnswer(Answer):
    """What who prints the sheet wrote last in this shift; `taken_by` empty: nobody took the desk over yet."""

    note: str
    given_at: float
    taken_by: str
    taken_at: float | None


class SheetGuardAnswer(Answer):
    """A guard on the sheet. Of one whom the county does not know `name` is the id and `unit` None."""

    id: str
    name: str
    call_sign: str
    unit: UnitBriefAnswer | None


class SheetAlertAnswer(AlertFactsAnswer):
    """An alert of the queue, with where it is."""

    camera: AlertCameraAnswer
    zone: NameAnswer


class SheetAlertsAnswer(Answer):
    """`open`: alerts in the queue, by priority too; `judged`: since the shift began, by verdict; `false_reasons`: those that were false,
    by the reason's id."""

    open: int
    by_priority: dict[str, int]
    oldest: SheetAlertAnswer | None
    judged: dict[str, int]
    false_reasons: dict[str, int]


class SheetShelfAnswer(ShelfTermsAnswer):
    """A shelf that runs, with how many alerts rest on it."""

    camera: NameAnswer
    zone: NameAnswer
    alerts: int


class SheetShelvesAnswer(SheetListAnswer[SheetShelfAnswer]):
    """`alerts`: how many rest, on whichever shelf."""

    alerts: int


class SheetTaskAnswer(Answer):
    """A guard who is sent and not done. `situation` None: the incident is gone."""

    id: str
    guard: SheetGuardAnswer
    state: str
    called_at: float
    place_name: str
    place_name_en: str
    situation: str | None


class SheetSentAnswer(Answer):
    """Who is sent to an incident, or was there."""

    guard: SheetGuardAnswer
    state: str
    called_at: float


class SheetIncidentAnswer(IncidentFactsAnswer):
    """An incident that is not over."""

    sent: list[SheetSentAnswer]


class SheetSosAnswer(Answer):
    """A call for help that is not closed. `taken_by`: a name, empty: nobody took it yet."""

    id: str
    state: str
    raised_at: float
    taken_by: str
    taken_at: float | None
    guard: SheetGuardAnswer


class SheetPointCallAnswer(Answer):
    """A point call without a verdict. `answered_at`: device time."""

    id: str
    guard: SheetGuardAnswer
    called_at: float
    answered_at: float | None


class SheetCameraAnswer(Answer):
    """A camera that is blind since then, and why."""

    id: str
    name: str
    name_en: str
    reason: str
    since: float


class SheetCamerasAnswer(SheetListAnswer[SheetCameraAnswer]):
    """`told` false: Redis is away, and nobody knows how cameras do now."""

    told: bool


class SheetUnitAnswer(UnitBriefAnswer):
    """Guards of a unit on shift, and how many of them are on a break."""

    on_shift: int
    on_break: int


class SheetUnitsAnswer(SheetListAnswer[SheetUnitAnswer]):
    """`on_shift`: of all units."""

    on_shift: int


class SheetMissingAnswer(Answer):
    """A planned guard who is not there. `missing_since`: nobody stands there since then; `ends_at`: of the planned shift."""

    id: str
    guard: SheetGuardAnswer
    area: NamedAnswer | None
    post: NamedAnswer | None
    missing_since: float
    ends_at: float


class SheetShortAnswer(Answer):
    """An area with fewer guards on shift than it needs."""

    id: str
    area: NamedAnswer
    needed: int
    on_shift: int


class SheetSealAnswer(Answer):
    """A chain's newest seal. `since`: rows that no seal covers; `late`: some of them for more than an hour."""

    chain: str
    seal: SealLine | None
    since: int
    late: bool


class HandOverSheetAnswer(Answer):
    """All that stands on the hand-over sheet of a shift that began at `from_at`."""

    at: float
    from_at: float
    printed_by: str
    role: Role
    place: NameAnswer | None
    """The station or the county; None: it is written by hand."""
    line: SheetLineAnswer | None
    alerts: SheetAlertsAnswer
    shelved: SheetShelvesAnswer
    promised: SheetListAnswer[OpenPromiseAnswer]
    tasks: SheetListAnswer[SheetTaskAnswer]
    incidents: SheetListAnswer[SheetIncidentAnswer]
    sos: SheetListAnswer[SheetSosAnswer]
    point_calls: SheetListAnswer[SheetPointCallAnswer]
    cameras: SheetCamerasAnswer
    units: SheetUnitsAnswer
    missing: SheetListAnswer[SheetMissingAnswer]
    short: SheetListAnswer[SheetShortAnswer]
    seals: list[SheetSealAnswer]
