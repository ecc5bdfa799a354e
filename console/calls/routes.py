"""Point calls (点调) and draws."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.scope import missing, narrow
from console.access.sessions import Caller
from console.calls.answers import DrawWithCallsAnswer
from console.guards.answers import PointCallAnswer
from console.guards.views import draw_view, get_point_call, point_call_view
from console.http.answers import Page, gives
from console.http.replies import ListPosition, listed, newest_first, reply
from patrol.calls.tables import Draw, PointCall

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("call.see")]


@router.get("/point-calls")
@gives(Page[PointCallAnswer])
def list_point_calls(
    *, console: Here, caller: Sees, state: Literal["running", "settled"] | None = None, draw_id: str | None = None,
    guard_id: str | None = None, cursor: str | None = None, limit: int = 50,
) -> Response:  # fmt: skip
    query = narrow(select(PointCall), caller.actor, PointCall.unit_id, PointCall.guard_id)
    if state:
        query = query.where(PointCall.verdict.is_(None) if state == "running" else PointCall.verdict.is_not(None))
    if draw_id:
        query = query.where(PointCall.draw_id == draw_id)
    if guard_id:
        query = query.where(PointCall.guard_id == guard_id)
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=PointCall.called_at, key=PointCall.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.called_at, row.id),
        )  # fmt: skip
        return listed([point_call_view(session, row) for row in rows], following)


@router.get("/point-calls/{call_id}")
@gives(PointCallAnswer)
def get_call(console: Here, caller: Sees, call_id: str) -> Response:
    with console.store.read() as session:
        return reply(point_call_view(session, get_point_call(session, caller.actor, call_id)))


@router.get("/draws/{draw_id}")
@gives(DrawWithCallsAnswer)
def get_draw(console: Here, _: Annotated[Caller, requires("draw.see")], draw_id: str) -> Response:
    """Pool, seed and who came out: anyone can draw it again."""
    with console.store.read() as session:
        row = session.get(Draw, draw_id)
        if row is None:
            raise missing("draw", draw_id)
        calls = session.scalars(select(PointCall).where(PointCall.draw_id == draw_id).order_by(PointCall.id)).unique()
        return reply(draw_view(row) | {"point_calls": [point_call_view(session, call) for call in calls]})
