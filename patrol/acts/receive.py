"""An act arrives: what of it counts at once, what waits for its proof, what is refused and kept as claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, LianqinError, NotFoundError
from lianqin.records import new_id
from patrol.acts.contact import Contact
from patrol.acts.moments import KEPT_S, LIVE_S, Said, moment_of
from patrol.acts.tables import DutyAct
from patrol.calls.tables import PointCall
from patrol.county.entries import of_code
from patrol.county.tables import Guard, Post
from patrol.dispatch.tables import Dispatch
from patrol.duty import breaks as duty
from patrol.duty import shifts
from patrol.duty.tables import CheckInRow, Shift, ShiftBreak

SAME_S: Final = 120.0
"""A begin or an end so near to one on record is that one: its answer got lost."""


@dataclass(frozen=True)
class _Saying:
    """An act on its way into the record."""

    session: Session
    actor: Actor
    row: DutyAct
    said: Said
    now: float


def do_say(
    session: Session, actor: Actor, said: Said, now: float, *, guard_id: str, contact: Contact | None
) -> DutyAct:
    """Writes the act whatever becomes of it. The same id again gives the same act. Raises NotFoundError `guard.missing`,
    ConflictError `act.other` (another guard's id)."""
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    held = session.get(DutyAct, said.id)
    if held is not None:
        if held.guard_id != guard_id:
            raise ConflictError("act.other", "this act is another guard's")
        return held
    moment = moment_of(said, contact, now)
    row = DutyAct(
        id=said.id, guard_id=guard_id, unit_id=guard.unit_id, kind=said.kind, claimed_at=said.claimed_at,
        contact_at=contact.at if contact else None, since_s=said.since_s, at=moment.at, proved=moment.proved,
        received_at=now, state="counted", why=moment.why, note=said.note.strip()[:200], detail={},
    )  # fmt: skip
    try:
        if now - said.claimed_at > KEPT_S and not moment.proved:
            raise ConflictError("act.too_old", "kept on the phone for too long", hours=KEPT_S / 3600)
        HANDLERS[said.kind](_Saying(session, actor, row, said, now))
    except LianqinError as error:
        row.state, row.why, row.counts_at, row.shift_id = "refused", error.key, None, None
        row.detail = {name: value for name, value in error.values.items() if isinstance(value, str | int | float)}
    session.add(row)
    session.flush()
    audit.write(session, actor, "act.say", "duty_act", row.id, at=now, detail={
        "kind": row.kind, "guard": guard_id, "claimed": row.claimed_at, "at": row.at, "proved": row.proved, "state": row.state,
        "why": row.why})  # fmt: skip
    feed.push(session, "duty_act", row.id, at=now, unit_id=row.unit_id, guard_id=guard_id)
    return row


def last_shift(session: Session, guard_id: str) -> Shift | None:
    query = select(Shift).where(Shift.guard_id == guard_id).order_by(Shift.opened_at.desc(), Shift.id.desc()).limit(1)
    return session.scalar(query)


def last_evidence(session: Session, shift: Shift, now: float) -> tuple[float, str]:
    """When the guard was last known to be on this shift, and by what: call (delivered), answer, task, scan, fix. An end may not
    lie before it. The shift's begin where nothing is known."""
    call = select(func.max(PointCall.receipt_at), func.max(PointCall.answered_at)).where(PointCall.shift_id == shift.id)
    delivered, answered = session.execute(call).one()
    task = select(func.max(Dispatch.accepted_at), func.max(Dispatch.refused_at), func.max(Dispatch.done_at))
    tasks = [at for at in session.execute(task.where(Dispatch.shift_id == shift.id)).one() if at is not None]
    scan = session.scalar(select(func.max(CheckInRow.at)).where(CheckInRow.shift_id == shift.id, CheckInRow.counts))
    found: list[tuple[float | None, str]] = [(delivered, "call"), (answered, "answer"), (max(tasks, default=None), "task"),
                                             (scan, "scan"), (shift.facts.get("last_at"), "fix")]  # fmt: skip
    return max(((min(at, now), by) for at, by in found if at is not None), default=(shift.opened_at, ""))


def _begin(one: _Saying) -> None:
    """Counts from its moment with one proof: it is live, or the post's code; a fix may follow (`follow`)."""
    session, actor, row, said, now = one.session, one.actor, one.row, one.said, one.now
    shifts.end_overdue(session, now, row.guard_id)
    last = last_shift(session, row.guard_id)
    if last is not None and last.closed_at is None:
        if abs(last.opened_at - row.at) <= SAME_S and last.opened_how in {"phone", "qr", "offline"}:
            row.shift_id, row.counts_at, row.followed_at = last.id, last.opened_at, now
            return
        raise ConflictError("shift.already_open", f"{last.guard.name} has an open shift", name=last.guard.name)
    if last is not None and last.closed_at is not None and last.closed_at > row.at:
        if row.proved:
            raise ConflictError("act.overlaps", "an earlier shift ended after this moment", until=last.closed_at)
        row.at = last.closed_at
    post = session.scalar(of_code(Post, "scan_code", said.code.strip())) if said.code.strip() else None
    shift = shifts.do_open(session, actor, row.guard_id, post.area_id if post else None, 8, row.at, told_at=now)
    shift.opened_how, shift.post_id = "offline", post.id if post else None
    row.shift_id = shift.id
    if row.proved and (post is not None or now - row.at <= LIVE_S):
        row.proof, row.counts_at = ("code" if post is not None else "live"), row.at
        return
    row.state, row.counts_at = ("waiting" if row.proved else "as_claimed"), now
    row.why = row.why or ("act.code" if said.code.strip() else "")
    shift.pauses = [[row.at, now]]


def _end(one: _Saying) -> None:
    session, actor, row, said, now = one.session, one.actor, one.row, one.said, one.now
    shift = last_shift(session, row.guard_id)
    if shift is None or (shift.closed_at is not None and shift.closed_how != "overdue"):
        if (
            shift is not None
            and shift.closed_how in {"ended", "ill"}
            and abs((shift.closed_at or 0) - row.at) <= SAME_S
        ):
            row.shift_id, row.counts_at, row.followed_at = shift.id, shift.closed_at, now
            return
        raise ConflictError("shift.closed", "no shift of this guard is open")
    if row.at < shift.opened_at:
        raise ConflictError("act.before_begin", "the shift began after this moment", at=shift.opened_at)
    earliest, by = last_evidence(session, shift, now)
    row.shift_id, row.counts_at = shift.id, max(row.at, earliest)
    if row.at < earliest:
        row.state, row.why, row.detail = "as_claimed", f"act.before_{by}", {"at": earliest}
    running = duty.running_break(session, shift.id)
    if running is not None:
        running.to_at = max(running.from_at, min(row.counts_at, now))
    if shift.overdue_at <= row.counts_at:  # it had ended by itself before
        row.counts_at = shift.overdue_at
        shifts.end_overdue(session, now, row.guard_id)
    elif shift.closed_at is not None:
        shifts.do_move_end(session, actor, shift.id, row.counts_at, now)
    else:
        shifts.do_close(session, actor, shift.id, row.counts_at, said.how, said.note, told_at=now)


def _running(session: Session, row: DutyAct, now: float) -> Shift:
    shift = last_shift(session, row.guard_id)
    if shift is None or row.at < shift.opened_at or row.at > shifts.ends_at(shift, now):
        raise ConflictError("act.off_shift", "no shift of this guard ran at that moment")
    return shift


def _break_begin(one: _Saying) -> None:
    """Not before the last call that reached the phone; not proved, it counts from its arrival."""
    session, row, said, now = one.session, one.row, one.said, one.now
    shift = _running(session, row, now)
    if duty.running_break(session, shift.id) is not None:
        raise ConflictError("break.running", "a break runs already")
    delivered = session.scalar(select(func.max(PointCall.receipt_at)).where(PointCall.shift_id == shift.id)) or 0.0
    earlier = session.scalar(select(func.max(ShiftBreak.to_at)).where(ShiftBreak.shift_id == shift.id)) or 0.0
    counts = max(row.at, earlier)
    if not row.proved:
        row.state, counts = "as_claimed", now
    elif row.at < delivered:
        row.state, row.why, counts, row.detail = "as_claimed", "act.before_call", now, {"at": delivered}
    counts = min(counts, shifts.ends_at(shift, now))
    if duty.break_left_s(session, shift.id, counts) <= 0:
        raise ConflictError("break.none_left", "this shift's breaks are used up")
    ended = shifts.ends_at(shift, now) < now or shift.closed_at is not None
    found = ShiftBreak(id=new_id("br", now), shift_id=shift.id, from_at=counts, to_at=counts if ended else None,
                       kind=said.break_kind)  # fmt: skip
    session.add(found)
    session.flush()
    row.shift_id, row.break_id, row.counts_at = shift.id, found.id, counts
    feed.push(session, "shift", shift.id, at=now, unit_id=shift.unit_id, guard_id=shift.guard_id)


def _break_end(one: _Saying) -> None:
    """A break that runs ends at this moment, proved or not: it would run on otherwise."""
    session, row, now = one.session, one.row, one.now
    shift = _running(session, row, now)
    found = duty.running_break(session, shift.id) or _said_break(session, shift.id)
    if found is None:
        raise ConflictError("break.none", "no break runs")
    found.to_at = row.counts_at = max(found.from_at, min(row.at, now))
    row.shift_id, row.break_id = shift.id, found.id
    session.flush()
    feed.push(session, "shift", shift.id, at=now, unit_id=shift.unit_id, guard_id=shift.guard_id)


def _said_break(session: Session, shift_id: str) -> ShiftBreak | None:
    """The break that an act began after the shift's end was known: it has no length until its own end is said."""
    query = (
        select(ShiftBreak)
        .join(DutyAct, DutyAct.break_id == ShiftBreak.id)
        .where(ShiftBreak.shift_id == shift_id, ShiftBreak.to_at == ShiftBreak.from_at, DutyAct.kind == "break_begin")
    )
    return session.scalar(query.order_by(ShiftBreak.from_at.desc()).limit(1))


Handler = Callable[[_Saying], None]
HANDLERS: Final[dict[str, Handler]] = {
    "begin": _begin,
    "end": _end,
    "break_begin": _break_begin,
    "break_end": _break_end,
}
