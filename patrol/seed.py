"""Units, areas and guards from an import file's plain lists. Repeats change nothing; what differs is brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import Base
from lianqin.errors import NotFoundError
from lianqin.records import Lat, Lon, build
from patrol.tables import Area, Checkpoint, Guard, Unit

Id = Annotated[str, Meta(min_length=1, max_length=60)]
Ring = Annotated[list[tuple[Lon, Lat]], Meta(min_length=3)]
R = TypeVar("R", bound=Base)


class UnitEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    kind: Annotated[str, Meta(pattern="^(security_company|property|self_hired)$")]
    name: str
    name_en: str = ""
    service_area: Ring | None = None


class CheckpointEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    name: str
    lon: Lon
    lat: Lat
    name_en: str = ""
    radius_m: Annotated[float, Meta(gt=0, le=1000)] = 25.0


class AreaEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    name: str
    polygon: Ring
    name_en: str = ""
    key_area: bool = False
    checkpoints: tuple[CheckpointEntry, ...] = ()


class GuardEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`notice_signed` stands for a notice signed now; `notice_signed_at` names the moment."""

    id: Id
    unit_id: Id
    name: str
    cert_no: str = ""
    cert_valid_until: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    notice_signed: bool = False
    notice_signed_at: float | None = None
    default_area_id: Id | None = None


def put_units(session: Session, actor: Actor, raw: Sequence[Any], at: float) -> int:
    """Returns how many were added or changed. Raises RecordError `record.invalid`."""
    return sum(_put(session, actor, Unit, entry.id, at, _plain(entry)) for entry in map(_as(UnitEntry), raw))


def put_areas(session: Session, actor: Actor, raw: Sequence[Any], at: float) -> int:
    """Areas with their checkpoints (those no longer named stay: visits speak of them). Raises as `put_units`."""
    changed = 0
    for entry in map(_as(AreaEntry), raw):
        values = _plain(entry)
        del values["checkpoints"]
        touched = _put(session, actor, Area, entry.id, at, values)
        for point in entry.checkpoints:
            touched |= _put(session, actor, Checkpoint, point.id, at, _plain(point) | {"area_id": entry.id})
        changed += touched
    return changed


def put_guards(session: Session, actor: Actor, raw: Sequence[Any], at: float) -> int:
    """Raises as `put_units`, and NotFoundError `unit.missing`, `area.missing`."""
    changed = 0
    for entry in map(_as(GuardEntry), raw):
        if session.get(Unit, entry.unit_id) is None:
            raise NotFoundError("unit.missing", f"guard {entry.id}: no unit {entry.unit_id}", id=entry.unit_id)
        if entry.default_area_id and session.get(Area, entry.default_area_id) is None:
            raise NotFoundError("area.missing", f"guard {entry.id}: no area {entry.default_area_id}",
                                id=entry.default_area_id)  # fmt: skip
        values = _plain(entry)
        signed = values.pop("notice_signed")
        old = session.get(Guard, entry.id)
        if signed and entry.notice_signed_at is None:
            values["notice_signed_at"] = old.notice_signed_at if old and old.notice_signed_at else at
        changed += _put(session, actor, Guard, entry.id, at, values)
    return changed


def _as(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda raw: build(kind, raw)


def _plain(entry: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(entry))
    return found


def _put(  # noqa: PLR0917 - one row
    session: Session, actor: Actor, kind: type[R], row_id: str, at: float, values: dict[str, Any]
) -> bool:
    row = session.get(kind, row_id)
    if row is None:
        session.add(kind(**values))
        changed = sorted(values)
    else:
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
    if not changed:
        return False
    session.flush()
    audit.write(session, actor, f"{kind.__tablename__}.put", kind.__tablename__, row_id, at=at,
                detail={"changed": changed})  # fmt: skip
    return True
