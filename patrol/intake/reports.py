"""What readers read: a request, and what is in it, in one form for every client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from lianqin.errors import RecordError
from patrol.intake.fields import sane, sane_place
from patrol.intake.values import TEXT_KEPT, moment_of, quoted, text_of

KNOT_MPS: Final = 1852 / 3600
KMH_MPS: Final = 1 / 3.6
_EPOCH_MOST: Final = 1e10
"""`lianqin.records.Epoch` ends here."""
SOS: Final = "sos"


class HttpRequest(msgspec.Struct, frozen=True):
    """One HTTP request; `headers` by lower-case name, those of `readers.HEADERS` are enough. `address`: whom it is counted for
    (`lianqin.peers.home_of`); empty: nobody."""

    query: str
    headers: Mapping[str, str]
    body: bytes
    address: str = ""

    @property
    def empty(self) -> bool:
        """A zero-length body or a health check: answered 200, and that is all."""
        return not self.query and not self.body and "x-limit-u" not in self.headers


class PositionReport(msgspec.Struct, frozen=True):
    """A position as sent. `at` None: no time was sent, that of arrival counts. `own_id`: the client's id of the fix.
    `alarm` is exactly "sos" where it calls for help, however that was spelt."""

    client: str
    device: str
    credential: str
    at: float | None
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    course: float | None = None
    altitude_m: float | None = None
    battery_pct: float | None = None
    alarm: str | None = None
    own_id: str | None = None


class SosSent(msgspec.Struct, frozen=True):
    """A call for help as sent, before its `PositionReport` if it has one. `at` and the place: None where there is none that can be
    (0/0 is none); the place in the device's own coordinates."""

    client: str
    device: str
    credential: str
    at: float | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    own_id: str | None = None


class Heartbeat(msgspec.Struct, frozen=True):
    """No position, but the phone lives. `kind`: what it was."""

    client: str
    device: str
    credential: str
    kind: str


class UnreadableReport(msgspec.Struct, frozen=True):
    """One of several in a message that can't be used. `raw`: it alone, as text."""

    why: str
    raw: str


Part = PositionReport | SosSent | Heartbeat | UnreadableReport


class RawReport(msgspec.Struct, frozen=True):
    """The fields of one report as a reader found them, as yet unchecked. `figures`: by name in `fields.FIELDS`, checked.
    `kind`: what it is where it has no place."""

    client: str
    device: str
    credential: str
    lat: Any = None
    lon: Any = None
    at: Any = None
    figures: Mapping[str, float | None] = {}
    alarm: Any = None
    calls: bool = False
    own_id: Any = None
    kind: str = "heartbeat"


def odd(why: str) -> RecordError:
    return RecordError("fix.unreadable", why, why=why)


def parts_of(found: RawReport) -> tuple[Part, ...]:
    """Raises RecordError `fix.unreadable` for a place or a time that can't be, unless it calls for help."""
    if not found.calls:
        return (_position(found),)
    return (_call(found), *_position_if_any(found))


def _position_if_any(found: RawReport) -> tuple[Part, ...]:
    try:
        part = _position(found)
    except RecordError:
        return ()
    return (part,) if isinstance(part, PositionReport) and sane_place(part.lat, part.lon) else ()


def _position(found: RawReport) -> PositionReport | Heartbeat:
    if found.lat is None and found.lon is None:
        return Heartbeat(found.client, found.device, found.credential, found.kind)
    lat, lon = sane("lat", found.lat), sane("lon", found.lon)
    if lat is None or lon is None:
        raise odd(f"no place: lat {quoted(found.lat)}, lon {quoted(found.lon)}")
    try:
        at = moment_of(found.at)
    except ValueError as error:
        raise odd(str(error)) from None
    alarm = text_of(found.alarm)
    return PositionReport(
        client=found.client, device=found.device, credential=found.credential, at=at, lat=lat, lon=lon, **found.figures,
        alarm=SOS if found.calls else alarm and alarm[:TEXT_KEPT], own_id=text_of(found.own_id),
    )  # fmt: skip


def _call(found: RawReport) -> SosSent:
    place = sane_place(found.lat, found.lon)
    try:
        at = moment_of(found.at)
    except ValueError:
        at = None
    if at is not None and not 0 < at < _EPOCH_MOST:
        at = None
    lat, lon = place or (None, None)
    return SosSent(found.client, found.device, found.credential, at, lat, lon,
                   found.figures.get("accuracy_m") if place else None, text_of(found.own_id))  # fmt: skip
