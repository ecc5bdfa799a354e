"""The push stream."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from console.permissions import Here, requires
from console.sessions import Caller
from console.stream import EventStream

router = APIRouter(prefix="/api")


@router.get("/push")
def push(
    console: Here,
    caller: Annotated[Caller, requires("push.hear")],
    after: int | None = None,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """`Last-Event-ID`, which the browser sends by itself after a gap, wins over `after`."""
    if last_event_id.isdigit():
        after = int(last_event_id)
    return EventStream(console.hub, caller, after)
