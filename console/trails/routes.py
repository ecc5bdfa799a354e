"""A guard's trail: the purpose comes first, is registered, and only then the trail is read. An export is of a registered
look, and registered itself."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import PERMISSIONS, Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, file_response
from console.cameras.tables import CameraRow
from console.cases import cases
from console.guards.views import get_guard, guard_view, shift_view
from console.http.answers import gives, gives_file
from console.http.bodies import Form
from console.http.replies import Shown, reply, shown
from console.trails import camera_reports, export, rounds, view
from console.trails.answers import CameraReportsAnswer, TrailAnswer
from console.trails.own import ground_under
from console.trails.reads import seen_in, shifts_in
from console.trails.view import SpanView, TrailSpan
from lianqin import audit
from lianqin.audit import AuditRow, LookPurpose, purpose_of
from lianqin.errors import RecordError
from lianqin.lengths import most
from lianqin.records import new_id
from patrol.duty import shift_facts, silences
from patrol.duty.tables import Shift, Visit
from patrol.judging.doubts import Flagged
from patrol.trails.store import TrailStore

router = APIRouter(prefix="/api")
LONGEST_HOURS: Final = 31 * 24
JUDGED_HOURS: Final = 48
"""A longer look shows the way alone, a fix each `COARSE_S`: where he was on which day."""
COARSE_S: Final = 60.0
COMPANY_DAYS: Final = 30
"""A company looks back so far at its own guards."""
POLICE: Final = frozenset({"spot_check", "case"})
"""Purposes of the police alone."""
EXPORT_S: Final = 86_400.0
"""A look is good for an export for a day."""


class LookForm(Form):
    """What is asked for and why: a closed list of purposes (the judging of alerts and one's own are not among them)."""

    guard_id: str
    from_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    to_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    purpose: LookPurpose
    case_ref: Annotated[str, Field(max_length=most(AuditRow.case_ref))] = ""
    """Empty: a spot check's number is made by the machine; every other purpose names its own."""


def check_look(look: LookForm, role: str | None, now: float) -> None:
    """Raises RecordError `trail.span`; of a company `trail.own_days`, `trail.not_yours` (a police purpose)."""
    if not 0 < look.to_at - look.from_at <= LONGEST_HOURS * 3600:
        raise RecordError("trail.span", f"{LONGEST_HOURS} h at most", hours=LONGEST_HOURS)
    if role != "company":
        return
    if look.purpose in POLICE:
        raise RecordError("trail.not_yours", f"no company's purpose: {look.purpose}", purpose=look.purpose)
    if look.from_at < now - COMPANY_DAYS * 86_400:
        raise RecordError("trail.own_days", f"{COMPANY_DAYS} days at most", days=COMPANY_DAYS)


def _fix(one: Flagged) -> Shown:
    fix = one.fix
    said: Shown = {"at": fix.at, "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m, "speed_mps": fix.speed_mps,
                   "doubts": list(one.doubts)}  # fmt: skip
    if fix.clock_off_s:
        said["clock_off_s"] = fix.clock_off_s
    return said if one.system is None else said | {"system": one.system, "off_m": one.off_m}


def _line(console: Here, look: LookForm) -> list[Shown]:
    line = TrailStore(console.settings.trails).line(look.guard_id, look.from_at, look.to_at, COARSE_S)
    return [
        {"at": at, "lon": lon, "lat": lat, "accuracy_m": None, "speed_mps": None, "doubts": []} for at, lon, lat in line
    ]


@router.post("/trails")
@gives(TrailAnswer)
def look_at_trail(console: Here, caller: Annotated[Caller, requires("trail.look")], look: LookForm) -> Response:
    at = console.clock.now()
    check_look(look, caller.actor.role, at)
    look_id = new_id("lk", at)
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, look.guard_id)
        case_ref = cases.do_case(session, caller.actor, look.purpose, look.case_ref, at)
        audit.write(
            session, caller.actor, "trail.look", "guard", guard.id, at=at, purpose=look.purpose,
            case_ref=case_ref, detail={"look_id": look_id, "from_at": look.from_at, "to_at": look.to_at},
        )  # fmt: skip
    with console.store.read() as session:
        rows = shifts_in(session, guard.id, TrailSpan(look.from_at, look.to_at))
        visits = session.scalars(
            select(Visit).where(Visit.shift_id.in_([row.id for row in rows])).order_by(Visit.first_at)
        )
        shown_visits = [shown(row) for row in visits]
        plans = [shift_view(row) | {"facts": _plan(row)} for row in rows]
        silent = silences.between(session, look.from_at, look.to_at)
    coarse = look.to_at - look.from_at > JUDGED_HOURS * 3600
    seen = SpanView((), (), ()) if coarse else seen_in(console, rows, guard.id, TrailSpan(look.from_at, look.to_at))
    with console.store.read() as session:
        span, interval = TrailSpan(look.from_at, look.to_at), console.settings.fix_interval
        ground = None
        if caller.actor.role == "company":
            ground = ground_under(
                console, session, {row.area_id for row in rows}, [[one.lon, one.lat] for one in seen.sure]
            )
        told = {} if coarse else rounds.rounds_of(session, rows, seen, span, at, interval)
    plans = [plan | {"plan": told.get(plan["id"])} for plan in plans]
    return reply({
        "coarse": coarse, "look_id": look_id, "purpose": look.purpose, "case_ref": case_ref, "guard": guard_view(guard), "shift_ids": [row.id for row in rows], "shifts": plans,
        "fixes": _line(console, look) if coarse else [_fix(one) for one in seen.flags], "visits": shown_visits,
        "gaps": [msgspec.to_builtins(gap) for gap in seen.gaps], "rests": msgspec.to_builtins(seen.rests),
        "silences": msgspec.to_builtins(silent),
        "map": ground, "stops": [msgspec.to_builtins(stop) for stop in view.stops(seen.sure)],
    })  # fmt: skip


def _plan(row: Shift) -> Shown:
    """What the shift came to so far, beside its plan."""
    facts = shift_facts.facts_of(row)
    return {"confirmed_s": facts.confirmed_s, "outside_s": facts.outside_s, "unknown_s": facts.unknown_s,
            "break_s": facts.break_s, "platform_s": facts.platform_s, "checkpoints": list(facts.checkpoints), "doubts": msgspec.to_builtins(facts.doubts)}  # fmt: skip


@router.get("/trails/{look_id}/cameras")
@gives(CameraReportsAnswer)
def cameras_that_reported(
    console: Here, caller: Annotated[Caller, requires("trail.cameras")], look_id: str
) -> Response:
    """Cameras that reported somebody in their view while the guard's fix lay in it, of one's own look of the last day; registered
    with the look's purpose. Nobody says that it was this guard. `alert_id` for who may see alerts."""
    at = console.clock.now()
    with console.store.write() as session:
        look = _own_look(session, caller, look_id, at)
        span = _span(look)
        if span.to_at - span.from_at > JUDGED_HOURS * 3600:
            raise RecordError("trail.span", f"{JUDGED_HOURS} h at most", hours=JUDGED_HOURS)
        audit.write(session, caller.actor, "trail.cameras", "guard", look.object_id, at=at, purpose=purpose_of(look.purpose or ""),
                    case_ref=look.case_ref, detail={"look_id": look_id})  # fmt: skip
        guard_id = look.object_id
    with console.store.read() as session:
        rows = shifts_in(session, guard_id, span)
        moments, views = camera_reports.moments_of(session, span.from_at, span.to_at), camera_reports.views_of(session)
        names = {row.id: row for row in session.scalars(select(CameraRow))}
        longest = view.longest_s(console.settings.fix_interval)
        found = camera_reports.reports(moments, views, seen_in(console, rows, guard_id, span).sure, longest)
        sees = caller.actor.role in PERMISSIONS["alert.see"]
        items = [
            msgspec.to_builtins(one)
            | {
                "name": names[one.camera_id].name,
                "name_en": names[one.camera_id].name_en,
                "alert_id": one.alert_id if sees else None,
            }
            for one in found[: camera_reports.MOST]
        ]
    return reply({"items": items, "total": len(found)})


def _own_look(session: Session, caller: Caller, look_id: str, at: float) -> AuditRow:
    """One's own registered look of the last day. Raises NotFoundError `look.missing`."""
    looks = session.scalars(select(AuditRow).where(
        AuditRow.action == "trail.look", AuditRow.actor_id == caller.actor.id, AuditRow.at > at - EXPORT_S))  # fmt: skip
    look = next((row for row in looks if row.detail.get("look_id") == look_id), None)
    if look is None:
        raise missing("look", look_id)
    return look


def _span(look: AuditRow) -> TrailSpan:
    return TrailSpan(float(look.detail["from_at"]), float(look.detail["to_at"]))


@router.get("/trails/{look_id}/export")
@gives_file("application/gpx+xml", "application/geo+json")
def export_trail(
    console: Here, caller: Annotated[Caller, requires("trail.export")], look_id: str, form: Literal["gpx", "geojson"]
) -> Response:
    """The trail of one's own registered look of the last day, with its watermark; the file's hash is in the audit."""
    at = console.clock.now()
    with console.store.read() as session:
        look = _own_look(session, caller, look_id, at)
        span = _span(look)
        rows = shifts_in(session, look.object_id, span)
    seen = seen_in(console, rows, look.object_id, span)
    mark = export.Watermark(look_id, caller.actor.name, at, look.purpose or "", look.case_ref or "", look.object_id)
    write, media = export.FORMS[form]
    body = write(mark, seen.flags, seen.gaps)
    asked = {"look_id": look_id, "form": form, "fixes": len(seen.flags)}
    taken = ExportEntry("trail.export", "guard", look.object_id, asked, purpose_of(look.purpose or ""), look.case_ref)
    return file_response(console, caller, taken, body, name=f"{look_id}.{form}", media=media, rows=len(seen.flags))
