"""A canary for the pages, their word that they drew it, and the leader's figures."""

from __future__ import annotations

from typing import Annotated

import redis
from fastapi import APIRouter, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.canary import canaries
from console.canary.answers import CanaryAnswer, CanaryDrawnAnswer, CanaryFiguresAnswer
from console.canary.figures import figures
from console.http.answers import gives
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import reply

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("alert.see")]
Leads = Annotated[Caller, requires("alarms.see")]


class DrawnForm(Form):
    drawn: Annotated[list[canaries.Drawn], Field(max_length=canaries.AT_ONCE)]


def _senders(console: Console) -> dict[str, float]:
    try:
        return canaries.senders(console.redis)
    except redis.exceptions.RedisError:
        return {}


@router.get("/canary")
@gives(CanaryFiguresAnswer)
def line(console: Here, _: Leads) -> Response:
    """How late alerts are: now, of the last hour and the last day."""
    alive, settings = _senders(console), console.settings
    with console.store.read() as session:
        found = figures(session, alive, console.clock.now())
    return reply({**found, "limit": settings.canary_limit, "silent": settings.canary_silent})


@router.post("/canary/drawn")
@gives(CanaryDrawnAnswer)
def drawn(console: Here, _: Sees, form: DrawnForm) -> Response:
    """Noted within two seconds; a word that can't be so is left out."""
    at = console.clock.now()
    found = [one for told in form.drawn if (one := canaries.drawing_of(told, at)) is not None]
    console.drawings.put(found)
    return reply({"taken": len(found)})


@router.get("/canary/{canary_id}")
@gives(CanaryAnswer)
def canary(console: Here, _: Sees, canary_id: str) -> Response:
    """Raises NotFoundError `canary.missing`."""
    with console.store.read() as session:
        row = canaries.get_canary(session, canary_id)
        return reply(
            {"id": row.id, "worker": row.worker, "captured_at": row.captured_at, "received_at": row.received_at}
        )
