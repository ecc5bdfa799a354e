"""The table of guards' phones. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class Phone(Base):
    """A guard's phone: first a code that waits to be scanned, then bound, then ended."""

    __tablename__ = "phone"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(String(60), index=True)
    unit_id: Mapped[str] = mapped_column(String(60))
    code_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """None once it was used."""
    made_at: Mapped[float] = mapped_column(Double)
    made_by: Mapped[str] = mapped_column(String(80))
    until: Mapped[float] = mapped_column(Double)
    bound_at: Mapped[float | None] = mapped_column(Double)
    model: Mapped[str] = mapped_column(String(120), default="")
    """What the phone's browser says of itself."""
    ended_at: Mapped[float | None] = mapped_column(Double)
    ended_by: Mapped[str | None] = mapped_column(String(80))
