"""What stands in a cell; texts and codes as they were meant, and the guard against cells that run as a formula."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from typing import Final, Literal

import msgspec


class FormattedNumber(msgspec.Struct, frozen=True):
    """A number with a number format of its own: `shape` is the format's code, e.g. `00000` or `0.00%`."""

    value: float
    shape: str


class Unread(msgspec.Struct, frozen=True):
    """A cell that holds no value: a formula whose result was not kept, or an error such as `#N/A`."""

    why: Literal["formula", "error"]
    text: str


Cell = str | float | int | bool | date | datetime | time | FormattedNumber | Unread | None
MOST_EXACT: Final = 2**53
"""Whole numbers above it are not kept exactly by a spreadsheet."""
FIFTEEN_DIGITS: Final = 10**15
"""A spreadsheet puts a 0 for each further digit that a person types."""
_SPACES: Final = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINES: Final = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_WIDE: Final = {
    ord(c): ord(c) - 0xFEE0 for c in map(chr, range(0xFF01, 0xFF5F)) if unicodedata.normalize("NFKC", c).isalnum()
}
_HIDDEN: Final = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"}
"""Marks and fillers that show nothing and are not of the categories Cf and Cc."""


def visible(text: str) -> str:
    """Without what nobody sees: zero widths, byte order marks, soft hyphens, direction marks, variation selectors, control
    characters. Rare spaces become plain ones, line ends `\\n`."""
    text = _SPACES.sub(" ", _LINES.sub("\n", text))
    return "".join(
        c for c in text
        if c in "\n\t" or not (unicodedata.category(c) in {"Cf", "Cc"} or c in _HIDDEN or "\ufe00" <= c <= "\ufe0f")
    ).strip()  # fmt: skip


def tidy(text: str) -> str:
    """A name or note as it was meant: nothing unseen, Latin letters and digits of plain width, one blank between words.
    Chinese punctuation stays."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", visible(text)).translate(_WIDE)).strip()


def plain(text: str) -> str:
    """NFKC without what nobody sees: for numbers, days, times and words of a closed list."""
    return unicodedata.normalize("NFKC", visible(text)).strip()


def code(text: str) -> str:
    """An id or code as it is kept: as `plain`, and without no-break blanks and the selectors of ideographs."""
    bare = "".join(c for c in text if not ("\U000e0100" <= c <= "\U000e01ef") and c not in "\u00a0\u202f")
    return re.sub(r"\s+", " ", plain(bare))


def code_key(text: str) -> str:
    """What two spellings of one code have in common: `Ｇ１`, `g1` and `G1` are one."""
    return code(text).casefold()


def shown_cell(cell: Cell) -> str:
    """A cell for a message, 60 characters at most."""
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, FormattedNumber):
        text = number_text(cell.value)
    elif isinstance(cell, Unread):
        text = cell.text
    elif isinstance(cell, float | int):
        text = number_text(cell)
    elif isinstance(cell, datetime):
        text = str(cell).removesuffix(" 00:00:00")
    else:
        text = "" if cell is None else visible(str(cell))
    return text if len(text) <= 60 else text[:59] + "…"


def number_text(value: float) -> str:
    """`12`, `1.5`: as a person writes it."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e21 else repr(float(value))


def is_filled(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or visible(cell) != "")


def runs(text: str) -> bool:
    """Might a spreadsheet take this text for a formula? Leading blanks, and marks of full width, count too."""
    bare = text.lstrip(" \u00a0\u3000")
    return bare[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} if bare else False


def guarded(text: str) -> str:
    """The text for a CSV cell that no spreadsheet runs; `unguarded` gives it back."""
    return f"'{text}" if runs(text.lstrip("'")) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and runs(text.lstrip("'")) else text


_PLAIN_SHAPES: Final = {"", "0", "#", "@", "general", "g/通用格式"}


def is_plain_shape(shape: str) -> bool:
    """A number format that shows a whole number as its digits and nothing else, e.g. `0_ ` or `0_);[Red]\\(0\\)`."""
    first = shape.split(";", 1)[0]
    return re.sub(r"\[(?!h|m|s)[^\]]*\]|_.|\\ |\*.", "", first).strip().lower() in _PLAIN_SHAPES
