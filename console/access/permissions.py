"""Who may do what: one table, denied by default. Every route names one permission through `requires`; a route without
one does not start (`check_declared`). Scope (own unit, own guard) narrows further in `scope.py`."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, get_args

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from console.access.sessions import COOKIE, Caller, check_session
from console.http.context import Console
from console.looks.looks import SAME_LIST
from lianqin.audit import Role
from lianqin.errors import DeniedError, SettingsError

ROLES: Final[tuple[Role, ...]] = get_args(Role)
_STATION: Final[tuple[Role, ...]] = ("operator", "leader")

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "session": frozenset(ROLES),
    "push.hear": frozenset(ROLES),
    "map.see": frozenset({*_STATION, "officer"}),
    "map.base": frozenset({*_STATION, "officer", "company", "guard", "sysadmin"}),
    "map.live": frozenset({"officer"}),
    "coverage.leave_out": frozenset({"leader", "sysadmin"}),
    "alert.see": frozenset(_STATION),
    "alert.judge": frozenset(_STATION),
    "alert.export": frozenset({"leader"}),
    "attention.sit": frozenset({"operator"}),
    "record.see": frozenset({*_STATION, "officer"}),
    "record.look": frozenset({"officer"}),
    "record.export": frozenset({"leader", "officer"}),
    "footage.export": frozenset({*_STATION, "officer"}),
    "footage.export_clear": frozenset({"officer"}),
    "view.keep": frozenset({*_STATION, "officer"}),
    "alarms.see": frozenset({"leader"}),
    "alert.shelve": frozenset(_STATION),
    "reason.see": frozenset({*_STATION, "officer", "sysadmin"}),
    "reason.set": frozenset({"leader", "sysadmin"}),
    "incident.see": frozenset(_STATION),
    "incident.handle": frozenset(_STATION),
    "dispatch.see": frozenset({*_STATION, "company"}),
    "dispatch.call": frozenset(_STATION),
    "evidence.see": frozenset({"leader", "auditor"}),
    "disk.see": frozenset({*_STATION, "sysadmin"}),
    "evidence.hold": frozenset({"leader"}),
    "sweep.see": frozenset({"leader", "sysadmin"}),
    "sweep.decide": frozenset({"leader", "sysadmin"}),
    "camera.see": frozenset({*_STATION, "sysadmin"}),
    "camera.view_right": frozenset({"leader", "sysadmin"}),
    "camera.forget_places": frozenset({"leader", "sysadmin"}),
    "camera.set_up": frozenset({"sysadmin"}),
    "live.look": frozenset({*_STATION, "officer", "sysadmin"}),
    "live.clear": frozenset({*_STATION, "officer"}),
    "ground.set_up": frozenset({"sysadmin"}),
    "device.see": frozenset({"sysadmin", "secadmin"}),
    "shift.see": frozenset({*_STATION, "company"}),
    "shift.open": frozenset(_STATION),
    "desk.hand_over": frozenset(_STATION),
    "hand_over.print": frozenset({*_STATION, "officer"}),
    "roster.see": frozenset({*_STATION, "company", "officer"}),
    "roster.plan": frozenset({*_STATION, "company"}),
    "roster.except": frozenset({"leader", "company"}),
    "call.see": frozenset({*_STATION, "officer", "company"}),
    "call.make": frozenset({*_STATION, "officer"}),
    "call.radio": frozenset(_STATION),
    "call.review": frozenset({"officer"}),
    "review.see": frozenset({"officer", "company"}),
    "phone.see": frozenset({*_STATION, "company", "secadmin"}),
    "phone.bind": frozenset({*_STATION, "company"}),
    "phone.revoke": frozenset({*_STATION, "company", "secadmin"}),
    "draw.see": frozenset({*_STATION, "officer"}),
    "company.guards": frozenset({"company"}),
    "score.see": frozenset({"company", "officer", "guard"}),
    "score.rescore": frozenset({"officer"}),
    "trail.look": frozenset({"officer", "company"}),
    "trail.cameras": frozenset({"officer"}),
    "trail.export": frozenset({"officer"}),
    "check.make": frozenset({"officer"}),
    "check.see": frozenset({"officer", "company"}),
    "sos.see": frozenset({*_STATION, "officer", "company"}),
    "sos.take": frozenset({*_STATION, "officer"}),
    "comment.see": frozenset({*_STATION, "officer", "company"}),
    "guard.see": frozenset({*_STATION, "officer", "company"}),
    "audit.see": frozenset({"auditor"}),
    "quarantine.see": frozenset({"sysadmin"}),
    "health.see": frozenset({"sysadmin"}),
    "api.see": frozenset({"sysadmin"}),
    "dead.handle": frozenset({"sysadmin"}),
    "account.manage": frozenset({"secadmin"}),
    "own.account": frozenset({*ROLES} - {"wall"}),
    "session.manage": frozenset({"secadmin"}),
    "factor.see": frozenset({"secadmin", "auditor"}),
    "factor.link": frozenset({"secadmin"}),
    "factor.ask": frozenset({"secadmin"}),
    "factor.decide": frozenset({"secadmin"}),
    "device.enrol": frozenset({"sysadmin"}),
    "device.revoke": frozenset({"secadmin"}),
    "own.task": frozenset({"guard"}),
}
"""`domain/roles.md` and the Roles column of `docs/api.md`. What is not here nobody may."""

ACTED: Final = "x-acted"
"""Header of a request by which the page says that a person touched it since it last said so."""

PUBLIC: Final = "public"
"""Log-in, health and the page itself: no session is asked for."""


def role_of(caller: Caller) -> Role:
    """Raises DeniedError `role.denied` for who has none: a part of the house asks for nothing here."""
    if caller.actor.role is None:
        raise DeniedError("role.denied", "no role", role="-")
    return caller.actor.role


def permissions_of(role: Role) -> list[str]:
    """What the role may, sorted: the page hides what it can't do."""
    return sorted(name for name, roles in PERMISSIONS.items() if role in roles)


class Requires:
    """The dependency of every route: checks session, CSRF header and role, and gives the Caller.

    Raises DeniedError `session.none` or `session.idle` (401), `session.csrf`, `session.other` (the request names another
    account in X-Account: it was written before somebody else logged in) or `role.denied` (403).
    """

    def __init__(self, permission: str, people: str = "") -> None:
        """`people`: what the answer lists of people; that it was seen is registered, once an account, list and hour."""
        if permission not in PERMISSIONS:
            raise SettingsError("permission.unknown", f"no permission `{permission}` in console/access/permissions.py")
        self.permission, self.people = permission, people

    def __call__(self, request: Request) -> Caller:
        console: Console = request.app.state.console
        caller = check_session(console, request.cookies.get(COOKIE, ""), acted=request.headers.get(ACTED) == "1")
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not hmac.compare_digest(
            request.headers.get("x-csrf", "").encode(), caller.csrf.encode()
        ):
            raise DeniedError("session.csrf", "the X-CSRF header does not match the session")
        if request.headers.get("x-account", caller.actor.id) != caller.actor.id:
            raise DeniedError("session.other", "somebody else is logged in here by now")
        if caller.actor.role not in PERMISSIONS[self.permission]:
            raise DeniedError("role.denied", f"{caller.actor.role} may not {self.permission}", role=caller.actor.role)
        if self.people and caller.actor.role != "guard":  # who reads of himself
            console.looks.register(
                caller.actor, "people.look", "people", self.people, purpose="duty", same_for=SAME_LIST
            )
        return caller


class Public:
    """The mark of a route that asks for no session."""

    permission = PUBLIC

    async def __call__(self) -> None:
        return None


def requires(permission: str, *, people: str = "") -> Any:
    """`caller: Annotated[Caller, requires("alert.see")]`; `requires("guard.see", people="guards")` where people are listed."""
    return Depends(Requires(permission, people))


public: Final = Depends(Public())


async def get_console(request: Request) -> Console:
    """Asynchronous, so that it takes no thread: each plain dependency of a request goes to the pool and back."""
    console: Console = request.app.state.console
    return console


Here = Annotated[Console, Depends(get_console)]
"""The parts of this console, for route functions."""


def _marks(dependant: Dependant) -> list[str]:
    found = [dependant.call.permission] if isinstance(dependant.call, Requires | Public) else []
    for inner in dependant.dependencies:
        found += _marks(inner)
    return found


def permission_of(route: APIRoute) -> str:
    """The one permission the route declares. Raises SettingsError `route.undeclared` when it has none, or two."""
    marks = _marks(route.dependant)
    if len(marks) != 1:
        raise SettingsError("route.undeclared", f"{route.path} declares {marks or 'no'} permission; it must name one")
    return marks[0]


def check_declared(routes: Iterable[object]) -> None:
    """Refuse to start with a route that says nothing, or that is not one of ours."""
    for route in every_route(routes):
        permission_of(route)


def every_route(routes: Iterable[object]) -> Iterator[APIRoute]:
    """All routes, those of included routers too. Raises SettingsError for what can't declare a permission."""
    for route in routes:
        included = getattr(route, "original_router", None)  # FastAPI keeps included routers whole
        if included is not None:
            yield from every_route(included.routes)
        elif isinstance(route, APIRoute):
            yield route
        else:
            raise SettingsError("route.undeclared", f"{route!r} can't declare a permission")
