"""The record of alerts: each filter, each order, pages by keyset, the officer's pictures by purpose, files with a watermark, saved views."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event, update

from console.alerts import record
from console.alerts.saved_views import MOST
from console.alerts.tables import AlertRow
from console.audit.exports import moment
from console.cameras.tables import CameraRow
from console.incidents.places import place_of
from lianqin.testing import T0, an_alert
from patrol.county.tables import Area
from patrol.dispatch.tables import Dispatch

H = 3600.0


@pytest.fixture
def kept(room: Any) -> Any:
    """Six alerts an hour apart: al-0 the oldest. C01 lies in A1; al-1 is confirmed and U2's guard was sent, al-2 false, al-3 ignored."""
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").area_id = "A1"
    for n in range(6):
        at = T0 - (5 - n) * H
        room.take(an_alert(id=f"al-{n}", camera_id="C01" if n < 4 else "C02", zone_id="C01-z1" if n < 4 else "C02-z1",
                           zone_name="东门" if n < 4 else "西门", captured_at=at, published_at=at, priority=1 + n % 3,
                           situation="loitering" if n == 5 else "intrusion"))  # fmt: skip
    operator = room.role("operator")
    room.clock.advance(30)
    incident = operator.post("/api/alerts/al-1/confirm").json()["incident"]["id"]
    room.clock.advance(30)
    operator.post("/api/alerts/al-2/false", {"reason": "animal"})
    room.visitor("a-operator2").post("/api/alerts/al-3/ignore")
    with room.store.write() as session:
        session.execute(update(Dispatch).where(Dispatch.id == "dp-2").values(incident_id=incident))
    return room


def ids(room: Any, asked: str, role: str = "leader") -> list[str]:
    answer = room.role(role).get(f"/api/records?{asked}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", "543210"), (f"from_at={T0 - H}", "54"), (f"to_at={T0 - 4 * H}", "0"), (f"from_at={T0 - 4 * H}&to_at={T0 - 2 * H}", "21"),
        ("area_id=A1", "3210"), ("area_id=A9", ""), ("camera_id=C02", "54"), ("zone_id=C01-z1", "3210"), ("situation=loitering", "5"),
        ("priority=1", "30"), ("state=new", "540"), ("state=judged", "321"), ("state=confirmed", "1"), ("state=false&reason=animal", "2"),
        ("reason=weather", ""), ("judged_by=operator 乙", "3"), ("unit_id=U2", "1"), ("unit_id=U1", ""), ("q=西门", "54"),
        ("q=学院路1", "3210"), ("q=Road C02", "54"), ("q=al-3 东", "3"), ("q=%25", ""), ("q=al_3", ""), ("area_id=A1&state=new&priority=1", "0"),
        ("q=城东", "3210"), ("q=east", "543210"), ("q=East gate", "543210"), ("q=城东 al-1", "1"), ("q=城东 西门", ""), ("q=west", ""),
        ("q=gate C02", "54"), ("q=E_st", ""), ("q=East%25", ""),
    ],
)  # fmt: skip
def test_each_filter_narrows_the_record(kept: Any, asked: str, found: str) -> None:
    assert ids(kept, asked) == [f"al-{n}" for n in found]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("sort=time&order=up", "012345"), ("sort=priority&order=up", "304152"), ("sort=priority", "524130"), ("sort=situation", "543210"),
        ("sort=situation&order=up", "432105"), ("sort=camera&order=up", "321054"), ("sort=area", "321054"), ("sort=unit", "154320"),
        ("sort=unit&order=up", "543201"), ("sort=waited&order=up", "132540"), ("sort=waited", "045231"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("limit", [2, 50])
def test_each_order_holds_over_pages_and_none_is_lost_or_doubled(kept: Any, asked: str, found: str, limit: int) -> None:
    """What waits counts as waiting longest, the oldest first; among equals the newest comes first."""
    with kept.store.write() as session:  # they were received as they were captured
        for n in range(6):
            session.execute(update(AlertRow).where(AlertRow.id == f"al-{n}").values(received_at=T0 - (5 - n) * H))
            if n in {1, 2, 3}:
                judged = T0 - (5 - n) * H + {1: 10, 2: 40, 3: 20}[n]
                session.execute(update(AlertRow).where(AlertRow.id == f"al-{n}").values(judged_at=judged))
    seen, cursor = "", ""
    while True:
        page = kept.role("leader").get(f"/api/records?{asked}&limit={limit}&cursor={cursor}").json()
        assert ("total" in page) is (not cursor)
        seen += "".join(one["id"][-1] for one in page["items"])
        cursor = page["next"]
        if not cursor:
            break
    assert seen == found


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("East", "01"), ("城东", "01"), ("West bank", "1"), ("河西", "1"), ("新区", "2"), ("st bank", "1"), ("bank 城东", "1"), ("Ea%", ""),
        ("Far", ""),  # an area whose name the device alert does not bear
        ("Dong", ""),  # 城 is a part of a name that it bears, and no name
    ],
)  # fmt: skip
def test_a_device_alert_is_found_by_its_areas_in_either_language(room: Any, q: str, found: str) -> None:
    """And none but device alerts: a zone may be called as an area is."""
    with room.store.write() as session:
        for area_id, called, name_en in (
            ("A2", "河西", "West bank"),
            ("A3", "新区", ""),
            ("A4", "远郊", "Far"),
            ("A5", "城", "Dong"),
        ):
            session.add(Area(id=area_id, name=called, name_en=name_en, polygon=[], key_area=False))
    for n, (zone_id, called) in enumerate((("switch:a", "城东"), ("switch:b", "城东、河西"), ("switch:c", "新区"))):
        room.take(an_alert(id=f"al-{n}", camera_id="C09", zone_id=zone_id, zone_name=called, situation="camera_lost"))
    room.take(an_alert(id="al-3", camera_id="C09", zone_id="C09-z1", zone_name="远郊"))
    assert sorted(ids(room, f"q={quote(q)}")) == [f"al-{n}" for n in found]
    assert sorted(one["id"] for one in room.role("operator").get(f"/api/alerts?q={quote(q)}").json()["items"]) == [
        f"al-{n}" for n in found
    ]


@pytest.mark.parametrize("path", ["/api/alerts.csv?", "/api/records.csv?order=up&"])
@pytest.mark.parametrize(
    ("language", "zones"), [("zh-CN", "东门 旧名 城东、河西 城东"), ("en", "East gate|旧名|East, West bank|城东")]
)
def test_a_file_says_zones_and_areas_in_its_language_from_as_many_questions_for_many_rows(
    room: Any, path: str, language: str, zones: str
) -> None:
    with room.store.write() as session:
        session.add(Area(id="A2", name="河西", name_en="West bank", polygon=[], key_area=False))
    places = (("C01-z1", "东门"), ("C01-z1", "旧名"), ("switch:a", "城东、河西"), ("C09-z1", "城东"))
    for n, (zone_id, called) in enumerate(places):
        situation = "camera_lost" if zone_id.startswith("switch:") else "intrusion"
        room.take(an_alert(id=f"al-{n}", zone_id=zone_id, zone_name=called, situation=situation, captured_at=T0 + n))
    column = "区域" if language == "zh-CN" else "Zone"

    def of() -> tuple[dict[str, str], int]:
        asked: list[str] = []

        def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if re.search(r"FROM (area|zone)\b", statement):
                asked.append(statement)

        event.listen(room.store.engine, "before_cursor_execute", watch)
        heads, *rows = lines_of(room.role("leader").get(f"{path}lang={language}"))
        event.remove(room.store.engine, "before_cursor_execute", watch)
        return {row[0]: row[heads.index(column)] for row in rows if len(row) == len(heads)}, len(asked)

    found, few = of()
    assert [found[f"al-{n}"] for n in range(4)] == (zones.split("|") if "|" in zones else zones.split(" "))
    for n in range(4, 40):
        room.take(an_alert(id=f"al-{n}", zone_id=f"switch:{n}", zone_name="城东", situation="camera_lost"))
    assert of()[1] == few


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", "eyJieSI6InRpbWUiLCJ2YWx1ZSI6IngiLCJzZXEiOjF9", "eyJieSI6ImFyZWEiLCJ2YWx1ZSI6MSwic2VxIjoxfQ"])  # fmt: skip
def test_a_cursor_of_another_order_or_of_none_is_refused(kept: Any, cursor: str) -> None:
    answer = kept.role("leader").get(f"/api/records?cursor={cursor}")
    assert (answer.status_code, answer.json()["key"]) == (422, "list.cursor")


def test_a_row_says_what_rang_where_how_long_it_waited_who_judged_it_and_whose_guard_was_sent(kept: Any) -> None:
    [row] = kept.role("operator").get("/api/records?state=confirmed").json()["items"]
    assert (row["camera"]["name_en"], row["area"]["name"], row["zone"]) == (
        "College Road 1", "城东", {"id": "C01-z1", "name": "东门", "name_en": "East gate"},
    )  # fmt: skip
    assert (row["judged_by"], row["sent"]) == (
        "operator 甲", [{"guard": "保安2", "unit": {"id": "U2", "name": "2号保安公司", "name_en": "Company 2"}}],
    )  # fmt: skip
    assert row["waited_s"] == pytest.approx(30.0)
    assert "tracks" not in row
    assert kept.role("operator").get("/api/records").json()["total"] == 6


def test_more_than_are_counted_are_said_to_be_more(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "COUNTED", 4)
    assert kept.role("leader").get("/api/records").json()["total"] == 5


def test_the_filters_offer_what_the_record_knows(kept: Any) -> None:
    told = kept.role("officer").get("/api/records/choices").json()
    assert (told["judges"], told["situations"], told["reasons"]) == (
        ["operator 乙", "operator 甲"], ["intrusion", "loitering"], ["animal"],
    )  # fmt: skip
    assert ([one["id"] for one in told["areas"]], [one["id"] for one in told["units"]]) == (["A1"], ["U1", "U2"])


def test_an_officer_finds_every_alert_and_sees_a_picture_by_purpose_and_case_alone(room: Any, alert: Any) -> None:
    officer, path = room.role("officer"), f"/api/records/{alert.id}/snapshot"
    assert ids(room, "", "officer") == [alert.id]
    assert officer.get(path).json()["key"] == "live.purpose"
    assert officer.get(path + "?purpose=alert_judging&case_ref=A-20260001").json()["key"] == "live.purpose"
    assert officer.get(path + "?purpose=case").status_code == 422
    assert room.audit("snapshot.look") == []
    assert officer.get(path + "?purpose=case&case_ref=A-20260001").headers["content-type"] == "image/jpeg"
    [row] = room.audit("snapshot.look")
    assert (row.actor_id, row.purpose, row.case_ref, row.object_id) == ("a-officer", "case", "A-20260001", alert.id)
    assert officer.get("/api/records/none/snapshot?purpose=case&case_ref=A-20260001").json()["key"] == "alert.missing"
    assert room.role("operator").get(path).json()["key"] == "role.denied", (
        "the command room judges by the alert's own address"
    )


def lines_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_file_has_what_the_filter_shows_in_its_order_with_a_watermark(kept: Any) -> None:
    answer = kept.role("leader").get("/api/records.csv?lang=zh-CN&state=judged&sort=waited&order=up&area_id=A1")
    heads, *rows, mark = lines_of(answer)
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [row["编号"] for row in found] == ["al-1", "al-3", "al-2"]
    assert {**found[0], "事件编号": ""} == {
        "编号": "al-1", "拍摄时间": found[0]["拍摄时间"], "巡逻区域": "城东", "摄像头": "学院路1", "摄像头编号": "C01", "区域": "东门", "情形": "入侵",
        "级别": "2", "状态": "属实", "误报原因": "", "处置人": "operator 甲", "处置时间": found[0]["处置时间"], "等待": "0:30", "派单": "保安2",
        "单位": "2号保安公司", "事件编号": "",
    }  # fmt: skip
    assert (found[2]["误报原因"], found[1]["处置人"]) == ("动物", "operator 乙")
    assert mark[0].startswith("leader 甲 | 2026-")
    assert mark[0].endswith(" | 岗位工作 | 巡逻区域: 城东; 状态: 已处置 | 仅限登记事由使用，不得转发")
    [row] = kept.audit("record.export")
    assert (row.purpose, row.detail["rows"], row.detail["area_id"], row.detail["file"]) == (
        "duty",
        3,
        "A1",
        "records.csv",
    )


@pytest.mark.parametrize(
    ("asked", "zh", "en"),
    [
        ("area_id=A1", "巡逻区域: 城东", "Patrol area: East"), ("camera_id=C01", "摄像头: 学院路1", "Camera: College Road 1"),
        ("zone_id=C01-z1", "区域: 东门", "Zone: East gate"), ("unit_id=U2", "派单单位: 2号保安公司", "Unit called: Company 2"),
        ("situation=loitering", "情形: 徘徊", "Situation: Loitering"), ("state=false", "状态: 误报", "State: False"),
        ("state=judged", "状态: 已处置", "State: Judged"), ("reason=animal", "误报原因: 动物", "Why false: Animal"),
        (f"from_at={T0}", f"拍摄时间从: {moment(T0)}", f"Captured from: {moment(T0)}"), ("q=学院", "搜索: 学院", "Search: 学院"),
        ("area_id=A9&priority=1", "巡逻区域: A9; 级别: 1", "Patrol area: A9; Priority: 1"),
    ],
)  # fmt: skip
def test_a_watermark_says_the_filter_by_names_and_words_in_the_language_of_the_file(
    kept: Any, asked: str, zh: str, en: str
) -> None:
    for language, said in (("zh-CN", zh), ("en", en)):
        [mark, *_] = lines_of(kept.role("leader").get(f"/api/records.csv?lang={language}&{asked}"))[-1]
        assert mark.split(" | ")[3] == said


def test_a_cell_of_several_names_joins_them_as_its_language_does(kept: Any) -> None:
    with kept.store.write() as session:
        incident = session.get_one(Dispatch, "dp-2").incident_id
        session.execute(update(Dispatch).where(Dispatch.id == "dp-1").values(incident_id=incident))
    for language, head, joint in (("zh-CN", "派单", "、"), ("en", "Guards called", ", ")):
        heads, row, *_ = lines_of(kept.role("leader").get(f"/api/records.csv?lang={language}&state=confirmed"))
        assert sorted(dict(zip(heads, row, strict=True))[head].split(joint)) == ["保安1", "保安2"]


def test_an_officer_takes_a_file_for_a_purpose_and_a_case_alone_and_the_file_says_them(kept: Any) -> None:
    officer = kept.role("officer")
    assert officer.get("/api/records.xlsx").json()["key"] == "live.purpose"
    answer = officer.get("/api/records.csv?lang=en&purpose=case&case_ref=A-20260001")
    assert " | A-20260001 | For the registered purpose only" in lines_of(answer)[-1][0]
    [row] = kept.audit("record.export")
    assert (row.purpose, row.case_ref) == ("case", "A-20260001")


def test_a_file_that_was_cut_says_so(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record.ids, "__kwdefaults__", {**(record.ids.__kwdefaults__ or {}), "most": 3})
    monkeypatch.setattr(record, "COUNTED", 3)
    lines = lines_of(kept.role("leader").get("/api/records.csv?lang=en"))
    assert (len(lines), lines[-2]) == (6, ["The first 3 rows only; narrow the filter"])


def test_a_view_is_kept_by_its_owner_found_again_and_changed_under_its_name(room: Any) -> None:
    operator, other = room.role("operator"), room.visitor("a-operator2")
    one = operator.post("/api/views", {"page": "records", "name": "误报", "query": "state=false"}).json()["view"]
    again = operator.post("/api/views", {"page": "records", "name": "误报", "query": "state=false&q=x"}).json()["view"]
    assert (again["id"], again["query"]) == (one["id"], "state=false&q=x")
    assert [row["name"] for row in operator.get("/api/views").json()["items"]] == ["误报"]
    assert other.get("/api/views?page=records").json()["items"] == []
    theirs, none = other.ask("DELETE", f"/api/views/{one['id']}"), other.ask("DELETE", "/api/views/none")
    assert theirs.status_code == none.status_code == 404
    assert theirs.json()["key"] == none.json()["key"] == "view.missing"
    assert operator.ask("DELETE", f"/api/views/{one['id']}").status_code == 200
    assert operator.get("/api/views").json()["items"] == []
    assert [(row.action, row.object_id) for row in room.audit() if row.object_kind == "view"] == [
        ("view.keep", one["id"]), ("view.keep", one["id"]), ("view.forget", one["id"]),
    ]  # fmt: skip


def test_a_page_has_its_own_views(room: Any) -> None:
    operator = room.role("operator")
    for page, query in (("records", "state=false"), ("desk", "priority=1")):
        assert operator.post("/api/views", {"page": page, "name": "夜间", "query": query}).status_code == 200
    for page, query in (("records", "state=false"), ("desk", "priority=1")):
        assert [one["query"] for one in operator.get(f"/api/views?page={page}").json()["items"]] == [query]
    assert operator.post("/api/views", {"page": "wall", "name": "x", "query": ""}).status_code == 422


def test_views_are_bounded_in_number(room: Any) -> None:
    operator = room.role("operator")
    for n in range(MOST):
        assert operator.post("/api/views", {"page": "records", "name": f"{n}", "query": ""}).status_code == 200
    assert operator.post("/api/views", {"page": "records", "name": "x", "query": ""}).json()["key"] == "view.many"
    assert operator.post("/api/views", {"page": "records", "name": "0", "query": "q=1"}).status_code == 200


@pytest.mark.parametrize(
    ("zone_id", "name", "english"),
    [
        ("C01-z1", "东门", "East gate"),
        ("C01-z1", "西门", ""),  # as it was called before
        ("switch:A1", "城东", "East"),  # a device alert bears its area's name
        ("switch:A1,A2", "城东、河西", "East, West bank"),
        ("switch:A1,A3", "城东、新区", ""),  # of which one has no English
        ("switch:-", "", ""),
        ("C01-z9", "城东", ""),  # a zone that bears an area's name is no area
        ("", "城东", ""),
    ],
)
def test_a_place_is_told_in_english_as_far_as_it_has_one(room: Any, zone_id: str, name: str, english: str) -> None:
    with room.store.write() as session:
        for area_id, called, name_en in (("A2", "河西", "West bank"), ("A3", "新区", "")):
            session.add(Area(id=area_id, name=called, name_en=name_en, polygon=[], key_area=False))
    with room.store.read() as session:
        assert place_of(session, zone_id, name) == {"name": name, "name_en": english}
