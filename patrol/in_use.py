"""What keeps a place, a unit or a person of the county from being removed: rows that speak of it, and how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError
from patrol.calls.tables import PointCall
from patrol.county.entries import KINDS, REFERENCES, TABLES, Kind
from patrol.devices.tables import DeviceRow
from patrol.duty.tables import CheckInRow, HandOver, RosterEntry, Shift, ShiftPattern, Visit
from patrol.sos.tables import SosCallRow

HISTORY: Final[Mapping[Kind, tuple[InstrumentedAttribute[Any], ...]]] = {
    "units": (Shift.unit_id, RosterEntry.unit_id, ShiftPattern.unit_id, HandOver.unit_id, SosCallRow.unit_id),
    "guards": (Shift.guard_id, RosterEntry.guard_id, DeviceRow.guard_id, PointCall.guard_id, SosCallRow.guard_id),
    "areas": (Shift.area_id, RosterEntry.area_id, ShiftPattern.area_id, HandOver.area_id),
    "posts": (Shift.post_id, RosterEntry.post_id, ShiftPattern.post_id, HandOver.post_id),
    "checkpoints": (Visit.checkpoint_id, CheckInRow.checkpoint_id),
}
"""Rows of work done or planned that speak of a thing: they are evidence, so it stays."""


class Use(msgspec.Struct, frozen=True):
    """What still speaks of a thing: rows of this table."""

    table: str
    count: int


def uses_of(session: Session, kind: Kind, row_id: str) -> list[Use]:
    """What keeps it from being removed, most first."""
    found: dict[str, int] = {}
    for other in KINDS:
        for name, of in REFERENCES[other].items():
            if of != kind:
                continue
            column = getattr(TABLES[other], name)
            if name == "unit_ids":
                count = sum(row_id in ids for ids in session.scalars(select(column)))
            else:
                count = session.scalar(select(func.count()).where(column == row_id)) or 0
            found[other] = found.get(other, 0) + count
    for column in HISTORY.get(kind, ()):
        count = session.scalar(select(func.count()).where(column == row_id)) or 0
        table = column.class_.__tablename__
        found[table] = found.get(table, 0) + count
    return sorted((Use(table, count) for table, count in found.items() if count), key=lambda use: -use.count)


def do_remove(session: Session, actor: Actor, kind: Kind, row_id: str, at: float) -> None:
    """Raises NotFoundError `ground.missing`, ConflictError `ground.in_use` (with what speaks of it)."""
    row = session.get(TABLES[kind], row_id)
    if row is None:
        raise NotFoundError("ground.missing", f"no {kind} {row_id}", id=row_id)
    uses = uses_of(session, kind, row_id)
    if uses:
        which = ", ".join(f"{use.table} {use.count}" for use in uses)
        raise ConflictError("ground.in_use", f"{row_id} is spoken of: {which}", id=row_id, which=which,
                            uses=[msgspec.to_builtins(use) for use in uses])  # fmt: skip
    session.delete(row)
    session.flush()
    table = TABLES[kind].__tablename__
    audit.write(session, actor, f"{table}.remove", table, row_id, at=at)
    feed.push(session, "ground", row_id, at=at)
