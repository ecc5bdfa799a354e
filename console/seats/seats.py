"""Who sits at a desk now and which alert each has: presence with a term, no record.

A page says every few seconds that it is there and which alert is open on it (`do_sit`). The first to open one has it: the other
desks see it before he judges, and a judgement by anybody else is refused with his name (`check_free`) until somebody takes over
with a word (`do_take_over`, in the register). He has it no more when he goes to another, leaves, his session ends or his page is
silent for `TERM_S`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from console.access.tables import LoginSession
from console.alerts.tables import AlertRow
from console.incidents.tables import Incident
from console.seats.tables import DeskSeat
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.lengths import fit

TERM_S: Final = 30.0
"""A desk that says nothing for so long is left. Pages say it each 10 s."""


def sitting(session: Session, at: float) -> list[DeskSeat]:
    """Desks that are open now, of log-in sessions that exist; longest first."""
    query = select(DeskSeat).join(LoginSession, LoginSession.token_sha256 == DeskSeat.session)
    return list(session.scalars(query.where(DeskSeat.until > at).order_by(DeskSeat.since, DeskSeat.session)))


def holders(session: Session, alert_ids: Sequence[str], at: float) -> dict[str, DeskSeat]:
    """Who has each of these alerts."""
    query = select(DeskSeat).join(LoginSession, LoginSession.token_sha256 == DeskSeat.session)
    rows = session.scalars(
        query.where(DeskSeat.alert_id.in_(alert_ids), DeskSeat.until > at).order_by(DeskSeat.since.desc())
    )
    return {str(row.alert_id): row for row in rows}


def check_free(session: Session, actor: Actor, alert_id: str, at: float) -> None:
    """Raises ConflictError `alert.held` where another person has it, naming who."""
    row = holders(session, [alert_id], at).get(alert_id)
    if row is not None and row.account_id != actor.id:
        raise ConflictError("alert.held", f"{row.name} has it", by=row.name, since=row.since)


def do_sit(session: Session, actor: Actor, key: str, alert_id: str | None, at: float) -> DeskSeat:
    """The desk of this log-in session is there, with this alert open. It is given where nobody else has it and there is something
    to do about it. Raises NotFoundError `alert.missing`."""
    in_order(session)
    wanted = alert_id if alert_id is not None and _asks(session, alert_id) else None
    if wanted is not None:
        holder = holders(session, [wanted], at).get(wanted)
        if holder is not None and holder.account_id != actor.id:
            wanted = None
    return _put(session, actor, key, wanted, at)


def do_take_over(session: Session, actor: Actor, key: str, alert_id: str, word: str, at: float) -> DeskSeat:  # noqa: PLR0917 - as `do_sit`
    """He has it from now on, and says why. Raises NotFoundError `alert.missing`, RecordError `seat.word`."""
    in_order(session)
    if not word.strip():
        raise RecordError("seat.word", "say why you take it over")
    _asks(session, alert_id)
    holder = holders(session, [alert_id], at).get(alert_id)
    detail = {"word": word.strip(), "of": holder.name if holder is not None else ""}
    _take_from(session, DeskSeat.session != key, alert_id, at)
    mine = _put(session, actor, key, alert_id, at)
    audit.write(session, actor, "alert.take_over", "alert", alert_id, at=at, detail=detail)
    feed.push(session, "alert", alert_id, at=at)
    return mine


def do_free(session: Session, actor: Actor, alert_id: str, at: float) -> None:
    """Nobody but this person has it any more: he took what another let wait."""
    if _take_from(session, DeskSeat.account_id != actor.id, alert_id, at):
        feed.push(session, "alert", alert_id, at=at)


def _take_from(session: Session, whom: ColumnElement[bool], alert_id: str, at: float) -> bool:
    rows = list(session.scalars(select(DeskSeat).where(DeskSeat.alert_id == alert_id, whom)))
    for row in rows:
        row.alert_id, row.since = None, at
    session.flush()
    return bool(rows)


def do_leave(session: Session, key: str, at: float) -> None:
    """That desk is left; without one nothing happens."""
    row = session.get(DeskSeat, key)
    if row is None:
        return
    session.delete(row)
    session.flush()
    if row.alert_id is not None:
        feed.push(session, "alert", row.alert_id, at=at)


def sweep(session: Session, at: float) -> None:
    """Desks left long ago."""
    session.execute(delete(DeskSeat).where(DeskSeat.until < at - 3600))


def _asks(session: Session, alert_id: str) -> bool:
    """Does anything remain to be done about it?"""
    row = session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
    if row is None:
        raise NotFoundError("alert.missing", f"no alert {alert_id}", id=alert_id)
    if row.state == "new":
        return True
    incident = session.get(Incident, row.incident_id) if row.incident_id else None
    return incident is not None and incident.closed_at is None


def _put(session: Session, actor: Actor, key: str, alert_id: str | None, at: float) -> DeskSeat:
    row = session.get(DeskSeat, key)
    if row is None:
        row = DeskSeat(
            session=key, account_id=actor.id, name=fit(DeskSeat.name, actor.name), alert_id=None, since=at, until=at
        )
        session.add(row)
    before, lapsed = row.alert_id, row.until <= at
    if before != alert_id or lapsed:
        row.alert_id, row.since = alert_id, at
    row.until = at + TERM_S
    session.flush()
    if before != alert_id or lapsed:
        for one in {before, alert_id} - {None}:
            feed.push(session, "alert", str(one), at=at)
    return row
