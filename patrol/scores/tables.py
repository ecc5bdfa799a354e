"""Tables of scoring rules and of points. Times are epoch seconds."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

import patrol.duty.tables  # noqa: F401 - a foreign key names its table
from lianqin.chain import chained
from lianqin.db import Base, Double, append_only
from lianqin.lengths import HASH


class RuleSet(Base):
    """A version of the scoring rules, kept word for word so that an old number can be computed again."""

    __tablename__ = "rule_set"
    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[float] = mapped_column(Double)


class LedgerLine(Base):
    """One line of points (积分). Append-only: a correction is a reversal line and a new one."""

    __tablename__ = "ledger_line"
    __table_args__ = (Index("ix_ledger_shift", "shift_id", "seq"),)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(60), unique=True)
    at: Mapped[float] = mapped_column(Double)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"))
    guard_id: Mapped[str] = mapped_column(String(60), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    rule_version: Mapped[str] = mapped_column(ForeignKey("rule_set.version"))
    line: Mapped[str] = mapped_column(String(40))
    """The rule's key, e.g. `presence`."""
    points: Mapped[float] = mapped_column(Double)
    out_of: Mapped[float] = mapped_column(Double)
    """What the line could have given after unknown and absent things left the denominator; 0: it did not occur."""
    numerator: Mapped[float] = mapped_column(Double)
    denominator: Mapped[float] = mapped_column(Double)
    provisional: Mapped[bool] = mapped_column(default=True)
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids and figures that the number came from: fix ids, visit, point-call and dispatch ids, seconds."""
    reverses: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(120), default="")
    hash: Mapped[str | None] = mapped_column(String(HASH))
    """Of this line after the one before (`lianqin.chain`)."""


append_only(cast("Table", LedgerLine.__table__))
chained("points", LedgerLine, (
    "seq", "id", "at", "shift_id", "guard_id", "unit_id", "rule_version", "line", "points", "out_of", "numerator", "denominator",
    "provisional", "evidence", "reverses", "reason",
))  # fmt: skip
