"""Tables of duty: shifts and their visits, rosters, breaks, hand-overs, check-ins, silences of the platform.

Written only by this room's `do_x` functions. Times are epoch seconds; days are the county's (Asia/Shanghai).
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double
from patrol.county.tables import Area, Guard

OVERDUE_S: Final = 2 * 3600.0
"""A shift left open ends so long after its due end, until the worker has read the setting."""
ENDS: Final = ("ended", "handed_over", "relieved", "moved", "sent_home", "ill", "operator", "overdue")
"""Why a shift closed: by the guard; handed over (交接班) or relieved (换岗); the guard went to relieve at another place; sent
home; ill; by the operator; left open and ended by itself."""


def overdue_from(context: Any) -> float:
    """The moment at which a new shift ends by itself."""
    return float(context.get_current_parameters()["due_end_at"]) + OVERDUE_S


class Shift(Base):
    """A shift (班次). Only fixes between `opened_at` and `closed_at` (device time) are kept."""

    __tablename__ = "shift"
    __table_args__ = (
        # A guard has one open shift at most.
        Index("uq_shift_open", "guard_id", unique=True, sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("ix_shift_guard_time", "guard_id", "opened_at"),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"))
    opened_at: Mapped[float] = mapped_column(Double)
    opened_by: Mapped[str] = mapped_column(String(80))
    due_end_at: Mapped[float] = mapped_column(Double)
    closed_at: Mapped[float | None] = mapped_column(Double)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_how: Mapped[str] = mapped_column(String(20), default="")
    """One of `ENDS`; empty: it runs, or nobody said."""
    closed_note: Mapped[str] = mapped_column(String(200), default="")
    overdue_at: Mapped[float] = mapped_column(Double, default=overdue_from)
    """Then it ends by itself; not closed and past this is not on duty."""
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    """[[from, to]]: closed by mistake and taken back, or from a begin that nothing proves to its arrival; what happened meanwhile
    is not known."""
    post_id: Mapped[str | None] = mapped_column(String(60))
    opened_how: Mapped[str] = mapped_column(String(20), default="")
    """phone | qr | operator | hand_over | offline (said later, `patrol.acts`)."""
    duty_state: Mapped[str] = mapped_column(String(20), default="unknown")
    """Where he is as of now: present | absent | unknown | on_break."""
    duty_since: Mapped[float | None] = mapped_column(Double)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`patrol.judging.facts.ShiftFacts` as JSON: what the fixes say so far."""
    ground: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    """Its area as it stood when it opened: {"polygon", "checkpoints": [[id, lon, lat, radius_m]]}. A border moved later
    judges nobody backwards. Empty: as the area stands."""
    facts_version: Mapped[int] = mapped_column(default=0)
    guard: Mapped[Guard] = relationship(lazy="joined")
    area: Mapped[Area] = relationship()


class Visit(Base):
    """A checkpoint visited on a shift, with the fix that proves it. Recomputed from the fixes, replaced as a whole."""

    __tablename__ = "visit"
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    first_at: Mapped[float] = mapped_column(Double)
    last_at: Mapped[float] = mapped_column(Double)
    fix_id: Mapped[str] = mapped_column(String(80))
    distance_m: Mapped[float] = mapped_column(Double)


class ShiftPattern(Base):
    """A unit's usual shift: hours, area, breaks. `begins_min` to `ends_min` past midnight where it ends earlier."""

    __tablename__ = "shift_pattern"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    begins_min: Mapped[int] = mapped_column()
    ends_min: Mapped[int] = mapped_column()
    area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    post_id: Mapped[str | None] = mapped_column(ForeignKey("post.id"))
    break_minutes: Mapped[int] = mapped_column(default=0)
    """Breaks a shift may hold in all."""


class RosterEntry(Base):
    """Who should be on duty where and when. "Should be there and is not" is a state here, with its time."""

    __tablename__ = "roster_entry"
    __table_args__ = (Index("ix_roster_guard_time", "guard_id", "begins_at"),)
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    post_id: Mapped[str | None] = mapped_column(ForeignKey("post.id"))
    pattern_id: Mapped[str | None] = mapped_column(String(60))
    day: Mapped[str] = mapped_column(String(10), index=True)
    begins_at: Mapped[float] = mapped_column(Double, index=True)
    ends_at: Mapped[float] = mapped_column(Double)
    state: Mapped[str] = mapped_column(String(20), default="planned")
    """planned | absent | present | late | relieved | relieving | ended | excused | cancelled."""
    state_at: Mapped[float] = mapped_column(Double)
    shift_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The shift that overlaps it most."""
    missing_since: Mapped[float | None] = mapped_column(Double)
    """Nobody stands there now, since then."""
    holes: Mapped[list[Any]] = mapped_column(default=list)
    """[[from, to, why]]: planned time that nobody filled (`fulfilment.Hole`)."""
    covers_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The entry for which this guard stands in."""
    exception: Mapped[str] = mapped_column(String(200), default="")
    """Why it was planned although it breaks a rest rule."""
    note: Mapped[str] = mapped_column(String(200), default="")
    guard: Mapped[Guard] = relationship(lazy="joined")


class RosterRequest(Base):
    """A guard asks for leave (请假) or to swap shifts (换班); a swap needs the other guard's word, both the company's."""

    __tablename__ = "roster_request"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """leave | swap."""
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    from_at: Mapped[float | None] = mapped_column(Double)
    """Of a leave."""
    to_at: Mapped[float | None] = mapped_column(Double)
    entry_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """Of a swap: the shift given away."""
    other_guard_id: Mapped[str | None] = mapped_column(String(60), index=True)
    other_entry_id: Mapped[str | None] = mapped_column(String(60))
    """The shift taken for it; None: none."""
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="asked", index=True)
    """asked | agreed (by the other guard) | granted | refused | declined (by the other guard) | withdrawn."""
    asked_at: Mapped[float] = mapped_column(Double)
    agreed_at: Mapped[float | None] = mapped_column(Double)
    decided_at: Mapped[float | None] = mapped_column(Double)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decision_note: Mapped[str] = mapped_column(String(200), default="")


class ShiftBreak(Base):
    """A break (休息) on a shift: its time is not counted as absence."""

    __tablename__ = "shift_break"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    from_at: Mapped[float] = mapped_column(Double)
    to_at: Mapped[float | None] = mapped_column(Double)
    kind: Mapped[str] = mapped_column(String(20), default="rest")
    """meal | rest."""


class HandOver(Base):
    """A hand-over (交接班) or relief (换岗) between two guards at an area or post; it stands once the other accepts."""

    __tablename__ = "hand_over"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """hand_over | relief."""
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"))
    post_id: Mapped[str | None] = mapped_column(String(60))
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    from_shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    from_guard_id: Mapped[str] = mapped_column(String(60), index=True)
    to_guard_id: Mapped[str] = mapped_column(String(60), index=True)
    to_shift_id: Mapped[str | None] = mapped_column(String(60))
    offered_at: Mapped[float] = mapped_column(Double)
    accepted_at: Mapped[float | None] = mapped_column(Double)
    refused_at: Mapped[float | None] = mapped_column(Double)
    note: Mapped[str] = mapped_column(String(400), default="")


class CheckInRow(Base):
    """A check-in (打卡) by QR, NFC or position, with its fate: it counts or it says why not."""

    __tablename__ = "check_in"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    checkpoint_id: Mapped[str | None] = mapped_column(String(60))
    at: Mapped[float] = mapped_column(Double)
    """Device time."""
    received_at: Mapped[float] = mapped_column(Double)
    method: Mapped[str] = mapped_column(String(10))
    """qr | nfc | gps."""
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    counts: Mapped[bool] = mapped_column()
    why: Mapped[str] = mapped_column(String(60), default="")


class PlatformSilence(Base):
    """The platform received nothing from anybody between these moments: no guard's gap."""

    __tablename__ = "platform_silence"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    from_at: Mapped[float] = mapped_column(Double, index=True)
    to_at: Mapped[float] = mapped_column(Double)
    guards: Mapped[int] = mapped_column()
    """How many on shift had spoken in the minute before."""
    noted_at: Mapped[float] = mapped_column(Double)
