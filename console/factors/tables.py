"""The tables of second factors. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class SecondFactor(Base):
    """An account's authenticator. No row: none is set up."""

    __tablename__ = "second_factor"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(200))
    """Sealed (`lianqin.sealing`) for `factor/<account id>`."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """Of the last code that was taken: only a newer one counts."""
    made_at: Mapped[float] = mapped_column(Double)
    way: Mapped[str] = mapped_column(String(10))
    """link | grace: how it was set up."""
    link_by: Mapped[str] = mapped_column(String(80), default="")
    """Id of who gave the link."""


class RecoveryCode(Base):
    """Good once instead of a code; known by its digest alone."""

    __tablename__ = "recovery_code"
    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    made_at: Mapped[float] = mapped_column(Double)
    used_at: Mapped[float | None] = mapped_column(Double)


class FactorLink(Base):
    """A one-time link that lets one account set its second factor up."""

    __tablename__ = "factor_link"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    """One waits for an account: a new one takes its place."""
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[float] = mapped_column(Double)
    made_by: Mapped[str] = mapped_column(String(80))
    until: Mapped[float] = mapped_column(Double)


class FactorReset(Base):
    """Somebody asked that an account's second factor be taken away; another person decides."""

    __tablename__ = "factor_reset"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[float] = mapped_column(Double, index=True)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[float | None] = mapped_column(Double)
    approved: Mapped[bool | None] = mapped_column()
    """None while it waits."""


class LoginStep(Base):
    """Between the password and the code: no session, good for minutes and for nothing but the next step."""

    __tablename__ = "login_step"
    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    """code: a code is asked for; link, grace: an authenticator is being set up."""
    password_sha256: Mapped[str] = mapped_column(String(64))
    """Of the password's hash then: a step does not outlive the password it was opened with."""
    secret: Mapped[str] = mapped_column(String(200), default="")
    """The new authenticator's, sealed for `step/<account id>`, while it is being set up."""
    link_sha256: Mapped[str] = mapped_column(String(64), default="")
    """Of the link by which it is set up."""
    made_at: Mapped[float] = mapped_column(Double)
    until: Mapped[float] = mapped_column(Double, index=True)
