"""Who and where from XLSX, CSV and GPX as people keep them: a dry run that names each bad row, then all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import PART, Store
from lianqin.errors import LianqinError, RecordError
from lianqin.sheets import write
from lianqin.sheets.cells import code_key
from lianqin.sheets.columns import Column
from lianqin.sheets.read import LARGEST_BYTES, MOST_ROWS, Table, read_table
from lianqin.sheets.rows import Bad, SheetReport, SheetRow, bad_of, find_headings, read_rows
from lianqin.sheets.write import Format, to_file
from patrol.county.book import Book, do_put, read_entry, settle
from patrol.county.columns import COLUMNS
from patrol.county.entries import LEVELS, Kind
from patrol.county.gpx import looks_like_gpx, read_waypoints, to_table

__all__ = [
    "LARGEST_BYTES", "MOST_ROWS", "Bad", "Format", "SheetReport", "do_import", "find_headings", "read_rows", "read_table",
    "to_cells", "to_file",
]  # fmt: skip
FIELDS: Final[Mapping[str, str]] = {
    "sheet.repeated": "id", "sheet.zeros_lost": "id", "ground.same_id": "id", "ground.parent": "parent_id",
    "ground.station": "station_id", "ground.window": "windows",
}  # fmt: skip
"""The column that an error speaks of, where its values don't name one."""


class ImportPlan(msgspec.Struct):
    """A file that was checked as a whole: what it would do, the entries to be written, and what stood then."""

    report: SheetReport
    entries: list[dict[str, Any]]
    standing: Book


def plan(session: Session, kind: Kind, data: bytes, at: float) -> ImportPlan:
    """Check every row against what stands and what the file adds. An empty cell of a thing that stands leaves it as it is. Raises
    RecordError as `read_table`, `find_headings`."""
    report = SheetReport()
    book = Book(session)
    sheet = read_rows(COLUMNS[kind], _table(kind, data, book), report)
    if kind == "organisations":
        sheet.rows.sort(key=lambda one: LEVELS.get(one.values["kind"], 3))
    seen: dict[str, SheetRow] = {}
    bare = {one.lstrip("0"): one for one in book.rows(kind) if one.isdigit()}
    entries: list[dict[str, Any]] = []
    for row in sheet.rows:
        try:
            _check_id(row, seen, bare, book, kind)
            told = row.values | {"id": book.spelled(kind, row.values["id"])}
            old = book.rows(kind).get(told["id"])
            kept = {name: value for name, value in (old or {}).items() if name in _fields(kind) and value is not None}
            entry = kept | told
            values = settle(kind, book.resolve(kind, read_entry(kind, entry)), old, at)
            change = book.add(kind, values)
        except LianqinError as error:
            report.tell(bad_of(error, row, sheet.headings, _field_of(kind, error)))
            continue
        setattr(report, change, getattr(report, change) + 1)
        if change != "same":
            entries.append(entry)
    report.bad.sort(key=lambda one: one.row)
    return ImportPlan(report, entries, Book.whole(session))


def do_import(store: Store, actor: Actor, kind: Kind, data: bytes, at: float, *, dry_run: bool) -> SheetReport:
    """The file is read and checked as a whole before anything is written: with one bad row nothing is. Then it is written
    piece by piece, so that alerts are stored meanwhile; after a crash the same file goes on where it was cut off. Raises as `plan`, and as
    `ground.do_put` where somebody changed the ground in between."""
    with store.read() as session:
        made = plan(session, kind, data, at)
    report, book = made.report, made.standing
    if dry_run or report.bad_count:
        return report
    digest = hashlib.sha256(data).hexdigest()[:16]
    for piece in [made.entries[first : first + PART] for first in range(0, len(made.entries), PART)]:
        with store.write() as session:
            book = book.still(session)
            for entry in piece:
                do_put(session, actor, kind, entry, at, book=book)
            book.note(session)
        store.breathe()
    with store.write() as session:
        audit.write(session, actor, "ground.import", kind, digest, at=at,
                    detail={"rows": report.rows, "new": report.new, "changed": report.changed})  # fmt: skip
    report.done = True
    return report


def _check_id(row: SheetRow, seen: dict[str, SheetRow], bare: Mapping[str, str], book: Book, kind: Kind) -> None:
    """Raises RecordError `sheet.repeated`, `sheet.zeros_lost`. `bare`: ids that stand, by their digits without leading zeros."""
    told = row.values["id"]
    before = seen.setdefault(code_key(told), row)
    if before is not row:
        raise RecordError("sheet.repeated", f"{told} stands in row {before.number} too", id=before.values["id"], row=before.number)  # fmt: skip
    other = bare.get(told.lstrip("0")) if told.isdigit() else None
    if other is not None and book.spelled(kind, told) not in book.rows(kind):
        raise RecordError("sheet.zeros_lost", f"{told} is perhaps {other}", text=told, other=other)


def _field_of(kind: Kind, error: LianqinError) -> str:
    if error.key.startswith("ring."):
        return next((one.field for one in COLUMNS[kind] if one.form == "ring"), "")
    return FIELDS.get(error.key, "")


def _table(kind: Kind, data: bytes, book: Book) -> Table:
    if kind == "checkpoints" and looks_like_gpx(data):
        if len(data) > LARGEST_BYTES:
            raise RecordError("sheet.large", f"{len(data)} bytes", mb=LARGEST_BYTES // 1_000_000)
        return to_table(read_waypoints(data), {one: row["polygon"] for one, row in book.rows("areas").items()})
    return read_table(data)


def _fields(kind: Kind) -> set[str]:
    return {one.field for one in COLUMNS[kind]}


def to_cells(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, chinese: bool) -> list[list[str | float]]:
    """Headings and rows that `do_import` reads back unchanged."""
    signed = ({**row, "notice_signed": row.get("notice_signed_at") is not None} for row in rows)
    return write.to_cells(columns, signed, chinese=chinese)
