"""Several guards called in one act, and two at night in key areas (双人出警): a guard goes there alone only where nobody else may go, or
where the operator says why. Nobody is left unsent for it: a word is enough, and it is registered.

A place is a key one where the alert's zone says so, or the patrol area in which it lies (the camera's, else by the map).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow, ZoneRow
from console.guards.places import places_now
from console.http.context import Console
from console.http.replies import Shown
from console.incidents import incidents
from console.incidents.tables import Incident
from lianqin import audit
from lianqin.audit import Actor
from lianqin.errors import ConflictError
from lianqin.geo import LonLat, outside_m
from lianqin.records import Schedule
from lianqin.settings import Settings
from lianqin.zoning import is_scheduled
from patrol.county.tables import Area
from patrol.dispatch import dispatches, nearest
from patrol.dispatch.dispatches import IncidentPlace
from patrol.dispatch.nearest import UNDERWAY, Candidate
from patrol.dispatch.tables import Dispatch

MOST: Final = 6
"""Guards called in one act."""


class GuardsWanted(msgspec.Struct, frozen=True):
    """Who is to go, in this order, each once; `alone`: why one goes where two should."""

    guard_ids: tuple[str, ...]
    alone: str = ""


def place_of(incident: Incident) -> IncidentPlace:
    """Raises ConflictError `incident.no_place`."""
    if incident.lon is None or incident.lat is None:
        raise ConflictError("incident.no_place", f"incident {incident.id} has no place")
    return IncidentPlace(id=incident.id, lon=incident.lon, lat=incident.lat, place_name=incident.place_name)


def candidates(console: Console, session: Session, lon: float, lat: float) -> list[Candidate]:
    """Who could go there now. Raises BusUnavailable `bus.away`."""
    return nearest.candidates(session, (lon, lat), places_now(console), console.clock.now(), console.settings.stale_fix)


def is_night(settings: Settings, at: float) -> bool:
    """By the county's clock; a night that begins when it ends is none."""
    night = Schedule(settings.night_from, settings.night_to)
    return settings.night_from != settings.night_to and is_scheduled([night], at)


def key_place(session: Session, alert_id: str, place: LonLat) -> Shown | None:
    """`{name, name_en}` of the key area, or of the key zone, where the alert is; None: it is no key place. `place`: WGS-84."""
    alert = session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
    camera = session.get(CameraRow, alert.camera_id) if alert is not None else None
    area = session.get(Area, camera.area_id) if camera is not None and camera.area_id else _area_at(session, place)
    if area is not None and area.key_area:
        return {"name": area.name, "name_en": area.name_en}
    zone = session.get(ZoneRow, alert.zone_id) if alert is not None else None
    if zone is not None and zone.record.get("key_area"):
        return {"name": str(zone.record.get("name", "")), "name_en": zone.name_en}
    return None


def _area_at(session: Session, place: LonLat) -> Area | None:
    """A key one first, where areas lie over one another."""
    areas = session.scalars(select(Area).order_by(Area.key_area.desc(), Area.id))
    return next((one for one in areas if outside_m([(p[0], p[1]) for p in one.polygon], place) <= 0), None)


def pair_of(console: Console, session: Session, alert_id: str, place: LonLat) -> Shown | None:
    """What the rule asks there now: `{guards, name, name_en}`; None: nothing."""
    settings = console.settings
    if settings.guards_at_night < 2 or not is_night(settings, console.clock.now()):
        return None
    key = key_place(session, alert_id, place)
    return None if key is None else {"guards": settings.guards_at_night, **key}


def under_way(session: Session, incident_id: str) -> int:
    """Guards who are sent to it now."""
    asked = select(func.count()).where(Dispatch.incident_id == incident_id, Dispatch.state.in_(UNDERWAY))
    return session.scalar(asked) or 0


def lacking(console: Console, session: Session, incident: Incident, sent: int) -> Shown | None:
    """The rule, where with `sent` more guards there are fewer than it asks; None: it is kept."""
    if incident.lon is None or incident.lat is None:
        return None
    pair = pair_of(console, session, incident.alert_id, (incident.lon, incident.lat))
    if pair is None or under_way(session, incident.id) + sent >= int(pair["guards"]):
        return None
    return pair


def free_beside(
    session: Session, incident_id: str, found: Sequence[Candidate], chosen: Sequence[str]
) -> Candidate | None:
    """The nearest who may go too: not chosen, and who did not refuse this incident."""
    refused = select(Dispatch.guard_id).where(Dispatch.incident_id == incident_id, Dispatch.state == "refused")
    out = {*chosen, *session.scalars(refused)}
    return next((one for one in found if one.allowed and one.guard_id not in out), None)


def do_call(  # noqa: PLR0917 - who sends whom where
    console: Console, session: Session, actor: Actor, incident: Incident, wanted: GuardsWanted, at: float
) -> list[Dispatch]:
    """All of them, or none. Raises as `dispatches.do_call` and `place_of`; ConflictError `dispatch.alone` with the name of the place and
    of who could go too; BusUnavailable `bus.away`."""
    place, ids = place_of(incident), tuple(dict.fromkeys(wanted.guard_ids))
    found = candidates(console, session, place.lon, place.lat)
    by_id = {one.guard_id: one for one in found}
    for guard_id in ids:  # who may not go is told before anybody is asked for a reason
        dispatches.check_call(session, place, guard_id, at)
    lacks, why = lacking(console, session, incident, len(ids)), wanted.alone.strip()
    other = free_beside(session, incident.id, found, ids) if lacks is not None else None
    if lacks is not None and other is not None and not why:
        raise ConflictError(
            "dispatch.alone", "two go there at night", name=lacks["name"], name_en=lacks["name_en"], guards=lacks["guards"],
            other=other.name, other_id=other.guard_id,
        )  # fmt: skip
    sent = [dispatches.do_call(session, actor, place, one, at, by_id.get(one)) for one in ids]
    if lacks is not None:
        detail = {"guards": [row.guard.name for row in sent], "reason": why, "nobody_else": other is None}
        audit.write(session, actor, "incident.alone", "incident", incident.id, at=at, detail=detail)
    incidents.do_sent(session, incident, at)
    return sent
