"""Answers: JSON from records and rows, cursors of lists."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from fastapi.responses import Response
from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import DeclarativeBase, Session

from lianqin.decoding import from_json
from lianqin.errors import RecordError

R = TypeVar("R", bound=DeclarativeBase)
Shown = dict[str, Any]
"""A JSON object on its way out; never crosses a room's border."""


def reply(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def shown(row: DeclarativeBase, *without: str) -> Shown:
    """A row's columns by name."""
    return {c.key: getattr(row, c.key) for c in type(row).__mapper__.column_attrs if c.key not in without}


def listed(items: Sequence[object], following: str | None) -> Response:
    return reply({"items": items, "next": following})


def limit_of(limit: int) -> int:
    """50 by default, 200 at most; nonsense is bounded, not refused."""
    return max(1, min(limit, 200))


class ListPosition(msgspec.Struct, frozen=True):
    """Where a list goes on: after the row with this order value and id."""

    value: float
    id: str


def _pack(page: ListPosition) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(page)).decode().rstrip("=")


def _unpack(cursor: str) -> ListPosition:
    try:
        return from_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), ListPosition)
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise RecordError("list.cursor", "this cursor was not given out here; start from the first page") from error


def newest_first(
    session: Session, query: Select[R], *, order: Any, key: Any, cursor: str | None, limit: int,
    position: Callable[[R], ListPosition],
) -> tuple[list[R], str | None]:  # fmt: skip
    """One page of `query`, newest first by the column `order`, ties by `key`; with the cursor of the next one.

    `position` gives a row's own place. Raises RecordError `list.cursor`.
    """
    if cursor:
        last = _unpack(cursor)
        query = query.where(or_(order < last.value, and_(order == last.value, key < last.id)))
    size = limit_of(limit)
    rows = list(session.scalars(query.order_by(order.desc(), key.desc()).limit(size + 1)).unique())
    more = len(rows) > size
    rows = rows[:size]
    return rows, _pack(position(rows[-1])) if more else None
