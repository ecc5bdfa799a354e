"""Calls for help: what is open, who takes it, how it ended; and the guard's own button."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import structlog
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.scope import check_seen, missing, narrow
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response
from console.guards.places import places_now
from console.http.answers import Page, gives, gives_table
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import ListPosition, listed, newest_first, reply
from console.sos.answers import MySosAnswer, MySosDoneAnswer, SosAnswer, SosDoneAnswer
from console.sos.views import newest_of, numbers_of, own_view, sos_view
from lianqin.errors import BusUnavailable
from lianqin.lengths import most
from lianqin.records import SosCall
from lianqin.sheets.write import Format
from patrol.judging.presence import GuardPlace
from patrol.sos import calls
from patrol.sos.tables import SosCallRow

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("sos.see")]
Takes = Annotated[Caller, requires("sos.take")]
Guard = Annotated[Caller, requires("own.task")]
EXPORT_LIMIT: Final = 10_000


class CloseCallForm(Form):
    outcome: Annotated[str, Field(max_length=most(SosCallRow.outcome))]
    note: Annotated[str, Field(max_length=most(SosCallRow.note))] = ""


class Press(Form):
    """`id`: the phone's own, so that a queue may send it twice; `at`: by the phone's clock, right or wrong; `age_s`: how old
    the phone says that its place is. What can't be read of the place is no reason to refuse a call."""

    model_config = ConfigDict(extra="ignore")
    id: Annotated[str, Field(pattern=r"^so-[0-9a-f-]{8,40}$")]
    at: Annotated[float, Field(allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(allow_inf_nan=False)] | None = None
    accuracy_m: Annotated[float, Field(allow_inf_nan=False)] | None = None
    age_s: Annotated[float, Field(allow_inf_nan=False)] = 0.0


def _own(caller: Caller) -> str:
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


@router.get("/sos")
@gives(Page[SosAnswer])
def list_calls(
    *, console: Here, caller: Sees, state: Literal["open", "closed"] = "open", cursor: str | None = None,
    limit: int = 50,
) -> Response:  # fmt: skip
    query = narrow(select(SosCallRow), caller.actor, SosCallRow.unit_id, SosCallRow.guard_id)
    query = query.where(SosCallRow.state == "closed" if state == "closed" else SosCallRow.state != "closed")
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=SosCallRow.raised_at, key=SosCallRow.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.raised_at, row.id),
        )  # fmt: skip
        return listed([sos_view(session, row, console.clock.now()) for row in rows], following)


HEADS: Final = (
    SheetColumn("求助时间", "Raised", lambda one: one["raised_at"], "moment"), SheetColumn("保安员编号", "Guard (id)", lambda one: one["guard_id"]),
    SheetColumn("保安员", "Guard", lambda one: one["guard"]["name"]),
    SheetColumn("单位", "Unit", lambda one: (one["guard"]["unit"] or {}).get("name")),
    SheetColumn("经度", "Longitude", lambda one: one["place"] and one["place"]["lon"]),
    SheetColumn("纬度", "Latitude", lambda one: one["place"] and one["place"]["lat"]),
    SheetColumn("位置时间", "Place as of", lambda one: one["place"] and one["place"]["at"], "moment"),
    SheetColumn("按压次数", "Presses", lambda one: one["presses"], "number"),
    SheetColumn("接手人", "Taken by", lambda one: one["taken_by"]), SheetColumn("接手时间", "Taken", lambda one: one["taken_at"], "moment"),
    SheetColumn("关闭人", "Closed by", lambda one: one["closed_by"]), SheetColumn("关闭时间", "Closed", lambda one: one["closed_at"], "moment"),
    SheetColumn("结果", "Outcome", lambda one: one["outcome"], "word", "sos.outcome"), SheetColumn("说明", "Note", lambda one: one["note"]),
)  # fmt: skip


@router.get("/sos.{form}")
@gives_table
def export_calls(console: Here, caller: Sees, tongue: Tongue, form: Format) -> Response:
    """All that are closed, the newest first."""
    query = narrow(select(SosCallRow), caller.actor, SosCallRow.unit_id, SosCallRow.guard_id)
    query = query.where(SosCallRow.state == "closed").order_by(SosCallRow.raised_at.desc(), SosCallRow.id.desc())
    with console.store.read() as session:
        rows = [sos_view(session, row, console.clock.now()) for row in session.scalars(query.limit(EXPORT_LIMIT))]
    cells = cells_of(HEADS, rows, tongue, most=EXPORT_LIMIT)
    return export_response(console, caller, ExportEntry("sos.export", "sos", "*", {}), cells, name="sos", form=form)


@router.post("/sos/{call_id}/take")
@gives(SosDoneAnswer)
def take(console: Here, caller: Takes, call_id: str) -> Response:
    with console.store.write() as session:
        row = calls.do_take(session, caller.actor, call_id, console.clock.now())
        return reply({"sos": sos_view(session, row, console.clock.now())})


@router.post("/sos/{call_id}/close")
@gives(SosDoneAnswer)
def close(console: Here, caller: Takes, call_id: str, form: CloseCallForm) -> Response:
    with console.store.write() as session:
        row = calls.do_close(session, caller.actor, call_id, form.outcome, form.note, console.clock.now())
        return reply({"sos": sos_view(session, row, console.clock.now())})


def _last_place(console: Console, guard_id: str) -> GuardPlace | None:
    """What the map has; a call is raised without it while Redis is away."""
    try:
        return places_now(console).get(guard_id)
    except BusUnavailable:
        log.warning("sos_without_last_place", guard=guard_id)
        return None


@router.get("/m/sos")
@gives(MySosAnswer)
def my_call(console: Here, caller: Guard) -> Response:
    """The guard's own newest call, and whom to ring."""
    guard_id = _own(caller)
    with console.store.read() as session:
        row = newest_of(session, guard_id)
        return reply({"sos": own_view(row) if row else None, "numbers": numbers_of(session, guard_id),
                      "now": console.clock.now()})  # fmt: skip


@router.post("/m/sos")
@gives(MySosDoneAnswer)
def press(console: Here, caller: Guard, form: Press) -> Response:
    """On shift, on a break and off shift alike."""
    guard_id, at = _own(caller), console.clock.now()
    here = form.lon is not None and form.lat is not None and -180 <= form.lon <= 180 and -90 <= form.lat <= 90
    call = SosCall(
        id=f"{form.id}@{guard_id}", device_id=f"page:{caller.actor.id}", guard_id=guard_id, received_at=at, at=form.at,
        lat=form.lat if here else None, lon=form.lon if here else None,
        accuracy_m=form.accuracy_m if here and form.accuracy_m is not None and form.accuracy_m >= 0 else None,
        client="page",
    )  # fmt: skip
    last = _last_place(console, guard_id)
    with console.store.write() as session:
        row = calls.do_raise(session, caller.actor, call, at, last, form.age_s)
        return reply({"sos": own_view(row)})


@router.post("/m/sos/{call_id}/well")
@gives(MySosDoneAnswer)
def well(console: Here, caller: Guard, call_id: str) -> Response:
    """Asks for closing; a person at the station closes."""
    with console.store.write() as session:
        row = session.get(SosCallRow, call_id)
        if row is None:
            raise missing("sos", call_id)
        check_seen(caller.actor, "sos", call_id, guard_id=row.guard_id)
        return reply({"sos": own_view(calls.do_well(session, caller.actor, call_id, console.clock.now()))})
