"""Tables of calls for help. Written only by `patrol.sos.calls`. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double


class SosCallRow(Base):
    """One call for help of one guard, from its first press until a person closes it."""

    __tablename__ = "sos_calls"
    __table_args__ = (
        # A guard has one call at most that is not closed.
        Index("uq_sos_calls_open", "guard_id", unique=True, sqlite_where=text("state <> 'closed'"),
              postgresql_where=text("state <> 'closed'")),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    """That of the record which raised it."""
    guard_id: Mapped[str] = mapped_column(String(60), index=True)
    """No foreign key: a call of somebody whom the county does not know is raised all the same."""
    unit_id: Mapped[str | None] = mapped_column(String(60), index=True)
    device_id: Mapped[str] = mapped_column(String(80), default="")
    client: Mapped[str] = mapped_column(String(40), default="")
    raised_at: Mapped[float] = mapped_column(Double, index=True)
    """The moment of its arrival, by our clock."""
    device_at: Mapped[float | None] = mapped_column(Double)
    """The device's own claim of when it was pressed, right or wrong."""
    known_at: Mapped[float] = mapped_column(Double)
    """When it was written here: later than `raised_at` where it waited in a spool or a stream."""
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    place_at: Mapped[float | None] = mapped_column(Double)
    """When the guard was at that place; None: no place, or a device whose clock is wrong."""
    place_source: Mapped[str] = mapped_column(String(10), default="none")
    """own (of this message) | last (the map's) | none."""
    state: Mapped[str] = mapped_column(String(10), default="raised")
    """raised | taken | closed."""
    presses: Mapped[int] = mapped_column(default=1)
    last_press_at: Mapped[float] = mapped_column(Double)
    well_at: Mapped[float | None] = mapped_column(Double)
    """The guard says that it is over; a person at the station closes it."""
    taken_by: Mapped[str | None] = mapped_column(String(80))
    taken_name: Mapped[str] = mapped_column(String(80), default="")
    taken_at: Mapped[float | None] = mapped_column(Double)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_name: Mapped[str] = mapped_column(String(80), default="")
    closed_at: Mapped[float | None] = mapped_column(Double)
    outcome: Mapped[str | None] = mapped_column(String(20))
    """One of `calls.OUTCOMES`."""
    note: Mapped[str] = mapped_column(String(400), default="")


class SosPress(Base):
    """One record that called for help: what comes twice is known by its id."""

    __tablename__ = "sos_presses"
    __table_args__ = (Index("ix_sos_presses_message", "device_id", "received_at"),)
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("sos_calls.id"), index=True)
    device_id: Mapped[str] = mapped_column(String(80), default="")
    received_at: Mapped[float] = mapped_column(Double)
    device_at: Mapped[float | None] = mapped_column(Double)
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
