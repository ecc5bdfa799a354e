"""Who and where from XLSX and CSV as people keep them: a dry run that names each bad row, then all of it or nothing."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy.orm import Session

from lianqin import audit
from lianqin.audit import Actor
from lianqin.errors import LianqinError, RecordError
from patrol.columns import COLUMNS, Cell, Column, column_of, read_cell, write_cell
from patrol.entries import LEVELS, Kind
from patrol.gpx import looks_like_gpx, read_waypoints, to_table
from patrol.ground import Book, do_put, read_entry, settle

LARGEST_BYTES: Final = 20_000_000
LARGEST_UNPACKED: Final = 300_000_000
MOST_ROWS: Final = 50_000
MOST_BAD: Final = 500
"""Bad rows told one by one; of more only their number."""
HEADING_WITHIN: Final = 10
"""A title may stand above the headings."""


class Bad(msgspec.Struct, frozen=True):
    """One thing wrong: the sheet's row number, the column's heading, and the error as everywhere."""

    row: int
    column: str
    key: str
    detail: str
    values: dict[str, Any] = {}


class Report(msgspec.Struct):
    """`done`: it was written; a dry run and a file with a bad row never are."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    bad_count: int = 0
    bad: list[Bad] = []
    ignored: list[str] = []
    done: bool = False

    def tell(self, bad: Bad) -> None:
        self.bad_count += 1
        if len(self.bad) < MOST_BAD:
            self.bad.append(bad)


def read_table(data: bytes) -> list[list[Cell]]:
    """The first sheet's cells; a cell merged over rows stands in each of them.

    Raises RecordError `sheet.large`, `sheet.rows`, `sheet.unreadable`, `sheet.empty`.
    """
    if len(data) > LARGEST_BYTES:
        raise RecordError("sheet.large", f"{len(data)} bytes", mb=LARGEST_BYTES // 1_000_000)
    table = _read_xlsx(data) if data[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"} else _read_csv(data)
    if not any(_said(cell) for row in table for cell in row):
        raise RecordError("sheet.empty", "no cell is filled in")
    return table


def _read_xlsx(data: bytes) -> list[list[Cell]]:
    try:
        if (
            data[:2] == b"PK"
            and sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(data)).infolist()) > LARGEST_UNPACKED
        ):
            raise RecordError("sheet.large", "unpacked far too large", mb=LARGEST_BYTES // 1_000_000)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        if sheet.total_height > MOST_ROWS + HEADING_WITHIN:
            raise RecordError("sheet.rows", f"{sheet.total_height} rows", most=MOST_ROWS)
        table: list[list[Cell]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]  # type: ignore[arg-type] # timedelta cells are told as unreadable later
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise RecordError("sheet.unreadable", str(error)) from error
    for (top, left), (bottom, _right) in merged:
        for row in range(top + 1, bottom + 1):
            if row < len(table) and left < len(table[row]):
                table[row][left] = table[top][left]
    return table


def _read_csv(data: bytes) -> list[list[Cell]]:
    text = None
    for encoding in ("utf-16",) if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise RecordError("sheet.unreadable", "neither a workbook nor text in UTF-8 or GB18030")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table: list[list[Cell]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise RecordError("sheet.unreadable", str(error)) from error
    if len(table) > MOST_ROWS + HEADING_WITHIN:
        raise RecordError("sheet.rows", f"{len(table)} rows", most=MOST_ROWS)
    return table


def _said(cell: Cell) -> bool:
    return cell is not None and str(cell).strip() != ""


class Headings(msgspec.Struct, frozen=True):
    """Where the headings stand (from 0), the column under each, how the file calls it, and those that mean nothing here."""

    row: int
    columns: tuple[Column | None, ...]
    called: dict[str, str]
    ignored: tuple[str, ...]


def find_headings(wanted: Sequence[Column], table: Sequence[Sequence[Cell]]) -> Headings:
    """The row, among the first ten, that holds most of the headings that are wanted.

    Raises RecordError `sheet.headings` (none found), `sheet.column_missing`, `sheet.column_twice`.
    """
    row, columns = max(((n, tuple(column_of(wanted, cell) for cell in cells)) for n, cells in enumerate(table[:HEADING_WITHIN])),
                       key=lambda found: sum(one is not None for one in found[1]))  # fmt: skip
    known = [one.field for one in columns if one is not None]
    if len(known) < 2:
        raise RecordError(
            "sheet.headings", "no row of headings", wanted=", ".join(one.both for one in wanted if one.needed)
        )
    twice = next((one for one in columns if one is not None and known.count(one.field) > 1), None)
    if twice is not None:
        raise RecordError("sheet.column_twice", f"{twice.en} stands twice", column=twice.both)
    lacking = [one for one in wanted if one.needed and one.field not in known]
    if lacking:
        raise RecordError("sheet.column_missing", f"no column {lacking[0].en}", column=lacking[0].both)
    ignored = tuple(str(cell) for cell, one in zip(table[row], columns, strict=True) if one is None and _said(cell))
    called = {one.field: str(cell).strip() for cell, one in zip(table[row], columns, strict=True) if one is not None}
    return Headings(row, columns, called, ignored)


def read_rows(
    wanted: Sequence[Column], table: Sequence[Sequence[Cell]], report: Report
) -> list[tuple[int, dict[str, Any]]]:
    """Row number and values of each row that can be read; what can't goes into the report. Raises as `find_headings`."""
    headings = find_headings(wanted, table)
    report.ignored = list(headings.ignored)
    rows = []
    for number, cells in enumerate(table[headings.row + 1 :], headings.row + 2):
        if not any(_said(cell) for cell, one in zip(cells, headings.columns, strict=False) if one is not None):
            continue
        report.rows += 1
        values, good = {}, True
        for cell, column in zip(cells, headings.columns, strict=False):
            if column is None:
                continue
            try:
                value = read_cell(column, cell)
            except RecordError as error:
                report.tell(Bad(number, headings.called[column.field], error.key, error.detail, error.values))
                good = False
                continue
            if value is not None:
                values[column.field] = value
        for column in wanted:
            if column.needed and column.field not in values and good:
                report.tell(Bad(number, headings.called[column.field], "sheet.needed", f"{column.en} is empty"))
                good = False
        if good:
            rows.append((number, values))
    return rows


def do_import(session: Session, actor: Actor, kind: Kind, data: bytes, at: float, *, dry_run: bool) -> Report:
    """Check every row as a whole, against what stands and what the file adds. Only without a bad row is anything written.

    An empty cell of a thing that stands leaves it as it is. Raises RecordError as `read_table`, `find_headings`.
    """
    report = Report()
    book = Book(session)
    rows = read_rows(COLUMNS[kind], _table(kind, data, book), report)
    if kind == "organisations":
        rows.sort(key=lambda one: LEVELS.get(one[1]["kind"], 3))
    seen: dict[str, int] = {}
    entries: list[dict[str, Any]] = []
    for number, told in rows:
        try:
            before = seen.setdefault(told["id"], number)
            if before != number:
                raise RecordError(
                    "sheet.repeated", f"{told['id']} stands in row {before} too", id=told["id"], row=before
                )
            old = book.rows(kind).get(told["id"])
            kept = {name: value for name, value in (old or {}).items() if name in _fields(kind) and value is not None}
            entry = kept | told
            values = settle(kind, read_entry(kind, entry), old, at)
            change = book.add(kind, values)
        except LianqinError as error:
            report.tell(Bad(number, "", error.key, error.detail, error.values))
            continue
        setattr(report, change, getattr(report, change) + 1)
        if change != "same":
            entries.append(entry)
    report.bad.sort(key=lambda one: one.row)
    if dry_run or report.bad_count:
        return report
    written = Book(session)
    for entry in entries:
        do_put(session, actor, kind, entry, at, book=written)
    audit.write(session, actor, "ground.import", kind, hashlib.sha256(data).hexdigest()[:16], at=at,
                detail={"rows": report.rows, "new": report.new, "changed": report.changed})  # fmt: skip
    report.done = True
    return report


def _table(kind: Kind, data: bytes, book: Book) -> list[list[Cell]]:
    if kind == "checkpoints" and looks_like_gpx(data):
        if len(data) > LARGEST_BYTES:
            raise RecordError("sheet.large", f"{len(data)} bytes", mb=LARGEST_BYTES // 1_000_000)
        return to_table(read_waypoints(data), {one: row["polygon"] for one, row in book.rows("areas").items()})
    return read_table(data)


def _fields(kind: Kind) -> set[str]:
    return {one.field for one in COLUMNS[kind]}


def to_cells(columns: Sequence[Column], rows: Iterable[dict[str, Any]], *, chinese: bool) -> list[list[str | float]]:
    """Headings and rows that `do_import` reads back unchanged."""
    found: list[list[str | float]] = [[one.label(chinese=chinese) for one in columns]]
    for row in rows:
        values = row | {"notice_signed": row.get("notice_signed_at") is not None}
        found.append([write_cell(one, values[one.field], chinese=chinese) for one in columns])
    return found


Format = Literal["xlsx", "csv"]


def to_file(cells: Sequence[Sequence[str | float]], form: Format) -> bytes:
    """XLSX with a frozen heading, or CSV that a spreadsheet opens as UTF-8. No cell can run as a formula."""
    if form == "csv":
        out = io.StringIO(newline="")
        safe = [
            [f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell for cell in row]
            for row in cells
        ]
        csv.writer(out).writerows(safe)
        return codecs.BOM_UTF8 + out.getvalue().encode()
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    for number, row in enumerate(cells):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell, *([bold] if number == 0 else []))
            else:
                sheet.write_number(number, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofit(260)
    book.close()
    return file.getvalue()
