"""What changed, in order: numbered rows written in the changing transaction, read by browsers' push connections.

A row names the thing, never shows it: the page fetches it by REST, where scope and role decide. So a gap can be resumed
from any number without loss or doubles, and the push can't leak.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin.db import Base, Double, in_order
from lianqin.lengths import fit_id

Topic = Literal[
    "alert", "incident", "dispatch", "point_call", "shift", "score", "camera", "zone", "draw",
    "roster", "hand_over", "check_in", "spot_check", "comment", "ground", "sos", "duty_act", "report", "sweep", "escalation",
    "shelf", "false_reason", "canary", "desk",
]  # fmt: skip
"""`sweep`: a sweep of what is past its term was stopped, or decided on; `ground`: areas, posts, checkpoints, units or grids changed; `report`: a finding that a guard reported; `escalation`: who is called to an alert, who sits where and whose
pages are mute; `shelf`: alerts went to rest or came back; `canary`: a worker's made picture came through; `desk`: it is handed over, or something was promised or kept."""


class FeedRow(Base):
    __tablename__ = "feed"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Double)
    topic: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[str | None] = mapped_column(String(60))
    guard_id: Mapped[str | None] = mapped_column(String(60))


def push(
    session: Session,
    topic: Topic,
    object_id: str,
    *,
    at: float,
    unit_id: str | None = None,
    guard_id: str | None = None,
) -> None:
    """Tell the pages that this thing changed, when the transaction commits."""
    in_order(session)
    session.add(
        FeedRow(at=at, topic=topic, object_id=fit_id(FeedRow.object_id, object_id), unit_id=unit_id, guard_id=guard_id)
    )


def after(session: Session, seq: int, limit: int = 500) -> list[FeedRow]:
    """Rows beyond `seq`, oldest first."""
    return list(session.scalars(select(FeedRow).where(FeedRow.seq > seq).order_by(FeedRow.seq).limit(limit)))


def newest(session: Session) -> int:
    """The highest number that was told; 0: none yet."""
    return session.scalar(select(func.max(FeedRow.seq))) or 0
