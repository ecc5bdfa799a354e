"""What a guard needs first on the phone: the round, being there, the own month, a copy of the own trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response
from console.dispatch.answers import OneDispatchAnswer
from console.duty import month as months
from console.duty.month import DutyOutcome
from console.duty.routes import areas_by_id
from console.guards.tracker import tracker_of
from console.guards.views import dispatch_view, get_dispatch, get_guard
from console.http.answers import gives, gives_table
from console.http.bodies import Form
from console.http.replies import Shown, reply
from console.phone.answers import MyMonthAnswer, MyRoundAnswer
from console.phone.own_round import LocalName, round_of
from console.trails.own import own_trail
from lianqin import feed
from lianqin.clock import county_day
from lianqin.sheets.write import Format
from patrol.county.tables import Area, Checkpoint
from patrol.dispatch import dispatches
from patrol.dispatch.dispatches import Claim
from patrol.duty import shifts
from patrol.duty.tables import CheckInRow, Shift, Visit
from patrol.judging import coverage
from patrol.judging.visits import VisitFact, VisitPoint

router = APIRouter(prefix="/api/m")
Own = Annotated[Caller, requires("own.task")]
TRAIL_COLUMNS: Final = (
    SheetColumn("时间", "Time", lambda one: one.fix.at, "moment"),
    SheetColumn("经度", "Longitude", lambda one: one.fix.lon, "number"),
    SheetColumn("纬度", "Latitude", lambda one: one.fix.lat, "number"),
    SheetColumn("精度（米）", "Accuracy (m)", lambda one: one.fix.accuracy_m, "number"),
    SheetColumn("速度（米/秒）", "Speed (m/s)", lambda one: one.fix.speed_mps, "number"),
    SheetColumn("说明", "Remark", lambda one: one.doubts[0] if one.doubts else "", "word", "mine.doubt"),
)


class There(Form):
    """`at`: by the phone's clock; the place where the phone has one."""

    at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e6)] | None = None


def _own(caller: Caller) -> str:
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


def _visits(session: Session, shift_id: str) -> Mapping[str, VisitFact]:
    return {row.checkpoint_id: VisitFact(row.checkpoint_id, row.first_at, row.last_at, row.fix_id, row.distance_m)
            for row in session.scalars(select(Visit).where(Visit.shift_id == shift_id))}  # fmt: skip


def _round(console: Here, session: Session, shift: Shift, now: float) -> Shown:
    area = session.get_one(Area, shift.area_id)
    places = [VisitPoint(*one) for one in shifts.ground_at(session, shift.id)["checkpoints"]]
    rows = session.scalars(select(Checkpoint).where(Checkpoint.id.in_([one.id for one in places])))
    names = {row.id: LocalName(row.name, row.name_en) for row in rows}
    punched = session.execute(
        select(CheckInRow.checkpoint_id, func.max(CheckInRow.at))
        .where(CheckInRow.shift_id == shift.id, CheckInRow.counts.is_(True), CheckInRow.checkpoint_id.is_not(None))
        .group_by(CheckInRow.checkpoint_id)
    )
    check_ins = {str(one): at for one, at in punched}
    required = coverage.required_seconds()[area.risk]
    tracker = tracker_of(console, session, shift.guard_id, shift, now)
    here = (tracker.lon, tracker.lat) if tracker and tracker.lon is not None and tracker.lat is not None else None
    points = round_of(places, names, _visits(session, shift.id), check_ins, required, area.windows, here, now)
    return {
        "shift_id": shift.id, "area_id": area.id, "area_name": area.name, "area_name_en": area.name_en, "opened_at": shift.opened_at,
        "required_s": required, "items": msgspec.to_builtins(points),
        "place": {"lon": here[0], "lat": here[1], "at": tracker.fix_at} if here and tracker else None,
    }  # fmt: skip


@router.get("/round")
@gives(MyRoundAnswer)
def my_round(console: Here, caller: Own) -> Response:
    """The checkpoints of the running shift: what is left first, then what is due again, nearest first; None off shift."""
    now = console.clock.now()
    with console.store.read() as session:
        shift = shifts.open_shift_of(session, _own(caller), now)
        return reply({"round": _round(console, session, shift, now) if shift else None, "now": now})


def _duty(one: DutyOutcome, areas: Mapping[str, Area]) -> Shown:
    area, row, found = areas.get(one.entry.area_id), one.entry, one.found
    return {
        "begins_at": row.begins_at, "ends_at": row.ends_at, "state": found.state, "late_min": round(found.late_s / 60),
        "early_min": round(found.early_s / 60), "absent_min": round(found.absent_s / 60),
        "area_name": area.name if area else row.area_id, "area_name_en": area.name_en if area else "",
    }  # fmt: skip


@router.get("/month")
@gives(MyMonthAnswer)
def my_month(console: Here, caller: Own, month: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The guard's own line of the company's table, of this week and of a month (2026-11; the running one unless named), and the
    month's shifts one by one."""
    guard_id, now = _own(caller), console.clock.now()
    asked = month or county_day(now)[:7]
    span, week = months.span_of(asked), months.week_of(now)
    with console.store.read() as session:
        guard = get_guard(session, caller.actor, guard_id)
        found = months.own(session, guard, span, months.span_of(months.before(asked)), now)
        this_week = months.own(session, guard, week, months.week_of(week.from_at - 1), now)
        areas = areas_by_id(session)
        return reply({
            "month": asked, "figures": msgspec.to_builtins(found.figures), "week": msgspec.to_builtins(this_week.figures),
            "week_from_at": week.from_at, "week_to_at": week.to_at,
            "items": [_duty(one, areas) for one in found.duties], "now": now,
        })  # fmt: skip


@router.get("/trail.{form}")
@gives_table
def copy_trail(console: Here, caller: Own, tongue: Tongue, form: Format) -> Response:
    """The guard's own trail of the last day as a sheet; registered as the guard's own copy."""
    guard_id, now = _own(caller), console.clock.now()
    with console.store.read() as session:
        trail = own_trail(console, session, guard_id, now)
    cells = cells_of(TRAIL_COLUMNS, trail.seen.flags, tongue)
    taken = ExportEntry("trail.own_copy", "guard", guard_id, {"from_at": trail.span.from_at, "to_at": trail.span.to_at})
    return export_response(console, caller, taken, cells, name=f"my-trail-{county_day(now)}", form=form)


@router.post("/dispatches/{dispatch_id}/there")
@gives(OneDispatchAnswer)
def say_there(console: Here, caller: Own, dispatch_id: str, form: There) -> Response:
    """The guard's word: shown as such beside the proof, and never counted for one."""
    at = console.clock.now()
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        row = dispatches.do_say_there(session, caller.actor, row.id, Claim(**form.model_dump()), at)
        session.flush()
        feed.push(session, "incident", row.incident_id, at=at)
        return reply({"dispatch": msgspec.to_builtins(dispatch_view(row))})
