"""Tables of what is kept beyond its term, and of what was purged. Times are epoch seconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class EvidenceHold(Base):
    """Whose picture and clip must not be purged, who said so and why."""

    __tablename__ = "evidence_hold"
    alert_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    held_by: Mapped[str] = mapped_column(String(80))
    held_at: Mapped[float] = mapped_column(Double)


class PurgeCertificate(Base):
    """Proof of one purge: what went, by which rule, and a digest over the whole list, each file with its own sha256."""

    __tablename__ = "purge_certificate"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Double, index=True)
    alerts: Mapped[int] = mapped_column()
    files: Mapped[int] = mapped_column()
    bytes: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[float] = mapped_column(Double)
    last_at: Mapped[float] = mapped_column(Double)
    """Arrival of the oldest and the newest of it."""
    keep_days: Mapped[int] = mapped_column()
    items: Mapped[list[Any]] = mapped_column(default=list)
    """`[alert id, path, sha256 or "", bytes]` for each file."""
    digest: Mapped[str] = mapped_column(String(64))
    """sha256 over `items` as JSON. Empty while the files go: then an item names the column too that it stood in (`purging.PurgedFile`)."""
