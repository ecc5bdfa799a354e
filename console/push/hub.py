"""Live push: one task reads the feed, every open page gets what its role and scope allow, in order, none twice.

`Hub.run` polls the feed (woken at once by this process's own commits) and puts rows into each client's bounded queue.
A client joins at the hub's number, catches up from the table to that number and then follows its queue: no row is lost
between the two and none comes twice. A client that can't keep up is let go, counted, and resumes by `Last-Event-ID`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
import redis
import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console.access.scope import sees
from console.access.sessions import Caller, alive, touch
from console.http.metrics import Metrics
from console.looks import live_looks
from lianqin import feed, keys
from lianqin.clock import Clock
from lianqin.db import Store, in_order
from lianqin.decoding import from_json
from lianqin.errors import UnavailableError
from lianqin.feed import FeedRow

log = structlog.get_logger(__name__)

POLL: Final = 0.15
BEAT: Final = 0.25
CHECK_EVERY: Final = 10.0
"""Seconds between looks whether the sessions of open connections still exist."""
QUEUE: Final = 1000
KEPT_SECONDS: Final = 48 * 3600.0
PAGE: Final = 500

_STATION = frozenset({
    "alert", "incident", "dispatch", "point_call", "draw", "shift", "score", "camera", "zone", "roster", "hand_over",
    "check_in", "comment", "ground", "sos", "duty_act", "report", "escalation", "shelf", "false_reason", "desk",
    "canary",
})  # fmt: skip
TOPICS: Final[Mapping[str, frozenset[str]]] = {
    "operator": _STATION,
    "leader": _STATION,
    "officer": frozenset(
        {"dispatch", "point_call", "draw", "shift", "score", "spot_check", "comment", "ground", "sos"}
    ),
    "company": frozenset(
        {"dispatch", "point_call", "shift", "score", "roster", "hand_over", "check_in", "comment", "sos", "duty_act"}
    ),
    "guard": frozenset(
        {
            "dispatch",
            "point_call",
            "shift",
            "score",
            "roster",
            "hand_over",
            "check_in",
            "spot_check",
            "sos",
            "duty_act",
            "report",
        }
    ),
    "sysadmin": frozenset({"camera", "zone", "ground"}),
}
"""What each role hears of; who is not here hears beats alone."""
_PLACE_FIELDS = (
    "guard_id", "name", "unit_id", "shift_id", "area_id", "lon", "lat", "at", "received_at", "accuracy_m", "speed_mps",
    "battery_pct", "inside", "doubts", "system", "off_m", "still_until", "clock_off_s", "clock_corrected",
)  # fmt: skip
WITH_PLACES: Final = frozenset({"operator", "leader", "company"})
"""These see where guards on shift are; that they do is registered."""
_BY_LOOK = frozenset({"officer"})
"""These see places while a registered look lasts."""


class FeedChange(msgspec.Struct, frozen=True):
    """One feed row as the hub keeps it."""

    seq: int
    at: float
    topic: str
    id: str
    unit_id: str | None
    guard_id: str | None


class FeedWindow(msgspec.Struct, frozen=True):
    """The feed's numbers: a page may go on after `oldest` at the earliest, `newest` at the latest."""

    oldest: int
    newest: int


class Tick(msgspec.Struct, frozen=True):
    """A beat of the hub, every `BEAT` seconds: each client then asks what moved."""

    now: float
    version: int


class Goodbye(msgspec.Struct, frozen=True):
    """The connection ends: `slow`, `session` or `stop`."""

    reason: str


Item = FeedChange | Tick | Goodbye


def hears(caller: Caller, change: FeedChange) -> bool:
    """Does this change concern the caller?"""
    if change.topic not in TOPICS.get(caller.actor.role or "", frozenset()):
        return False
    return sees(caller.actor, unit_id=change.unit_id, guard_id=change.guard_id)


class PushClient:
    """One open page."""

    def __init__(self, caller: Caller, joined_at: int) -> None:
        self.caller, self.joined_at = caller, joined_at
        self.queue: asyncio.Queue[Item] = asyncio.Queue(QUEUE)
        self.places_version = 0
        self.by_look = caller.actor.role in _BY_LOOK
        self.gone: str | None = None

    def offer(self, item: Item) -> bool:
        """False when the queue is full: the page does not keep up."""
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            return False
        return True

    def dismiss(self, reason: str) -> None:
        self.gone = reason
        while not self.queue.empty():  # it will ask for these again, by number
            self.queue.get_nowait()
        self.queue.put_nowait(Goodbye(reason))


class WakingStore(Store):
    """A store whose commits wake the hub, so that a page hears of a click here without waiting for the poll.

    Its writes take the order lock at once: on PostgreSQL too, no check is parted from what it allows by another
    replica's write.
    """

    hub: Hub | None = None

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            in_order(session)
            yield session
        if self.hub is not None:
            self.hub.wake()


class Hub:
    """All open pages of this process. Lives on the event loop, except `wake`."""

    def __init__(self, store: Store, client: redis.Redis, clock: Clock, metrics: Metrics) -> None:
        self._store, self._redis, self._clock, self._metrics = store, client, clock, metrics
        self.seq: int | None = None
        """Number of the last row that was fanned out; None until the database was read once."""
        self._clients: set[PushClient] = set()
        self._awake, self._ready = asyncio.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._places: dict[str, tuple[int, bytes, dict[str, Any]]] = {}
        self._places_version = 0
        self._looking: set[str] = set()
        self._beat_at = self._checked_at = -1e9

    def wake(self) -> None:
        """From any thread: look at the feed now."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop closed in between: nobody is left to wake
                loop.call_soon_threadsafe(self._awake.set)

    def now(self) -> float:
        """By the server's clock."""
        return self._clock.now()

    def close(self) -> None:
        """Every stream ends, so that the process can. Call on the loop."""
        self._closed = True
        for client in list(self._clients):
            if client.gone is None:
                client.dismiss("stop")
        self._awake.set()
        self._ready.set()

    def join(self, caller: Caller) -> PushClient:
        client = PushClient(caller, self.seq or 0)
        if self._closed:
            client.dismiss("stop")
        self._clients.add(client)
        self._metrics.push_clients.set(len(self._clients))
        return client

    def leave(self, client: PushClient) -> None:
        self._clients.discard(client)
        self._metrics.push_clients.set(len(self._clients))

    def let_go(self, client: PushClient, reason: str) -> None:
        """End one connection from our side and count why."""
        if client.gone is None:
            self._metrics.push_dropped.labels(reason).inc()
            log.info("push_dropped", reason=reason, account=client.caller.actor.id)
            client.dismiss(reason)

    async def run(self) -> None:
        """Until `close`: feed rows, beats, ended sessions."""
        self._loop = asyncio.get_running_loop()
        while not self._closed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), POLL)
            self._awake.clear()
            try:
                await self._spread()
                await self._beat()
            except UnavailableError as error:
                log.warning("push_waits", error=str(error))
                await asyncio.sleep(1.0)

    async def catch_up(self, after: int, until: int) -> Sequence[FeedChange]:
        """Rows in (after, until], one page of them."""
        rows = await asyncio.to_thread(self._read, after)
        return [row for row in rows if row.seq <= until]

    async def ready(self) -> None:
        """Wait until the hub knows where the feed stands."""
        await self._ready.wait()

    async def kept(self) -> FeedWindow:
        """Which numbers can be resumed from."""
        return await asyncio.to_thread(self._kept)

    def places_for(self, client: PushClient) -> list[dict[str, Any]]:
        """The places that moved since this client's last beat and that it may see."""
        if client.caller.actor.role not in WITH_PLACES and client.caller.actor.id not in self._looking:
            client.places_version = 0  # a look that begins begins with everybody
            return []
        since, client.places_version = client.places_version, self._places_version
        return [
            place
            for version, _, place in self._places.values()
            if version > since and sees(client.caller.actor, unit_id=place.get("unit_id"))
        ]

    # --- what the loop does ---

    async def _spread(self) -> None:
        if self.seq is None:
            self.seq = (await asyncio.to_thread(self._kept)).newest
            self._ready.set()
        while True:
            rows = await asyncio.to_thread(self._read, self.seq)
            for row in rows:
                self.seq = row.seq
                for client in list(self._clients):
                    if client.gone is None and hears(client.caller, row) and not client.offer(row):
                        self.let_go(client, "slow")
            if rows:
                self._metrics.feed_lag.set(max(0.0, self._clock.now() - rows[-1].at))
            if len(rows) < PAGE:
                return

    async def _beat(self) -> None:
        now = self._clock.monotonic()
        if now - self._beat_at < BEAT:
            return
        self._beat_at = now
        officers = {client.caller.actor.id for client in self._clients if client.by_look}
        self._looking = await asyncio.to_thread(self._who_looks, officers) if officers else set()
        if self._looking or any(client.caller.actor.role in WITH_PLACES for client in self._clients):
            await asyncio.to_thread(self._look_at_places)
        if now - self._checked_at >= CHECK_EVERY and self._clients:
            self._checked_at = now
            guards = {one.caller.session for one in self._clients if one.caller.actor.role == "guard"}
            if guards:
                await asyncio.to_thread(touch, self._store, guards, self._clock.now())
            living = await asyncio.to_thread(alive, self._store, {c.caller.session for c in self._clients})
            for client in list(self._clients):
                if client.caller.session not in living:
                    self.let_go(client, "session")
        beat = Tick(self._clock.now(), self._places_version)
        for client in list(self._clients):
            if client.gone is None and not client.offer(beat):
                self.let_go(client, "slow")

    # --- in threads ---

    def _kept(self) -> FeedWindow:
        with self._store.read() as session:
            oldest, newest = session.execute(select(func.min(FeedRow.seq), func.max(FeedRow.seq))).one()
        return FeedWindow((oldest or 1) - 1, newest or 0)

    def _read(self, after: int) -> list[FeedChange]:
        with self._store.read() as session:
            return [FeedChange(r.seq, r.at, r.topic, r.object_id, r.unit_id, r.guard_id)
                    for r in feed.after(session, after, PAGE)]  # fmt: skip

    def _who_looks(self, officers: set[str]) -> set[str]:
        try:
            return live_looks.looking(self._redis, officers)
        except redis.exceptions.RedisError:
            return set()

    def _look_at_places(self) -> None:
        try:
            raw = cast("dict[bytes, bytes]", cast("Any", self._redis.hgetall(keys.places())))
        except redis.exceptions.RedisError:
            return  # the page shows the age of each place; the next beat tries again
        version, found = self._places_version + 1, dict(self._places)
        moved = False
        for name, body in raw.items():
            guard_id = name.decode()
            old = found.get(guard_id)
            if old is not None and old[1] == body:
                continue
            try:
                place = from_json(body, dict[str, Any])
            except msgspec.MsgspecError:
                continue
            found[guard_id] = (version, body, {**{key: place.get(key) for key in _PLACE_FIELDS}, "guard_id": guard_id})
            moved = True
        for guard_id in [one for one in found if one.encode() not in raw and found[one][1]]:
            # Off shift: said once without a shift, so that pages take him off the map.
            found[guard_id] = (version, b"", {**found[guard_id][2], "shift_id": None})
            moved = True
        if moved:
            self._places, self._places_version = found, version


def forget_old(session: Session, at: float) -> None:
    """Feed rows older than two days go (the newest stays, so that numbers never start again)."""
    newest = feed.newest(session)
    session.execute(delete(FeedRow).where(FeedRow.at < at - KEPT_SECONDS, FeedRow.seq < newest))
