"""Tables of phones and terminals, and of messages that could not be used. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import patrol.county.tables  # noqa: F401 - a foreign key names its table
from lianqin.db import Base, Double


class DeviceRow(Base):
    """An enrolled phone or terminal. The credential itself is never stored."""

    __tablename__ = "device"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    credential_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    coord_sys: Mapped[str] = mapped_column(String(10), default="wgs84")
    kind: Mapped[str] = mapped_column(String(10), default="phone")
    """phone | terminal (JT/T 808)."""
    terminal_no: Mapped[str | None] = mapped_column(String(20), unique=True, index=True)
    """A terminal's own number (12 or 20 digits), which it sends in every message."""
    clock_off_s: Mapped[float] = mapped_column(Double, default=0.0)
    """So far ahead (behind: below 0) the administrator said its clock is; taken off each fix's time."""
    register_no: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often a person let the terminal register."""
    register_until: Mapped[float | None] = mapped_column(Double)
    enrolled_at: Mapped[float | None] = mapped_column(Double)
    revoked_at: Mapped[float | None] = mapped_column(Double)
    version: Mapped[int] = mapped_column(default=1)


class QuarantineRow(Base):
    """A message that could not be used; for the administrator alone, then gone."""

    __tablename__ = "quarantine"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    received_at: Mapped[float] = mapped_column(Double, index=True)
    client: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(80))
    raw: Mapped[str] = mapped_column(Text)
    kept_from: Mapped[float | None] = mapped_column(Double, index=True)
    """When it was put here, by the database's clock; None where an older program did, until the next sweep."""
    keep_hours: Mapped[float | None] = mapped_column(Double)
    """Its term when it was put here; a longer one later goes before."""
