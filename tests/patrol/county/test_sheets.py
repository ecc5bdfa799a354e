"""Sheets as people keep them: Chinese headings under a title, merged cells, dates of all kinds; each bad row is told."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from lianqin.audit import Actor, AuditRow
from lianqin.db import Store
from lianqin.errors import RecordError
from lianqin.testing import T0
from patrol.county.book import plain_row
from patrol.county.columns import COLUMNS, Column, read_cell
from patrol.county.entries import KINDS, TABLES, of_code
from patrol.county.sheets import SheetReport, do_import, read_table, to_cells, to_file
from patrol.county.tables import Checkpoint, Guard


def workbook(rows: list[list[Any]], merges: list[tuple[int, int, int, int, str]] | None = None) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            else:
                sheet.write(number, column, cell)
    for top, left, bottom, right, text in merges or []:
        sheet.merge_range(top, left, bottom, right, text)
    book.close()
    return file.getvalue()


def run(store: Store, actor: Actor, kind: Any, data: bytes, *, dry_run: bool = False) -> SheetReport:
    return do_import(store, actor, kind, data, T0, dry_run=dry_run)


def guards(store: Store) -> dict[str, dict[str, Any]]:
    with store.read() as session:
        return {row.id: plain_row(row) for row in session.scalars(select(Guard)).unique()}


ROSTER = [
    ["2026年保安员花名册"],
    [],
    ["序号", "编号", "姓 名", "单位编号*", "证件有效期（年月日）", "已签告知书", "备注"],
    [1, "G10", "赵一", "U1", date(2030, 1, 31), "是", ""],
    [2, "G11", "钱二", "", "2030年2月1日", "否", ""],
    [3, "G12", "孙三", "", 20300301, "√", "新来"],
    [],
    [4, "G13", "李四", "U3", "2030/4/1", "", ""],
]


def test_a_titled_sheet_with_merged_units_chinese_headings_and_all_kinds_of_dates(store: Store, actor: Actor) -> None:
    report = run(store, actor, "guards", workbook(ROSTER, [(0, 0, 0, 6, "2026年保安员花名册"), (3, 3, 5, 3, "U1")]))
    assert (report.rows, report.new, report.bad_count, report.done) == (4, 4, 0, True)
    assert report.ignored == ["序号", "备注"]
    found = guards(store)
    assert [found[one]["unit_id"] for one in ("G10", "G11", "G12", "G13")] == ["U1", "U1", "U1", "U3"]
    assert [found[one]["cert_valid_until"] for one in ("G10", "G11", "G12", "G13")] == [
        "2030-01-31",
        "2030-02-01",
        "2030-03-01",
        "2030-04-01",
    ]
    assert [found[one]["notice_signed_at"] for one in ("G10", "G11", "G12", "G13")] == [T0, None, T0, None]


def test_a_dry_run_writes_nothing_and_tells_what_a_run_would(store: Store, actor: Actor) -> None:
    before = guards(store)
    data = workbook(ROSTER, [(3, 3, 5, 3, "U1")])
    report = run(store, actor, "guards", data, dry_run=True)
    assert (report.new, report.done) == (4, False)
    assert guards(store) == before
    run(store, actor, "guards", data)
    again = run(store, actor, "guards", data)
    assert (again.new, again.changed, again.same) == (0, 0, 4)
    with store.read() as session:
        assert session.scalar(select(func.count()).where(AuditRow.action == "ground.import")) == 2


def test_every_bad_row_is_named_and_none_of_the_others_is_kept(store: Store, actor: Actor) -> None:
    data = workbook([
        ["编号", "姓名", "单位编号", "证件有效期", "区域编号"],
        ["G20", "好人", "U1", "2030-01-01", "A1"],
        ["G21", "无单位", "", "", ""],
        ["G22", "错日期", "U1", "2030-02-30", ""],
        ["G23", "错单位", "U99", "", ""],
        ["G20", "重复", "U1", "", ""],
        ["G24", "错区域", "U1", "", "A99"],
        ["", "无编号", "U1", "", ""],
    ])  # fmt: skip
    report = run(store, actor, "guards", data)
    told = [(one.row, one.column, one.key) for one in report.bad]
    assert told == [(3, "单位编号", "sheet.needed"), (4, "证件有效期", "sheet.day"), (5, "单位编号", "ground.no_unit"),
                    (6, "编号", "sheet.repeated"), (7, "区域编号", "ground.no_area"), (8, "编号", "sheet.needed")]  # fmt: skip
    assert (report.rows, report.new, report.done) == (7, 1, False)
    assert "G20" not in guards(store)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_editor_is_read(store: Store, actor: Actor, encoding: str, delimiter: str) -> None:
    lines = [
        ["编号", "名称", "区域编号", "经度", "纬度", "半径（米）"],
        ["A1-9", "北门", "A1", "119.2021", "34.0011", "30"],
    ]
    data = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    assert run(store, actor, "checkpoints", data).new == 1
    with store.read() as session:
        row = session.get_one(Checkpoint, "A1-9")
        assert (row.name, row.lon, row.lat, row.radius_m) == ("北门", 119.2021, 34.0011, 30)


@pytest.mark.parametrize(("data", "key"), [
    (b"", "sheet.empty"),
    (b"\n,,\n", "sheet.empty"),
    (b"PK\x03\x04 not a zip", "sheet.unreadable"),
    (b"\xff\x00\x80\x81\x00", "sheet.unreadable"),
    (b"\x89PNG\r\n\x1a\n\0\0", "sheet.unreadable"),
    ("随便,写的\n一些,文字\n".encode(), "sheet.headings"),
    ("编号,姓名\nG1,x\n".encode(), "sheet.column_missing"),
    ("编号,姓名,姓名,单位编号\n".encode(), "sheet.column_twice"),
    (b"id,name,unit_id\n" + b"x,y,z\n" * 50_011, "sheet.rows"),
    (b"x" * 20_000_001, "sheet.large"),
])  # fmt: skip
def test_a_file_that_is_no_sheet_is_refused_with_what_to_do(store: Store, actor: Actor, data: bytes, key: str) -> None:
    with pytest.raises(RecordError) as caught:
        run(store, actor, "guards", data)
    assert caught.value.key == key


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_does() -> None:
    import zipfile  # noqa: PLC0415 - only here

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for number in range(4):
            pack.writestr(f"xl/{number}.xml", bytes(100_000_000))
    assert len(file.getvalue()) < 1_000_000
    with pytest.raises(RecordError) as caught:
        read_table(file.getvalue())
    assert caught.value.key == "sheet.large"


@pytest.mark.parametrize(("form", "cell", "value"), [
    ("minute", "7:30", 450), ("minute", "07：30", 450), ("minute", 0.3125, 450), ("minute", "24:00", 1440),
    ("count", 12.0, 12), ("count", "12", 12), ("number", " 119.2 ", 119.2), ("text", 12345.0, "12345"),
    ("text", "'=1+1", "=1+1"), ("flag", "√", True), ("flag", "No", False),
    ("windows", "07:30-09:00；16:30～18:30", [[450, 540], [990, 1110]]), ("names", "U1、U2，U3; U4", ["U1", "U2", "U3", "U4"]),
    ("ring", "119.2,34.0; 119.21，34.0；119.21 34.01", [[119.2, 34.0], [119.21, 34.0], [119.21, 34.01]]),
    ("day", date(2030, 1, 2), "2030-01-02"), ("day", "2030.1.2", "2030-01-02"), ("text", "  ", None),
])  # fmt: skip
def test_a_cell_is_read_as_people_write_it(form: Any, cell: Any, value: object) -> None:
    assert read_cell(Column("x", "x", "x", form), cell) == value


@pytest.mark.parametrize(("form", "cell"), [
    ("minute", "25:00"), ("minute", "7点半"), ("count", "1.5"), ("number", "约30"), ("flag", "也许"), ("day", "明年"),
    ("windows", "07:30"), ("ring", "119.2; 34.0"), ("ring", "东门"), ("word", "无此类"),
])  # fmt: skip
def test_a_cell_that_makes_no_sense_is_told_by_its_form(form: Any, cell: str) -> None:
    with pytest.raises(RecordError, match=r"^sheet\."):
        read_cell(Column("x", "x", "x", form, {"post": "岗位"}), cell)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("chinese", [True, False])
def test_what_is_exported_reads_back_unchanged(store: Store, actor: Actor, kind: Any, form: Any, chinese: bool) -> None:
    everything(store, actor)
    with store.read() as session:
        rows = [plain_row(row) for row in session.scalars(select(TABLES[kind])).unique()]
    report = run(store, actor, kind, to_file(to_cells(COLUMNS[kind], rows, chinese=chinese), form), dry_run=True)
    assert (report.same, report.new, report.changed, report.bad_count) == (len(rows), 0, 0, 0)
    assert rows
    assert set(COLUMNS) == set(KINDS)


def everything(store: Store, actor: Actor) -> None:
    """One of each kind with every field filled in."""
    from patrol.county import seed  # noqa: PLC0415 - for this test alone

    ring = [[119.30, 34.0], [119.31, 34.0], [119.31, 34.01]]
    with store.write() as session:
        seed.put_ground(session, actor, {
            "organisations": [{"id": "C", "kind": "county", "name": "县", "code": "990101"},
                              {"id": "S", "kind": "station", "name": "所", "name_en": "Station", "parent_id": "C"}],
            "units": [{"id": "U8", "kind": "property", "name": "物业", "station_id": "S", "service_area": ring}],
            "areas": [{"id": "A8", "name": "=1+1", "polygon": ring, "station_id": "S", "mode": "staggered", "risk": "red",
                       "key_area": True, "needed": 4, "windows": [[450, 540], [990, 1440]]}],
            "posts": [{"id": "P8", "area_id": "A8", "name": "站", "kind": "joint_station", "lon": 119.301, "lat": 34.001,
                       "unit_ids": ["U8", "U1"], "scan_code": "Q8", "from_min": 480, "to_min": 120}],
            "checkpoints": [{"id": "K8", "area_id": "A8", "name": "点", "lon": 119.3, "lat": 34.0, "nfc_id": "04A2", "scan_code": "Q9"}],
            "teams": [{"id": "T8", "unit_id": "U8", "name": "队", "kind": "reserve", "strength": 50, "lead_guard_id": "G80"}],
            "guards": [{"id": "G80", "unit_id": "U8", "name": "甲", "team_id": "T8", "cert_no": "9901", "cert_valid_until": "2030-01-01",
                        "notice_signed": True, "default_area_id": "A8", "left_on": "2031-01-01"}],
        }, T0)  # fmt: skip


def test_no_cell_of_an_export_runs_as_a_formula() -> None:
    assert b"\n'=cmd|1" in to_file([["编号"], ["=cmd|1"]], "csv").replace(b"\r", b"")
    cells = read_table(to_file([["编号"], ["=cmd|1"]], "xlsx"))
    assert cells[1][0] == "=cmd|1"  # a string: a formula would read as its result


GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1">
 <wpt lat="34.0001" lon="119.2001"><ele>3</ele><name>北口</name></wpt>
 <wpt lat="35.5" lon="119.2001"><name>别处</name></wpt>
 <trk><trkseg><trkpt lat="34.0" lon="119.2"><name>no</name></trkpt></trkseg></trk>
</gpx>"""


def test_waypoints_become_checkpoints_of_the_area_around_them(store: Store, actor: Actor) -> None:
    report = run(store, actor, "checkpoints", GPX.encode(), dry_run=True)
    assert (report.rows, report.new) == (2, 1)
    assert [(one.row, one.column, one.key) for one in report.bad] == [(3, "区域编号", "sheet.needed")]
    good = GPX.replace("35.5", "34.0005").encode()
    assert run(store, actor, "checkpoints", good).new == 2
    assert run(store, actor, "checkpoints", good).same == 2
    with store.read() as session:
        row = session.scalars(select(Checkpoint).where(Checkpoint.name == "北口")).one()
        assert (row.area_id, row.lon, row.lat) == ("A1", 119.2001, 34.0001)


@pytest.mark.parametrize(("data", "key"), [
    (GPX.replace("</gpx>", ""), "gpx.file"),
    (GPX.replace("<gpx", "<!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx"), "gpx.file"),
    ("<gpx><trk/></gpx>", "gpx.empty"),
    ("<kml><gpx/></kml>", "gpx.file"),
    ("<gpx>" + "<wpt lat='34' lon='119'/>" * 20_001 + "</gpx>", "gpx.many"),
    ("<gpx>" + "<trk/>" * 4_000_000 + "</gpx>", "sheet.large"),
])  # fmt: skip
def test_a_broken_or_huge_gpx_is_refused(store: Store, actor: Actor, data: str, key: str) -> None:
    with pytest.raises(RecordError) as caught:
        run(store, actor, "checkpoints", data.encode())
    assert caught.value.key == key


@pytest.mark.parametrize("spelling", ["g1", "Ｇ１", "G\u200b1", "\ufeffG1"])
def test_an_id_in_other_letters_is_the_same_thing_and_twice_in_a_file_it_is_refused(
    store: Store, actor: Actor, spelling: str
) -> None:
    run(store, actor, "guards", "编号,姓名,单位编号\nG1,甲,U1\n".encode())
    before = len(guards(store))
    told = run(store, actor, "guards", f"编号,姓名,单位编号\n{spelling},改名,u1\n".encode())
    assert (told.changed, told.new, told.bad_count) == (1, 0, 0)
    found = guards(store)
    assert (len(found), found["G1"]["name"], found["G1"]["unit_id"]) == (before, "改名", "U1")
    twice = run(store, actor, "guards", f"编号,姓名,单位编号\nG1,甲,U1\n{spelling},乙,U1\n".encode())
    [bad] = twice.bad
    assert (bad.row, bad.column, bad.key, bad.values["row"]) == (3, "编号", "sheet.repeated", 2)


def test_an_id_that_lost_its_leading_zeros_makes_no_second_thing(store: Store, actor: Actor) -> None:
    assert run(store, actor, "guards", "编号,姓名,单位编号\n007,甲,U1\n".encode()).new == 1
    [bad] = run(store, actor, "guards", "编号,姓名,单位编号\n7,甲,U1\n".encode()).bad
    assert (bad.key, bad.values["other"]) == ("sheet.zeros_lost", "007")


def test_a_code_in_other_letters_is_taken_already_and_found(store: Store, actor: Actor) -> None:
    head = "编号,名称,区域编号,经度,纬度,二维码\n"
    assert run(store, actor, "checkpoints", f"{head}A1-8,北,A1,119.2021,34.0011,qr-North\n".encode()).new == 1
    [bad] = run(store, actor, "checkpoints", f"{head}A1-9,南,A1,119.2022,34.0011,ＱＲ-north\n".encode()).bad
    assert (bad.column, bad.key, bad.values["other"]) == ("二维码", "ground.code_taken", "A1-8")
    with store.read() as session:
        row = session.scalar(of_code(Checkpoint, "scan_code", "QR-NORTH"))
        assert row is not None
        assert row.id == "A1-8"


@pytest.mark.parametrize("head", ["点位码", "Point code", "二维码", "QR code", " qr CODE* ", "scan_code"])
def test_the_column_of_point_codes_is_read_by_the_heads_of_earlier_versions_too(
    store: Store, actor: Actor, head: str
) -> None:
    text = f"编号,名称,区域编号,经度,纬度,{head}\nA1-8,北,A1,119.2021,34.0011,qr-North\n"
    assert run(store, actor, "checkpoints", text.encode()).new == 1
    with store.read() as session:
        assert session.get_one(Checkpoint, "A1-8").scan_code == "qr-North"


def test_a_post_that_is_manned_to_midnight_reads_back_unchanged(store: Store, actor: Actor) -> None:
    text = "编号,名称,区域编号,经度,纬度,开始时间,结束时间\nP24,站,A1,119.2021,34.0011,08:00,24:00\n"
    assert run(store, actor, "posts", text.encode()).new == 1
    assert run(store, actor, "posts", text.encode()).same == 1
    [bad] = run(store, actor, "posts", text.replace("08:00", "24:00").encode()).bad
    assert (bad.column, bad.found, bad.key) == ("开始时间", "24:00", "sheet.begins_24")


@pytest.mark.parametrize(
    ("cell", "key"), [("501", "sheet.too_large"), ("-1", "sheet.too_small"), ("3.5", "sheet.count")]
)
def test_a_value_beyond_its_bounds_is_told_with_row_column_and_what_stands_there(
    store: Store, actor: Actor, cell: str, key: str
) -> None:
    [bad] = run(store, actor, "teams", f"编号,名称,单位编号,编制人数\nT9,队,U1,{cell}\n".encode()).bad
    assert (bad.row, bad.column, bad.found, bad.key) == (2, "编制人数", cell, key)
