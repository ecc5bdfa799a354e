"""What the routes of open desks answer."""

from __future__ import annotations

from console.http.answers import Answer


class OpenDeskAnswer(Answer):
    """A desk that is open now. Times are epoch seconds."""

    account_id: str
    name: str
    alert_id: str | None
    since: float
    until: float


class SeatsAnswer(Answer):
    """`mine`: the alert that this desk has; `others`: the other desks."""

    mine: str | None
    others: list[OpenDeskAnswer]
