"""What waits for a person's word: contradicted point calls and refusals. Nothing of either counts before it, and nobody decides
about a call of his own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lianqin.audit import Actor
from lianqin.errors import ConflictError, RecordError
from patrol.calls.tables import PointCall
from patrol.dispatch.refusals import RefusalReason
from patrol.dispatch.tables import Dispatch

Result = Literal["upheld", "dismissed"]
MOST: Final = 500
"""Items of one answer."""


class Waiting(msgspec.Struct, frozen=True):
    """What is asked for. `unit_id`, `guard_id`: theirs alone; `since`: decided or, undecided ones, called later than this."""

    decided: bool = False
    unit_id: str | None = None
    guard_id: str | None = None
    since: float = 0.0


def check_decision(
    actor: Actor, *, called_by: str, result: Result, note: str, is_decided: bool, reason: RefusalReason | None = None
) -> None:
    """Whether this person may decide so about a point call or a refusal of `reason`.

    Raises ConflictError `review.own_call` (nobody decides about a call of his own), `refusal.protected`; RecordError
    `review.note`: what counts against a guard, and what changes a decision, needs its reason.
    """
    if actor.id == called_by:
        raise ConflictError("review.own_call", "who called or sent the guard does not decide about it")
    if reason is not None and reason.protected and result == "upheld":
        raise ConflictError(
            "refusal.protected", f"{reason.key} never counts against a guard ({reason.law})", law=reason.law
        )
    if not note.strip() and (result == "upheld" or is_decided):
        raise RecordError("review.note", "what counts against a guard needs its reason")


def items(session: Session, asked: Waiting) -> list[PointCall | Dispatch]:
    """The newest first, `MOST` of each kind."""
    calls = select(PointCall).where(PointCall.verdict == "contradicted")
    refusals = select(Dispatch).where(Dispatch.state == "refused", Dispatch.refused_code != "")
    found: list[PointCall | Dispatch] = [
        *_of(session, calls, PointCall, asked), *_of(session, refusals, Dispatch, asked),
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.reviewed_at or row.called_at, row.id), reverse=True)


def _of(session: Session, query: Select[Any], kind: type[PointCall | Dispatch], asked: Waiting) -> Sequence[Any]:
    query = query.where(kind.review.is_not(None) if asked.decided else kind.review.is_(None))
    query = query.where((kind.reviewed_at if asked.decided else kind.called_at) >= asked.since)
    if asked.unit_id is not None:
        query = query.where(kind.unit_id == asked.unit_id)
    if asked.guard_id is not None:
        query = query.where(kind.guard_id == asked.guard_id)
    return session.scalars(query.order_by(kind.called_at.desc(), kind.id).limit(MOST)).unique().all()
