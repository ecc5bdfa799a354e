"""What a database takes as text, and texts cut to what a column holds.

PostgreSQL refuses U+0000 in a text and a surrogate that stands alone (no UTF-8 has one); SQLite takes the first and refuses the
second. What comes from devices and browsers is freed of both here, so that both databases act alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

ELLIPSIS: Final = "…"
LONE: Final = "\ufffd"
"""Stands for a surrogate without its other half."""
_PAIRS: Final = re.compile(r'["\\\b\t\n\f\r]')
_SIXES: Final = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")
"""What JSON writes in two bytes, and in six (RFC 8259 section 7)."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HASHED: Final = 8
"""Characters of a sha256 that tell two long ids apart whose beginnings are the same."""


def is_storable(text: str) -> bool:
    """Will a database take it as it is?"""
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def are_storable(values: Iterable[Any]) -> bool:
    """The same of all texts among them; without a call for each, since every bound value of every statement passes here."""
    for one in values:
        if isinstance(one, str) and ("\x00" in one or (not one.isascii() and _SURROGATE.search(one))):
            return False
    return True


def storable(text: str) -> str:
    """Without U+0000; U+FFFD for a surrogate that stands alone."""
    return text if is_storable(text) else _SURROGATE.sub(LONE, text.replace("\x00", ""))


def storable_bytes(text: str, most: int) -> str:
    """`storable`, its beginning in `most` bytes: as UTF-8, and as JSON writes it, so that what strangers send costs no more than it
    was. A run of U+FFFD says no more than one."""
    found = re.sub(f"{LONE}+", LONE, storable(text[: most + 1]))[:most]
    while (size := _json_bytes(found)) > most:
        found = found[: min(len(found) - 1, len(found) * most // size)]
    return found


def _json_bytes(text: str) -> int:
    return len(text.encode()) + len(_PAIRS.findall(text)) + 5 * len(_SIXES.findall(text))


def storable_all(value: Any) -> Any:
    """The same for every text in dicts (their keys too), lists and tuples, as deep as they go. Raises RecursionError."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_all(key): storable_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable_all(one) for one in value]
    return value


def cut(text: str, most: int) -> str:
    """The text in `most` characters (as PostgreSQL counts them): a longer one ends in an ellipsis. For what people read."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def short_id(text: str, most: int) -> str:
    """An id in `most` characters: a longer one keeps its beginning and ends in a part of its sha256, so that two stay two."""
    if len(text) <= most:
        return text
    return f"{text[: most - _HASHED - 1]}~{hashlib.sha256(storable(text).encode()).hexdigest()[:_HASHED]}"
