"""The officer's own page: what waits, whom nobody checked for thirty days, and a check on paper."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest
from sqlalchemy import event

from console.audit.own_looks import live_looks_at
from lianqin.testing import T0, a_fix
from patrol.calls.tables import PointCall
from patrol.checks import spot_checks
from patrol.checks.suggestions import suggest
from patrol.county.tables import Guard
from patrol.duty.tables import Shift
from patrol.trails.store import TrailStore

DAY = 86_400.0
TRAIL = {
    "kind": "trail",
    "guard_id": "G1",
    "shift_id": "S1",
    "result": "remark",
    "note": "东门未到",
    "chosen_by": "unchecked",
}


def test_who_was_on_duty_and_not_checked_for_thirty_days_is_listed_and_suggested(room: Any) -> None:
    with room.store.write() as session:
        for n, (guard, ago_days, checked_days) in enumerate(
            (("G3", 20, None), ("G4", 20, 31), ("G5", 20, 29), ("G6", 40, None))
        ):
            session.add(Guard(id=guard, unit_id="U1", name=f"保安{guard}"))
            session.flush()
            session.add(Shift(id=f"S-{guard}", guard_id=guard, unit_id="U1", area_id="A1", opened_at=T0 - ago_days * DAY,
                              opened_by="系统", due_end_at=T0 - ago_days * DAY + 28_800, closed_at=T0 - ago_days * DAY + 28_800, facts={}))  # fmt: skip
            if checked_days is not None:
                session.add(spot_checks.SpotCheck(id=f"sc-{n}", kind="trail", guard_id=guard, unit_id="U1", officer_id="o", officer_name="甲",
                                                  chosen_by="own", case_ref=f"SC-20260801-00{n}", at=T0 - checked_days * DAY, result="in_order"))  # fmt: skip
    officer = room.role("officer")
    found = officer.get("/api/spot-checks/unchecked").json()
    assert [(one["guard"]["id"], one["shifts"], one["checked_at"]) for one in found["items"]] == [
        ("G1", 1, None), ("G2", 1, None), ("G3", 1, None), ("G4", 1, T0 - 31 * DAY)]  # fmt: skip
    lines = list(csv.DictReader(io.StringIO(officer.get("/api/spot-checks/unchecked.csv").content.decode("utf-8-sig"))))
    assert [line["Guard (id)"] for line in lines] == ["G1", "G2", "G3", "G4"]
    assert [row.detail["list"] for row in room.audit("spot_check.export")] == ["unchecked"]
    with room.store.read() as session:
        told = suggest(spot_checks.records(session, T0), "2026-09-21", T0, 4)
    assert {one.guard_id: one.chosen_by for one in told} | {"G1": "random", "G2": "random"} == {
        "G1": "random", "G2": "random", "G3": "unchecked", "G4": "unchecked"}  # fmt: skip
    officer.post("/api/spot-checks", TRAIL)
    assert [one["guard"]["id"] for one in officer.get("/api/spot-checks/unchecked").json()["items"]] == [
        "G2", "G3", "G4"]  # fmt: skip


def test_what_waits_for_the_officer_is_counted_kind_by_kind(room: Any) -> None:
    officer = room.role("officer")
    none = {"sos": 0, "calls": 0, "refusals": 0, "unsigned": 0, "suggestions": 5}
    assert officer.get("/api/spot-checks/waiting").json() == none
    with room.store.write() as session:
        call = session.get_one(PointCall, "pc-1")
        call.verdict, call.verdict_reason, call.verdict_at = "contradicted", "elsewhere", T0
    room.role("guard").post("/api/m/dispatches/dp-1/refuse", {"reason": "unable", "note": "x"})
    room.role("guard").post("/api/m/sos", {"id": "so-12345678"})
    made = officer.post("/api/spot-checks", TRAIL).json()["spot_check"]
    assert officer.get("/api/spot-checks/waiting").json() == {
        "sos": 1, "calls": 1, "refusals": 1, "unsigned": 1, "suggestions": 4}  # fmt: skip
    room.role("guard").post(f"/api/m/spot-checks/{made['id']}/sign", {"agrees": False, "note": "到过"})
    assert officer.get("/api/spot-checks/waiting").json()["unsigned"] == 0


def test_a_sheet_holds_what_was_found_and_is_registered_as_an_export_that_the_guard_sees(room: Any) -> None:
    fixes = [a_fix(id=f"fx-{n:03}", guard_id="G1", at=T0 - 1800 + n * 10, lon=119.2 + n * 1e-5) for n in range(180)]
    TrailStore(room.console.settings.trails).append("a-1-1", fixes)
    officer = room.role("officer")
    look = {"guard_id": "G1", "from_at": T0 - 900, "to_at": T0, "purpose": "spot_check"}
    number = officer.post("/api/trails", look).json()["case_ref"]
    made = officer.post("/api/spot-checks", TRAIL | {"case_ref": number}).json()["spot_check"]
    answer = officer.get(f"/api/spot-checks/{made['id']}/sheet")
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert (told["check"]["case_ref"], told["check"]["note"], told["guard"]["id"]) == (number, "东门未到", "G1")
    assert told["span"] == {"from_at": T0 - 900, "to_at": T0}
    assert (told["fixes"], sum(map(len, told["lines"])), len(told["shifts"])) == (90, 90, 1)
    [row] = room.audit("trail.export")
    assert (row.object_id, row.purpose, row.case_ref, row.detail["form"]) == ("G1", "spot_check", number, "sheet")
    assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert [one["kind"] for one in room.role("guard").get("/api/m/state").json()["looks"]] == ["export", "trail"]
    assert officer.get("/api/spot-checks/sc-none/sheet").json()["key"] == "spot_check.missing"


@pytest.mark.parametrize("guards", [1, 2])
def test_live_looks_at_any_number_of_guards_are_two_queries(room: Any, guards: int) -> None:
    room.role("officer").post("/api/live-look", {"purpose": "spot_check"})
    asked: list[str] = []  # other threads read the feed meanwhile
    engine = room.store.engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with room.store.read() as session:
        found = live_looks_at(session, ["G1", "G2"][:guards], room.clock.now() + 60)
    assert len(found) == guards
    assert sum("FROM audit" in one or "FROM shift" in one for one in asked) == 2
    seen = room.role("auditor").get("/api/audit?person=保安").json()["items"]
    assert [one["action"] for one in seen].count("guards.look") == 1
