"""Findings that guards report: written once, the picture after it, an incident or a word, and kept as long as evidence is."""

from __future__ import annotations

from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from console.alerts.tables import AlertRow
from console.evidence.keeper import Keeper
from console.evidence.terms import DAY_S
from console.incidents.tables import Incident
from console.reports.media import picture_of
from console.reports.reports import MOST_A_DAY, readable
from console.reports.tables import GuardReport
from lianqin.errors import RecordError
from lianqin.testing import T0
from tests.console.conftest import a_picture

ID = "gr-" + "a" * 32
WEBM = b"\x1a\x45\xdf\xa3" + b"voice" * 20
EXIF = b"\xff\xe1" + (2 + 14).to_bytes(2, "big") + b"Exif\0\0GPS here"
COMMENT = b"\xff\xfe" + (2 + 6).to_bytes(2, "big") + b"a note"


def finding(report_id: str = ID, **more: Any) -> dict[str, Any]:
    return {"id": report_id, "kind": "facility", "at": T0 - 5, "words": "井盖缺失", "promised": "photo", "lon": 119.2, "lat": 34.0005,
            "accuracy_m": 8, **more}  # fmt: skip


def attach(visitor: Any, data: bytes, report_id: str = ID) -> httpx.Response:
    answer: httpx.Response = visitor.client.post(f"/api/m/reports/{report_id}/media", content=data,
                                                 headers=visitor.headers({"content-type": "application/octet-stream"}))  # fmt: skip
    return answer


def reported(room: Any, **more: Any) -> Any:
    guard = room.role("guard")
    assert guard.post("/api/m/reports", finding(**more)).status_code == 200
    return guard


def with_metadata(jpeg: bytes) -> bytes:
    return jpeg[:2] + EXIF + COMMENT + jpeg[2:] + b"hidden behind the end"


def test_a_report_sent_twice_is_one_and_says_whose_shift_and_where(room: Any) -> None:
    guard = reported(room)
    again = guard.post("/api/m/reports", finding(words="other words")).json()["report"]
    assert (again["words"], again["state"], again["media_state"]) == ("井盖缺失", "new", "coming")
    with room.store.read() as session:
        [row] = session.query(GuardReport).all()
    assert (row.guard_id, row.unit_id, row.shift_id, row.area_id, row.at, row.received_at) == (
        "G1",
        "U1",
        "S1",
        "A1",
        T0 - 5,
        T0,
    )
    assert [entry.object_id for entry in room.audit("report.send")] == [ID]
    [listed] = room.role("operator").get("/api/reports?state=new").json()["items"]
    assert (listed["guard"]["name"], listed["place_name"], listed["keep_until"]) == ("保安1", "东门", T0 + 180 * DAY_S)
    assert "media" not in listed


def test_the_picture_arrives_without_what_the_phone_wrote_into_it(room: Any) -> None:
    guard, jpeg = reported(room), a_picture()
    told = attach(guard, with_metadata(jpeg))
    assert (told.status_code, told.json()["report"]["media_state"]) == (200, "here")
    seen = room.role("operator").get(f"/api/reports/{ID}/media")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    for part in (b"Exif", b"GPS", b"a note", b"hidden"):
        assert part not in seen.content
    before, after = (cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) for one in (jpeg, seen.content))
    assert np.array_equal(before, after), "the picture itself is untouched"
    assert [(row.actor_id, row.case_ref) for row in room.audit("report.look")] == [("a-operator", ID)]


def test_a_picture_sent_twice_is_kept_once(room: Any) -> None:
    guard = reported(room)
    for data in (a_picture(), a_picture(320, 200)):
        assert attach(guard, data).status_code == 200
    assert len(room.audit("report.attach")) == 1
    assert len(room.role("operator").get(f"/api/reports/{ID}/media").content) > 100_000


def a_header_of(width: int, height: int) -> bytes:
    jpeg = bytearray(a_picture(64, 64))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(jpeg)


@pytest.mark.parametrize(("promised", "data", "key"), [
    ("photo", b"<svg onload=alert(1)>", "report.picture"),
    ("photo", b"\x89PNG\r\n\x1a\n" + b"0" * 50, "report.picture"),
    ("photo", b"", "report.picture"),
    ("photo", b"\xff\xd8\xff", "report.picture"),
    ("photo", a_picture(64, 64)[:200], "report.picture"),
    ("photo", b"\xff\xd8\xff\xe0\xff\xff", "report.picture"),
    ("photo", a_header_of(65000, 65000), "report.large_picture"),
    ("photo", b"\xff\xd8" + b"0" * 3_000_001, "report.large"),
    ("voice", b"MZ this is a program", "report.voice"),
    ("voice", a_picture(64, 64), "report.voice"),
    ("voice", b"", "report.voice"),
    ("", a_picture(64, 64), "report.no_media"),
], ids=["svg", "png", "nothing", "a beginning alone", "cut", "a segment longer than the file", "a bomb", "too large", "program",
        "a picture for a voice", "no voice", "nothing was promised"])  # fmt: skip
def test_what_is_not_what_was_promised_is_refused_and_nothing_is_kept(
    room: Any, promised: str, data: bytes, key: str
) -> None:
    guard = reported(room, promised=promised)
    answer = attach(guard, data)
    assert (answer.status_code, answer.json()["key"]) == (413 if key == "report.large" else 422, key)
    assert room.role("operator").get(f"/api/reports/{ID}/media").json()["key"] == "report.media_missing"
    assert room.console.evidence.matching("*/gr-*") == []


@pytest.mark.parametrize(("data", "media_type"), [(WEBM, "audio/webm"), (b"OggS" + b"0" * 40, "audio/ogg"),
                                                  (b"\0\0\0\x18ftypmp42" + b"0" * 40, "audio/mp4")])  # fmt: skip
def test_a_voice_is_what_its_first_bytes_say(room: Any, data: bytes, media_type: str) -> None:
    attach(reported(room, promised="voice"), data)
    heard = room.role("leader").get(f"/api/reports/{ID}/media")
    assert (heard.content, heard.headers["content-type"], heard.headers["x-content-type-options"]) == (
        data,
        media_type,
        "nosniff",
    )


@pytest.mark.parametrize("size", [(64, 64), (1280, 960), (33, 17)])
def test_any_jpeg_without_metadata_comes_through_unchanged(size: tuple[int, int]) -> None:
    jpeg = a_picture(*size)
    assert picture_of(jpeg).data == jpeg
    assert picture_of(with_metadata(jpeg)).data == jpeg


@pytest.mark.parametrize("cut", [3, 20, 100, 160, 300])
def test_a_jpeg_cut_in_its_heads_is_refused(cut: int) -> None:
    with pytest.raises(RecordError, match="JPEG"):
        picture_of(a_picture(64, 64)[:cut])


@pytest.mark.parametrize(
    ("text", "kept"), [("a\0b", "ab"), ("\x1b[31mred", "[31mred"), ("two\nlines ", "two\nlines"), ("\0", "")]
)
def test_words_hold_no_control_characters(text: str, kept: str) -> None:
    assert readable(text) == kept


def test_a_report_with_nul_in_its_words_is_written_on_both_databases(room: Any) -> None:
    reported(room, words="井盖\0缺失")
    assert room.role("guard").get("/api/m/reports").json()["items"][0]["words"] == "井盖缺失"


@pytest.mark.parametrize(("change", "which"), [({"kind": "face"}, "kind"), ({"id": "gr-../../x"}, "id"), ({"id": "al-1"}, "id"),
                                               ({"words": "字" * 401}, "words"), ({"lat": 91}, "lat"), ({"promised": "video"}, "promised"),
                                               ({"plate": "x"}, "plate")])  # fmt: skip
def test_a_report_of_another_form_is_refused(room: Any, change: dict[str, Any], which: str) -> None:
    answer = room.role("guard").post("/api/m/reports", finding() | change)
    assert (answer.status_code, which in answer.text) == (422, True)


def test_another_guards_report_is_no_report(room: Any) -> None:
    reported(room)
    other = room.visitor("a-guard2")
    assert other.get("/api/m/reports").json()["items"] == []
    for answer in (attach(other, a_picture()), other.post("/api/m/reports", finding())):
        assert (answer.status_code, answer.json()["key"]) == (404, "guard_report.missing")


def test_a_phone_gone_wild_does_not_fill_the_disk(room: Any) -> None:
    guard = room.role("guard")
    for n in range(MOST_A_DAY):
        assert guard.post("/api/m/reports", finding(f"gr-{n:032x}")).status_code == 200
    answer = guard.post("/api/m/reports", finding())
    assert (answer.status_code, answer.json()["key"]) == (409, "report.many")
    room.clock.advance(DAY_S + 1)
    room.forget_visitors()
    assert room.role("guard").post("/api/m/reports", finding()).status_code == 200


def test_off_shift_a_report_stands_without_a_shift(room: Any) -> None:
    reported(room, at=T0 - 4000)
    with room.store.read() as session:
        row = session.get_one(GuardReport, ID)
    assert (row.shift_id, row.area_id) == (None, None)


def test_an_incident_made_of_a_report_is_handled_at_the_desk_with_the_guards_picture(room: Any) -> None:
    guard = reported(room)
    attach(guard, a_picture())
    operator = room.role("operator")
    made = operator.post(f"/api/reports/{ID}/incident").json()["incident"]
    assert (made["situation"], made["place_name"], made["lon"], made["lat"], made["state"]) == (
        "reported",
        "东门",
        119.2,
        34.0005,
        "open",
    )
    alert = operator.get(f"/api/alerts/{made['alert_id']}").json()
    assert (alert["state"], alert["camera"]["name"], alert["camera"]["lon"]) == ("confirmed", "东门", 119.2)
    assert [step["key"] for step in alert["timeline"]] == ["alert.reported", "incident.opened"]
    assert operator.get(f"/api/alerts/{made['alert_id']}/snapshot").status_code == 200
    assert operator.get(f"/api/alerts/{made['alert_id']}/clip").status_code == 404
    assert operator.get(f"/api/incidents/{made['id']}/nearest").status_code == 200
    again = operator.post(f"/api/reports/{ID}/incident")
    assert (again.status_code, again.json()["key"]) == (409, "report.decided")
    undone = operator.post(f"/api/alerts/{made['alert_id']}/reopen")
    assert (undone.status_code, undone.json()["key"]) == (409, "alert.reported")
    operator.post(f"/api/incidents/{made['id']}/close", {"note": "已修复"})
    [own] = guard.get("/api/m/reports").json()["items"]
    assert (own["state"], own["incident_state"], own["incident_note"]) == ("incident", "closed", "已修复")


def test_a_picture_that_comes_after_its_incident_reaches_the_desk_too(room: Any) -> None:
    guard = reported(room)
    made = room.role("operator").post(f"/api/reports/{ID}/incident").json()["incident"]
    assert room.role("operator").get(f"/api/alerts/{made['alert_id']}/snapshot").status_code == 404
    attach(guard, a_picture())
    assert room.role("operator").get(f"/api/alerts/{made['alert_id']}/snapshot").status_code == 200


def test_a_report_is_closed_with_a_word_that_the_guard_reads(room: Any) -> None:
    guard, operator = reported(room, promised=""), room.role("operator")
    empty = operator.post(f"/api/reports/{ID}/close", {"note": " \0 "})
    assert (empty.status_code, empty.json()["key"]) == (422, "report.word")
    assert operator.post(f"/api/reports/{ID}/close", {"note": "已转市政"}).json()["report"]["state"] == "closed"
    late = room.role("leader").post(f"/api/reports/{ID}/close", {"note": "again"})
    assert (late.status_code, late.json()["values"]["by"]) == (409, "operator 甲")
    [own] = guard.get("/api/m/reports").json()["items"]
    assert (own["decided_note"], own["media_state"]) == ("已转市政", "none")
    assert [row.detail["note"] for row in room.audit("report.close")] == ["已转市政"]


def later(room: Any, days: float) -> None:
    room.clock.advance(days * DAY_S)
    Keeper(room.console).run_once()
    room.forget_visitors()


def test_a_decided_reports_picture_is_purged_with_a_certificate_when_its_time_is_over(room: Any) -> None:
    attach(reported(room), a_picture())
    room.role("operator").post(f"/api/reports/{ID}/close", {"note": "已处理"})
    later(room, 179.9)
    assert room.console.evidence.matching("*/gr-*") != []
    later(room, 0.2)
    assert room.console.evidence.matching("*/gr-*") == []
    gone = room.role("operator").get(f"/api/reports/{ID}/media")
    assert (gone.status_code, gone.json()["key"]) == (404, "evidence.gone")
    [certificate] = room.role("auditor").get("/api/evidence/certificates").json()["items"]
    assert (certificate["alerts"], certificate["files"]) == (0, 1)
    whole = room.role("auditor").get(f"/api/evidence/certificates/{certificate['number']}").json()
    assert whole["holds_true"]
    assert whole["certificate"]["items"][0][0] == ID


@pytest.mark.parametrize("why", ["undecided", "an incident that is open", "a hold"])
def test_a_reports_picture_stays_as_long_as_somebody_needs_it(room: Any, why: str) -> None:
    attach(reported(room), a_picture())
    if why != "undecided":
        made = room.role("operator").post(f"/api/reports/{ID}/incident").json()["incident"]
        if why == "a hold":
            room.role("leader").put(f"/api/alerts/{made['alert_id']}/hold", {"reason": "案件"})
            room.role("operator").post(f"/api/incidents/{made['id']}/close", {"note": "x"})
    later(room, 400)
    assert len(room.console.evidence.matching("*/gr-*")) == 1
    with room.store.write() as session:
        for incident in session.query(Incident).all():
            incident.state = "closed"
        session.get_one(GuardReport, ID).state = "closed"
    if why == "a hold":
        alert_id = made["alert_id"]
        room.role("leader").ask("DELETE", f"/api/alerts/{alert_id}/hold")
    later(room, 1)
    assert room.console.evidence.matching("*/gr-*") == []
    with room.store.read() as session:
        assert [row.snapshot for row in session.query(AlertRow).all()] == [None] * (why != "undecided")
