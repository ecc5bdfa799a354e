"""What all listeners of the intake share: who is enrolled, what a request comes to, and the writer that makes it last."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import msgspec
import redis

from lianqin.bus import connect
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable
from lianqin.left_spools import EVERY_S, LeftSpools
from lianqin.settings import Settings
from lianqin.spool import Spool
from patrol.intake.accept import accept, item_for
from patrol.intake.devices import Devices
from patrol.intake.quick import Quick
from patrol.intake.readers import Request, answer_of
from patrol.intake.writer import GroupWriter, Item

REFRESH_S: Final = 1.0
MOST_BODY: Final = 256 * 1024
"""What is beyond is read and dropped: such a body can't be used and goes to quarantine by its head."""


class Answer(msgspec.Struct, frozen=True):
    """Status and body."""

    status: int
    body: bytes = b""


UNKNOWN_LIST: Final = Answer(503, b"the list of devices is not known yet\n")
NOT_STORED: Final = Answer(503, b"not stored, try again\n")


class Taken(msgspec.Struct, frozen=True):
    """To be stored, and what the client hears once it is."""

    item: Item
    body: bytes = b""


class Door:
    """`startup()` before the first request, `close()` after the last. Raises ConflictError `spool.taken`."""

    def __init__(self, settings: Settings, *, client: redis.Redis | None = None, clock: Clock | None = None,
                 name: str = "intake") -> None:  # fmt: skip
        self.clock = clock or SystemClock()
        self.redis = client or connect(settings.redis)
        self._spool = Spool(settings.run_dir / "spool" / name, limit_bytes=int(settings.spool_mb * 1e6))
        self._left = LeftSpools(settings.run_dir / "spool")
        self.writer = GroupWriter(self.redis, self._spool, replicas=settings.redis_replicas, clock=self.clock)
        self.devices = Devices(self.redis, self.clock)
        self.quick = Quick(self.devices).item
        self._ticker: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        return self._ticker is not None

    async def startup(self) -> None:
        """Read the devices and begin to follow them. Does nothing when running."""
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
            await self.devices.look(self.clock.monotonic())

    async def close(self) -> None:
        """Stop following; what is spooled stays on disk for the next start."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
        await asyncio.to_thread(self._left.close)
        self._spool.close()

    def taken(self, request: Request) -> Taken | None:
        """None: the list of devices is to be looked at first."""
        devices, now = self.devices.by_sha256, self.clock.now()
        if devices is None:
            return None
        found = accept(request, devices, now)
        if found.unknown:
            return None
        return Taken(item_for(found, now), answer_of(found.client))

    async def looked(self, request: Request) -> Taken | None:
        """The same after a look at the list; None while it was never read."""
        await self.devices.look(self.clock.monotonic())
        devices, now = self.devices.by_sha256, self.clock.now()
        if devices is None:
            return None
        found = accept(request, devices, now)
        return Taken(item_for(found, now), answer_of(found.client))

    async def answer(self, request: Request) -> Answer:
        """All of it in one call."""
        if request.empty:
            return Answer(200)
        taken = self.taken(request) or await self.looked(request)
        if taken is None:
            return UNKNOWN_LIST
        try:
            await self.writer.store(taken.item)
        except BusUnavailable:
            return NOT_STORED
        return Answer(200, taken.body)

    async def _tick(self) -> None:
        look_at = 0.0
        while True:
            await asyncio.sleep(REFRESH_S)
            await self.devices.look(self.clock.monotonic())
            if self.clock.monotonic() < look_at:
                await asyncio.to_thread(self.writer.flush)
            else:
                look_at = self.clock.monotonic() + EVERY_S
                await asyncio.to_thread(self.writer.send_left, self._left)
