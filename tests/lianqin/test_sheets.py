"""Sheets as clerks make them: what is read, what is refused and why, and that no file eats the process."""

from __future__ import annotations

import codecs
import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from lianqin.errors import RecordError
from lianqin.sheets.cells import Cell, FormattedNumber, Unread, code, code_key, guarded, tidy, unguarded
from lianqin.sheets.columns import TOO_LONG, Column, read_cell
from lianqin.sheets.read import read_table
from lianqin.sheets.rows import SheetReport, read_rows
from lianqin.sheets.write import to_file

WANTED = (Column("id", "编号", "Id", "code", needed=True), Column("name", "名称", "Name", needed=True), Column("day", "日期", "Day", "day"))  # fmt: skip


def book(write: Any) -> bytes:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    write(made, made.add_worksheet())
    made.close()
    return file.getvalue()


def one_cell(value: Any, shape: str = "") -> Cell:
    return read_table(book(lambda made, sheet: sheet.write(0, 0, value, made.add_format({"num_format": shape}) if shape else None)))[0][0]  # fmt: skip


def read(data: bytes) -> tuple[SheetReport, list[dict[str, Any]]]:
    report = SheetReport()
    return report, [row.values for row in read_rows(WANTED, read_table(data), report).rows]


@pytest.mark.parametrize(("value", "shape", "text"), [
    (12, "", "12"), (12, "0", "12"), (12, "@", "12"), (12, "0_ ", "12"), (12, "0_);[Red]\\(0\\)", "12"),
    (2**53 - 1, "", "9007199254740991"), (123456789012345, "0", "123456789012345"), ("007", "@", "007"),
    ("34020000001320000001", "", "34020000001320000001"), ("Ｇ\u200b１\ufeff", "", "G1"), ("\u202aG\u00ad1\u00a0", "", "G1"),
])  # fmt: skip
def test_a_code_is_taken_where_no_digit_can_be_lost(value: Any, shape: str, text: str) -> None:
    assert read_cell(Column("id", "编号", "Id", "code"), one_cell(value, shape)) == text


@pytest.mark.parametrize("form", ["text", "code", "names"])
@pytest.mark.parametrize(("value", "shape", "key"), [
    (34020000001320000001, "", "sheet.digits_lost"), (2**53 + 2, "0", "sheet.digits_lost"), (1234567890123450, "", "sheet.digits_lost"),
    (1.5, "", "sheet.digits_lost"), (7, "00000", "sheet.number_format"), (7, '"G"000', "sheet.number_format"),
    (7, "0.00", "sheet.number_format"), (7, "#,##0", "sheet.number_format"), (0.07, "0%", "sheet.number_format"),
    (45000, "yyyy-mm-dd", "sheet.date_as_text"), (0.5, "h:mm", "sheet.date_as_text"), (True, "", "sheet.flag_as_text"),
])  # fmt: skip
def test_a_number_day_or_flag_in_a_text_column_is_refused_by_name(form: Any, value: Any, shape: str, key: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_cell(Column("id", "编号", "Id", form), one_cell(value, shape))
    assert caught.value.key == key
    assert caught.value.values["text"]


@pytest.mark.parametrize(("text", "key"), [
    ("1.0E+19", "sheet.digits_lost"), ("3.402E+19", "sheet.digits_lost"), ("2026/1/2", "sheet.date_as_text"),
    ("3月4日", "sheet.date_as_text"), ("4-Mar", "sheet.date_as_text"), ("G\ufffd", "sheet.garbled"),
])  # fmt: skip
def test_what_a_spreadsheet_made_of_a_code_in_csv_is_refused(text: str, key: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_cell(Column("id", "编号", "Id", "code"), text)
    assert caught.value.key == key


@pytest.mark.parametrize(("cell", "told"), [
    ("2029-12-31", "2029-12-31"), ("29年12月31日", "2029-12-31"), ("2029 年 12 月 31 日", "2029-12-31"), ("２０２９／１２／３１", "2029-12-31"),
    (20291231.0, "2029-12-31"), ("2029-12-31 00:00:00", "2029-12-31"), (datetime.fromisoformat("2029-12-31"), "2029-12-31"),
    ("29/12/31", "sheet.short_year"), ("31.12.2029", "sheet.short_year"), ("12/31/29", "sheet.short_year"), ("0029-12-31", "sheet.early_day"),
    (date(1930, 12, 31), "sheet.early_day"), ("2029-02-30", "sheet.day"), (45000.0, "sheet.day"), (True, "sheet.day"), ("长期", "sheet.day"),
])  # fmt: skip
def test_a_day_has_four_digits_of_its_year_or_is_refused(cell: Cell, told: str) -> None:
    column = Column("day", "日期", "Day", "day")
    if told.startswith("sheet."):
        with pytest.raises(RecordError) as caught:
            read_cell(column, cell)
        assert caught.value.key == told
    else:
        assert read_cell(column, cell) == told


@pytest.mark.parametrize(("form", "cell", "value"), [
    ("minute", "24:00", 1440), ("minute", "２４：００", 1440), ("minute", FormattedNumber(1.0, "[h]:mm"), 1440), ("minute", FormattedNumber(0.3125, "h:mm"), 450),
    ("windows", "22:00-24:00", [[1320, 1440]]), ("number", "１１９.２", 119.2), ("count", FormattedNumber(30.0, '0"人"'), 30), ("flag", True, True),
    ("text", "  东门\u200b（北）\u3000ＡＢ１ ", "东门（北） AB1"), ("address", "rtsp://u:Ｐ@h/\u200b", "rtsp://u:Ｐ@h/"), ("ring", TOO_LONG, None),
])  # fmt: skip
def test_a_cell_is_read_as_it_was_meant(form: Any, cell: Cell, value: object) -> None:
    assert read_cell(Column("x", "x", "x", form), cell) == value


@pytest.mark.parametrize(("form", "cell", "key"), [
    ("number", "nan", "sheet.number"), ("number", "1_0", "sheet.number"), ("number", "1e999", "sheet.number"), ("number", FormattedNumber(0.5, "0%"), "sheet.number"),
    ("number", datetime.fromisoformat("2029-01-01"), "sheet.number"), ("count", True, "sheet.number"), ("count", 1.5, "sheet.count"), ("minute", 1.0, "sheet.minute"),
    ("minute", "24:01", "sheet.minute"), ("text", Unread("error", "#N/A"), "sheet.error"), ("number", Unread("formula", "=…"), "sheet.formula"),
    ("ring", "119.2; 34.0", "sheet.ring"),
])  # fmt: skip
def test_a_cell_that_makes_no_sense_is_refused(form: Any, cell: Cell, key: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_cell(Column("x", "x", "x", form), cell)
    assert caught.value.key == key


@pytest.mark.parametrize("spelling", ["G1", "g1", "Ｇ１", "ｇ１", "g\u200b1", " G1\u00a0"])
def test_spellings_of_one_code_have_one_key(spelling: str) -> None:
    assert code_key(spelling) == "g1"
    assert code(code(spelling)) == code(spelling)
    assert tidy(tidy(spelling)) == tidy(spelling)


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-2", "@x", "\t=1", "\r=1", " =1", "＝1", "'=1", "''=1", "'x", "plain"]
)
def test_a_guarded_cell_runs_nowhere_and_comes_back(text: str) -> None:
    assert guarded(text)[0] not in "=+-@\t\r ＝"
    assert unguarded(guarded(text)) == text


def test_a_stray_cell_at_the_far_corner_costs_nothing() -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["编号", "名称"])
        sheet.write_row(1, 0, ["G1", "甲"])
        sheet.write(1_048_575, 16_383, "x")

    report, rows = read(book(write))
    assert (report.rows, report.bad_count, rows) == (1, 0, [{"id": "G1", "name": "甲"}])
    with pytest.raises(RecordError, match=r"^sheet\.far_cell"):
        read_table(book(lambda _, sheet: sheet.write(0, 16_383, "编号")))


def packed(**parts: str) -> bytes:
    """A workbook of raw parts."""
    whole = {
        "_rels/.rels": '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": "<worksheet><sheetData/></worksheet>",
    } | {name.replace("__", "/"): text for name, text in parts.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in whole.items():
            pack.writestr(name, text)
    return file.getvalue()


def sheet_of(rows: str, more: str = "") -> bytes:
    return packed(**{"xl/worksheets/sheet1.xml": f"{more}<worksheet><sheetData>{rows}</sheetData></worksheet>"})


@pytest.mark.parametrize(("data", "key"), [
    (lambda: sheet_of('<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>', '<!DOCTYPE w [<!ENTITY a "b">]>'), "sheet.unreadable"),
    (lambda: sheet_of('<row r="1"><c r="A1" t="s"><v>5</v></c></row>'), "sheet.unreadable"),
    (lambda: sheet_of('<row r="1"><c r="A99999999"><v>5</v></c></row>'), "sheet.unreadable"),
    (lambda: sheet_of('<row r="1"><c r="A1"><v>5</v></c>'), "sheet.unreadable"),
    (lambda: sheet_of("<row><c><v>1</v></c></row>" * 50_011), "sheet.rows"),
    (lambda: sheet_of("<row/>" * 3_000_000), "sheet.large"),
    (lambda: sheet_of("<row/>"), "sheet.empty"),
    (lambda: b"PK\x03\x04 not a zip", "sheet.unreadable"),
    (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1", "sheet.old_form"),
    (lambda: b"\x89PNG\r\n\x1a\n\0\0", "sheet.unreadable"),
    ("编号,名称\nG1,\"甲\nG2,乙\n".encode, "sheet.quotes"),
    (("编号,名称\n" + "a,b\n" * 10 + "G1,甲,乙\n").encode, "sheet.wide"),
    (lambda: codecs.BOM_UTF8 + b"\xd6\xd0", "sheet.unreadable"),
])  # fmt: skip
def test_a_file_that_can_not_be_a_table_is_refused(data: Any, key: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_table(data())
    assert caught.value.key == key


def test_values_that_a_workbook_does_not_hold_are_told() -> None:
    table = read_table(
        sheet_of('<row><c><f>1+1</f></c><c t="e"><v>#REF!</v></c><c t="str"><f>A1</f><v>ok</v></c></row>')
    )
    assert table[0] == [Unread("formula", "=…"), Unread("error", "#REF!"), "ok"]


def test_days_counted_from_1904_are_read_by_their_workbook() -> None:
    style = '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
    links = '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/styles" Target="styles.xml"/></Relationships>'
    data = packed(**{
        "xl/workbook.xml": '<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="h" state="hidden" r:id="r0"/><sheet name="a" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links, "xl/styles.xml": style,
        "xl/worksheets/sheet1.xml": '<worksheet><sheetData><row><c s="0"><v>1</v></c></row></sheetData></worksheet>',
    })  # fmt: skip
    assert read_table(data)[0][0] == datetime.fromisoformat("1904-01-02")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("title", ["", "2026年花名册\r\n\r\n", "花名册，共3人；县局\r\n"])
def test_text_of_any_editor_is_read(encoding: str, mark: str, title: str) -> None:
    rows = (
        mark.join(["编号", "名称"])
        + "\r\n"
        + mark.join(["G1", '"甲\n乙"'])
        + "\r\n\r\n"
        + mark.join(["G2", "丙"])
        + "\r\n"
    )
    report, told = read((title + rows).encode(encoding))
    assert (report.bad_count, told) == (0, [{"id": "G1", "name": "甲 乙"}, {"id": "G2", "name": "丙"}])


@pytest.mark.parametrize(("line", "key"), [
    ("合计,2", "sheet.totals"), ("Total:,2", "sheet.totals"), ("编号,名称", "sheet.heads_again"), ("G3,", "sheet.needed"),
])  # fmt: skip
def test_a_row_that_is_no_entry_is_told_with_its_number(line: str, key: str) -> None:
    report, told = read(f"编号,名称\nG1,甲\n\n{line}\n".encode())
    assert [(bad.row, bad.key) for bad in report.bad] == [(4, key)]
    assert len(told) == 1


def test_a_number_among_codes_with_leading_zeros_has_lost_its_own() -> None:
    report, _ = read(book(lambda _, sheet: [sheet.write_row(n, 0, row) for n, row in enumerate([["编号", "名称"], ["0012", "甲"], [13, "乙"]])]))  # fmt: skip
    assert [(bad.row, bad.column, bad.found, bad.key) for bad in report.bad] == [(3, "编号", "13", "sheet.zeros_lost")]


def test_a_cell_too_long_for_a_workbook_says_so_and_is_whole_in_csv() -> None:
    cells: list[list[str | float]] = [["a"], ["x" * 40_000]]
    assert read_table(to_file(cells, "xlsx"))[1][0] == TOO_LONG
    assert read_table(to_file([["a", "b"], ["x" * 200_000, "y"]], "csv"))[1][0] == "x" * 200_000
