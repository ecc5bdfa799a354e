"""What the routes of guards' phones answer. Times are epoch seconds."""

from __future__ import annotations

from console.guards.answers import GuardAnswer
from console.http.answers import Answer


class PhoneAnswer(Answer):
    """A guard's phone. `made_by` and `ended_by` are names, the account ids stand in `made_by_id` and `ended_by_id`."""

    id: str
    guard_id: str
    unit_id: str
    made_at: float
    made_by: str
    until: float
    """Its code is good until then."""
    bound_at: float | None
    """None: its code waits to be scanned."""
    model: str
    """What the phone's browser says of itself; empty before it is bound."""
    ended_at: float | None
    ended_by: str | None
    made_by_id: str
    ended_by_id: str | None
    last_seen_at: float | None
    """When its login was used last; None: not bound, or logged out."""


class GuardPhoneAnswer(Answer):
    """A guard, and the phone that is bound or waits for its code; None: neither."""

    guard: GuardAnswer
    phone: PhoneAnswer | None


class PhoneCodeAnswer(Answer):
    """A new code to bind a phone, good until `until`. It is told here and nowhere else."""

    phone: PhoneAnswer
    code: str
    until: float


class BoundAnswer(Answer):
    """The token that every request that changes something must send along."""

    csrf: str
