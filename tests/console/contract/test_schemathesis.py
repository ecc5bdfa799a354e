"""The whole contract with every role: Schemathesis draws requests of the description, and every answer is held against it.

The requests are the same at each run and for each role; each role asks a console of its own, which nobody else asks.
"""

from __future__ import annotations

import copy
import functools
import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import Any, Final

import hypothesis
import hypothesis.internal.conjecture.providers as drawing
import msgspec
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from console.access.permissions import PUBLIC, ROLES, every_route, permission_of
from console.access.sessions import fingerprint
from console.access.tables import Account, LoginSession
from console.alerts.tables import AlertRow, SavedView
from console.app import ROUTERS
from console.attention.tables import Escalation
from console.bulk.tables import CameraBulk
from console.cameras.tables import CalendarRow
from console.canary.tables import CanaryRow
from console.contract.openapi import PROBLEM, api_routes, describe
from console.factors.tables import FactorReset
from console.handing.tables import DeskHandOver, Promise
from console.incidents.tables import Incident
from console.reports.tables import GuardReport
from console.rules.tables import Shelf
from lianqin.testing import T0, an_alert
from patrol.checks.tables import SpotCheck, StationComment
from patrol.county.tables import Guard, Post
from patrol.devices.tables import DeviceRow
from patrol.dispatch.tables import Stuck
from patrol.duty.tables import HandOver, RosterEntry, RosterRequest, Shift, ShiftPattern
from patrol.sos.tables import SosCallRow
from tests.console.conftest import Room, Visitor, a_picture

NOBODY: Final = "nobody"
KNOWN_DRAWN, FREE_DRAWN, ODD_DRAWN = 6, 2, 3
"""Requests drawn an operation: with what stands in the county, with anything that the description allows, with what it does not."""
REFUSED: Final = 2
"""So many of them sends who may not ask."""
CHECKS: Final = [status_code_conformance, content_type_conformance, response_schema_conformance]

LEFT_OUT: Final[dict[str, str]] = {
    "GET /api/push": "never ends; test_routes.py reads it with every role",
}
"""Operation -> why who may ask it does not here. Who may not is refused all the same."""

AWAY: Final = frozenset({"live.no_worker"})
"""Keys of problems that may come with 503: a part that is not there."""

KNOWN: Final[dict[str, tuple[Any, ...]]] = {
    "account_id": ("a-operator2", "a-guard2"), "act_id": ("da-2",), "alert_id": ("al-0001", "al-0002", "al-0004", "al-0005"), "area_id": ("A1",),
    "camera_id": ("C01", "C02"), "check_id": ("sc-1", "sc-2"), "code": ("C01",), "call_id": ("pc-1", "pc-2", "so-1", "so-2"),
    "dispatch_id": ("dp-1", "dp-2"), "draw_id": ("dw-1",), "entry_id": ("ro-1", "ro-2", "ro-3", "ro-4"), "guard_id": ("G1", "G2", "G3", "G5", "G6"),
    "hand_over_id": ("ho-1", "ho-2"), "incident_id": ("in-1", "in-2"), "line": ("presence", "checkpoints"), "number": (1,),
    "other_entry_id": ("ro-4",), "other_guard_id": ("G3", "G2"), "pattern_id": ("sp-1", "sp-2"), "phone_id": ("ph-2",),
    "report_id": ("gr-1", "gr-2"), "request_id": ("rq-1", "rq-2"), "row_id": ("U1", "G2", "A1"), "shift_id": ("S1", "S2"),
    "to_guard_id": ("G3", "G2"), "unit_id": ("U1", "U2"), "zone_id": ("C01-z1",), "situation": ("intrusion",),
    "at": (T0 - 60,), "answered_at": (T0,), "claimed_at": (T0 - 60,), "from": (T0 - 3600,), "to": (T0,),
    "from_at": (T0 - 3600, T0 + 86_400), "to_at": (T0 + 3600, T0 + 90_000), "begins_at": (T0 + 86_400,), "ends_at": (T0 + 90_000,),
    "day": ("2026-09-21",), "month": ("2026-09",), "first": ("2026-09-22",), "last": ("2026-09-23",), "cursor": ("",), "id": ("G2",),
    "purpose": ("case",), "case_ref": ("A20260921001",), "outcome": ("helped", "handed_over"), "username": ("operator", "guard2"), "q": ("", "2"),
    "bulk_id": ("bk-1",), "calendar_id": ("ca-1",), "canary_id": ("cn-1",), "device_id": ("D1", "D2"), "escalation_id": ("es-1",),
    "reset_id": ("fr-1",), "session_id": ("so-1",), "shelf_id": ("sh-1",), "stuck_id": ("st-1", "st-2"), "view_id": ("vi-operator", "vi-leader", "vi-officer"), "promise_id": ("pr-1",),
    "maker": ("hikvision",), "terminal_no": ("013800000001",), "off_s": (5.0,), "ids": (["C01", "C02"],), "guard_ids": (["G1"], ["G2"]), "alert_ids": (["al-0001"],), "host": ("127.0.0.1",),
    "lon": (119.2,), "lat": (34.0,), "url": ("rtsp://127.0.0.1:1/main",),
}  # fmt: skip
"""Field -> what stands there in the county of the tests."""

CAMERA: Final[dict[str, Any]] = {"code": "99010100001320000009", "name": "北门", "url": "rtsp://10.0.0.9/main", "lon": 119.2, "lat": 34.0, "bearing": 10,
                                 "fov": 60, "range_m": 50}  # fmt: skip
ZONE: Final[dict[str, Any]] = {"name": "院内", "situation": "intrusion", "points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
ACCOUNT: Final[dict[str, Any]] = {
    "username": "new",
    "role": "operator",
    "name": "新",
    "password": "long enough for all",
}
PATTERN: Final[dict[str, Any]] = {"name": "夜班", "begins_min": 1320, "ends_min": 360, "area_id": "A1"}
CALENDAR: Final[dict[str, Any]] = {"name": "国庆", "dates": ["2026-10-01"]}
DUTY_CALLS: Final = ("pc-1", "pc-2")
SOS_CALLS: Final = ("so-1", "so-2")

KNOWN_AT: Final[dict[str, dict[str, tuple[Any, ...]]]] = {
    "POST /api/cameras": {"body": (CAMERA | {"id": "C09"},)}, "PUT /api/cameras/{camera_id}": {"body": (CAMERA | {"code": "99010100001320000008"},)},
    "PUT /api/cameras/{camera_id}/zones/{zone_id}": {"body": (ZONE,)},
    "POST /api/cameras/{camera_id}/zones/{zone_id}/trial": {"body": (ZONE,), "camera_id": ("C01",)},
    "POST /api/calendars": {"body": (CALENDAR,)}, "PUT /api/calendars/{calendar_id}": {"body": (CALENDAR,)},
    "POST /api/patterns": {"body": (PATTERN, PATTERN | {"unit_id": "U1"}, PATTERN | {"unit_id": "U2"})},
    "PUT /api/patterns/{pattern_id}": {"body": (PATTERN,)},
    "POST /api/accounts": {"body": (ACCOUNT, ACCOUNT | {"username": "two", "role": "company", "unit_id": "U2"})},
    "PUT /api/accounts/{account_id}": {"body": ({"username": "guard2", "role": "guard", "name": "保安2", "guard_id": "G2", "unit_id": "U2"},
                                                {"username": "operator2", "role": "leader", "name": "乙"})},
    "PUT /api/ground/{kind}/{row_id}": {"body": ({"name": "九号", "kind": "property"},), "kind": ("units",), "row_id": ("U9", "U2")},
    "DELETE /api/ground/{kind}/{row_id}": {"kind": ("units", "checkpoints"), "row_id": ("U9", "A1-p1")},
    "DELETE /api/cameras/{camera_id}": {"camera_id": ("C09", "C02")},
    "DELETE /api/cameras/{camera_id}/zones/{zone_id}": {"camera_id": ("C01",)},
    "POST /api/sos/{call_id}/take": {"call_id": SOS_CALLS}, "POST /api/sos/{call_id}/close": {"call_id": SOS_CALLS},
    "POST /api/m/sos/{call_id}/well": {"call_id": SOS_CALLS},
    "GET /api/point-calls/{call_id}": {"call_id": DUTY_CALLS}, "POST /api/point-calls/{call_id}/radio": {"call_id": DUTY_CALLS},
    "POST /api/point-calls/{call_id}/review": {"call_id": DUTY_CALLS}, "POST /api/m/point-calls/{call_id}/receipt": {"call_id": DUTY_CALLS},
    "POST /api/m/point-calls/{call_id}/answer": {"call_id": DUTY_CALLS},
    "POST /api/alerts/{alert_id}/confirm": {"alert_id": ("al-0001",)}, "POST /api/alerts/{alert_id}/ignore": {"alert_id": ("al-0005",)},
    "POST /api/alerts/{alert_id}/false": {"alert_id": ("al-0004",), "reason": ("animal", "shadow")},
    "POST /api/alerts/judge": {"alert_ids": (["al-0006"],), "reason": ("animal",)},
    "POST /api/incidents/{incident_id}/dispatches": {"guard_ids": (["G1"], ["G3"], ["G2"])},
    "POST /api/login": {"username": ("operator", "guard"), "password": ("correct-horse", "wrong")},
    "POST /api/me/password": {"old": ("correct-horse",), "new": ("Another-correct-horse-7",)},
    "POST /api/desk/hand-overs/{hand_over_id}/take": {"hand_over_id": ("dh-1",)},
    "POST /api/m/dispatches/{dispatch_id}/refuse": {"reason": ("unable",)}, "POST /api/m/shift/open-at-post": {"code": ("post-1", "post-2")},
    "POST /api/m/requests/{request_id}/{word}": {"request_id": ("rq-1", "rq-2", "rq-3")},
    "POST /api/shifts": {"guard_id": ("G5", "G6")}, "POST /api/m/swap": {"entry_id": ("ro-3", "ro-4"), "reason": ("家事",)},
    "POST /api/cameras/drafts": {"code": ("99010100001320000020",), "prefix": ("net-",)},
    "PUT /api/false-reasons": {"body": ({"items": [{"name": "洒水车"}, {"id": "animal", "name": "猫狗"}, {"id": "other", "name": "其他"}]},)},
    "PUT /api/coverage/{area_id}/cells": {"reason": ("鱼塘",)},
}  # fmt: skip
"""Operation -> what stands there in it instead."""

RAW: Final[dict[str, tuple[bytes, ...]]] = {
    "POST /api/cameras/sheet": (b"", "编号,名称\nC09,北门\n".encode(), b"PK\x03\x04", b"\xff\xfe\x00"),
    "POST /api/ground/{kind}/import": (b"", "编号,名称\nU9,九号\n".encode(), b"PK\x03\x04", b"\xff\xfe\x00"),
    "POST /api/cameras/import": (
        b"", msgspec.json.encode({"cameras": [CAMERA | {"id": "C10", "code": "99010100001320000010"}]}), b"[]", b"<Response/>", b"\xff\xfe\x00",
    ),
    "POST /api/grids/import": (b"", b'{"type": "FeatureCollection", "features": []}', b"[1]", b"{", b"\xff"),
    "POST /api/cameras/{camera_id}/whep": (b"", b"v=0\r\n", b"\xff"),
    "POST /api/m/reports/{report_id}/media": (b"", a_picture(64, 48), b"\x1aE\xdf\xa3", b"\xff\xd8\xff"),
}  # fmt: skip
"""Bodies that are taken as they come, of which the description says nothing."""

SECRET: Final = re.compile(
    r"(?<![\w-])(?:U2|G[246]|C[246]|S[24]|D2|P2|(?:in|dp|pc|da|ph|so|gr|sc|sm|ro|rq|sp|ho|st|post)-2|ro-4|a-guard2|guard2|2号保安公司|Company 2|保安[246]"
    r"|秘密2)(?![\w-])"
)
"""What stands in the county of unit U2 alone. A1, dw-1 and what the station made belong to both."""


@dataclass(frozen=True)
class Asked:
    """One request, as it is sent by every role."""

    label: str
    roles: frozenset[str]
    public: bool
    case: Case
    method: str
    url: str
    params: Any
    content: bytes
    media: str
    is_json: bool

    @property
    def sent(self) -> str:
        return f"{self.url} {self.params} {self.content.decode(errors='replace')}"


def _described(*, known: bool) -> dict[str, Any]:
    """The description; `known`: with what stands in the county alone, where we know it."""
    routes = api_routes([route for _, router in ROUTERS for route in every_route(router.routes)])
    found = copy.deepcopy(describe(routes))
    for route in routes:
        for method in route.methods or ():
            operation = found["paths"][route.path][method.lower()]
            operation["x-public"] = permission_of(route) == PUBLIC
            if known:
                _know(operation, KNOWN | KNOWN_AT.get(f"{method} {route.path}", {}), found["components"]["schemas"])
    return found


def _know(operation: dict[str, Any], values: dict[str, tuple[Any, ...]], parts: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _narrowed(parameter["name"], parameter["schema"], values)
    for kind in operation.get("requestBody", {"content": {}})["content"].values():
        kind["schema"] = {"enum": list(values["body"])} if "body" in values else _form(kind["schema"], values, parts)


def _narrowed(name: str, schema: dict[str, Any], values: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    """A field's schema. One with a pattern is an id that the sender makes."""
    is_free = ("pattern" not in schema and "enum" not in schema) or name in {"day", "kind"}
    return {"enum": list(values[name])} if name in values and is_free else schema


def _form(schema: Any, values: dict[str, tuple[Any, ...]], parts: dict[str, Any]) -> Any:
    """A form's schema with all that it names in it."""
    if isinstance(schema, list):
        return [_form(one, values, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _form(parts[schema["$ref"].rpartition("/")[2]], values, parts)
    found = {key: _form(value, values, parts) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        found["properties"] = {
            key: _narrowed(key, _form(value, values, parts), values) for key, value in schema["properties"].items()
        }
    return found


def _drawn(operation: Any, count: int, mode: GenerationMode) -> list[Case]:
    found: list[Case] = []

    @hypothesis.seed(20260921)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode, feedback=NO_FEEDBACK))
    def draw(case: Case) -> None:
        found.append(case)

    draw()
    return found


@functools.cache
def _requests() -> tuple[Asked, ...]:
    """Of every operation: reading, changing, reading again what was changed, taking away."""
    found: list[Asked] = []
    with pytest.MonkeyPatch.context() as patched:
        # Hypothesis tries the constants of the modules that happen to be loaded: other tests' choice is none of ours.
        patched.setattr(drawing.HypothesisProvider, "_local_constants", drawing.Constants())
        patched.setattr(drawing, "CONSTANTS_CACHE", type(drawing.CONSTANTS_CACHE)(1024))
        free, known = (schemathesis.openapi.from_dict(_described(known=known)) for known in (False, True))
        for one, same in zip(free.get_all_operations(), known.get_all_operations(), strict=True):
            operation: Any = one.ok()
            cases = _drawn(same.ok(), KNOWN_DRAWN, GenerationMode.POSITIVE) + _drawn(
                operation, FREE_DRAWN, GenerationMode.POSITIVE
            )
            if operation.query or operation.body:  # nothing else can be wrong
                cases += _drawn(operation, ODD_DRAWN, GenerationMode.NEGATIVE)
            found.extend(asked for case in cases for asked in _asked(case))
    reading = [one for one in found if one.method == "GET"]
    ending = [one for one in found if one.method == "DELETE" or one.label == "POST /api/logout"]
    changing = [one for one in found if one.method in {"POST", "PUT"} and one.label != "POST /api/logout"]
    return (*reading, *changing, *reading, *ending)


def _asked(case: Case) -> list[Asked]:
    raw: dict[str, Any] = case.operation.definition.raw
    label = f"{case.method.upper()} {case.path}"
    sent = case.as_transport_kwargs(base_url="http://testserver")
    content = msgspec.json.encode(sent["json"]) if "json" in sent else sent.get("data") or b""
    media = "application/json" if case.media_type else "application/octet-stream"
    about = label, frozenset(raw["x-roles"]), raw["x-public"], case, case.method.upper(), sent["url"], sent["params"]
    return [Asked(*about, body, media, label in RAW or _is_json(body)) for body in RAW.get(label, (content,))]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body or b"null")
    except ValueError:
        return False
    return True


def _stock(room: Room) -> None:
    """Of each company what the seed has not: a second guard, an incident, and one thing of each kind that belongs to a company."""
    for n in range(1, 7):
        name = f"2026-09-21/al-{n:04}.jpg"
        room.console.evidence.write(name, a_picture(64, 48))
        room.take(an_alert(id=f"al-{n:04}", snapshot=name, captured_at=T0 - 9 * n))
    with room.store.write() as session:
        for n in (1, 2):
            guard, unit, shift = f"G{n}", f"U{n}", f"S{n}"
            session.add_all(Guard(id=f"G{more}", unit_id=unit, name=f"保安{more}", cert_no=f"C{more}", cert_valid_until="2030-01-01",
                                  notice_signed_at=T0 - 1e6, default_area_id="A1") for more in (n + 2, n + 4))  # fmt: skip
            session.add(
                Post(
                    id=f"P{n}",
                    area_id="A1",
                    name=f"秘密{n}",
                    lon=119.2,
                    lat=34.0,
                    unit_ids=[unit],
                    scan_code=f"post-{n}",
                )
            )
            session.add(
                ShiftPattern(id=f"sp-{n}", unit_id=unit, name=f"秘密{n}", begins_min=480, ends_min=960, area_id="A1")
            )
            alert = session.scalars(select(AlertRow).where(AlertRow.id == f"al-{n + 1:04}")).one()
            alert.state, alert.incident_id = "confirmed", f"in-{n}"
            session.add(Incident(id=f"in-{n}", alert_id=alert.id, camera_id="C01", situation="intrusion", priority=2, lon=119.2,
                                 lat=34.0, opened_at=T0, opened_by="值班员"))  # fmt: skip
            session.add(SosCallRow(id=f"so-{n}", guard_id=guard, unit_id=unit, raised_at=T0 - 40, known_at=T0 - 40,
                                   last_press_at=T0 - 40, lon=119.2, lat=34.0, place_at=T0 - 40, place_source="own"))  # fmt: skip
            session.add(StationComment(id=f"sm-{n}", day="2026-09-21", officer_id="a-officer", officer_name="officer 甲",
                                       unit_id=unit, text=f"秘密{n}", at=T0))  # fmt: skip
            session.add(
                Stuck(
                    id=f"st-{n}", dispatch_id=f"dp-{n}", incident_id=f"in-{n}", kind="unanswered", since=T0, found_at=T0
                )
            )
        session.add(CalendarRow(id="ca-1", name="国庆", dates=["2026-10-01"]))
        session.add(CanaryRow(id="cn-1", worker="w1", captured_at=T0, detected_at=T0, published_at=T0, received_at=T0))
        session.add(
            Shelf(
                id="sh-1", camera_id="C02", reason="施工", shelved_by="operator 乙", from_at=T0 - 60, until_at=T0 + 3600
            )
        )
        session.add(
            Promise(id="pr-1", alert_id="al-0002", words="巡查", due_at=T0 + 600, made_by="operator 乙", made_at=T0)
        )
        session.add(Escalation(id="es-1", alert_id="al-0004", step=1, seat="second", at=T0))
        session.add(DeskHandOver(id="dh-1", given_by="operator 乙", given_by_id="a-operator2", given_at=T0, from_at=T0 - 3600, note="交班",
                             counts={"open": 1, "shelved": 0, "promised": 1, "sent": 0, "handled": 0}))  # fmt: skip
        session.add(
            FactorReset(id="fr-1", account_id="a-operator2", reason="丢失", asked_by="a-operator2", asked_at=T0)
        )
        session.add_all(SavedView(id=f"vi-{role}", account_id=f"a-{role}", page="records", name="夜里", query="state=false", saved_at=T0)
                        for role in ("operator", "leader", "officer"))  # fmt: skip
        session.add(
            CameraBulk(
                id="bk-1",
                made_at=T0,
                made_by="sysadmin 甲",
                changes={"keep_days": 30},
                items=[["C02", {"keep_days": None}]],
                state="going",
            )
        )
        session.flush()
        for n in (1, 2):
            guard, unit, shift = f"G{n}", f"U{n}", f"S{n}"
            session.add(Shift(id=f"S{n + 2}", guard_id=f"G{n + 2}", unit_id=unit, area_id="A1", opened_at=T0 - 3600,
                              opened_by="系统", due_end_at=T0 + 3600, facts={}))  # fmt: skip
            session.add(GuardReport(id=f"gr-{n}", guard_id=guard, unit_id=unit, shift_id=shift, area_id="A1", kind="facility",
                                    words=f"秘密{n}", at=T0, received_at=T0, promised="photo"))  # fmt: skip
            session.add(SpotCheck(id=f"sc-{n}", kind="on_site", guard_id=guard, unit_id=unit, shift_id=shift, officer_id="a-officer",
                                  officer_name="officer 甲", chosen_by="own", case_ref="", at=T0, result="remark", note=f"秘密{n}"))  # fmt: skip
            session.add(RosterEntry(id=f"ro-{n}", unit_id=unit, guard_id=guard, area_id="A1", day="2026-09-21", begins_at=T0 - 3600,
                                    ends_at=T0 + 3600, state="present", state_at=T0, shift_id=shift, note=f"秘密{n}"))  # fmt: skip
            session.add(RosterEntry(id=f"ro-{n + 2}", unit_id=unit, guard_id=guard, area_id="A1", day="2026-09-25", begins_at=T0 + 4 * 86_400,
                                    ends_at=T0 + 4 * 86_400 + 7200, state_at=T0, note=f"秘密{n}"))  # fmt: skip
            session.add(
                DeviceRow(
                    id=f"D{n}",
                    guard_id=guard,
                    credential_sha256=str(n) * 64,
                    kind="terminal",
                    terminal_no=f"01380000001{n}",
                )
            )
            session.add(RosterRequest(id=f"rq-{n}", kind="leave", unit_id=unit, guard_id=guard, from_at=T0 + 90_000,
                                      to_at=T0 + 99_000, reason=f"秘密{n}", asked_at=T0))  # fmt: skip
        session.add(
            RosterRequest(
                id="rq-3",
                kind="swap",
                unit_id="U1",
                guard_id="G3",
                entry_id="ro-3",
                other_guard_id="G1",
                reason="换",
                asked_at=T0,
            )
        )
        session.flush()
        for n in (1, 2):
            session.add(HandOver(id=f"ho-{n}", kind="relief", area_id="A1", unit_id=f"U{n}", from_shift_id=f"S{n + 2}",
                                 from_guard_id=f"G{n + 2}", to_guard_id=f"G{n}", offered_at=T0))  # fmt: skip


def _let_in(room: Room, role: str) -> Visitor:
    """The role's account as it was and logged in, whatever was done to it."""
    one = room.role(role)
    with room.store.write() as session:
        account = session.get_one(Account, one.account_id)
        account.role, account.disabled = role, False
        account.unit_id = "U1" if role in {"company", "guard"} else None
        account.guard_id = "G1" if role == "guard" else None
        at = room.clock.now()
        session.merge(
            LoginSession(
                token_sha256=fingerprint(one.token),
                account_id=one.account_id,
                csrf=one.csrf,
                created_at=at,
                last_seen_at=at,
            )
        )
    return one


def _send(client: TestClient, one: Asked, visitor: Visitor | None) -> Any:
    client.cookies.clear()
    told = {"content-type": one.media} if one.content else {}
    headers = visitor.headers(told) if visitor else {"accept-language": "en", **told}
    return client.request(one.method, one.url, params=one.params, content=one.content, headers=headers)


def _text(answer: Any) -> str:
    """What a person can read of it; of a table its cells."""
    if answer.content[:4] != b"PK\x03\x04":
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return re.sub(
            "<[^>]*>", " ", " ".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
        )


def _faults(one: Asked, answer: Any, role: str) -> list[str]:
    """What is wrong with that answer to that request of that role."""
    found: list[str] = []
    status, media = answer.status_code, answer.headers.get("content-type", "").partition(";")[0]
    problem = json.loads(answer.content) if media == PROBLEM else {}
    if status < 400 and str(status) not in one.case.operation.definition.raw["responses"]:
        found.append("is not declared")
    if (
        status >= 400
        and str(status) not in one.case.operation.definition.raw["responses"]
        and problem.get("status") != status
    ):
        found.append("is no problem")
    if status >= 500 and media == PROBLEM and not (status == 503 and problem["key"] in AWAY):
        found.append("is a fault")
    try:
        if answer.content or status < 400:
            one.case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        found.extend(
            f"{failure.title}: {failure.message}"[:300] for failure in group.exceptions if isinstance(failure, Failure)
        )
    if not one.public and role not in one.roles:
        refused = (401, "session.none") if role == NOBODY else (403, "role.denied")
        # FastAPI reads the form before it asks who sends it: what is no JSON is refused to everybody alike.
        unread = (422, "form.invalid") if not one.is_json else refused
        if (status, problem.get("key")) not in {refused, unread}:
            found.append("is not refused")
    if role in {"company", "guard"}:
        of_others = set(SECRET.findall(_text(answer)))
        if status >= 400:
            of_others = {word for word in of_others if word not in one.sent}  # it is said back
        if of_others:
            found.append(f"names {sorted(of_others)}")
    return found


def test_no_table_names_an_operation_that_is_not_there() -> None:
    labels = {one.label for one in _requests()}
    assert len(labels) > 250
    assert {*LEFT_OUT, *RAW, *KNOWN_AT} - labels == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_every_answer_to_every_role_is_as_the_contract_says(room: Room, role: str) -> None:
    _stock(room)
    visitor = None if role == NOBODY else _let_in(room, role)
    wrong: dict[str, str] = {}
    done: set[str] = set()
    count: dict[str, int] = {}
    for one in _requests():
        may = one.public or role in one.roles
        count[one.label] = count.get(one.label, 0) + 1
        if (may and one.label in LEFT_OUT) or (not may and count[one.label] > REFUSED):
            continue
        answer = _send(room.client, one, visitor)
        if answer.status_code == 401 and visitor is not None and not one.public:
            visitor = _let_in(room, role)  # something before it ended the session
            answer = _send(room.client, one, visitor)
        if may and answer.status_code < 300:
            done.add(one.label)
        for fault in _faults(one, answer, role):
            wrong.setdefault(f"{one.label}: {answer.status_code} {fault}", f"{one.sent[:300]} -> {answer.text[:300]}")
    assert wrong == {}
    mine = {one.label for one in _requests() if role in one.roles}
    assert len(done) >= len(mine) * 0.6, f"too little of it is reached: {sorted(mine - done)}"
