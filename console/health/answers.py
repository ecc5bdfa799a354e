"""What the routes of health answer."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from console.canary.answers import WorkerLineAnswer
from console.http.answers import Answer


class HealthAnswer(Answer):
    """What is up. It comes with 503 where Redis or the database is not ok."""

    redis: str
    """ok; away; refuses: it answers and does not write."""
    receiver_lag: int | None
    """Alerts not yet taken off the bus; None: can't be told."""
    workers: list[str]
    database: str
    """ok or away."""
    relay: int | None
    """Records that wait to be followed; None: can't be told."""
    line: dict[str, WorkerLineAnswer] | None
    """By worker; None: can't be told."""
    redis_why: str | UnsetType = UNSET
    """With `refuses`: what it answered."""
