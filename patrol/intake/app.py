"""The address that takes fixes, as an ASGI app to mount in the console. Alone it is served by `serve.py`.

200 only after the fix is durable. What can't be used is answered 200 too and kept apart: a 4xx makes one client lose
the fix and another block its queue. 503 when nothing was stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import redis

from lianqin.clock import Clock
from lianqin.peers import address_behind, home_of
from lianqin.settings import Settings
from patrol.intake.door import MOST_BODY, FixReceiver, IntakeReply
from patrol.intake.readers import HEADERS, HttpRequest, content_type_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_START, _BODY = "http.response.start", "http.response.body"


class Intake:
    """A raw ASGI callable. `startup()` and `close()` where no lifespan reaches it (mounted); the first request starts
    it too."""

    def __init__(self, door: FixReceiver) -> None:
        self._door = door

    async def startup(self) -> None:
        """Read the devices and begin to follow them. Does nothing when running."""
        await self._door.startup()

    async def close(self) -> None:
        """Stop following; what is spooled stays on disk for the next start."""
        await self._door.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.startup()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._door.started:
            await self.startup()
        body = await _body(receive)
        if body is None:
            return  # the client left in the middle: nothing to answer
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in HEADERS}
        request = HttpRequest(scope.get("query_string", b"").decode("latin-1"), headers, body, self._address(scope))
        await _answer(send, await self._door.answer(request))

    def _address(self, scope: Scope) -> str:
        """Whom the request is counted for."""
        peer = str(scope["client"][0]) if scope.get("client") else ""
        told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
        return home_of(address_behind(peer, told, self._door.proxies))


def make_intake(settings: Settings, *, client: redis.Redis | None = None, clock: Clock | None = None,
                name: str = "intake") -> Intake:  # fmt: skip
    """`app.mount("/fix", make_intake(settings, name="intake-console"))`. `name`: its spool's folder, one process each.

    Raises ConflictError `spool.taken`.
    """
    return Intake(FixReceiver(settings, client=client, clock=clock, name=name))


async def _body(receive: Receive) -> bytes | None:
    """None: the client left. What is beyond the limit is read and dropped."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if not parts and not message.get("more_body", False):
            return bytes(part[:MOST_BODY])
        if size < MOST_BODY:
            parts.append(part[: MOST_BODY - size])
        size += len(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(send: Send, answer: IntakeReply) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    kind = (b"content-type", content_type_of(answer.body))
    await send({"type": _START, "status": answer.status, "headers": [kind, length]})
    await send({"type": _BODY, "body": answer.body})
