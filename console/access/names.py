"""Who did it, for reading: rows keep account ids, pages show people's names."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, object_session

from console.access.tables import Account
from console.http.replies import Shown


def named(row: DeclarativeBase, view: Shown, *fields: str) -> Shown:
    """The view with account ids in `fields` as names; the ids stay beside as `<field>_id`."""
    session, ids = object_session(row), {view[field] for field in fields if view[field]}
    names: dict[str, str] = {}
    if session is not None and ids:
        rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
        names = {row.id: row.name for row in rows}
    return view | {field: names.get(view[field], view[field]) for field in fields} | {
        f"{field}_id": view[field] for field in fields
    }  # fmt: skip
