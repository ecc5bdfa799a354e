"""A guard's phone: the public client that sends fixes, and the guard's page of the console."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec

from lianqin.clock import Clock, SystemClock
from lianqin.decoding import from_json
from lianqin.errors import RecordError

KEPT = 10_000
"""Fixes that wait on the phone while nobody takes them; then the oldest are lost."""
LOG_INS = threading.Lock()
"""One guard logs in at a moment: passwords are checked one at a time on few cores, and who sits at a desk is not to be turned away."""
AIR = 1.0
"""So many times what a log-in took passes before the next: on a slow machine too cameras are looked at while forty guards begin."""


class GuardPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What set-up gave one guard: his account of the console, and his enrolled device."""

    guard_id: str
    username: str
    password: str
    device_id: str
    credential: str
    form: Literal["traccar8", "traccar9", "traccar10", "owntracks_android", "owntracks_ios", "jt808"]
    """Which client it is; of a JT/T 808 terminal `credential` is its number."""


class GnssSample(msgspec.Struct, frozen=True):
    """One position as the phone's GNSS gives it: device time, WGS-84 degrees, metres, metres a second."""

    at: float
    lon: float
    lat: float
    accuracy_m: float
    speed_mps: float
    course: float
    battery_pct: float


def read_phones(file: Path) -> tuple[GuardPhone, ...]:
    """Raises RecordError `phones.unreadable`."""
    try:
        return from_json(file.read_bytes(), tuple[GuardPhone, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise RecordError("phones.unreadable", f"{file}: {error}; the demo's set-up writes it") from error


Send = Callable[[GnssSample], bool]
"""Hands one fix over: True once the other end has taken it."""


class FixSender:
    """Sends fixes oldest first; what was not taken waits and is sent again, as the public clients do."""

    def __init__(self, send: Send, waiting: Iterable[GnssSample] = ()) -> None:
        self._send = send
        self._waiting: deque[GnssSample] = deque(waiting, maxlen=KEPT)

    def keep(self, sample: GnssSample) -> None:
        """For later: there is no network where he is."""
        self._waiting.append(sample)

    def send(self, sample: GnssSample) -> None:
        """Never raises for a server that is away."""
        self._waiting.append(sample)
        while self._waiting and self._send(self._waiting[0]):
            self._waiting.popleft()

    @property
    def waiting(self) -> int:
        return len(self._waiting)


class GuardPage:
    """The guard's page: `GET` and `POST` under `/api/m`, logged in when needed. Raises httpx.HTTPError."""

    def __init__(self, http: httpx.Client, url: str, phone: GuardPhone, clock: Clock | None = None) -> None:
        self._http, self._url, self._phone, self._clock = http, url, phone, clock or SystemClock()
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
        with LOG_INS:
            began = self._clock.monotonic()
            answer = self._http.post(f"{self._url}/api/login", json=form).raise_for_status()
            self._clock.sleep(AIR * (self._clock.monotonic() - began))
        self._csrf = answer.json()["csrf"]
