"""Text with separators (CSV) of any editor: its encoding, its separator, its quotes."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from typing import Final

from lianqin.errors import RecordError
from lianqin.sheets.cells import is_filled
from lianqin.sheets.xlsx import HEADS_WITHIN, MOST_CELLS, Line, unreadable

LONGEST_CELL: Final = 1_000_000
"""Characters: a border of 5000 corners has a fifth of it."""
SEPARATORS: Final = ",;\t|"
TRIED_ROWS: Final = 50


def read_csv(data: bytes, most_rows: int) -> dict[int, Line]:
    """The filled cells by row and column, both from 0. A quoted line break does not begin a row.

    Raises RecordError `sheet.unreadable`, `sheet.quotes` (with `row`), `sheet.wide` (with `row`), `sheet.rows`, `sheet.cells`.
    """
    text = decoded(data)
    told = re.match(r"sep=([,;\t|])\r?\n", text)
    text = text[told.end() :] if told else text
    separator = told[1] if told else separator_of(text)
    lines: dict[int, Line] = {}
    cells = width = 0
    for number, row in enumerate(_records(text, separator)):
        line: Line = {n: cell for n, cell in enumerate(row) if is_filled(cell)}
        if not line:
            continue
        if number < HEADS_WITHIN:
            width = max(width, len(row))
        elif max(line) >= width:
            raise RecordError("sheet.wide", f"row {number + 1} has more cells than the heads", row=number + 1)
        cells += len(line)
        if cells > MOST_CELLS:
            raise RecordError("sheet.cells", f"more than {MOST_CELLS} cells", most=MOST_CELLS)
        if len(lines) == most_rows:
            raise RecordError("sheet.rows", f"more than {most_rows} rows", most=most_rows - HEADS_WITHIN)
        lines[number] = line
    return lines


def _records(text: str, separator: str, most: int | None = None) -> list[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[list[str]] = []
    try:
        for row in reader:
            found.append(row)
            if most is not None and len(found) == most:
                break
    except csv.Error as error:
        raise RecordError("sheet.quotes", f"row {len(found) + 1}: {error}", row=len(found) + 1, line=reader.line_num) from error  # fmt: skip
    return found


def separator_of(text: str) -> str:
    """The separator by which most of the first rows have the same number of cells; a title above them has none of it."""

    def score(separator: str) -> tuple[int, int]:
        try:
            rows = _records(text, separator, TRIED_ROWS)
        except RecordError:
            return (0, 0)
        widths = Counter(len(row) for row in rows if len(row) > 1 and any(is_filled(cell) for cell in row))
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(SEPARATORS, key=score)


def decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 by its mark, UTF-16 by its zero bytes, else UTF-8, else GB18030. Raises RecordError `sheet.unreadable`."""
    encoding = _encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable(f"no {encoding}") from error
    if "\0" in text:
        raise unreadable("holds zero characters")
    return text


def _encoding_of(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    begin = data[:4000]
    if b"\0" in begin:
        return "utf-16-le" if begin[1::2].count(0) > begin[::2].count(0) else "utf-16-be"
    try:
        data.decode()
    except UnicodeDecodeError:
        # Nearly all of it is UTF-8: a file cut or spoiled somewhere, which GB18030 would read as other letters.
        lenient = data.decode(errors="replace")
        spoiled = lenient.count("\ufffd")
        beyond = sum(c > "\x7f" for c in lenient) - spoiled
        return "utf-8" if beyond > 10 * spoiled else "gb18030"
    return "utf-8"
