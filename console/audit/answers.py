"""What the routes of the register answer, and looks at a guard as others show them. Times are epoch seconds."""

from __future__ import annotations

from typing import Any

from console.audit.odd_looks import Rule
from console.http.answers import Answer, Items, Page
from lianqin.audit import Purpose, Role


class AuditRowAnswer(Answer):
    """A row of the register."""

    seq: int
    at: float
    actor_id: str
    actor_name: str
    role: Role | None
    """None: a part of the house acted, or somebody who was not logged in."""
    unit_id: str | None
    action: str
    object_kind: str
    object_id: str
    purpose: Purpose | None
    case_ref: str | None
    detail: dict[str, Any]
    """What each action keeps of it."""
    hash: str | None
    """Of this row after the one before, hex; None where an older program wrote it."""


class RegisterAnswer(Page[AuditRowAnswer]):
    """A page of the register. `names`: `kind:id` -> name, of objects and of the guards in the details."""

    names: dict[str, str]


class OddLookAnswer(Answer):
    """Looks, or exports, of one person that an auditor should ask about."""

    rule: Rule
    actor_id: str
    actor_name: str
    guard_ids: list[str]
    """Empty where the rule is of exports."""
    case_ref: str
    """Empty: none, or several."""
    count: int
    from_at: float
    to_at: float
    seqs: list[int]
    """Their rows in the register."""


class OddLooksAnswer(Items[OddLookAnswer]):
    """Of the last thirty days. `names`: as in the register."""

    names: dict[str, str]
    now: float


class LookAtGuardAnswer(Answer):
    """A look at a guard, as the guard sees it (`looks_at`)."""

    kind: str
    """trail, export (a trail that was taken away as a file) or live."""
    at: float
    by: str
    """The person's name."""
    role: Role | None
    purpose: Purpose | None
    case_ref: str | None
    from_at: float | None
    to_at: float | None
    """The time that was looked at; of a live look, the time in which the guard was on the map."""
