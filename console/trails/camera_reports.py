"""Which cameras reported somebody in their view while a guard's fix lay in it. Situations, not identities: what a camera reported
is no word on who it was.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow
from lianqin.geo import LonLat, to_local_m
from lianqin.records import Fix

UNKNOWN_ACCURACY_M: Final = 50.0
"""Of a fix that does not say."""
MOST: Final = 200


class CameraView(msgspec.Struct, frozen=True):
    """Where a camera stands (WGS-84), which way it looks (degrees clockwise from north), how wide (degrees) and far (metres)."""

    camera_id: str
    lon: float
    lat: float
    bearing: float
    fov: float
    range_m: float


class AlertMoment(msgspec.Struct, frozen=True):
    """An alert, and when its camera had somebody in the picture (epoch seconds, in order)."""

    alert_id: str
    camera_id: str
    situation: str
    times: tuple[float, ...]


class CameraReport(msgspec.Struct, frozen=True):
    """The camera reported somebody at `at`, when the guard's fix lay in its view; `apart_m`: from camera to fix."""

    alert_id: str
    camera_id: str
    situation: str
    at: float
    lon: float
    lat: float
    apart_m: float


def covers(view: CameraView, place: LonLat, accuracy_m: float) -> bool:
    """May the place lie in the view? Its accuracy widens range and angle."""
    east, north = to_local_m((view.lon, view.lat), place)
    apart = math.hypot(east, north)
    if apart > view.range_m + accuracy_m:
        return False
    if apart <= accuracy_m:
        return True
    off = abs((math.degrees(math.atan2(east, north)) - view.bearing + 180) % 360 - 180)
    return off <= view.fov / 2 + math.degrees(math.asin(min(1.0, accuracy_m / apart)))


def place_at(sure: Sequence[Fix], at: float, longest_s: float) -> tuple[LonLat, float] | None:
    """Where the guard was, with its accuracy, between two fixes not more than `longest_s` apart; else nobody knows."""
    after = bisect_right(sure, at, key=lambda fix: fix.at)
    before = sure[after - 1] if after else None
    if before is not None and before.at == at:
        return (before.lon, before.lat), _accuracy(before)
    if before is None or after == len(sure) or sure[after].at - before.at > longest_s:
        return None
    then = sure[after]
    share = (at - before.at) / (then.at - before.at)
    place = before.lon + share * (then.lon - before.lon), before.lat + share * (then.lat - before.lat)
    return place, max(_accuracy(before), _accuracy(then))


def _accuracy(fix: Fix) -> float:
    return UNKNOWN_ACCURACY_M if fix.accuracy_m is None else fix.accuracy_m


def reports(
    moments: Iterable[AlertMoment], views: Iterable[CameraView], sure: Sequence[Fix], longest_s: float
) -> tuple[CameraReport, ...]:
    """One an alert, its first moment that fits, in order of time. `sure`: fixes that prove something, in order."""
    of = {view.camera_id: view for view in views}
    found = []
    for one in moments:
        view = of.get(one.camera_id)
        for at in one.times if view is not None else ():
            known = place_at(sure, at, longest_s)
            if view is None or known is None or not covers(view, *known):
                continue
            (lon, lat), _ = known
            apart = math.hypot(*to_local_m((view.lon, view.lat), (lon, lat)))
            found.append(CameraReport(one.alert_id, one.camera_id, one.situation, at, lon, lat, round(apart, 1)))
            break
    return tuple(sorted(found, key=lambda report: (report.at, report.alert_id)))


def moments_of(session: Session, from_at: float, to_at: float) -> list[AlertMoment]:
    """Alerts of persons in that time; what a person judged false is none."""
    rows = session.scalars(
        select(AlertRow).where(AlertRow.captured_at >= from_at, AlertRow.captured_at <= to_at, AlertRow.state != "false")
        .order_by(AlertRow.captured_at)
    )  # fmt: skip
    return [
        AlertMoment(row.id, row.camera_id, row.situation, times)
        for row in rows
        if (times := _times(row.tracks, row.captured_at))
    ]


def _times(tracks: Sequence[dict[str, Any]], captured_at: float) -> tuple[float, ...]:
    """When somebody was in the picture; empty: no person is among its tracks."""
    people = [track for track in tracks if track.get("label") == "person"]
    seen = {float(point[0]) for track in people for point in track.get("points", ())}
    return tuple(sorted(seen | {captured_at})) if people else ()


def views_of(session: Session) -> list[CameraView]:
    """Cameras whose place and view are set up."""
    rows = session.scalars(select(CameraRow).order_by(CameraRow.id))
    return [
        CameraView(row.id, row.lon, row.lat, row.bearing, row.fov, row.range_m)
        for row in rows
        if row.lon is not None and row.lat is not None and row.bearing is not None and row.fov and row.range_m
    ]
