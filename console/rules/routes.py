"""Shelves, calendars, reasons for false, and a zone tried on yesterday's record."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, Response
from pydantic import Field
from sqlalchemy import select

from console import alarm_reads, cameras
from console.bodies import Form
from console.imports import build_strict
from console.month import span_of
from console.permissions import Here, requires
from console.replies import Page, listed, newest_first, reply, shown
from console.rules import calendars, reasons, shelves
from console.rules.tables import CalendarRow, Shelf
from console.rules.views import shelf_views
from console.sessions import Caller
from console.spared import Judged, change_to, judge
from console.tables import ZoneRow
from lianqin.clock import COUNTY_ZONE
from lianqin.decoding import from_plain
from lianqin.lengths import ID, WORDS
from lianqin.records import Zone

router = APIRouter(prefix="/api")
Shelves = Annotated[Caller, requires("alert.shelve")]
SetsUp = Annotated[Caller, requires("camera.set_up")]
Fields = Annotated[dict[str, Any], Body()]


class Shelve(Form):
    """What rests for how many minutes, and why; without a zone the whole camera, without a situation each kind."""

    camera_id: Annotated[str, Field(max_length=ID)]
    zone_id: Annotated[str, Field(max_length=ID)] = ""
    situation: Annotated[str, Field(max_length=20)] = ""
    minutes: Annotated[float, Field(ge=1, le=100_000)]
    reason: Annotated[str, Field(min_length=1, max_length=WORDS, pattern=r"\S")]


@router.get("/shelves")
def list_shelves(
    *, console: Here, _: Shelves, state: Literal["running", "ended"] | None = None, cursor: str | None = None,
    limit: int = 50,
) -> Response:  # fmt: skip
    at = console.clock.now()
    query = select(Shelf)
    if state is not None:
        query = query.where(shelves.running(at) if state == "running" else ~shelves.running(at))
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=Shelf.from_at, key=Shelf.id, cursor=cursor, limit=limit,
            position=lambda row: Page(row.from_at, row.id),
        )  # fmt: skip
        return listed(shelf_views(session, rows, at), following)


@router.post("/shelves")
def shelve(console: Here, caller: Shelves, form: Shelve) -> Response:
    at = console.clock.now()
    thing = shelves.Thing(form.camera_id, form.zone_id, form.situation)
    with console.store.write() as session:
        row = shelves.do_shelve(
            session, caller.actor, thing, reason=form.reason.strip(), seconds=form.minutes * 60,
            longest=console.settings.shelve_hours * 3600, at=at,
        )  # fmt: skip
        return reply({"shelf": shelf_views(session, [row], at)[0]})


@router.post("/shelves/{shelf_id}/end")
def end_shelf(console: Here, caller: Shelves, shelf_id: str) -> Response:
    """Before its time: what nobody judged comes back at once."""
    at = console.clock.now()
    with console.store.write() as session:
        row = shelves.do_end(session, caller.actor, shelf_id, at)
        return reply({"shelf": shelf_views(session, [row], at)[0]})


@router.get("/false-reasons")
def list_reasons(console: Here, _: Annotated[Caller, requires("reason.see")]) -> Response:
    """In the order of their keys; those put away last."""
    with console.store.read() as session:
        return listed(reasons.reasons_of(session), None)


class Line(Form):
    """One reason of the list."""

    id: Annotated[str, Field(max_length=40)] = ""
    name: Annotated[str, Field(max_length=40)]
    name_en: Annotated[str, Field(max_length=40)] = ""
    enabled: bool = True


class Lines(Form):
    items: Annotated[list[Line], Field(max_length=200)]


@router.put("/false-reasons")
def put_reasons(console: Here, caller: Annotated[Caller, requires("reason.set")], form: Lines) -> Response:
    """The whole list; what it leaves out is put away."""
    wanted = [reasons.Named(one.name, one.id, one.name_en, one.enabled) for one in form.items]
    with console.store.write() as session:
        reasons.do_put(session, caller.actor, wanted, console.clock.now())
        return listed(reasons.reasons_of(session), None)


@router.get("/false-reasons/month")
def count_reasons(console: Here, _: Annotated[Caller, requires("reason.see")], month: str) -> Response:
    """How many alerts of that month (`2026-10`, by the county's clock) each was given; the most frequent first."""
    span = span_of(month)
    with console.store.read() as session:
        found = alarm_reads.falses(session, span.from_at, span.to_at).reasons
        items = [msgspec.to_builtins(one) | {"count": found.pop(one.id, 0)} for one in reasons.reasons_of(session)]
    items += [
        {"id": one, "name": one, "name_en": one, "enabled": False, "count": count} for one, count in found.items()
    ]
    items = [one for one in items if one["enabled"] or one["count"]]
    return reply(
        {
            "month": month,
            "total": sum(one["count"] for one in items),
            "items": sorted(items, key=lambda one: -one["count"]),
        }
    )


@router.get("/calendars")
def list_calendars(console: Here, _: Annotated[Caller, requires("camera.see")]) -> Response:
    with console.store.read() as session:
        rows = session.scalars(select(CalendarRow).order_by(CalendarRow.id))
        return listed([shown(row) for row in rows], None)


def _put(console: Here, caller: Caller, calendar_id: str | None, raw: dict[str, Any]) -> Response:
    form = build_strict(calendars.Form, raw)
    with console.store.write() as session:
        return reply(
            {"calendar": shown(cameras.do_put_calendar(session, caller.actor, calendar_id, form, console.clock.now()))}
        )


@router.post("/calendars")
def add_calendar(console: Here, caller: SetsUp, raw: Fields) -> Response:
    return _put(console, caller, None, raw)


@router.put("/calendars/{calendar_id}")
def put_calendar(console: Here, caller: SetsUp, calendar_id: str, raw: Fields) -> Response:
    """Workers follow the zones that name it anew."""
    return _put(console, caller, calendar_id, raw)


@router.delete("/calendars/{calendar_id}")
def remove_calendar(console: Here, caller: SetsUp, calendar_id: str) -> Response:
    with console.store.write() as session:
        calendars.do_remove(session, caller.actor, calendar_id, console.clock.now())
    return reply({})


@router.post("/cameras/{camera_id}/zones/{zone_id}/trial")
def try_zone(console: Here, _: SetsUp, camera_id: str, zone_id: str, raw: Fields) -> Response:
    """The zone as it is drawn now, kept or not, on yesterday's alerts: those of the zone where it is known, else of the camera's zones."""
    zone = build_strict(Zone, {**raw, "id": zone_id}, "name_en", "camera_id")
    today = datetime.fromtimestamp(console.clock.now(), COUNTY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    from_at, to_at = (today - timedelta(days=1)).timestamp(), today.timestamp()
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
        cameras.check_own_zone(session, camera_id, zone)
        row = session.get(ZoneRow, zone_id)
        was = None if row is None else from_plain(row.record, Zone)
        kept = alarm_reads.kept(session, camera_id, zone_id if row is not None else "", from_at, to_at)
        zone = calendars.with_days(zone, calendars.days_by_calendar(session))
    found = [
        (one, Judged("unknown") if one.past is None else judge(one.past, change_to(zone, was, one.past)))
        for one in kept
    ]
    gone = [(one, judged) for one, judged in found if judged.outcome == "spared"]
    return reply({
        "from_at": from_at, "to_at": to_at, "of_zone": row is not None, "total": len(found),
        "raised": sum(judged.outcome == "comes" for _, judged in found), "unknown": sum(judged.outcome == "unknown" for _, judged in found),
        "spared": Counter(judged.why[0] for _, judged in gone), "spared_ids": [one.id for one, _ in gone],
        "cut": len(found) >= alarm_reads.SPARED_MOST,
    })  # fmt: skip
