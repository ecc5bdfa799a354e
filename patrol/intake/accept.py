"""From what a client sent to a fix of an enrolled device, or to quarantine with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from lianqin.errors import RecordError
from lianqin.geo import to_wgs84
from lianqin.records import Device, Fix, Quarantined, new_id
from patrol.credential import credential_sha256
from patrol.intake.readers import Heartbeat, Read, Report, Request, is_owntracks, named_credentials, read

OLDEST_S: Final = 30 * 86_400.0
AHEAD_S: Final = 86_400.0
RAW_KEPT: Final = 4000
UNKNOWN_DEVICE: Final = "unknown device"
_PREFIX: Final = "fx-"
_SMALL: Final = 1e-3
"""Degrees; below it JSON and `repr` write a float in two ways."""
_figures = msgspec.json.Encoder().encode
_sha256 = hashlib.sha256


class Accepted(msgspec.Struct, frozen=True):
    """What one request comes to: a fix, a sign of life alone (`guard_id`), or something for quarantine."""

    client: str
    fix: Fix | None = None
    guard_id: str | None = None
    quarantined: Quarantined | None = None


def fix_id(device_id: str, report: Report, at: float) -> str:
    """The same fix sent again has the same id: from the client's own id, else from device, time and place."""
    if report.own_id is None:
        return id_of(device_id, at, report.lat, report.lon)
    return _hashed(f"{device_id}|{report.own_id}|{at!r}")


def id_of(device_id: str, at: float, lat: float, lon: float) -> str:
    """The id of a fix that brings none of its own."""
    if abs(lat) < _SMALL or abs(lon) < _SMALL:
        when = repr(at)
        return _hashed(f"{device_id}|{when},{lat!r},{lon!r}|{when}")
    figures = _figures((at, lat, lon))[1:-1]  # the same text, in half the time
    return (
        _PREFIX + _sha256(b"%b|%b|%b" % (device_id.encode(), figures, figures[: figures.find(b",")])).hexdigest()[:32]
    )


def _hashed(text: str) -> str:
    return _PREFIX + _sha256(text.encode()).hexdigest()[:32]


def accept(request: Request, devices: Mapping[str, Device], now: float) -> Accepted:
    """`devices` by credential sha256. Never raises for what a client sent: all of it has a fate."""
    client = "owntracks" if is_owntracks(request) else "unknown"
    try:
        report = read(request)
        return _of(report, devices, now)
    except RecordError as error:
        why = str(error.values.get("why", error.detail))
    return Accepted(client, quarantined=_aside(request, client, why, now, devices))


def _of(report: Read, devices: Mapping[str, Device], now: float) -> Accepted:
    device = devices.get(credential_sha256(report.credential)) if report.credential else None
    if device is None or device.revoked:
        why = UNKNOWN_DEVICE if device is None else "revoked device"
        raise RecordError("fix.unknown_device", why, why=why)
    if isinstance(report, Heartbeat):
        return Accepted(report.client, guard_id=device.guard_id)
    return Accepted(report.client, fix=fix_of(report, device, now), guard_id=device.guard_id)


def fix_of(report: Report, device: Device, now: float) -> Fix:
    """Raises RecordError `fix.unreadable` for a time or a place that can't be."""
    at = now if report.at is None else report.at
    if report.lat == 0 and report.lon == 0:
        raise RecordError("fix.unreadable", "at 0, 0", why="at 0, 0: a client before its first fix")
    if not now - OLDEST_S <= at <= now + AHEAD_S:
        raise RecordError("fix.unreadable", "implausible time", why=f"implausible time: {at - now:+.0f} s from ours")
    lon, lat = to_wgs84((report.lon, report.lat), device.coord_sys)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RecordError(
            "fix.unreadable", "beyond the poles", why=f"no place on earth once {device.coord_sys} is undone"
        )
    return Fix(
        id=fix_id(device.id, report, at), device_id=device.id, guard_id=device.guard_id, at=at, received_at=now, lat=lat,
        lon=lon, accuracy_m=report.accuracy_m or None, speed_mps=report.speed_mps, course=report.course,
        altitude_m=report.altitude_m, battery_pct=report.battery_pct, alarm=report.alarm, client=report.client,
        coord_sys_sent=device.coord_sys,
    )  # fmt: skip


def _aside(request: Request, client: str, why: str, now: float, devices: Mapping[str, Device]) -> Quarantined:
    """The message for the administrator, without what would let him send in a guard's name: an enrolled credential is
    replaced by its device's id, a password (it comes in a header) is not kept at all."""
    raw = request.query + ("\n" if request.query and request.body else "") + request.body.decode("utf-8", "replace")
    for secret in named_credentials(request):
        device = devices.get(credential_sha256(secret))
        if device is not None:
            raw = raw.replace(secret, f"<{device.id}>")
    return Quarantined(id=new_id("qu", now), received_at=now, client=client, why=why[:80], raw=raw[:RAW_KEPT])
