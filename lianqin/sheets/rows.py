"""From a table of cells to rows of values: heads found, each cell read, each fault told with row, column and what stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from lianqin.errors import LianqinError, RecordError
from lianqin.sheets.cells import Cell, FormattedNumber, is_filled, number_text, plain, shown_cell
from lianqin.sheets.columns import Column, column_of, heading, read_cell
from lianqin.sheets.xlsx import HEADS_WITHIN

MOST_BAD: Final = 500
"""Bad rows told one by one; of more only their number."""
TOTALS: Final = frozenset(
    {"合计", "总计", "小计", "共计", "总数", "汇总", "total", "totals", "subtotal", "grandtotal", "sum"}
)


class Bad(msgspec.Struct, frozen=True):
    """One thing wrong: the sheet's row number, the column's head as the file has it, what was found there, and the error."""

    row: int
    column: str
    key: str
    detail: str
    values: dict[str, Any] = {}
    found: str = ""


class SheetReport(msgspec.Struct):
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


class SheetRow(msgspec.Struct, frozen=True):
    """A row that can be read: its number in the sheet, its values, and the text of each cell by field."""

    number: int
    values: dict[str, Any]
    found: dict[str, str]


class Headings(msgspec.Struct, frozen=True):
    """Where the heads stand (from 0), the column under each, how the file calls it, and those that mean nothing here."""

    row: int
    columns: tuple[Column | None, ...]
    called: dict[str, str]
    ignored: tuple[str, ...]


class Sheet(msgspec.Struct, frozen=True):
    """What was read of a table."""

    headings: Headings
    rows: list[SheetRow]


def find_headings(wanted: Sequence[Column], table: Sequence[Sequence[Cell]]) -> Headings:
    """The row, among the first ten, that holds most of the heads that are wanted.

    Raises RecordError `sheet.headings` (none found), `sheet.column_missing`, `sheet.column_twice`.
    """
    row, columns = max(((n, tuple(column_of(wanted, cell) for cell in cells)) for n, cells in enumerate(table[:HEADS_WITHIN])),
                       key=lambda found: len({one.field for one in found[1] if one is not None}))  # fmt: skip
    known = [one.field for one in columns if one is not None]
    if len(known) < 2:
        raise RecordError(
            "sheet.headings", "no row of heads", wanted=", ".join(one.both for one in wanted if one.needed)
        )
    twice = next((one for one in columns if one is not None and known.count(one.field) > 1), None)
    if twice is not None:
        raise RecordError("sheet.column_twice", f"{twice.en} stands twice", column=twice.both)
    lacking = [one for one in wanted if one.needed and one.field not in known]
    if lacking:
        raise RecordError("sheet.column_missing", f"no column {lacking[0].en}", column=lacking[0].both)
    heads = list(zip(table[row], columns, strict=True))
    return Headings(
        row, columns, {one.field: shown_cell(cell) for cell, one in heads if one is not None},
        tuple(shown_cell(cell) for cell, one in heads if one is None and is_filled(cell)),
    )  # fmt: skip


def read_rows(wanted: Sequence[Column], table: Sequence[Sequence[Cell]], report: SheetReport) -> Sheet:
    """The rows that can be read; what can't goes into the report. Raises as `find_headings`."""
    headings = find_headings(wanted, table)
    report.ignored = list(headings.ignored)
    padded = _padded(headings, table)
    rows = []
    for number, cells in enumerate(table[headings.row + 1 :], headings.row + 2):
        named = [(column, cell) for column, cell in zip(headings.columns, cells, strict=False) if column is not None]
        if not any(is_filled(cell) for _, cell in named):
            continue
        report.rows += 1
        told = _of_the_row(named, cells)
        if told is not None:
            first = next((cell for cell in cells if is_filled(cell)), None)
            report.tell(
                Bad(number, "", told, f"row {number} is no entry", {"text": shown_cell(first)}, shown_cell(first))
            )
            continue
        row = _read_row(wanted, named, SheetRow(number, {}, {}), headings, padded=padded, report=report)
        if row is not None:
            rows.append(row)
    return Sheet(headings, rows)


def _of_the_row(named: Sequence[tuple[Column, Cell]], cells: Sequence[Cell]) -> str | None:
    """A row that is none of the table's entries: totals below it, or the heads once more."""
    first = next((cell for cell in cells if is_filled(cell)), None)
    if isinstance(first, str) and re.sub(r"[\s:()]", "", plain(first)).lower() in TOTALS:
        return "sheet.totals"
    if sum(heading(cell) in column.heads for column, cell in named if is_filled(cell)) > 1:
        return "sheet.heads_again"
    return None


def _padded(headings: Headings, table: Sequence[Sequence[Cell]]) -> dict[str, int]:
    """By field: how many digits the longest text with leading zeros has in this column."""
    found: dict[str, int] = {}
    for cells in table[headings.row + 1 :]:
        for column, cell in zip(headings.columns, cells, strict=False):
            if (
                column is not None
                and column.form == "code"
                and isinstance(cell, str)
                and re.fullmatch(r"0\d+", cell.strip())
            ):
                found[column.field] = max(found.get(column.field, 0), len(cell.strip()))
    return found


def _read_row(
    wanted: Sequence[Column], named: Sequence[tuple[Column, Cell]], row: SheetRow, headings: Headings, *,
    padded: Mapping[str, int], report: SheetReport,
) -> SheetRow | None:  # fmt: skip
    good = True
    for column, cell in named:
        if is_filled(cell):
            row.found[column.field] = shown_cell(cell)
        try:
            value = read_cell(column, cell)
            _check_zeros(cell, padded.get(column.field, 0))
        except RecordError as error:
            report.tell(bad_of(error, row, headings, column.field))
            good = False
            continue
        if value is not None and value != "":
            row.values[column.field] = value
    for column in wanted:
        if column.needed and column.field not in row.values and good:
            lacks = RecordError("sheet.needed", f"{column.en} is empty", column=column.both)
            report.tell(bad_of(lacks, row, headings, column.field))
            good = False
    return row if good else None


def _check_zeros(cell: Cell, digits: int) -> None:
    """Where others of the column have leading zeros, a shorter number has lost its own. Raises `sheet.zeros_lost`."""
    value = cell.value if isinstance(cell, FormattedNumber) else cell
    if isinstance(value, int | float) and not isinstance(value, bool) and len(number_text(value)) < digits:
        raise RecordError("sheet.zeros_lost", "leading zeros were lost", text=number_text(value), other="0" * digits)


def bad_of(error: LianqinError, row: SheetRow, headings: Headings, field: str = "") -> Bad:
    """The error as one bad cell: `field`, or the one that the error itself names."""
    error, named = understood(error)
    field = field or named
    called = headings.called.get(field, "")
    return Bad(row.number, called, error.key, error.detail, error.values, row.found.get(field, ""))


_LIMITS: Final = (
    (r"length <= (\d+)", "sheet.too_long"), (r"length >= (\d+)", "sheet.too_short"), (r"<=? (-?[\d.]+)", "sheet.too_large"),
    (r">=? (-?[\d.]+)", "sheet.too_small"), (r"matching regex", "sheet.pattern"),
)  # fmt: skip


def understood(error: LianqinError) -> tuple[LianqinError, str]:
    """An error of a record's form (`record.invalid`) as one that a clerk reads, and the field that it names."""
    if error.key != "record.invalid":
        return error, str(error.values.get("field", ""))
    why = error.detail
    found = re.search(r" - at `\$\.([a-z_]+)", why)
    field = found[1] if found else ""
    for pattern, key in _LIMITS:
        limit = re.search(pattern, why)
        if limit is not None:
            if key == "sheet.too_large" and field in {"from_min", "windows"} and limit[1] in {"1439", "1440"}:
                key = "sheet.begins_24"  # noqa: PLW2901 - a limit that a clerk reads as a time
            return RecordError(key, why, limit=limit[1] if limit.groups() else "", field=field), field
    return error, field
