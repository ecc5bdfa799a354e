"""The list of cameras: searched, filtered by place and by the state that is shown now, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from console.cameras.cameras import LiveState, state_of
from console.cameras.tables import CameraRow
from console.http.context import Console
from patrol.county.tables import Area


class CameraQuery(msgspec.Struct, frozen=True):
    """`q`: in name, number or GB code; `state`: as it is shown now, which the database alone doesn't know; `station_id`: of the area."""

    q: str = ""
    state: str = ""
    area_id: str = ""
    station_id: str = ""


class CameraPage(msgspec.Struct, frozen=True):
    """A page of the list; `total` that match, `counts` of all by the state shown now."""

    rows: list[CameraRow]
    following: str | None
    total: int
    counts: dict[str, int]


def find(
    console: Console,
    session: Session,
    lives: Mapping[str, LiveState],
    asked: CameraQuery,
    *,
    cursor: str = "",
    limit: int = 200,
) -> CameraPage:
    """By id."""
    now = _states(console, session, lives)
    off = session.scalar(select(func.count()).select_from(CameraRow).where(CameraRow.enabled.is_(False))) or 0
    counts = dict(Counter(now.values())) | ({"disabled": off} if off else {})
    query = _matching(asked, now)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = (
        query.where(CameraRow.id > cursor)
        .order_by(CameraRow.id)
        .limit(limit + 1)
        .options(selectinload(CameraRow.zones))
    )
    rows = list(session.scalars(page))
    return CameraPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None, total, counts)


def matching(console: Console, session: Session, lives: Mapping[str, LiveState], asked: CameraQuery) -> list[CameraRow]:
    """All of them, by id."""
    return list(session.scalars(_matching(asked, _states(console, session, lives)).order_by(CameraRow.id)))


def _states(console: Console, session: Session, lives: Mapping[str, LiveState]) -> dict[str, str]:
    """Of those that are watched."""
    watched = select(CameraRow.id, CameraRow.enabled, CameraRow.state_since).where(CameraRow.enabled)
    return {
        row.id: state_of(console, cast("CameraRow", row), lives.get(row.id)).state for row in session.execute(watched)
    }


def _matching(asked: CameraQuery, now: Mapping[str, str]) -> Select[Any]:
    query = select(CameraRow)
    if q := asked.q.strip():
        columns = (CameraRow.id, CameraRow.code, CameraRow.name, CameraRow.name_en)
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
    if asked.area_id:
        query = query.where(CameraRow.area_id == asked.area_id)
    if asked.station_id:
        query = query.where(CameraRow.area_id.in_(select(Area.id).where(Area.station_id == asked.station_id)))
    if asked.state == "disabled":
        query = query.where(CameraRow.enabled.is_(False))
    elif asked.state:
        query = query.where(CameraRow.id.in_([name for name, shown in now.items() if shown == asked.state]))
    return query
