"""A guard's trail: the purpose comes first, is registered, and only then the trail is read."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select

from console import trail_view
from console.patrol_views import get_guard, guard_view
from console.permissions import Here, requires
from console.replies import Shown, reply, shown
from console.sessions import Caller
from console.trail_view import Span
from lianqin import audit
from lianqin.errors import RecordError
from lianqin.records import new_id
from patrol.filters import Flagged, flagged
from patrol.tables import Shift, Visit
from patrol.trails import TrailStore

router = APIRouter(prefix="/api")
LONGEST_HOURS: Final = 48


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
    return {"at": fix.at, "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m, "speed_mps": fix.speed_mps,
            "doubts": list(one.doubts)}  # fmt: skip


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
        rows = list(session.scalars(
            select(Shift)
            .where(Shift.guard_id == guard.id, Shift.opened_at < look.to_at,
                   or_(Shift.closed_at.is_(None), Shift.closed_at > look.from_at))
            .order_by(Shift.opened_at)
        ).unique())  # fmt: skip
        visits = session.scalars(
            select(Visit).where(Visit.shift_id.in_([row.id for row in rows])).order_by(Visit.first_at)
        )
        shown_visits = [shown(row) for row in visits]
    fixes = TrailStore(console.settings.trails).read(guard.id, look.from_at, look.to_at)
    spans = [Span(max(row.opened_at, look.from_at), min(row.closed_at or at, look.to_at)) for row in rows]
    return reply({
        "look_id": look_id, "guard": guard_view(guard), "shift_ids": [row.id for row in rows],
        "fixes": [_fix(one) for one in flagged(fixes)],
        "visits": shown_visits,
        "gaps": [msgspec.to_builtins(gap) for gap in trail_view.gaps(fixes, spans, console.settings.fix_interval)],
        "stops": [msgspec.to_builtins(stop) for stop in trail_view.stops(fixes)],
    })  # fmt: skip
