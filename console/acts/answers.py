"""What the routes of acts said later answer. Times are epoch seconds."""

from __future__ import annotations

from console.http.answers import Answer
from patrol.acts.moments import Kind


class ActAnswer(Answer):
    """What a guard did without a network, as it was said, and its fate. `decided_by` is a name, its account id stands in `decided_by_id`."""

    id: str
    guard_id: str
    unit_id: str
    kind: Kind
    claimed_at: float
    """By the phone's clock."""
    contact_at: float | None
    """Our time of the last contact that the phone had; None: it named none."""
    since_s: float | None
    """Seconds of the phone's stopwatch since then."""
    at: float
    """The moment that the console takes for it; `proved` says whether that is certain."""
    proved: bool
    received_at: float
    state: str
    """counted, waiting (for a fix that proves a begin), as_claimed, refused, upheld or denied."""
    why: str
    """Key of why it does not count or is not proved; empty: nothing stands against it. `why_said` is its sentence."""
    proof: str
    """Of a begin: live, code, fix or person; empty: none."""
    proof_fix_id: str | None
    counts_at: float | None
    """The moment that counts; None: none does."""
    shift_id: str | None
    break_id: str | None
    note: str
    decided_by: str
    decided_at: float | None
    decision_note: str
    followed_at: float | None
    """When its shift was judged again because of it."""
    decided_by_id: str
    guard_name: str
    why_said: str


class ActDoneAnswer(Answer):
    """The act as it stands now."""

    act: ActAnswer


class ContactAnswer(Answer):
    """A token that an act said later carries back, and the console's time. Empty: none can be made now; the page keeps the one it has."""

    contact: str
    now: float
