"""A shift opened and closed: nobody is tracked before it and after it, nor without notice and certificate."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.errors import ConflictError, NotFoundError
from lianqin.records import new_id
from patrol.tables import Area, Guard, Shift


def open_shift_of(session: Session, guard_id: str, *, lock: bool = False) -> Shift | None:
    """`lock`: until the transaction's end nobody else decides about this guard (SQLite's write lock does so anyway)."""
    query = select(Shift).where(Shift.guard_id == guard_id, Shift.closed_at.is_(None))
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
    if open_shift_of(session, guard_id) is not None:
        raise ConflictError("shift.already_open", f"{guard.name} has an open shift", name=guard.name)
    return area


def do_open(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, guard_id: str, area_id: str | None, hours: float, at: float
) -> Shift:
    """Raises as `check_open`."""
    area = check_open(session, guard_id, area_id, at)
    guard = session.get_one(Guard, guard_id)
    row = Shift(
        id=new_id("sh", at), guard_id=guard_id, unit_id=guard.unit_id, area_id=area.id, opened_at=at, opened_by=actor.id,
        due_end_at=at + hours * 3600, facts={}, facts_version=0, ground=snapshot(area),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "shift.open", "shift", row.id, at=at, detail={"guard": guard_id, "area": area.id})
    feed.push(session, "shift", row.id, at=at, unit_id=row.unit_id, guard_id=guard_id)
    return row


def do_close(session: Session, actor: Actor, shift_id: str, at: float) -> Shift:
    """Raises NotFoundError `shift.missing`, ConflictError `shift.closed`. The score follows from the patrol worker."""
    row = lock_shift(session, shift_id)
    if row.closed_at is not None:
        raise ConflictError("shift.closed", f"shift {shift_id} is closed already")
    row.closed_at, row.closed_by = at, actor.id
    session.flush()
    audit.write(session, actor, "shift.close", "shift", row.id, at=at)
    feed.push(session, "shift", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row
