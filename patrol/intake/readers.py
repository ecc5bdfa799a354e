"""What public clients send, read into one form. An ordered table of readers; the first that knows the form reads it.

Forms and units: Traccar Client 8 (OsmAnd: query string, knots), Traccar 9 (JSON, m/s, battery 0-1, -1 unknown),
Traccar 10 (form body, knots), OwnTracks (JSON `_type`, km/h, Basic password).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from lianqin.errors import RecordError

KNOT_MPS: Final = 1852 / 3600
KMH_MPS: Final = 1 / 3.6
MS_FROM: Final = 1e11
"""A timestamp above it is in milliseconds."""
HUGE: Final = 1e15
"""No figure of a phone is larger; as a bound it refuses NaN and infinity too."""
_NAMED: Final = re.compile(rb'"device_id"\s*:\s*"([^"\\]*)"')
_TEXT_KEPT: Final = 64
"""Characters kept of an alarm, and of what is quoted in a reason."""


HEADERS: Final = frozenset({b"authorization", b"x-limit-u", b"x-limit-d"})
"""All that the readers look at."""


class Request(msgspec.Struct, frozen=True):
    """One HTTP request; `headers` by lower-case name, those of `HEADERS` are enough."""

    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def empty(self) -> bool:
        """A zero-length body or a health check: answered 200, and that is all."""
        return not self.query and not self.body and "x-limit-u" not in self.headers


class Report(msgspec.Struct, frozen=True):
    """A position as sent. `at` None: no time was sent, that of arrival counts. `own_id`: the client's id of the fix."""

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


class Heartbeat(msgspec.Struct, frozen=True):
    """No position, but the phone lives. `kind`: what it was."""

    client: str
    device: str
    credential: str
    kind: str


Read = Report | Heartbeat


def read(request: Request) -> Read:
    """Raises RecordError `fix.unreadable` that says why."""
    for _, knows, reader in READERS:
        if knows(request):
            return reader(request)
    raise _odd("no known form")


def answer_of(client: str) -> bytes:
    """What the client wants to hear with its 200."""
    return b"[]" if client == "owntracks" else b""


def is_owntracks(request: Request) -> bool:
    return "x-limit-u" in request.headers or b'"_type"' in request.body


def _odd(why: str) -> RecordError:
    return RecordError("fix.unreadable", why, why=why)


def _number(raw: Any, low: float = -HUGE, high: float = HUGE) -> float | None:
    """The number, or None where there is none that makes sense: an odd optional field spoils no position."""
    if raw is None or isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if low <= value <= high else None


def _place(lat: Any, lon: Any) -> tuple[float, float]:
    found = _number(lat, -90, 90), _number(lon, -180, 180)
    if found[0] is None or found[1] is None:
        raise _odd(f"no place: lat {lat!r}, lon {lon!r}")
    return found[0], found[1]


def _moment(raw: Any) -> float | None:
    """Seconds, milliseconds, ISO 8601 or `yyyy-MM-dd HH:mm:ss` (UTC where no zone is named)."""
    if raw is None or raw == "":
        return None
    number = _number(raw)
    if number is not None:
        return number / 1000 if number > MS_FROM else number
    try:
        found = datetime.fromisoformat(str(raw).strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise _odd(f"no time: {str(raw)[:_TEXT_KEPT]!r}") from None


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value * by


def _fields(text: str) -> dict[str, str]:
    """Query string or form body; of a name that comes twice the first counts. Half of a request's whole cost once was
    the standard library's parser."""
    fields: dict[str, str] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name), unquote_plus(value)
        if name not in fields:
            fields[name] = value
    return fields


def _is_json(body: bytes) -> bool:
    return body[:64].lstrip()[:1] in {b"[", b"{"}


def _osmand(request: Request) -> Read:
    """Traccar 8 in the query, 10 in the form body; fields of both are taken together."""
    fields = _fields(request.query)
    client = "traccar8"
    if request.body and not _is_json(request.body):
        fields.update(_fields(request.body.decode("utf-8", "replace")))
        client = "traccar10"
    device = fields.get("id") or fields.get("deviceid") or ""
    if not device:
        raise _odd("no device id")
    lat, lon = fields.get("lat"), fields.get("lon")
    if "location" in fields and "," in fields["location"]:
        lat, lon = fields["location"].split(",")[:2]
    if lat is None and lon is None:
        alarm = fields.get("alarm")
        return Heartbeat(client, device, device, f"alarm {alarm}" if alarm else "heartbeat")
    place = _place(lat, lon)
    return Report(
        client=client, device=device, credential=device, at=_moment(fields.get("timestamp")), lat=place[0], lon=place[1],
        accuracy_m=_number(fields.get("accuracy"), 0), speed_mps=_scaled(_number(fields.get("speed"), 0), KNOT_MPS),
        course=_number(fields.get("bearing", fields.get("heading")), 0, 360), altitude_m=_number(fields.get("altitude")),
        battery_pct=_number(fields.get("batt"), 0, 100), alarm=_alarm(fields.get("alarm")),
    )  # fmt: skip


def named_credentials(request: Request) -> set[str]:
    """What stands where the Traccar forms have their credential, whether or not the rest can be read."""
    found = {raw.decode("utf-8", "replace") for raw in _NAMED.findall(request.body)}
    for text in (request.query, request.body.decode("utf-8", "replace")):
        fields = _fields(text)
        found |= {fields.get("id", ""), fields.get("deviceid", "")}
    return found - {""}


def _json(request: Request) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(request.body)
    except msgspec.MsgspecError as error:
        raise _odd(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise _odd("not a JSON object")
    return found


def _inner(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _text(raw: Any) -> str | None:
    return raw if isinstance(raw, str) and raw else None


def _alarm(raw: Any) -> str | None:
    text = _text(raw)
    return text[:_TEXT_KEPT] if text else None


def _traccar9(request: Request) -> Read:
    found = _json(request)
    device = _text(found.get("device_id")) or ""
    if not device:
        raise _odd("no device id")
    location = _inner(found.get("location"))
    coords = _inner(location.get("coords"))
    if not coords:
        return Heartbeat("traccar9", device, device, "heartbeat")
    place = _place(coords.get("latitude"), coords.get("longitude"))
    battery = _number(_inner(location.get("battery")).get("level"), 0, 1)
    alarm = location.get("alarm") or _inner(location.get("extras")).get("alarm")
    return Report(
        client="traccar9", device=device, credential=device, at=_moment(location.get("timestamp")), lat=place[0],
        lon=place[1], accuracy_m=_number(coords.get("accuracy"), 0), speed_mps=_number(coords.get("speed"), 0),
        course=_number(coords.get("heading"), 0, 360), altitude_m=_number(coords.get("altitude")),
        battery_pct=_scaled(battery, 100), alarm=_alarm(alarm), own_id=_text(location.get("uuid")),
    )  # fmt: skip


def _password(headers: Mapping[str, str]) -> str:
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _owntracks(request: Request) -> Read:
    credential = _password(request.headers)
    named = "/".join(filter(None, (request.headers.get("x-limit-u"), request.headers.get("x-limit-d"))))
    if not request.body:
        return Heartbeat("owntracks", named, credential, "empty")
    found = _json(request)
    topic = (_text(found.get("topic")) or "").removeprefix("owntracks/")
    device = topic or named or _text(found.get("tid")) or ""
    kind = _text(found.get("_type"))
    if kind is None:
        raise _odd("no _type")
    if kind == "encrypted":
        raise _odd("encrypted: the intake holds no key")
    if kind != "location":
        return Heartbeat("owntracks", device, credential, kind)
    place = _place(found.get("lat"), found.get("lon"))
    at = _moment(found.get("tst"))
    if at is not None and at <= 0:
        raise _odd("tst is 0")
    return Report(
        client="owntracks", device=device, credential=credential, at=at, lat=place[0], lon=place[1],
        accuracy_m=_number(found.get("acc"), 0), speed_mps=_scaled(_number(found.get("vel"), 0), KMH_MPS),
        course=_number(found.get("cog"), 0, 360), altitude_m=_number(found.get("alt")),
        battery_pct=_number(found.get("batt"), 0, 100), own_id=_text(found.get("_id")),
    )  # fmt: skip


READERS: Final[tuple[tuple[str, Callable[[Request], bool], Callable[[Request], Read]], ...]] = (
    ("owntracks", is_owntracks, _owntracks),
    ("traccar9", lambda request: _is_json(request.body), _traccar9),
    ("traccar8 and 10", lambda request: bool(request.query or request.body), _osmand),
)
"""Name, whether it knows the form, the reader; in order. JSON is told by its body, never by its content type."""
