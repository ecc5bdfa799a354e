"""The tables of canaries. Times are epoch seconds: of the worker's clock up to `published_at`, of the console's from there on."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class CanaryRow(Base):
    """A made picture that came through. It is no alert and of no camera; kept a day."""

    __tablename__ = "canary"
    __table_args__ = (Index("ix_canary_worker", "worker", "captured_at"),)
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    worker: Mapped[str] = mapped_column(String(60))
    captured_at: Mapped[float] = mapped_column(Double)
    detected_at: Mapped[float] = mapped_column(Double)
    published_at: Mapped[float] = mapped_column(Double)
    received_at: Mapped[float] = mapped_column(Double, index=True)
    """In the transaction that stored it."""
    pushed_at: Mapped[float | None] = mapped_column(Double)
    """When it went out to the page that drew it first."""
    shown_at: Mapped[float | None] = mapped_column(Double)
    """When the first page had drawn it; None: no page in sight said so."""
    shown_within: Mapped[float | None] = mapped_column(Double)
    """`shown_at` is right within so many seconds either way: half of the way to that page and back."""
    pages: Mapped[int] = mapped_column(default=0)
    """How many pages drew it."""


class LineFault(Base):
    """The way of one worker's alerts was slow, or nothing came of it, from when until when."""

    __tablename__ = "line_fault"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    worker: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(20))
    """line_slow | line_silent."""
    from_at: Mapped[float] = mapped_column(Double, index=True)
    to_at: Mapped[float | None] = mapped_column(Double, index=True)
    alert_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The device alert that told of it."""
