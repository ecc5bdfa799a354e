"""The columns of a sheet: their Chinese and English heads, and how a cell is read and written."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, Literal

import msgspec

from lianqin.errors import RecordError
from lianqin.sheets.cells import (
    FIFTEEN_DIGITS,
    MOST_EXACT,
    Cell,
    FormattedNumber,
    Unread,
    code,
    is_filled,
    is_plain_shape,
    number_text,
    plain,
    shown_cell,
    tidy,
    unguarded,
    visible,
)

Form = Literal[
    "text", "code", "address", "number", "count", "minute", "day", "flag", "ring", "names", "windows", "word"
]
"""`code`: an id or code; `address`: kept letter by letter; `names`: several codes; `minute`: of the day, 24:00 its end."""
TEXTS: Final[frozenset[Form]] = frozenset({"text", "code", "address", "names"})
EARLIEST_YEAR: Final = 1950
"""A spreadsheet makes 1930 to 1949 of the two digits 30 to 49."""
TOO_LONG: Final = "（过长，见 CSV）too long, see CSV"
"""Stands in XLSX for what one of its cells can't hold; read as an empty cell."""


class Column(msgspec.Struct, frozen=True):
    """`words`: what a coded value is called in Chinese; both are read. `example`: how it is written, for messages."""

    field: str
    zh: str
    en: str
    form: Form = "text"
    words: Mapping[str, str] = {}
    needed: bool = False
    example: str = ""
    also: tuple[str, ...] = ()
    """Heads that it had in earlier versions: still read, never written."""

    @property
    def heads(self) -> frozenset[str]:
        """What a sheet may call it, as `heading` writes it."""
        return frozenset(heading(one) for one in (self.zh, self.en, *self.also))

    @property
    def both(self) -> str:
        """For messages, which are read in either language."""
        return f"{self.zh} {self.en}"

    def label(self, *, chinese: bool) -> str:
        return self.zh if chinese else self.en


_YES, _NO = {"是", "有", "已签", "yes", "true", "y", "1", "√"}, {"否", "无", "未签", "no", "false", "n", "0", "×", "-"}
_APART = re.compile(r"[;,、\n]+")


def heading(cell: Cell) -> str:
    """A head without spaces, stars, brackets' contents and width, for comparison."""
    text = unicodedata.normalize("NFKC", visible(cell)).lower() if isinstance(cell, str) else ""
    return re.sub(r"\(.*?\)|[\s*:]", "", text)


def column_of(columns: Sequence[Column], cell: Cell) -> Column | None:
    """The column whose head it is, in either language."""
    wanted = heading(cell)
    if not wanted:
        return None
    return next((one for one in columns if wanted in one.heads or wanted == one.field), None)


def read_cell(column: Column, cell: Cell) -> Any:
    """A cell's value for an entry; None: empty. Raises RecordError `sheet.<form>`, and `sheet.formula`, `sheet.error`,
    `sheet.garbled`; of text columns `sheet.digits_lost`, `sheet.number_format`, `sheet.date_as_text`, `sheet.flag_as_text`."""
    if not is_filled(cell) or cell == TOO_LONG:
        return None
    if isinstance(cell, Unread):
        key = "sheet.formula" if cell.why == "formula" else "sheet.error"
        raise RecordError(key, f"`{cell.text}` is no value", text=cell.text[:60])
    if isinstance(cell, str):
        if "\ufffd" in cell:
            raise RecordError("sheet.garbled", "letters were lost", text=shown_cell(cell))
        cell = unguarded(cell)
    return _READ[column.form](column, cell)


def _text(column: Column, cell: Cell) -> str:
    if isinstance(cell, str):
        text = visible(cell) if column.form == "address" else code(cell) if column.form == "code" else tidy(cell)
        if re.fullmatch(r"[+-]?\d+(\.\d+)?[eE]\+\d+|[+-]?\d+\.\d+[eE]-?\d+", text):
            raise RecordError("sheet.digits_lost", f"`{text}`: digits were lost", text=text)
        if column.form == "code" and _DAY_LIKE.fullmatch(text):
            raise RecordError("sheet.date_as_text", f"`{text}` became a day", text=text)
        return text
    return _typed(cell)


_DAY_LIKE: Final = re.compile(
    r"\d{1,4}/\d{1,2}/\d{1,4}|\d{1,2}月\d{1,2}日|\d{1,4}年\d{1,2}月(\d{1,2}日)?|"
    r"\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(-\d{2,4})?|"
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2,4}"
)
"""What a spreadsheet writes into CSV where it took a code such as `3-4` for a day."""


def _typed(cell: Cell) -> str:
    """A number that was typed where text belongs, where nothing of it can have been lost."""
    if isinstance(cell, bool):
        raise RecordError("sheet.flag_as_text", f"{cell} is no text", text=shown_cell(cell))
    if isinstance(cell, date | time):
        raise RecordError("sheet.date_as_text", f"{cell} is a day or time", text=shown_cell(cell))
    shape = cell.shape if isinstance(cell, FormattedNumber) else ""
    value = (
        cell.value if isinstance(cell, FormattedNumber) else float(cell) if isinstance(cell, int | float) else math.nan
    )
    text = shown_cell(cell)
    if not is_plain_shape(shape):
        raise RecordError("sheet.number_format", f"`{text}` is shown by the format `{shape}`", text=text, format=shape)
    if not value.is_integer():
        raise RecordError("sheet.digits_lost", f"`{text}` is a number", text=text)
    if abs(value) > MOST_EXACT or (abs(value) >= FIFTEEN_DIGITS and value % 10 == 0):
        raise RecordError("sheet.digits_lost", f"`{text}` may have lost its last digits", text=text)
    return str(int(cell)) if isinstance(cell, int) else str(int(value))


def _number(_: Column, cell: Cell) -> float:
    value: float | None = None
    if isinstance(cell, FormattedNumber):
        value = None if "%" in cell.shape else cell.value
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        value = float(cell)
    elif isinstance(cell, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", plain(cell)):
        value = float(plain(cell))
    if value is None or not math.isfinite(value):
        text = f"{shown_cell(cell)} ({cell.shape})" if isinstance(cell, FormattedNumber) else shown_cell(cell)
        raise RecordError("sheet.number", f"`{text}` is no number", text=text)
    return value


def _count(column: Column, cell: Cell) -> int:
    value = _number(column, cell)
    if not value.is_integer():
        raise RecordError("sheet.count", f"`{shown_cell(cell)}` is no whole number", text=shown_cell(cell))
    return int(value)


def _minute(_: Column, cell: Cell) -> int:
    if isinstance(cell, time) or (isinstance(cell, datetime) and cell.year <= 1900):
        return cell.hour * 60 + cell.minute
    value = cell.value if isinstance(cell, FormattedNumber) else cell
    if isinstance(value, float | int) and not isinstance(value, bool) and 0 <= value <= 1 and not _bare_one(cell):
        return round(value * 1440)  # a spreadsheet's share of a day; the whole of it is 24:00
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(:00)?", plain(cell)) if isinstance(cell, str) else None
    if found is None or int(found[1]) > 24 or int(found[2]) > 59 or (int(found[1]) == 24 and int(found[2])):
        raise RecordError("sheet.minute", f"`{cell}` is no time of day such as 07:30", text=shown_cell(cell))
    return int(found[1]) * 60 + int(found[2])


def _bare_one(cell: Cell) -> bool:
    """A 1 that no format makes a time: one o'clock, or the day's end?"""
    return cell == 1


def _day(_: Column, cell: Cell) -> str:
    """Years have four digits; of two digits only `29年12月31日` is read, as 2029: in `29/12/31` day and year can't be told apart."""
    if isinstance(cell, date):
        return _in_range(cell.year, cell.month, cell.day, cell)
    written = number_text(cell) if isinstance(cell, float | int) and not isinstance(cell, bool) else cell
    text = re.sub(r"\s*([-/.年月])\s*", r"\1", plain(written)) if isinstance(written, str) else ""
    text = re.split(r"[ T]", text)[0]
    found = re.fullmatch(
        r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d\d)(\d\d)|(\d{2}|\d{4})年(\d{1,2})月(\d{1,2})日?", text
    )
    if found is None:
        key = "sheet.short_year" if re.fullmatch(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,4}日?", text) else "sheet.day"
        raise RecordError(key, f"`{shown_cell(cell)}` is no day such as 2029-12-31", text=shown_cell(cell))
    year, month, day = (part for part in found.groups() if part is not None and part.isdigit())
    return _in_range(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day), cell)


def _in_range(year: int, month: int, day: int, cell: Cell) -> str:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise RecordError("sheet.day", f"`{shown_cell(cell)}` is no day", text=shown_cell(cell)) from error
    if year < EARLIEST_YEAR:
        raise RecordError("sheet.early_day", f"{found} lies before {EARLIEST_YEAR}", text=found.isoformat(), year=EARLIEST_YEAR)  # fmt: skip
    return found.isoformat()


def _flag(_: Column, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    text = plain(cell).lower() if isinstance(cell, str) else shown_cell(cell)
    if text not in _YES | _NO:
        raise RecordError("sheet.flag", f"`{text}` is neither yes nor no", text=shown_cell(cell))
    return text in _YES


def _word(column: Column, cell: Cell) -> str:
    text = plain(cell) if isinstance(cell, str) else shown_cell(cell)
    for value, said in column.words.items():
        if text.lower() in {value, said.lower()} or text.removesuffix("色") == said.removesuffix("色"):
            return value
    raise RecordError("sheet.word", f"`{text}` is none of {', '.join(column.words)}", text=shown_cell(cell),
                      words=", ".join(f"{said} {value}" for value, said in column.words.items()))  # fmt: skip


def _ring(_: Column, cell: Cell) -> list[list[float]]:
    text = plain(cell) if isinstance(cell, str) else shown_cell(cell)
    points: list[list[float]] = []
    for pair in re.split(r"[;\n]+", text):
        numbers = re.split(r"[,\s]+", pair.strip()) if pair.strip() else []
        if numbers and (len(numbers) != 2 or not all(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", one) for one in numbers)):
            raise RecordError("sheet.ring", "a border is written 119.2,34.0; 119.21,34.0; ...", text=pair.strip()[:60])
        if numbers:
            points.append([float(one) for one in numbers])
    return points


def _names(_: Column, cell: Cell) -> list[str]:
    text = plain(cell) if isinstance(cell, str) else _typed(cell)
    return [code(part) for part in _APART.split(text) if part.strip()]


def _windows(column: Column, cell: Cell) -> list[list[int]]:
    found = []
    for part in _APART.split(plain(cell) if isinstance(cell, str) else shown_cell(cell)):
        if not part.strip():
            continue
        ends = re.split(r"\s*[-–—~〜至到]\s*", part.strip())
        if len(ends) != 2:
            raise RecordError("sheet.windows", f"`{part}` is no window such as 07:30-09:00", text=part.strip()[:60])
        found.append([_minute(column, ends[0]), _minute(column, ends[1])])
    return found


_READ: Final[Mapping[Form, Callable[[Column, Cell], Any]]] = {
    "text": _text, "code": _text, "address": _text, "number": _number, "count": _count, "minute": _minute, "day": _day,
    "flag": _flag, "ring": _ring, "names": _names, "windows": _windows, "word": _word,
}  # fmt: skip


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def write_cell(column: Column, value: Any, *, chinese: bool) -> str | float:
    """What `read_cell` reads back."""
    if value is None:
        return ""
    if column.form == "word":
        return column.words[value] if chinese else str(value)
    if column.form == "flag":
        return _FLAGS[chinese][bool(value)]
    return _WRITE.get(column.form, str)(value)


_FLAGS: Final = (("no", "yes"), ("否", "是"))
_WRITE: Final[dict[Form, Callable[[Any], str | float]]] = {
    "minute": clock,
    "ring": lambda ring: "; ".join(f"{lon!r},{lat!r}" for lon, lat in ring),
    "names": "; ".join,
    "windows": lambda windows: "; ".join(f"{clock(begins)}-{clock(ends)}" for begins, ends in windows),
    "number": float,
    "count": float,
}
