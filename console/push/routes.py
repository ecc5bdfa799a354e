"""The push stream."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.http.answers import gives_file
from console.looks.looks import SAME_LIST
from console.push.hub import WITH_PLACES
from console.push.stream import EventStream
from lianqin.numbers import MOST_STORED, whole

router = APIRouter(prefix="/api")


@router.get("/push")
@gives_file("text/event-stream")
def push(
    console: Here,
    caller: Annotated[Caller, requires("push.hear")],
    after: Annotated[int | None, Query(ge=0, le=MOST_STORED)] = None,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """`Last-Event-ID`, which the browser sends by itself after a gap, wins over `after`."""
    if caller.actor.role in WITH_PLACES:
        console.looks.register(caller.actor, "people.look", "people", "places", purpose="duty", same_for=SAME_LIST)
    told = whole(last_event_id)
    return EventStream(console.hub, caller, after if told is None else told)
