"""What was promised, and the desk handed from one person to the next. Times are epoch seconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class Promise(Base):
    """Something that was promised for a time (承诺), by a note on an alert or an incident; it is open until somebody says that it is kept."""

    __tablename__ = "promise"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    alert_id: Mapped[str] = mapped_column(String(60), index=True)
    """By which it is found at the desk."""
    incident_id: Mapped[str | None] = mapped_column(String(60), index=True)
    words: Mapped[str] = mapped_column(String(400))
    due_at: Mapped[float] = mapped_column(Double)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[float] = mapped_column(Double)
    kept_by: Mapped[str] = mapped_column(String(80), default="")
    kept_at: Mapped[float | None] = mapped_column(Double, index=True)


class DeskHandOver(Base):
    """The desk left by one person (交班), with a line, and taken over by another by name (接班)."""

    __tablename__ = "desk_hand_over"
    __table_args__ = (
        # What one person leaves waits once.
        Index("uq_desk_hand_over_waiting", "given_by_id", unique=True, sqlite_where=text("taken_at IS NULL"),
              postgresql_where=text("taken_at IS NULL")),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    given_by: Mapped[str] = mapped_column(String(80))
    given_by_id: Mapped[str] = mapped_column(String(60))
    given_at: Mapped[float] = mapped_column(Double, index=True)
    from_at: Mapped[float] = mapped_column(Double)
    """When that person's shift began, as the sheet has it."""
    note: Mapped[str] = mapped_column(String(400))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`open`, `shelved`, `promised`, `sent`, `handled`: how many of each were left."""
    taken_by: Mapped[str] = mapped_column(String(80), default="")
    taken_by_id: Mapped[str] = mapped_column(String(60), default="")
    taken_at: Mapped[float | None] = mapped_column(Double)
