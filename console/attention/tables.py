"""The tables of attention. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class Escalation(Base):
    """An alert that waited through a step was put on somebody's list."""

    __tablename__ = "escalation"
    __table_args__ = (UniqueConstraint("alert_id", "step"),)
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    alert_id: Mapped[str] = mapped_column(String(60))
    step: Mapped[int] = mapped_column()
    """Of `escalation_seconds`, from 1."""
    seat: Mapped[str] = mapped_column(String(10))
    """second | leader."""
    at: Mapped[float] = mapped_column(Double, index=True)
    taken_by: Mapped[str | None] = mapped_column(String(80))
    """A name, as in `alert.judged_by`."""
    taken_at: Mapped[float | None] = mapped_column(Double)


class SecondSeat(Base):
    """Who said that he sits at the second seat."""

    __tablename__ = "second_seat"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    at: Mapped[float] = mapped_column(Double)


class Mute(Base):
    """Whose pages sound no alert, and until when. It ends by itself."""

    __tablename__ = "mute"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    at: Mapped[float] = mapped_column(Double)
    until: Mapped[float] = mapped_column(Double)


class Ring(Base):
    """What called a person at a page, or did not."""

    __tablename__ = "ring"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    """Made at the page, so that it may be told twice."""
    alert_id: Mapped[str] = mapped_column(String(60), index=True)
    account_id: Mapped[str] = mapped_column(String(60))
    at: Mapped[float] = mapped_column(Double)
    """By the server's clock as the page has it."""
    received_at: Mapped[float] = mapped_column(Double, index=True)
    why: Mapped[str] = mapped_column(String(10))
    """new | escalation."""
    means: Mapped[str] = mapped_column(String(12))
    """sound | notification | blocked (by the browser) | muted."""
    hidden: Mapped[bool] = mapped_column()
    """The page was not in sight."""
