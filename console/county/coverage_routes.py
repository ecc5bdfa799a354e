"""How areas are covered: cell by cell, against the frequency that their colour demands. Only planned time makes a cell wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.access.tables import Account
from console.county.answers import CellsAnswer, CoveragesAnswer, IdleCellsAnswer
from console.county.streets import streets
from console.http.answers import Nothing, gives
from console.http.bodies import Form
from console.http.replies import Shown, reply
from lianqin.clock import COUNTY_ZONE
from lianqin.errors import RecordError
from lianqin.lengths import most
from patrol.county.tables import Area, Checkpoint, LeftOutCell, Post
from patrol.duty.tables import Shift
from patrol.judging import coverage, left_out
from patrol.judging.judge import trusted
from patrol.trails.store import TrailStore

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("map.see")]
SetsUp = Annotated[Caller, requires("coverage.leave_out")]


class CellForm(Form):
    """A cell that is not to count, and why; `counts` true: it counts again."""

    cell: Annotated[str, Field(pattern=r"^[0-9a-f]{15}$")]
    counts: bool = False
    reason: Annotated[str, Field(max_length=most(LeftOutCell.reason))] = ""


class CoverageCells(msgspec.Struct, frozen=True):
    """An area's cells that count, and those that don't: by a person's word, or (None) with neither street nor door."""

    cells: tuple[str, ...]
    left_out: Mapping[str, left_out.LeftOut | None]


def _grounds(console: Here, session: Session, areas: list[Area]) -> dict[str, CoverageCells]:
    by_hand = left_out.left_out_by_hand(session)
    places = [{"type": "Point", "coordinates": [lon, lat]} for model in (Checkpoint, Post)
              for lon, lat in session.execute(select(model.lon, model.lat))]  # fmt: skip
    known = left_out.cells_with_ways([one.get("geometry") or {} for one in streets(console).get("features", [])])
    kept = left_out.cells_with_ways(places)
    found = {}
    for area in areas:
        cells = coverage.cells_of([(lon, lat) for lon, lat in area.polygon])
        mine = known.intersection(cells)
        bare = [cell for cell in cells if cell not in mine and cell not in kept] if mine else []
        out: dict[str, left_out.LeftOut | None] = dict.fromkeys(bare)
        out |= {cell: why for cell, why in by_hand.get(area.id, {}).items() if cell in cells}
        found[area.id] = CoverageCells(tuple(cell for cell in cells if cell not in out), out)
    return found


def _area(session: Session, area_id: str) -> Area:
    area = session.get(Area, area_id)
    if area is None:
        raise missing("area", area_id)
    return area


@router.get("/coverage")
@gives(CoveragesAnswer)
def areas(console: Here, _: Sees) -> Response:
    now, required = console.clock.now(), coverage.required_seconds()
    with console.store.read() as session:
        rows = list(session.scalars(select(Area).order_by(Area.id)).unique())
        grounds = _grounds(console, session, rows)
        items = [coverage.cover(row.id, grounds[row.id].cells, coverage.marks(console.redis, row.id), now, required[row.risk],
                                row.windows, len(grounds[row.id].left_out)) for row in rows]  # fmt: skip
    return reply({"items": [msgspec.to_builtins(one) for one in items], "now": now})


@router.get("/coverage/{area_id}/idleness")
@gives(IdleCellsAnswer)
def idle(console: Here, _: Sees, area_id: str, day: Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]) -> Response:
    """The cells of an area over the planned windows of a county day (today: until now), from the trusted fixes of its
    shifts; `coverage` are the figures for the list beside the map. Names nobody."""
    try:
        from_at = datetime.fromisoformat(day).replace(tzinfo=COUNTY_ZONE).timestamp()
    except ValueError as error:
        raise RecordError("coverage.day", f"{day} is no day", day=day) from error
    to_at = min(from_at + 86_400, console.clock.now())
    if to_at <= from_at:
        raise RecordError("coverage.day", f"{day} has not begun", day=day)
    with console.store.read() as session:
        area = _area(session, area_id)
        required, ground = coverage.required_seconds()[area.risk], _grounds(console, session, [area])[area_id]
        out, spans = _left_out(session, ground), coverage.spans_of(area.windows, from_at, to_at)
        shifts = session.execute(
            select(Shift.guard_id, Shift.opened_at, func.coalesce(Shift.closed_at, Shift.overdue_at))
            .where(Shift.area_id == area_id, Shift.opened_at < to_at, func.coalesce(Shift.closed_at, Shift.overdue_at) > from_at)
        ).all()  # fmt: skip
    trails = TrailStore(console.settings.trails)
    each = trails.read_each(sorted({guard_id for guard_id, _, _ in shifts}), from_at, to_at)
    seen = []
    for guard_id, opened_at, ends_at in shifts:
        on_shift = [fix for fix in each.get(guard_id, []) if opened_at <= fix.at <= ends_at]
        seen.append(coverage.stays_of(((fix.at, fix.lat, fix.lon) for fix in trusted(on_shift)), ground.cells))
    found = coverage.idle_cells(ground.cells, seen, spans, required)
    features = [
        _feature(one.cell, msgspec.to_builtins(one) | {"over": one.state in {"overdue", "unseen"}}) for one in found
    ]
    told = coverage.of_a_day(area_id, found, required, len(ground.left_out))
    return reply({
        "type": "FeatureCollection", "features": [*features, *out], "from_at": from_at, "to_at": to_at,
        "required_s": required, "planned_s": sum(ends - begins for begins, ends in spans),
        "average_s": sum(one.average_s for one in found) / len(found) if found else 0.0,
        "worst_s": max((one.worst_s for one in found), default=0.0), "over": told.overdue,
        "coverage": msgspec.to_builtins(told),
    })  # fmt: skip


def _feature(cell: str, told: Shown) -> Shown:
    ring = coverage.outline(cell)
    return {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}


def _left_out(session: Session, ground: CoverageCells) -> list[Shown]:
    """`by` and `at` are null where the map says so."""
    ids = {one.by_id for one in ground.left_out.values() if one}
    names = {row.id: row.name for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))}
    return [
        _feature(cell, {"cell": cell, "state": "left_out", "why": one.reason if one else "by_map",
                        "by": names.get(one.by_id, one.by_id) if one else None, "at": one.at if one else None})
        for cell, one in ground.left_out.items()
    ]  # fmt: skip


@router.get("/coverage/{area_id}")
@gives(CellsAnswer)
def cells(console: Here, _: Sees, area_id: str) -> Response:
    """As GeoJSON, each cell with its state and the planned seconds since it was passed (None: never)."""
    now = console.clock.now()
    with console.store.read() as session:
        area = _area(session, area_id)
        required, windows = coverage.required_seconds()[area.risk], area.windows
        ground = _grounds(console, session, [area])[area_id]
        out = _left_out(session, ground)
    last = coverage.marks(console.redis, area_id)
    features = []
    for cell in ground.cells:
        at = last.get(cell)
        told = {
            "cell": cell,
            "state": coverage.state_of(at, now, required, windows),
            "since_s": None if at is None else coverage.waited_s(at, now, windows),
        }
        features.append(_feature(cell, told))
    return reply({"type": "FeatureCollection", "features": [*features, *out]})


@router.put("/coverage/{area_id}/cells")
@gives(Nothing)
def count_cell(console: Here, caller: SetsUp, area_id: str, form: CellForm) -> Response:
    """A cell left out of an area's coverage by a person's word, or counted again."""
    with console.store.write() as session:
        area, at = _area(session, area_id), console.clock.now()
        if form.counts:
            left_out.do_count_again(session, caller.actor, area, form.cell, at)
        else:
            left_out.do_leave_out(session, caller.actor, area, form.cell, form.reason, at)
    return reply({})
