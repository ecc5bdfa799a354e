"""A guard's phone: the public client that sends fixes, and the guard's page of the console."""

from __future__ import annotations

import base64
from collections import deque
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import httpx
import msgspec

from lianqin.errors import RecordError

KNOT_MPS = 1852 / 3600
KEPT = 10_000
"""Fixes that wait on the phone while nobody takes them; then the oldest are lost."""


class Phone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What set-up gave one guard: his account of the console, and his enrolled device."""

    guard_id: str
    username: str
    password: str
    device_id: str
    credential: str
    form: Literal["traccar", "owntracks"]


class Sample(msgspec.Struct, frozen=True):
    """One position as the phone's GNSS gives it: device time, WGS-84 degrees, metres, metres a second."""

    at: float
    lon: float
    lat: float
    accuracy_m: float
    speed_mps: float
    course: float
    battery_pct: float


def read_phones(file: Path) -> tuple[Phone, ...]:
    """Raises RecordError `phones.unreadable`."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Phone, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise RecordError("phones.unreadable", f"{file}: {error}; the demo's set-up writes it") from error


def traccar_request(url: str, phone: Phone, sample: Sample) -> httpx.Request:
    """As Traccar Client 8 sends it: everything in the query string, speed in knots."""
    query = {
        "id": phone.credential, "timestamp": int(sample.at), "lat": f"{sample.lat:.7f}", "lon": f"{sample.lon:.7f}",
        "speed": f"{sample.speed_mps / KNOT_MPS:.2f}", "bearing": f"{sample.course:.1f}", "altitude": "12.0",
        "accuracy": f"{sample.accuracy_m:.1f}", "batt": f"{sample.battery_pct:.0f}",
    }  # fmt: skip
    return httpx.Request("POST", f"{url}?{urlencode(query)}")


def owntracks_request(url: str, phone: Phone, sample: Sample) -> httpx.Request:
    """As OwnTracks for Android sends it: JSON, speed in km/h, the credential as Basic password."""
    body = {
        "_type": "location", "_id": f"{phone.guard_id}-{int(sample.at)}", "tst": int(sample.at), "lat": round(sample.lat, 7),
        "lon": round(sample.lon, 7), "acc": round(sample.accuracy_m), "vel": round(sample.speed_mps * 3.6),
        "cog": round(sample.course), "alt": 12, "batt": round(sample.battery_pct), "tid": phone.guard_id[-2:],
        "created_at": int(sample.at),
    }  # fmt: skip
    basic = base64.b64encode(f"{phone.guard_id}:{phone.credential}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "X-Limit-U": phone.guard_id, "X-Limit-D": "phone"}
    return httpx.Request("POST", url, json=body, headers=headers)


class Tracker:
    """Sends fixes oldest first; what was not answered 2xx waits and is sent again, as the public clients do."""

    def __init__(self, http: httpx.Client, url: str, phone: Phone) -> None:
        self._http, self._url, self._phone = http, url, phone
        self._waiting: deque[Sample] = deque(maxlen=KEPT)

    def send(self, sample: Sample) -> None:
        """Never raises for a server that is away."""
        self._waiting.append(sample)
        make = traccar_request if self._phone.form == "traccar" else owntracks_request
        while self._waiting:
            try:
                answer = self._http.send(make(self._url, self._phone, self._waiting[0]))
            except httpx.TransportError:
                return
            if not answer.is_success:
                return
            self._waiting.popleft()

    @property
    def waiting(self) -> int:
        return len(self._waiting)


class Page:
    """The guard's page: `GET` and `POST` under `/api/m`, logged in when needed. Raises httpx.HTTPError."""

    def __init__(self, http: httpx.Client, url: str, phone: Phone) -> None:
        self._http, self._url, self._phone = http, url, phone
        self._csrf = ""

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", "state").json()
        return found

    def post(self, path: str, **body: Any) -> bool:
        """False when the console says that it can't be (409: somebody was faster, the time is over)."""
        return self._ask("POST", path, body).status_code != 409

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        if not self._csrf:
            self._log_in()
        answer = self._once(method, path, body)
        if answer.status_code == 401:
            self._log_in()
            answer = self._once(method, path, body)
        if answer.status_code != 409:
            answer.raise_for_status()
        return answer

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        return self._http.request(
            method, f"{self._url}/api/m/{path}", json=body, headers={"X-CSRF": self._csrf, "Accept-Language": "zh-CN"}
        )

    def _log_in(self) -> None:
        form = {"username": self._phone.username, "password": self._phone.password}
        answer = self._http.post(f"{self._url}/api/login", json=form).raise_for_status()
        self._csrf = answer.json()["csrf"]
