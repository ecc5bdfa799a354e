"""What OwnTracks sends: JSON with `_type`, km/h, the credential as password of HTTP Basic; one object or an array."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from patrol.intake.fields import number_of, sane
from patrol.intake.reports import KMH_MPS, Heartbeat, HttpRequest, Part, RawReport, SosSent, odd, parts_of
from patrol.intake.sos import json_calls
from patrol.intake.traccar import each_of
from patrol.intake.values import json_of, text_of

_NAME: Final = "owntracks"


def knows(request: HttpRequest) -> bool:
    return "x-limit-u" in request.headers or b'"_type"' in request.body


def password_of(request: HttpRequest) -> frozenset[str]:
    """The password of HTTP Basic, where there is one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return frozenset()
    try:
        found = base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return frozenset()
    return frozenset({found} - {""})


def read(request: HttpRequest) -> tuple[Part, ...]:
    credential = next(iter(password_of(request)), "")
    named = "/".join(filter(None, (request.headers.get("x-limit-u"), request.headers.get("x-limit-d"))))
    if not request.body:
        return (Heartbeat(_NAME, named, credential, "empty"),)
    try:
        found = json_of(request.body)
    except ValueError as error:
        raise odd(str(error)) from None
    if not isinstance(found, list):
        return _one(found, named, credential)
    if not found:
        return (Heartbeat(_NAME, named, credential, "empty"),)
    return each_of(found, lambda item: _one(item, named, credential))


def _one(found: Any, named: str, credential: str) -> tuple[Part, ...]:
    if not isinstance(found, dict):
        raise odd("not a JSON object")
    topic = (text_of(found.get("topic")) or "").removeprefix("owntracks/")
    device = topic or named or text_of(found.get("tid")) or ""
    kind, calls = text_of(found.get("_type")), json_calls(found)
    if kind != "location":
        if calls:
            return (SosSent(_NAME, device, credential),)
        if kind is None:
            raise odd("no _type")
        if kind == "encrypted":
            raise odd("encrypted: the intake holds no key")
        return (Heartbeat(_NAME, device, credential, kind),)
    lat, lon, tst = found.get("lat"), found.get("lon"), found.get("tst")
    if not calls:
        if lat is None and lon is None:
            raise odd("no place: neither lat nor lon")
        number = number_of(tst)
        if number is not None and number <= 0:
            raise odd("tst is 0")
    return parts_of(RawReport(
        _NAME, device, credential, lat, lon, tst,
        {
            "accuracy_m": sane("accuracy_m", found.get("acc")),
            "speed_mps": sane("speed_mps", found.get("vel"), KMH_MPS),
            "course": sane("course", found.get("cog")),
            "altitude_m": sane("altitude_m", found.get("alt")),
            "battery_pct": sane("battery_pct", found.get("batt")),
        },
        found.get("alarm"), calls, found.get("_id"),
    ))  # fmt: skip
