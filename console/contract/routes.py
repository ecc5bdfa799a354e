"""The description of the API, for whoever builds against it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from console.access.permissions import requires
from console.access.sessions import Caller
from console.contract.openapi import describe
from console.http.answers import gives
from console.http.replies import reply

router = APIRouter(prefix="/api")


@router.get("/openapi.json")
@gives(dict[str, Any])
def openapi(request: Request, _: Annotated[Caller, requires("api.see")]) -> Response:
    """OpenAPI 3.1 of all routes under `/api`. Routes don't change while a console runs: it is made once, for the first who asks."""
    state = request.app.state
    if not hasattr(state, "contract"):
        state.contract = describe(request.app.routes)
    return reply(state.contract)
