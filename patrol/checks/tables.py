"""Tables of spot checks (抽查), their numbers, and the station's comments. Times are epoch seconds; days are the county's."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double
from patrol.county.tables import Guard


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
    at: Mapped[float] = mapped_column(Double, index=True)
    """The officer's signature."""
    result: Mapped[str] = mapped_column(String(20))
    """in_order | remark."""
    note: Mapped[str] = mapped_column(String(400), default="")
    guard_signed_at: Mapped[float | None] = mapped_column(Double)
    guard_refused_at: Mapped[float | None] = mapped_column(Double)
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
    issued_at: Mapped[float] = mapped_column(Double)


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
    at: Mapped[float] = mapped_column(Double)
