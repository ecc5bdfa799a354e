"""The command room's hand-over sheet: what stands on it, who may make it, and the seals that leave the house on paper."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from console.access.permissions import ROLES
from console.cameras.tables import CameraRow, Outage
from console.handing.sheet import MOST
from lianqin import audit
from lianqin.seals import HOUR
from lianqin.testing import T0, an_alert
from patrol.calls.tables import PointCall
from patrol.county.tables import Area, Organisation, Post
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import RosterEntry, Shift
from patrol.scores.tables import LedgerLine
from patrol.sos.tables import SosCallRow

PATH = "/api/hand-over-sheet"


def sheet(room: Any, role: str = "operator", query: str = "") -> dict[str, Any]:
    answer = room.role(role).get(PATH + query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def judged_alerts(room: Any) -> None:
    """Two open, one confirmed with a guard sent and one who refused, one false, one ignored."""
    operator = room.role("operator")
    for n, captured in enumerate((T0 - 50, T0 - 90, T0 - 30, T0 - 20, T0 - 10)):
        room.take(an_alert(id=f"al-{n}", captured_at=captured, published_at=captured, zone_name="东门"))
    incident = operator.post("/api/alerts/al-2/confirm").json()["incident"]["id"]
    operator.post("/api/alerts/al-3/false", {"reason": "animal"})
    operator.post("/api/alerts/al-4/ignore")
    with room.store.write() as session:
        for guard, state in (("1", "accepted"), ("2", "refused")):
            dispatch = session.get_one(Dispatch, f"dp-{guard}")
            dispatch.incident_id, dispatch.state = incident, state


def test_what_is_open_and_what_was_judged_in_the_shift_stands_on_it(room: Any) -> None:
    judged_alerts(room)
    room.clock.advance(60)
    told = sheet(room)["alerts"]
    assert (told["open"], told["judged"], told["false_reasons"]) == (
        2,
        {"confirmed": 1, "false": 1, "ignored": 1},
        {"animal": 1},
    )
    assert (told["oldest"]["id"], told["oldest"]["camera"]["name"]) == ("al-1", "学院路1")
    assert told["oldest"]["zone"] == {"name": "东门", "name_en": "East gate"}
    assert told["oldest"]["captured_at"] == T0 - 90
    [incident] = sheet(room)["incidents"]["items"]
    assert incident["place_name"] == "学院路1 · 东门"
    assert [(one["guard"]["name"], one["guard"]["unit"]["name"], one["state"]) for one in incident["sent"]] == [
        ("保安1", "1号保安公司", "accepted")
    ]
    later = sheet(room, query=f"?from={T0 + 30}")["alerts"]
    assert (later["open"], later["judged"]) == (2, {}), "judged before that shift"


def test_calls_cameras_guards_and_gaps_stand_on_it(room: Any) -> None:
    with room.store.write() as session:
        session.add(
            SosCallRow(
                id="sos-1", guard_id="G1", unit_id="U1", raised_at=T0 - 60, known_at=T0 - 60, last_press_at=T0 - 60
            )
        )
        session.add(
            SosCallRow(
                id="sos-2",
                guard_id="G2",
                unit_id="U2",
                raised_at=T0 - 90,
                known_at=T0 - 90,
                last_press_at=T0 - 90,
                state="closed",
            )
        )
        session.get_one(PointCall, "pc-2").verdict = "confirmed"
        session.add(Outage(camera_id="C01", reason="behind", detail="", from_at=T0 - 600))
        session.add(Outage(camera_id="C02", reason="covered", detail="", from_at=T0 - 900, to_at=T0 - 800))
        session.get_one(Area, "A1").needed = 3
        session.get_one(Shift, "S2").duty_state = "on_break"
        session.add(Post(id="P1", area_id="A1", name="北门岗", lon=119.2, lat=34.0))
        session.flush()
        session.add(RosterEntry(id="ro-1", unit_id="U1", guard_id="G1", area_id="A1", post_id="P1", day="2026-09-21", begins_at=T0 - 3600,
                                ends_at=T0 + 3600, state="absent", state_at=T0 - 3000, missing_since=T0 - 3000))  # fmt: skip
        session.add(Organisation(id="O1", kind="station", name="城东派出所"))
    told = sheet(room)
    assert [(one["guard"]["name"], one["raised_at"]) for one in told["sos"]["items"]] == [("保安1", T0 - 60)]
    assert [one["id"] for one in told["point_calls"]["items"]] == ["pc-1"]
    assert [(one["name"], one["reason"], one["since"]) for one in told["cameras"]["items"]] == [
        ("学院路1", "behind", T0 - 600)
    ]
    assert [(one["name"], one["on_shift"], one["on_break"]) for one in told["units"]["items"]] == [
        ("1号保安公司", 1, 0), ("2号保安公司", 1, 1)]  # fmt: skip
    [gap] = told["missing"]["items"]
    assert (gap["guard"]["name"], gap["area"]["name"], gap["post"]["name"], gap["missing_since"]) == (
        "保安1",
        "城东",
        "北门岗",
        T0 - 3000,
    )
    [short] = told["short"]["items"]
    assert (short["area"]["name"], short["needed"], short["on_shift"]) == ("城东", 3, 2)
    assert (told["place"]["name"], told["printed_by"], told["role"]) == ("城东派出所", "operator 甲", "operator")
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").enabled = False
    assert sheet(room)["cameras"]["count"] == 0, "it is not to serve"


def test_a_long_list_is_cut_with_its_whole_count(room: Any) -> None:
    with room.store.write() as session:
        for n in range(MOST + 5):
            session.add(SosCallRow(id=f"sos-{n}", guard_id=f"GX{n}", raised_at=T0 - n, known_at=T0, last_press_at=T0))
    told = sheet(room)["sos"]
    assert (told["count"], len(told["items"]), told["items"][0]["id"]) == (MOST + 5, MOST, f"sos-{MOST + 4}")
    assert told["items"][0]["guard"]["name"] == f"GX{MOST + 4}", "whom nobody knows keeps the bare id"


def test_the_shift_begins_with_the_first_log_in_or_as_it_is_said(room: Any) -> None:
    assert sheet(room)["from_at"] == T0 - 8 * HOUR
    with room.store.write() as session:
        for who, hours in (("operator", 20), ("operator", 9), ("operator", 1), ("leader", 12)):
            actor = audit.Actor(f"a-{who}", who, "operator")
            audit.write(session, actor, "account.login", "account", actor.id, at=T0 - hours * HOUR)
    assert sheet(room)["from_at"] == T0 - 9 * HOUR
    assert sheet(room, query=f"?from={T0 - 60}")["from_at"] == T0 - 60
    for wrong in (T0, T0 + 1, T0 - 24 * HOUR - 1, 0):
        answer = room.role("operator").get(f"{PATH}?from={wrong}")
        assert (answer.status_code, answer.json()["key"]) == (422, "hand_over_sheet.begin")
    assert room.role("operator").get(f"{PATH}?from=nan").status_code == 422


def test_it_is_registered_with_the_digest_of_what_was_printed(room: Any) -> None:
    answer = room.role("leader").get(f"{PATH}?from={T0 - 60}")
    [row] = room.audit("hand_over_sheet.export")
    assert (row.actor_id, row.object_kind, row.purpose) == ("a-leader", "hand_over_sheet", "duty")
    assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert (row.detail["from_at"], row.detail["to_at"]) == (T0 - 60, T0)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_print_it_may_seal_and_nobody_else_either(room: Any, role: str) -> None:
    expected = 200 if role in {"operator", "leader", "officer"} else 403
    assert room.role(role).get(PATH).status_code == expected
    assert room.role(role).post("/api/seals").status_code == expected
    assert len(room.audit("seal.take")) == (1 if expected == 200 else 0)


def test_a_seal_that_is_missing_or_older_than_an_hour_is_said_and_can_be_made(room: Any) -> None:
    audit_chain, draws, points = sheet(room)["seals"]
    assert (audit_chain["seal"], audit_chain["since"], audit_chain["late"]) == (None, 0, False), "no row yet"
    assert (draws["chain"], draws["since"], draws["late"]) == ("draws", 1, True)
    audit_chain, _, points = sheet(room)["seals"]
    assert (audit_chain["seal"], audit_chain["since"], audit_chain["late"]) == (None, 1, True), (
        "the first sheet's own row"
    )
    assert (points["chain"], points["seal"], points["late"]) == ("points", None, False)
    made, drawn = room.role("operator").post("/api/seals").json()["items"]
    assert (made["chain"], made["seq"], made["kind"]) == ("audit", 2, "taken")
    [row] = room.audit("seal.take")
    assert (row.seq, row.detail["seals"]) == (3, {"audit": f"2:{made['hash']}", "draws": f"1:{drawn['hash']}"})
    told = sheet(room)["seals"][0]
    assert (told["seal"], told["since"], told["late"]) == (made, 1, False)
    room.clock.advance(HOUR + 1)
    room.forget_visitors()
    assert sheet(room)["seals"][0]["late"] is True


def test_a_chain_to_which_nothing_was_added_is_not_late(room: Any) -> None:
    with room.store.write() as session:
        session.add(LedgerLine(id="l1", at=T0, shift_id="S1", guard_id="G1", unit_id="U1", rule_version="r1", line="presence", points=1,
                               out_of=1, numerator=1, denominator=1, provisional=True, evidence={}, reason=""))  # fmt: skip
    room.role("leader").post("/api/seals")
    room.clock.advance(5 * HOUR)
    room.forget_visitors()
    register, _, points = sheet(room)["seals"]
    assert (register["late"], points["late"], points["since"], points["seal"]["seq"]) == (True, False, 0, 1)


def test_an_incident_that_was_withdrawn_is_not_handed_over(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    operator.post(f"/api/alerts/{alert.id}/confirm")
    before = operator.get("/api/hand-over-sheet").json()["incidents"]["count"]
    operator.post(f"/api/alerts/{alert.id}/reopen")
    assert operator.get("/api/hand-over-sheet").json()["incidents"]["count"] == before - 1


def test_what_is_shelved_is_counted_apart_from_what_is_open_and_comes_back_when_the_shelf_is_over(room: Any) -> None:
    for n, camera in ((1, "C01"), (2, "C02"), (3, "C02")):
        room.take(an_alert(id=f"al-{n}", camera_id=camera, captured_at=T0 - 100 + n, published_at=T0 - 100 + n))
    shelf = {"camera_id": "C02", "minutes": 10, "reason": "施工"}
    assert room.role("operator").post("/api/shelves", shelf).status_code == 200
    room.clock.advance(60)
    told = sheet(room)
    assert (told["alerts"]["open"], told["alerts"]["oldest"]["id"]) == (1, "al-1")
    assert (told["shelved"]["alerts"], told["shelved"]["count"]) == (2, 1)
    [row] = told["shelved"]["items"]
    assert (row["camera"]["name"], row["reason"], row["shelved_by"], row["until_at"], row["alerts"]) == (
        "学院路2", "施工", "operator 甲", T0 + 600, 2,
    )  # fmt: skip
    room.clock.advance(600)
    told = sheet(room)
    assert (told["alerts"]["open"], told["shelved"]) == (3, {"alerts": 0, "count": 0, "items": []})


def test_what_is_promised_and_who_is_sent_stands_on_it(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    operator.post(f"/api/alerts/{alert.id}/notes", {"note": "答应店主回电", "due_at": T0 + 60})
    room.clock.advance(120)
    told = sheet(room)
    [promise] = told["promised"]["items"]
    assert (promise["words"], promise["due_at"], promise["made_by"]) == ("答应店主回电", T0 + 60, "operator 甲")
    assert [(one["guard"]["id"], one["state"]) for one in told["tasks"]["items"]] == [
        ("G1", "called"),
        ("G2", "called"),
    ]
    operator.post(f"/api/promises/{promise['id']}/keep")
    assert sheet(room)["promised"] == {"count": 0, "items": []}
