"""Case numbers before a look: a spot check's own, and the records that another purpose may name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.cases import cases
from console.cases.answers import CaseNumberAnswer, CaseOfferAnswer
from console.http.answers import Items, gives
from console.http.replies import reply
from patrol import case_numbers

router = APIRouter(prefix="/api")
Officer = Annotated[Caller, requires("check.make")]


@router.post("/case-numbers")
@gives(CaseNumberAnswer)
def issue(console: Here, caller: Officer) -> Response:
    """The day's next number of a spot check, for looks that need it before they begin (video)."""
    with console.store.write() as session:
        return reply({"case_ref": case_numbers.do_issue(session, caller.actor, console.clock.now())})


@router.get("/case-numbers/offered")
@gives(Items[CaseOfferAnswer])
def offered(console: Here, _: Officer, purpose: str, guard_id: str = "") -> Response:
    with console.store.read() as session:
        return reply({"items": [] if purpose == "spot_check" else cases.offered(session, purpose, guard_id)})
