"""Accounts: made, changed, disabled by the security administrator; roles exclude one another (one account, one role)."""

from __future__ import annotations

import re

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.access import tries
from console.access.passwords import LONGEST_PASSWORD, check_password, hash_password, hasher, least_of
from console.access.sessions import end_sessions_of
from console.access.tables import Account
from console.factors import links
from lianqin import audit
from lianqin.audit import Actor, Role
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id
from patrol.county.tables import Guard, Unit

_USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,39}$")


class AccountForm(msgspec.Struct, frozen=True):
    """An account as it shall be. `password` None keeps the present one."""

    username: str
    role: Role
    name: str
    password: str | None = None
    unit_id: str | None = None
    guard_id: str | None = None
    disabled: bool = False


def check_account(session: Session, form: AccountForm, account_id: str | None) -> None:
    """Raises RecordError or ConflictError `account.*` naming what to mend."""
    if not _USERNAME.match(form.username):
        raise RecordError("account.username", "2 to 40 small letters, digits, . - _")
    if form.role == "company" and not form.unit_id:
        raise RecordError("account.needs_unit", "a company account needs its unit")
    if form.role == "guard" and not form.guard_id:
        raise RecordError("account.needs_guard", "a guard account needs its guard")
    if form.unit_id and session.get(Unit, form.unit_id) is None:
        raise RecordError("account.no_unit", f"no unit {form.unit_id}", id=form.unit_id)
    if form.guard_id and session.get(Guard, form.guard_id) is None:
        raise RecordError("account.no_guard", f"no guard {form.guard_id}", id=form.guard_id)
    other = session.scalar(select(Account.id).where(Account.username == form.username))
    if other is not None and other != account_id:
        raise ConflictError("account.taken", f"{form.username} is taken", username=form.username)
    if form.password is not None:
        check_password(form.password, form.role, form.username)


def hash_of(form: AccountForm) -> str | None:
    """Of its password, worked out before the transaction: it takes long."""
    return (
        hash_password(form.password) if form.password is not None and len(form.password) <= LONGEST_PASSWORD else None
    )


def do_add_account(session: Session, actor: Actor, form: AccountForm, at: float, hashed: str | None = None) -> Account:
    """`hashed`: by `hash_of`. Raises what `check_account` raises, and `account.password` without one."""
    in_order(session)
    if form.password is None:
        raise RecordError("account.password", "a new account needs a password", least=least_of(form.role))
    check_account(session, form, None)
    row = Account(
        id=new_id("ac", at), username=form.username, password_hash=hashed or hasher.hash(form.password), role=form.role,
        name=form.name, unit_id=form.unit_id, guard_id=form.guard_id, disabled=form.disabled, failures=0,
        password_by=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "account.add", "account", row.id, at=at,
                detail={"username": row.username, "role": row.role, "unit_id": row.unit_id})  # fmt: skip
    return row


def do_change_account(
    session: Session, actor: Actor, account_id: str, form: AccountForm, at: float, *, hashed: str | None = None
) -> Account:
    """`hashed`: by `hash_of`. Role, names, scope, disabling or a new password: its open sessions end."""
    in_order(session)
    row = session.get(Account, account_id)
    if row is None:
        raise NotFoundError("account.missing", f"no account {account_id}", id=account_id)
    check_account(session, form, account_id)
    if actor.id == account_id and (form.disabled or form.role != row.role):
        raise ConflictError("account.self", "not one's own role or disabling")
    if row.role == "secadmin" and (form.role != "secadmin" or form.disabled) and not _others(session, row.id):
        raise ConflictError("account.last_secadmin", "one security administrator must stay")
    fields = ("username", "role", "name", "unit_id", "guard_id", "disabled")
    detail: dict[str, object] = {
        name: [getattr(row, name), getattr(form, name)] for name in fields if getattr(row, name) != getattr(form, name)
    }
    if form.password is not None:
        tries.forget_name(session, row.username)
    if form.password is not None or form.role != row.role:
        # Who sets a password must not hold a link beside it, nor set the second factor up without one.
        links.do_void(session, account_id)
        row.factor_free_from = None
    for name in detail:
        setattr(row, name, getattr(form, name))
    if form.password is not None:
        row.password_hash = hashed or hasher.hash(form.password)
        row.demo = False  # the new one is not known to everybody
        row.password_by = actor.id
        detail["new_password"] = True
    end_sessions_of(session, account_id)
    session.flush()
    audit.write(session, actor, "account.change", "account", row.id, at=at, detail=detail)
    return row


def put_account(session: Session, actor: Actor, form: AccountForm, at: float, hashed: str | None = None) -> Account:
    """Add it, or make the one of that user name equal to it (for imports and set-up). `hashed`: by `hash_of`."""
    row = session.scalar(select(Account).where(Account.username == form.username))
    if row is None:
        return do_add_account(session, actor, form, at, hashed)
    same = all(
        getattr(row, name) == getattr(form, name) for name in ("role", "name", "unit_id", "guard_id", "disabled")
    )
    return row if same and form.password is None else do_change_account(session, actor, row.id, form, at, hashed=hashed)


def _others(session: Session, account_id: str) -> int:
    query = select(func.count()).where(
        Account.role == "secadmin", Account.disabled.is_(False), Account.id != account_id
    )
    return session.scalar(query) or 0
