"""Cameras and zones: checked, written with audit, feed and outbox rows, followed by the workers through the relay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
import redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras import calendars
from console.cameras.addresses import CameraLogin, StoredAddresses, check_address, settled
from console.cameras.tables import CalendarRow, CameraRow, ZoneRow
from console.http.context import Console
from lianqin import audit, feed, keys, outbox
from lianqin.addresses import redact
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.decoding import from_plain
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.lengths import check_length
from lianqin.records import Camera, CameraHealth, Polygon, Zone, decode
from lianqin.sealed import keyring_in
from lianqin.zone_check import check_masks, check_zone
from patrol.county.tables import Area

STALE_HEALTH: Final = 10.0
"""A worker refreshes a camera's health each second; older than this nobody watches the camera."""
_FIELDS: Final = ("code", "name", "url", "sub_url", "transport", "lon", "lat", "bearing", "fov", "range_m", "area_id",
                  "enabled", "priority", "keep_days", "sampling")  # fmt: skip
LEAST_KEEP_DAYS: Final = 30
"""What video surveillance of public places must keep at the least (Regulations on public security video systems, 2025, art. 17)."""
_RANGES: Final = (("bearing", 0.0, 360.0), ("fov", 1.0, 360.0), ("range_m", 1.0, 5000.0))


class NamedCamera(msgspec.Struct, frozen=True):
    """A camera with what only the page needs."""

    camera: Camera
    name_en: str = ""
    zone_names_en: dict[str, str] = msgspec.field(default_factory=dict)
    login: CameraLogin | None = None
    """Said apart from the addresses; None: they say it themselves."""

    def settled(self, row: CameraRow | None) -> NamedCamera:
        """With its addresses as they are kept, the login in them. Raises as `addresses.settled`."""
        camera, old = self.camera, None if row is None else StoredAddresses(row.url, row.sub_url)
        url, sub_url = settled(camera.url, camera.sub_url, self.login, old)
        return msgspec.structs.replace(self, camera=msgspec.structs.replace(camera, url=url, sub_url=sub_url))


class LiveState(msgspec.Struct, frozen=True):
    """How the worker sees a camera now, and when it said so."""

    health: CameraHealth


class StateNow(msgspec.Struct, frozen=True):
    """What the page shows: `unknown` when no worker has spoken of the camera for `STALE_HEALTH` seconds."""

    state: str
    reason: str
    since: float | None


# --- reading -----------------------------------------------------------------------------------------------------------


def zone_of(row: ZoneRow) -> Zone:
    return from_plain(row.record, Zone)


def masks_of(row: CameraRow) -> tuple[Polygon, ...]:
    return from_plain(row.masks or [], tuple[Polygon, ...])


def camera_of(row: CameraRow, days: Mapping[str, frozenset[int]]) -> Camera:
    """The record that workers follow, with its addresses in clear. `days`: of the calendars that its zones name."""
    return Camera(
        id=row.id, code=row.code, name=row.name, url=row.url, sub_url=row.sub_url, transport=cast("Any", row.transport),
        lon=row.lon, lat=row.lat, bearing=row.bearing, fov=row.fov, range_m=row.range_m, area_id=row.area_id,
        zones=tuple(calendars.with_days(zone_of(zone), days) for zone in row.zones), enabled=row.enabled, version=row.version,
        priority=row.priority, keep_days=row.keep_days, masks=masks_of(row),
        sampling=cast("Any", row.sampling),
    )  # fmt: skip


def followed_camera(session: Session, row: CameraRow, days: Mapping[str, frozenset[int]] | None = None) -> Camera:
    """The record as it goes to Redis: with its addresses sealed. `days`: of the calendars, where the caller has them."""
    return keyring_in(session).sealed_camera(
        camera_of(row, calendars.days_by_calendar(session) if days is None else days)
    )


def current_cameras(session: Session) -> Mapping[str, Camera]:
    """All cameras, for the relay when Redis is empty."""
    days = calendars.days_by_calendar(session)
    return {row.id: followed_camera(session, row, days) for row in session.scalars(select(CameraRow))}


def count_cameras(session: Session) -> int:
    """How many `current_cameras` gives."""
    return session.scalar(select(func.count()).select_from(CameraRow)) or 0


def get_camera(session: Session, camera_id: str) -> CameraRow:
    """Raises NotFoundError `camera.missing`."""
    row = session.get(CameraRow, camera_id)
    if row is None:
        raise NotFoundError("camera.missing", f"no camera {camera_id}", id=camera_id)
    return row


def lives(console: Console) -> dict[str, LiveState]:
    """What the workers say now; empty while Redis is away."""
    return lives_or_none(console) or {}


def lives_or_none(console: Console) -> dict[str, LiveState] | None:
    """The same; None while Redis is away."""
    try:
        raw = cast("dict[bytes, bytes]", cast("Any", console.redis.hgetall(keys.camera_health())))
    except redis.exceptions.RedisError:
        return None
    found = {}
    for name, body in raw.items():
        try:
            health = decode(body)
        except RecordError:
            continue
        if isinstance(health, CameraHealth):
            found[name.decode()] = LiveState(health)
    return found


def state_of(console: Console, row: CameraRow, live: LiveState | None) -> StateNow:
    """The state to show: never an old one passed off as now."""
    if not row.enabled:
        return StateNow("disabled", "", row.state_since)
    if live is None:
        return StateNow("unknown", "no_worker", row.state_since)
    health = live.health
    if console.clock.now() - health.at > STALE_HEALTH:
        return StateNow("unknown", "no_worker", health.at)
    return StateNow(health.state, health.reason, health.since)


# --- checking ----------------------------------------------------------------------------------------------------------


def _plain_id(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and all(c.isascii() and (c.isalnum() or c in "-_") for c in text)


def check_camera(session: Session, camera: Camera, *, codes_known: bool = False) -> None:
    """Is it one that can be pulled and drawn? `codes_known`: whoever asks knows that its code is free. Raises RecordError or ConflictError naming what and how to mend it."""
    if not _plain_id(camera.id, 40):
        raise RecordError("camera.id", f"camera id {camera.id!r}: letters, digits, - and _, 40 at most", id=camera.id)
    if not camera.name.strip() or len(camera.name) > 80:
        raise RecordError("camera.name", f"camera {camera.id} needs a name of 80 characters at most", id=camera.id)
    if len(camera.code) != 20 or not (camera.code.isascii() and camera.code.isdigit()):
        raise RecordError("camera.code", f"camera {camera.id}: the code has 20 digits", id=camera.id, code=camera.code)
    if camera.code[10:13] not in {"131", "132"}:  # GB/T 28181: digits 11-13 name the kind of device
        raise RecordError("camera.code_type", f"camera {camera.id}: not a camera's code", id=camera.id, type=camera.code[10:13])  # fmt: skip
    check_address(camera.id, camera.url)
    if camera.sub_url is not None:
        check_address(camera.id, camera.sub_url)
    if (camera.lon is None) != (camera.lat is None):
        raise RecordError("camera.place", f"camera {camera.id}: longitude and latitude belong together", id=camera.id)
    check_keep_days(camera.id, camera.keep_days)
    for field, low, high in _RANGES:
        value = getattr(camera, field)
        if value is not None and not low <= value <= high:
            raise RecordError("camera.angle", f"camera {camera.id}: {field} {value} is not within {low} to {high}",
                              id=camera.id, field=field, low=low, high=high)  # fmt: skip
    other = None
    if not codes_known:
        other = session.scalar(select(CameraRow.id).where(CameraRow.code == camera.code, CameraRow.id != camera.id))
    if other is not None:
        raise ConflictError("camera.code_taken", f"code {camera.code} is {other}'s", code=camera.code, other=other)
    for zone in camera.zones:
        check_own_zone(session, camera.id, zone)
    check_masks(camera.id, camera.masks)


def check_keep_days(camera_id: str, days: int | None) -> None:
    """Raises RecordError `camera.keep_days`."""
    if days is not None and days < LEAST_KEEP_DAYS:
        raise RecordError("camera.keep_days", f"camera {camera_id}: keep at least {LEAST_KEEP_DAYS} days",
                          id=camera_id, least=LEAST_KEEP_DAYS)  # fmt: skip


def check_area(session: Session, area_id: str | None) -> None:
    """Raises RecordError `ground.no_area`. One that stands at a camera already may have gone since."""
    if area_id is not None and session.get(Area, area_id) is None:
        raise RecordError("ground.no_area", f"no area {area_id}", id=area_id, field="area_id")


def check_own_zone(session: Session, camera_id: str, zone: Zone) -> None:
    """As `lianqin.zone_check.check_zone`, and `zone.id`, `zone.elsewhere`, `text.too_long`, `calendar.missing`."""
    if not _plain_id(zone.id, 60):
        raise RecordError("zone.id", f"zone id {zone.id!r}: letters, digits, - and _, 60 at most", id=zone.id)
    check_zone(zone)
    check_length(AlertRow.zone_name, "name", zone.name)  # each of its alerts says it
    calendars.check_named(session, zone)
    row = session.get(ZoneRow, zone.id)
    if row is not None and row.camera_id != camera_id:
        raise ConflictError("zone.elsewhere", f"zone {zone.id} is of camera {row.camera_id}", id=zone.id, other=row.camera_id)  # fmt: skip


# --- writing -----------------------------------------------------------------------------------------------------------


def do_add_camera(session: Session, actor: Actor, named: NamedCamera, at: float) -> CameraRow:
    """Raises ConflictError `camera.exists` and what `check_camera` raises."""
    in_order(session)
    standing = session.scalar(select(CameraRow.id).where(func.lower(CameraRow.id) == named.camera.id.lower()))
    if standing is not None:
        raise ConflictError("camera.exists", f"camera {standing} exists", id=standing)
    named = named.settled(None)
    check_camera(session, named.camera)
    check_area(session, named.camera.area_id)
    row = CameraRow(id=named.camera.id, version=0, state="starting", state_reason="", zones=[],
                    masks=msgspec.to_builtins(named.camera.masks))  # fmt: skip
    _fill(row, named)
    session.add(row)
    for zone in named.camera.zones:
        row.zones.append(ZoneRow(id=zone.id, camera_id=row.id, record=msgspec.to_builtins(zone), name_en=named.zone_names_en.get(zone.id, "")))  # fmt: skip
    _changed(session, actor, row, action="camera.add", at=at, detail={"url": redact(row.url), "zones": len(row.zones)})
    return row


def do_change_camera(session: Session, actor: Actor, named: NamedCamera, at: float) -> CameraRow:
    """Everything but the zones. A redacted address keeps its password while its host stays, and so does one whose login comes without."""
    in_order(session)
    row = get_camera(session, named.camera.id)
    named = named.settled(row)
    camera = msgspec.structs.replace(named.camera, zones=())
    check_camera(session, camera)
    if camera.area_id != row.area_id:
        check_area(session, camera.area_id)
    changed = _fill(row, named)
    if changed:
        _changed(session, actor, row, action="camera.change", at=at, detail={"fields": changed})
    return row


def do_change_fields(
    session: Session, actor: Actor, row: CameraRow, values: Mapping[str, Any], *, bulk: str, at: float
) -> None:
    """These alone, as a part of the bulk change of that id, in the caller's order. Raises what `check_area` raises, and RecordError
    `camera.keep_days`."""
    if values.get("area_id") is not None and values["area_id"] != row.area_id:
        check_area(session, values["area_id"])
    check_keep_days(row.id, values.get("keep_days"))
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        _changed(session, actor, row, action="camera.change", at=at, detail={"fields": changed, "bulk": bulk})


def do_remove_camera(session: Session, actor: Actor, camera_id: str, at: float) -> None:
    """The camera and its zones go; its alerts stay."""
    in_order(session)
    row = get_camera(session, camera_id)
    audit.write(session, actor, "camera.remove", "camera", row.id, at=at, detail={"name": row.name, "zones": len(row.zones)})  # fmt: skip
    session.delete(row)
    session.flush()
    outbox.put(session, "camera", camera_id, None)
    feed.push(session, "camera", camera_id, at=at)


def do_put_zone(
    session: Session, actor: Actor, camera_id: str, zone: Zone, at: float, *, name_en: str | None = None
) -> ZoneRow:
    """Draw a zone or draw it anew; its version rises."""
    in_order(session)
    camera = get_camera(session, camera_id)
    check_own_zone(session, camera_id, zone)
    row = session.get(ZoneRow, zone.id)
    version = zone_of(row).version + 1 if row else 1
    record = msgspec.to_builtins(msgspec.structs.replace(zone, version=version, on_days=(), off_days=()))
    if row is None:
        row = ZoneRow(id=zone.id, camera_id=camera_id, record=record, name_en=name_en or "")
        camera.zones.append(row)
    else:
        row.record = record
        if name_en is not None:
            row.name_en = name_en
    session.flush()
    feed.push(session, "zone", zone.id, at=at)
    _changed(
        session, actor, camera, action="zone.put", at=at, detail={"zone": zone.id, "version": version}, zone_id=zone.id
    )
    return row


def do_remove_zone(session: Session, actor: Actor, camera_id: str, zone_id: str, at: float) -> None:
    """Raises NotFoundError `zone.missing`."""
    in_order(session)
    camera = get_camera(session, camera_id)
    row = next((zone for zone in camera.zones if zone.id == zone_id), None)
    if row is None:
        raise NotFoundError("zone.missing", f"no zone {zone_id} on {camera_id}", id=zone_id)
    camera.zones.remove(row)
    session.flush()
    feed.push(session, "zone", zone_id, at=at)
    _changed(session, actor, camera, action="zone.remove", at=at, detail={"zone": zone_id}, zone_id=zone_id)


def do_put_calendar(
    session: Session, actor: Actor, calendar_id: str | None, form: calendars.CalendarForm, at: float
) -> CalendarRow:
    """As `calendars.do_put`; the cameras whose zones name it are followed anew, under the calendar's own audit row."""
    row = calendars.do_put(session, actor, calendar_id, form, at)
    days = calendars.days_by_calendar(session)
    for camera_id in sorted({zone.camera_id for zone in calendars.zones_of(session, row.id)}):
        camera = get_camera(session, camera_id)
        camera.version += 1
        session.flush()
        outbox.put(session, "camera", camera.id, followed_camera(session, camera, days))
    return row


def do_put_masks(session: Session, actor: Actor, camera_id: str, masks: tuple[Polygon, ...], at: float) -> CameraRow:
    """All of the camera's masks at once: it is opened anew, and what was kept of it in the workers' memory goes.

    Raises what `check_masks` raises."""
    in_order(session)
    row = get_camera(session, camera_id)
    check_masks(camera_id, masks)
    before = masks_of(row)
    if masks != before:
        row.masks = msgspec.to_builtins(masks)
        detail = {"before": msgspec.to_builtins(before), "masks": row.masks}
        _changed(session, actor, row, action="camera.masks", at=at, detail=detail)
    return row


def put_camera(session: Session, actor: Actor, named: NamedCamera, at: float) -> bool:
    """Add it, or make an existing one equal to it, zones included (for imports). False when nothing changed."""
    row = session.get(CameraRow, named.camera.id)
    if row is None:
        do_add_camera(session, actor, named, at)
        return True
    before = row.version
    do_change_camera(session, actor, named, at)
    if named.camera.masks:  # a list that says nothing of masks takes none off
        do_put_masks(session, actor, row.id, named.camera.masks, at)
    wanted = {zone.id: zone for zone in named.camera.zones}
    for gone in [zone.id for zone in row.zones if zone.id not in wanted]:
        do_remove_zone(session, actor, row.id, gone, at)
    present = {zone.id: zone for zone in row.zones}
    for zone in named.camera.zones:
        old_row = present.get(zone.id)
        name_en = named.zone_names_en.get(zone.id, "")
        if old_row is not None and old_row.name_en == name_en:
            old = zone_of(old_row)
            if msgspec.structs.replace(zone, version=old.version) == old:
                continue
        do_put_zone(session, actor, row.id, zone, at, name_en=name_en)
    return row.version != before


def _fill(row: CameraRow, named: NamedCamera) -> list[str]:
    changed = [name for name in _FIELDS if getattr(row, name, None) != getattr(named.camera, name)]
    for name in changed:
        setattr(row, name, getattr(named.camera, name))
    if row.name_en != named.name_en:
        row.name_en = named.name_en
        changed.append("name_en")
    return changed


def _changed(
    session: Session, actor: Actor, row: CameraRow, *, action: str, at: float, detail: dict[str, Any],
    zone_id: str | None = None,
) -> None:  # fmt: skip
    row.version += 1
    session.flush()
    kind, thing = ("zone", zone_id) if zone_id else ("camera", row.id)
    audit.write(session, actor, action, kind, thing, at=at, detail=detail | {"camera_version": row.version})
    outbox.put(session, "camera", row.id, followed_camera(session, row))
    feed.push(session, "camera", row.id, at=at)
