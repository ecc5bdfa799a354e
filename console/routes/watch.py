"""The watch ledger over a day: who was watched, minute by minute; the county's share; outages of one camera."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy import or_, select

from console import cameras, watch_ledger
from console.context import Console
from console.permissions import Here, requires
from console.replies import Shown, limit_of, reply, shown
from console.sessions import Caller
from console.tables import CameraRow, Outage
from lianqin.clock import county_day
from lianqin.errors import RecordError
from lianqin.watch import share_of

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("camera.see")]
OUTAGES_SHOWN = 200


def _bounds(console: Console, day: str) -> tuple[str, int, int]:
    day = day or county_day(console.clock.now())
    try:
        begin, end = watch_ledger.bounds(day)
    except ValueError as error:
        raise RecordError("watch.day", f"`{day}` is no day; write it as 2026-11-26", day=day) from error
    return day, begin, end


def _view(row: CameraRow, line: str, looks: watch_ledger.Looks) -> Shown:
    part = share_of([line])
    return {"camera_id": row.id, "name": row.name, "name_en": row.name_en, "line": line, "share": part.share,
            "watched": part.watched, "reduced": part.reduced, "blind": part.blind, "reasons": part.reasons,
            "due": looks.due, "looked": looks.looked, "dropped": looks.dropped}  # fmt: skip


@router.get("/watch")
def list_watch(
    *, console: Here, _: Sees, day: str = "", q: str = "", cursor: str = "", limit: int = 50
) -> Response:  # fmt: skip
    """`county`: the share over all cameras; `items`: a page of them, by id."""
    day, begin, _end = _bounds(console, day)
    now = console.clock.now()
    with console.store.read() as session:
        lines = watch_ledger.lines(session, day, now)
        query = select(CameraRow).where(CameraRow.id > cursor).order_by(CameraRow.id)
        for word in q.split():
            query = query.where(or_(*(column.icontains(word, autoescape=True)
                                      for column in (CameraRow.id, CameraRow.name, CameraRow.name_en))))  # fmt: skip
        size = limit_of(limit)
        rows = list(session.scalars(query.limit(size + 1)))
        looks = watch_ledger.looks(session, [row.id for row in rows[:size]], day, now)
    county = share_of(lines.values())
    return reply({
        "day": day, "begin": begin * 60, "legend": watch_ledger.legend(),
        "county": {"watched": county.watched, "reduced": county.reduced, "blind": county.blind, "share": county.share,
                   "reasons": county.reasons, "cameras": len(lines)},
        "items": [_view(row, lines[row.id], looks[row.id]) for row in rows[:size]],
        "next": rows[size - 1].id if len(rows) > size else None,
    })  # fmt: skip


@router.get("/cameras/{camera_id}/watch")
def camera_watch(console: Here, _: Sees, camera_id: str, day: str = "") -> Response:
    """One camera's day, with the outages that touch it."""
    day, begin, end = _bounds(console, day)
    with console.store.read() as session:
        row = cameras.get_camera(session, camera_id)
        now = console.clock.now()
        line = watch_ledger.lines(session, day, now, camera_id)[camera_id]
        looks = watch_ledger.looks(session, [camera_id], day, now)[camera_id]
        outages = session.scalars(
            select(Outage)
            .where(Outage.camera_id == camera_id, Outage.from_at < end * 60,
                   or_(Outage.to_at.is_(None), Outage.to_at >= begin * 60))
            .order_by(Outage.from_at).limit(OUTAGES_SHOWN)
        )  # fmt: skip
        return reply({
            "day": day, "begin": begin * 60, "legend": watch_ledger.legend(), **_view(row, line, looks),
            "outages": [shown(one, "seq") for one in outages],
        })  # fmt: skip
