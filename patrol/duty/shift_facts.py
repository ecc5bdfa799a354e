"""How the calls and dispatches of a shift ended, as its facts hold them: refreshed in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.decoding import from_json
from lianqin.records import build
from patrol.calls.tables import PointCall
from patrol.dispatch.tables import Dispatch
from patrol.duty.shifts import lock_shift
from patrol.duty.tables import Shift
from patrol.judging.facts import CallOutcome, DispatchOutcome, ShiftFacts

ENDED: Final = {"arrived": "confirmed", "done": "confirmed", "refused": "contradicted", "cancelled": "unknown"}


def call_outcome(row: PointCall) -> CallOutcome:
    """A contradicted verdict counts only once a person upheld it; until then, and when dismissed, it is unknown."""
    return CallOutcome(
        row.id, row.draw_id is not None, *_counted(row.verdict or "unknown", row.review, row.verdict_reason)
    )


def dispatch_outcome(row: Dispatch) -> DispatchOutcome:
    """Arrival is proven by a fix; done without one is not known, and a cancelled task keeps the arrival that was proven before. A
    refusal counts only once a person upheld it."""
    counted, _, review = _counted(ENDED[row.state], row.review, "")
    if row.state == "done" and row.arrived_at is None:
        counted = "unknown"
    if row.state == "cancelled" and row.arrived_at is not None:
        counted = "confirmed"
    return DispatchOutcome(
        row.id, counted, row.called_at, row.arrived_at, row.arrived_fix_id, refused=row.refused_code, review=review
    )


def _counted(said: str, review: str | None, reason: str) -> tuple[str, str, str]:
    """What counts, why, and how a person's word stands."""
    if said != "contradicted":
        return said, reason, ""
    return said if review == "upheld" else "unknown", reason, review or "waiting"


class Ended(msgspec.Struct):
    """A shift's settled calls and ended dispatches, in order of their call."""

    calls: tuple[CallOutcome, ...] = ()
    dispatches: tuple[DispatchOutcome, ...] = ()


def ended(session: Session, shift_ids: Collection[str]) -> dict[str, Ended]:
    """Of several shifts at once, since a batch of fixes touches many."""
    session.flush()
    found = {one: Ended() for one in shift_ids}
    for call in session.scalars(
        select(PointCall)
        .where(PointCall.shift_id.in_(shift_ids), PointCall.verdict.is_not(None))
        .order_by(PointCall.called_at, PointCall.id)
    ).unique():
        found[call.shift_id].calls += (call_outcome(call),)
    for sent in session.scalars(
        select(Dispatch)
        .where(Dispatch.shift_id.in_(shift_ids), Dispatch.state.in_(ENDED))
        .order_by(Dispatch.called_at, Dispatch.id)
    ).unique():
        found[sent.shift_id].dispatches += (dispatch_outcome(sent),)
    return found


def with_ended(facts: ShiftFacts, found: Ended) -> ShiftFacts:
    """The facts with how calls and dispatches ended."""
    return msgspec.structs.replace(facts, calls=found.calls, dispatches=found.dispatches)


def facts_of(shift: Shift) -> ShiftFacts:
    """What the row holds; empty facts for a shift without a fix."""
    return build(ShiftFacts, {"shift_id": shift.id, "opened_at": shift.opened_at, **shift.facts})


def keep(shift: Shift, facts: ShiftFacts) -> bool:
    """Write them to the row; False when nothing changed."""
    body = from_json(msgspec.json.encode(facts))  # lists, as they come back from the row
    if body == shift.facts:
        return False
    shift.facts, shift.facts_version = body, shift.facts_version + 1
    return True


def refresh(session: Session, shift_id: str) -> None:
    """A call or dispatch of that shift came to an end, or a person decided about it."""
    shift = lock_shift(session, shift_id)
    keep(shift, with_ended(facts_of(shift), ended(session, [shift_id])[shift_id]))
