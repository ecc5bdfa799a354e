"""One-time links: without one nobody sets a second factor up, and who set the password never gives it.

Two people therefore stand behind every account: one knows its first password, another one handed the link over. Each alone opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.access.tables import Account, LoginSession
from console.factors.factors import WITHOUT, do_remove
from console.factors.tables import FactorLink, LoginStep, SecondFactor
from lianqin import audit
from lianqin.audit import Actor, Role
from lianqin.db import in_order
from lianqin.errors import ConflictError, DeniedError, NotFoundError

LINK_S: Final = 86_400.0
AT_MACHINE: Final[frozenset[Role]] = frozenset({"secadmin", "auditor"})
"""Who gives links to all others: theirs may come from the command line."""


class MadeLink(msgspec.Struct, frozen=True):
    """`code` is in this answer and nowhere else; the page shows `<its address>/enrol#<code>`."""

    account: Account
    code: str
    until: float


def _digest(code: str) -> str:
    return hashlib.sha256(f"lianqin link\0{code.strip()[:100]}".encode("utf-8", "replace")).hexdigest()


def why_not(account: Account, actor: Actor, *, has_factor: bool) -> str:
    """The key of what forbids this actor to give this account a link; empty: nothing does."""
    if account.role in WITHOUT:
        return "factor.not_needed"
    if account.disabled:
        return "factor.disabled"
    if has_factor:
        return "factor.there"
    return "factor.same_person" if actor.id in {account.id, account.password_by} else ""


def do_make(session: Session, actor: Actor, account_id: str, at: float) -> MadeLink:
    """Good once, for a day; the one before is void. Raises NotFoundError `account.missing`, ConflictError `factor.not_needed`,
    `factor.disabled`, `factor.there` (a reset comes first), DeniedError `factor.same_person` (the account's own, or who set its password)."""
    in_order(session)
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFoundError("account.missing", f"no account {account_id}", id=account_id)
    key = why_not(account, actor, has_factor=session.get(SecondFactor, account_id) is not None)
    if key:
        raise (DeniedError if key == "factor.same_person" else ConflictError)(key, f"no link for {account.username}", username=account.username)  # fmt: skip
    return do_give(session, actor, account, at)


def do_give(session: Session, actor: Actor, account: Account, at: float) -> MadeLink:
    """Without asking who set the password: for the command at the machine."""
    do_void(session, account.id)
    code, until = secrets.token_urlsafe(24), at + LINK_S
    session.add(FactorLink(account_id=account.id, code_sha256=_digest(code), made_at=at, made_by=actor.id, until=until))
    session.flush()
    audit.write(session, actor, "factor.link", "account", account.id, at=at, detail={"username": account.username, "password_by": account.password_by})  # fmt: skip
    return MadeLink(account, code, until)


def do_give_at_machine(session: Session, actor: Actor, username: str, at: float) -> MadeLink:
    """Who has the machine has everything: here the first administrators get their links, and the last ones who lost their phones. What
    was set up is taken away. Raises NotFoundError `account.missing`, ConflictError `factor.machine` (all other roles), `factor.disabled`."""
    in_order(session)
    account = session.scalar(select(Account).where(Account.username == username).with_for_update())
    if account is None:
        raise NotFoundError("account.missing", f"no account {username}", id=username)
    if account.role not in AT_MACHINE:
        raise ConflictError(
            "factor.machine",
            f"{username} is {account.role}: its link is given on the page, by somebody who did not set its password",
        )
    if account.disabled:
        raise ConflictError("factor.disabled", f"{username} is disabled", username=username)
    if session.get(SecondFactor, account.id) is not None:
        do_remove(session, account.id)
        audit.write(session, actor, "factor.reset", "account", account.id, at=at, detail={"reason": "at the machine"})
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
    return do_give(session, actor, account, at)


def do_void(session: Session, account_id: str) -> None:
    """What waits of links and set-ups of this account ends with the caller's transaction."""
    session.execute(delete(FactorLink).where(FactorLink.account_id == account_id))
    session.execute(delete(LoginStep).where(LoginStep.account_id == account_id))
    session.flush()


def get_link(session: Session, code: str, at: float) -> FactorLink:
    """Raises DeniedError `factor.link`: no such one, or it was used, or it is over."""
    return get_by_digest(session, _digest(code), at)


def get_by_digest(session: Session, digest: str, at: float) -> FactorLink:
    row = session.scalar(select(FactorLink).where(FactorLink.code_sha256 == digest, FactorLink.until > at))
    if row is None:
        raise DeniedError("factor.link", "no such link, or it was used, or it is over")
    return row
