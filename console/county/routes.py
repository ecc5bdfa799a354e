"""Who and where, for the system administrator: lists, the map to draw on, one thing put or removed, files in and out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Depends, Response
from sqlalchemy import func, or_, select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.access.tables import Account
from console.audit.exports import ExportEntry, Tongue, export_response, file_response, template_response
from console.cameras.answers import SheetReportAnswer
from console.cameras.tables import CameraRow
from console.county.answers import GridReportAnswer, GridsAnswer, GroundAnswer, GroundMapAnswer, GroundPutAnswer
from console.county.streets import streets
from console.http.answers import Nothing, gives, gives_file, gives_table
from console.http.bodies import Limited
from console.http.fields import said
from console.http.messages import Language
from console.http.replies import Shown, limit_of, reply, shown
from console.looks.looks import SAME_LIST
from lianqin.errors import ConflictError
from lianqin.records import CoordSys
from lianqin.sheets.cells import code
from lianqin.sheets.write import Format, texts_of
from patrol import in_use
from patrol.county import book, grids, sheets
from patrol.county.columns import COLUMNS
from patrol.county.entries import REFERENCES, TABLES, Kind
from patrol.county.grids import GridReport
from patrol.county.tables import Area, Grid, Post, Unit

router = APIRouter(prefix="/api")
SetsUp = Annotated[Caller, requires("ground.set_up")]
Fields = Annotated[dict[str, Any], Body()]
Sheet = Annotated[bytes, Depends(Limited(sheets.LARGEST_BYTES, "sheet.large"))]
GeoJson = Annotated[bytes, Depends(Limited(grids.LARGEST_BYTES, "grid.large"))]


@router.get("/ground/{kind}")
@gives(GroundAnswer)
def list_ground(  # noqa: PLR0917 - what a list asks
    console: Here, caller: SetsUp, kind: Kind, q: str = "", under: str = "", cursor: str = "", limit: int = 50
) -> Response:
    """By id; `under`: only what belongs to this unit, area or organisation; `next`: where to go on."""
    if kind == "guards":
        console.looks.register(caller.actor, "people.look", "people", "guards", purpose="duty", same_for=SAME_LIST)
    table: Any = TABLES[kind]
    query = select(table)
    if q:
        words = (table.id, table.name, *([table.cert_no] if kind == "guards" else []))
        query = query.where(or_(*(one.contains(q, autoescape=True) for one in words)))
    if under:
        fields = [name for name in REFERENCES[kind] if name not in {"unit_ids", "lead_guard_id"}]
        query = query.where(or_(*(getattr(table, name) == under for name in fields)))
    with console.store.read() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        size = limit_of(limit)
        rows = list(session.scalars(query.where(table.id > cursor).order_by(table.id).limit(size + 1)).unique())
        items = [book.plain_row(row) for row in rows[:size]]
        parts, names = book.counted(session, kind, [one["id"] for one in items]), book.named(session, kind, items)
        items = [one | {"parts": parts[one["id"]], "names": names[one["id"]]} for one in items]
    return reply({"items": items, "total": total, "next": items[-1]["id"] if len(rows) > size else None})


@router.get("/ground-map")
@gives(GroundMapAnswer)
def draw_ground(console: Here, _: SetsUp) -> Response:
    """What is drawn under and beside a shape that is being edited."""
    with console.store.read() as session:
        return reply({
            "areas": [shown(row) | {"checkpoints": [shown(one) for one in row.checkpoints]}
                      for row in session.scalars(select(Area).order_by(Area.id))],
            "posts": [shown(row) for row in session.scalars(select(Post).order_by(Post.id))],
            "units": [shown(row) for row in session.scalars(select(Unit).order_by(Unit.id))],
            "cameras": [], "streets": streets(console),
        })  # fmt: skip


@router.put("/ground/{kind}/{row_id}")
@gives(GroundPutAnswer)
def put_ground(console: Here, caller: SetsUp, kind: Kind, row_id: str, raw: Fields) -> Response:
    with console.store.write() as session:
        row_id = code(row_id)
        change = book.do_put(session, caller.actor, kind, {**raw, "id": row_id}, console.clock.now())
        row = book.plain_row(session.get_one(TABLES[kind], row_id))
    return reply({"change": change, "row": row})


@router.delete("/ground/{kind}/{row_id}")
@gives(Nothing)
def remove_ground(console: Here, caller: SetsUp, kind: Kind, row_id: str) -> Response:
    with console.store.write() as session:
        if kind == "areas":
            _check_unused("camera", row_id, session.scalar(
                select(func.count()).where(CameraRow.area_id == row_id)))  # fmt: skip
        column = {"units": Account.unit_id, "guards": Account.guard_id}.get(kind)
        if column is not None:
            _check_unused("account", row_id, session.scalar(select(func.count()).where(column == row_id)))
        in_use.do_remove(session, caller.actor, kind, row_id, console.clock.now())
    return reply({})


def _check_unused(table: str, row_id: str, count: int | None) -> None:
    if count:
        raise ConflictError("ground.in_use", f"{row_id}: {table} {count}", id=row_id, which=f"{table} {count}",
                            uses=[{"table": table, "count": count}])  # fmt: skip


@router.post("/ground/{kind}/import")
@gives(SheetReportAnswer)
def import_ground(
    console: Here, caller: SetsUp, kind: Kind, data: Sheet, tongue: Tongue, *, dry_run: bool = True
) -> Response:
    at = console.clock.now()
    report = sheets.do_import(console.store, caller.actor, kind, data, at, dry_run=dry_run)
    told = msgspec.to_builtins(report, enc_hook=str)
    for one in told["bad"]:
        one["said"] = said(one["key"], one["values"], tongue, otherwise="record.invalid")
    return reply(told)


@router.get("/ground/{kind}/export")
@gives_table
def export_ground(
    console: Here,
    caller: SetsUp,
    kind: Kind,
    tongue: Tongue,
    form: Format = "xlsx",
    *,
    template: bool = False,
) -> Response:
    """`template`: the headings alone. An export of rows is registered."""
    table: Any = TABLES[kind]
    with console.store.read() as session:
        found: list[Any] = [] if template else list(session.scalars(select(table).order_by(table.id)).unique())
        rows = [book.plain_row(row) for row in found]
    cells, texts = sheets.to_cells(COLUMNS[kind], rows, chinese=tongue == "zh-CN"), texts_of(COLUMNS[kind])
    if template:
        return template_response(cells, name=kind, form=form, texts=texts)
    return export_response(
        console, caller, ExportEntry("ground.export", kind, form), cells, name=kind, form=form, texts=texts
    )


def _grid(row: Grid) -> Shown:
    return shown(row, "rings")


@router.get("/grids")
@gives(GridsAnswer)
def list_grids(console: Here, _: SetsUp, q: str = "", cursor: str = "", limit: int = 50) -> Response:
    query = select(Grid)
    if q:
        query = query.where(
            or_(*(one.contains(q, autoescape=True) for one in (Grid.code, Grid.name, Grid.alias, Grid.police_code)))
        )
    with console.store.read() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        size = limit_of(limit)
        rows = list(session.scalars(query.where(Grid.code > cursor).order_by(Grid.code).limit(size + 1)))
        items = [_grid(row) for row in rows[:size]]
    return reply({"items": items, "total": total, "next": items[-1]["code"] if len(rows) > size else None})


@router.get("/grids.geojson")
@gives_file("application/geo+json")
def export_grids(console: Here, caller: SetsUp) -> Response:
    with console.store.read() as session:
        rows = list(session.scalars(select(Grid).order_by(Grid.code)))
        data = msgspec.json.encode(grids.to_geojson(rows))
    taken = ExportEntry("ground.export", "grids", "geojson")
    return file_response(
        console, caller, taken, data, name="grids.geojson", media="application/geo+json", rows=len(rows)
    )


@router.post("/grids/import")
@gives(GridReportAnswer)
def import_grids(
    console: Here, caller: SetsUp, data: GeoJson, tongue: Tongue, coord_sys: CoordSys = "wgs84", *, dry_run: bool = True, accept: bool = False
) -> Response:  # fmt: skip
    at = console.clock.now()
    report = grids.do_import_grids(
        console.store, caller.actor, data, at, dry_run=dry_run, accept=accept, coord_sys=coord_sys
    )
    return reply(_told(report, tongue))


def _told(report: GridReport, tongue: Language) -> Shown:
    told: Shown = msgspec.to_builtins(report)
    for one in told["faults"]:
        values = one["values"] | {"codes": ", ".join(one["codes"]), "m2": one["m2"]}
        one["said"] = said(one["key"], values, tongue, otherwise="record.invalid")
    return told


@router.delete("/grids/{code}")
@gives(Nothing)
def remove_grid(console: Here, caller: SetsUp, code: str) -> Response:
    with console.store.write() as session:
        grids.do_remove_grid(session, caller.actor, code, console.clock.now())
    return reply({})
