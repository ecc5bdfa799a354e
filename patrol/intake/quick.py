"""The short way of what nearly every post is: Traccar's plain query string of an enrolled phone.

It says exactly what `accept.accept` says of such a request, or None: then that one is asked. (A test holds them equal.)
"""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from lianqin.records import Fix, encode
from patrol.intake.accept import AHEAD_S, OLDEST_S, id_of
from patrol.intake.devices import Devices
from patrol.intake.readers import HUGE, KNOT_MPS, MS_FROM
from patrol.intake.writer import LATE_S, Item

_NUMERIC: Final = b"0123456789.-"
_SHAPE: Final = re.compile(rb"[A-Za-z_]+=[A-Za-z]*(&[A-Za-z_]+=[A-Za-z]*)*").fullmatch
_OTHERWISE: Final = frozenset({b"location", b"alarm", b"heading", b"deviceid"})
"""With one of these it is not plain."""
_MOST_SHAPES: Final = 100_000
_Positive = Annotated[float, Meta(ge=0, le=HUGE)]


class _Plain(msgspec.Struct, gc=False):
    id: str
    timestamp: _Positive
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    speed: _Positive | None = None
    bearing: Annotated[float, Meta(ge=0, le=360)] | None = None
    altitude: Annotated[float, Meta(ge=-HUGE, le=HUGE)] | None = None
    accuracy: _Positive | None = None
    batt: Annotated[float, Meta(ge=0, le=100)] | None = None


_decode = msgspec.json.Decoder(_Plain, strict=False).decode


class Quick:
    """Remembers the shapes (what is left of a query without its figures) that it found plain: a phone has one or two.

    A plain query becomes JSON by two replacements, since its shape holds nothing that JSON would read otherwise.
    """

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._shapes: set[bytes] = set()

    def item(self, query: bytes, now: float) -> Item | None:
        """What to store, or None where anything at all is out of the ordinary."""
        shape = query.translate(None, _NUMERIC)
        if shape not in self._shapes and not self._is_plain(shape):
            return None
        try:
            sent = _decode(b'{"%b"}' % query.replace(b"&", b'","').replace(b"=", b'":"'))
        except msgspec.MsgspecError:
            return None
        device = self._devices.spoke.get(sent.id) or self._devices.of(sent.id)
        if device is None or device.revoked or device.coord_sys != "wgs84":
            return None
        at, lat, lon, speed = sent.timestamp, sent.lat, sent.lon, sent.speed
        if at > MS_FROM:
            at /= 1000
        if not now - OLDEST_S <= at <= now + AHEAD_S or (lat == 0 and lon == 0):
            return None
        fix = Fix(
            id_of(device.id, at, lat, lon), device.id, device.guard_id, at, now, lat, lon, sent.accuracy or None,
            None if speed is None else speed * KNOT_MPS, sent.bearing, sent.altitude, sent.batt, None, "traccar8",
        )  # fmt: skip
        return Item(now, device.guard_id, encode(fix), now - at > LATE_S)

    def _is_plain(self, shape: bytes) -> bool:
        """Letters alone, no name twice, none that means more than itself. (Two names that differ in figures look like
        one here: then it is not plain, and no harm done.)"""
        if not _SHAPE(shape):
            return False
        names = [part.partition(b"=")[0] for part in shape.split(b"&")]
        if len(set(names)) < len(names) or not _OTHERWISE.isdisjoint(names):
            return False
        if len(self._shapes) > _MOST_SHAPES:
            self._shapes.clear()
        self._shapes.add(shape)
        return True
