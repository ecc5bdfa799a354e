"""The desk handed over, and what was promised."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.desk.answers import OneAlertAnswer
from console.desk.views import alert_views
from console.handing import hand_overs, promises
from console.handing.answers import DeskHandOversAnswer, KeptPromiseAnswer, OneDeskHandOverAnswer, OpenPromiseAnswer
from console.handing.sheet import begin_of
from console.handing.tables import DeskHandOver, Promise
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.replies import listed, reply, shown
from console.incidents.answers import OneIncidentAnswer
from console.incidents.views import incident_views
from lianqin.lengths import most

router = APIRouter(prefix="/api")
Handles = Annotated[Caller, requires("incident.handle")]
Hands = Annotated[Caller, requires("desk.hand_over")]


class NoteForm(Form):
    """`due_at`: for when something is promised by it."""

    note: Annotated[str, Field(min_length=1, max_length=most(Promise.words))]
    due_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)] | None = None


class HandOverForm(Form):
    note: Annotated[str, Field(min_length=1, max_length=most(DeskHandOver.note))]


@router.post("/alerts/{alert_id}/notes")
@gives(OneAlertAnswer)
def note_alert(console: Here, caller: Handles, alert_id: str, form: NoteForm) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = promises.do_note_alert(session, caller.actor, alert_id, form.note, form.due_at, at)
        return reply({"alert": alert_views(console, session, [row], at, tracks=True)[0]})


@router.post("/incidents/{incident_id}/notes")
@gives(OneIncidentAnswer)
def note_incident(console: Here, caller: Handles, incident_id: str, form: NoteForm) -> Response:
    with console.store.write() as session:
        row = promises.do_note_incident(session, caller.actor, incident_id, form.note, form.due_at, console.clock.now())
        return reply({"incident": incident_views(session, [row])[0]})


@router.get("/promises")
@gives(Page[OpenPromiseAnswer])
def list_promises(console: Here, _: Handles) -> Response:
    """Open ones."""
    with console.store.read() as session:
        return listed(promises.open_promises(session), None)


@router.post("/promises/{promise_id}/keep")
@gives(KeptPromiseAnswer)
def keep(console: Here, caller: Handles, promise_id: str) -> Response:
    with console.store.write() as session:
        return reply({"promise": shown(promises.do_keep(session, caller.actor, promise_id, console.clock.now()))})


@router.get("/desk/hand-overs")
@gives(DeskHandOversAnswer)
def list_hand_overs(console: Here, _: Hands) -> Response:
    """With what is left now."""
    with console.store.read() as session:
        return reply({"items": hand_overs.views(session), "counts": hand_overs.counts(session, console.clock.now())})


@router.post("/desk/hand-overs")
@gives(OneDeskHandOverAnswer)
def give(console: Here, caller: Hands, form: HandOverForm) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        begin = begin_of(session, caller.actor, at)
        return reply({"hand_over": shown(hand_overs.do_give(session, caller.actor, form.note, begin, at))})


@router.post("/desk/hand-overs/{hand_over_id}/take")
@gives(OneDeskHandOverAnswer)
def take(console: Here, caller: Hands, hand_over_id: str) -> Response:
    with console.store.write() as session:
        return reply({"hand_over": shown(hand_overs.do_take(session, caller.actor, hand_over_id, console.clock.now()))})
