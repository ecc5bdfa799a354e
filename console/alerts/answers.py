"""What the routes of the record of alerts answer. Times are epoch seconds."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from console.http.answers import Answer, NamedAnswer, Page


class RecordSentAnswer(Answer):
    """A guard who was sent to the alert's incident."""

    guard: str
    unit: NamedAnswer


class RecordAnswer(Answer):
    """An alert of the record."""

    id: str
    situation: str
    priority: int
    captured_at: float
    received_at: float
    camera: NamedAnswer | None
    """None: it speaks of no camera."""
    area: NamedAnswer | None
    place: str
    """Of a guard's report, where it is; else empty."""
    zone: NamedAnswer
    """`name`: as the zone was called then."""
    state: str
    """new, confirmed, false or ignored."""
    judge_reason: str
    judged_by: str | None
    judged_at: float | None
    waited_s: float | None
    """Seconds until it was judged; None: it was not."""
    incident_id: str | None
    sent: list[RecordSentAnswer]
    picture: bool
    clip: bool
    """There is one, and it was not purged."""
    purged_at: float | None


class RecordsAnswer(Page[RecordAnswer]):
    """A page of the record. `total`, of the first page alone: how many the filter shows; beyond `counted` that and one."""

    counted: int
    total: int | UnsetType = UNSET


class RecordChoicesAnswer(Answer):
    """What the filters offer."""

    areas: list[NamedAnswer]
    units: list[NamedAnswer]
    judges: list[str]
    """Names of those who judged."""
    situations: list[str]
    reasons: list[str]


class SavedViewAnswer(Answer):
    """A filter and order of a page that a person keeps. `query`: as it stands in the page's address."""

    id: str
    page: str
    """records or desk."""
    name: str
    query: str
    saved_at: float


class KeptViewAnswer(Answer):
    """The view as it is kept now."""

    view: SavedViewAnswer
