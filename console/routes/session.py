"""Log in, who am I, log out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from console import sessions
from console.context import Console
from console.permissions import Here, permissions_of, public, requires
from console.replies import Shown, reply
from console.sessions import Caller

router = APIRouter(prefix="/api")


class Login(BaseModel):
    """The log-in form."""

    model_config = ConfigDict(extra="forbid")
    username: Annotated[str, Field(max_length=60)]
    password: Annotated[str, Field(max_length=200)]


def _account(caller: Caller) -> Shown:
    actor = caller.actor
    return {"id": actor.id, "username": caller.username, "name": actor.name, "role": actor.role,
            "unit_id": actor.unit_id, "guard_id": actor.guard_id}  # fmt: skip


def _settings(console: Console) -> Shown:
    ours = console.settings
    return {"escalation_seconds": ours.escalation_seconds, "idle_exit_minutes": ours.idle_exit_minutes,
            "second_factor": ours.second_factor, "stale_fix": ours.stale_fix, "demo": ours.demo}  # fmt: skip


@router.post("/login", dependencies=[public])
def log_in(console: Here, form: Login) -> Response:
    new = sessions.log_in(console.store, console.settings, form.username, form.password, console.clock.now())
    answer = reply({"account": _account(new.caller), "csrf": new.caller.csrf})
    answer.set_cookie(
        sessions.COOKIE, new.token, httponly=True, samesite="strict", secure=console.settings.cookie_secure, path="/"
    )
    return answer


@router.get("/me")
def me(console: Here, caller: Annotated[Caller, requires("session")]) -> Response:
    assert caller.actor.role
    return reply({
        "account": _account(caller), "csrf": caller.csrf, "permissions": permissions_of(caller.actor.role),
        "now": console.clock.now(), "settings": _settings(console),
    })  # fmt: skip


@router.post("/logout")
def log_out(console: Here, caller: Annotated[Caller, requires("session")]) -> Response:
    sessions.log_out(console.store, caller, console.clock.now())
    console.hub.wake()
    answer = reply({})
    answer.delete_cookie(sessions.COOKIE, path="/", httponly=True, samesite="strict")
    return answer
