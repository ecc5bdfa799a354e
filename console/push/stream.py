"""One push connection as Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from console.access.sessions import Caller
from console.push.hub import FeedChange, Goodbye, Hub, PushClient, Tick, hears

PATIENCE: Final = 10.0
"""Seconds that one write may wait for the page to read."""


def sse(name: str, value: dict[str, Any], number: int | None = None) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {msgspec.json.encode(value).decode()}\n\n".encode()


def _is_canary(row: FeedChange) -> bool:
    return row.topic == "canary"


def _change(row: FeedChange) -> bytes:
    return sse("change", {"seq": row.seq, "topic": row.topic, "id": row.id}, row.seq)


class EventStream(Response):
    """Runs until the page leaves, the session ends, the page is too slow, or the process stops."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, caller: Caller, after: int | None) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._hub, self._caller, self._after = hub, caller, after

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._hub.ready()
        client = self._hub.join(self._caller)
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await self._send_all(client, gone, send)
        finally:
            gone.cancel()
            self._hub.leave(client)

    def _canary(self, row: FeedChange) -> bytes:
        """With the moment at which it goes out, by our clock."""
        return sse("canary", {"seq": row.seq, "id": row.id, "at": self._hub.now()}, row.seq)

    async def _send_all(self, client: PushClient, gone: asyncio.Future[None], send: Send) -> None:
        async for piece in self._pieces(client, gone):
            try:
                async with asyncio.timeout(PATIENCE):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except TimeoutError:
                self._hub.let_go(client, "slow")
                return
            except OSError:
                return  # the page left
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self, client: PushClient, gone: asyncio.Future[None]) -> AsyncIterator[bytes]:
        here = client.joined_at
        yield sse("hello", {"seq": here})
        last = here if self._after is None else self._after
        if self._after is not None:
            kept = await self._hub.kept()
            if not kept.oldest <= last <= kept.newest:
                yield sse("gap", {"type": "gap"})
                last = here
            while last < here:
                rows = await self._hub.catch_up(last, here)
                for row in rows:
                    if hears(self._caller, row) and not _is_canary(
                        row
                    ):  # the page was away: its lateness is not the line's
                        yield _change(row)
                last = rows[-1].seq if rows else here
        while not gone.done():
            getter: asyncio.Future[Any] = asyncio.ensure_future(client.queue.get())
            await asyncio.wait([getter, gone], return_when=asyncio.FIRST_COMPLETED)
            if not getter.done():
                getter.cancel()
                return
            item = getter.result()
            if isinstance(item, Goodbye):
                return
            if isinstance(item, Tick):
                yield sse("beat", {"now": item.now, "places": self._hub.places_for(client)})
            elif item.seq > last:  # a replica that lags behind the one the page came from sends nothing twice
                yield self._canary(item) if _is_canary(item) else _change(item)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
