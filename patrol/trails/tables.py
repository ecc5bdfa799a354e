"""The table of purged trails. Times are epoch seconds; days are the county's."""

from __future__ import annotations

from typing import cast

from sqlalchemy import String, Table
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double, append_only


class TrailPurge(Base):
    """Proof that a day's trails were removed: what there was, by count and digest. Append-only."""

    __tablename__ = "trail_purge"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    purged_at: Mapped[float] = mapped_column(Double)
    files: Mapped[int] = mapped_column()
    fixes: Mapped[int] = mapped_column()
    bytes: Mapped[int] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the names, sizes and sha256 of the files, sorted."""
    kept_days: Mapped[int] = mapped_column()
    """The setting that was in force."""


append_only(cast("Table", TrailPurge.__table__))
