"""Log in, who am I, log out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from console.access import passwords, sessions
from console.access.browsers import browser_of, give_browser
from console.access.permissions import Here, permissions_of, public, requires, role_of
from console.access.sessions import Caller
from console.access.tables import Account
from console.access.tries import plain_name
from console.county.base_map import base_map
from console.factors.routes import came_from, step_reply
from console.factors.steps import OpenStep
from console.http.answers import Nothing, gives
from console.http.bodies import Form
from console.http.clients import address_of
from console.http.context import Console
from console.http.replies import Shown, reply
from console.log_in import log_in
from console.log_in.answers import LogInAnswer, MeAnswer
from console.phones import phones
from console.seats import seats
from lianqin.errors import DeniedError
from lianqin.geo import WALKING_MPS

router = APIRouter(prefix="/api")


class LogInForm(Form):
    """The log-in form."""

    username: Annotated[str, Field(max_length=60)]
    password: Annotated[str, Field(max_length=200)]


def _account(caller: Caller) -> Shown:
    actor = caller.actor
    return {"id": actor.id, "username": caller.username, "name": actor.name, "role": actor.role,
            "unit_id": actor.unit_id, "guard_id": actor.guard_id}  # fmt: skip


def _settings(console: Console) -> Shown:
    ours = console.settings
    return {"escalation_seconds": ours.escalation_seconds, "desk_idle_seconds": ours.desk_idle_seconds, "idle_exit_minutes": ours.idle_exit_minutes,
            "call_answer_seconds": ours.call_answer_seconds,
            "second_factor": ours.second_factor, "stale_fix": ours.stale_fix, "demo": ours.demo, "map": base_map(ours),
            "walking_mps": WALKING_MPS}  # fmt: skip


@router.post("/login", dependencies=[public])
@gives(LogInAnswer)
async def begin_session(request: Request, form: LogInForm) -> Response:
    """In threads of its own, so many at a time: 429 beyond. A browser that is known by its cookie has a gate to itself."""
    console: Console = request.app.state.console
    came = came_from(request)
    cookie = came.browser
    asked = log_in.LogInRequest(
        form.username, form.password, address_of(request.scope, console.proxies), cookie, came.agent
    )

    def work() -> Response:
        new = log_in.log_in(console.store, console.settings, asked, console.clock.now())
        if isinstance(new, OpenStep):
            return step_reply(new, console)
        answer = reply({"account": _account(new.caller), "csrf": new.caller.csrf})
        sessions.give_cookie(answer, new.token, console.settings)
        with console.store.read() as session:
            account = session.get_one(Account, new.caller.actor.id)
        give_browser(answer, account, browser_of(account, cookie), console.settings)
        return answer

    known = bool(cookie) and await run_in_threadpool(_is_known, console, form.username, cookie)
    return await (console.known_gate if known else console.gate).run(work)


def _is_known(console: Console, username: str, cookie: str) -> bool:
    with console.store.read() as session:
        account = session.scalar(select(Account).where(Account.username == plain_name(username)))
    return bool(browser_of(account, cookie))


class NewPassword(Form):
    """One's own."""

    old: Annotated[str, Field(max_length=200)]
    new: Annotated[str, Field(max_length=1000)]


@router.post("/me/password")
@gives(Nothing)
async def change_password(
    request: Request, caller: Annotated[Caller, requires("session")], form: NewPassword
) -> Response:
    """All other sessions of the account end; the browser stays known."""
    console: Console = request.app.state.console
    if caller.actor.role == "wall":  # a screen on a wall, which nobody clicks on
        raise DeniedError("role.denied", "wall has no password of its own to change", role="wall")

    def work() -> Response:
        account = sessions.change_own_password(console, caller, form.old, form.new, console.clock.now())
        answer = reply({})
        give_browser(answer, account, "", console.settings)
        return answer

    answer = await console.known_gate.run(work)
    console.hub.wake()
    return answer


@router.get("/me")
@gives(MeAnswer)
def me(console: Here, caller: Annotated[Caller, requires("session")]) -> Response:
    role = role_of(caller)
    return reply({
        "account": _account(caller), "csrf": caller.csrf, "permissions": permissions_of(role),
        "phone": caller.phone_id is not None, "least_password": passwords.least_of(role), "now": console.clock.now(), "settings": _settings(console),
    })  # fmt: skip


@router.post("/me/here")
@gives(Nothing)
def here(_: Annotated[Caller, requires("session")]) -> Response:
    """The page says, with `X-Acted: 1`, that a person touched it; and nothing else."""
    return reply({})


@router.post("/logout")
@gives(Nothing)
def log_out(console: Here, caller: Annotated[Caller, requires("session")]) -> Response:
    """A bound phone that is logged out is bound no more."""
    if caller.phone_id is not None:
        with console.store.write() as session:
            phones.do_revoke(session, caller.actor, caller.phone_id, console.clock.now())
    at = console.clock.now()
    with console.store.write() as session:
        sessions.do_log_out(session, console.redis, caller, at)
        seats.do_leave(session, caller.session, at)
    console.hub.wake()
    answer = reply({})
    answer.delete_cookie(sessions.COOKIE, path="/", httponly=True, samesite="strict")
    return answer
