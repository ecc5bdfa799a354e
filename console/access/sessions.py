"""Log-in and server-side sessions. The browser holds a random token, the database its sha256."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final, cast

import msgspec
import redis
from fastapi import Response
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from console.access import passwords, tries
from console.access.tables import Account, LoginSession
from console.access.tries import Tried
from console.alerts.tables import AlertRow
from console.http.context import Console
from console.looks import live_looks
from console.rules.tables import in_queue
from lianqin import audit
from lianqin.audit import Actor, Role
from lianqin.db import Store
from lianqin.errors import DeniedError, RecordError
from lianqin.lengths import fit
from lianqin.settings import Settings

COOKIE: Final = "lianqin_session"
COOKIE_S: Final = 400 * 86_400
"""The longest that browsers keep a cookie (RFC 6265bis 5.5); each binding begins anew."""
TOUCH_EVERY: Final = 20.0
"""Seconds between writes of a session's `last_seen_at`: the idle exit needs no better."""


JUDGES: Final = frozenset({"operator", "leader"})
"""Roles for whom an open alert waits (`alert.judge`)."""


class Caller(msgspec.Struct, frozen=True):
    """Who sent this request."""

    actor: Actor
    username: str
    csrf: str
    session: str
    """sha256 of the token: names the session, can't be used as one."""
    phone_id: str | None = None
    """Of a guard's bound phone."""


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


def may_enter(account: Account, settings: Settings) -> bool:
    """Neither disabled, nor a demonstration's where this is none."""
    return not account.disabled and (settings.demo or not account.demo)


def change_own_password(console: Console, caller: Caller, old: str, new: str, at: float) -> Account:
    """The caller's new password; all other sessions of the account end. A wrong old one counts as a failed log-in of this session.

    Raises DeniedError `password.wrong`, `account.locked`; RecordError `account.password*`, `password.same`.
    """
    tried = Tried(caller.username, "", caller.session)
    with console.store.write() as session:
        account = session.get_one(Account, caller.actor.id)
        passwords.check_password(new, cast("Role", account.role), account.username)
        if new == old:
            raise RecordError("password.same", "the new one is the old one")
        tries.check_open(session, tried, console.settings, at)
        tries.do_begin(session, tried, at)
        known = account.password_hash
    made = passwords.hash_password(new)
    right = passwords.matches(known, old)
    refusal: DeniedError
    with console.store.write() as session:
        account = session.get_one(Account, caller.actor.id)
        if right and account.password_hash == known:
            tries.do_succeed(session, tried)
            account.password_hash, account.password_by = made, account.id
            session.execute(delete(LoginSession).where(
                LoginSession.account_id == account.id, LoginSession.token_sha256 != caller.session))  # fmt: skip
            audit.write(session, caller.actor, "account.own_password", "account", account.id, at=at)
            return account
        refusal = tries.do_fail(session, tried, account, console.settings, at)
    raise (
        refusal if refusal.key == "account.locked" else DeniedError("password.wrong", "the present password is another")
    )


def open_session(
    session: Session, account: Account, at: float, *, phone_id: str | None = None, address: str = "", agent: str = ""
) -> NewSession:
    """A new session of this account; `phone_id`: on a guard's bound phone; `address`, `agent`: from where, by which browser."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(LoginSession(token_sha256=fingerprint(token), account_id=account.id, csrf=csrf, created_at=at,
                             last_seen_at=at, phone_id=phone_id, address=fit(LoginSession.address, address),
                             agent=fit(LoginSession.agent, agent)))  # fmt: skip
    audit.write(session, actor_of(account), "account.login", "account", account.id, at=at)
    caller = Caller(actor=actor_of(account), username=account.username, csrf=csrf, session=fingerprint(token))
    return NewSession(token, caller)


def give_cookie(answer: Response, token: str, settings: Settings, *, lasts: bool = False) -> None:
    """The token as a cookie that no script reads; `lasts`: over the browser's end, as on a bound phone."""
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=settings.cookie_secure, path="/",
                      max_age=COOKIE_S if lasts else None)  # fmt: skip


def has_idle_exit(row: LoginSession) -> bool:
    """The wall and a guard's bound phone are devices, not people who may have left."""
    return row.account.role != "wall" and row.phone_id is None


def is_idle(session: Session, row: LoginSession, settings: Settings, at: float) -> bool:
    """Nobody acted for too long. Who judges alerts is asked by the page, and not thrown out, while any is open."""
    if not has_idle_exit(row) or at - row.last_seen_at <= settings.idle_exit_minutes * 60:
        return False
    asked = row.account.role in JUDGES and session.scalar(select(AlertRow.id).where(in_queue(at)).limit(1))
    return not asked


def _do_idle_exit(console: Console, session: Session, row: LoginSession, at: float) -> None:
    live_looks.do_end_if_any(console.redis, session, actor_of(row.account), at)
    session.execute(delete(LoginSession).where(LoginSession.token_sha256 == row.token_sha256))
    audit.write(session, actor_of(row.account), "account.idle_exit", "account", row.account_id, at=at)


def do_idle_exits(console: Console) -> int:
    """End all sessions that nobody uses, whether or not their pages still ask. Returns how many."""
    at = console.clock.now()
    with console.store.read() as session:
        query = select(LoginSession).where(LoginSession.last_seen_at < at - console.settings.idle_exit_minutes * 60)
        idle = [row for row in session.scalars(query) if is_idle(session, row, console.settings, at)]
    for one in idle:
        with console.store.write() as session:
            row = session.get(LoginSession, one.token_sha256)
            if row is not None and is_idle(session, row, console.settings, at):
                _do_idle_exit(console, session, row, at)
    return len(idle)


def check_session(console: Console, token: str, *, acted: bool = False) -> Caller:
    """The caller behind a cookie. `acted`: a person touched the page, which is what keeps a session; a page that asks by itself is
    no person. Raises DeniedError `session.none` or, after the idle time, `session.idle`."""
    at = console.clock.now()
    with console.store.read() as session:
        row = session.get(LoginSession, fingerprint(token)) if token else None
        idle = row is not None and is_idle(session, row, console.settings, at)
    if row is None or not may_enter(row.account, console.settings):
        raise DeniedError("session.none", "log in first")
    if idle:
        with console.store.write() as session:
            _do_idle_exit(console, session, row, at)
        raise DeniedError("session.idle", "nobody used this session for too long", minutes=console.settings.idle_exit_minutes)  # fmt: skip
    # A guard has the page in a pocket: what it asks keeps the session (`touch` too).
    keeps = acted or not has_idle_exit(row) or row.account.role == "guard"
    if keeps and at - row.last_seen_at > TOUCH_EVERY:
        with console.store.write() as session:
            kept = session.get(LoginSession, row.token_sha256)
            if kept is not None:
                kept.last_seen_at = max(kept.last_seen_at, at)
    return Caller(actor=actor_of(row.account), username=row.account.username, csrf=row.csrf, session=row.token_sha256,
                  phone_id=row.phone_id)  # fmt: skip


def do_log_out(session: Session, valkey: redis.Redis, caller: Caller, at: float) -> None:
    """This session ends, and with it the caller's look at guards live."""
    live_looks.do_end_if_any(valkey, session, caller.actor, at)
    session.execute(delete(LoginSession).where(LoginSession.token_sha256 == caller.session))
    audit.write(session, caller.actor, "account.logout", "account", caller.actor.id, at=at)


def end_sessions_of(session: Session, account_id: str) -> None:
    """All sessions of an account end with the caller's transaction (new role, new password, disabled)."""
    session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))


def touch(store: Store, sessions: set[str], at: float) -> None:
    """These were in use at `at`: the open page of a guard, who has the phone in a pocket and touches nothing."""
    with store.read() as session:
        query = select(LoginSession.token_sha256).where(LoginSession.last_seen_at < at - TOUCH_EVERY)
        stale = set(session.scalars(query.where(LoginSession.token_sha256.in_(sessions))))
    if stale:
        with store.write() as session:
            session.execute(update(LoginSession).where(LoginSession.token_sha256.in_(stale)).values(last_seen_at=at))


def alive(store: Store, sessions: set[str]) -> set[str]:
    """Which of these sessions (by their sha256) still exist and belong to an account that may log in."""
    with store.read() as session:
        query = select(LoginSession.token_sha256).join(Account, Account.id == LoginSession.account_id)
        return set(session.scalars(query.where(LoginSession.token_sha256.in_(sessions), Account.disabled.is_(False))))


def count(store: Store) -> int:
    """Open sessions."""
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(LoginSession)) or 0
