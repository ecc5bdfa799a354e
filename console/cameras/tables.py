"""The table of calendars. Times are epoch seconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base
from lianqin.lengths import ID, NAME


class CalendarRow(Base):
    """A named set of days on which zones hold, or do not."""

    __tablename__ = "calendar"
    id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME))
    name_en: Mapped[str] = mapped_column(String(NAME), default="")
    dates: Mapped[list[Any]] = mapped_column(default=list)
    """YYYY-MM-DD of the county, in order."""
