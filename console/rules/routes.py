"""Shelves, and the reasons for false."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.replies import ListPosition, listed, newest_first, reply
from console.rules import reasons, shelves
from console.rules.answers import FalseReasonAnswer, ShelfAnswer, ShelfDoneAnswer
from console.rules.tables import Shelf, running
from console.rules.views import shelf_views
from lianqin.lengths import ID, WORDS

router = APIRouter(prefix="/api")
Shelves = Annotated[Caller, requires("alert.shelve")]


class Shelve(Form):
    """What rests for how many minutes, and why; without a zone the whole camera, without a situation each kind."""

    camera_id: Annotated[str, Field(max_length=ID)]
    zone_id: Annotated[str, Field(max_length=ID)] = ""
    situation: Annotated[str, Field(max_length=20)] = ""
    minutes: Annotated[float, Field(ge=1, le=100_000)]
    reason: Annotated[str, Field(min_length=1, max_length=WORDS, pattern=r"\S")]


@router.get("/shelves")
@gives(Page[ShelfAnswer])
def list_shelves(
    *, console: Here, _: Shelves, state: Literal["running", "ended"] | None = None, cursor: str | None = None,
    limit: int = 50,
) -> Response:  # fmt: skip
    at = console.clock.now()
    query = select(Shelf)
    if state is not None:
        query = query.where(running(at) if state == "running" else ~running(at))
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=Shelf.from_at, key=Shelf.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.from_at, row.id),
        )  # fmt: skip
        return listed(shelf_views(session, rows, at), following)


@router.post("/shelves")
@gives(ShelfDoneAnswer)
def shelve(console: Here, caller: Shelves, form: Shelve) -> Response:
    at = console.clock.now()
    thing = shelves.Thing(form.camera_id, form.zone_id, form.situation)
    with console.store.write() as session:
        row = shelves.do_shelve(
            session, caller.actor, thing, reason=form.reason.strip(), seconds=form.minutes * 60,
            longest=console.settings.shelve_hours * 3600, at=at,
        )  # fmt: skip
        return reply({"shelf": shelf_views(session, [row], at)[0]})


@router.post("/shelves/{shelf_id}/end")
@gives(ShelfDoneAnswer)
def end_shelf(console: Here, caller: Shelves, shelf_id: str) -> Response:
    """Before its time: what nobody judged comes back at once."""
    at = console.clock.now()
    with console.store.write() as session:
        row = shelves.do_end(session, caller.actor, shelf_id, at)
        return reply({"shelf": shelf_views(session, [row], at)[0]})


@router.get("/false-reasons")
@gives(Page[FalseReasonAnswer])
def list_reasons(console: Here, _: Annotated[Caller, requires("reason.see")]) -> Response:
    """In the order of their keys; those put away last."""
    with console.store.read() as session:
        return listed(reasons.reasons_of(session), None)


class ReasonForm(Form):
    """One reason of the list."""

    id: Annotated[str, Field(max_length=40)] = ""
    name: Annotated[str, Field(max_length=40)]
    name_en: Annotated[str, Field(max_length=40)] = ""
    enabled: bool = True


class Lines(Form):
    items: Annotated[list[ReasonForm], Field(max_length=200)]


@router.put("/false-reasons")
@gives(Page[FalseReasonAnswer])
def put_reasons(console: Here, caller: Annotated[Caller, requires("reason.set")], form: Lines) -> Response:
    """The whole list; what it leaves out is put away."""
    wanted = [reasons.Named(one.name, one.id, one.name_en, one.enabled) for one in form.items]
    with console.store.write() as session:
        reasons.do_put(session, caller.actor, wanted, console.clock.now())
        return listed(reasons.reasons_of(session), None)
