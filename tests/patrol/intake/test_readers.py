"""Every form that a public client sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lianqin.errors import RecordError
from patrol.intake.readers import Heartbeat, HttpRequest, PositionReport, SosSent, read

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "domain" / "messages.jsonl"
PLACE = "lat=34.0&lon=119.2"
OWN = {"x-limit-u": "u", "x-limit-d": "d", "authorization": "Basic dTpzZWNyZXQ="}


def asked(query: str = "", body: Any = b"", **headers: str) -> HttpRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpRequest(query, headers, raw)


def only_report(request: HttpRequest) -> PositionReport:
    (found,) = read(request)
    assert isinstance(found, PositionReport)
    return found


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        (f"id=a&{PLACE}&timestamp=1790000000", "at", 1790000000),
        (f"id=a&{PLACE}&timestamp=1790000000123", "at", 1790000000.123),
        (f"id=a&{PLACE}&timestamp=2026-09-21T14:13:20Z", "at", 1790000000),
        (f"id=a&{PLACE}&timestamp=2026-09-21T22%3A13%3A20%2B08%3A00", "at", 1790000000),
        (f"id=a&{PLACE}&timestamp=2026-09-21+14%3A13%3A20", "at", 1790000000),
        (f"id=a&{PLACE}", "at", None),
        ("id=a&location=34.0,119.2", "lon", 119.2),
        (f"id=a&{PLACE}&speed=10", "speed_mps", 10 * 1852 / 3600),
        (f"id=a&{PLACE}&speed=-1", "speed_mps", None),
        (f"id=a&{PLACE}&batt=87", "battery_pct", 87),
        (f"id=a&{PLACE}&accuracy=nonsense", "accuracy_m", None),
        (f"id=a&{PLACE}&alarm=lowBattery", "alarm", "lowBattery"),
        (f"deviceid=b&{PLACE}", "credential", "b"),
    ],
)
def test_the_query_form_is_read(query: str, field: str, value: object) -> None:
    for request, client in ((asked(query), "traccar8"), (asked("", query.encode()), "traccar10")):
        found = only_report(request)
        assert (found.client, getattr(found, field)) == (client, pytest.approx(value) if value else value)


def test_the_json_form_takes_minus_one_for_unknown() -> None:
    coords = {"latitude": 34.0, "longitude": 119.2, "accuracy": 5, "speed": -1, "heading": -1, "altitude": 3}
    found = only_report(asked("", {"device_id": "a", "location": {"coords": coords, "timestamp": "2026-09-21T14:13:20Z",
                                                           "battery": {"level": 0.5}, "uuid": "u1"}}))  # fmt: skip
    assert (found.speed_mps, found.course, found.battery_pct, found.own_id) == (None, None, 50, "u1")


def test_owntracks_brings_kilometres_an_hour_and_its_password() -> None:
    body = {"_type": "location", "tst": 1790000000, "lat": 34.0, "lon": 119.2, "vel": 36, "acc": 5, "batt": True}
    found = only_report(asked("", body, **OWN))
    assert (found.speed_mps, found.credential, found.device, found.battery_pct) == (10, "secret", "u/d", None)


@pytest.mark.parametrize("kind", ["transition", "waypoint", "lwt", "status", "cmd", "card"])
def test_other_messages_of_owntracks_are_signs_of_life_and_no_fixes(kind: str) -> None:
    (found,) = read(asked("", {"_type": kind, "lat": 34.0, "lon": 119.2, "tst": 1790000000}, **OWN))
    assert isinstance(found, Heartbeat)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (asked(f"{PLACE}"), "no device id"),
        (asked("id=a&lat=95&lon=119"), "no place"),
        (asked("id=a&lat=nan&lon=119"), "no place"),
        (asked(f"id=a&{PLACE}&timestamp=yesterday"), "no time"),
        (asked("", b"{broken"), "not JSON"),
        (asked("", b"[]"), "not a JSON object"),
        (asked("", {"_type": "encrypted", "data": "x"}, **OWN), "encrypted"),
        (asked("", {"_type": "location", "tst": 1, "lat": 1, "lon": None}, **OWN), "no place"),
        (asked("", {"_type": None, "tst": 1, "lat": 1, "lon": 2}, **OWN), "no _type"),
    ],
)
def test_what_makes_no_sense_says_why(request_: HttpRequest, why: str) -> None:
    with pytest.raises(RecordError, match=why):
        read(request_)


def corpus() -> list[dict[str, Any]]:
    if not CORPUS.exists():
        return []
    return [m for m in map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines()) if "hex" not in m]


@pytest.mark.skipif(not CORPUS.exists(), reason="the collection of real messages is not here")
@pytest.mark.parametrize("message", corpus(), ids=lambda m: m["id"])
def test_a_real_message_is_read_as_it_should(message: dict[str, Any]) -> None:
    request = HttpRequest(message["path_and_query"].partition("?")[2],
                      {name.lower(): value for name, value in message["headers"].items()},
                      (message.get("body") or "").encode())  # fmt: skip
    try:
        parts = read(request)
    except RecordError:
        parts = ()
    reports = [part for part in parts if isinstance(part, PositionReport)]
    expected = message["expected"] if message["kind"] == "position" else []
    assert len(reports) == len(expected)
    assert any(isinstance(part, SosSent) for part in parts) == any(one["alarm"] == "sos" for one in expected)
    for found, one in zip(reports, expected, strict=True):
        assert found.device == one["device"]
        for name in ("lat", "lon", "speed_mps", "course", "altitude_m", "accuracy_m", "battery_pct", "alarm"):
            value = one[name]
            assert getattr(found, name) == (pytest.approx(value, abs=1e-4) if isinstance(value, float) else value), name
