"""Log-in: the password first, then the next step where the role needs a second factor."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from console.access import passwords, tries
from console.access.browsers import browser_of
from console.access.passwords import NOBODY
from console.access.sessions import NewSession, may_enter, open_session
from console.access.tables import Account
from console.access.tries import Tried
from console.factors.factors import needs_factor
from console.factors.steps import OpenStep, do_open_next
from lianqin.db import Store
from lianqin.errors import DeniedError
from lianqin.settings import Settings


class LogInRequest(msgspec.Struct, frozen=True):
    """One try to log in. `browser`: the cookie that makes a browser known, or empty; `agent`: what the browser says of itself."""

    username: str
    password: str
    address: str
    browser: str = ""
    agent: str = ""


def log_in(store: Store, settings: Settings, form: LogInRequest, at: float) -> NewSession | OpenStep:
    """Check the password; open a session, or the next step where the role needs a second factor. A browser that is known spares nobody
    that step. All failures read alike and take as long. Raises DeniedError `login.wrong`, and `account.locked` or `login.slowed` (also
    for the right password, until that time is over); `login.no_factor`: right, but nothing was set up and a link is needed."""
    name = tries.plain_name(form.username)
    refusal: DeniedError
    with store.write() as session:
        account = session.scalar(select(Account).where(Account.username == name))
        tried = Tried(name, form.address, browser_of(account, form.browser))
        usable = account is not None and may_enter(account, settings) and bool(account.password_hash)
        known = account.password_hash if account is not None and usable else NOBODY
        try:
            tries.check_open(session, tried, settings, at)
        except DeniedError as error:
            tries.do_refuse(session, at)
            refusal = error
        else:
            tries.do_begin(session, tried, at)
            refusal = DeniedError("login.wrong", "no such account or password")
    if refusal.key != "login.wrong":
        raise refusal
    right = passwords.matches(known, form.password) and usable  # slow: outside the transaction
    with store.write() as session:
        account = session.scalar(select(Account).where(Account.username == name))
        # It may have been changed meanwhile.
        if right and account is not None and account.password_hash == known and may_enter(account, settings):
            tries.do_succeed(session, tried)
            if not needs_factor(settings, account.role):
                return open_session(session, account, at, address=form.address, agent=form.agent)
            step = do_open_next(session, settings, account, at)
            if step is not None:
                return step
            tries.do_tell_no_factor(session, tried, account.id, at)
            refusal = DeniedError("login.no_factor", "no second factor is set up, and none may be without a link")
        else:
            refusal = tries.do_fail(session, tried, account, settings, at)
    raise refusal
