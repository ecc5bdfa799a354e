"""Holds every answer that a test's console gives against what its route says that it gives (`console.http.answers`)."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.http.answers import JSON, given_by


class AnswersHeld:
    """Before the app. `wrong`: one line for each answer that is not as it was said; routes that say nothing are let by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.wrong: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        status, media, body = 0, "", bytearray()

        async def heard(message: Message) -> None:
            nonlocal status, media
            if message["type"] == "http.response.start":
                status = message["status"]
                media = dict(message["headers"]).get(b"content-type", b"").decode().partition(";")[0]
            elif media == JSON:
                body.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, heard)
        route: Any = scope.get("route")
        given = given_by(route.endpoint) if route is not None and status < 400 and status != 304 else ()
        if given:
            wrong = _wrong([one for one in given if one.status == status], status, media, bytes(body))
            if wrong:
                self.wrong.append(f"{scope['method']} {route.path}: {wrong}")


def _wrong(given: list[Any], status: int, media: str, body: bytes) -> str:
    if not given:
        return f"{status} was not said"
    if media != JSON or body == b"":
        return "" if any(one.media == media for one in given) else f"{media or 'no body'} with {status} was not said"
    kinds = [one.kind for one in given if one.kind is not None]
    said = [_lacks(kind, body) for kind in kinds]
    if "" in said:
        return ""
    return " / ".join(said) + f" in {body[:600]!r}" if said else f"a body with {status} was not said"


def _lacks(kind: Any, body: bytes) -> str:
    try:
        msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        return str(error)
    return ""
