"""Patrol's rows as the page sees them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.access.names import named
from console.access.scope import check_seen, missing
from console.http.replies import Shown, shown
from lianqin.audit import Actor
from lianqin.geo import distance_m
from patrol.calls.tables import Draw, PointCall
from patrol.county.tables import Guard, Unit
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import Shift


def unit_brief(row: Unit) -> Shown:
    return {"id": row.id, "name": row.name, "name_en": row.name_en, "kind": row.kind}


def guard_view(row: Guard) -> Shown:
    """A guard as pickers and lists show him; his certificate number stays with his company and the office."""
    return {"id": row.id, "name": row.name, "unit_id": row.unit_id, "unit": unit_brief(row.unit),
            "call_sign": row.call_sign, "default_area_id": row.default_area_id, "cert_valid_until": row.cert_valid_until,
            "notice_signed": row.notice_signed_at is not None}  # fmt: skip


def shift_view(row: Shift) -> Shown:
    """A shift without its facts (they have their own addresses) and without the ground it keeps (loaded apart, row by row)."""
    return named(row, shown(row, "facts", "ground"), "opened_by", "closed_by") | {"guard": guard_view(row.guard), "area_name": row.area.name,
                                  "area_name_en": row.area.name_en}  # fmt: skip


def draw_brief(row: Draw) -> Shown:
    return named(
        row, {"id": row.id, "at": row.at, "size": row.size, "reason": row.reason, "drawn_by": row.drawn_by}, "drawn_by"
    )


def draw_view(row: Draw) -> Shown:
    """All that is needed to draw it again."""
    return named(row, shown(row), "drawn_by")


def point_call_view(session: Session, row: PointCall) -> Shown:
    """Every field, plus guard, unit and the draw it came from."""
    draw = session.get(Draw, row.draw_id) if row.draw_id else None
    return named(row, shown(row), "called_by", "reviewed_by") | {
        "guard": guard_view(row.guard), "unit": unit_brief(row.guard.unit),
        "draw": draw_brief(draw) if draw else None,
    }  # fmt: skip


def get_guard(session: Session, actor: Actor, guard_id: str) -> Guard:
    """Raises NotFoundError `guard.missing`, outside the actor's scope too."""
    row = session.get(Guard, guard_id)
    if row is None:
        raise missing("guard", guard_id)
    check_seen(actor, "guard", guard_id, unit_id=row.unit_id, guard_id=row.id)
    return row


def get_shift(session: Session, actor: Actor, shift_id: str) -> Shift:
    """Raises NotFoundError `shift.missing`, outside the actor's scope too."""
    row = session.get(Shift, shift_id)
    if row is None:
        raise missing("shift", shift_id)
    check_seen(actor, "shift", shift_id, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def get_point_call(session: Session, actor: Actor, call_id: str) -> PointCall:
    """Raises NotFoundError `point_call.missing`, outside the actor's scope too."""
    row = session.get(PointCall, call_id)
    if row is None:
        raise missing("point_call", call_id)
    check_seen(actor, "point_call", call_id, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def get_dispatch(session: Session, actor: Actor, dispatch_id: str) -> Dispatch:
    """Raises NotFoundError `dispatch.missing`, outside the actor's scope too."""
    row = session.get(Dispatch, dispatch_id)
    if row is None:
        raise missing("dispatch", dispatch_id)
    check_seen(actor, "dispatch", dispatch_id, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def dispatch_view(row: Dispatch) -> Shown:
    """A dispatch with its guard's and unit's names. `said_off_m`: metres from the task to where the guard's phone said it was."""
    off_m = None
    if row.said_lon is not None and row.said_lat is not None:
        off_m = distance_m((row.lon, row.lat), (row.said_lon, row.said_lat))
    return named(row, shown(row), "called_by") | {
        "said_off_m": off_m,
        "guard": {"id": row.guard.id, "name": row.guard.name, "unit_id": row.guard.unit_id},
        "unit": {"id": row.guard.unit.id, "name": row.guard.unit.name, "name_en": row.guard.unit.name_en},
    }


def sent_view(row: Dispatch) -> Shown:
    """As `dispatch_view`, for who sent him: with what rings him, and calls him on the radio."""
    view = dispatch_view(row)
    return view | {"guard": view["guard"] | {"phone": row.guard.phone, "call_sign": row.guard.call_sign}}
