"""Addresses with characters that no database takes are refused before anything is looked up; plain ASGI."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from console.http.problems import language_of, problem

NUL: Final = b"\x00"


class Characters:
    """Answers 422 `text.characters` where a path or a query holds U+0000, plain or as `%00`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\x00" in scope["path"] or NUL in unquote_to_bytes(scope["query_string"])):
            await problem(422, "text.characters", {}, language_of(Request(scope)))(scope, receive, send)
            return
        await self._app(scope, receive, send)
