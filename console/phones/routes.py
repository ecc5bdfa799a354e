"""Guards' phones: a code to bind one, which are bound, and the end of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import select

from console.access import sessions
from console.access.names import named
from console.access.permissions import Here, public, requires
from console.access.scope import check_seen, missing, narrow
from console.access.sessions import Caller
from console.access.tables import LoginSession
from console.guards.views import get_guard, guard_view
from console.http.answers import Nothing, Page, gives
from console.http.bodies import Form
from console.http.replies import Shown, limit_of, listed, reply, shown
from console.phones import phones
from console.phones.answers import BoundAnswer, GuardPhoneAnswer, PhoneCodeAnswer
from console.phones.tables import Phone
from patrol.county.tables import Guard

router = APIRouter(prefix="/api")
Binds = Annotated[Caller, requires("phone.bind")]
Sees = Annotated[Caller, requires("phone.see")]


class ForGuard(Form):
    guard_id: str


class Bind(Form):
    code: Annotated[str, Field(min_length=4, max_length=60)]


def _view(row: Phone, last_seen_at: float | None) -> Shown:
    return named(row, shown(row, "code_sha256"), "made_by", "ended_by") | {"last_seen_at": last_seen_at}


@router.get("/phones")
@gives(Page[GuardPhoneAnswer])
def list_phones(
    *,
    console: Here,
    caller: Annotated[Caller, requires("phone.see", people="phones")],
    q: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Response:
    """Guards by id, each with the phone that is bound or waits for its code to be scanned."""
    query = narrow(select(Guard), caller.actor, Guard.unit_id, Guard.id)
    if q:
        query = query.where(Guard.name.contains(q, autoescape=True) | Guard.id.contains(q, autoescape=True))
    with console.store.read() as session:
        size = limit_of(limit)
        guards = session.scalars(query.where(Guard.id > cursor).order_by(Guard.id).limit(size + 1)).unique().all()
        found = session.execute(
            select(Phone, LoginSession.last_seen_at)
            .join(LoginSession, LoginSession.phone_id == Phone.id, isouter=True)
            .where(Phone.guard_id.in_([one.id for one in guards]), Phone.ended_at.is_(None))
            .order_by(Phone.made_at)
        ).all()
        phone_of: dict[str, Shown] = {}
        for row, seen in found:
            if row.bound_at is not None or row.until > console.clock.now():
                phone_of[row.guard_id] = _view(row, seen)
        items = [{"guard": guard_view(one), "phone": phone_of.get(one.id)} for one in guards[:size]]
        return listed(items, guards[size - 1].id if len(guards) > size else None)


@router.post("/phones")
@gives(PhoneCodeAnswer)
def make_code(console: Here, caller: Binds, form: ForGuard) -> Response:
    """The code is in this answer and nowhere else; the page shows it as a QR of `<its address>/bind#<code>`."""
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, form.guard_id)
        made = phones.do_make_code(session, caller.actor, guard.id, console.clock.now())
        return reply({"phone": _view(made.phone, None), "code": made.code, "until": made.phone.until})


@router.post("/phones/{phone_id}/revoke")
@gives(Nothing)
def revoke(console: Here, caller: Annotated[Caller, requires("phone.revoke")], phone_id: str) -> Response:
    with console.store.write() as session:
        row = session.get(Phone, phone_id)
        if row is None:
            raise missing("phone", phone_id)
        check_seen(caller.actor, "phone", phone_id, unit_id=row.unit_id, guard_id=row.guard_id)
        phones.do_revoke(session, caller.actor, phone_id, console.clock.now())
    console.hub.wake()
    return reply({})


@router.post("/m/bind", dependencies=[public])
@gives(BoundAnswer)
def bind(console: Here, request: Request, form: Bind) -> Response:
    """From the phone that scanned the code: its token comes as a cookie that lasts."""
    with console.store.write() as session:
        new = phones.do_bind(
            session, form.code, request.headers.get("user-agent", ""), console.clock.now(), demo=console.settings.demo
        )
    answer = reply({"csrf": new.caller.csrf})
    sessions.give_cookie(answer, new.token, console.settings, lasts=True)
    return answer
