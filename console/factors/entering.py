"""The second step of a log-in, and the set-up of a second factor: by a link, or by an old account in its grace."""

from __future__ import annotations

from typing import cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access import passwords, tries
from console.access.browsers import browser_of
from console.access.passwords import NOBODY
from console.access.sessions import NewSession, end_sessions_of, may_enter, open_session
from console.access.tables import Account
from console.access.tries import Tried
from console.factors import codes, factors, links, steps
from console.factors.factors import Factor, do_set_up, do_take
from console.factors.tables import LoginStep, SecondFactor
from console.http.context import Console
from lianqin import audit
from lianqin.audit import Actor, Role
from lianqin.errors import ConflictError, DeniedError, RecordError


class From(msgspec.Struct, frozen=True):
    """Where a request comes from. `browser`: the cookie that makes one known; `agent`: what it says of itself."""

    address: str
    browser: str = ""
    agent: str = ""


class Confirmed(msgspec.Struct, frozen=True):
    """A code of the new authenticator, and the owner's own password where somebody else set the present one."""

    code: str
    new_password: str = ""


class Entered(msgspec.Struct, frozen=True):
    """A session, and the recovery codes where a second factor was just set up."""

    new: NewSession
    account: Account
    recovery_codes: list[str] = []


def enter_code(console: Console, token: str, code: str, came: From, at: float) -> Entered:
    """A session for the right code. Raises DeniedError `login.step`, `login.wrong`, `account.locked`, `login.slowed`."""
    sealer = console.keyring.sealer()
    refusal: DeniedError
    with console.store.write() as session:
        step, account = steps.get_step(session, token, ("code",), at)
        if not may_enter(account, console.settings):
            raise DeniedError("login.step", "this step is over; begin again with the password")
        tried = Tried(account.username, came.address, browser_of(account, came.browser), "code")
        try:
            tries.check_open(session, tried, console.settings, at)
        except DeniedError as error:
            tries.do_refuse(session, at)
            refusal = error
        else:
            tries.do_begin(session, tried, at)
            kind = do_take(session, sealer, account.id, code, at)
            if kind is not None:
                tries.do_succeed(session, tried)
                session.delete(step)
                new = open_session(session, account, at, address=came.address, agent=came.agent)
                if kind == "recovery":
                    left = factors.codes_left(session, account.id)
                    audit.write(
                        session,
                        new.caller.actor,
                        "factor.recovery",
                        "account",
                        account.id,
                        at=at,
                        detail={"left": left},
                    )
                return Entered(new, account)
            refusal = tries.do_fail(session, tried, account, console.settings, at)
    raise refusal


def begin_by_link(console: Console, code: str, password: str, came: From, at: float) -> steps.OpenStep:
    """Link and present password together open the set-up. Raises DeniedError `factor.link`, and what a log-in raises."""
    refusal: DeniedError
    with console.store.write() as session:
        account = session.get_one(Account, links.get_link(session, code, at).account_id)
        usable = may_enter(account, console.settings) and bool(account.password_hash)
        known = account.password_hash if usable else NOBODY
        tried = Tried(account.username, came.address, browser_of(account, came.browser))
        try:
            tries.check_open(session, tried, console.settings, at)
        except DeniedError as error:
            tries.do_refuse(session, at)
            refusal = error
        else:
            tries.do_begin(session, tried, at)
            refusal = DeniedError("login.wrong", "no such account, password or code")
    if refusal.key != "login.wrong":
        raise refusal
    right = passwords.matches(known, password) and usable  # slow: outside the transaction
    with console.store.write() as session:
        link = links.get_link(session, code, at)
        account = session.get_one(Account, link.account_id)
        if right and account.password_hash == known:
            tries.do_succeed(session, tried)
            return steps.do_open(session, account, "link", at, link=link.code_sha256)
        refusal = tries.do_fail(session, tried, account, console.settings, at)
    raise refusal


def confirm(console: Console, token: str, form: Confirmed, came: From, at: float) -> Entered:
    """The authenticator shows the right code: it is set up, with the owner's own password where somebody else had set it, and he is in.

    Raises DeniedError `login.step`, `factor.link`; RecordError `factor.code`, `account.password*`, `password.same`; ConflictError
    `factor.there`.
    """
    sealer = console.keyring.sealer()
    with console.store.read() as session:
        _, account = steps.get_step(session, token, ("link", "grace"), at)
        own = account.password_by == account.id
        known, made = account.password_hash, ""
        if not own:
            passwords.check_password(form.new_password, cast("Role", account.role), account.username)
    if not own:
        if passwords.matches(known, form.new_password):
            raise RecordError("password.same", "the new one is the old one")
        made = passwords.hash_password(form.new_password)
    with console.store.write() as session:
        step, account = steps.get_step(session, token, ("link", "grace"), at)
        link_by = check_confirm(session, console, step, account, at)
        secret = sealer.unseal(step.secret, steps.purpose_of(account.id)).decode()
        at_step = codes.step_of(secret, form.code, at, 0)
        if at_step is None:
            raise RecordError("factor.code", "the authenticator shows another code")
        if made:
            account.password_hash, account.password_by, account.demo = made, account.id, False
        way = step.kind
        fresh = do_set_up(session, sealer, account, Factor(secret, at_step, way, link_by), at)
        account.factor_free_from = None
        end_sessions_of(session, account.id)
        new = open_session(session, account, at, address=came.address, agent=came.agent)
        _register(
            session, new.caller.actor, account.id, {"way": way, "link_by": link_by, "own_password": bool(made)}, at
        )
        return Entered(new, account, fresh)


def check_confirm(session: Session, console: Console, step: LoginStep, account: Account, at: float) -> str:
    """Returns who gave the link. Raises DeniedError `factor.link`, `login.step`, ConflictError `factor.there`."""
    if session.scalar(select(SecondFactor.account_id).where(SecondFactor.account_id == account.id)) is not None:
        raise ConflictError("factor.there", "a second factor is set up already", username=account.username)
    if not may_enter(account, console.settings):
        raise DeniedError("login.step", "this step is over; begin again with the password")
    if step.kind == "link":
        return links.get_by_digest(session, step.link_sha256, at).made_by
    if not steps.in_grace(account, console.settings, at):
        raise DeniedError("factor.link", "the grace is over")
    return ""


def _register(session: Session, actor: Actor, account_id: str, detail: dict[str, object], at: float) -> None:
    audit.write(session, actor, "factor.set", "account", account_id, at=at, detail=detail)


def make_new_codes(console: Console, actor: Actor, session_id: str, code: str, at: float) -> list[str]:
    """Ten new recovery codes for who shows a code of the authenticator; wrong ones count as of this session.

    Raises DeniedError `factor.code_wrong`, `account.locked`; ConflictError `factor.none`.
    """
    sealer = console.keyring.sealer()
    with console.store.write() as session:
        account = session.get_one(Account, actor.id)
        if session.get(SecondFactor, account.id) is None:
            raise ConflictError("factor.none", "no second factor is set up", username=account.username)
        tried = Tried(account.username, "", session_id, "code")
        tries.check_open(session, tried, console.settings, at)
        tries.do_begin(session, tried, at)
        if not codes.is_recovery_code(code) and do_take(session, sealer, account.id, code, at) is not None:
            tries.do_succeed(session, tried)
            fresh = factors.do_new_codes(session, account.id, at)
            audit.write(session, actor, "factor.codes", "account", account.id, at=at)
            return fresh
        refusal = tries.do_fail(session, tried, account, console.settings, at)
    raise (
        refusal if refusal.key == "account.locked" else DeniedError("factor.code_wrong", "another code, or it was used")
    )
