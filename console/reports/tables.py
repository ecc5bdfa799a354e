"""The table of guards' reports. Written only by `console.reports.reports` and, when their time is over, by `console.evidence.keeping`."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double
from patrol.county.tables import Guard


class GuardReport(Base):
    """A finding (上报) that a guard reported: what the guard says, not a proof. Times are epoch seconds; places WGS-84."""

    __tablename__ = "guard_report"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    """The phone's own, so that a queue may send it twice."""
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60))
    shift_id: Mapped[str | None] = mapped_column(String(60))
    area_id: Mapped[str | None] = mapped_column(String(60))
    """Of the shift that ran then."""
    kind: Mapped[str] = mapped_column(String(20))
    """One of `reports.KINDS`, or `reports.OF_TASK`."""
    words: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[float] = mapped_column(Double)
    """By the phone's clock, at its arrival at the latest."""
    received_at: Mapped[float] = mapped_column(Double, index=True)
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    promised: Mapped[str] = mapped_column(String(10), default="")
    """photo | voice: it follows; empty: words alone."""
    media: Mapped[str | None] = mapped_column(String(200))
    """Path under the evidence root."""
    media_type: Mapped[str] = mapped_column(String(20), default="")
    media_sha256: Mapped[str | None] = mapped_column(String(64))
    media_at: Mapped[float | None] = mapped_column(Double)
    """When picture or voice arrived."""
    state: Mapped[str] = mapped_column(String(10), default="new", index=True)
    """new | incident (a person made one of it) | closed (with a word) | task (it belongs to one: nobody decides it)."""
    decided_at: Mapped[float | None] = mapped_column(Double)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_note: Mapped[str] = mapped_column(String(400), default="")
    alert_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """By which the incident is handled at the desk."""
    incident_id: Mapped[str | None] = mapped_column(String(60))
    dispatch_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """Of a picture that the guard took at a task (任务照片): the task."""
    purged_at: Mapped[float | None] = mapped_column(Double)
    certificate: Mapped[int | None] = mapped_column()
    kept_from: Mapped[float | None] = mapped_column(Double, index=True)
    """Its arrival by the database's clock; None where an older program stored it, until the next sweep."""
    keep_days: Mapped[int | None] = mapped_column()
    """The county's term when it arrived; a longer one later goes before."""
    guard: Mapped[Guard] = relationship(lazy="joined")
