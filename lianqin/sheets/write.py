"""Tables as files: XLSX and CSV of the same content, no cell of which runs as a formula."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

import xlsxwriter

from lianqin.sheets.cells import guarded
from lianqin.sheets.columns import TEXTS, TOO_LONG, Column, write_cell

Format = Literal["xlsx", "csv"]
MEDIA: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LONGEST: Final = 32_767
"""Characters that a cell of XLSX holds."""
WIDEST: Final = 40


def to_cells(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, chinese: bool) -> list[list[str | float]]:
    """Heads and rows that `read_rows` reads back unchanged."""
    found: list[list[str | float]] = [[one.label(chinese=chinese) for one in columns]]
    found += [[write_cell(one, row[one.field], chinese=chinese) for one in columns] for row in rows]
    return found


def texts_of(columns: Sequence[Column]) -> frozenset[int]:
    """The columns that a spreadsheet must keep as text, so that what is typed there loses no digit."""
    return frozenset(n for n, one in enumerate(columns) if one.form in TEXTS)


def to_file(
    cells: Sequence[Sequence[str | float]], form: Format, *, texts: frozenset[int] = frozenset(), made_at: float = 0.0
) -> bytes:
    """XLSX with a frozen head that prints on each page, or CSV that a spreadsheet opens as UTF-8.

    `texts`: columns (from 0) formatted as text, for what is typed below. `made_at`: epoch seconds, into the file's properties.
    """
    return _to_csv(cells) if form == "csv" else _to_xlsx(cells, texts, made_at)


def _to_csv(cells: Sequence[Sequence[str | float]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(
        [guarded(cell) if isinstance(cell, str) else _short(cell) for cell in row] for row in cells
    )
    return codecs.BOM_UTF8 + out.getvalue().encode()


def _short(value: float) -> float | int:
    """A whole number without its `.0`, as XLSX shows it."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _to_xlsx(cells: Sequence[Sequence[str | float]], texts: frozenset[int], made_at: float) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"created": datetime.fromtimestamp(made_at, UTC)})
    sheet, bold, text = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    for number, row in enumerate(cells):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                said = cell if len(cell) <= LONGEST else TOO_LONG
                sheet.write_string(number, column, said, bold if number == 0 else text if column in texts else None)
            else:
                sheet.write_number(number, column, cell)
    for column in range(max((len(row) for row in cells), default=0)):
        longest = max((_width(row[column]) for row in cells[:500] if column < len(row)), default=0)
        sheet.set_column(column, column, min(longest, WIDEST) + 2, text if column in texts else None)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")
    book.close()
    return file.getvalue()


def _width(cell: str | float) -> int:
    """In Latin letters; a Chinese one is as wide as two."""
    return sum(1 + (c > "\u2e7f") for c in str(cell)[:WIDEST])
