"""Shelves, calendars and reasons. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from console.alerts.tables import AlertRow
from lianqin.db import Base, Double
from lianqin.lengths import ID, NAME, WORDS


class Shelf(Base):
    """Alerts of a camera, of one of its zones, or of one kind there rest until then: stored, not in the queue, not judged."""

    __tablename__ = "shelf"
    id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    camera_id: Mapped[str] = mapped_column(String(ID), index=True)
    zone_id: Mapped[str] = mapped_column(String(ID), default="")
    """Empty: all of the camera's."""
    zone_name: Mapped[str] = mapped_column(String(NAME), default="")
    """As the zone was called then."""
    situation: Mapped[str] = mapped_column(String(20), default="")
    """Empty: each kind that can be shelved."""
    reason: Mapped[str] = mapped_column(String(WORDS))
    shelved_by: Mapped[str] = mapped_column(String(NAME))
    from_at: Mapped[float] = mapped_column(Double)
    until_at: Mapped[float] = mapped_column(Double)
    ended_at: Mapped[float | None] = mapped_column(Double, index=True)
    ended_by: Mapped[str | None] = mapped_column(String(NAME))
    """Who ended it before its time; None: it ended by itself, or runs."""


class FalseReasonRow(Base):
    """A reason for false that the station made, or one of the house's own that it renamed, moved or put away."""

    __tablename__ = "false_reason"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(40), default="")
    position: Mapped[int] = mapped_column()
    enabled: Mapped[bool] = mapped_column(default=True)
    """False: no longer offered; what was judged with it stays readable."""


def running(at: float) -> ColumnElement[bool]:
    """Of shelves: not over."""
    return and_(Shelf.ended_at.is_(None), Shelf.until_at > at)


def resting(at: float) -> ColumnElement[bool]:
    """Of alerts: unjudged, and on a shelf that runs."""
    return and_(AlertRow.state == "new", AlertRow.shelf_id.in_(select(Shelf.id).where(running(at))))


def in_queue(at: float) -> ColumnElement[bool]:
    """Of alerts: unjudged, and on no shelf that runs."""
    on_none = or_(AlertRow.shelf_id.is_(None), AlertRow.shelf_id.not_in(select(Shelf.id).where(running(at))))
    return and_(AlertRow.state == "new", on_none)
