"""What the routes of attention answer: mutes, the second seat, escalations and rings. Times are epoch seconds."""

from __future__ import annotations

from typing import Literal

from console.attention.escalations import Seat
from console.http.answers import Answer, NamedAnswer


class MuteAnswer(Answer):
    """Whose pages sound no alert, and until when."""

    account_id: str
    at: float
    until: float
    name: str


class SeatedAnswer(Answer):
    """Who sits at the second seat now."""

    account_id: str
    name: str


class EscalationAnswer(Answer):
    """An alert that was put on a seat's list. `taken_by`: the name of who sees to it, None: nobody yet."""

    id: str
    step: int
    """Of the county's escalation steps, from 1."""
    seat: Seat
    at: float
    taken_by: str | None
    taken_at: float | None


class EscalatedAlertAnswer(EscalationAnswer):
    """An escalation with what its alert is about."""

    alert_id: str
    situation: str
    priority: int
    zone_name: str
    received_at: float
    camera: NamedAnswer


class AttentionAnswer(Answer):
    """`now`: the server's clock; `escalations`: unjudged alerts on the lists of the caller's own seats, the newest first."""

    now: float
    mutes: list[MuteAnswer]
    second_seat: list[SeatedAnswer]
    escalations: list[EscalatedAlertAnswer]


class RingsTakenAnswer(Answer):
    """`taken`: how many of the told rings were new."""

    taken: int


class RingCountAnswer(Answer):
    """How often what rang at one account's pages, in sight or not (`hidden`), and how many alerts it was about."""

    account_id: str
    name: str
    why: Literal["new", "escalation"]
    means: Literal["sound", "notification", "blocked", "muted"]
    hidden: bool
    rings: int
    alerts: int


class TakerAnswer(Answer):
    """Who took escalations, and how many."""

    name: str
    taken: int


class EscalationCountAnswer(Answer):
    """Escalations of one seat. `p50`, `p95`: seconds until somebody took them, None where nobody did; `few`: too few to say much."""

    seat: Seat
    raised: int
    taken: int
    by: list[TakerAnswer]
    p50: float | None
    p95: float | None
    few: bool
