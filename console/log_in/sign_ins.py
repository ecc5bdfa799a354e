"""Who is logged in, from where, and who failed to: an account's own sessions, and everybody's for the security administrator."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from console.access.tables import Account, LoginSession, LoginTry
from console.access.tries import FORGOTTEN_AFTER_S
from console.http.replies import Shown
from console.phones import phones
from lianqin import audit
from lianqin.audit import Actor
from lianqin.errors import NotFoundError

MOST_ADDRESSES: Final = 500


class SignInAddress(msgspec.Struct):
    """One address. `failures`: of log-ins in the last day; `last_at`: the last of either."""

    address: str
    sessions: int = 0
    failures: int = 0
    names: list[str] = []
    last_at: float = 0.0

    def add(self, name: str, at: float, *, sessions: int = 0, failures: int = 0) -> None:
        self.sessions += sessions
        self.failures += failures
        self.last_at = max(self.last_at, at)
        if name not in self.names and len(self.names) < 10:
            self.names.append(name)


def view(row: LoginSession, own: str = "") -> Shown:
    """`id` names the session and can't be used as one; `current`: it asks for this itself."""
    return {"id": row.token_sha256, "created_at": row.created_at, "last_seen_at": row.last_seen_at, "address": row.address,
            "agent": row.agent, "phone": row.phone_id is not None, "current": row.token_sha256 == own}  # fmt: skip


def of_all(q: str) -> Select[LoginSession]:
    """Everybody's; `q`: part of a user name, a person's name or an address."""
    query = select(LoginSession).join(Account, Account.id == LoginSession.account_id)
    if not q:
        return query
    columns = (Account.username, Account.name, LoginSession.address)
    return query.where(
        columns[0].contains(q, autoescape=True)
        | columns[1].contains(q, autoescape=True)
        | columns[2].contains(q, autoescape=True)
    )


def of_one(session: Session, account_id: str) -> list[LoginSession]:
    """An account's, the last used first."""
    query = select(LoginSession).where(LoginSession.account_id == account_id)
    return list(session.scalars(query.order_by(LoginSession.last_seen_at.desc(), LoginSession.token_sha256)))


def do_end(session: Session, actor: Actor, session_id: str, at: float, *, own: bool) -> None:
    """The session is over at once, and a phone that is bound by it is bound no more. `own`: of the actor's account alone.

    Raises NotFoundError `session.missing`.
    """
    row = session.get(LoginSession, session_id)
    if row is None or (own and row.account_id != actor.id):
        raise NotFoundError("session.missing", "no such session, or it is over")
    detail = {"address": row.address, "agent": row.agent, "since": row.created_at}
    if row.phone_id is not None:
        phones.do_revoke(session, actor, row.phone_id, at)
    session.execute(delete(LoginSession).where(LoginSession.token_sha256 == session_id))
    audit.write(session, actor, "account.end_session", "account", row.account_id, at=at, detail=detail)


def places(session: Session, at: float) -> list[SignInAddress]:
    """Addresses of open sessions and of failed log-ins, the last used first."""
    found: dict[str, SignInAddress] = {}
    sessions = select(LoginSession.address, Account.username, LoginSession.last_seen_at).join(
        Account, Account.id == LoginSession.account_id
    )
    for address, name, seen in session.execute(sessions):
        found.setdefault(address, SignInAddress(address)).add(name, seen, sessions=1)
    tried = select(LoginTry.address, LoginTry.name, LoginTry.last_at, LoginTry.failures)
    for address, name, last, failures in session.execute(
        tried.where(LoginTry.kind == "pair", LoginTry.last_at > at - FORGOTTEN_AFTER_S)
    ):
        found.setdefault(address, SignInAddress(address)).add(name, last, failures=failures)
    return sorted(found.values(), key=lambda one: -one.last_at)[:MOST_ADDRESSES]
