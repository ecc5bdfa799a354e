"""The register, for the auditor: who did and looked at what. Taking it away as a file is registered itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.audit import register
from console.audit.answers import OddLooksAnswer, RegisterAnswer
from console.audit.exports import (
    ExportEntry,
    SheetColumn,
    Tongue,
    cells_of,
    detail_text,
    export_response,
    file_response,
)
from console.audit.odd_looks import DAYS, ExportedFootage, SignedCheck, TrailLook, odd_looks
from console.http.answers import Items, gives, gives_file, gives_table
from console.http.messages import Language
from console.http.replies import ListPosition, newest_first, reply, shown
from lianqin import seals
from lianqin.audit import AuditRow
from lianqin.clock import COUNTY_ZONE
from lianqin.seals import SealLine
from lianqin.sheets.write import Format
from patrol.checks.tables import SpotCheck

router = APIRouter(prefix="/api")
Auditor = Annotated[Caller, requires("audit.see")]
EXPORT_LIMIT = 50_000


class RegisterFilter(msgspec.Struct, frozen=True):
    """What is asked for: empty parts don't narrow. `from_at` and `to_at` are epoch seconds. `person`: by or about people of that
    name. `looks`: looks and exports alone, without the pictures that a desk shows by itself. `kind` and `id`: all about one thing."""

    actor: str
    action: str
    object: str
    purpose: str
    from_at: float | None
    to_at: float | None
    person: str = ""
    looks: bool = False
    kind: register.Kind | None = None
    id: str = ""

    def query(self, session: Session, at: float) -> Select[AuditRow]:
        query = select(AuditRow)
        if self.kind is not None and self.id:
            query = query.where(register.about(session, self.kind, self.id, at))
        if self.person:
            query = query.where(register.of_person(session, self.person, at))
        if self.looks:
            query = query.where(register.LOOKS)
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
    from_at: Annotated[float | None, Query(alias="from", ge=0, le=1e11)] = None,
    to_at: Annotated[float | None, Query(alias="to", ge=0, le=1e11)] = None,
    person: Annotated[str, Query(max_length=80)] = "",
    looks: bool = False,
    kind: register.Kind | None = None,
    id: str = "",  # noqa: A002 - the address's own word
) -> RegisterFilter:
    return RegisterFilter(actor, action, thing, purpose, from_at, to_at, person.strip(), looks, kind, id)


Asked = Annotated[RegisterFilter, Depends(_asked)]


@router.get("/audit")
@gives(RegisterAnswer)
def list_audit(console: Here, _: Auditor, asked: Asked, cursor: str | None = None, limit: int = 50) -> Response:
    with console.store.read() as session:
        rows, following = newest_first(
            session, asked.query(session, console.clock.now()), order=AuditRow.seq, key=AuditRow.object_id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.seq, row.object_id),
        )  # fmt: skip
        return reply(
            {"items": [shown(row) for row in rows], "next": following, "names": register.names_of(session, rows)}
        )


@router.get("/audit/odd-looks")
@gives(OddLooksAnswer)
def list_odd_looks(console: Here, _: Auditor) -> Response:
    """Looks of thirty days that an auditor should ask about, by rule."""
    now = console.clock.now()
    since = now - DAYS * 86_400
    with console.store.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "trail.look", AuditRow.at > since)).all()
        checks = session.execute(
            select(SpotCheck.officer_id, SpotCheck.guard_id, SpotCheck.at).where(SpotCheck.at > since)
        )
        looks = [
            TrailLook(
                row.seq, row.actor_id, row.actor_name, row.object_id, row.at, row.purpose or "", row.case_ref or ""
            )
            for row in rows
        ]
        taken = session.execute(
            select(AuditRow.seq, AuditRow.actor_id, AuditRow.actor_name, AuditRow.at, AuditRow.case_ref)
            .where(AuditRow.action == "footage.export", AuditRow.at > since)
        )  # fmt: skip
        exports = [ExportedFootage(one.seq, one.actor_id, one.actor_name, one.at, one.case_ref or "") for one in taken]
        odd = odd_looks(looks, [SignedCheck(*check) for check in checks], now, exports)
        return reply({"items": odd, "names": register.names_of(session, rows), "now": now})


def _heads(language: Language) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn("序号", "No.", lambda row: row.seq, "number"), SheetColumn("时间", "Time", lambda row: row.at, "moment"),
        SheetColumn("操作人编号", "Who (id)", lambda row: row.actor_id), SheetColumn("操作人", "Who", lambda row: row.actor_name),
        SheetColumn("角色", "Role", lambda row: row.role, "word", "role"), SheetColumn("单位编号", "Unit (id)", lambda row: row.unit_id),
        SheetColumn("操作代码", "Action code", lambda row: row.action),
        SheetColumn("操作", "Action", lambda row: row.action, "word", "action"),
        SheetColumn("对象类别", "Kind of object", lambda row: row.object_kind, "word", "object"),
        SheetColumn("对象编号", "Object", lambda row: row.object_id),
        SheetColumn("事由", "Purpose", lambda row: row.purpose, "word", "purpose"), SheetColumn("案件编号", "Case", lambda row: row.case_ref),
        SheetColumn("详情", "Detail", lambda row: detail_text(row.detail, language)),
        SheetColumn("链值", "Chain hash", lambda row: row.hash),
    )  # fmt: skip


@router.get("/audit/seals")
@gives(Items[SealLine])
def list_seals(console: Here, _: Auditor) -> Response:
    """The newest seal of each chain: to be printed, or written down."""
    with console.store.read() as session:
        return reply({"items": seals.newest_seals(session)})


@router.get("/audit/head")
@gives_file("application/jsonl")
def export_head(console: Here, caller: Auditor) -> Response:
    """Each chain sealed at its newest row, as a file to keep elsewhere; `audit verify --seals` compares it."""
    at = console.clock.now()
    lines = seals.take_seals(console.store, at)
    data = b"".join(msgspec.json.encode(one) + b"\n" for one in lines)
    name = f"seals-{datetime.fromtimestamp(at, COUNTY_ZONE):%Y%m%d-%H%M%S}.jsonl"
    return file_response(console, caller, ExportEntry("seal.export", "seal", "*", {"seals": seals.facts_of(lines)}), data, name=name,
                         media="application/jsonl", rows=len(lines))  # fmt: skip


@router.get("/audit.{form}")
@gives_table
def export_audit(console: Here, caller: Auditor, asked: Asked, tongue: Tongue, form: Format) -> Response:
    with console.store.read() as session:
        rows = list(
            session.scalars(asked.query(session, console.clock.now()).order_by(AuditRow.seq.desc()).limit(EXPORT_LIMIT))
        )
        cells = cells_of(_heads(tongue), rows, tongue, most=EXPORT_LIMIT)
    return export_response(
        console,
        caller,
        ExportEntry("audit.export", "audit", "*", msgspec.structs.asdict(asked)),
        cells,
        name="audit",
        form=form,
    )
