"""A person's word on an act that is kept as claimed: the company or the station, with a reason."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError, RecordError
from patrol.acts.tables import OPEN, DutyAct
from patrol.duty import shifts
from patrol.duty.tables import ShiftBreak


def get_act(session: Session, act_id: str) -> DutyAct:
    """Held until the transaction's end. Raises NotFoundError `act.missing`."""
    row = session.scalar(select(DutyAct).where(DutyAct.id == act_id).with_for_update(of=DutyAct))
    if row is None:
        raise NotFoundError("act.missing", f"no act {act_id}", id=act_id)
    return row


def check_decide(row: DutyAct, note: str) -> None:
    """Raises ConflictError `act.decided`, RecordError `act.note`."""
    if row.state not in OPEN or row.shift_id is None:
        raise ConflictError("act.decided", "nothing is open about this act")
    if not note.strip():
        raise RecordError("act.note", "a decision needs its reason")


def do_decide(session: Session, actor: Actor, act_id: str, note: str, now: float, *, counts: bool) -> DutyAct:
    """`counts`: the act stands as the guard claimed it. Raises as `get_act` and `check_decide`."""
    row = get_act(session, act_id)
    check_decide(row, note)
    if counts:
        let_count(session, actor, row, now)
        row.state, row.proof = "upheld", "person"
    else:
        row.state = "denied"
    row.decided_by, row.decided_at, row.decision_note, row.followed_at = actor.id, now, note.strip()[:200], None
    session.flush()
    audit.write(session, actor, "act.decide", "duty_act", row.id, at=now, detail={
        "counts": counts, "kind": row.kind, "guard": row.guard_id, "at": row.at, "note": row.decision_note})  # fmt: skip
    tell(session, row, now)
    return row


def let_count(session: Session, actor: Actor, row: DutyAct, now: float) -> None:
    """The act counts from its own moment."""
    assert row.shift_id is not None
    shift = shifts.lock_shift(session, row.shift_id)
    if row.kind == "begin":
        shift.pauses = [one for one in shift.pauses if one[0] != row.at]
    elif row.kind == "end":
        shifts.do_move_end(session, actor, shift.id, row.at, now)
    else:
        rest = session.get(ShiftBreak, row.break_id or "")
        if rest is not None and row.kind == "break_begin":
            rest.from_at = min(row.at, rest.from_at if rest.to_at is None else rest.to_at)
    row.counts_at = row.at
    session.flush()


def tell(session: Session, row: DutyAct, now: float) -> None:
    """Guard and company hear of it."""
    feed.push(session, "duty_act", row.id, at=now, unit_id=row.unit_id, guard_id=row.guard_id)
    feed.push(session, "shift", row.shift_id or "", at=now, unit_id=row.unit_id, guard_id=row.guard_id)
