"""What Traccar's clients send.

8 and older (OsmAnd): query string, speed in knots. 9: JSON `{device_id, location}`, m/s, battery 0 to 1, -1 for unknown;
with batches on, `location` is a list. 10: the fields of 8 in a form body, or as an array of flat JSON objects that may
hold `imei` and `battery_*` too (its `HttpUploader`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from lianqin.errors import RecordError
from patrol.intake.fields import sane, sane_place
from patrol.intake.reports import (
    KNOT_MPS,
    HttpRequest,
    Part,
    PositionReport,
    RawReport,
    SosSent,
    UnreadableReport,
    odd,
    parts_of,
)
from patrol.intake.sos import json_calls, pairs_call
from patrol.intake.values import first_of_each, is_json, json_of, json_text, pairs_of, plain, text_of

MOST_ITEMS: Final = 8000
"""More that make sense do not fit into the longest body that is taken."""
CREDENTIALS: Final = ("id", "deviceid", "device_id")
"""Names of the field that holds it, in a query, a form or JSON."""
_NAMED: Final = re.compile(r'"(?:id|deviceid|device_id)"\s*:\s*"?([^"\\,}\n]*)')


def knows_9(request: HttpRequest) -> bool:
    return is_json(request.body) and b'"device_id"' in request.body


def knows_10(request: HttpRequest) -> bool:
    return bool(request.body)


def knows_8(request: HttpRequest) -> bool:
    return bool(request.query)


def read_9(request: HttpRequest) -> tuple[Part, ...]:
    return _json("traccar9", request)


def read_10(request: HttpRequest) -> tuple[Part, ...]:
    if is_json(request.body):
        return _json("traccar10", request)
    return _form("traccar10", pairs_of(request.query), pairs_of(request.body.decode("utf-8", "replace")))


def read_8(request: HttpRequest) -> tuple[Part, ...]:
    return _form("traccar8", pairs_of(request.query))


def credentials_in_query(request: HttpRequest) -> frozenset[str]:
    """What stands where the client has its credential, whether or not the rest can be read."""
    return _named(pairs_of(request.query))


def credentials_in_body(request: HttpRequest) -> frozenset[str]:
    """The same for a form body and for JSON, broken or not."""
    text = request.body.decode("utf-8", "replace")
    found = {credential.strip() for raw in (text, plain(text)) for credential in _NAMED.findall(raw)}
    return _named(pairs_of(text)) | (found - {""})


def _named(pairs: list[tuple[str, str]]) -> frozenset[str]:
    return frozenset(value for name, value in pairs if name in CREDENTIALS and value)


def _form(client: str, query: list[tuple[str, str]], body: list[tuple[str, str]] | None = None) -> tuple[Part, ...]:
    """Fields of the query and of the body are taken together; the body's count first."""
    pairs = (body or []) + query
    return _flat(client, first_of_each(pairs), calls=pairs_call(pairs))


def _device(fields: Mapping[str, Any]) -> str:
    for name in CREDENTIALS:
        raw = fields.get(name)
        if raw and isinstance(raw, str | int) and not isinstance(raw, bool):
            return str(raw)
    return ""


def _flat(client: str, fields: Mapping[str, Any], *, calls: bool) -> tuple[Part, ...]:
    """One report of plain fields, from a query, a form or a JSON object."""
    device = _device(fields)
    if not device and not calls:
        raise odd("no device id")
    lat, lon, alarm = fields.get("lat"), fields.get("lon"), fields.get("alarm")
    location = fields.get("location")
    if isinstance(location, str) and "," in location:
        lat, lon = location.split(",")[:2]
    return parts_of(RawReport(
        client, device, device, lat, lon, fields.get("timestamp"),
        {
            "accuracy_m": sane("accuracy_m", fields.get("accuracy")),
            "speed_mps": sane("speed_mps", fields.get("speed"), KNOT_MPS),
            "course": sane("course", fields.get("bearing", fields.get("heading"))),
            "altitude_m": sane("altitude_m", fields.get("altitude")),
            "battery_pct": sane("battery_pct", fields.get("batt")),
        },
        alarm, calls, kind=f"alarm {text_of(alarm)}" if alarm else "heartbeat",
    ))  # fmt: skip


def _json(client: str, request: HttpRequest) -> tuple[Part, ...]:
    """An object or an array of them, each an envelope of 9 or the flat form of 10."""
    try:
        found = json_of(request.body)
    except ValueError as error:
        raise odd(str(error)) from None
    if not isinstance(found, list):
        return _object(client, found)
    if not found:
        raise odd("not a JSON object: an empty array")
    return each_of(found, lambda item: _object(client, item))


def each_of(items: list[Any], read: Callable[[Any], tuple[Part, ...]]) -> tuple[Part, ...]:
    """Every item's parts; one that can't be used spoils no other."""
    parts: list[Part] = []
    for item in items[:MOST_ITEMS]:
        try:
            parts += read(item)
        except RecordError as error:
            parts.append(UnreadableReport(str(error.values["why"]), json_text(item)))
    if len(items) > MOST_ITEMS:
        parts.append(UnreadableReport(f"{len(items) - MOST_ITEMS} more items than are read", ""))
    return tuple(parts)


def _object(client: str, found: Any) -> tuple[Part, ...]:
    if not isinstance(found, dict):
        raise odd("not a JSON object")
    location, device = found.get("location"), _device(found)
    if isinstance(location, list):
        return _locations(client, device, found, location)
    if isinstance(location, dict) or ("device_id" in found and "lat" not in found):
        return _location(client, device, location, calls=json_calls(found))
    return _flat(client, found, calls=json_calls(found))


def _locations(client: str, device: str, envelope: dict[str, Any], locations: list[Any]) -> tuple[Part, ...]:
    def read(one: Any) -> tuple[Part, ...]:
        if not isinstance(one, dict):
            raise odd("not a JSON object")
        return _location(client, device, one, calls=json_calls(one))

    parts = each_of(locations, read)
    around = {name: value for name, value in envelope.items() if name != "location"}
    if json_calls(around) and not any(isinstance(part, SosSent) for part in parts):
        last = next(
            (part for part in reversed(parts) if isinstance(part, PositionReport) and sane_place(part.lat, part.lon)),
            None,
        )
        call = SosSent(client, device, device)
        return (call if last is None else replace(call, at=last.at, lat=last.lat, lon=last.lon), *parts)
    return parts or _location(client, device, None, calls=False)


def _location(client: str, device: str, location: Any, *, calls: bool) -> tuple[Part, ...]:
    """One `location` of an envelope."""
    if not device and not calls:
        raise odd("no device id")
    location = _inner(location)
    coords = _inner(location.get("coords"))
    lat, lon = (coords.get("latitude"), coords.get("longitude")) if coords else (None, None)
    if coords and lat is None and lon is None and not calls:
        raise odd("no place: coords without latitude and longitude")
    return parts_of(RawReport(
        client, device, device, lat, lon, location.get("timestamp"),
        {
            "accuracy_m": sane("accuracy_m", coords.get("accuracy")),
            "speed_mps": sane("speed_mps", coords.get("speed")),
            "course": sane("course", coords.get("heading")),
            "altitude_m": sane("altitude_m", coords.get("altitude")),
            "battery_pct": sane("battery_pct", _inner(location.get("battery")).get("level"), 100),
        },
        location.get("alarm") or _inner(location.get("extras")).get("alarm"), calls, location.get("uuid"),
    ))  # fmt: skip


def _inner(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}
