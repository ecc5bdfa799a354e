"""The desk handed over: who leaves writes a line, who comes takes it over by name, and both are recorded."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.handing.tables import DeskHandOver, Promise
from console.http.replies import Shown, shown
from console.incidents.tables import Incident
from console.rules.tables import in_queue, resting
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.lengths import fit
from lianqin.records import new_id
from patrol.dispatch.nearest import UNDERWAY
from patrol.dispatch.tables import Dispatch

LAST: Final = 10
"""Hand-overs that are listed."""


def counts(session: Session, at: float) -> dict[str, int]:
    """How many are left: `open` alerts, `shelved` ones apart, `promised`, `sent` (tasks under way), `handled` (incidents that wait for
    their end)."""

    def of(table: Any, *where: Any) -> int:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    return {
        "open": of(AlertRow, in_queue(at)), "shelved": of(AlertRow, resting(at)), "promised": of(Promise, Promise.kept_at.is_(None)),
        "sent": of(Dispatch, Dispatch.state.in_(UNDERWAY)), "handled": of(Incident, Incident.state == "handled"),
    }  # fmt: skip


def do_give(session: Session, actor: Actor, note: str, from_at: float, at: float) -> DeskHandOver:
    """The line that the next one reads, with what is left. Where the same person's waits already, it is replaced; the register keeps
    both. Raises RecordError `desk_hand_over.note`."""
    in_order(session)
    words = note.strip()
    if not words:
        raise RecordError("desk_hand_over.note", "write a line")
    left = counts(session, at)
    row = session.scalar(
        select(DeskHandOver).where(DeskHandOver.given_by_id == actor.id, DeskHandOver.taken_at.is_(None))
    )
    if row is None:
        row = DeskHandOver(id=new_id("ho", at), given_by_id=actor.id)
        session.add(row)
    row.given_by, row.given_at, row.from_at = fit(DeskHandOver.given_by, actor.name), at, from_at
    row.note, row.counts = words, left
    session.flush()
    audit.write(session, actor, "desk.give", "desk_hand_over", row.id, at=at, detail={"note": words, **left})
    feed.push(session, "desk", row.id, at=at)
    return row


def check_take(session: Session, actor: Actor, hand_over_id: str) -> DeskHandOver:
    """Raises NotFoundError `desk_hand_over.missing`, ConflictError `desk_hand_over.own`, `desk_hand_over.taken` naming who."""
    in_order(session)
    row = session.get(DeskHandOver, hand_over_id, populate_existing=True)
    if row is None:
        raise NotFoundError("desk_hand_over.missing", f"no hand-over {hand_over_id}", id=hand_over_id)
    if row.taken_at is not None:
        raise ConflictError("desk_hand_over.taken", f"taken by {row.taken_by}", by=row.taken_by, at=row.taken_at)
    if row.given_by_id == actor.id:
        raise ConflictError("desk_hand_over.own", "another person takes it over")
    return row


def do_take(session: Session, actor: Actor, hand_over_id: str, at: float) -> DeskHandOver:
    """Raises as `check_take`."""
    row = check_take(session, actor, hand_over_id)
    row.taken_by, row.taken_by_id, row.taken_at = fit(DeskHandOver.taken_by, actor.name), actor.id, at
    session.flush()
    audit.write(session, actor, "desk.take", "desk_hand_over", row.id, at=at, detail={"given_by": row.given_by})
    feed.push(session, "desk", row.id, at=at)
    return row


def views(session: Session) -> list[Shown]:
    """Those that wait, the oldest first, then the last ones taken."""
    waiting = select(DeskHandOver).where(DeskHandOver.taken_at.is_(None)).order_by(DeskHandOver.given_at)
    taken = (
        select(DeskHandOver)
        .where(DeskHandOver.taken_at.is_not(None))
        .order_by(DeskHandOver.taken_at.desc(), DeskHandOver.id)
        .limit(LAST)
    )
    return [shown(row) for query in (waiting, taken) for row in session.scalars(query)]
