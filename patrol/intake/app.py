"""The address that takes fixes: a small ASGI app of its own, mounted in the console or served alone.

200 only after the fix is durable. What can't be used is answered 200 too and kept apart: a 4xx makes one client lose
the fix and another block its queue. 503 when nothing was stored.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import redis
import structlog

from lianqin.bus import connect
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable
from lianqin.follow import Follower
from lianqin.records import Device
from lianqin.settings import Settings
from lianqin.spool import Spool
from patrol.intake.accept import UNKNOWN_DEVICE, Accepted, accept
from patrol.intake.readers import HEADERS, Request, answer_of
from patrol.intake.writer import GroupWriter, Item

log = structlog.get_logger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MOST_BODY: Final = 256 * 1024
REFRESH_S: Final = 1.0
_START, _BODY = "http.response.start", "http.response.body"
_PLAIN, _JSON = (b"content-type", b"text/plain; charset=utf-8"), (b"content-type", b"application/json")


class Intake:
    """A raw ASGI callable. `startup()` and `close()` where no lifespan reaches it (mounted); the first request starts
    it too."""

    def __init__(self, settings: Settings, *, client: redis.Redis | None = None, clock: Clock | None = None,
                 name: str = "intake") -> None:  # fmt: skip
        self._clock = clock or SystemClock()
        self._redis = client or connect(settings.redis)
        self._spool = Spool(settings.run_dir / "spool" / name, limit_bytes=int(settings.spool_mb * 1e6))
        self.writer = GroupWriter(self._redis, self._spool)
        self._follower = Follower(self._redis, "device")
        self._devices: Mapping[str, Device] | None = None
        self._looked_at = -1e9
        self._looking = asyncio.Lock()
        self._ticker: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Read the devices and begin to follow them. Does nothing when running."""
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
            await self._look(self._clock.monotonic())

    async def close(self) -> None:
        """Stop following; what is spooled stays on disk for the next start."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
        self._spool.close()

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
        if self._ticker is None:
            await self.startup()
        body = await _body(receive)
        if body is None:
            return  # the client left in the middle: nothing to answer
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in HEADERS}
        request = Request(scope.get("query_string", b"").decode("latin-1"), headers, body)
        if not request.query and not body and "x-limit-u" not in headers:
            await _answer(send, 200, b"")  # zero-length bodies and health checks
            return
        found = await self._accept(request)
        if found is None:
            await _answer(send, 503, b"the list of devices is not known yet\n")
            return
        try:
            await self.writer.store(Item(self._clock.now(), found.fix, found.guard_id, found.quarantined))
        except BusUnavailable as error:
            log.warning("intake_refused", error=str(error))
            await _answer(send, 503, b"not stored, try again\n")
            return
        await _answer(send, 200, answer_of(found.client))

    async def _accept(self, request: Request) -> Accepted | None:
        """None while no list of devices was ever read: nobody can be told unknown then."""
        arrived = self._clock.monotonic()
        if self._devices is None:
            await self._look(arrived)
            if self._devices is None:
                return None
        found = accept(request, self._devices, self._clock.now())
        unknown = found.quarantined is not None and found.quarantined.why == UNKNOWN_DEVICE
        if unknown and await self._look(arrived):
            found = accept(request, self._devices, self._clock.now())
        return found

    async def _look(self, since: float) -> bool:
        """Read the devices, where they changed, unless somebody began to do so after `since` (monotonic): all unknown
        phones of a moment share one look. True when the list may be another one now."""
        async with self._looking:
            if self._looked_at > since:
                return True
            began = self._clock.monotonic()
            try:
                records = await asyncio.to_thread(self._follower.poll)
            except redis.exceptions.RedisError as error:
                log.warning("intake_devices_unknown", error=str(error))
                return False
            self._looked_at = began
            if records is None:
                return False
            devices = [record for record in records.values() if isinstance(record, Device)]
            self._devices = {record.credential_sha256: record for record in devices}
            return True

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            await self._look(self._clock.monotonic())
            await asyncio.to_thread(self.writer.flush)


def make_intake(settings: Settings, *, client: redis.Redis | None = None, clock: Clock | None = None,
                name: str = "intake") -> Intake:  # fmt: skip
    """`app.mount("/fix", make_intake(settings, name="intake-console"))`. `name`: its spool's folder, one process each.

    Raises ConflictError `spool.taken`.
    """
    return Intake(settings, client=client, clock=clock, name=name)


async def _body(receive: Receive) -> bytes | None:
    """What is beyond the limit is read and dropped: such a body can't be used and goes to quarantine by its head."""
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


async def _answer(send: Send, status: int, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": _START, "status": status, "headers": [_JSON if body == b"[]" else _PLAIN, length]})
    await send({"type": _BODY, "body": body})
