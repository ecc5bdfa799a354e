"""Failed log-ins: what they lock, whom they slow down, and what the register keeps of them.

A pair of user name and address (or known browser) is locked after some failures in a row. Who is not known by a cookie is slowed down by
the user name: after as many failures from wherever, each further one doubles the time until the next try. Unknown user names are treated as
known ones, so that nothing tells them apart. A try counts as failed before the password is looked at, and is taken back when it was right:
tries at the same time win nothing.
"""

from __future__ import annotations

import hashlib
import math
from typing import Final

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console.access.tables import Account, LoginHour, LoginTry
from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import DeniedError
from lianqin.settings import Settings

MOST_ROWS: Final = 20_000
"""Beyond them a twentieth is deleted: those whose lock ends first (never locked: at once), then the fewest failures, then the oldest."""
FORGOTTEN_AFTER_S: Final = 86_400.0
SLOWEST_S: Final = 300.0
SINGLY_AN_HOUR: Final = 60
"""So many failures of unknown user names stand in the register each for itself; the others of the hour are one row with their number."""
ANYBODY: Final = Actor(id="anonymous", name="", role=None)
HOUR_S: Final = 3600


class Tried(msgspec.Struct, frozen=True):
    """Who tries. `name`: as `plain_name` gives it; `browser`: a known one's number, else empty; `step`: `code` where the password was
    right already. Codes are counted apart from passwords: no password that is right makes wrong codes forgotten, and strangers without
    it can't slow the owner down at the code."""

    name: str
    address: str
    browser: str
    step: str = ""

    @property
    def pair(self) -> str:
        which = ("browser", self.name, self.browser) if self.browser else ("address", self.name, self.address)
        return _key(*which, *self._apart)

    @property
    def by_name(self) -> str:
        return _key("name", self.name, *self._apart)

    @property
    def _apart(self) -> tuple[str, ...]:
        return (self.step,) if self.step else ()


def plain_name(username: str) -> str:
    """What was typed as a user name, as it may stand in the register: 60 signs at most, none that steers a screen."""
    return "".join(sign if sign.isprintable() else "?" for sign in username[:60])


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def delay_s(failures: int, free: int) -> float:
    """Seconds until the next try of a user name from an unknown browser, after so many failures; `free` of them cost none."""
    return 0.0 if failures < free else min(SLOWEST_S, 2.0 ** min(failures - free, 20))


def do_begin(session: Session, tried: Tried, at: float) -> None:
    """Count one try, after `check_open`."""
    _count(session, tried.pair, tried, "pair", at)
    if not tried.browser:
        _count(session, tried.by_name, tried, "name", at)


def check_open(session: Session, tried: Tried, settings: Settings, at: float) -> None:
    """Raises DeniedError `account.locked` (this address or browser failed too often) or `login.slowed`."""
    in_order(session)
    pair = session.get(LoginTry, tried.pair)
    if pair is not None and pair.until > at:
        raise locked(pair.until, at)
    by_name = None if tried.browser else session.get(LoginTry, tried.by_name)
    if by_name is not None and by_name.last_at + FORGOTTEN_AFTER_S > at:
        wait = by_name.last_at + delay_s(by_name.failures, settings.lock_after_failures) - at
        if wait > 0:
            raise DeniedError(
                "login.slowed", "too many failures of this name", retry_s=math.ceil(wait), minutes=math.ceil(wait / 60)
            )


def locked(until: float, at: float) -> DeniedError:
    minutes = max(1, math.ceil((until - at) / 60))
    return DeniedError("account.locked", f"locked for {minutes} more minutes", minutes=minutes, until=until,
                       retry_s=max(1, math.ceil(until - at)))  # fmt: skip


def do_succeed(session: Session, tried: Tried) -> None:
    """The try was right: its failures are forgotten, and those of the name where no known browser spoke."""
    keys = [tried.pair] if tried.browser else [tried.pair, tried.by_name]
    session.execute(delete(LoginTry).where(LoginTry.key.in_(keys)))


def do_fail(session: Session, tried: Tried, account: Account | None, settings: Settings, at: float) -> DeniedError:
    """Register the failure (the try is counted already); what to answer."""
    pair = session.get(LoginTry, tried.pair)
    failures = pair.failures if pair is not None else 1
    detail: dict[str, object] = {
        "name": tried.name,
        "address": tried.address,
        "failures": failures,
        "known_browser": bool(tried.browser),
    }
    if tried.step:
        detail["step"] = tried.step
    if account is not None or _count_unknown_name(session, at):
        audit.write(
            session, ANYBODY, "account.login_failed", "account", account.id if account else "", at=at, detail=detail
        )
    if pair is None or failures < settings.lock_after_failures:
        return DeniedError("login.wrong", "no such account or password")
    pair.until = at + settings.lock_minutes * 60
    if account is not None:
        audit.write(session, audit.system("console"), "account.lock", "account", account.id, at=at, detail=detail)
    return locked(pair.until, at)


def do_tell_no_factor(session: Session, tried: Tried, account_id: str, at: float) -> None:
    """Register that somebody has the password of an account whose owner has not set up a second factor."""
    told = {"name": tried.name, "address": tried.address, "known_browser": bool(tried.browser), "step": "no_factor"}
    audit.write(session, ANYBODY, "account.login_failed", "account", account_id, at=at, detail=told)


def do_refuse(session: Session, at: float) -> None:
    """A try that was not let: counted for its hour, no row of its own."""
    _hour(session, at).refused += 1


def forget_name(session: Session, username: str) -> None:
    """All locks and failures of this user name end with the caller's transaction."""
    session.execute(delete(LoginTry).where(LoginTry.name == username))


def locked_until(session: Session, at: float) -> dict[str, float]:
    """User name -> the end of its longest lock, whoever it is locked for."""
    query = select(LoginTry.name, func.max(LoginTry.until)).where(LoginTry.until > at).group_by(LoginTry.name)
    return {row[0]: row[1] for row in session.execute(query)}


def sweep(session: Session, at: float) -> None:
    """Forget what is old; hours that are over come into the register as one row each."""
    in_order(session)
    session.execute(delete(LoginTry).where(LoginTry.last_at < at - FORGOTTEN_AFTER_S, LoginTry.until < at))
    for hour in session.scalars(select(LoginHour).where(LoginHour.hour < at // HOUR_S).order_by(LoginHour.hour)).all():
        more = max(0, hour.unknown - SINGLY_AN_HOUR)
        if more or hour.refused:
            detail = {"from": hour.hour * HOUR_S, "unknown_names": more, "refused": hour.refused}
            audit.write(session, audit.system("console"), "account.login_failures", "account", "", at=at, detail=detail)
        session.delete(hour)


def _hour(session: Session, at: float) -> LoginHour:
    row = session.get(LoginHour, int(at // HOUR_S))
    if row is None:
        sweep(session, at)
        row = LoginHour(hour=int(at // HOUR_S), unknown=0, refused=0)
        session.add(row)
        session.flush()
    return row


def _count_unknown_name(session: Session, at: float) -> bool:
    hour = _hour(session, at)
    hour.unknown += 1
    return hour.unknown <= SINGLY_AN_HOUR


def _count(session: Session, key: str, tried: Tried, kind: str, at: float) -> None:
    row = session.get(LoginTry, key)
    if row is None:
        _make_room(session)
        row = LoginTry(key=key, kind=kind, name=tried.name, address=tried.address, failures=0, last_at=at, until=0.0)
        session.add(row)
    # A lock that is over, or a day of quiet, begins the count anew.
    if row.last_at + FORGOTTEN_AFTER_S <= at or 0 < row.until <= at:
        row.failures, row.until = 0, 0.0
    row.failures += 1
    row.last_at, row.address = at, tried.address
    session.flush()


def _make_room(session: Session) -> None:
    if (session.scalar(select(func.count()).select_from(LoginTry)) or 0) < MOST_ROWS:
        return
    least = select(LoginTry.key).order_by(LoginTry.until, LoginTry.failures, LoginTry.last_at).limit(MOST_ROWS // 20)
    session.execute(delete(LoginTry).where(LoginTry.key.in_(list(session.scalars(least)))))
