"""One contract of lengths: what a text column holds is read from the column itself, by forms, by records on their way into it and
by texts that are put together. Lengths are in characters, as PostgreSQL counts them.

`lianqin.db` refuses, on both databases, what comes to a column too long all the same: `text.too_long`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import String, Table
from sqlalchemy.orm import InstrumentedAttribute

from lianqin.errors import RecordError
from lianqin.texts import cut, short_id

ID: Final = 60
"""Of alerts, cameras, zones, guards and whatever else has an id of its own."""
NAME: Final = 80
"""Of what people read: a camera, a zone, an area, a person."""
WORDS: Final = 200
"""A sentence of a machine or a person."""
NOTE: Final = 400
"""What a person writes to explain."""
HASH: Final = 64
"""A sha256, hex."""


@functools.cache
def limits(table: Table) -> Mapping[str, int]:
    """Column -> characters it holds, of those that hold a text of bounded length."""
    told = {one.key: one.type.length for one in table.c if isinstance(one.type, String)}
    return {name: length for name, length in told.items() if length}


@functools.cache
def most(column: InstrumentedAttribute[Any]) -> int:
    """Characters that the column holds: `most(Incident.note)`. Raises TypeError for a column without a bound."""
    length = getattr(column.type, "length", None)
    if not isinstance(length, int):
        raise TypeError(f"{column} holds no text of bounded length")
    return length


def fit(column: InstrumentedAttribute[Any], text: str) -> str:
    """A text that was put together, or that a machine wrote, cut to what the column holds, with an ellipsis."""
    return cut(text, most(column))


def fit_id(column: InstrumentedAttribute[Any], text: str) -> str:
    """An id that was put together: a longer one ends in a part of its hash, so that two stay two."""
    return short_id(text, most(column))


def check_lengths(table: Table, values: Mapping[str, Any]) -> None:
    """Raises RecordError `text.too_long` naming the field and what it holds."""
    for name, length in limits(table).items():
        value = values.get(name)
        if isinstance(value, str) and len(value) > length:
            raise too_long(name, length, len(value), table.name)


def check_length(column: InstrumentedAttribute[Any], field: str, text: str) -> None:
    """The same for a text that goes into the column later. `field`: its name in the form."""
    if len(text) > most(column):
        raise too_long(field, most(column), len(text))


def too_long(field: str, length: int, is_long: int, table: str = "") -> RecordError:
    where = f"{table}.{field}" if table else field
    return RecordError(
        "text.too_long", f"{where} holds {length} characters, this has {is_long}", field=field, max_length=length,
        length=is_long,
    )  # fmt: skip
