"""CSV and XLSX as they come (`lianqin.sheets.read`, `rows`): cells, rows, and rows written and read again. The first byte says which sheet
it should be."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from console.cameras.sheets import COLUMNS as CAMERAS
from lianqin.errors import RecordError
from lianqin.sheets.read import read_table
from lianqin.sheets.rows import SheetReport, read_rows
from lianqin.sheets.write import to_cells, to_file
from patrol.county.columns import COLUMNS
from tests.fuzz.target import Target

KINDS = (*COLUMNS.values(), CAMERAS)


def read(data: bytes, columns: Any) -> list[dict[str, Any]]:
    """Raises RecordError."""
    report = SheetReport()
    rows = read_rows(columns, read_table(data), report).rows
    assert report.bad_count + len(rows) >= report.rows >= len(rows)
    return [row.values for row in rows]


def run(data: bytes) -> bool:
    columns = KINDS[data[0] % len(KINDS) if data else 0]
    return checked(data[1:], columns)


def checked(data: bytes, columns: Any) -> bool:
    try:
        rows = read(data, columns)
    except RecordError:
        return False
    written = to_file(
        to_cells(columns, ({one.field: None for one in columns} | row for row in rows), chinese=len(data) % 2 == 0),
        "csv",
    )
    if rows:
        assert read(written, columns) == rows
    return bool(rows)


def book(
    sheet: bytes,
    strings: bytes = b"",
    styles: bytes = b"",
    about: bytes = b'<workbook><sheets><sheet name="S" r:id="rId1"/></sheets></workbook>',
) -> bytes:
    """An XLSX file of these parts."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as made:
        made.writestr(
            "_rels/.rels",
            f'<Relationships><Relationship Id="r" Type="{kind}officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        made.writestr("xl/workbook.xml", about)
        made.writestr(
            "xl/_rels/workbook.xml.rels",
            "<Relationships>" + "".join(f'<Relationship Id="rId{n}" Type="{kind}{what}" Target="{what}.xml"/>'
                                        for n, what in enumerate(("worksheet", "sharedStrings", "styles"), 1)) + "</Relationships>")  # fmt: skip
        made.writestr("xl/worksheet.xml", sheet)
        made.writestr("xl/sharedStrings.xml", strings or b"<sst/>")
        made.writestr("xl/styles.xml", styles or b"<styleSheet/>")
    return file.getvalue()


GUARDS = "编号,姓名,单位编号,保安员证号,证件有效期,已签告知书\nG1,张三,U1,0012,2029-12-31,是\nG2,'=1+1,U1,13,29年1月2日,\n".encode()
AREAS = 'id;name;risk;windows;polygon\nA1;"a\nb";红;07:30-09:00、17:00~24:00;119.2,34.0 \n'.encode()
POSTS = "编号\t名称\t区域编号\t经度\t纬度\t开始时间\t值守单位\nP1\t岗\tA1\t119.2\t34.0\t07:30\tU1;U2\n合计\t1\n".encode(
    "utf-16"
)
SHEET = (
    b'<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>id</t></is></c><c t="inlineStr"><is><t>name</t></is></c><c t="inlineStr"><is><t>kind</t></is></c></row>'
    b'<row r="2"><c><v>1</v></c><c t="inlineStr"><is><t>n</t></is></c><c t="inlineStr"><is><t>county</t></is></c></row></sheetData></worksheet>'
)
TARGET = Target(
    run,
    (b"\x06" + GUARDS, b"\x06" + GUARDS.decode().encode("gb18030"), b"\x02" + AREAS, b"\x03" + POSTS, b"\x07id,code,name,url\nC1,34020000001320000001,x,rtsp://a/b\n",
     b"\x00sep=|\nid|name|kind\n1|n|county\n", b"\x00" + book(SHEET), b"\x00\xd0\xcf\x11\xe0"),
    ("编号".encode(), "证件有效期".encode(), b"polygon", b"windows", b"24:00", b"119.2,34.0;", b"2029-12-31", b"1E+19", b'"', b'""', b"\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf",
     b"=1+1", b"'", b"\xc2\xb2", b"\xd9\xa1", b"\xe2\x80\xa8", b"PK\x03\x04", b"PK\x01\x02", b"nan", b"1_0"),
    runs=150, most=4000, steps=(100_000, 1200), share=3,
)  # fmt: skip
