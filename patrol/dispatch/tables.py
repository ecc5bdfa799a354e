"""Tables of guards called to incidents, and of tasks that do not go on. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

import patrol.duty.tables  # noqa: F401 - a foreign key names its table
from lianqin.db import Base, Double
from patrol.county.tables import Guard


class Dispatch(Base):
    """A guard called to an incident."""

    __tablename__ = "dispatch"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    incident_id: Mapped[str] = mapped_column(String(60), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    """called | accepted | refused | arrived | done | cancelled."""
    called_by: Mapped[str] = mapped_column(String(80))
    called_at: Mapped[float] = mapped_column(Double)
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    place_name: Mapped[str] = mapped_column(String(120), default="")
    instruction: Mapped[str] = mapped_column(String(200), default="")
    distance_m: Mapped[float | None] = mapped_column(Double)
    accepted_at: Mapped[float | None] = mapped_column(Double)
    refused_at: Mapped[float | None] = mapped_column(Double)
    refused_code: Mapped[str] = mapped_column(String(20), default="")
    """A key of `patrol.dispatch.refusals.REASONS`; empty: not refused, or before reasons were a closed list (then it never counts)."""
    refused_reason: Mapped[str] = mapped_column(String(200), default="")
    """The guard's own words."""
    refused_found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`patrol.dispatch.refusals.RefusalFacts` as JSON: what the records said of that moment."""
    review: Mapped[str | None] = mapped_column(String(20))
    """A person's word on the refusal: upheld | dismissed. Counts only once upheld; by `patrol`: the records cleared it."""
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[float | None] = mapped_column(Double)
    review_note: Mapped[str] = mapped_column(String(400), default="")
    arrived_at: Mapped[float | None] = mapped_column(Double)
    arrived_fix_id: Mapped[str | None] = mapped_column(String(80))
    said_at: Mapped[float | None] = mapped_column(Double)
    """Device time at which the guard said "I am there": the guard's own word. It proves nothing; `arrived_at` does."""
    said_received_at: Mapped[float | None] = mapped_column(Double)
    said_lon: Mapped[float | None] = mapped_column(Double)
    said_lat: Mapped[float | None] = mapped_column(Double)
    said_accuracy_m: Mapped[float | None] = mapped_column(Double)
    """Where the phone said that it was, WGS-84."""
    done_at: Mapped[float | None] = mapped_column(Double)
    done_note: Mapped[str] = mapped_column(String(400), default="")
    still_lon: Mapped[float | None] = mapped_column(Double)
    still_lat: Mapped[float | None] = mapped_column(Double)
    still_at: Mapped[float | None] = mapped_column(Double)
    """From where he has not moved since when (WGS-84, of his fixes): `patrol.dispatch.stuck` follows it while he is on his way."""
    guard: Mapped[Guard] = relationship(lazy="joined")


class Stuck(Base):
    """A task that does not go on (派单受阻), found by `patrol.dispatch.stuck`, and what was done about it."""

    __tablename__ = "stuck"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    dispatch_id: Mapped[str] = mapped_column(String(60), index=True)
    incident_id: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """refused | unanswered | still | overdue."""
    since: Mapped[float] = mapped_column(Double)
    """The moment from which it held, by the recorded facts."""
    found_at: Mapped[float] = mapped_column(Double)
    ended_at: Mapped[float | None] = mapped_column(Double, index=True)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    """What ended it: a key of `patrol.dispatch.stuck.ENDS`; empty while it lasts."""
    ended_by: Mapped[str] = mapped_column(String(80), default="")
    """Account, or the part of the house that saw it end."""
    note: Mapped[str] = mapped_column(String(400), default="")
    """What the person did about it, where a word was asked for."""
