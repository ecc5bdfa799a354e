"""On duty: the notice signed, breaks, hand-over and relief (交接班、换岗)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError
from lianqin.records import new_id
from patrol.county.entries import of_code
from patrol.county.tables import Guard, Post
from patrol.duty import shifts
from patrol.duty.tables import HandOver, RosterEntry, Shift, ShiftBreak, ShiftPattern

BREAK_MINUTES: Final = 60
"""A shift's breaks in all, where no pattern says otherwise."""
OFFER_S: Final = 3600.0


def do_sign_notice(session: Session, actor: Actor, guard_id: str, at: float) -> Guard:
    """He was told when and why he is tracked, and consents (个人信息保护法 art. 13, 30). Once; repeats change nothing.
    Raises NotFoundError `guard.missing`."""
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    if guard.notice_signed_at is None:
        guard.notice_signed_at = at
        session.flush()
        audit.write(session, actor, "notice.sign", "guard", guard_id, at=at)
    return guard


def post_of_code(session: Session, code: str) -> Post:
    """The post whose QR says so. Raises NotFoundError `post.code`."""
    row = session.scalar(of_code(Post, "scan_code", code.strip()))
    if row is None:
        raise NotFoundError("post.code", "no post has this code", code=code[:40])
    return row


def running_break(session: Session, shift_id: str) -> ShiftBreak | None:
    return session.scalar(select(ShiftBreak).where(ShiftBreak.shift_id == shift_id, ShiftBreak.to_at.is_(None)))


def guards_on_break(session: Session, at: float) -> frozenset[str]:
    """Guards on duty whose break runs: nobody calls or sends them. A break never ended is over with its shift."""
    return frozenset(session.scalars(
        select(Shift.guard_id).join(ShiftBreak, ShiftBreak.shift_id == Shift.id)
        .where(ShiftBreak.to_at.is_(None), shifts.on_duty(at))
    ))  # fmt: skip


def break_left_s(session: Session, shift_id: str, at: float) -> float:
    """Seconds of break that this shift still has."""
    entry = session.scalar(select(RosterEntry.pattern_id).where(RosterEntry.shift_id == shift_id))
    pattern = session.get(ShiftPattern, entry) if entry else None
    allowed = (pattern.break_minutes if pattern is not None else BREAK_MINUTES) * 60.0
    rows = session.scalars(select(ShiftBreak).where(ShiftBreak.shift_id == shift_id))
    return allowed - sum((at if row.to_at is None else row.to_at) - row.from_at for row in rows)


def do_break_begin(session: Session, actor: Actor, shift_id: str, kind: str, at: float) -> ShiftBreak:
    """Raises NotFoundError `shift.missing`, ConflictError `shift.closed`, `break.running`, `break.none_left`."""
    shift = shifts.lock_shift(session, shift_id)
    if shift.closed_at is not None or shift.overdue_at <= at:
        raise ConflictError("shift.closed", f"shift {shift_id} is closed already")
    if running_break(session, shift_id) is not None:
        raise ConflictError("break.running", "a break runs already")
    if break_left_s(session, shift_id, at) <= 0:
        raise ConflictError("break.none_left", "this shift's breaks are used up")
    row = ShiftBreak(id=new_id("br", at), shift_id=shift_id, from_at=at, to_at=None, kind=kind)
    session.add(row)
    session.flush()
    audit.write(session, actor, "break.begin", "shift", shift_id, at=at, detail={"kind": kind})
    feed.push(session, "shift", shift_id, at=at, unit_id=shift.unit_id, guard_id=shift.guard_id)
    return row


def do_break_end(session: Session, actor: Actor, shift_id: str, at: float) -> ShiftBreak:
    """Raises NotFoundError `shift.missing`, ConflictError `break.none`."""
    shift = shifts.lock_shift(session, shift_id)
    row = running_break(session, shift_id)
    if row is None:
        raise ConflictError("break.none", "no break runs")
    row.to_at = at
    session.flush()
    audit.write(session, actor, "break.end", "shift", shift_id, at=at)
    feed.push(session, "shift", shift_id, at=at, unit_id=shift.unit_id, guard_id=shift.guard_id)
    return row


def do_offer(
    session: Session, actor: Actor, shift_id: str, to_guard_id: str, at: float, *, kind: str, note: str = ""
) -> HandOver:
    """He whose shift it is offers it to another of his unit. Raises NotFoundError `shift.missing`, `guard.missing`;
    ConflictError `shift.closed`, `hand_over.waiting`, `hand_over.self`."""
    shift = shifts.lock_shift(session, shift_id)
    if shift.closed_at is not None or shift.overdue_at <= at:
        raise ConflictError("shift.closed", f"shift {shift_id} is closed already")
    other = session.get(Guard, to_guard_id)
    if other is None or other.unit_id != shift.unit_id:
        raise NotFoundError("guard.missing", f"no guard {to_guard_id} in his unit", id=to_guard_id)
    if other.id == shift.guard_id:
        raise ConflictError("hand_over.self", "nobody hands over to himself")
    if any(one.from_shift_id == shift_id for one in offers(session, None, at)):
        raise ConflictError("hand_over.waiting", "an offer waits already")
    row = HandOver(
        id=new_id("ho", at), kind=kind, area_id=shift.area_id, post_id=shift.post_id, unit_id=shift.unit_id, from_shift_id=shift_id,
        from_guard_id=shift.guard_id, to_guard_id=to_guard_id, offered_at=at, note=note,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "hand_over.offer", "hand_over", row.id, at=at, detail={"to": to_guard_id, "kind": kind})
    _tell(session, row, at)
    return row


def offers(session: Session, to_guard_id: str | None, at: float) -> list[HandOver]:
    """Those that wait: not older than an hour."""
    mine = () if to_guard_id is None else (HandOver.to_guard_id == to_guard_id,)
    return list(session.scalars(select(HandOver).where(
        HandOver.accepted_at.is_(None), HandOver.refused_at.is_(None), HandOver.offered_at > at - OFFER_S, *mine)))  # fmt: skip


def _mine(session: Session, actor: Actor, hand_over_id: str, at: float) -> HandOver:
    found = {row.id: row for row in offers(session, actor.guard_id, at)} if actor.guard_id else {}
    if hand_over_id not in found:
        raise NotFoundError("hand_over.missing", f"no offer {hand_over_id} waits for him", id=hand_over_id)
    return found[hand_over_id]


def _is_here(shift: Shift, row: HandOver) -> bool:
    return shift.area_id == row.area_id and (None in {shift.post_id, row.post_id} or shift.post_id == row.post_id)


def do_accept(session: Session, actor: Actor, hand_over_id: str, at: float) -> HandOver:
    """At one moment the one shift ends and the other begins; who is on shift at another place moves here. Raises NotFoundError `hand_over.missing`, ConflictError
    `shift.closed`, and as `shifts.check_open`."""
    row = _mine(session, actor, hand_over_id, at)
    first = shifts.lock_shift(session, row.from_shift_id)
    until = shifts.due_end(session, row.to_guard_id, at, max(at + 3600, first.due_end_at), at_least=True)
    second: Shift | None = shifts.open_shift_of(session, row.to_guard_id, at)
    if second is not None and not _is_here(second, row):
        shifts.do_close(session, actor, second.id, at, "moved")
        second = None
    if second is not None:
        shifts.stretch_due(session, second.guard_id, at, until)
    else:
        second = shifts.do_open(session, actor, row.to_guard_id, row.area_id, (until - at) / 3600, at, fixed=True)
        second.post_id, second.opened_how = row.post_id, "hand_over"
    shifts.do_close(session, actor, first.id, at, "relieved" if row.kind == "relief" else "handed_over")
    row.accepted_at, row.to_shift_id = at, second.id
    session.flush()
    audit.write(session, actor, "hand_over.accept", "hand_over", row.id, at=at)
    _tell(session, row, at)
    return row


def do_refuse(session: Session, actor: Actor, hand_over_id: str, at: float) -> HandOver:
    """Raises NotFoundError `hand_over.missing`."""
    row = _mine(session, actor, hand_over_id, at)
    row.refused_at = at
    session.flush()
    audit.write(session, actor, "hand_over.refuse", "hand_over", row.id, at=at)
    _tell(session, row, at)
    return row


def _tell(session: Session, row: HandOver, at: float) -> None:
    for guard_id in (row.from_guard_id, row.to_guard_id):
        feed.push(session, "hand_over", row.id, at=at, unit_id=row.unit_id, guard_id=guard_id)
