"""One position as each public client sends it, byte for byte as its server would see it: a table by the client's name."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from demo.guards.phone import GnssSample, GuardPhone

KNOT_MPS: Final = 1852 / 3600


def traccar8_request(url: str, phone: GuardPhone, sample: GnssSample) -> httpx.Request:
    """As Traccar Client 8 sends it: everything in the query string, speed in knots."""
    query = {
        "id": phone.credential, "timestamp": int(sample.at), "lat": f"{sample.lat:.7f}", "lon": f"{sample.lon:.7f}",
        "speed": f"{sample.speed_mps / KNOT_MPS:.2f}", "bearing": f"{sample.course:.1f}", "altitude": "12.0",
        "accuracy": f"{sample.accuracy_m:.1f}", "batt": f"{sample.battery_pct:.0f}",
    }  # fmt: skip
    return httpx.Request("POST", f"{url}?{urlencode(query)}")


def traccar9_request(url: str, phone: GuardPhone, sample: GnssSample) -> httpx.Request:
    """As Traccar Client 9 sends it: JSON, m/s, the battery from 0 to 1, an id of its own for each position."""
    at = datetime.fromtimestamp(sample.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    coords = {"latitude": round(sample.lat, 7), "longitude": round(sample.lon, 7), "accuracy": sample.accuracy_m,
              "speed": round(sample.speed_mps, 2), "heading": sample.course, "altitude": 12.0}  # fmt: skip
    body = {"device_id": phone.credential, "location": {
        "timestamp": at, "coords": coords, "is_moving": sample.speed_mps > 0, "odometer": 0, "event": "motionchange",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{phone.device_id} {at}")),
        "battery": {"level": round(sample.battery_pct / 100, 2), "is_charging": False}, "extras": {}}}  # fmt: skip
    return httpx.Request("POST", url, json=body)


def traccar10_request(url: str, phone: GuardPhone, sample: GnssSample) -> httpx.Request:
    """As Traccar Client 10 sends it: the same names as of old, in a form body."""
    form = {
        "id": phone.credential, "timestamp": str(int(sample.at)), "lat": f"{sample.lat:.7f}", "lon": f"{sample.lon:.7f}",
        "accuracy": f"{sample.accuracy_m:.1f}", "altitude": "12.0", "speed": f"{sample.speed_mps / KNOT_MPS:.2f}",
        "bearing": f"{sample.course:.1f}", "batt": f"{sample.battery_pct:.0f}", "charge": "false",
    }  # fmt: skip
    return httpx.Request("POST", url, data=form)


def _owntracks(phone: GuardPhone, sample: GnssSample) -> dict[str, Any]:
    return {
        "_type": "location", "tst": int(sample.at), "lat": round(sample.lat, 7), "lon": round(sample.lon, 7),
        "acc": round(sample.accuracy_m), "vel": round(sample.speed_mps * 3.6), "cog": round(sample.course), "alt": 12,
        "batt": round(sample.battery_pct), "tid": phone.guard_id[-2:],
    }  # fmt: skip


def _basic(phone: GuardPhone) -> dict[str, str]:
    name = base64.b64encode(f"{phone.guard_id}:{phone.credential}".encode()).decode()
    return {"Authorization": f"Basic {name}", "X-Limit-U": phone.guard_id, "X-Limit-D": "phone"}


def owntracks_android_request(url: str, phone: GuardPhone, sample: GnssSample) -> httpx.Request:
    """As OwnTracks for Android sends it: JSON, speed in km/h, the credential as Basic password."""
    own = {"_id": f"{phone.guard_id}-{int(sample.at)}", "created_at": int(sample.at)}
    return httpx.Request("POST", url, json=_owntracks(phone, sample) | own, headers=_basic(phone))


def owntracks_ios_request(url: str, phone: GuardPhone, sample: GnssSample) -> httpx.Request:
    """As OwnTracks for iOS sends it: the same with a topic."""
    own = {"topic": f"owntracks/{phone.guard_id}/phone"}
    return httpx.Request("POST", url, json=_owntracks(phone, sample) | own, headers=_basic(phone))


REQUESTS: Final[dict[str, Callable[[str, GuardPhone, GnssSample], httpx.Request]]] = {
    "traccar8": traccar8_request,
    "traccar9": traccar9_request,
    "traccar10": traccar10_request,
    "owntracks_android": owntracks_android_request,
    "owntracks_ios": owntracks_ios_request,
}


class OverHttp:
    """Hands a fix to the intake: True once it is answered 2xx."""

    def __init__(self, http: httpx.Client, url: str, phone: GuardPhone) -> None:
        self._http, self._url, self._phone = http, url, phone

    def __call__(self, sample: GnssSample) -> bool:
        try:
            return self._http.send(REQUESTS[self._phone.form](self._url, self._phone, sample)).is_success
        except httpx.TransportError:
            return False
