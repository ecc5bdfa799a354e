"""The short way of what nearly every post is: Traccar's plain query string of an enrolled phone.

It says exactly what `accept.accept` says of such a request, or None: then that one is asked. (A test holds them equal.)
"""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from lianqin.decoding import json_decoder
from lianqin.records import Fix, encode
from patrol.intake.accept import AHEAD_S, OLDEST_S, id_of
from patrol.intake.devices import Devices
from patrol.intake.fields import FIELDS
from patrol.intake.reports import KNOT_MPS
from patrol.intake.values import HUGE, MS_FROM
from patrol.intake.writer import LATE_S, WriteItem

_NUMERIC: Final = b"0123456789.-"
_SHAPE: Final = re.compile(rb"[A-Za-z_]+=[A-Za-z]*(&[A-Za-z_]+=[A-Za-z]*)*").fullmatch
_OTHERWISE: Final = frozenset({b"location", b"alarm", b"alarms", b"event", b"heading", b"deviceid", b"device_id"})
"""With one of these it is not plain."""
_MOST_SHAPES: Final = 100_000
_Lat, _Lon, _Accuracy, _Course, _Altitude, _Battery = (
    Meta(ge=FIELDS[name].low, le=FIELDS[name].high)
    for name in ("lat", "lon", "accuracy_m", "course", "altitude_m", "battery_pct")
)
_Knots = Meta(ge=0, le=int(FIELDS["speed_mps"].high / KNOT_MPS))


class _Plain(msgspec.Struct, gc=False):
    """A figure out of its range is none of the plain ones: then that field is dropped the long way."""

    id: str
    timestamp: Annotated[float, Meta(ge=0, le=HUGE)]
    lat: Annotated[float, _Lat]
    lon: Annotated[float, _Lon]
    speed: Annotated[float, _Knots] | None = None
    bearing: Annotated[float, _Course] | None = None
    altitude: Annotated[float, _Altitude] | None = None
    accuracy: Annotated[float, _Accuracy] | None = None
    batt: Annotated[float, _Battery] | None = None


_decode = json_decoder(_Plain, strict=False).decode


class Quick:
    """Remembers the shapes (what is left of a query without its figures) that it found plain: a phone has one or two.

    A plain query becomes JSON by two replacements, since its shape holds nothing that JSON would read otherwise.
    """

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._shapes: set[bytes] = set()

    def item(self, query: bytes, now: float) -> WriteItem | None:
        """What to store, or None where anything at all is out of the ordinary."""
        shape = query.translate(None, _NUMERIC)
        if b"=-0" in query or (shape not in self._shapes and not self._is_plain(shape)):
            return None  # JSON reads `-0` as a whole number, which has no sign
        try:
            sent = _decode(b'{"%b"}' % query.replace(b"&", b'","').replace(b"=", b'":"'))
        except msgspec.MsgspecError:
            return None
        device = self._devices.spoke.get(sent.id) or self._devices.of(sent.id)
        if device is None or device.revoked or device.coord_sys != "wgs84" or device.clock_off_s:
            return None
        self._remember(shape)
        at, lat, lon, speed = sent.timestamp, sent.lat, sent.lon, sent.speed
        if at > MS_FROM:
            at /= 1000
        if not now - OLDEST_S <= at <= now + AHEAD_S or (lat == 0 and lon == 0):
            return None
        fix = Fix(
            id_of(device.id, at, lat, lon), device.id, device.guard_id, at, now, lat, lon, sent.accuracy or None,
            None if speed is None else speed * KNOT_MPS, sent.bearing, sent.altitude, sent.batt, None, "traccar8",
        )  # fmt: skip
        return WriteItem(now, device.guard_id, encode(fix), now - at > LATE_S)

    def _is_plain(self, shape: bytes) -> bool:
        """Letters alone, no name twice, none that means more than itself. (Two names that differ in figures look like
        one here: then it is not plain, and no harm done.)"""
        if not _SHAPE(shape):
            return False
        names = [part.partition(b"=")[0] for part in shape.split(b"&")]
        return len(set(names)) == len(names) and _OTHERWISE.isdisjoint(map(bytes.lower, names))

    def _remember(self, shape: bytes) -> None:
        """Of an enrolled phone alone: what strangers send takes no room here."""
        if shape not in self._shapes:
            if len(self._shapes) > _MOST_SHAPES:
                self._shapes.clear()
            self._shapes.add(shape)
