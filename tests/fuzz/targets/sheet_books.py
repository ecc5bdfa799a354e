"""The parts of an XLSX workbook (`lianqin.sheets.xlsx`), put into a right ZIP file. An input is sheet, shared strings, styles and workbook,
parted by zero bytes, behind a byte that says which sheet it should be."""

from __future__ import annotations

from tests.fuzz.target import Target
from tests.fuzz.targets.sheet_files import KINDS, SHEET, book, checked


def run(data: bytes) -> bool:
    columns = KINDS[data[0] % len(KINDS) if data else 0]
    return checked(book(*data[1:].split(b"\x00", 3)), columns)


TEXT = b'<c t="inlineStr"><is><t>%b</t></is></c>'
GUARDS = (
    b"<worksheet><sheetData><row>"
    + b"".join(TEXT % head.encode() for head in ("编号", "姓名", "单位编号", "证件有效期", "已签告知书"))
    + b"</row>"
    b'<row r="3"><c r="A3" t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="str"><f>A1</f><v>U1</v></c><c s="1"><v>46000</v></c><c t="b"><v>1</v></c></row>'
    b'<row><c t="e"><v>#N/A</v></c><c t="d"><v>2026-01-02T03:04:05</v></c><c><f>1</f></c><c s="2"><v>0.5</v></c></row></sheetData>'
    b'<mergeCells><mergeCell ref="A3:A9"/><mergeCell ref="C3"/></mergeCells></worksheet>'
)
STRINGS = b"<sst><si><r><t>G_x0041_1</t></r><rPh><t>x</t></rPh></si><si><t xml:space='preserve'> n </t></si></sst>"
STYLES = b'<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;-&quot;m"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="21"/></cellXfs></styleSheet>'
ABOUT = b'<workbook><workbookPr date1904="1"/><sheets><sheet state="hidden" r:id="x"/><sheet name="S" r:id="rId1"/></sheets></workbook>'
TARGET = Target(
    run,
    (b"\x06" + GUARDS + b"\x00" + STRINGS + b"\x00" + STYLES, b"\x00" + SHEET, b"\x06" + b"\x00".join((GUARDS, STRINGS, STYLES, ABOUT))),
    (b"<c ", b"<row ", b'r="', b"XFD1048576", b't="s"', b't="d"', b't="e"', b't="inlineStr"', b"<v>", b"</v>", b"<f/>", b's="1"', b"_x0000_", b"_xD800_",
     b"1e308", b"nan", b"inf", b"-1", b"2958465.99999999", b"0.9999999", b"<mergeCell ref=\"", b"A1:XFD9999999", b"formatCode=\"", b"[h]:mm", b"encoding='x'", b"<?xml version='1.0' encoding='gbk'?>",
     b"<!DOCTYPE x>", b"&#0;", b"numFmtId=\"", b"99999999999"),
    runs=150, most=4000, steps=(100_000, 1200), share=3,
)  # fmt: skip
