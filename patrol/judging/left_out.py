"""Cells that don't count for coverage: those without a street or a door by the map's data, and those a person took out."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import RecordError
from patrol.county.tables import Area, LeftOutCell
from patrol.judging.coverage import cell_of, cells_of
from patrol.judging.doubts import apart_m

STEP_M: Final = 20.0
"""A quarter of a cell's edge: a street that cuts a corner of a cell by less is not its way."""


def cells_with_ways(shapes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The cells that a street runs through or in which a door or building lies, by GeoJSON geometries (WGS-84). Where none of
    an area's cells is among them the map knows nothing of the area, and nothing is left out. Pure."""
    return frozenset(cell for shape in shapes for line in _lines(shape) for cell in _along(line))


def _lines(shape: Mapping[str, Any]) -> Iterable[Sequence[Sequence[float]]]:
    kind, places = shape.get("type"), shape.get("coordinates")
    if kind == "GeometryCollection":
        for one in shape.get("geometries") or ():
            yield from _lines(one)
    elif not places:
        return
    elif kind == "Point":
        yield [places]
    elif kind in {"LineString", "MultiPoint"}:
        yield from ([one] for one in places) if kind == "MultiPoint" else (places,)
    elif kind in {"MultiLineString", "Polygon"}:
        yield from places
    elif kind == "MultiPolygon":
        for rings in places:
            yield from rings


def _along(line: Sequence[Sequence[float]]) -> set[str]:
    """Cells that a line passes, by a place each `STEP_M` of it."""
    found = {cell_of(line[0][1], line[0][0])}
    for one, two in itertools.pairwise(line):
        steps = max(1, math.ceil(apart_m(one[1], one[0], two[1], two[0]) / STEP_M))
        for n in range(1, steps + 1):
            share = n / steps
            found.add(cell_of(one[1] + (two[1] - one[1]) * share, one[0] + (two[0] - one[0]) * share))
    return found


def do_leave_out(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, area: Area, cell: str, reason: str, at: float
) -> None:
    """A person takes a cell out of the area's coverage. Raises RecordError `coverage.cell`, `coverage.reason`."""
    if cell not in cells_of([(lon, lat) for lon, lat in area.polygon]):
        raise RecordError("coverage.cell", f"{cell} is no cell of {area.id}", cell=cell, area=area.id)
    if not reason.strip():
        raise RecordError("coverage.reason", "say why the cell is left out")
    row = session.get(LeftOutCell, (area.id, cell))
    if row is None:
        row = LeftOutCell(area_id=area.id, cell=cell)
        session.add(row)
    row.reason, row.by_id, row.at = reason.strip(), actor.id, at
    _told(session, actor, "leave_out", area.id, cell, at, reason=row.reason)


def do_count_again(session: Session, actor: Actor, area: Area, cell: str, at: float) -> None:
    """It counts again. Repeats change nothing."""
    row = session.get(LeftOutCell, (area.id, cell))
    if row is not None:
        session.delete(row)
        _told(session, actor, "count_again", area.id, cell, at)


def _told(  # noqa: PLR0917 - what the audit row names
    session: Session, actor: Actor, action: str, area_id: str, cell: str, at: float, **detail: str
) -> None:
    session.flush()
    audit.write(session, actor, f"coverage.{action}", "area", area_id, at=at, detail={"cell": cell, **detail})
    feed.push(session, "ground", area_id, at=at)


class LeftOut(msgspec.Struct, frozen=True):
    """Why a cell doesn't count, who took it out (an account's id), when (epoch seconds)."""

    reason: str
    by_id: str
    at: float


def left_out_by_hand(session: Session) -> dict[str, dict[str, LeftOut]]:
    """By area, then by cell."""
    found = defaultdict[str, dict[str, LeftOut]](dict)
    for row in session.scalars(select(LeftOutCell)):
        found[row.area_id][row.cell] = LeftOut(row.reason, row.by_id, row.at)
    return dict(found)
