"""Tables of point calls (点调) and of draws. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

import patrol.duty.tables  # noqa: F401 - a foreign key names its table
from lianqin.chain import chained
from lianqin.db import Base, Double, append_only
from lianqin.lengths import HASH
from patrol.county.tables import Guard


class Draw(Base):
    """Several called by lot: who was in the pool, the seed, and who came out, so that it can be drawn again. Append-only."""

    __tablename__ = "draw"
    __table_args__ = (Index("ix_draw_seq", "seq", unique=True),)
    seq: Mapped[int] = mapped_column()
    """In the order in which they were drawn; given with `hash` (`lianqin.chain`)."""
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[float] = mapped_column(Double)
    drawn_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200), default="")
    size: Mapped[int] = mapped_column()
    seed: Mapped[str] = mapped_column(String(64))
    pool: Mapped[list[Any]] = mapped_column()
    """[{"guard_id", "shift_id"}] sorted, those excluded apart with their reason."""
    excluded: Mapped[list[Any]] = mapped_column(default=list)
    chosen: Mapped[list[Any]] = mapped_column()
    hash: Mapped[str | None] = mapped_column(String(HASH))
    """Of this draw after the one before."""


class PointCall(Base):
    """A point call (点调) of one guard, by roll call."""

    __tablename__ = "point_call"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    draw_id: Mapped[str | None] = mapped_column(ForeignKey("draw.id"), index=True)
    """None: called by name, which needs a reason and is kept apart in all statistics."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    called_by: Mapped[str] = mapped_column(String(80))
    called_at: Mapped[float] = mapped_column(Double, index=True)
    sign_of_life_at: Mapped[float | None] = mapped_column(Double)
    """Last time anything arrived from the guard's phone before the call (arrival): recorded at the call, as a fact."""
    receipt_at: Mapped[float | None] = mapped_column(Double)
    """The phone confirmed that it shows the call (server time of arrival)."""
    answered_at: Mapped[float | None] = mapped_column(Double)
    """Device time of the answer."""
    answer_received_at: Mapped[float | None] = mapped_column(Double)
    answer_by: Mapped[str | None] = mapped_column(String(20))
    """app | radio (ticked by the operator)."""
    answer_lon: Mapped[float | None] = mapped_column(Double)
    answer_lat: Mapped[float | None] = mapped_column(Double)
    answer_accuracy_m: Mapped[float | None] = mapped_column(Double)
    verdict: Mapped[str | None] = mapped_column(String(20))
    """confirmed | contradicted | unknown; None while it runs."""
    verdict_reason: Mapped[str] = mapped_column(String(60), default="")
    verdict_at: Mapped[float | None] = mapped_column(Double)
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    review: Mapped[str | None] = mapped_column(String(20))
    """A person's word on a contradicted verdict: upheld | dismissed. Counts only once upheld."""
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[float | None] = mapped_column(Double)
    review_note: Mapped[str] = mapped_column(String(400), default="")
    guard: Mapped[Guard] = relationship(lazy="joined")


append_only(cast("Table", Draw.__table__))
chained("draws", Draw, ("seq", "id", "at", "drawn_by", "reason", "size", "seed", "pool", "excluded", "chosen"))
