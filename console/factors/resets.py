"""A second factor is taken away by two people: one asks, another one decides. Both stand in the register."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.tables import Account, LoginSession
from console.factors.factors import do_remove
from console.factors.tables import FactorReset, SecondFactor
from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, DeniedError, NotFoundError
from lianqin.records import new_id


def do_ask(session: Session, actor: Actor, account_id: str, reason: str, at: float) -> FactorReset:
    """Raises NotFoundError `account.missing`, ConflictError `factor.none`, `factor.asked` (one waits already)."""
    in_order(session)
    account = session.get(Account, account_id)
    if account is None:
        raise NotFoundError("account.missing", f"no account {account_id}", id=account_id)
    if session.get(SecondFactor, account_id) is None:
        raise ConflictError("factor.none", f"{account.username} has no second factor", username=account.username)
    waits = select(FactorReset.id).where(FactorReset.account_id == account_id, FactorReset.approved.is_(None))
    if session.scalar(waits) is not None:
        raise ConflictError("factor.asked", "a reset of this account waits already", username=account.username)
    row = FactorReset(id=new_id("fr", at), account_id=account_id, reason=reason, asked_by=actor.id, asked_at=at)
    session.add(row)
    session.flush()
    audit.write(session, actor, "factor.ask_reset", "account", account_id, at=at, detail={"reset": row.id, "reason": reason})  # fmt: skip
    return row


def do_decide(session: Session, actor: Actor, reset_id: str, at: float, *, approve: bool) -> FactorReset:
    """Approved: nothing is set up any more and all sessions of the account end; it needs a link. Raises NotFoundError `reset.missing`,
    ConflictError `reset.decided`, DeniedError `reset.same_person` (who asked, whose it is, or who set its password
    and could therefore have asked in its name)."""
    in_order(session)
    row = session.get(FactorReset, reset_id, with_for_update=True)
    if row is None:
        raise NotFoundError("reset.missing", f"no reset {reset_id}", id=reset_id)
    if row.approved is not None:
        raise ConflictError("reset.decided", "somebody decided it before")
    account = session.get_one(Account, row.account_id)
    if actor.id in {row.asked_by, account.id, account.password_by}:
        raise DeniedError("reset.same_person", "another person decides")
    row.decided_by, row.decided_at, row.approved = actor.id, at, approve
    if approve:
        do_remove(session, row.account_id)
        for one in session.scalars(select(LoginSession).where(LoginSession.account_id == row.account_id)).all():
            session.delete(one)
    session.flush()
    action = "factor.reset" if approve else "factor.refuse_reset"
    audit.write(session, actor, action, "account", row.account_id, at=at, detail={"reset": row.id, "asked_by": row.asked_by, "reason": row.reason})  # fmt: skip
    return row
