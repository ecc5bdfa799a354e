"""Leave (请假) and swaps (换班) asked for by guards, granted or refused by their company; the roster follows."""

from __future__ import annotations

from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id
from patrol.county.tables import Guard
from patrol.duty import roster
from patrol.duty.fulfilment import GRACE_S
from patrol.duty.rest import RestRules
from patrol.duty.tables import RosterEntry, RosterRequest

LONGEST_LEAVE_S: Final = 92 * 86_400.0
OPEN: Final = ("asked", "agreed")


def _told(  # noqa: PLR0917 - what is told of it
    session: Session, actor: Actor, action: str, row: RosterRequest, at: float, note: str = ""
) -> RosterRequest:
    session.flush()
    audit.write(session, actor, f"roster_request.{action}", "roster_request", row.id, at=at,
                detail={"kind": row.kind, "guard": row.guard_id, "note": note})  # fmt: skip
    for guard_id in filter(None, (row.guard_id, row.other_guard_id)):
        feed.push(session, "roster", row.id, at=at, unit_id=row.unit_id, guard_id=guard_id)
    return row


def _entry(session: Session, entry_id: str, guard_id: str, at: float) -> RosterEntry:
    """A shift of that guard that has not begun. Raises NotFoundError `roster.missing`, ConflictError `roster.over`."""
    row = session.get(RosterEntry, entry_id)
    if row is None or row.guard_id != guard_id:
        raise NotFoundError("roster.missing", f"no entry {entry_id} of {guard_id}", id=entry_id)
    if row.state != "planned" or row.begins_at <= at:
        raise ConflictError("roster.over", "this shift has begun, or is called off")
    return row


def do_ask_leave(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, guard_id: str, from_at: float, to_at: float, reason: str, at: float
) -> RosterRequest:
    """Raises RecordError `roster.leave_span`, `roster.reason`; NotFoundError `guard.missing`; ConflictError
    `roster_request.double`."""
    if not reason.strip():
        raise RecordError("roster.reason", "why is leave asked for?")
    if not at - GRACE_S <= from_at < to_at <= from_at + LONGEST_LEAVE_S:
        raise RecordError(
            "roster.leave_span", "leave ends after it begins, and begins ahead", days=LONGEST_LEAVE_S / 86_400
        )
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    query = select(RosterRequest.id).where(
        RosterRequest.kind == "leave", RosterRequest.guard_id == guard_id, RosterRequest.state.in_((*OPEN, "granted")),
        RosterRequest.from_at < to_at, RosterRequest.to_at > from_at)  # fmt: skip
    if session.scalar(query.limit(1)) is not None:
        raise ConflictError("roster_request.double", "leave was asked for at that time already")
    row = RosterRequest(id=new_id("rq", at), kind="leave", unit_id=guard.unit_id, guard_id=guard_id, from_at=from_at, to_at=to_at,
                        reason=reason.strip(), state="asked", asked_at=at)  # fmt: skip
    session.add(row)
    return _told(session, actor, "ask", row, at, row.reason)


def do_ask_swap(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, guard_id: str, entry_id: str, other_guard_id: str, other_entry_id: str | None,
    reason: str, at: float,
) -> RosterRequest:  # fmt: skip
    """The other guard takes `entry_id`, and gives `other_entry_id` for it. Raises RecordError `roster.reason`; NotFoundError
    `roster.missing`, `guard.missing`; ConflictError `roster.over`, `roster_request.self`, `roster_request.double`."""
    if not reason.strip():
        raise RecordError("roster.reason", "why is a swap asked for?")
    mine = _entry(session, entry_id, guard_id, at)
    other = session.get(Guard, other_guard_id)
    if other is None or other.unit_id != mine.unit_id:
        raise NotFoundError("guard.missing", f"no guard {other_guard_id} in this unit", id=other_guard_id)
    if other.id == guard_id:
        raise ConflictError("roster_request.self", "nobody swaps with himself")
    if other_entry_id:
        _entry(session, other_entry_id, other_guard_id, at)
    query = select(RosterRequest.id).where(RosterRequest.entry_id == entry_id, RosterRequest.state.in_(OPEN))
    if session.scalar(query.limit(1)) is not None:
        raise ConflictError("roster_request.double", "a swap of this shift was asked for already")
    row = RosterRequest(id=new_id("rq", at), kind="swap", unit_id=mine.unit_id, guard_id=guard_id, entry_id=entry_id,
                        other_guard_id=other_guard_id, other_entry_id=other_entry_id, reason=reason.strip(), state="asked",
                        asked_at=at)  # fmt: skip
    session.add(row)
    return _told(session, actor, "ask", row, at, row.reason)


def _get(session: Session, request_id: str, *states: str) -> RosterRequest:
    row = session.get(RosterRequest, request_id, with_for_update={"of": RosterRequest})
    if row is None:
        raise NotFoundError("roster_request.missing", f"no request {request_id}", id=request_id)
    if row.state not in states:
        raise ConflictError("roster_request.state", f"the request is {row.state}", state=row.state)
    return row


def do_answer(
    session: Session, actor: Actor, request_id: str, guard_id: str, *, agrees: bool, at: float
) -> RosterRequest:
    """The other guard's word on a swap. Raises NotFoundError `roster_request.missing`, ConflictError
    `roster_request.state`."""
    known = session.get(RosterRequest, request_id)
    if known is None or known.other_guard_id != guard_id:
        raise NotFoundError("roster_request.missing", f"no request {request_id} to {guard_id}", id=request_id)
    row = _get(session, request_id, "asked")
    row.state, row.agreed_at = ("agreed", at) if agrees else ("declined", None)
    return _told(session, actor, "agree" if agrees else "decline", row, at)


def do_withdraw(session: Session, actor: Actor, request_id: str, guard_id: str, at: float) -> RosterRequest:
    """Raises as `do_answer`."""
    known = session.get(RosterRequest, request_id)
    if known is None or known.guard_id != guard_id:
        raise NotFoundError("roster_request.missing", f"no request {request_id} of {guard_id}", id=request_id)
    row = _get(session, request_id, *OPEN)
    row.state = "withdrawn"
    return _told(session, actor, "withdraw", row, at)


def do_decide(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, request_id: str, decision: Literal["granted", "refused"], note: str, at: float,
    rules: RestRules = roster.LAW, exception: str = "",
) -> RosterRequest:  # fmt: skip
    """With a word. Granted leave excuses the shifts in it that have not ended; a granted swap needs the other guard's word
    first, and each of the shifts must be plannable for who takes it.

    Raises RecordError `roster_request.word`; NotFoundError `roster_request.missing`, `roster.missing`; ConflictError
    `roster_request.state`, `roster_request.not_agreed`, `roster.over`, and as `roster.check_plan`.
    """
    if not note.strip():
        raise RecordError("roster_request.word", "a decision needs a word")
    row = _get(session, request_id, *OPEN)
    if decision == "granted":
        if row.kind == "swap":
            _swap(session, actor, row, at, rules, exception)
        else:
            _excuse(session, actor, row, at)
    row.state, row.decided_at, row.decided_by, row.decision_note = decision, at, actor.id, note.strip()[:200]
    return _told(session, actor, decision, row, at, row.decision_note)


def _excuse(session: Session, actor: Actor, row: RosterRequest, at: float) -> None:
    entries = session.scalars(select(RosterEntry).where(
        RosterEntry.guard_id == row.guard_id, RosterEntry.begins_at < row.to_at, RosterEntry.ends_at > row.from_at,
        RosterEntry.ends_at > at, RosterEntry.state.not_in(tuple(roster.FINAL)))).unique().all()  # fmt: skip
    for entry in entries:
        roster.do_set(session, actor, entry, "excused", at, note=row.reason)


def _swap(  # noqa: PLR0917 - as `do_decide`
    session: Session, actor: Actor, row: RosterRequest, at: float, rules: RestRules, exception: str
) -> None:
    if row.state != "agreed":
        raise ConflictError("roster_request.not_agreed", "the other guard has not agreed yet")
    pairs = [(_entry(session, row.entry_id or "", row.guard_id, at), row.other_guard_id or "")]
    if row.other_entry_id:
        pairs.append((_entry(session, row.other_entry_id, row.other_guard_id or "", at), row.guard_id))
    both = [entry.id for entry, _ in pairs]
    for entry, guard_id in pairs:
        plan = roster.EntryPlan(
            guard_id, entry.area_id, entry.begins_at, entry.ends_at, entry.post_id, exception=exception
        )
        roster.check_plan(session, plan, row.unit_id, at, rules, without=both)
    for entry, guard_id in pairs:
        before, entry.guard_id = entry.guard_id, guard_id
        session.flush()
        session.refresh(entry)
        audit.write(session, actor, "roster.swap", "roster_entry", entry.id, at=at,
                    detail={"from": before, "to": guard_id, "request": row.id, "exception": exception})  # fmt: skip
        for told in (before, guard_id):
            feed.push(session, "roster", entry.id, at=at, unit_id=entry.unit_id, guard_id=told)
