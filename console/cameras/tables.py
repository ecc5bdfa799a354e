"""Tables of cameras, their zones and calendars, the watch ledger, and outages. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double
from lianqin.lengths import ID, NAME
from lianqin.sealed import SealedText


class CalendarRow(Base):
    """A named set of days on which zones hold, or do not."""

    __tablename__ = "calendar"
    id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME))
    name_en: Mapped[str] = mapped_column(String(NAME), default="")
    dates: Mapped[list[Any]] = mapped_column(default=list)
    """YYYY-MM-DD of the county, in order."""


class CameraRow(Base):
    __tablename__ = "camera"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    url: Mapped[str] = mapped_column(SealedText(400))
    sub_url: Mapped[str | None] = mapped_column(SealedText(400))
    transport: Mapped[str] = mapped_column(String(3), default="tcp")
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    bearing: Mapped[float | None] = mapped_column(Double)
    fov: Mapped[float | None] = mapped_column(Double)
    range_m: Mapped[float | None] = mapped_column(Double)
    area_id: Mapped[str | None] = mapped_column(String(60))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20), default="starting")
    state_reason: Mapped[str] = mapped_column(String(40), default="")
    state_since: Mapped[float | None] = mapped_column(Double)
    priority: Mapped[int] = mapped_column(default=2)
    """At the detector: 1 (most important) to 3."""
    keep_days: Mapped[int | None] = mapped_column()
    watched_since: Mapped[float | None] = mapped_column(Double)
    """When the first minute began of which a worker gave a whole account: before that nobody was to watch it."""
    sampling: Mapped[str] = mapped_column(String(12), default="gated")
    masks: Mapped[list[Any]] = mapped_column(default=list)
    """Polygons, corners as fractions of the picture."""
    zones: Mapped[list[ZoneRow]] = relationship(order_by="ZoneRow.id", cascade="all, delete-orphan")


class ZoneRow(Base):
    __tablename__ = "zone"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    camera_id: Mapped[str] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), index=True)
    record: Mapped[dict[str, Any]] = mapped_column()
    """`lianqin.records.Zone` as JSON."""
    name_en: Mapped[str] = mapped_column(String(80), default="")


class WatchHour(Base):
    """The watch ledger: one camera's hour, a letter a minute (`lianqin.watch`)."""

    __tablename__ = "watch_hour"
    camera_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, index=True)
    """Epoch seconds // 3600."""
    letters: Mapped[str] = mapped_column(String(60))
    looks: Mapped[list[Any]] = mapped_column(default=list)
    """A triple a minute: pictures due, looked at, dropped."""
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Minutes of which only parts were told so far, by worker."""


class Outage(Base):
    """A camera was blind from when until when, and why; what is open has no end yet."""

    __tablename__ = "outage"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    camera_id: Mapped[str] = mapped_column(String(60), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(200), default="")
    from_at: Mapped[float] = mapped_column(Double, index=True)
    to_at: Mapped[float | None] = mapped_column(Double, index=True)
    alert_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The device alert that told of it."""
