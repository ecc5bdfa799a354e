"""Tables of duty: rosters, breaks, hand-overs, check-ins, coverage, spot checks, purges of trails.

Written only by this room's `do_x` functions. Times are epoch seconds; days are the county's (Asia/Shanghai).
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, append_only
from patrol.tables import Guard, Seconds


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
    begins_at: Mapped[float] = mapped_column(Seconds, index=True)
    ends_at: Mapped[float] = mapped_column(Seconds)
    state: Mapped[str] = mapped_column(String(20), default="planned")
    """planned | absent | present | late | relieved | relieving | ended | excused | cancelled."""
    state_at: Mapped[float] = mapped_column(Seconds)
    shift_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The shift that overlaps it most."""
    missing_since: Mapped[float | None] = mapped_column(Seconds)
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
    from_at: Mapped[float | None] = mapped_column(Seconds)
    """Of a leave."""
    to_at: Mapped[float | None] = mapped_column(Seconds)
    entry_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """Of a swap: the shift given away."""
    other_guard_id: Mapped[str | None] = mapped_column(String(60), index=True)
    other_entry_id: Mapped[str | None] = mapped_column(String(60))
    """The shift taken for it; None: none."""
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="asked", index=True)
    """asked | agreed (by the other guard) | granted | refused | declined (by the other guard) | withdrawn."""
    asked_at: Mapped[float] = mapped_column(Seconds)
    agreed_at: Mapped[float | None] = mapped_column(Seconds)
    decided_at: Mapped[float | None] = mapped_column(Seconds)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decision_note: Mapped[str] = mapped_column(String(200), default="")


class ShiftBreak(Base):
    """A break (休息) on a shift: its time is not counted as absence."""

    __tablename__ = "shift_break"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    from_at: Mapped[float] = mapped_column(Seconds)
    to_at: Mapped[float | None] = mapped_column(Seconds)
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
    offered_at: Mapped[float] = mapped_column(Seconds)
    accepted_at: Mapped[float | None] = mapped_column(Seconds)
    refused_at: Mapped[float | None] = mapped_column(Seconds)
    note: Mapped[str] = mapped_column(String(400), default="")


class CheckInRow(Base):
    """A check-in (打卡) by QR, NFC or position, with its fate: it counts or it says why not."""

    __tablename__ = "check_in"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    checkpoint_id: Mapped[str | None] = mapped_column(String(60))
    at: Mapped[float] = mapped_column(Seconds)
    """Device time."""
    received_at: Mapped[float] = mapped_column(Seconds)
    method: Mapped[str] = mapped_column(String(10))
    """qr | nfc | gps."""
    lon: Mapped[float | None] = mapped_column(Seconds)
    lat: Mapped[float | None] = mapped_column(Seconds)
    accuracy_m: Mapped[float | None] = mapped_column(Seconds)
    counts: Mapped[bool] = mapped_column()
    why: Mapped[str] = mapped_column(String(60), default="")


class SpotCheck(Base):
    """A spot check (抽查) by an officer: a trail looked at, or an on-site check (实地检查) signed by both."""

    __tablename__ = "spot_check"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """trail | on_site."""
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    shift_id: Mapped[str | None] = mapped_column(String(60), index=True)
    officer_id: Mapped[str] = mapped_column(String(80))
    officer_name: Mapped[str] = mapped_column(String(80))
    chosen_by: Mapped[str] = mapped_column(String(20))
    """random | risk | unchecked | own: who proposed the guard."""
    case_ref: Mapped[str] = mapped_column(String(120))
    at: Mapped[float] = mapped_column(Seconds, index=True)
    """The officer's signature."""
    result: Mapped[str] = mapped_column(String(20))
    """in_order | remark."""
    note: Mapped[str] = mapped_column(String(400), default="")
    guard_signed_at: Mapped[float | None] = mapped_column(Seconds)
    guard_refused_at: Mapped[float | None] = mapped_column(Seconds)
    guard_note: Mapped[str] = mapped_column(String(400), default="")
    guard: Mapped[Guard] = relationship(lazy="joined")


class CaseNumber(Base):
    """A spot check's number (抽查编号) that the machine made, and for whom."""

    __tablename__ = "case_number"
    __table_args__ = (UniqueConstraint("day", "count", name="uq_case_number_day"),)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    """The county's."""
    count: Mapped[int] = mapped_column()
    issued_to: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[float] = mapped_column(Seconds)


class StationComment(Base):
    """The station's comment (点评) of a day or week on the joint duty."""

    __tablename__ = "station_comment"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), index=True)
    officer_id: Mapped[str] = mapped_column(String(80))
    officer_name: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[str | None] = mapped_column(String(60))
    """The unit it speaks of; None: all. A unit reads its own and those to all."""
    text: Mapped[str] = mapped_column(String(1000))
    at: Mapped[float] = mapped_column(Seconds)


class PlatformSilence(Base):
    """The platform received nothing from anybody between these moments: no guard's gap."""

    __tablename__ = "platform_silence"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    from_at: Mapped[float] = mapped_column(Seconds, index=True)
    to_at: Mapped[float] = mapped_column(Seconds)
    guards: Mapped[int] = mapped_column()
    """How many on shift had spoken in the minute before."""
    noted_at: Mapped[float] = mapped_column(Seconds)


class TrailPurge(Base):
    """Proof that a day's trails were removed: what there was, by count and digest. Append-only."""

    __tablename__ = "trail_purge"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    purged_at: Mapped[float] = mapped_column(Seconds)
    files: Mapped[int] = mapped_column()
    fixes: Mapped[int] = mapped_column()
    bytes: Mapped[int] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the names, sizes and sha256 of the files, sorted."""
    kept_days: Mapped[int] = mapped_column()
    """The setting that was in force."""


append_only(cast("Table", TrailPurge.__table__))
