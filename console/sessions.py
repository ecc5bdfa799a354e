"""Log-in and server-side sessions. The browser holds a random token, the database its sha256."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final, cast

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console.context import Console
from console.tables import Account, LoginSession
from lianqin import audit
from lianqin.audit import Actor, Role
from lianqin.db import Store
from lianqin.errors import DeniedError
from lianqin.settings import Settings

COOKIE: Final = "lianqin_session"
TOUCH_EVERY: Final = 20.0
"""Seconds between writes of a session's `last_seen_at`: the idle exit needs no better."""

hasher = PasswordHasher()
"""Argon2id with the library's defaults (RFC 9106, second recommended option)."""
_nobody = hasher.hash("nobody")


class Caller(msgspec.Struct, frozen=True):
    """Who sent this request."""

    actor: Actor
    username: str
    csrf: str
    session: str
    """sha256 of the token: names the session, can't be used as one."""


class NewSession(msgspec.Struct, frozen=True):
    """What a log-in gives: the token goes into the cookie and is never seen again."""

    token: str
    caller: Caller


def actor_of(account: Account) -> Actor:
    return Actor(
        id=account.id, name=account.name, role=cast("Role", account.role), unit_id=account.unit_id,
        guard_id=account.guard_id,
    )  # fmt: skip


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(store: Store, settings: Settings, username: str, password: str, at: float) -> NewSession:
    """Check the password and open a session. Raises DeniedError `login.wrong`, or `account.locked` after
    `lock_after_failures` in a row (also for the right password, until the lock ends)."""
    # The slow check stays outside the transaction, and runs for unknown names too: time tells nothing.
    with store.read() as session:
        account = session.scalar(select(Account).where(Account.username == username))
        known = account.password_hash if account and not account.disabled else _nobody
    right = _matches(known, password) and account is not None and not account.disabled
    refusal: DeniedError | None = None
    with store.write() as session:
        account = session.scalar(select(Account).where(Account.username == username))
        if account is None or account.disabled:
            refusal = DeniedError("login.wrong", "no such account or password")
            anonymous = Actor(id="anonymous", name="", role=None)
            audit.write(session, anonymous, "account.login_failed", "account", account.id if account else "", at=at)
        elif account.locked_until is not None and account.locked_until > at:
            refusal = _locked(account.locked_until, at)
            audit.write(session, actor_of(account), "account.login_locked", "account", account.id, at=at)
        elif not right:
            refusal = _failed(session, account, settings, at)
        else:
            account.failures, account.locked_until = 0, None
            return _open(session, account, at)
    raise refusal


def _locked(until: float, at: float) -> DeniedError:
    minutes = max(1, round((until - at) / 60 + 0.5))
    return DeniedError("account.locked", f"locked for {minutes} more minutes", minutes=minutes, until=until)


def _failed(session: Session, account: Account, settings: Settings, at: float) -> DeniedError:
    if account.locked_until is not None:  # the last lock is over: count anew
        account.failures, account.locked_until = 0, None
    account.failures += 1
    audit.write(
        session, actor_of(account), "account.login_failed", "account", account.id, at=at,
        detail={"failures": account.failures},
    )  # fmt: skip
    if account.failures < settings.lock_after_failures:
        return DeniedError("login.wrong", "no such account or password")
    account.locked_until = at + settings.lock_minutes * 60
    audit.write(session, audit.system("console"), "account.lock", "account", account.id, at=at)
    return _locked(account.locked_until, at)


def _matches(known: str, password: str) -> bool:
    try:
        return hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


def _open(session: Session, account: Account, at: float) -> NewSession:
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        LoginSession(token_sha256=fingerprint(token), account_id=account.id, csrf=csrf, created_at=at, last_seen_at=at)
    )
    audit.write(session, actor_of(account), "account.login", "account", account.id, at=at)
    caller = Caller(actor=actor_of(account), username=account.username, csrf=csrf, session=fingerprint(token))
    return NewSession(token, caller)


def check_session(console: Console, token: str) -> Caller:
    """The caller behind a cookie. Raises DeniedError `session.none` or, after the idle time, `session.idle`."""
    at = console.clock.now()
    with console.store.read() as session:
        row = session.get(LoginSession, fingerprint(token)) if token else None
    if row is None or row.account.disabled:
        raise DeniedError("session.none", "log in first")
    # The wall is a device, not a person who may have left.
    if row.account.role != "wall" and at - row.last_seen_at > console.settings.idle_exit_minutes * 60:
        with console.store.write() as session:
            session.execute(delete(LoginSession).where(LoginSession.token_sha256 == row.token_sha256))
            audit.write(session, actor_of(row.account), "account.idle_exit", "account", row.account_id, at=at)
        raise DeniedError("session.idle", "nobody used this session for too long", minutes=console.settings.idle_exit_minutes)  # fmt: skip
    if at - row.last_seen_at > TOUCH_EVERY:
        with console.store.write() as session:
            kept = session.get(LoginSession, row.token_sha256)
            if kept is not None:
                kept.last_seen_at = max(kept.last_seen_at, at)
    return Caller(actor=actor_of(row.account), username=row.account.username, csrf=row.csrf, session=row.token_sha256)


def log_out(store: Store, caller: Caller, at: float) -> None:
    with store.write() as session:
        session.execute(delete(LoginSession).where(LoginSession.token_sha256 == caller.session))
        audit.write(session, caller.actor, "account.logout", "account", caller.actor.id, at=at)


def end_sessions_of(session: Session, account_id: str) -> None:
    """All sessions of an account end with the caller's transaction (new role, new password, disabled)."""
    session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))


def alive(store: Store, sessions: set[str]) -> set[str]:
    """Which of these sessions (by their sha256) still exist and belong to an account that may log in."""
    with store.read() as session:
        query = select(LoginSession.token_sha256).join(Account, Account.id == LoginSession.account_id)
        return set(session.scalars(query.where(LoginSession.token_sha256.in_(sessions), Account.disabled.is_(False))))


def count(store: Store) -> int:
    """Open sessions."""
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(LoginSession)) or 0
