"""A guard's phone, bound by a code that the guard's company or the station shows as a QR: from then on the phone holds a token, no
password, and is logged out by nobody but the guard or whoever may revoke it.

A code names one guard, is good once and for a quarter of an hour. A guard has one phone: binding another ends the one before.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.access.sessions import NewSession, fingerprint, open_session
from console.access.tables import Account, LoginSession
from console.phones.tables import Phone
from lianqin import audit
from lianqin.audit import Actor
from lianqin.errors import ConflictError, DeniedError, NotFoundError
from lianqin.records import new_id
from patrol.county.tables import Guard

CODE_S: Final = 900.0
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that is taken for another one when it is read aloud or typed."""
_LENGTH: Final = 12
"""Of 30 letters: 58 bits, which nobody guesses in a quarter of an hour."""


class MadeCode(msgspec.Struct, frozen=True):
    """`code` is in this answer and nowhere else."""

    phone: Phone
    code: str


def normal(code: str) -> str:
    """As it was made, however it was typed: without blanks and hyphens, in capitals."""
    return "".join(letter for letter in code.upper() if letter.isalnum())[:40]


def do_make_code(session: Session, actor: Actor, guard_id: str, at: float) -> MadeCode:
    """A code for this guard; earlier ones that wait are void. Raises NotFoundError `guard.missing`."""
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    session.execute(delete(Phone).where(Phone.guard_id == guard_id, Phone.bound_at.is_(None)))
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    row = Phone(id=new_id("ph", at), guard_id=guard_id, unit_id=guard.unit_id, code_sha256=fingerprint(code), made_at=at,
                made_by=actor.id, until=at + CODE_S)  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "phone.code", "guard", guard_id, at=at, detail={"phone": row.id})
    return MadeCode(row, code)


def do_bind(session: Session, code: str, phone: str, at: float, *, demo: bool = False) -> NewSession:
    """The phone that shows the code is the guard's from now on. A guard without an account gets one that no password opens.

    `phone`: what it says of itself, for the list; `demo`: accounts of a demonstration are good. Raises DeniedError `phone.code`, ConflictError `phone.disabled`.
    """
    query = select(Phone).where(
        Phone.code_sha256 == fingerprint(normal(code)), Phone.bound_at.is_(None), Phone.until > at
    )
    row = session.scalar(query.with_for_update())
    if row is None:
        raise DeniedError("phone.code", "no such code, or it was used, or it is over")
    account = session.scalar(
        select(Account).where(Account.guard_id == row.guard_id, Account.role == "guard").order_by(Account.id)
    )
    if account is None:
        account = _account_of(session, session.get_one(Guard, row.guard_id), at)
    if account.disabled or (account.demo and not demo):
        raise ConflictError("phone.disabled", "this guard's account is disabled")
    for other in session.scalars(
        select(Phone).where(Phone.guard_id == row.guard_id, Phone.bound_at.is_not(None), Phone.ended_at.is_(None))
    ):
        _end(session, other, audit.system("console"), at)
    row.bound_at, row.model, row.code_sha256 = at, phone[:120], None
    session.flush()
    new = open_session(session, account, at, phone_id=row.id)
    audit.write(
        session,
        new.caller.actor,
        "phone.bind",
        "guard",
        row.guard_id,
        at=at,
        detail={"phone": row.id, "code_by": row.made_by},
    )
    return new


def do_revoke(session: Session, actor: Actor, phone_id: str, at: float) -> Phone:
    """The phone is nobody's any more, at once. Raises NotFoundError `phone.missing`; repeats change nothing."""
    row = session.get(Phone, phone_id)
    if row is None:
        raise NotFoundError("phone.missing", f"no phone {phone_id}", id=phone_id)
    if row.ended_at is None:
        _end(session, row, actor, at)
    return row


def _end(session: Session, row: Phone, actor: Actor, at: float) -> None:
    row.ended_at, row.ended_by, row.code_sha256 = at, actor.id, None
    session.execute(delete(LoginSession).where(LoginSession.phone_id == row.id))
    session.flush()
    audit.write(session, actor, "phone.revoke", "guard", row.guard_id, at=at, detail={"phone": row.id})


def _account_of(session: Session, guard: Guard, at: float) -> Account:
    row = Account(id=new_id("ac", at), username=new_id("guard", at), password_hash="", role="guard", name=guard.name,
                  unit_id=guard.unit_id, guard_id=guard.id, failures=0)  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, audit.system("console"), "account.add", "account", row.id, at=at,
                detail={"username": row.username, "role": "guard", "unit_id": row.unit_id})  # fmt: skip
    return row
