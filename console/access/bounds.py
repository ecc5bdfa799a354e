"""A request's body is bounded before it is read and before the session is looked at.

Small everywhere (`bodies.SMALL`) but on the routes that declare a `Limited` body, and there for who shows a session's cookie alone.
What is announced beyond the bound is refused at once, what grows beyond it in chunks as soon as it does: 413, and the connection ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from fastapi.dependencies.models import Dependant
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access.permissions import every_route
from console.access.sessions import COOKIE
from console.http.bodies import SMALL, Limited
from console.http.problems import language_of, problem
from lianqin.numbers import whole

LINGER_BYTES: Final = 4 * 1024 * 1024
LINGER_S: Final = 2.0
"""So much, and so long, is still read and dropped of a body that nobody wants: who sends without looking reads the answer after it."""


class LargeBody(msgspec.Struct, frozen=True):
    """One route with a large body. `pattern` matches its path."""

    methods: frozenset[str]
    pattern: re.Pattern[str]
    most: int
    too_large: str


def rooms_of(routes: Iterable[object]) -> tuple[LargeBody, ...]:
    """The table of bounds: each route with a `Limited` body that is larger than `SMALL`."""
    return tuple(
        LargeBody(frozenset(route.methods or ()), route.path_regex, one.most, one.too_large)
        for route in every_route(routes)
        for one in _limits(route.dependant)
        if one.most > SMALL
    )


def _limits(dependant: Dependant) -> Iterator[Limited]:
    if isinstance(dependant.call, Limited):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _limits(inner)


def announced_of(scope: Scope) -> int | None:
    """Bytes of the body by its head: 0 where there is none, None where only its end will tell (chunks, or no plain number)."""
    size: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            size = whole(value.decode("latin-1"))
    return size


class Bounds:
    """Plain ASGI. `small`: the bound where `rooms` names no other."""

    def __init__(self, app: ASGIApp, *, rooms: tuple[LargeBody, ...] = (), small: int = SMALL) -> None:
        self._app, self._rooms, self._small = app, rooms, small

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size = announced_of(scope)
        if size is not None and size <= self._small:  # the server gives no byte more than was announced
            await self._app(scope, receive, send)
            return
        most, key = self._bound(scope)
        exchange = _Exchange(receive, send, most)
        if size is None or size <= most:
            try:
                await self._app(scope, exchange.receive, exchange.send)
            except ClientDisconnect:
                if not exchange.refused:
                    raise
            if not exchange.refused:
                return
        values = {"kb": most // 1024, "mb": most // 1_000_000}
        answer = problem(413, key, values, language_of(Request(scope)), {"Connection": "close"})
        exchange.refused = False
        await answer(scope, exchange.receive, exchange.send)

    def _bound(self, scope: Scope) -> tuple[int, str]:
        if COOKIE in Request(scope).cookies:
            for room in self._rooms:
                if scope["method"] in room.methods and room.pattern.match(scope["path"]):
                    return room.most, room.too_large
        return self._small, "request.large"


class _Exchange:
    """One request with a body that may be large, and its answer."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._most = receive, send, most
        self._size = 0
        self._ended = self._answered = False
        self.refused = False
        """The body outgrew its bound before an answer began: what the app says to that is not sent."""

    async def receive(self) -> Message:
        if self._size > self._most:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] != "http.request":
            self._ended = True
            return message
        self._size += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._size > self._most:
            self.refused = not self._answered
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        if self.refused:
            return
        self._answered = True
        if self._ended:
            await self._send(message)
        elif message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if pair[0].lower() != b"connection"]
            await self._send({**message, "headers": [*kept, (b"connection", b"close")]})
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._linger()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _linger(self) -> None:
        left = LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while left > 0:
                    message = await self._receive()
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return
                    left -= len(message["body"])
