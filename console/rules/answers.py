"""What the routes of shelves and of reasons for false answer."""

from __future__ import annotations

from console.http.answers import Answer, NameAnswer


class ShelfTermsAnswer(Answer):
    """What rests on a shelf, why and until when. Times are epoch seconds."""

    id: str
    camera_id: str
    zone_id: str
    """Empty: all zones of the camera."""
    zone_name: str
    situation: str
    """Empty: each kind that can be shelved."""
    reason: str
    shelved_by: str
    from_at: float
    until_at: float
    ended_at: float | None
    ended_by: str | None
    """Who ended it early; None also where its time ran out."""


class ShelfAnswer(ShelfTermsAnswer):
    """A shelf with what came to it."""

    running: bool
    camera: NameAnswer
    zone: NameAnswer | None
    alerts: int
    waiting: int
    """Of `alerts`, those that nobody judged."""
    priority: int | None
    """The most urgent of those that wait, 1 to 4."""
    last_at: float | None
    """When the last alert came to it."""


class ShelfDoneAnswer(Answer):
    """The shelf as it is after it began or ended."""

    shelf: ShelfAnswer


class FalseReasonAnswer(Answer):
    """A reason why an alarm was false. `enabled` false: it is no longer offered."""

    id: str
    name: str
    name_en: str
    enabled: bool
