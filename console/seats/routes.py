"""Open desks: who is there, and which alert each has."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.http.answers import Nothing, gives
from console.http.bodies import Form
from console.http.replies import Shown, reply, shown
from console.seats import seats
from console.seats.answers import SeatsAnswer

router = APIRouter(prefix="/api")
Judges = Annotated[Caller, requires("alert.judge")]
WORD: Final = 200
"""Characters of the word."""


class Seat(Form):
    alert_id: Annotated[str, Field(max_length=60)] | None = None


class TakeOverForm(Form):
    alert_id: Annotated[str, Field(max_length=60)]
    word: Annotated[str, Field(min_length=1, max_length=WORD)]


def _open(session: Session, caller: Caller, at: float) -> Shown:
    """`mine`: what this desk has; `others`: the other desks."""
    rows = seats.sitting(session, at)
    views = [shown(row, "session") for row in rows if row.session != caller.session]
    return {"mine": next((row.alert_id for row in rows if row.session == caller.session), None), "others": views}


@router.put("/desk/seat")
@gives(SeatsAnswer)
def sit(console: Here, caller: Judges, form: Seat) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        seats.do_sit(session, caller.actor, caller.session, form.alert_id, at)
        return reply(_open(session, caller, at))


@router.post("/desk/take-over")
@gives(SeatsAnswer)
def take_over(console: Here, caller: Judges, form: TakeOverForm) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        seats.do_take_over(session, caller.actor, caller.session, form.alert_id, form.word, at)
        return reply(_open(session, caller, at))


@router.delete("/desk/seat")
@gives(Nothing)
def leave(console: Here, caller: Judges) -> Response:
    with console.store.write() as session:
        seats.do_leave(session, caller.session, console.clock.now())
        return reply({})
