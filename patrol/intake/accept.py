"""From what a client sent to fixes and calls for help of enrolled devices, or to quarantine with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from lianqin.errors import RecordError
from lianqin.geo import to_wgs84
from lianqin.records import Device, Fix, Quarantined, SosCall, new_id
from lianqin.texts import storable_bytes
from patrol.devices.credential import credential_sha256
from patrol.intake.fields import sane_place
from patrol.intake.quarantine import Scrub
from patrol.intake.readers import (
    UNKNOWN_CLIENT,
    Heartbeat,
    HttpRequest,
    Part,
    PositionReport,
    SosSent,
    UnreadableReport,
    client_of,
    credentials_in,
    read,
    says_sos,
)
from patrol.intake.refusals import failure_of
from patrol.intake.reports import SOS, odd
from patrol.intake.writer import WriteItem, heartbeat_of, item_of, join_items

OLDEST_S: Final = 30 * 86_400.0
AHEAD_S: Final = 86_400.0
RAW_KEPT: Final = 4000
"""Bytes of a message, as UTF-8 and as JSON writes it."""
MOST_ASIDE: Final = 100
"""Of one message that are kept apart one by one; the last of them says how many more there were."""
READER_FAILED: Final = "our reader failed at it"
UNKNOWN_DEVICE: Final = "unknown device"
REVOKED_DEVICE: Final = "revoked device"
SOS_UNKNOWN_DEVICE: Final = "sos.unknown_device"
SOS_REVOKED_DEVICE: Final = "sos.revoked_device"
_PREFIX: Final = "fx-"
_SMALL: Final = 1e-3
"""Degrees; below it JSON and `repr` write a float in two ways."""
_SAME_CALL_S: Final = 60.0
Keeps = Callable[[bool], bool]
"""Asked once of a message that no enrolled device proves, with whether it calls for help: is it kept?"""
_figures = msgspec.json.Encoder().encode
_sha256 = hashlib.sha256


class Accepted(msgspec.Struct, frozen=True):
    """What one request comes to. `guards`: whose phones gave a sign of life; `alive`: (device, guard) of
    those that spoke without a place. `unknown`: a device in it is not on the list,
    which may be a moment old. `failed`: where our own reader failed at it."""

    client: str
    fixes: tuple[Fix, ...] = ()
    calls: tuple[SosCall, ...] = ()
    guards: tuple[str, ...] = ()
    alive: tuple[tuple[str, str], ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    unknown: bool = False
    failed: str = ""


def fix_id(device_id: str, report: PositionReport, at: float) -> str:
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


def accept(
    request: HttpRequest, devices: Mapping[str, Device], now: float, *, keeps: Keeps | None = None, cut: bool = False
) -> Accepted:
    """`devices` by credential sha256. Never raises for what a client sent: all of it has a fate. `keeps` None: all is kept.
    `cut`: it is the beginning of a stranger's longer message, and is not read."""
    client = client_of(request)
    sorting = _Sorting(client.name if client else UNKNOWN_CLIENT, request, devices, now)
    failed = ""
    try:
        if cut:
            sorting.broken(UNKNOWN_DEVICE)
        else:
            sorting.take(read(request))
    except RecordError as error:
        sorting.broken(str(error.values.get("why", error.detail)))
    except Exception as error:  # noqa: BLE001 - whatever a reader trips over, the message has its fate and is not sent for ever
        failed = failure_of(error)
        sorting.broken(READER_FAILED)
    return sorting.done(keeps, failed)


def item_for(found: Accepted, now: float) -> WriteItem:
    """All of it as one item, durable together."""
    items = [item_of(now, None, call.guard_id, sos=call) for call in found.calls]
    items += [item_of(now, fix, fix.guard_id) for fix in found.fixes]
    heard = {item.guard_id for item in items}
    items += [heartbeat_of(now, guard_id, device_id) for device_id, guard_id in found.alive if guard_id not in heard]
    heard |= {guard_id for _, guard_id in found.alive}
    items += [WriteItem(now, guard_id) for guard_id in found.guards if guard_id not in heard]
    items += [item_of(now, None, None, aside) for aside in found.quarantined]
    return join_items(items or [WriteItem(now)])


def fix_of(report: PositionReport, device: Device, now: float) -> Fix:
    """Raises RecordError `fix.unreadable` for a time or a place that can't be."""
    sent_at = now if report.at is None else report.at
    off_s = device.clock_off_s if report.at is not None else 0.0
    at = sent_at - off_s
    if report.lat == 0 and report.lon == 0:
        raise odd("at 0, 0: a client before its first fix")
    if not now - OLDEST_S <= at <= now + AHEAD_S:
        raise odd(f"implausible time: {at - now:+.0f} s from ours")
    lon, lat = to_wgs84((report.lon, report.lat), device.coord_sys)
    if sane_place(lat, lon) is None:
        raise odd(f"no place on earth once {device.coord_sys} is undone")
    return Fix(
        id=fix_id(device.id, report, sent_at), device_id=device.id, guard_id=device.guard_id, at=at, received_at=now, lat=lat,
        lon=lon, accuracy_m=report.accuracy_m or None, speed_mps=report.speed_mps, course=report.course,
        altitude_m=report.altitude_m, battery_pct=report.battery_pct, alarm=report.alarm, client=report.client,
        coord_sys_sent=device.coord_sys, clock_off_s=off_s,
    )  # fmt: skip


def sos_of(sent: SosSent, device: Device, now: float) -> SosCall:
    """Never refused: a place that is none on earth is left out. Sent again it has the same id by the client's own id, else
    within a minute: the same bytes later on are another press of the button on a phone whose place did not change."""
    place = sane_place(sent.lat, sent.lon)
    if place is not None:
        lon, lat = to_wgs84((place[1], place[0]), device.coord_sys)
        place = sane_place(lat, lon)
    said = sent.own_id or f"{sent.at!r},{sent.lat!r},{sent.lon!r},{now // _SAME_CALL_S:.0f}"
    return SosCall(
        id="so-" + _sha256(f"{device.id}|{said}".encode()).hexdigest()[:32], device_id=device.id, guard_id=device.guard_id,
        received_at=now, at=sent.at, lat=place[0] if place else None, lon=place[1] if place else None,
        accuracy_m=sent.accuracy_m or None if place else None, client=sent.client,
    )  # fmt: skip


class _Sorting:
    """One request's parts, each to its fate."""

    def __init__(self, client: str, request: HttpRequest, devices: Mapping[str, Device], now: float) -> None:
        self._client, self._request, self._devices, self._now = client, request, devices, now
        self._alone = False
        self._fixes: list[Fix] = []
        self._calls: list[SosCall] = []
        self._guards: dict[str, None] = {}
        self._alive: dict[tuple[str, str], None] = {}
        self._aside: list[tuple[str, str]] = []
        """Reasons, and the part alone; an empty text: the whole message."""
        self._strangers: dict[str, str] = {}
        """By credential that is not enrolled: the reason."""

    def take(self, parts: tuple[Part, ...]) -> None:
        self._alone = len(parts) == 1
        for part in parts:
            self._sort(part)
        if any(isinstance(part, SosSent) for part in parts) or says_sos(self._request, broken=False):
            self._call_by_any()

    def broken(self, why: str) -> None:
        """Nothing in it could be read; a call for help in it is heard all the same."""
        if says_sos(self._request, broken=True):
            self._call_by_any()
        if not self._strangers:
            self._aside.append((why, ""))

    def _call_by_any(self) -> None:
        """Where nobody enrolled called yet: whoever's credential stands anywhere in the message."""
        if self._calls:
            return
        for credential in sorted(credentials_in(self._request)):
            if self._device(credential) is not None:
                self._sort(SosSent(self._client, credential, credential))
        if self._calls:
            self._strangers.pop("", None)
        elif {SOS_UNKNOWN_DEVICE, SOS_REVOKED_DEVICE}.isdisjoint(self._strangers.values()):
            self._strangers |= dict.fromkeys(self._strangers or ("",), SOS_UNKNOWN_DEVICE)

    def done(self, keeps: Keeps | None, failed: str) -> Accepted:
        return Accepted(
            self._client, tuple(self._fixes), tuple(self._calls), tuple(self._guards), tuple(self._alive), self._quarantined(keeps),
            unknown=not {UNKNOWN_DEVICE, SOS_UNKNOWN_DEVICE}.isdisjoint(self._strangers.values()), failed=failed,
        )  # fmt: skip

    def _device(self, credential: str) -> Device | None:
        return self._devices.get(credential_sha256(credential)) if credential else None

    def _sort(self, part: Part) -> None:
        if isinstance(part, UnreadableReport):
            self._aside.append((part.why, part.raw))
            return
        device = self._device(part.credential)
        if device is None or device.revoked:
            self._strange(part, device)
            return
        self._guards[device.guard_id] = None
        if isinstance(part, SosSent):
            self._calls.append(sos_of(part, device, self._now))
        elif isinstance(part, PositionReport):
            self._report(part, device)
        else:
            self._alive[device.id, device.guard_id] = None

    def _strange(self, part: PositionReport | SosSent | Heartbeat, device: Device | None) -> None:
        if isinstance(part, SosSent):
            self._strangers[part.credential] = SOS_REVOKED_DEVICE if device else SOS_UNKNOWN_DEVICE
        else:
            self._strangers.setdefault(part.credential, REVOKED_DEVICE if device else UNKNOWN_DEVICE)

    def _report(self, report: PositionReport, device: Device) -> None:
        try:
            self._fixes.append(fix_of(report, device, self._now))
        except RecordError as error:
            if report.alarm != SOS:
                said = "" if self._alone else msgspec.json.encode(replace(report, device="", credential="")).decode()
                self._aside.append((str(error.values["why"]), said))

    def _quarantined(self, keeps: Keeps | None) -> tuple[Quarantined, ...]:
        asides = [(why, "") for why in self._strangers.values()] + self._aside
        if not asides:
            return ()
        if keeps is not None and not self._guards:
            calls = not {SOS_UNKNOWN_DEVICE, SOS_REVOKED_DEVICE}.isdisjoint(self._strangers.values())
            asides = asides[:1] if keeps(calls) else []
            if not asides:
                return ()
        scrub, now = Scrub(self._request, self._devices), self._now
        if len(asides) > MOST_ASIDE:
            more = len(asides) - MOST_ASIDE + 1
            asides = [*asides[: MOST_ASIDE - 1], (f"and {more} more of the same message", "")]
        whole = storable_bytes(scrub.text(scrub.whole), RAW_KEPT)
        return tuple(
            Quarantined(id=new_id("qu", now), received_at=now, client=self._client, why=storable_bytes(scrub.text(why), 240)[:80],
                        raw=storable_bytes(scrub.text(raw), RAW_KEPT) if raw else whole)
            for why, raw in asides
        )  # fmt: skip
