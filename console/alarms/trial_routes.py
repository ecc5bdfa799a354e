"""What rules made of the alerts that came: a zone tried on yesterday's record, and why alerts of a month were false."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Response

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.alarms import reads
from console.alarms.answers import FalseReasonMonthAnswer, ZoneTrialAnswer
from console.alarms.spared import Judged, change_to, judge
from console.cameras import calendars, cameras
from console.cameras.tables import ZoneRow
from console.duty.month import span_of
from console.http.answers import gives
from console.http.bodies import build_strict
from console.http.replies import reply
from console.rules import reasons
from lianqin.clock import COUNTY_ZONE
from lianqin.decoding import from_plain
from lianqin.records import Zone

router = APIRouter(prefix="/api")
SetsUp = Annotated[Caller, requires("camera.set_up")]
Fields = Annotated[dict[str, Any], Body()]


@router.get("/false-reasons/month")
@gives(FalseReasonMonthAnswer)
def count_reasons(console: Here, _: Annotated[Caller, requires("reason.see")], month: str) -> Response:
    """How many alerts of that month (`2026-10`, by the county's clock) each was given; the most frequent first."""
    span = span_of(month)
    with console.store.read() as session:
        found = reads.falses(session, span.from_at, span.to_at).reasons
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


@router.post("/cameras/{camera_id}/zones/{zone_id}/trial")
@gives(ZoneTrialAnswer)
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
        kept = reads.kept(session, camera_id, zone_id if row is not None else "", from_at, to_at)
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
        "cut": len(found) >= reads.SPARED_MOST,
    })  # fmt: skip
