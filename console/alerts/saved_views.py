"""Views that a person keeps of a page: its filter and order under a name, each account's own. Another's looks like none."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.scope import missing
from console.alerts.tables import SavedView
from console.http.replies import Shown, shown
from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError
from lianqin.records import new_id

MOST: Final = 30
"""Of one account and page."""


def of(session: Session, actor: Actor, page: str) -> list[Shown]:
    """The account's own, by name."""
    query = select(SavedView).where(SavedView.account_id == actor.id, SavedView.page == page)
    return [view(row) for row in session.scalars(query.order_by(SavedView.name, SavedView.id))]


def view(row: SavedView) -> Shown:
    return shown(row, "account_id")


def do_keep(session: Session, actor: Actor, at: float, *, page: str, name: str, query: str) -> SavedView:
    """A new view, or the one of that name anew. Raises ConflictError `view.many`."""
    in_order(session)
    mine = list(session.scalars(select(SavedView).where(SavedView.account_id == actor.id, SavedView.page == page)))
    row = next((one for one in mine if one.name == name), None)
    if row is None:
        if len(mine) >= MOST:
            raise ConflictError("view.many", f"{MOST} views at most", most=MOST)
        row = SavedView(id=new_id("vw", at), account_id=actor.id, page=page, name=name)
        session.add(row)
    row.query, row.saved_at = query, at
    session.flush()
    audit.write(session, actor, "view.keep", "view", row.id, at=at, detail={"name": name})
    return row


def do_forget(session: Session, actor: Actor, view_id: str, at: float) -> None:
    """Raises NotFoundError `view.missing`, also for another account's."""
    row = session.get(SavedView, view_id)
    if row is None or row.account_id != actor.id:
        raise missing("view", view_id)
    session.delete(row)
    audit.write(session, actor, "view.forget", "view", row.id, at=at, detail={"name": row.name})
