"""Tables of alerts, of evidence that came before its alert, and of views that people keep. Times are epoch seconds."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double

LATE: Final = "no_evidence"
"""`clip_error` of an alert whose evidence has not come in time."""
REPORTED: Final = "reported"
"""The situation of an alert that stands for a guard's report: no machine said it, a person made an incident of it."""


class AlertRow(Base):
    """What a machine said, and what a person made of it."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_state", "state", "priority", "captured_at"),
        Index("ix_alert_record", "captured_at", "priority", "situation", "camera_id", "zone_id", "zone_name", "state", "judge_reason",
              "judged_by", "judged_at", "received_at", "incident_id", "id"),
    )  # fmt: skip
    """`ix_alert_record` has all that the record is narrowed, sorted and summed up by: rows are wide by their tracks."""
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(60), unique=True)
    camera_id: Mapped[str] = mapped_column(String(60), index=True)
    zone_id: Mapped[str] = mapped_column(String(60))
    zone_name: Mapped[str] = mapped_column(String(80), default="")
    zone_points: Mapped[list[Any]] = mapped_column(default=list)
    situation: Mapped[str] = mapped_column(String(20))
    method: Mapped[int] = mapped_column()
    kind: Mapped[int] = mapped_column()
    priority: Mapped[int] = mapped_column()
    score: Mapped[float] = mapped_column(Double)
    captured_at: Mapped[float] = mapped_column(Double, index=True)
    published_at: Mapped[float] = mapped_column(Double)
    received_at: Mapped[float] = mapped_column(Double)
    model: Mapped[str] = mapped_column(String(80))
    rule_version: Mapped[str] = mapped_column(String(40))
    worker: Mapped[str] = mapped_column(String(60), default="")
    tracks: Mapped[list[Any]] = mapped_column(default=list)
    """TrackPath as JSON: the boxes so far, then (with the evidence) of the whole track."""
    snapshot: Mapped[str | None] = mapped_column(String(200))
    snapshot_error: Mapped[str | None] = mapped_column(String(200))
    clip: Mapped[str | None] = mapped_column(String(200))
    clip_error: Mapped[str | None] = mapped_column(String(200))
    clip_from: Mapped[float | None] = mapped_column(Double)
    clip_seconds: Mapped[float | None] = mapped_column(Double)
    codec: Mapped[str | None] = mapped_column(String(20))
    evidence_at: Mapped[float | None] = mapped_column(Double)
    merged_tracks: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(20), default="new")
    """new | confirmed | false | ignored."""
    judged_by: Mapped[str | None] = mapped_column(String(80))
    judged_by_id: Mapped[str | None] = mapped_column(String(80))
    """The account; None where an older program kept the name alone."""
    judged_at: Mapped[float | None] = mapped_column(Double)
    judge_reason: Mapped[str] = mapped_column(String(200), default="")
    incident_id: Mapped[str | None] = mapped_column(String(60))
    snapshot_sha256: Mapped[str | None] = mapped_column(String(64))
    clip_sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the files as they were written, hex; None for what older workers wrote."""
    purged_at: Mapped[float | None] = mapped_column(Double, index=True)
    """When its picture and clip were purged."""
    certificate: Mapped[int | None] = mapped_column()
    """Number of the purge's certificate."""
    kept_from: Mapped[float | None] = mapped_column(Double, index=True)
    """Its arrival by the database's clock; None where an older program stored it, until the next sweep."""
    keep_days: Mapped[int | None] = mapped_column()
    """The term of its picture and clip: the camera's or the county's when it arrived; a longer one later goes before."""
    shelf_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The shelf that it rested on last; while that runs it stands in no queue (`console/rules/shelves.py`)."""
    back_at: Mapped[float | None] = mapped_column(Double)
    """When it came back from that shelf, unjudged: it waits since then."""


class PendingEvidence(Base):
    """Evidence that arrived before its alert (another worker's spool was later): joined when the alert comes."""

    __tablename__ = "pending_evidence"
    alert_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column()
    received_at: Mapped[float] = mapped_column(Double)


class SavedView(Base):
    """A page's filter and order under a name; each account's own."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "page", "name"),)
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(60))
    page: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(1000))
    """As it stands in the page's address."""
    saved_at: Mapped[float] = mapped_column(Double)
