"""Who did what: an append-only row in the writer's own transaction (信息调用登记, 令799 art. 16(2); network logs kept at
least six months). Looks at footage or a trail are rows too, with purpose and case reference."""

from __future__ import annotations

from typing import Any, Literal, cast, get_args

import msgspec
from sqlalchemy import Index, String, Table
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin.chain import chained
from lianqin.db import Base, Double, append_only, in_order
from lianqin.lengths import HASH, fit, fit_id

Role = Literal[
    "operator", "leader", "officer", "company", "guard", "grid", "party", "auditor", "sysadmin", "secadmin", "wall",
]  # fmt: skip
Purpose = Literal[
    "alert_judging", "incident", "point_call", "spot_check", "appeal", "complaint", "case", "maintenance", "own",
    "live_watch", "set_up", "duty",
]  # fmt: skip
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""The closed list of purposes of a look. Their own case are `alert_judging`, `own`, `live_watch` (who watches the county's cameras),
`set_up` (of a camera) and `duty` (people's lists, in the work of one's role)."""
LookPurpose = Literal["incident", "point_call", "spot_check", "appeal", "complaint", "case", "maintenance"]
LOOK_PURPOSES: tuple[LookPurpose, ...] = get_args(LookPurpose)
"""Those that an officer states before a look at a guard or a camera."""


def purpose_of(text: str) -> Purpose | None:
    """The purpose of that name; None where there is none."""
    return next((one for one in PURPOSES if one == text), None)


class Actor(msgspec.Struct, frozen=True):
    """Who acts: an account, or a part of the house (role None, id `system:<part>`)."""

    id: str
    name: str
    role: Role | None
    unit_id: str | None = None
    guard_id: str | None = None


def system(part: str) -> Actor:
    """The house itself, e.g. `system("patrol")`."""
    return Actor(id=f"system:{part}", name=part, role=None)


class AuditRow(Base):
    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"), Index("ix_audit_actor", "actor_id", "seq"))

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Double, index=True)
    actor_id: Mapped[str] = mapped_column(String(80))
    actor_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str | None] = mapped_column(String(20))
    unit_id: Mapped[str | None] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60), index=True)
    """`alert.confirm`, `trail.look`, `clip.look`, `account.login` ...; a look ends in `.look`."""
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str | None] = mapped_column(String(40))
    case_ref: Mapped[str | None] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    hash: Mapped[str | None] = mapped_column(String(HASH))
    """Of this row after the one before (`lianqin.chain`)."""


append_only(cast("Table", AuditRow.__table__))
chained("audit", AuditRow, (
    "seq", "at", "actor_id", "actor_name", "role", "unit_id", "action", "object_kind", "object_id", "purpose", "case_ref", "detail",
))  # fmt: skip


def write(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: str,
    *,
    at: float,
    purpose: Purpose | None = None,
    case_ref: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add the row to the caller's transaction; texts too long for it are cut, so that nothing fails for its register. `detail` holds what changed, never a password or a picture."""
    in_order(session)
    session.add(
        AuditRow(
            at=at, actor_id=fit_id(AuditRow.actor_id, actor.id), actor_name=fit(AuditRow.actor_name, actor.name), role=actor.role,
            unit_id=actor.unit_id, action=action, object_kind=object_kind, object_id=fit_id(AuditRow.object_id, object_id),
            purpose=None if purpose is None else fit(AuditRow.purpose, purpose),
            case_ref=None if case_ref is None else fit(AuditRow.case_ref, case_ref), detail=detail or {},
        )
    )  # fmt: skip
