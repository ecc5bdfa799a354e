"""The table of open desks. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class DeskSeat(Base):
    """A desk that is open now and what its person is at. No record: it lapses by itself (`console.seats.seats`)."""

    __tablename__ = "desk_seat"
    session: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The log-in session's `token_sha256`."""
    account_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    alert_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The alert that this person has; None: none."""
    since: Mapped[float] = mapped_column(Double)
    until: Mapped[float] = mapped_column(Double)
    """Lapses then, unless its page says again that it is there."""
