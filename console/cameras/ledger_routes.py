"""The watch ledger over a day: who was watched, minute by minute; the county's share; outages of one camera."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy import Select, or_, select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response
from console.cameras import cameras, ledger
from console.cameras.answers import CameraDayAnswer, WatchAnswer
from console.cameras.tables import CameraRow, Outage
from console.http.answers import gives, gives_table
from console.http.context import Console
from console.http.messages import Language
from console.http.replies import Shown, limit_of, reply, shown
from console.http.words import word
from lianqin.clock import county_day
from lianqin.errors import RecordError
from lianqin.sheets.write import Format
from lianqin.watch import BLIND, share_of

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("camera.see")]
OUTAGES_SHOWN = 200


def _bounds(console: Console, day: str) -> tuple[str, int, int]:
    day = day or county_day(console.clock.now())
    try:
        begin, end = ledger.bounds(day)
    except ValueError as error:
        raise RecordError("watch.day", f"`{day}` is no day; write it as 2026-11-26", day=day) from error
    return day, begin, end


def _view(row: CameraRow, line: str, looks: ledger.LookCounts) -> Shown:
    part = share_of([line])
    return {"camera_id": row.id, "name": row.name, "name_en": row.name_en, "line": line, "share": part.share,
            "watched": part.watched, "reduced": part.reduced, "blind": part.blind, "reasons": part.reasons,
            "due": looks.due, "looked": looks.looked, "dropped": looks.dropped}  # fmt: skip


def _query(q: str) -> Select[CameraRow]:
    query = select(CameraRow).order_by(CameraRow.id)
    for part in q.split():
        columns = (CameraRow.id, CameraRow.name, CameraRow.name_en)
        query = query.where(or_(*(column.icontains(part, autoescape=True) for column in columns)))
    return query


@router.get("/watch")
@gives(WatchAnswer)
def list_watch(
    *, console: Here, _: Sees, day: str = "", q: str = "", cursor: str = "", limit: int = 50
) -> Response:  # fmt: skip
    """`county`: the share over all cameras; `items`: a page of them, by id."""
    day, begin, _end = _bounds(console, day)
    now = console.clock.now()
    with console.store.read() as session:
        lines = ledger.lines(session, day, now)
        query = _query(q).where(CameraRow.id > cursor)
        size = limit_of(limit)
        rows = list(session.scalars(query.limit(size + 1)))
        looks = ledger.looks(session, [row.id for row in rows[:size]], day, now)
    county = share_of(lines.values())
    return reply({
        "day": day, "begin": begin * 60, "legend": ledger.legend(),
        "county": {"watched": county.watched, "reduced": county.reduced, "blind": county.blind, "share": county.share,
                   "reasons": county.reasons, "cameras": len(lines)},
        "items": [_view(row, lines[row.id], looks[row.id]) for row in rows[:size]],
        "next": rows[size - 1].id if len(rows) > size else None,
    })  # fmt: skip


def _blind_when(line: str, language: Language) -> str:
    """`07:05-07:12 Black picture; ...`: the stretches of the day in which nobody could see."""
    found, begin = [], 0
    for letter, run in groupby(line):
        end = begin + len(list(run))
        if letter in BLIND:
            found.append(
                f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d} {word('fault', BLIND[letter], language)}"
            )
        begin = end
    return "; ".join(found)


def _heads(language: Language) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn("摄像头编号", "Camera (id)", lambda one: one["camera_id"]),
        SheetColumn("摄像头", "Camera", lambda one: (language == "en" and one["name_en"]) or one["name"]),
        SheetColumn("有效监看率（%）", "Watched (%)", lambda one: one["share"], "percent"),
        SheetColumn("有效监看（分钟）", "Watched (min)", lambda one: one["watched"], "number"),
        SheetColumn("降级（分钟）", "Reduced (min)", lambda one: one["reduced"], "number"),
        SheetColumn("监控失效（分钟）", "Blind (min)", lambda one: one["blind"], "number"),
        SheetColumn("监控失效时段", "Blind when", lambda one: _blind_when(one["line"], language)),
        SheetColumn("应检画面", "Pictures due", lambda one: one["due"], "number"),
        SheetColumn("已检画面", "Pictures looked at", lambda one: one["looked"], "number"),
        SheetColumn("漏检画面", "Pictures dropped", lambda one: one["dropped"], "number"),
    )  # fmt: skip


@router.get("/watch.{form}")
@gives_table
def export_watch(
    *, console: Here, caller: Sees, tongue: Tongue, form: Format, day: str = "", q: str = ""
) -> Response:  # fmt: skip
    """The ledger of a day, all cameras that match."""
    day, _begin, _end = _bounds(console, day)
    now = console.clock.now()
    with console.store.read() as session:
        lines = ledger.lines(session, day, now)
        rows = list(session.scalars(_query(q)))
        looks = ledger.looks(session, [row.id for row in rows], day, now)
        cells = cells_of(_heads(tongue), [_view(row, lines[row.id], looks[row.id]) for row in rows], tongue)
    taken = ExportEntry("watch.export", "camera", "*", {"day": day, "q": q})
    return export_response(console, caller, taken, cells, name=f"watch-{day}", form=form)


@router.get("/cameras/{camera_id}/watch")
@gives(CameraDayAnswer)
def camera_watch(console: Here, _: Sees, camera_id: str, day: str = "") -> Response:
    """One camera's day, with the outages that touch it."""
    day, begin, end = _bounds(console, day)
    with console.store.read() as session:
        row = cameras.get_camera(session, camera_id)
        now = console.clock.now()
        line = ledger.lines(session, day, now, camera_id)[camera_id]
        looks = ledger.looks(session, [camera_id], day, now)[camera_id]
        outages = session.scalars(
            select(Outage)
            .where(Outage.camera_id == camera_id, Outage.from_at < end * 60,
                   or_(Outage.to_at.is_(None), Outage.to_at >= begin * 60))
            .order_by(Outage.from_at).limit(OUTAGES_SHOWN)
        )  # fmt: skip
        return reply({
            "day": day, "begin": begin * 60, "legend": ledger.legend(), **_view(row, line, looks),
            "outages": [shown(one, "seq") for one in outages],
        })  # fmt: skip
