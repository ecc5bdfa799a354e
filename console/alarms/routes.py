"""The leader's page of the alarm budget: what a time had of alerts beside EEMUA 191, and what another rule would have spared."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.alarms import budget as alarms
from console.alarms import reads
from console.alarms.answers import AlarmBudgetAnswer, RungAnswer, SparedAnswer
from console.alarms.spared import Judged, RuleChange, judge
from console.attention import escalations, rings
from console.cameras import cameras
from console.cameras.tables import CameraRow, ZoneRow
from console.canary import line
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.replies import Shown, listed, reply
from console.incidents.places import english
from lianqin.errors import RecordError
from lianqin.records import Point, Schedule, Zone
from lianqin.shares import FEW, FEW_JUDGED
from lianqin.zone_check import check_zone

router = APIRouter(prefix="/api")
Leads = Annotated[Caller, requires("alarms.see")]
LONGEST: float = 32 * 86_400.0
"""Of the time that a budget is made of: a month."""
Minute = Annotated[int, Field(ge=0, le=1440)]
Moment = Annotated[float, Query(ge=0, le=1e11)]
Share = Annotated[float, Field(ge=0, le=1)]


class Hours(Form):
    from_minute: Annotated[int, Field(ge=0, le=1439)]
    to_minute: Minute
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)]


class Other(Form):
    """Another rule for a zone, or for all zones of a camera."""

    camera_id: Annotated[str, Field(max_length=60)]
    zone_id: Annotated[str, Field(max_length=60)] = ""
    hours: Annotated[list[Hours], Field(min_length=1, max_length=14)] | None = None
    least_height: Share | None = None
    points: Annotated[list[tuple[float, float]], Field(max_length=64)] | None = None


def check_span(from_at: float, to_at: float) -> None:
    """Raises RecordError `alarms.span`."""
    if not 0 < to_at - from_at <= LONGEST:
        raise RecordError("alarms.span", f"{from_at} to {to_at}", days=round(LONGEST / 86_400))


@router.get("/alarms/rung")
@gives(Page[RungAnswer])
def rung(
    *, console: Here, _: Leads, from_at: Moment, to_at: Moment, cursor: str | None = None, limit: int = 50
) -> Response:
    """What rang at whose pages from `from_at` up to, not including, `to_at`, the newest first. Raises RecordError `alarms.span`."""
    check_span(from_at, to_at)
    with console.store.read() as session:
        return listed(*reads.rung(session, from_at, to_at, cursor=cursor, limit=limit))


@router.get("/alarms")
@gives(AlarmBudgetAnswer)
def budget(*, console: Here, _: Leads, from_at: Moment, to_at: Moment) -> Response:
    """Of alerts captured from `from_at` up to, not including, `to_at`. Raises RecordError `alarms.span`."""
    check_span(from_at, to_at)
    now = console.clock.now()
    until = min(to_at, now)
    with console.store.read() as session:
        rang = reads.rang(session, from_at, to_at)
        acts = reads.seat_acts(session, from_at, until, console.settings.idle_exit_minutes * 60)
        months = reads.false_months(session, now)
        zones = alarms.worst_zones(rang)
        called = {
            "rings": rings.counts(session, from_at, to_at),
            "escalations": escalations.counts(session, from_at, to_at),
        }
        names = _names(session, {zone.camera_id for zone in zones})
        rules = {
            row.id: row
            for row in session.scalars(select(ZoneRow).where(ZoneRow.id.in_({one.zone_id for one in zones})))
        }
    seats = alarms.seats(acts, from_at, until)
    calls = [one.called_at for one in rang if one.called_at is not None]
    floods = alarms.floods(calls, until)
    return reply({
        "now": now, "alerts": len(rang), "shelved": len(rang) - len(calls),
        "waiting": sum(one.state == "new" and one.called_at is not None for one in rang),
        "states": Counter(one.state for one in rang),
        "goal": alarms.GOAL, "rate": alarms.rate(len(calls), seats.hours), "seats": seats,
        "floods": floods[::-1], "flood_s": sum(one.to_at - one.from_at for one in floods), "of_s": max(0.0, until - from_at),
        "split": [{"count": count, "share": share, "goal": goal}
                  for (count, share), goal in zip(alarms.split(one.priority for one in rang), alarms.SPLIT, strict=True)],
        "zones": [msgspec.to_builtins(zone) | {"camera": names.get(zone.camera_id, {"id": zone.camera_id, "name": zone.camera_id, "name_en": ""}),
             "zone": {"id": zone.zone_id, "name": zone.zone_name or zone.zone_id, "name_en": english(rules.get(zone.zone_id), zone.zone_name)}}
                  for zone in zones],
        "months": months,
        "waits": {"priority": alarms.waits(rang, "priority"), "person": alarms.waits(rang, "person")},
        "called": called,
        "few": FEW, "few_judged": FEW_JUDGED,
    })  # fmt: skip


def _names(session: Session, camera_ids: set[str]) -> dict[str, Shown]:
    rows = session.scalars(select(CameraRow).where(CameraRow.id.in_(camera_ids)))
    return {"": line.name()} | {row.id: {"id": row.id, "name": row.name, "name_en": row.name_en} for row in rows}


def _change(session: Session, form: Other) -> RuleChange:
    """Raises NotFoundError `camera.missing`, `zone.missing`; RecordError `alarms.nothing`, or what is wrong with the shape."""
    camera = cameras.get_camera(session, form.camera_id)
    zone = next((one for one in camera.zones if one.id == form.zone_id), None)
    hours = None if form.hours is None else tuple(
        Schedule(one.from_minute, one.to_minute, tuple(sorted(set(one.days)))) for one in form.hours
    )  # fmt: skip
    points: tuple[Point, ...] | None = None
    if form.points is not None and zone is not None:
        points = tuple(form.points)
    if hours is None and form.least_height is None and points is None:
        raise RecordError("alarms.nothing", "nothing is changed")
    record: dict[str, Any] = zone.record if zone is not None else {}
    line = record.get("situation") == "line_crossing"
    tried = points or (((0.1, 0.1), (0.9, 0.9)) if line else ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)))
    check_zone(
        Zone(
            form.zone_id or form.camera_id, "-", "line_crossing" if line else "intrusion", tried, schedules=hours or ()
        )
    )
    return RuleChange(hours=hours, least_height=form.least_height, points=points)


@router.post("/alarms/spared")
@gives(SparedAnswer)
def spared(console: Here, _: Leads, form: Other) -> Response:
    """What that rule would have spared of the last week's alerts. Nothing is changed by it."""
    now = console.clock.now()
    with console.store.read() as session:
        change = _change(session, form)
        kept = reads.kept(session, form.camera_id, form.zone_id, now - reads.SPARED_DAYS * 86_400)
    found = [(one, Judged("unknown") if one.past is None else judge(one.past, change)) for one in kept]
    gone = [one for one, judged in found if judged.outcome == "spared"]
    return reply({
        "from_at": now - reads.SPARED_DAYS * 86_400, "to_at": now, "alerts": len(kept), "spared": len(gone),
        "unknown": sum(judged.outcome == "unknown" for _, judged in found), "states": Counter(one.state for one in gone),
        "cut": len(kept) >= reads.SPARED_MOST,
        "items": [
            {"id": one.id, "captured_at": one.captured_at, "situation": one.situation, "zone_name": one.zone_name, "state": one.state,
             "judge_reason": one.judge_reason, "outcome": judged.outcome, "why": judged.why}
            for one, judged in found if judged.outcome != "comes"
        ],
    })  # fmt: skip
