"""The table of acts. Written only by this room's `do_x` functions; times are epoch seconds."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double
from patrol.county.tables import Guard

OPEN: Final = ("waiting", "as_claimed")
"""States about which a person may decide."""


class DutyAct(Base):
    """An act as it was said, and its fate."""

    __tablename__ = "duty_act"
    __table_args__ = (Index("ix_duty_act_unfollowed", "followed_at", "state"),)
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """begin | break_begin | break_end | end."""
    claimed_at: Mapped[float] = mapped_column(Double)
    """The phone's clock."""
    contact_at: Mapped[float | None] = mapped_column(Double)
    """Our time of the contact whose token it carried; None: it carried none of ours."""
    since_s: Mapped[float | None] = mapped_column(Double)
    """Seconds of the phone's stopwatch since then."""
    at: Mapped[float] = mapped_column(Double)
    """Its moment (`moments.moment_of`)."""
    proved: Mapped[bool] = mapped_column()
    received_at: Mapped[float] = mapped_column(Double, index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    """counted | waiting (a begin: for a fix that proves it) | as_claimed | refused | upheld | denied (by a person)."""
    why: Mapped[str] = mapped_column(String(60), default="")
    """Why it is not counted, or its moment not proved."""
    proof: Mapped[str] = mapped_column(String(20), default="")
    """Of a begin: live | code | fix | person."""
    proof_fix_id: Mapped[str | None] = mapped_column(String(80))
    counts_at: Mapped[float | None] = mapped_column(Double)
    """The moment that counts; None: none does."""
    shift_id: Mapped[str | None] = mapped_column(ForeignKey("shift.id"), index=True)
    break_id: Mapped[str | None] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What a refusal's words need."""
    note: Mapped[str] = mapped_column(String(200), default="")
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[float | None] = mapped_column(Double)
    decision_note: Mapped[str] = mapped_column(String(200), default="")
    followed_at: Mapped[float | None] = mapped_column(Double)
    """The patrol worker has judged its shift again and opened the fixes held for it."""
    guard: Mapped[Guard] = relationship(lazy="joined")
