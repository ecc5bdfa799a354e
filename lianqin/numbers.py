"""Whole numbers that strangers write into headers and cursors."""

from __future__ import annotations

from typing import Final

MOST_STORED: Final = 2**63 - 1
"""The largest number that both databases store."""


def whole(text: str, most: int = MOST_STORED) -> int | None:
    """The number that ASCII digits alone write, up to `most`; None for everything else.

    `str.isdigit` takes digits that `int` refuses (superscripts), and `int` refuses more than 4,300 digits.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    value = int(text)
    return value if value <= most else None
