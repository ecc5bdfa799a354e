"""When an act happened, and whether that is proved. Pure functions."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from patrol.acts.contact import Contact

Kind = Literal["begin", "break_begin", "break_end", "end"]
KEPT_S: Final = 24 * 3600.0
"""An act that nothing proves is not taken when it is older; fixes before a begin that is on its way are held as long."""
LIVE_S: Final = 120.0
"""A proved act that arrives within this needs nothing else."""
APART_S: Final = 60.0
"""So far the phone's clock and its stopwatch may disagree. A stopwatch stands while the phone sleeps, and a clock can be set."""
SLACK_S: Final = 5.0
"""How far a stopwatch may run ahead."""
FIX_WITHIN_S: Final = 600.0
"""A trusted fix there within this of a begin proves it."""


class Said(msgspec.Struct, frozen=True):
    """What the phone says. `id` is the phone's own: sent twice, it is the same act. `claimed_at`: its clock; `since_s`: seconds of
    its stopwatch since the contact whose token it carries, `wall_since_s`: by its clock. `code`: scanned at the post; `note`: why
    a shift ends early."""

    id: str
    kind: Kind
    claimed_at: float
    since_s: float | None = None
    wall_since_s: float | None = None
    code: str = ""
    note: str = ""
    how: Literal["ended", "ill"] = "ended"
    break_kind: Literal["meal", "rest"] = "rest"


class ActMoment(msgspec.Struct, frozen=True):
    """`why` it is not proved: act.no_contact (nothing links it to our clock: the page was loaded anew meanwhile), act.clock (stopwatch and
    clock disagree), act.ahead (it lies after its arrival)."""

    at: float
    proved: bool
    why: str = ""


def moment_of(said: Said, contact: Contact | None, now: float) -> ActMoment:
    """The contact's time and the stopwatch since; without them the phone's clock, between that contact and the arrival."""
    since, wall = said.since_s, said.wall_since_s
    least = contact.at if contact is not None else now - KEPT_S - 1
    claimed = min(max(said.claimed_at, least), now)
    if contact is None or since is None or wall is None:
        return ActMoment(claimed, proved=False, why="act.no_contact")
    if since < 0 or contact.at + since > now + SLACK_S:
        return ActMoment(claimed, proved=False, why="act.ahead")
    if abs(wall - since) > APART_S:
        return ActMoment(claimed, proved=False, why="act.clock")
    return ActMoment(min(contact.at + since, now), proved=True)
