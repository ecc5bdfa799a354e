"""A guard's trail: the purpose comes first, is registered, and only then the trail is read. An export is of a registered
look, and registered itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console import trail_export, trail_view
from console.patrol_views import get_guard, guard_view, shift_view
from console.permissions import Here, requires
from console.replies import Shown, reply, shown
from console.scope import missing
from console.sessions import Caller
from console.trail_view import Seen, Span, see
from lianqin import audit
from lianqin.audit import AuditRow
from lianqin.errors import RecordError
from lianqin.records import new_id
from patrol import outcomes
from patrol.filters import Flagged
from patrol.tables import Shift, Visit
from patrol.trails import TrailStore

router = APIRouter(prefix="/api")
LONGEST_HOURS: Final = 31 * 24
JUDGED_HOURS: Final = 48
"""A longer look shows the way alone, a fix each `COARSE_S`: where he was on which day."""
COARSE_S: Final = 60.0
EXPORT_S: Final = 86_400.0
"""A look is good for an export for a day."""


class Look(BaseModel):
    """What is asked for and why: a closed list of purposes (the judging of alerts and one's own are not among them)."""

    model_config = ConfigDict(extra="forbid")
    guard_id: str
    from_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    to_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    purpose: Literal["incident", "point_call", "spot_check", "appeal", "complaint", "case", "maintenance"]
    case_ref: Annotated[str, Field(max_length=120)]


def check_look(look: Look) -> None:
    """Raises RecordError `trail.case` or `trail.span`."""
    if not look.case_ref.strip():
        raise RecordError("trail.case", "a look needs its case reference")
    if not 0 < look.to_at - look.from_at <= LONGEST_HOURS * 3600:
        raise RecordError("trail.span", f"{LONGEST_HOURS} h at most", hours=LONGEST_HOURS)


def _fix(one: Flagged) -> Shown:
    fix = one.fix
    said: Shown = {"at": fix.at, "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m, "speed_mps": fix.speed_mps,
                   "doubts": list(one.doubts)}  # fmt: skip
    return said if one.system is None else said | {"system": one.system, "off_m": one.off_m}


def _line(console: Here, look: Look) -> list[Shown]:
    line = TrailStore(console.settings.trails).line(look.guard_id, look.from_at, look.to_at, COARSE_S)
    return [
        {"at": at, "lon": lon, "lat": lat, "accuracy_m": None, "speed_mps": None, "doubts": []} for at, lon, lat in line
    ]


def _shifts(session: Session, guard_id: str, from_at: float, to_at: float) -> list[Shift]:
    return list(session.scalars(
        select(Shift)
        .where(Shift.guard_id == guard_id, Shift.opened_at < to_at, or_(Shift.closed_at.is_(None), Shift.closed_at > from_at))
        .order_by(Shift.opened_at)
    ).unique())  # fmt: skip


def _seen(console: Here, rows: Sequence[Shift], guard_id: str, span: Span) -> Seen:
    shifts = [Span(row.opened_at, console.clock.now() if row.closed_at is None else row.closed_at) for row in rows]
    return see(TrailStore(console.settings.trails), guard_id, shifts, span, console.settings.fix_interval)


@router.post("/trails")
def look_at_trail(console: Here, caller: Annotated[Caller, requires("trail.look")], look: Look) -> Response:
    check_look(look)
    at = console.clock.now()
    look_id = new_id("lk", at)
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, look.guard_id)
        audit.write(
            session, caller.actor, "trail.look", "guard", guard.id, at=at, purpose=look.purpose,
            case_ref=look.case_ref.strip(), detail={"look_id": look_id, "from_at": look.from_at, "to_at": look.to_at},
        )  # fmt: skip
    with console.store.read() as session:
        rows = _shifts(session, guard.id, look.from_at, look.to_at)
        visits = session.scalars(
            select(Visit).where(Visit.shift_id.in_([row.id for row in rows])).order_by(Visit.first_at)
        )
        shown_visits = [shown(row) for row in visits]
        plans = [shift_view(row) | {"facts": _plan(row)} for row in rows]
    coarse = look.to_at - look.from_at > JUDGED_HOURS * 3600
    seen = Seen((), (), ()) if coarse else _seen(console, rows, guard.id, Span(look.from_at, look.to_at))
    return reply({
        "coarse": coarse, "look_id": look_id, "guard": guard_view(guard), "shift_ids": [row.id for row in rows], "shifts": plans,
        "fixes": _line(console, look) if coarse else [_fix(one) for one in seen.flags], "visits": shown_visits,
        "gaps": [msgspec.to_builtins(gap) for gap in seen.gaps],
        "stops": [msgspec.to_builtins(stop) for stop in trail_view.stops(seen.sure)],
    })  # fmt: skip


def _plan(row: Shift) -> Shown:
    """What the shift came to so far, beside its plan."""
    facts = outcomes.facts_of(row)
    return {"confirmed_s": facts.confirmed_s, "outside_s": facts.outside_s, "unknown_s": facts.unknown_s,
            "break_s": facts.break_s, "checkpoints": list(facts.checkpoints), "doubts": msgspec.to_builtins(facts.doubts)}  # fmt: skip


@router.get("/trails/{look_id}/export")
def export_trail(
    console: Here, caller: Annotated[Caller, requires("trail.export")], look_id: str, form: Literal["gpx", "geojson"]
) -> Response:
    """The trail of one's own registered look of the last day, with its watermark; the file's hash is in the audit."""
    at = console.clock.now()
    with console.store.read() as session:
        looks = session.scalars(select(AuditRow).where(
            AuditRow.action == "trail.look", AuditRow.actor_id == caller.actor.id, AuditRow.at > at - EXPORT_S))  # fmt: skip
        look = next((row for row in looks if row.detail.get("look_id") == look_id), None)
        if look is None:
            raise missing("look", look_id)
        span = Span(float(look.detail["from_at"]), float(look.detail["to_at"]))
        rows = _shifts(session, look.object_id, span.from_at, span.to_at)
    seen = _seen(console, rows, look.object_id, span)
    mark = trail_export.Watermark(
        look_id, caller.actor.name, at, look.purpose or "", look.case_ref or "", look.object_id
    )
    write, media = trail_export.FORMS[form]
    body = write(mark, seen.flags, seen.gaps)
    with console.store.write() as session:
        audit.write(session, caller.actor, "trail.export", "guard", look.object_id, at=at, purpose=look.purpose,
                    case_ref=look.case_ref, detail={"look_id": look_id, "form": form, "fixes": len(seen.flags),
                                                    "sha256": hashlib.sha256(body).hexdigest()})  # fmt: skip
    return Response(body, 200, {"Content-Disposition": f'attachment; filename="{look_id}.{form}"'}, media)
