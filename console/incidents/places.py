"""What an incident's place is called, as it is kept, and in English as far as its camera and zone have English names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.outages import AREAS_JOINED_BY, OF_DEVICE
from console.cameras.tables import CameraRow, ZoneRow
from console.http.replies import Shown
from console.incidents.tables import Incident
from lianqin.db import rows_by_id
from lianqin.lengths import fit
from patrol.county.tables import Area


def place_called(camera: str, zone: str) -> str:
    """An incident's place by the names of its camera and zone, as it is kept."""
    return fit(Incident.place_name, " · ".join(filter(None, (camera, zone))))


def english_of(session: Session, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """By zone id and name as it was then, for as many alerts as there are: the English of the zone's name, unless it was renamed since; of
    a device alert, which bears the names of its patrol areas, theirs. Empty where one of them has none or was renamed."""
    wanted = set(places)
    zones = rows_by_id(session, ZoneRow, {zone_id for zone_id, _ in wanted if not zone_id.startswith(OF_DEVICE)})
    areas: dict[str, str] = {}
    if any(zone_id.startswith(OF_DEVICE) and name for zone_id, name in wanted):
        areas = {row.name: row.name_en for row in session.execute(select(Area.name, Area.name_en))}
    return {
        (zone_id, name): _of_areas(areas, name) if zone_id.startswith(OF_DEVICE) else english(zones.get(zone_id), name)
        for zone_id, name in wanted
    }


def english(zone: ZoneRow | None, name: str) -> str:
    """The English of the name that a zone had then, unless it was renamed since."""
    return zone.name_en if zone is not None and zone.record.get("name") == name else ""


def _of_areas(areas: Mapping[str, str], names: str) -> str:
    told = [areas.get(part, "") for part in names.split(AREAS_JOINED_BY)]
    return ", ".join(told) if all(told) else ""


def place_of(session: Session, zone_id: str, name: str) -> Shown:
    """Where in its picture something was, or which areas a device alert speaks of: `name` as it was then, `name_en` as far as it is known."""
    return {"name": name, "name_en": english_of(session, [(zone_id, name)])[zone_id, name]}


def english_places(session: Session, found: Sequence[Incident]) -> dict[str, str]:
    """By incident id, the English of its place's name, where its camera or zone has one and neither was renamed since."""
    if not found:
        return {}
    query = select(AlertRow.id, AlertRow.zone_id, AlertRow.zone_name).where(
        AlertRow.id.in_({one.alert_id for one in found})
    )
    zones = {row.id: (row.zone_id, row.zone_name) for row in session.execute(query)}
    cameras = rows_by_id(session, CameraRow, {one.camera_id for one in found})
    named_en = english_of(session, zones.values())
    told = {}
    for one in found:
        camera, zone = cameras.get(one.camera_id or ""), zones.get(one.alert_id)
        if camera is None or zone is None or place_called(camera.name, zone[1]) != one.place_name:
            continue
        in_english = place_called(camera.name_en or camera.name, named_en[zone] or zone[1])
        if in_english != one.place_name:
            told[one.id] = in_english
    return told
