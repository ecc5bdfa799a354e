"""A file as a table of cells, whatever made it."""

from __future__ import annotations

from typing import Final

from lianqin.errors import RecordError
from lianqin.sheets.cells import Cell
from lianqin.sheets.text import read_csv
from lianqin.sheets.xlsx import HEADS_WITHIN, MOST_COLUMNS, read_xlsx
from lianqin.texts import storable

LARGEST_BYTES: Final = 20_000_000
MOST_ROWS: Final = 50_000
"""Filled rows below the heads; empty ones between them count nothing."""
_OLD_OR_LOCKED: Final = b"\xd0\xcf\x11\xe0"
"""The begin of an OLE file: XLS before 2007, and an XLSX behind a password."""

Table = list[list[Cell]]
"""Rows from 0 as the file counts them, each up to its last filled cell."""


def read_table(data: bytes) -> Table:
    """The first visible sheet's cells, without characters that no database takes; a cell merged over rows stands in each of them.

    Raises RecordError `sheet.large`, `sheet.old_form`, `sheet.empty`, and as `xlsx.read_xlsx`, `text.read_csv`.
    """
    if len(data) > LARGEST_BYTES:
        raise RecordError("sheet.large", f"{len(data)} bytes", mb=LARGEST_BYTES // 1_000_000)
    if data.startswith(_OLD_OR_LOCKED):
        raise RecordError("sheet.old_form", "XLS, or behind a password")
    most = MOST_ROWS + HEADS_WITHIN
    lines = read_xlsx(data, most) if data[:2] == b"PK" else read_csv(data, most)
    if not lines:
        raise RecordError("sheet.empty", "no cell is filled in")
    nothing: list[Cell] = []
    table = [nothing] * (max(lines) + 1)
    for row, line in lines.items():
        width = min(max(line) + 1, MOST_COLUMNS)
        cells = [line.get(column) for column in range(width)]
        table[row] = [storable(cell) if isinstance(cell, str) else cell for cell in cells]
    return table
