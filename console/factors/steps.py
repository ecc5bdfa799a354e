"""What stands between a right password and a session: a token that is good for minutes, once, and for the next step alone."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final, Literal, cast

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from console.access.tables import Account
from console.factors import codes
from console.factors.tables import LoginStep, SecondFactor
from lianqin.audit import Role
from lianqin.db import in_order
from lianqin.errors import DeniedError
from lianqin.sealed import keyring_in
from lianqin.settings import Settings

COOKIE: Final = "lianqin_step"
CODE_S: Final = 300.0
SET_UP_S: Final = 900.0
"""Installing an authenticator takes longer than reading a code from one."""
DAY_S: Final = 86_400.0
Kind = Literal["code", "link", "grace"]


class Setup(msgspec.Struct, frozen=True):
    """What an authenticator is to be given, and what the account has to bring. In one answer and nowhere else."""

    username: str
    secret: str
    address: str
    """`otpauth://...`, to be shown as a QR code."""
    new_password: bool
    """Its owner has to choose a password: the present one was set by somebody else."""
    role: Role


class OpenStep(msgspec.Struct, frozen=True):
    """`token` goes into a cookie; `setup`: where an authenticator is to be set up first."""

    token: str
    until: float
    setup: Setup | None = None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def purpose_of(account_id: str) -> str:
    return f"step/{account_id}"


def in_grace(account: Account, settings: Settings, at: float) -> bool:
    """It was there before second factors, and may set its own up without a link for some days yet."""
    began = account.factor_free_from
    return began is not None and at < began + settings.factor_grace_days * DAY_S


def do_open_next(session: Session, settings: Settings, account: Account, at: float) -> OpenStep | None:
    """After a right password: a code, or the set-up of a second factor while that needs no link; None: a link is needed."""
    if session.get(SecondFactor, account.id) is not None:
        return do_open(session, account, "code", at)
    return do_open(session, account, "grace", at) if in_grace(account, settings, at) else None


def do_open(session: Session, account: Account, kind: Kind, at: float, *, link: str = "") -> OpenStep:
    """The account's only step; `link`: the digest of the link by which it was opened."""
    session.execute(
        delete(LoginStep).where(
            (LoginStep.account_id == account.id) & (LoginStep.kind != "code") | (LoginStep.until <= at)
        )
    )
    token, until = secrets.token_urlsafe(32), at + (CODE_S if kind == "code" else SET_UP_S)
    setup, sealed = None, ""
    if kind != "code":
        secret = codes.new_secret()
        setup = Setup(
            account.username,
            secret,
            codes.address_of(secret, account.username),
            account.password_by != account.id,
            cast("Role", account.role),
        )
        sealed = keyring_in(session).sealer().seal(secret.encode(), purpose_of(account.id))
    session.add(LoginStep(token_sha256=_digest(token), account_id=account.id, kind=kind, password_sha256=_digest(account.password_hash),
                          secret=sealed, link_sha256=link, made_at=at, until=until))  # fmt: skip
    session.flush()
    return OpenStep(token, until, setup)


def get_step(session: Session, token: str, kinds: tuple[Kind, ...], at: float) -> tuple[LoginStep, Account]:
    """Locked until the transaction's end. Raises DeniedError `login.step`: over, used, of another kind, or its password was changed."""
    in_order(session)  # before any row is locked, as everywhere: two that wait for each other would both fail
    step = session.get(LoginStep, _digest(token), with_for_update=True) if token else None
    account = (
        session.get(Account, step.account_id, with_for_update=True, populate_existing=True)
        if step is not None
        else None
    )
    if (
        step is None
        or account is None
        or step.kind not in kinds
        or step.until <= at
        or step.password_sha256 != _digest(account.password_hash)
    ):
        raise DeniedError("login.step", "this step is over; begin again with the password")
    return step, account


def sweep(session: Session, at: float) -> None:
    session.execute(delete(LoginStep).where(LoginStep.until <= at))
