"""Alerts are received once, shown with their evidence, judged once, undone in time; each look is registered first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from sqlalchemy import select

from console.alerts.receiving import EVIDENCE_PATIENCE, do_give_up_clips
from console.alerts.tables import AlertRow, PendingEvidence
from console.cameras.tables import CameraRow, ZoneRow
from console.evidence.footage import blurred
from console.incidents.tables import Incident
from console.rules.reasons import OWN
from lianqin import feed
from lianqin.errors import UnavailableError
from lianqin.records import Alert, CameraHealth, Evidence, TrackPath, TrackPoint
from lianqin.testing import T0, an_alert

LONGER = TrackPath("C01-1", "person", True, tuple(TrackPoint(T0 + n / 5, (0.4, 0.4, 0.45, 0.6), 0.8) for n in range(9)))


def evidence_of(alert: Alert, **changes: Any) -> Evidence:
    made = Evidence(alert.id, alert.camera_id, T0 + 12, (LONGER,), "2026-09-21/al-0001.mp4", clip_from=T0 - 10,
                    clip_seconds=20.0, codec="h264")  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def test_the_same_alert_delivered_twice_is_stored_and_told_once(room: Any) -> None:
    for _ in range(3):
        room.take(an_alert(), an_alert())
    assert len(room.role("operator").get("/api/alerts").json()["items"]) == 1
    with room.store.read() as session:
        assert [row.object_id for row in feed.after(session, 0)] == ["al-0001"]


@pytest.mark.parametrize("early", [False, True], ids=["after its alert", "before its alert"])
def test_evidence_joins_its_alert_whichever_comes_first(room: Any, early: bool) -> None:
    alert = an_alert()
    for record in (evidence_of(alert), alert) if early else (alert, evidence_of(alert)):
        room.take(record)
    shown = room.role("operator").get("/api/alerts/al-0001").json()
    assert shown["clip_state"] == "ready"
    assert (shown["clip_from"], shown["clip_seconds"], shown["codec"]) == (T0 - 10, 20.0, "h264")
    assert len(shown["tracks"][0]["points"]) == 9
    assert [step["key"] for step in shown["timeline"]] == ["alert.captured", "alert.received", "alert.clip"]
    with room.store.read() as session:
        assert list(session.scalars(select(PendingEvidence))) == []


def test_a_clip_that_is_not_whole_is_shown_and_says_what_it_lacks(room: Any) -> None:
    alert, lacks = an_alert(), "lacks 4.2 s before: changed; 3.0 s after: lost"
    room.take(alert, evidence_of(alert, clip_lacks=lacks))
    shown = room.role("operator").get("/api/alerts/al-0001").json()
    assert (shown["clip_state"], shown["clip_error"]) == ("ready", lacks)
    assert shown["timeline"][-1] | {"at": 0} == {"at": 0, "key": "alert.clip_lacks", "values": {"why": lacks}}


def test_a_repeat_of_the_evidence_is_not_told_again_but_a_further_merged_track_is(room: Any) -> None:
    alert = an_alert()
    room.take(alert, evidence_of(alert), evidence_of(alert), evidence_of(alert, merged_tracks=2))
    with room.store.read() as session:
        assert len(feed.after(session, 0)) == 3
    assert room.role("operator").get("/api/alerts/al-0001").json()["merged_tracks"] == 2


def test_a_clip_that_does_not_come_counts_as_missing_and_is_still_taken_later(room: Any) -> None:
    alert, operator = an_alert(), room.role("operator")
    room.take(alert)
    assert operator.get("/api/alerts/al-0001").json()["clip_state"] == "pending"
    assert operator.get("/api/alerts/al-0001/clip").json()["key"] == "clip.pending"
    room.clock.advance(EVIDENCE_PATIENCE + 1)
    with room.store.write() as session:
        assert do_give_up_clips(session, room.clock.now()) == 1
        assert do_give_up_clips(session, room.clock.now()) == 0
    assert operator.get("/api/alerts/al-0001").json()["clip_state"] == "missing"
    room.take(evidence_of(alert))
    assert operator.get("/api/alerts/al-0001").json()["clip_state"] == "ready"


def test_the_state_of_a_camera_follows_its_health_and_an_old_word_changes_nothing(room: Any) -> None:
    fault = CameraHealth("C01", "fault", "silent", since=T0 + 5, at=T0 + 5)
    room.take(fault, CameraHealth("C01", "ok", "", since=T0, at=T0))  # type: ignore[arg-type]
    with room.store.read() as session:
        row = session.get_one(CameraRow, "C01")
    assert (row.state, row.state_reason, row.state_since) == ("fault", "silent", T0 + 5)


@pytest.mark.parametrize(("waited", "level"), [(0, 0), (29, 0), (30, 1), (60, 2), (119, 2), (120, 3), (9999, 3)])
def test_an_alert_escalates_by_the_settings_steps(room: Any, alert: Any, waited: float, level: int) -> None:
    room.clock.advance(waited)
    [shown] = room.role("operator").get("/api/alerts?state=open").json()["items"]
    assert (shown["waiting_s"], shown["escalation"]) == (waited, level)
    assert "tracks" not in shown


def test_confirming_makes_one_incident_at_the_cameras_place_with_audit_and_push(room: Any, alert: Any) -> None:
    answer = room.role("operator").post(f"/api/alerts/{alert.id}/confirm").json()
    assert answer["alert"]["state"] == "confirmed"
    assert answer["alert"]["judged_by"] == "operator 甲"
    incident = answer["incident"]
    assert (incident["lon"], incident["lat"], incident["state"]) == (119.2, 34.0, "open")
    assert incident["place_name"] == "学院路1 · 东门"
    assert answer["alert"]["incident"]["id"] == incident["id"]
    assert [row.action for row in room.audit()] == ["alert.confirm", "incident.open"]
    with room.store.read() as session:
        assert [row.topic for row in feed.after(session, 0)] == ["alert", "alert", "incident"]


@pytest.mark.parametrize(
    ("camera", "zone", "told"),
    [
        ({}, {}, "Xueyuan Rd 1 · East gate"),
        ({"name_en": ""}, {}, "学院路1 · East gate"),
        ({}, {"name_en": ""}, "Xueyuan Rd 1 · 东门"),
        ({"name_en": ""}, {"name_en": ""}, ""),
        ({"name": "学院路南"}, {}, ""),
    ],
    ids=["both", "the zone's alone", "the camera's alone", "neither", "renamed since"],
)
def test_an_incidents_place_is_told_in_english_as_far_as_its_names_are(
    room: Any, alert: Any, camera: Any, zone: Any, told: str
) -> None:
    room.role("operator").post(f"/api/alerts/{alert.id}/confirm")
    with room.store.write() as session:
        for row, changes in ((session.get_one(CameraRow, alert.camera_id), {"name_en": "Xueyuan Rd 1"} | camera),
                             (session.get_one(ZoneRow, alert.zone_id), zone)):  # fmt: skip
            for key, value in changes.items():
                setattr(row, key, value)
    [listed] = room.role("operator").get("/api/incidents").json()["items"]
    [sheet] = room.role("operator").get("/api/hand-over-sheet").json()["incidents"]["items"]
    assert (listed["place_name"], listed["place_name_en"]) == ("学院路1 · 东门", told)
    assert sheet["place_name_en"] == told


@pytest.mark.parametrize("second", ["confirm", "ignore", "false"])
def test_who_judges_second_is_told_who_was_first_and_when(room: Any, alert: Any, second: str) -> None:
    room.role("operator").post(f"/api/alerts/{alert.id}/confirm")
    room.clock.advance(3)
    body = {"reason": "animal"} if second == "false" else None
    answer = room.visitor("a-operator2").post(f"/api/alerts/{alert.id}/{second}", body)
    problem = answer.json()
    assert (answer.status_code, problem["key"]) == (409, "alert.judged")
    assert problem["values"]["by"] == "operator 甲"
    assert problem["values"]["at"] == T0
    assert "operator 甲 judged this alert at 22:13:20" in problem["detail"]
    with room.store.read() as session:
        assert len(list(session.scalars(select(Incident)))) == 1


@pytest.mark.parametrize(
    ("changes", "picture"),
    [({"snapshot": "2026-09-21/al-0001.jpg"}, True), ({"snapshot": None}, False),
     ({"snapshot": "2026-09-21/al-0001.jpg", "purged_at": T0 + 60}, False)],
    ids=["it has one", "it never had one", "past its term"],
)  # fmt: skip
def test_the_list_of_incidents_says_whose_picture_can_be_seen(
    room: Any, alert: Any, changes: Any, picture: bool
) -> None:
    operator = room.role("operator")
    operator.post(f"/api/alerts/{alert.id}/confirm")
    with room.store.write() as session:
        row = session.scalar(select(AlertRow).where(AlertRow.id == alert.id))
        for key, value in changes.items():
            setattr(row, key, value)
    [incident] = operator.get("/api/incidents").json()["items"]
    assert incident["picture"] is picture


@pytest.mark.parametrize("reason", OWN)
def test_a_false_alarm_keeps_its_reason(room: Any, alert: Any, reason: str) -> None:
    answer = room.role("operator").post(f"/api/alerts/{alert.id}/false", {"reason": reason})
    assert answer.json()["alert"]["judge_reason"] == reason
    assert room.audit("alert.false")[0].detail["reason"] == reason


@pytest.mark.parametrize("body", [None, {}, {"reason": "petitioner"}, {"reason": "animal", "tag": "x"}])
def test_a_reason_that_is_not_on_the_list_is_refused(room: Any, alert: Any, body: Any) -> None:
    assert room.role("operator").post(f"/api/alerts/{alert.id}/false", body).status_code == 422
    assert room.audit() == []


def test_a_judgement_can_be_undone_for_a_minute_and_its_incident_is_withdrawn(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    first = operator.post(f"/api/alerts/{alert.id}/confirm").json()["incident"]["id"]
    room.clock.advance(59)
    shown = operator.post(f"/api/alerts/{alert.id}/reopen").json()["alert"]
    assert (shown["state"], shown["incident"], shown["judged_by"]) == ("new", None, None)
    assert operator.get(f"/api/incidents/{first}").json()["state"] == "withdrawn"
    assert [step["key"] for step in shown["timeline"]][-4:] == [
        "alert.confirmed", "incident.opened", "alert.reopened", "incident.withdrawn"]  # fmt: skip
    assert operator.post(f"/api/alerts/{alert.id}/reopen").json()["key"] == "alert.not_judged"
    assert operator.post(f"/api/alerts/{alert.id}/confirm").status_code == 200
    room.clock.advance(61)
    assert operator.post(f"/api/alerts/{alert.id}/reopen").json()["key"] == "alert.reopen_late"


def test_the_precision_of_a_camera_counts_confirmed_and_false_of_thirty_days(room: Any) -> None:
    operator = room.role("operator")
    for n, verb in enumerate(["confirm", "confirm", "false", "ignore"]):
        room.take(an_alert(id=f"al-{n}"))
        operator.post(f"/api/alerts/al-{n}/{verb}", {"reason": "animal"} if verb == "false" else None)
    room.take(an_alert(id="al-old", captured_at=T0 - 31 * 86400))
    operator.post("/api/alerts/al-old/false", {"reason": "animal"})
    shown = operator.get("/api/alerts/al-0").json()["precision"]
    assert (shown["confirmed"], shown["false"], round(shown["share"], 3)) == (2, 1, 0.667)
    assert shown["bounds"] is None, "three judged are too few"


def test_the_precision_of_a_camera_has_bounds_once_ten_were_judged(room: Any) -> None:
    operator = room.role("operator")
    for n in range(10):
        room.take(an_alert(id=f"al-{n}", zone_id=f"z{n}"))
        assert operator.get(f"/api/alerts/al-{n}").json()["precision"]["bounds"] is None
        operator.post(f"/api/alerts/al-{n}/confirm")
    shown = operator.get("/api/alerts/al-0").json()["precision"]
    assert shown["share"] == 1.0
    assert shown["bounds"] == pytest.approx([0.722, 1.0], abs=1e-3), "ten of ten are no certainty: Wilson's bounds"


def test_the_list_pages_newest_first_without_gaps_or_repeats_while_new_ones_arrive(room: Any) -> None:
    operator = room.role("operator")
    for n in range(25):
        room.take(an_alert(id=f"al-{n:03}"))
    seen, cursor = [], ""
    while True:
        page = operator.get(f"/api/alerts?limit=10{cursor}").json()
        seen += [item["id"] for item in page["items"]]
        room.take(an_alert(id=f"al-late-{len(seen)}"))
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [f"al-{n:03}" for n in reversed(range(25))]
    assert operator.get("/api/alerts?cursor=xyz").json()["key"] == "list.cursor"


@pytest.mark.parametrize(
    ("asked", "found"),
    [("q=学院路2", ["b"]), ("q=college road", ["b", "a"]), ("q=东门", ["a"]), ("camera_id=C02", ["b"]), ("q=100%", []),
     ("situation=loitering", ["b"]), ("state=judged", []), ("state=open", ["b", "a"])],
)  # fmt: skip
def test_the_queue_can_be_searched_and_filtered(room: Any, asked: str, found: list[str]) -> None:
    room.take(an_alert(id="a", zone_name="东门"), an_alert(id="b", camera_id="C02", situation="loitering"))
    answer = room.role("operator").get(f"/api/alerts?{asked}").json()
    assert [item["id"] for item in answer["items"]] == found


def test_a_picture_is_shown_only_after_its_look_is_registered_once_a_minute(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    for _ in range(3):
        answer = operator.get(f"/api/alerts/{alert.id}/snapshot")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "private, no-store"
    room.visitor("a-operator2").get(f"/api/alerts/{alert.id}/snapshot")
    [look, other] = room.audit("snapshot.look")
    assert (look.purpose, look.case_ref, look.object_id, look.actor_id) == (
        "alert_judging", alert.id, alert.id, "a-operator")  # fmt: skip
    assert other.actor_id == "a-operator2"
    room.clock.advance(61)
    operator.get(f"/api/alerts/{alert.id}/snapshot")
    assert len(room.audit("snapshot.look")) == 3


def test_no_picture_leaves_when_the_look_cannot_be_registered(room: Any, alert: Any, monkeypatch: Any) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise UnavailableError("database.away", "away")

    operator = room.role("operator")
    monkeypatch.setattr(room.console.looks, "register", away)
    answer = operator.get(f"/api/alerts/{alert.id}/snapshot")
    assert (answer.status_code, answer.json()["key"]) == (503, "database.away")


@pytest.mark.parametrize(
    ("asked", "status", "first", "length", "said"),
    [
        (None, 200, 0, 1000, None),
        ("bytes=0-99", 206, 0, 100, "bytes 0-99/1000"),
        ("bytes=900-", 206, 900, 100, "bytes 900-999/1000"),
        ("bytes=-10", 206, 990, 10, "bytes 990-999/1000"),
        ("bytes=990-5000", 206, 990, 10, "bytes 990-999/1000"),
        ("bytes=1000-", 416, 0, 0, None),
        ("bytes=5-1", 416, 0, 0, None),
        ("bytes=-0", 416, 0, 0, None),
        ("bytes=0-1,5-6", 200, 0, 1000, None),
        ("pages=1-2", 200, 0, 1000, None),
    ],
)
def test_a_clip_is_served_whole_or_by_range(
    room: Any, alert: Any, asked: str | None, status: int, first: int, length: int, said: str | None
) -> None:
    content = bytes(n % 251 for n in range(1000))
    room.console.evidence.write("2026-09-21/al-0001.mp4", content)
    room.take(evidence_of(alert))
    headers = {"range": asked} if asked else {}
    answer = room.role("operator").get(f"/api/alerts/{alert.id}/clip", **headers)
    assert answer.status_code == status
    if status != 416:
        assert answer.content == content[first : first + length]
        assert answer.headers.get("content-range") == said
        assert answer.headers["accept-ranges"] == "bytes"
        assert len(room.audit("clip.look")) == 1


def test_a_file_that_is_gone_is_said_to_be_gone_and_no_look_is_written(room: Any) -> None:
    room.take(an_alert(snapshot="2026-09-21/gone.jpg"), an_alert(id="al-2", snapshot_error="disk full"))
    operator = room.role("operator")
    assert operator.get("/api/alerts/al-0001/snapshot").json()["key"] == "evidence.missing"
    problem = operator.get("/api/alerts/al-2/snapshot").json()
    assert (problem["status"], problem["key"]) == (404, "snapshot.missing")
    assert "disk full" in problem["detail"]
    assert room.audit("snapshot.look") == []


def test_an_export_is_registered_and_no_cell_can_run_as_a_formula(room: Any) -> None:
    room.take(an_alert(zone_name="=cmd|' /C calc'!A0"))
    answer = room.role("leader").get("/api/alerts.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert ",'=cmd|" in answer.text
    assert [row.detail["rows"] for row in room.audit("alert.export")] == [1]
    assert room.role("operator").get("/api/alerts.csv").status_code == 403


def test_a_blurred_picture_keeps_no_detail(room: Any, alert: Any) -> None:
    sharp = cv2.imdecode(np.frombuffer(room.console.evidence.read(alert.snapshot), np.uint8), cv2.IMREAD_GRAYSCALE)
    soft = cv2.imdecode(
        np.frombuffer(blurred(room.console.evidence.read(alert.snapshot)), np.uint8), cv2.IMREAD_GRAYSCALE
    )
    assert soft.shape == sharp.shape
    assert cv2.Laplacian(soft, cv2.CV_64F).var() < cv2.Laplacian(sharp, cv2.CV_64F).var() / 500


def test_the_alerts_tracks_and_clips_stay_when_the_camera_is_removed(room: Any, alert: Any, tmp_path: Path) -> None:
    assert room.role("sysadmin").ask("DELETE", "/api/cameras/C01").status_code == 200
    shown = room.role("operator").get(f"/api/alerts/{alert.id}").json()
    assert shown["camera"]["id"] == "C01"
    with room.store.read() as session:
        assert session.scalar(select(AlertRow.id)) == alert.id
