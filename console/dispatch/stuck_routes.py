"""Tasks that do not go on: the next guard at one key, or a word on what was done about it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.dispatch import stuck as stuck_tasks
from console.dispatch.answers import CalledAnswer, StuckNowAnswer
from console.dispatch.pairs import MOST, GuardsWanted
from console.dispatch.routes import GuardId, Why
from console.guards.views import dispatch_view
from console.http.answers import Nothing, Page, gives
from console.http.bodies import Form
from console.http.replies import listed, reply
from lianqin import feed
from lianqin.lengths import most
from patrol.dispatch import stuck
from patrol.dispatch.tables import Stuck

router = APIRouter(prefix="/api")
Calls = Annotated[Caller, requires("dispatch.call")]


class Next(Form):
    """`beside`: who goes with that guard; `alone`: why nobody does where two should."""

    guard_id: GuardId
    beside: Annotated[list[GuardId], Field(default_factory=list, max_length=MOST - 1)]
    alone: Why = ""


class StuckNoteForm(Form):
    note: Annotated[str, Field(min_length=1, max_length=most(Stuck.note))]


@router.get("/stuck")
@gives(Page[StuckNowAnswer])
def list_stuck(console: Here, _: Annotated[Caller, requires("incident.see")]) -> Response:
    with console.store.read() as session:
        return listed(stuck_tasks.stuck_views(console, session), None)


@router.post("/stuck/{stuck_id}/next")
@gives(CalledAnswer)
def call_next(console: Here, caller: Calls, stuck_id: str, form: Next) -> Response:
    with console.store.write() as session:
        wanted = GuardsWanted((form.guard_id, *form.beside), form.alone)
        rows = stuck_tasks.do_next(console, session, caller.actor, stuck_id, wanted, console.clock.now())
        session.flush()
        return reply({"dispatch": dispatch_view(rows[0]), "dispatches": [dispatch_view(row) for row in rows]})


@router.post("/stuck/{stuck_id}/note")
@gives(Nothing)
def note(console: Here, caller: Calls, stuck_id: str, form: StuckNoteForm) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = stuck.do_note(session, caller.actor, stuck_id, form.note, at)
        feed.push(session, "incident", row.incident_id, at=at)
        return reply({})
