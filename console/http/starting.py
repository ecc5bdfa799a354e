"""What stands before the console while it waits for its database: the port is open, everything is answered 503 and says why.

Whoever watches the port sees a process that lives, and who asks `/healthz` that it is not ready; a person's browser tries again by
itself, a phone's fix is not taken and comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lianqin.errors import LianqinError

AGAIN_S: Final = 3
"""When a browser tries again."""
_PAGE: Final = f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{AGAIN_S}">
<title>联勤</title></head><body><h1>联勤正在启动</h1><p>正在等待数据库，就绪后本页自动打开。</p>
<p lang="en">Lianqin is starting and waits for its database; this page opens by itself.</p></body></html>""".encode()
Ready = Callable[[Callable[[str], None]], bool]
"""Waits and makes ready, on a thread; says the name of what it waits for. False: it was told to end."""


class Starting:
    """ASGI. Where it can never begin, `failed` is the error of ours that says why, and `give_up` is called."""

    def __init__(self, app: ASGIApp, ready: Ready, *, end: Callable[[], None]) -> None:
        """`end` ends the waiting."""
        self._app, self._ready, self._end = app, ready, end
        self.give_up: Callable[[], None] = lambda: None
        self._open, self._waits_for = False, "database"
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._inner: asyncio.Task[None] | None = None
        self.failed: LianqinError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif self._open:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._say(str(scope["path"]), send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        beginning = asyncio.create_task(self._begin(scope))
        await receive()
        self._end()
        await beginning
        if self._inner is not None:
            await self._inbox.put({"type": "lifespan.shutdown"})
            await asyncio.wait([self._inner])
        await send({"type": "lifespan.shutdown.complete"})

    async def _begin(self, scope: Scope) -> None:
        try:
            if not await asyncio.to_thread(self._ready, self._heard):
                return
        except LianqinError as error:
            self.failed = error
            self.give_up()
            return
        begun = asyncio.Event()

        async def told(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                begun.set()

        await self._inbox.put({"type": "lifespan.startup"})
        self._inner = asyncio.create_task(self._run(scope, told))
        waiting = asyncio.create_task(begun.wait())
        await asyncio.wait([self._inner, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if begun.is_set():
            self._open = True
        else:
            self.give_up()

    async def _run(self, scope: Scope, told: Send) -> None:
        await self._app(scope, self._inbox.get, told)

    def _heard(self, part: str) -> None:
        self._waits_for = part or "schema"

    async def _say(self, path: str, send: Send) -> None:
        is_asked_by_a_program = path in {"/healthz", "/metrics"} or path.startswith(("/api/", "/fix", "/assets/"))
        body, kind = _PAGE, b"text/html; charset=utf-8"
        if is_asked_by_a_program:
            told = {
                "status": 503,
                "title": "启动中 / starting",
                "redis": None,
                "database": "away",
                "waits_for": self._waits_for,
            }
            body, kind = msgspec.json.encode(told), b"application/problem+json"
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"retry-after", b"%d" % AGAIN_S),
                   (b"cache-control", b"no-store"), (b"content-security-policy", b"default-src 'none'"),
                   (b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"DENY")]  # fmt: skip
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
