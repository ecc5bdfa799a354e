"""The register, for the auditor: who did and looked at what. Taking it away as a file is registered itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Select, or_, select

from console.permissions import Here, requires
from console.replies import Page, csv_reply, listed, newest_first, shown
from console.sessions import Caller
from lianqin import audit
from lianqin.audit import AuditRow

router = APIRouter(prefix="/api")
Auditor = Annotated[Caller, requires("audit.see")]
CSV_LIMIT = 50_000
COLUMNS = ("seq", "at", "actor_id", "actor_name", "role", "unit_id", "action", "object_kind", "object_id", "purpose",
           "case_ref", "detail")  # fmt: skip


class Filter(msgspec.Struct, frozen=True):
    """What is asked for: empty parts don't narrow. `from_at` and `to_at` are epoch seconds."""

    actor: str
    action: str
    object: str
    purpose: str
    from_at: float | None
    to_at: float | None

    def query(self) -> Select[AuditRow]:
        query = select(AuditRow)
        if self.actor:
            named = AuditRow.actor_name.contains(self.actor, autoescape=True)
            query = query.where(or_(AuditRow.actor_id == self.actor, named))
        if self.action:
            query = query.where(AuditRow.action.contains(self.action, autoescape=True))
        if self.object:
            columns = (AuditRow.object_id, AuditRow.object_kind, AuditRow.case_ref)
            query = query.where(or_(*(column == self.object for column in columns)))
        if self.purpose:
            query = query.where(AuditRow.purpose == self.purpose)
        if self.from_at is not None:
            query = query.where(AuditRow.at >= self.from_at)
        if self.to_at is not None:
            query = query.where(AuditRow.at <= self.to_at)
        return query


def _asked(
    *,
    actor: str = "",
    action: str = "",
    thing: Annotated[str, Query(alias="object")] = "",
    purpose: str = "",
    from_at: Annotated[float | None, Query(alias="from")] = None,
    to_at: Annotated[float | None, Query(alias="to")] = None,
) -> Filter:
    return Filter(actor, action, thing, purpose, from_at, to_at)


Asked = Annotated[Filter, Depends(_asked)]


@router.get("/audit")
def list_audit(console: Here, _: Auditor, asked: Asked, cursor: str | None = None, limit: int = 50) -> Response:
    with console.store.read() as session:
        rows, following = newest_first(
            session, asked.query(), order=AuditRow.seq, key=AuditRow.object_id, cursor=cursor, limit=limit,
            position=lambda row: Page(row.seq, row.object_id),
        )  # fmt: skip
        return listed([shown(row) for row in rows], following)


@router.get("/audit.csv")
def export_audit(console: Here, caller: Auditor, asked: Asked) -> Response:
    with console.store.write() as session:
        rows = session.scalars(asked.query().order_by(AuditRow.seq.desc()).limit(CSV_LIMIT))
        lines = [[getattr(row, name) for name in COLUMNS] for row in rows]
        audit.write(session, caller.actor, "audit.export", "audit", "*", at=console.clock.now(),
                    detail={"rows": len(lines)} | msgspec.structs.asdict(asked))  # fmt: skip
    return csv_reply("audit", COLUMNS, lines)
