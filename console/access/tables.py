"""Tables of accounts, of log-in sessions and of failed log-ins. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double


class Account(Base):
    __tablename__ = "account"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    """Argon2id."""
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[str | None] = mapped_column(String(60))
    guard_id: Mapped[str | None] = mapped_column(String(60))
    disabled: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    """Not used any more, like `locked_until`: see LoginTry."""
    locked_until: Mapped[float | None] = mapped_column(Double)
    demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of a demonstration, its password known to everybody: good for nothing where the console runs without `demo`."""
    password_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Id of who set the present password: the account's own where its owner did; empty: not known."""
    factor_free_from: Mapped[float | None] = mapped_column(Double)
    """Of accounts that were there before second factors: from then on, for `factor_grace_days`, they need no link. None: they do."""


class LoginTry(Base):
    """Failed log-ins of a user name from one address or known browser (`pair`), or from wherever (`name`). Bounded in number."""

    __tablename__ = "login_try"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(60), index=True)
    """As it was typed, also where no account has it."""
    address: Mapped[str] = mapped_column(String(64))
    """The last one."""
    failures: Mapped[int] = mapped_column()
    last_at: Mapped[float] = mapped_column(Double)
    until: Mapped[float] = mapped_column(Double)
    """End of the lock; 0: none."""


class LoginHour(Base):
    """What an hour had of failures that the register does not name one by one."""

    __tablename__ = "login_hour"
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Since 1970."""
    unknown: Mapped[int] = mapped_column()
    """Failures of user names that nobody has."""
    refused: Mapped[int] = mapped_column()
    """Tries while locked or slowed down."""


class LoginSession(Base):
    """A server-side session; the cookie's token is known only as a sha256."""

    __tablename__ = "login_session"
    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[float] = mapped_column(Double)
    last_seen_at: Mapped[float] = mapped_column(Double)
    phone_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """Of a guard's bound phone: it has no idle exit."""
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """From which it was opened; empty: not known."""
    agent: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """What its browser says of itself."""
    account: Mapped[Account] = relationship(lazy="joined")
