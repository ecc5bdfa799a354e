"""Calls for help as the pages see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.guards.views import unit_brief
from console.http.replies import Shown
from patrol.county.tables import Guard, Organisation, Unit
from patrol.duty.breaks import running_break
from patrol.duty.shifts import open_shift_of
from patrol.sos.places import LATE_S, clock_of, late_s
from patrol.sos.tables import SosCallRow

POLICE: Final = "110"


def _guard(session: Session, row: SosCallRow) -> Shown:
    """Who calls, with what is needed to reach the guard; somebody whom the county does not know keeps the bare id."""
    guard = session.get(Guard, row.guard_id)
    if guard is None:
        return {"id": row.guard_id, "name": row.guard_id, "phone": "", "unit": None}
    unit = unit_brief(guard.unit) | {"phone": guard.unit.phone}
    return {"id": guard.id, "name": guard.name, "phone": guard.phone, "call_sign": guard.call_sign, "unit": unit}


def _duty(session: Session, guard_id: str, at: float) -> str:
    """on_shift, on_break or off_shift at `at`."""
    shift = open_shift_of(session, guard_id, at)
    if shift is None:
        return "off_shift"
    return "on_break" if running_break(session, shift.id) is not None else "on_shift"


def place_view(row: SosCallRow) -> Shown | None:
    """The place and its age's begin: `at` None where the device's clock is wrong; `source` own (of the message) or last
    (the map's)."""
    if row.lon is None or row.lat is None:
        return None
    return {"lon": row.lon, "lat": row.lat, "accuracy_m": row.accuracy_m, "at": row.place_at,
            "source": row.place_source}  # fmt: skip


def own_view(row: SosCallRow) -> Shown:
    """What the guard's own page needs of it."""
    late = late_s(row.device_at, row.raised_at, row.known_at)
    return {
        "id": row.id, "state": row.state, "raised_at": row.raised_at, "device_at": row.device_at,
        "clock": clock_of(row.device_at, row.raised_at), "known_at": row.known_at, "late": late > LATE_S,
        "late_s": late, "presses": row.presses, "last_press_at": row.last_press_at, "well_at": row.well_at,
        "taken_by": row.taken_name or None, "taken_at": row.taken_at, "closed_by": row.closed_name or None,
        "closed_at": row.closed_at, "outcome": row.outcome, "place": place_view(row),
    }  # fmt: skip


def sos_view(session: Session, row: SosCallRow, at: float) -> Shown:
    """Every call as the station and the guard's company see it."""
    return own_view(row) | {
        "guard_id": row.guard_id, "unit_id": row.unit_id, "guard": _guard(session, row), "device_id": row.device_id,
        "client": row.client, "duty": _duty(session, row.guard_id, at), "taken_by_id": row.taken_by,
        "closed_by_id": row.closed_by, "note": row.note,
    }  # fmt: skip


def numbers_of(session: Session, guard_id: str) -> Sequence[Shown]:
    """Whom a guard can ring: 110 first, then the station and the company where their numbers are known."""
    found: list[Shown] = [{"kind": "police", "name": "", "name_en": "", "phone": POLICE}]
    guard = session.get(Guard, guard_id)
    unit = session.get(Unit, guard.unit_id) if guard else None
    station = session.get(Organisation, unit.station_id) if unit and unit.station_id else None
    for kind, row in (("station", station), ("company", unit)):
        if row is not None and row.phone:
            found.append({"kind": kind, "name": row.name, "name_en": row.name_en, "phone": row.phone})
    return found


def newest_of(session: Session, guard_id: str) -> SosCallRow | None:
    """The guard's own call that is open, else the last one."""
    query = select(SosCallRow).where(SosCallRow.guard_id == guard_id)
    newest_open = session.scalar(query.where(SosCallRow.state != "closed"))
    return newest_open or session.scalar(query.order_by(SosCallRow.raised_at.desc(), SosCallRow.id.desc()).limit(1))
