"""The table of incidents (事件). Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

import console.alerts.tables  # noqa: F401 - a foreign key names its table
from lianqin.db import Base, Double

ENDED: Final = ("closed", "withdrawn")
"""States of an incident that is over: nobody is sent for it."""


class Incident(Base):
    """What a person accepted (事件)."""

    __tablename__ = "incident"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alert.id"), index=True)
    """An alert whose confirmation was undone may have a withdrawn one and another later; its `incident_id` names the present one."""
    camera_id: Mapped[str] = mapped_column(String(60))
    situation: Mapped[str] = mapped_column(String(20))
    priority: Mapped[int] = mapped_column()
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    place_name: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(20), default="open")
    """open | handled (a guard reported done) | closed | withdrawn (its confirmation was undone)."""
    opened_at: Mapped[float] = mapped_column(Double)
    opened_by: Mapped[str] = mapped_column(String(80))
    handled_at: Mapped[float | None] = mapped_column(Double)
    """Since when it waits for its end; None where an older program noted none."""
    closed_at: Mapped[float | None] = mapped_column(Double)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    """When and by whom it was closed or withdrawn."""
    note: Mapped[str] = mapped_column(String(400), default="")
