"""Who sits at the second seat, and whose pages are mute: said by the person, registered, shown to the others of the station."""

from __future__ import annotations

from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.tables import Account, LoginSession
from console.attention.tables import Mute, SecondSeat
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order

Minutes = Literal[5, 15, 30]
HERE: Final = "seats"
"""What the feed names when a mute or the second seat changed."""


def at_second_seat(session: Session, at: float, idle_s: float) -> dict[str, str]:
    """Id and name of those who said so and whose session somebody used within `idle_s`: who went home without a word is not there."""
    here = select(LoginSession.account_id).where(LoginSession.last_seen_at >= at - idle_s)
    query = select(Account.id, Account.name).join(SecondSeat, SecondSeat.account_id == Account.id)
    query = query.where(Account.id.in_(here), Account.disabled.is_(False), Account.role == "operator")
    return {row.id: row.name for row in session.execute(query.order_by(SecondSeat.at))}


def do_sit(session: Session, actor: Actor, at: float, *, sits: bool) -> None:
    """This operator sits at the second seat, or no longer; said again it changes nothing."""
    in_order(session)
    row = session.get(SecondSeat, actor.id)
    if (row is not None) == sits:
        return
    if row is not None:
        session.delete(row)
    else:
        session.add(SecondSeat(account_id=actor.id, at=at))
    session.flush()
    audit.write(session, actor, "attention.sit" if sits else "attention.leave", "account", actor.id, at=at)
    feed.push(session, "escalation", HERE, at=at)


def do_mute(session: Session, actor: Actor, minutes: Minutes, at: float) -> Mute:
    """This person's pages sound no alert until then; a call for help sounds all the same."""
    in_order(session)
    row = session.merge(Mute(account_id=actor.id, at=at, until=at + minutes * 60))
    session.flush()
    audit.write(session, actor, "attention.mute", "account", actor.id, at=at, detail={"until": row.until})
    feed.push(session, "escalation", HERE, at=at)
    return row


def do_unmute(session: Session, actor: Actor, at: float) -> None:
    """The mute ends before its time; without one it changes nothing."""
    in_order(session)
    row = session.get(Mute, actor.id)
    if row is None or row.until <= at:
        return
    row.until = at
    session.flush()
    audit.write(session, actor, "attention.unmute", "account", actor.id, at=at)
    feed.push(session, "escalation", HERE, at=at)


def mutes(session: Session, at: float) -> list[tuple[Mute, str]]:
    """Mutes that run, with the person's name."""
    query = select(Mute, Account.name).join(Account, Account.id == Mute.account_id).where(Mute.until > at)
    return [(row, name) for row, name in session.execute(query.order_by(Mute.at))]
