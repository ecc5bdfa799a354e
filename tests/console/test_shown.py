"""What each route shows, and the row of the register that stands before it: footage, ways of guards, lists of people, files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from console.access.permissions import every_route
from console.app import ROUTERS
from lianqin import keys
from lianqin.audit import PURPOSES, Actor
from lianqin.dead import DeadLetters
from lianqin.records import Evidence
from lianqin.testing import T0
from patrol.scores.tables import LedgerLine
from tests.console.cameras.test_live import PROBED, Worker
from tests.console.conftest import a_picture
from tests.console.reports.test_my_page_reports import ID as REPORT
from tests.console.reports.test_my_page_reports import attach, reported
from tests.console.test_join import confirmed, free_of_the_seeded_task

NOTHING = """
POST /api/login|POST /api/me/here|POST /api/me/password|GET /api/me|POST /api/logout|GET /api/silences|GET /api/live-look|DELETE /api/live-look
GET /api/coverage|GET /api/coverage/{area_id}/idleness|GET /api/coverage/{area_id}|PUT /api/coverage/{area_id}/cells|GET /api/map|GET /api/map/base.pmtiles
GET /api/cameras|GET /api/cameras/makers|POST /api/cameras/drafts|POST /api/cameras/bulk|GET /api/cameras/bulk
POST /api/cameras/bulk/{bulk_id}/go|POST /api/cameras/bulk/{bulk_id}/undo|POST /api/cameras/sheet|POST /api/cameras|POST /api/cameras/import|PUT /api/cameras/{camera_id}
DELETE /api/cameras/{camera_id}|PUT /api/cameras/{camera_id}/zones/{zone_id}|PUT /api/cameras/{camera_id}/masks
DELETE /api/cameras/{camera_id}/zones/{zone_id}|GET /api/watch|GET /api/cameras/{camera_id}/watch
GET /api/evidence|GET /api/evidence/disk|GET /api/evidence/certificates|GET /api/evidence/certificates/{number}
PUT /api/alerts/{alert_id}/hold|DELETE /api/alerts/{alert_id}/hold|GET /api/sweeps|GET /api/sweeps/{number}
POST /api/sweeps/{number}/decide|POST /api/cameras/{camera_id}/view|DELETE /api/cameras/{camera_id}/false-places
DELETE /api/live/{worker}/{viewer_id}|GET /api/dead-letters|POST /api/dead-letters/{letter_id}/play-again
DELETE /api/dead-letters/{letter_id}|GET /api/ground-map|GET /api/grids|POST /api/grids/import|DELETE /api/grids/{code}
POST /api/ground/{kind}/import|PUT /api/ground/{kind}/{row_id}|DELETE /api/ground/{kind}/{row_id}|POST /api/case-numbers
GET /api/patterns|POST /api/patterns|PUT /api/patterns/{pattern_id}|DELETE /api/patterns/{pattern_id}
POST /api/patterns/{pattern_id}/plan|GET /api/roster/manning|GET /api/spot-checks/waiting|GET /api/comments|POST /api/comments
POST /api/cameras/{camera_id}/set-up|DELETE /api/cameras/{camera_id}/set-up
POST /api/accounts|PUT /api/accounts/{account_id}|POST /api/devices/{device_id}/revoke
POST /api/devices/{device_id}/clock|POST /api/devices/{device_id}/let-register|POST /api/devices|POST /api/phones
POST /api/phones/{phone_id}/revoke|GET /healthz|GET /metrics|GET /{path:path}|GET /api/health|GET /.well-known/security.txt
POST /api/enrol|POST /api/enrol/confirm|POST /api/login/code|GET /api/me/factor|POST /api/me/factor/codes|POST /api/me/factor/reset
GET /api/openapi.json|GET /api/canary|GET /api/canary/{canary_id}|POST /api/canary/drawn
GET /api/views|POST /api/views|DELETE /api/views/{view_id}|POST /api/alarms/spared
GET /api/me/sessions|POST /api/me/sessions/{session_id}/end|POST /api/sessions/{session_id}/end|POST /api/factors/{account_id}/link
POST /api/seals|POST /api/factors/{account_id}/reset|POST /api/factor-resets/{reset_id}/approve|POST /api/factor-resets/{reset_id}/refuse
POST /api/factors/{account_id}/reset|POST /api/factor-resets/{reset_id}/approve|POST /api/factor-resets/{reset_id}/refuse
GET /api/false-reasons|PUT /api/false-reasons|GET /api/false-reasons/month|GET /api/calendars|POST /api/calendars
PUT /api/calendars/{calendar_id}|DELETE /api/calendars/{calendar_id}|POST /api/cameras/{camera_id}/zones/{zone_id}/trial
"""
"""Neither footage nor anybody's way, and nobody's data."""
WORK = """
GET /api/sos|POST /api/sos/{call_id}/take|POST /api/sos/{call_id}/close|GET /api/alerts|GET /api/alerts/{alert_id}
GET /api/shelves|POST /api/shelves|POST /api/shelves/{shelf_id}/end|POST /api/alerts/judge
POST /api/alerts/{alert_id}/confirm|POST /api/alerts/{alert_id}/false|POST /api/alerts/{alert_id}/ignore
POST /api/alerts/{alert_id}/reopen|GET /api/attention|POST /api/attention/mute|DELETE /api/attention/mute|POST /api/attention/seat
POST /api/escalations/{escalation_id}/take|POST /api/rings|GET /api/incidents|GET /api/incidents/{incident_id}|POST /api/incidents/{incident_id}/close
POST /api/incidents/{incident_id}/notes|POST /api/alerts/{alert_id}/notes|GET /api/promises|POST /api/promises/{promise_id}/keep
GET /api/desk/hand-overs|POST /api/desk/hand-overs|POST /api/desk/hand-overs/{hand_over_id}/take|GET /api/stuck|POST /api/stuck/{stuck_id}/next|POST /api/stuck/{stuck_id}/note|PUT /api/desk/seat|POST /api/desk/take-over|DELETE /api/desk/seat
GET /api/dispatches|GET /api/shifts|GET /api/point-calls|GET /api/point-calls/{call_id}|GET /api/draws/{draw_id}
GET /api/incidents/{incident_id}/nearest|GET /api/alerts/{alert_id}/nearest|POST /api/incidents/{incident_id}/dispatches
POST /api/dispatches/{dispatch_id}/cancel|POST /api/point-calls|POST /api/draws|POST /api/point-calls/{call_id}/radio
POST /api/point-calls/{call_id}/review|GET /api/reviews|POST /api/dispatches/{dispatch_id}/review|POST /api/shifts
POST /api/shifts/{shift_id}/close|POST /api/shifts/{shift_id}/rescore|GET /api/case-numbers/offered|GET /api/roster/requests
POST /api/roster/requests/{request_id}|GET /api/roster|POST /api/roster|POST /api/roster/copy|POST /api/roster/{entry_id}/stand-in
POST /api/roster/{entry_id}/move|POST /api/roster/{entry_id}|GET /api/spot-checks|POST /api/spot-checks
GET /api/spot-checks/code/{code}|GET /api/duty-acts|POST /api/duty-acts/{act_id}/decide|GET /api/reports
POST /api/reports/{report_id}/incident|POST /api/reports/{report_id}/close|GET /api/records|GET /api/records/choices|GET /api/alarms
GET /api/alarms/rung
"""
"""Records of work in which names stand: a call, a task, a plan, a check. What is done to them is registered, each by its own act."""
OWN = re.compile(r"^(GET|POST) /api/m/(?!dispatches/\{dispatch_id\}/snapshot|trail\.)")
"""A guard reads and says of himself."""
REGISTER = {"GET /api/audit", "GET /api/audit/odd-looks", "GET /api/audit/seals"}
"""The auditor's own work."""


@dataclass(frozen=True)
class Shows:
    """Who asks for it, the row that it leaves, and whether the row has the sha256 of exactly what came."""

    role: str
    action: str
    digest: bool = False
    body: Any = None
    query: str = ""


def look(purpose: str, case_ref: str = "") -> dict[str, Any]:
    return {"guard_id": "G1", "from_at": T0 - 900, "to_at": T0, "purpose": purpose, "case_ref": case_ref}


MONTH = "?month=2026-09"
EXPORT = {"alert_id": "al-0001", "what": "picture", "purpose": "case", "case_ref": "A-20260001"}
"""Its digests: `test_footage_exports`."""
FOOTAGE = {
    "GET /api/alerts/{alert_id}/snapshot": Shows("operator", "snapshot.look", True),
    "GET /api/alerts/{alert_id}/clip": Shows("operator", "clip.look", True),
    "GET /api/records/{alert_id}/snapshot": Shows(
        "officer", "snapshot.look", True, query="?purpose=case&case_ref=A-20260001"
    ),
    "GET /api/records/{alert_id}/clip": Shows("officer", "clip.look", True, query="?purpose=case&case_ref=A-20260001"),
    "POST /api/footage-exports": Shows("officer", "footage.export", body=EXPORT),
    "GET /api/m/dispatches/{dispatch_id}/snapshot": Shows("guard", "snapshot.look", True),
    "GET /api/reports/{report_id}/media": Shows("operator", "report.look", True),
    "GET /api/cameras/{camera_id}/snapshot": Shows("operator", "live.look", True),
    "GET /api/cameras/{camera_id}/fmp4": Shows("leader", "live.look"),
    "GET /api/cameras/{camera_id}/mjpeg": Shows("officer", "live.look", query="?purpose=case&case_ref=A-20260001"),
    "POST /api/cameras/{camera_id}/whep": Shows("sysadmin", "live.look"),
    "POST /api/cameras/probe": Shows("sysadmin", "camera.probe", body={"url": "rtsp://10.0.0.9/x"}),
    "POST /api/cameras/discover": Shows("sysadmin", "camera.discover"),
    "POST /api/cameras/sub": Shows("sysadmin", "camera.probe", body={"url": "rtsp://10.0.0.8/x"}),
}
WAYS = {
    "POST /api/trails": Shows("officer", "trail.look", body=look("case", "A-20260001")),
    "GET /api/trails/{look_id}/cameras": Shows("officer", "trail.cameras"),
    "GET /api/trails/{look_id}/export": Shows("officer", "trail.export", True, query="?form=gpx"),
    "GET /api/spot-checks/{check_id}/sheet": Shows("officer", "trail.export", True),
    "POST /api/live-look": Shows("officer", "guards.look", body={"purpose": "case", "case_ref": "A-20260001"}),
    "GET /api/push": Shows("operator", "people.look"),
    "GET /api/m/trail.{form}": Shows("guard", "trail.own_copy", True),
    "GET /api/shifts/{shift_id}/score": Shows("company", "people.look"),
    "GET /api/shifts/{shift_id}/evidence/{line}": Shows("officer", "people.look"),
    "GET /api/dead-letters/{letter_id}/body": Shows("sysadmin", "dead.look"),
    "GET /api/quarantine": Shows("sysadmin", "people.look"),
}
PEOPLE = {
    "GET /api/guards": Shows("leader", "people.look"),
    "GET /api/guards/{guard_id}/contact": Shows("leader", "people.look"),
    "GET /api/phones": Shows("secadmin", "people.look"),
    "GET /api/company/guards": Shows("company", "people.look"),
    "GET /api/company/now": Shows("company", "people.look"),
    "GET /api/company/month": Shows("company", "people.look", query=MONTH),
    "GET /api/ground/{kind}": Shows("sysadmin", "people.look"),
    "GET /api/devices": Shows("sysadmin", "people.look"),
    "GET /api/spot-checks/suggestions": Shows("officer", "people.look"),
    "GET /api/spot-checks/unchecked": Shows("officer", "people.look"),
    "GET /api/accounts": Shows("secadmin", "people.look"),
    "GET /api/factors": Shows("auditor", "people.look"),
    "GET /api/factor-resets": Shows("secadmin", "people.look"),
    "GET /api/sessions": Shows("secadmin", "people.look"),
    "GET /api/log-ins/addresses": Shows("secadmin", "people.look"),
    "GET /api/log-ins/failed": Shows("secadmin", "people.look"),
    "GET /api/log-ins/locks": Shows("secadmin", "people.look"),
}
FILES = {
    "GET /api/sos.{form}": Shows("officer", "sos.export", True),
    "GET /api/alerts.{form}": Shows("leader", "alert.export", True),
    "GET /api/records.{form}": Shows("leader", "record.export", True),
    "GET /api/cameras/sheet": Shows("sysadmin", "camera.export", True),
    "GET /api/cameras.{form}": Shows("operator", "camera.list_export", True),
    "GET /api/watch.{form}": Shows("operator", "watch.export", True),
    "GET /api/company/guards.{form}": Shows("company", "company.export", True),
    "GET /api/ground/{kind}/export": Shows("sysadmin", "ground.export", True),
    "GET /api/grids.geojson": Shows("sysadmin", "ground.export", True),
    "GET /api/roster.{form}": Shows(
        "company", "roster.export", True, query=f"?from_at={T0 - 86_400}&to_at={T0 + 86_400}"
    ),
    "GET /api/company/month.{form}": Shows("company", "company.export", True, query=MONTH),
    "GET /api/spot-checks.{form}": Shows("officer", "spot_check.export", True),
    "GET /api/spot-checks/unchecked.{form}": Shows("officer", "spot_check.export", True),
    "GET /api/audit.{form}": Shows("auditor", "audit.export", True),
    "GET /api/audit/head": Shows("auditor", "seal.export", True),
    "GET /api/hand-over-sheet": Shows("operator", "hand_over_sheet.export", True),
}
FILES_OF_ONES_OWN = {"GET /api/m/trail.{form}"}
SHOWING = FOOTAGE | WAYS | PEOPLE | FILES


def routes() -> set[str]:
    """Every route of the application itself: `GET /api/map`."""
    return {
        f"{method} {route.path}" for _, router in ROUTERS for route in every_route(router.routes)
        for method in route.methods or set()
    }  # fmt: skip


def said(text: str) -> set[str]:
    return {one for line in text.strip().splitlines() for one in line.split("|")}


def test_every_route_says_what_it_shows_and_none_is_said_twice() -> None:
    """A new route joins one of the tables above, or this fails."""
    all_of_them = routes()
    tables = [said(NOTHING), said(WORK), {one for one in all_of_them if OWN.match(one)}, REGISTER, set(SHOWING)]
    assert sorted(all_of_them - set().union(*tables)) == []
    assert sorted(set().union(*tables) - all_of_them) == [], "a route that is no more"
    assert sum(len(one) for one in tables) == len(set().union(*tables))


class Scene:
    """A room in which each of these addresses has something to show."""

    def __init__(self, room: Any, alert: Any) -> None:
        self.room = room
        room.console.evidence.write("2026-09-21/al-0001.mp4", b"a clip")
        room.take(Evidence(alert.id, alert.camera_id, T0, (), "2026-09-21/al-0001.mp4", clip_from=T0, clip_seconds=2.0))
        incident = confirmed(room, alert)
        free_of_the_seeded_task(room)
        task = room.role("operator").post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G1"}).json()
        attach(reported(room), a_picture())
        with room.store.write() as session:
            session.add(LedgerLine(id="l1", at=T0, shift_id="S1", guard_id="G1", unit_id="U1", rule_version="r1", line="presence",
                                   points=1.0, out_of=1.0, numerator=1.0, denominator=1.0, provisional=True, evidence={}, reason=""))  # fmt: skip
        officer = room.role("officer")
        shown = officer.post("/api/trails", look("spot_check")).json()
        check = {
            "kind": "trail",
            "guard_id": "G1",
            "shift_id": "S1",
            "chosen_by": "unchecked",
            "case_ref": shown["case_ref"],
        }
        made = officer.post("/api/spot-checks", check | {"result": "remark", "note": "东门未到"})
        assert made.status_code == 200, made.text
        room.redis.xadd(
            keys.DEAD, {"stream": keys.ALERTS, "id": "1-0", "why": "x", "reason": "value", "raw": b"lat=34"}
        )
        self.ids = {
            "alert_id": alert.id, "dispatch_id": task["dispatch"]["id"], "report_id": REPORT, "camera_id": "C01",
            "look_id": shown["look_id"], "check_id": made.json()["spot_check"]["id"], "shift_id": "S1", "line": "presence",
            "letter_id": DeadLetters(room.redis).newest(1)[0].id, "kind": "guards", "form": "csv", "guard_id": "G1",
        }  # fmt: skip
        self.worker = Worker(room)
        room.redis.zadd(keys.ingest_workers(), {"w1": 1.0})

    def ask(self, route: str, shows: Shows) -> Any:
        method, path = route.split(" ")
        if path in {"/api/cameras/probe", "/api/cameras/sub"}:
            self.worker.answer = (200, msgspec.json.encode(PROBED), {})
        else:
            media = (
                "multipart/x-mixed-replace; boundary=f"
                if path.endswith("/mjpeg")
                else "image/jpeg"
                if path.endswith("/frame")
                else "video/mp4"
            )
            self.worker.answer = (200, b"picture", {"X-Viewer": "abc", "Content-Type": media})
        address = path.format(**self.ids) + shows.query
        return self.room.role(shows.role).ask(method, address, shows.body)


@pytest.fixture
def scene(room: Any, alert: Any) -> Any:
    made = Scene(room, alert)
    yield made
    made.worker.server.shutdown()


def test_whatever_is_shown_or_taken_away_stands_in_the_register_with_its_digest(scene: Any) -> None:
    room, faults = scene.room, list[str]()
    for route, shows in sorted(SHOWING.items(), key=lambda one: one[0] == "GET /api/push"):
        if route == "GET /api/push":
            room.console.hub.close()  # its answer ends at once: what is asked is what comes before the first byte
        before = len(room.audit())
        answer = scene.ask(route, shows)
        new = room.audit()[before:]
        rows = [row for row in new if row.action == shows.action and row.actor_id == f"a-{shows.role}"]
        if not answer.is_success or not rows or (len(rows) > 1 and route != "POST /api/cameras/sub"):
            faults.append(f"{route}: {answer.status_code} {answer.text[:80]} {[row.action for row in new]}")
            continue
        if shows.digest and rows[0].detail.get("sha256") != hashlib.sha256(answer.content).hexdigest():
            faults.append(f"{route}: no digest of what was shown: {rows[0].detail}")
        if rows[0].purpose not in {None, *PURPOSES}:
            faults.append(f"{route}: purpose {rows[0].purpose}")
        if route in FOOTAGE | WAYS | PEOPLE and not rows[0].purpose and route not in FILES_OF_ONES_OWN:
            faults.append(f"{route}: no purpose")
    assert faults == []


@pytest.mark.parametrize("step", [-3600.0, -1.0, 600.0])
def test_a_wall_clock_that_is_set_hides_no_look(room: Any, alert: Any, step: float) -> None:
    operator = room.role("operator")
    operator.get(f"/api/alerts/{alert.id}/snapshot")
    room.clock.step(step)
    for _ in range(23):
        room.clock.advance(61)
        operator.get("/api/me")
        assert operator.get(f"/api/alerts/{alert.id}/snapshot").status_code == 200
        room.clock.advance(5)
        operator.get(f"/api/alerts/{alert.id}/snapshot")  # within the minute: the same look
    assert len(room.audit("snapshot.look")) == 24


def test_a_copy_that_changed_is_another_look(room: Any) -> None:
    """Within the minute: a clip, then its copy for browsers that play no H.265."""
    who = Actor("a-operator", "甲", "operator")
    for digest in ("a" * 64, "a" * 64, "b" * 64):
        room.console.looks.register(who, "clip.look", "alert", "al-1", purpose="alert_judging", sha256=digest)
    assert [one.detail["sha256"][0] for one in room.audit("clip.look")] == ["a", "b"]


def test_a_list_of_people_is_registered_once_a_person_and_hour(room: Any) -> None:
    leader = room.role("leader")
    for _ in range(3):
        leader.get("/api/guards")
    room.role("company").get("/api/guards")
    assert [(row.actor_id, row.object_id, row.purpose) for row in room.audit("people.look")] == [
        ("a-leader", "guards", "duty"), ("a-company", "guards", "duty")]  # fmt: skip
    room.clock.advance(600)
    leader.get("/api/guards")
    assert len(room.audit("people.look")) == 2
