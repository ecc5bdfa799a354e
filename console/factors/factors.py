"""Whose log-in needs a code, and the acts on a second factor: set up, used, taken away."""

from __future__ import annotations

from typing import Final, Literal, cast

import msgspec
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from console.access.tables import Account
from console.factors import codes
from console.factors.tables import FactorLink, LoginStep, RecoveryCode, SecondFactor
from lianqin.audit import Role
from lianqin.sealing import Sealer
from lianqin.settings import Settings

WITHOUT: Final[frozenset[Role]] = frozenset({"guard", "grid", "wall"})
"""Roles that need none: a guard's phone and a wall's screen are bound, a grid member sees nobody else's data."""
Kind = Literal["code", "recovery"]


class Factor(msgspec.Struct, frozen=True):
    """An authenticator that was set up. `way`: link or grace; `link_by`: who gave the link."""

    secret: str
    step: int
    way: str
    link_by: str = ""


def needs_factor(settings: Settings, role: str) -> bool:
    return settings.second_factor and role not in WITHOUT


def purpose_of(account_id: str) -> str:
    """For which the secret is sealed: a row moved to another account opens nothing."""
    return f"factor/{account_id}"


def do_set_up(session: Session, sealer: Sealer, account: Account, made: Factor, at: float) -> list[str]:
    """The account's only authenticator from now on; returns its new recovery codes, which are nowhere else. Links and steps end."""
    do_remove(session, account.id)
    session.add(SecondFactor(
        account_id=account.id, secret=sealer.seal(made.secret.encode(), purpose_of(account.id)), last_step=made.step, made_at=at,
        way=made.way, link_by=made.link_by,
    ))  # fmt: skip
    session.flush()
    return do_new_codes(session, account.id, at)


def do_remove(session: Session, account_id: str) -> None:
    """Nothing is set up any more, and nothing half."""
    for table in (SecondFactor, RecoveryCode, FactorLink, LoginStep):
        session.execute(delete(table).where(table.account_id == account_id))


def do_new_codes(session: Session, account_id: str, at: float) -> list[str]:
    """New recovery codes; those before are good no more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    made = codes.new_recovery_codes()
    session.add_all(
        RecoveryCode(code_sha256=digest, account_id=account_id, made_at=at)
        for digest in codes.digests_of(account_id, made)
    )
    session.flush()
    return made


def do_take(session: Session, sealer: Sealer, account_id: str, code: str, at: float) -> Kind | None:
    """Take a code, once: of the authenticator, or a recovery code. None: wrong, or used. Two at the same time: one of them.

    Raises UnavailableError `seal.no_key`, `seal.broken`.
    """
    if codes.is_recovery_code(code):
        digest = codes.digest_of(account_id, code)
        used = (
            update(RecoveryCode)
            .where(RecoveryCode.code_sha256 == digest, RecoveryCode.used_at.is_(None))
            .values(used_at=at)
        )
        return "recovery" if _changed(session, used) else None
    factor = session.get(SecondFactor, account_id)
    if factor is None:
        return None
    secret = sealer.unseal(factor.secret, purpose_of(account_id)).decode()
    step = codes.step_of(secret, code, at, factor.last_step)
    if step is None:
        return None
    newer = (
        update(SecondFactor)
        .where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
        .values(last_step=step)
    )
    if not _changed(session, newer):
        return None
    kept = sealer.reseal(
        factor.secret, purpose_of(account_id)
    )  # keys were changed: the old one may go once everybody came
    if kept is not None:
        session.execute(update(SecondFactor).where(SecondFactor.account_id == account_id).values(secret=kept))
    return "code"


def _changed(session: Session, statement: object) -> bool:
    return cast("CursorResult[object]", session.execute(statement)).rowcount == 1  # type: ignore[call-overload]


def codes_left(session: Session, account_id: str) -> int:
    """Recovery codes that were not used."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0
