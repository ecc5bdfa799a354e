"""A shift opened and closed: nobody is tracked before it and after it, nor without notice and certificate."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, lazyload, selectinload

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id
from patrol.county.tables import Area, Guard
from patrol.duty.fulfilment import EARLY_S
from patrol.duty.rest import Work, stretches
from patrol.duty.tables import ENDS, RosterEntry, Shift

SYSTEM: Final = audit.system("patrol")
REOPEN_S: Final = 600.0
EARLY_END_S: Final = 600.0
"""Ending so long before the due end asks for a word."""


def on_duty(at: float) -> ColumnElement[bool]:
    """Whose shift runs at `at`. Not closed alone is not on duty: left open, a shift ends at its `overdue_at`."""
    return and_(Shift.closed_at.is_(None), Shift.overdue_at > at)


def ended_after(at: float) -> ColumnElement[bool]:
    """Whose shift had not ended at `at`: one never closed ends at its `overdue_at`."""
    return or_(Shift.closed_at > at, and_(Shift.closed_at.is_(None), Shift.overdue_at > at))


def ends_at(row: Shift, at: float) -> float:
    """Until when it ran, seen from `at`."""
    return row.closed_at if row.closed_at is not None else min(at, row.overdue_at)


def open_shift_of(session: Session, guard_id: str, at: float, *, lock: bool = False) -> Shift | None:
    """The shift that runs. `lock`: until the transaction's end nobody else decides about this guard (SQLite's write lock
    does so anyway)."""
    query = select(Shift).where(Shift.guard_id == guard_id, on_duty(at))
    return session.scalar(query.with_for_update(of=Shift) if lock else query)


def lock_shifts(session: Session, shift_ids: Collection[str]) -> dict[str, Shift]:
    """The rows as they stand, held until the transaction's end: facts and points of a shift have one writer at a time.
    Raises NotFoundError `shift.missing`."""
    session.flush()
    query = (
        select(Shift)
        .where(Shift.id.in_(shift_ids))
        .order_by(Shift.id)
        .options(lazyload(Shift.guard))
        .with_for_update(of=Shift)
    )
    found = {row.id: row for row in session.scalars(query.execution_options(populate_existing=True)).unique()}
    for missing in set(shift_ids) - set(found):
        raise NotFoundError("shift.missing", f"no shift {missing}", id=missing)
    return found


def lock_shift(session: Session, shift_id: str) -> Shift:
    """One of them."""
    return lock_shifts(session, [shift_id])[shift_id]


def get_shift(session: Session, shift_id: str) -> Shift:
    """Raises NotFoundError `shift.missing`."""
    row = session.get(Shift, shift_id)
    if row is None:
        raise NotFoundError("shift.missing", f"no shift {shift_id}", id=shift_id)
    return row


def snapshot(area: Area) -> dict[str, Any]:
    """What `Shift.ground` holds."""
    return {
        "polygon": area.polygon,
        "checkpoints": [[one.id, one.lon, one.lat, one.radius_m] for one in area.checkpoints],
    }


def grounds_at(session: Session, shift_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Of several shifts: their areas as they stood when they opened."""
    rows = session.execute(select(Shift.id, Shift.ground, Shift.area_id).where(Shift.id.in_(shift_ids))).all()
    asked = {area_id for _, ground, area_id in rows if not ground}
    query = select(Area).where(Area.id.in_(asked)).options(selectinload(Area.checkpoints))
    now = {area.id: snapshot(area) for area in session.scalars(query)} if asked else {}
    return {shift_id: ground or now[area_id] for shift_id, ground, area_id in rows}


def ground_at(session: Session, shift_id: str) -> dict[str, Any]:
    """The shift's area as it stood when it opened."""
    return grounds_at(session, [shift_id])[shift_id]


def check_open(session: Session, guard_id: str, area_id: str | None, at: float) -> Area:
    """The area of the shift to come: the one named, else the guard's own.

    Raises NotFoundError `guard.missing`, `area.missing`; ConflictError `shift.left`, `shift.no_notice` (个人信息保护法 art. 30),
    `shift.no_certificate` (令564 art. 16), `shift.already_open`.
    """
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    area = session.get(Area, area_id or guard.default_area_id or "")
    if area is None:
        raise NotFoundError("area.missing", f"no area {area_id or guard.default_area_id}", id=area_id)
    if guard.left_on is not None and guard.left_on <= county_day(at):
        raise ConflictError("shift.left", f"{guard.name} left on {guard.left_on}", name=guard.name, day=guard.left_on)
    if guard.notice_signed_at is None:
        raise ConflictError("shift.no_notice", f"{guard.name} has not signed the tracking notice", name=guard.name)
    if guard.cert_valid_until is None or guard.cert_valid_until < county_day(at):
        raise ConflictError("shift.no_certificate", f"{guard.name}'s certificate is not valid", name=guard.name,
                            until=guard.cert_valid_until or "-")  # fmt: skip
    if open_shift_of(session, guard_id, at) is not None:
        raise ConflictError("shift.already_open", f"{guard.name} has an open shift", name=guard.name)
    return area


def do_open(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, guard_id: str, area_id: str | None, hours: float, at: float, *, fixed: bool = False,
    told_at: float | None = None,
) -> Shift:  # fmt: skip
    """Due to end as the roster says, else after `hours`; `fixed`: after `hours` in any case. `told_at`: when we heard of it, where
    that was later. Raises as `check_open`."""
    area = check_open(session, guard_id, area_id, at)
    guard = session.get_one(Guard, guard_id)
    end_overdue(session, at, guard_id)
    until = at + hours * 3600 if fixed else due_end(session, guard_id, at, at + hours * 3600)
    row = Shift(
        id=new_id("sh", at), guard_id=guard_id, unit_id=guard.unit_id, area_id=area.id, opened_at=at, opened_by=actor.id,
        due_end_at=until, facts={}, facts_version=0, ground=snapshot(area),
    )  # fmt: skip
    session.add(row)
    session.flush()
    heard = told_at or at
    audit.write(
        session, actor, "shift.open", "shift", row.id, at=heard, detail={"guard": guard_id, "area": area.id, "at": at}
    )
    feed.push(session, "shift", row.id, at=heard, unit_id=row.unit_id, guard_id=guard_id)
    return row


def due_end(session: Session, guard_id: str, at: float, otherwise: float, *, at_least: bool = False) -> float:
    """When the stretch of work ends that is planned for the guard now, or within the hour; `otherwise`, where none is.
    `at_least`: not before `otherwise`, and what is planned to follow it belongs to it."""
    rows = session.execute(select(RosterEntry.begins_at, RosterEntry.ends_at).where(
        RosterEntry.guard_id == guard_id, RosterEntry.state.not_in(("cancelled", "excused")), RosterEntry.ends_at > at,
        RosterEntry.begins_at < at + 2 * 86_400))  # fmt: skip
    works = [Work(begins, ends) for begins, ends in rows]
    if at_least:
        works.append(Work(at, otherwise))
    found = [one.to_at for one in stretches(works) if one.from_at - EARLY_S <= at < one.to_at]
    return max(found, default=otherwise)


def stretch_due(session: Session, guard_id: str, at: float, until: float = 0.0) -> None:
    """What is planned to follow a running shift belongs to it: its due end moves, never back. `until`: at least then."""
    row = open_shift_of(session, guard_id, at, lock=True)
    if row is None:
        return
    ends = max(until, due_end(session, guard_id, at, row.due_end_at, at_least=True))
    if ends > row.due_end_at:
        row.due_end_at, row.overdue_at = ends, row.overdue_at + ends - row.due_end_at
        session.flush()


def do_close(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, shift_id: str, at: float, how: str = "ended", note: str = "", *,
    told_at: float | None = None,
) -> Shift:  # fmt: skip
    """`how`: one of `ENDS`; `told_at`: when we heard of it, where that was later. Raises NotFoundError `shift.missing`, ConflictError `shift.closed`, RecordError `shift.how`. The
    score follows from the patrol worker."""
    if how not in ENDS:
        raise RecordError("shift.how", f"a shift does not end by `{how}`", how=how, words=", ".join(ENDS))
    row = lock_shift(session, shift_id)
    if row.closed_at is not None or row.overdue_at <= at:
        raise ConflictError("shift.closed", f"shift {shift_id} is closed already")
    return _close(session, actor, row, at, how, note, told_at=told_at)


def do_move_end(session: Session, actor: Actor, shift_id: str, at: float, told_at: float) -> Shift:
    """A closed shift ended at `at`: what the guard said later, or a person's word. Raises NotFoundError `shift.missing`."""
    row = lock_shift(session, shift_id)
    how = "ended" if row.closed_how == "overdue" else row.closed_how
    return _close(session, actor, row, max(at, row.opened_at), how, row.closed_note, told_at=told_at)


def _close(  # noqa: PLR0917 - as `do_close`
    session: Session, actor: Actor, row: Shift, at: float, how: str, note: str, *, told_at: float | None = None
) -> Shift:
    row.closed_at, row.closed_by, row.closed_how, row.closed_note = at, actor.id, how, note.strip()[:200]
    row.pauses = [[begins, min(ends, at)] for begins, ends in row.pauses if begins < at]
    session.flush()
    audit.write(
        session, actor, "shift.close", "shift", row.id, at=told_at or at, detail={"how": how, "note": row.closed_note}
    )
    feed.push(session, "shift", row.id, at=told_at or at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def end_overdue(session: Session, at: float, guard_id: str | None = None) -> list[Shift]:
    """Shifts left open past their `overdue_at` end at that moment, however late this runs. Returns them."""
    query = select(Shift.id).where(Shift.closed_at.is_(None), Shift.overdue_at <= at)
    due = session.scalars(query if guard_id is None else query.where(Shift.guard_id == guard_id)).all()
    rows = [row for row in lock_shifts(session, due).values() if row.closed_at is None] if due else []
    return [_close(session, SYSTEM, row, row.overdue_at, "overdue", "", told_at=at) for row in rows]


def set_overdue(session: Session, overdue_s: float) -> None:
    """The county's setting reaches the shifts that run."""
    session.execute(update(Shift).where(Shift.closed_at.is_(None), Shift.overdue_at != Shift.due_end_at + overdue_s)
                    .values(overdue_at=Shift.due_end_at + overdue_s))  # fmt: skip


def check_reopen(session: Session, guard_id: str, at: float, within_s: float = REOPEN_S) -> Shift:
    """The shift that the guard ended last, held until the transaction's end. Raises ConflictError `shift.reopen_none`,
    `shift.reopen_late`, `shift.already_open`."""
    query = (
        select(Shift.id).where(Shift.guard_id == guard_id).order_by(Shift.opened_at.desc(), Shift.id.desc()).limit(1)
    )
    last = session.scalar(query)
    row = lock_shift(session, last) if last is not None else None
    if row is not None and row.closed_at is None:
        raise ConflictError("shift.already_open", f"{row.guard.name} has an open shift", name=row.guard.name)
    if row is None or row.closed_at is None or row.closed_how != "ended":
        raise ConflictError("shift.reopen_none", "no shift that the guard ended by himself")
    if at - row.closed_at > within_s or at >= row.overdue_at:
        raise ConflictError("shift.reopen_late", "too long ago", minutes=within_s / 60)
    return row


def do_reopen(session: Session, actor: Actor, guard_id: str, at: float, within_s: float = REOPEN_S) -> Shift:
    """An end by mistake is taken back: the same shift goes on, and the time between is not known. Raises as
    `check_reopen`."""
    row = check_reopen(session, guard_id, at, within_s)
    row.pauses = [*row.pauses, [row.closed_at, at]]
    row.closed_at = row.closed_by = None
    row.closed_how = row.closed_note = ""
    session.flush()
    audit.write(session, actor, "shift.reopen", "shift", row.id, at=at, detail={"pause": row.pauses[-1]})
    feed.push(session, "shift", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row
