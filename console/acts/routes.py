"""What a guard did without a network, said later; and the company's or the station's word on what is kept as claimed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.scope import check_seen, missing
from console.access.sessions import Caller
from console.acts.acts import act_view, contact_token, listed_acts, secret_of
from console.acts.answers import ActAnswer, ActDoneAnswer, ContactAnswer
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.problems import language_of
from console.http.replies import listed, reply
from lianqin.lengths import most
from patrol.acts.contact import contact_of
from patrol.acts.decide import do_decide, get_act
from patrol.acts.moments import Said
from patrol.acts.receive import do_say
from patrol.acts.tables import DutyAct

router = APIRouter(prefix="/api")
Own = Annotated[Caller, requires("own.task")]
Sees = Annotated[Caller, requires("shift.see")]
Decides = Annotated[Caller, requires("roster.plan")]
Seconds = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]


class Act(Form):
    """`patrol.acts.moments.Said`; `contact`: the token of the last answer that this page had."""

    id: Annotated[str, Field(pattern=r"^da-[0-9a-f-]{8,40}$")]
    kind: Literal["begin", "break_begin", "break_end", "end"]
    claimed_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    contact: Annotated[str, Field(max_length=400)] = ""
    since_s: Seconds | None = None
    wall_since_s: Seconds | None = None
    code: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=most(DutyAct.note))] = ""
    how: Literal["ended", "ill"] = "ended"
    break_kind: Literal["meal", "rest"] = "rest"


class ActWordForm(Form):
    counts: bool
    note: Annotated[str, Field(max_length=most(DutyAct.decision_note))]


def _own(caller: Caller) -> str:
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


@router.get("/m/contact")
@gives(ContactAnswer)
def get_contact(console: Here, caller: Own) -> Response:
    return reply({"contact": contact_token(console, _own(caller)), "now": console.clock.now()})


@router.post("/m/acts")
@gives(ActDoneAnswer)
def say(console: Here, caller: Own, request: Request, form: Act) -> Response:
    """Taken whatever becomes of it: the answer shows its fate."""
    guard_id = _own(caller)
    contact = contact_of(secret_of(console), form.contact, guard_id) if form.contact else None
    said = Said(**form.model_dump(exclude={"contact"}))
    with console.store.write() as session:
        row = do_say(session, caller.actor, said, console.clock.now(), guard_id=guard_id, contact=contact)
        return reply({"act": act_view(row, language_of(request))})


@router.get("/duty-acts")
@gives(Page[ActAnswer])
def get_acts(console: Here, caller: Sees, request: Request) -> Response:
    with console.store.read() as session:
        return listed(listed_acts(session, caller.actor, console.clock.now(), language_of(request)), None)


@router.post("/duty-acts/{act_id}/decide")
@gives(ActDoneAnswer)
def decide(console: Here, caller: Decides, request: Request, act_id: str, form: ActWordForm) -> Response:
    """The act stands as the guard claimed it, or it does not."""
    with console.store.write() as session:
        check_seen(caller.actor, "act", act_id, unit_id=get_act(session, act_id).unit_id)
        row = do_decide(session, caller.actor, act_id, form.note, console.clock.now(), counts=form.counts)
        return reply({"act": act_view(row, language_of(request))})
