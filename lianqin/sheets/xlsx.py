"""The first visible sheet of an XLSX workbook (ECMA-376), cell by cell: what the file says of its size is not believed, an
empty stretch costs nothing, and the number format of each number is known."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from posixpath import dirname, join, normpath
from typing import Final
from xml.parsers import expat

import msgspec

from lianqin.errors import RecordError
from lianqin.sheets.cells import Cell, FormattedNumber, Unread, is_filled, is_plain_shape

LARGEST_UNPACKED: Final = 200_000_000
LARGEST_RATIO: Final = 300
"""Unpacked to packed, of a file that unpacks to more than `RATIO_FROM` bytes: no table packs so well."""
RATIO_FROM: Final = 10_000_000
MOST_PARTS: Final = 10_000
MOST_CELLS: Final = 1_000_000
MOST_LINES: Final = 1_048_576
"""Rows of a sheet (ECMA-376), empty ones too."""
MOST_COLUMNS: Final = 500
"""What stands further right has no head and is passed over; a head there is refused."""
HEADS_WITHIN: Final = 10
_PIECE: Final = 1 << 16
_BUILT_IN: Final = {
    0: "", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日",
    32: "h时mm分", 33: "h时mm分ss秒", 34: "h时mm分", 35: "h时mm分ss秒", 36: "yyyy年m月", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@", 50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日",
    55: "h时mm分", 56: "h时mm分ss秒", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
"""The formats that a workbook names by number alone; 27 to 58 as Chinese spreadsheets have them."""


def unreadable(why: str) -> RecordError:
    return RecordError("sheet.unreadable", why, why=why)


class _Pack:
    """The parts of the ZIP file, each read as a stream and never beyond what all together may unpack to."""

    def __init__(self, data: bytes) -> None:
        self._file = zipfile.ZipFile(io.BytesIO(data))
        infos = self._file.infolist()
        whole = sum(one.file_size for one in infos)
        if whole > LARGEST_UNPACKED or len(infos) > MOST_PARTS:
            raise RecordError("sheet.large", f"unpacks to {whole} bytes", mb=LARGEST_UNPACKED // 1_000_000)
        if whole > RATIO_FROM and whole > LARGEST_RATIO * len(data):
            raise RecordError("sheet.large", f"{whole} bytes packed into {len(data)}", mb=LARGEST_UNPACKED // 1_000_000)  # fmt: skip
        self.names = {one.filename.lower(): one.filename for one in infos}

    def parse(self, name: str, reader: _Reader) -> None:
        """Raises RecordError `sheet.unreadable` for a part that is not there, or with a DOCTYPE (entities begin there)."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.say
        parser.StartDoctypeDeclHandler = _refuse
        if name.lower() not in self.names:
            raise unreadable(f"{name} is missing")
        with self._file.open(self.names[name.lower()]) as part:
            while piece := part.read(_PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise unreadable("DOCTYPE")


class _Reader:
    """What one part says; names of elements come without their prefix."""

    def start(self, name: str, told: dict[str, str]) -> None:
        self.begins(name.rpartition(":")[2], told)

    def end(self, name: str) -> None:
        self.ends(name.rpartition(":")[2])

    def begins(self, name: str, told: dict[str, str]) -> None: ...

    def ends(self, name: str) -> None: ...

    def say(self, text: str) -> None: ...


class _Elements(_Reader):
    """Each element of the wanted names, with its attributes: for the small parts."""

    def __init__(self, *wanted: str) -> None:
        self.wanted = wanted
        self.found: list[tuple[str, dict[str, str]]] = []
        self._within = ""

    def begins(self, name: str, told: dict[str, str]) -> None:
        if name in {"cellXfs", "cellStyleXfs", "dxfs"}:
            self._within = name
        if name in self.wanted:
            bare = {key.rpartition(":")[2]: value for key, value in told.items()}
            self.found.append((name, bare | {"_within": self._within}))


class _Strings(_Reader):
    """The shared strings: runs are joined, how they are pronounced is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._text: list[str] = []
        self._takes = False
        self._said = False

    def begins(self, name: str, _told: dict[str, str]) -> None:
        if name == "si":
            self._text = []
        elif name == "rPh":
            self._said = True
        self._takes = name == "t" and not self._said

    def ends(self, name: str) -> None:
        self._takes = False
        if name == "si":
            self.found.append(_unescaped("".join(self._text)))
        elif name == "rPh":
            self._said = False

    def say(self, text: str) -> None:
        if self._takes:
            self._text.append(text)


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Styles(msgspec.Struct, frozen=True):
    """The number format of each cell style, and from which day days are counted."""

    shapes: tuple[str, ...]
    epoch: datetime

    def value(self, text: str, style: str) -> Cell:
        try:
            number = float(text)
            shape = self.shapes[int(style)] if style else ""
        except (ValueError, IndexError) as error:
            raise unreadable(f"the cell value {text[:20]}") from error
        if is_plain_shape(shape):
            return number
        letters = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', "", shape).lower()
        if not re.search(r"[ymdhs年月日时]", letters) or "general" in letters:
            return FormattedNumber(number, shape)
        if not re.search(r"[yd年月日]", letters) and re.search(r"[hs时]", letters):
            if not 0 <= number < 1:
                return FormattedNumber(number, shape)
            second = min(round(number * 86_400), 86_399)
            return time(second // 3600, second // 60 % 60, second % 60)
        return self._moment(number, shape)

    def _moment(self, number: float, shape: str) -> Cell:
        if not 1 <= number < 2_958_466:
            return FormattedNumber(number, shape)
        real = number if number >= 60 or self.epoch.year == 1904 else number + 1  # 1900-02-29 is counted and never was
        return self.epoch + timedelta(seconds=round(real * 86_400))


Line = dict[int, Cell]
"""Column from 0 -> cell."""


class _Sheet(_Reader):
    """The filled cells by row and column from 0, and the merged ranges."""

    def __init__(self, strings: list[str], styles: _Styles, most_rows: int) -> None:
        self.lines: dict[int, Line] = {}
        self.merged: list[str] = []
        self._strings, self._styles, self._most_rows = strings, styles, most_rows
        self._cells = 0
        self._row = self._column = -1
        self._told: dict[str, str] = {}
        self._text: list[str] = []
        self._takes = self._formula = self._phonetic = False

    def begins(self, name: str, told: dict[str, str]) -> None:
        if name == "c":
            self._place(told.get("r", ""))
            self._told, self._text, self._formula = told, [], False
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row = _row_of(told["r"]) if "r" in told else self._row + 1
            self._column = -1
        elif name == "mergeCell" and len(self.merged) < self._most_rows:
            self.merged.append(told.get("ref", ""))
        elif name == "rPh":
            self._phonetic = True
        self._takes = name in {"v", "t"} and not self._phonetic

    def _place(self, ref: str) -> None:
        if not ref:
            self._column += 1
            return
        self._row, self._column = place_of(ref)

    def say(self, text: str) -> None:
        if self._takes:
            self._text.append(text)

    def ends(self, name: str) -> None:
        self._takes = False
        if name == "rPh":
            self._phonetic = False
        if name != "c":
            return
        cell = self._value("".join(self._text))
        if not is_filled(cell):
            return
        if self._column >= MOST_COLUMNS:
            if self._row < HEADS_WITHIN:
                raise RecordError("sheet.far_cell", "a cell stands far right", place=self._told.get("r", "?"), most=MOST_COLUMNS)  # fmt: skip
            return
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise RecordError("sheet.cells", f"more than {MOST_CELLS} cells", most=MOST_CELLS)
        if self._row not in self.lines and len(self.lines) == self._most_rows:
            raise RecordError("sheet.rows", f"more than {self._most_rows} rows", most=self._most_rows - HEADS_WITHIN)
        self.lines.setdefault(self._row, {})[self._column] = cell

    def _value(self, text: str) -> Cell:
        kind = self._told.get("t", "n")
        if self._formula and not text and kind != "str":
            return Unread("formula", "=…")
        if kind in {"inlineStr", "str"}:
            return _unescaped(text)
        return self._typed(kind, text) if text else None

    def _typed(self, kind: str, text: str) -> Cell:
        if kind == "s":
            at = _whole(text)
            if at >= len(self._strings):
                raise unreadable(f"the shared string {at}")
            return self._strings[at]
        if kind == "b":
            return text.strip() in {"1", "true"}
        if kind == "e":
            return Unread("error", text)
        return _iso(text) if kind == "d" else self._styles.value(text, self._told.get("s", ""))


def _iso(text: str) -> Cell:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return text


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise unreadable(f"`{text[:20]}` is no number")
    return int(text)


def _row_of(text: str) -> int:
    """The row from 0. Raises RecordError `sheet.unreadable` for one that no sheet has: an empty place is kept for each row before it."""
    number = _whole(text)
    if not 1 <= number <= MOST_LINES:
        raise unreadable(f"row {number}")
    return number - 1


def place_of(ref: str) -> tuple[int, int]:
    """`B3` -> (2, 1). Raises RecordError `sheet.unreadable`."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})", ref)
    if found is None:
        raise unreadable(f"the place {ref[:20]}")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return _row_of(found[2]), column - 1


def read_xlsx(data: bytes, most_rows: int) -> dict[int, Line]:
    """The filled cells by row and column, both from 0; a cell merged over rows stands in each filled row of them.

    Raises RecordError `sheet.unreadable`, `sheet.large`, `sheet.rows`, `sheet.cells`, `sheet.far_cell`.
    """
    try:
        return _read(_Pack(data), most_rows)
    except expat.ExpatError as error:
        raise unreadable(expat.errors.messages[error.code]) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, LookupError) as error:
        raise unreadable(str(error) or type(error).__name__) from error


def _read(pack: _Pack, most_rows: int) -> dict[int, Line]:
    book = _target(pack, "", lambda kind: kind.endswith("/officeDocument"))
    if book is None:
        raise unreadable("no workbook")
    about = _elements(pack, book, "sheet", "workbookPr")
    sheets = [told for name, told in about if name == "sheet"]
    wanted = next((told for told in sheets if told.get("state", "visible") == "visible"), None)
    if wanted is None:
        raise unreadable("no sheet")
    links = {told.get("Id", ""): told for _, told in _elements(pack, _links_of(book), "Relationship")}
    if wanted.get("id", "") not in links:
        raise unreadable("no sheet")
    strings = _Strings()
    part = _target(pack, book, lambda kind: kind.endswith("/sharedStrings"))
    if part is not None:
        pack.parse(part, strings)
    counted_from_1904 = any(told.get("date1904") in {"1", "true"} for name, told in about if name == "workbookPr")
    sheet = _Sheet(strings.found, _styles(pack, book, counted_from_1904=counted_from_1904), most_rows)
    pack.parse(_at(book, links[wanted["id"]].get("Target", "")), sheet)
    _spread(sheet)
    return sheet.lines


def _elements(pack: _Pack, name: str, *wanted: str) -> list[tuple[str, dict[str, str]]]:
    reader = _Elements(*wanted)
    pack.parse(name, reader)
    return reader.found


def _links_of(part: str) -> str:
    return join(dirname(part), "_rels", part.rpartition("/")[2] + ".rels")


def _at(part: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join(dirname(part), target))


def _target(pack: _Pack, part: str, is_it: Callable[[str], bool]) -> str | None:
    links = _links_of(part)
    if links.lower() not in pack.names:
        return None
    found: Iterator[str] = (
        _at(part, told.get("Target", ""))
        for _, told in _elements(pack, links, "Relationship")
        if is_it(told.get("Type", ""))
    )
    return next(found, None)


def _styles(pack: _Pack, book: str, *, counted_from_1904: bool) -> _Styles:
    epoch = datetime.combine(date(1904, 1, 1) if counted_from_1904 else date(1899, 12, 30), time())
    part = _target(pack, book, lambda kind: kind.endswith("/styles"))
    told = _elements(pack, part, "numFmt", "xf") if part is not None else []
    codes = dict(_BUILT_IN)
    for name, one in told:
        if name == "numFmt" and one["_within"] != "dxfs":
            codes[_whole(one.get("numFmtId", "0"))] = one.get("formatCode", "")
    shapes = [
        codes.get(_whole(one.get("numFmtId", "0")), "?")
        for name, one in told
        if name == "xf" and one["_within"] == "cellXfs"
    ]
    return _Styles(tuple(shapes) or ("",), epoch)


def _spread(sheet: _Sheet) -> None:
    """A merged cell's value into the rows below it, where there are any."""
    work = 0
    for ref in sheet.merged:
        first, _, last = ref.partition(":")
        (top, left), (bottom, _right) = place_of(first), place_of(last or first)
        value = sheet.lines.get(top, {}).get(left)
        if value is None or bottom <= top:
            continue
        rows = range(top + 1, bottom + 1) if bottom - top < len(sheet.lines) else list(sheet.lines)
        work += len(rows)
        if work > MOST_CELLS:
            raise RecordError("sheet.cells", "too many merged cells", most=MOST_CELLS)
        for row in rows:
            if top < row <= bottom and row in sheet.lines:
                sheet.lines[row][left] = value
