"""How the calls and dispatches of a shift ended, as its facts hold them: refreshed in the transaction that changes them."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.records import build
from patrol.facts import CallOutcome, DispatchOutcome, ShiftFacts
from patrol.shifts import lock_shift
from patrol.tables import Dispatch, PointCall, Shift

ENDED: Final = {"arrived": "confirmed", "done": "confirmed", "refused": "contradicted", "cancelled": "unknown"}


def call_outcome(row: PointCall) -> CallOutcome:
    """A contradicted verdict counts only once a person upheld it; until then, and when dismissed, it is unknown."""
    counted = row.verdict or "unknown"
    if counted == "contradicted" and row.review != "upheld":
        counted = "unknown"
    return CallOutcome(row.id, row.draw_id is not None, counted, row.verdict_reason)


def dispatch_outcome(row: Dispatch) -> DispatchOutcome:
    """Arrival is proven by a fix; done without one is not known."""
    counted = ENDED[row.state]
    if row.state == "done" and row.arrived_at is None:
        counted = "unknown"
    return DispatchOutcome(row.id, counted, row.called_at, row.arrived_at, row.arrived_fix_id)


def with_outcomes(session: Session, facts: ShiftFacts, shift_id: str) -> ShiftFacts:
    """The facts with the shift's settled calls and ended dispatches, in order of their call."""
    session.flush()
    calls = session.scalars(
        select(PointCall)
        .where(PointCall.shift_id == shift_id, PointCall.verdict.is_not(None))
        .order_by(PointCall.called_at, PointCall.id)
    ).unique()
    sent = session.scalars(
        select(Dispatch)
        .where(Dispatch.shift_id == shift_id, Dispatch.state.in_(ENDED))
        .order_by(Dispatch.called_at, Dispatch.id)
    ).unique()
    return msgspec.structs.replace(
        facts, calls=tuple(map(call_outcome, calls)), dispatches=tuple(map(dispatch_outcome, sent))
    )


def facts_of(shift: Shift) -> ShiftFacts:
    """What the row holds; empty facts for a shift without a fix."""
    return build(ShiftFacts, {"shift_id": shift.id, "opened_at": shift.opened_at, **shift.facts})


def keep(shift: Shift, facts: ShiftFacts) -> bool:
    """Write them to the row; False when nothing changed."""
    body = msgspec.json.decode(msgspec.json.encode(facts))  # lists, as they come back from the row
    if body == shift.facts:
        return False
    shift.facts, shift.facts_version = body, shift.facts_version + 1
    return True


def refresh(session: Session, shift_id: str) -> None:
    """A call or dispatch of that shift came to an end, or a person decided about it."""
    shift = lock_shift(session, shift_id)
    keep(shift, with_outcomes(session, facts_of(shift), shift_id))
