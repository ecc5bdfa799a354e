"""What all listeners of the intake share: who is enrolled, what a request comes to, and the writer that makes it last."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import msgspec
import redis
import structlog

from lianqin import keys
from lianqin.bus import connect
from lianqin.clock import Clock, SystemClock, county_day
from lianqin.errors import BusUnavailable
from lianqin.left_spools import EVERY_S, LeftSpools
from lianqin.peers import read_networks
from lianqin.settings import Settings
from lianqin.spool import Spool
from patrol.intake.accept import Accepted, accept, item_for
from patrol.intake.devices import Devices
from patrol.intake.lane import Lane
from patrol.intake.quick import Quick
from patrol.intake.readers import HttpRequest, answer_of
from patrol.intake.refusals import Refusals
from patrol.intake.strangers import Strangers, shortened
from patrol.intake.writer import GroupWriter, WriteItem

log = structlog.get_logger(__name__)
REFRESH_S: Final = 1.0
MOST_BODY: Final = 256 * 1024
"""What is beyond is read and dropped: such a body can't be used and goes to quarantine by its head."""


class IntakeReply(msgspec.Struct, frozen=True):
    """Status and body."""

    status: int
    body: bytes = b""


UNKNOWN_LIST: Final = IntakeReply(503, b"the list of devices is not known yet\n")
NOT_STORED: Final = IntakeReply(503, b"not stored, try again\n")


class AcceptedMessage(msgspec.Struct, frozen=True):
    """To be stored, and what the client hears once it is."""

    item: WriteItem
    body: bytes = b""


class FixReceiver:
    """`startup()` before the first request, `close()` after the last. Raises ConflictError `spool.taken`."""

    def __init__(self, settings: Settings, *, client: redis.Redis | None = None, clock: Clock | None = None,
                 name: str = "intake") -> None:  # fmt: skip
        self.clock = clock or SystemClock()
        self.redis = client or connect(settings.redis)
        self._spool = Spool(settings.run_dir / "spool" / name, limit_bytes=int(settings.spool_mb * 1e6))
        self._left = LeftSpools(settings.run_dir / "spool")
        self._look_at = 0.0
        self.writer = GroupWriter(self.redis, self._spool, replicas=settings.redis_replicas, clock=self.clock)
        self.devices = Devices(self.redis, self.clock)
        self.quick = Quick(self.devices).item
        self.proxies = read_networks(settings.trusted_proxies, "trusted_proxies")
        self.strangers = Strangers(self.devices, self.clock.monotonic())
        self._lane, self._failures = Lane(), Refusals("intake_reader_failed")
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
        await self.writer.drained()  # of clients that left meanwhile too
        self._spool.close()

    def taken(self, request: HttpRequest) -> AcceptedMessage | None:
        """None: it is to be `looked` at: the list of devices is to be read first, or no device proves it."""
        devices, now = self.devices.by_sha256, self.clock.now()
        if devices is None or not self.strangers.proves(request):
            return None
        found = accept(request, devices, now)
        return None if found.unknown else self._given(found, now)

    async def looked(self, request: HttpRequest) -> AcceptedMessage | None:
        """The same after a look at the list; None while it was never read. What no device proves then waits in the strangers' line.
        Raises BusUnavailable: too much waits there."""
        await self.devices.look(self.clock.monotonic())
        if self.devices.by_sha256 is None:
            return None
        if self.strangers.proves(request):
            return self._accepted(request)
        short = shortened(request)
        return await self._lane.run(lambda: self._accepted(short or request, cut=short is not None), _size(request))

    def _accepted(self, request: HttpRequest, *, cut: bool = False) -> AcceptedMessage:
        now, at = self.clock.now(), self.clock.monotonic()

        def keeps(calls: bool) -> bool:  # noqa: FBT001 - one question, asked in one place
            return self.strangers.keeps(request.address, at, calls=calls)

        return self._given(accept(request, self.devices.by_sha256 or {}, now, keeps=keeps, cut=cut), now)

    def _given(self, found: Accepted, now: float) -> AcceptedMessage:
        if found.failed:
            self._failures.count(found.failed)
        return AcceptedMessage(item_for(found, now), answer_of(found.client))

    async def answer(self, request: HttpRequest) -> IntakeReply:
        """All of it in one call."""
        if request.empty:
            return IntakeReply(200)
        try:
            taken = self.taken(request) or await self.looked(request)
            if taken is None:
                return UNKNOWN_LIST
            if not taken.item.empty:
                await self.writer.store(taken.item)
        except BusUnavailable:
            return NOT_STORED
        return IntakeReply(200, taken.body)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.devices.look(self.clock.monotonic())
                await asyncio.to_thread(self._flush)
            except Exception as error:  # noqa: BLE001 - whatever failed, the next second looks again
                log.error("intake_tick_failed", error=f"{type(error).__name__}: {error}")  # noqa: TRY400 - once a second

    def _flush(self) -> None:
        now = self.clock.monotonic()
        if now < self._look_at:
            self.writer.flush()
        else:
            self._look_at = now + EVERY_S
            self.writer.send_left(self._left)
        self.strangers.report(now)
        self._failures.report(now)
        count = self.strangers.take_uncounted()
        if count:
            try:
                self.redis.hincrby(keys.strangers_unkept(), county_day(self.clock.now()), count)
            except redis.exceptions.RedisError:
                self.strangers.give_back(count)


def _size(request: HttpRequest) -> int:
    return len(request.query) + len(request.body)
