"""Connections that say nothing, or never end what they say, do not stay: uvicorn's HTTP protocol with limits of time, size and number.

`Connections` knows all connections of a server and closes those that are late (`sweep`, once a second); where there are too many, one that waits
without a request makes room for the new one. Times are the clock's monotonic seconds.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from console.http.clients import Network, home_of, is_proxy, plain_address
from console.http.problems import language_of, problem
from lianqin.clock import Clock

log = structlog.get_logger(__name__)


class ConnectionLimits(msgspec.Struct, frozen=True):
    """Of the connections of one server."""

    connections: int = 4000
    each: int = 500
    """From one address that is no trusted proxy's."""
    head_s: float = 10.0
    """From a connection's begin, or a request's first byte, to the end of its head."""
    head_bytes: int = 64 * 1024
    body_s: float = 30.0
    body_rate: float = 2000.0
    """A body may take `body_s` and a second more for so many bytes that came."""
    write_s: float = 60.0
    """For a client that reads nothing of its answer."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `door` is set by `Connections.protocol`."""

    door: Connections
    home = ""
    """Whose connections it is counted with; empty: nobody's."""
    head_from: float | None = None
    """Since when a head is awaited; None: between requests, or in one."""
    body_from: float | None = None
    stuck_from: float | None = None
    _head_size = 0
    _got = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.head_from = self.door.now()
        self.home = self.door.joined(self, self.client[0] if self.client else "")

    def connection_lost(self, exc: Exception | None) -> None:
        self.door.left(self)
        super().connection_lost(exc)

    @property
    def waits(self) -> bool:
        """No request is being read or answered."""
        return self.body_from is None and (self.cycle is None or self.cycle.response_complete)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.body_from is None:
            if self.head_from is None:
                self.head_from = self.door.now()
            self._head_size += len(data)
        super().data_received(data)
        if self.head_from is not None and self._head_size > self.door.limits.head_bytes:
            self.refuse(431, "request.head_large")

    def on_message_begin(self) -> None:
        self.head_from = self.door.now()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.body_from is None:  # else it is a trailer, which nobody reads (RFC 9110 section 6.5.1)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.head_from, self._head_size, self._got = None, 0, 0
        self.body_from = self.door.now()
        self.door.works(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._got += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.body_from = None
        super().on_message_complete()
        if self.cycle.response_complete:  # it was answered long before its end
            self.head_from = self.door.now()
            self.door.rests(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.waits and not self.transport.is_closing():
            self.door.rests(self)

    def late(self, now: float, passed: float) -> str:
        """Which limit of time is over, if one is; `passed`: seconds since the last look."""
        limits = self.door.limits
        if self.flow.write_paused:
            self.stuck_from = now if self.stuck_from is None else self.stuck_from
            return "answer" if now - self.stuck_from > limits.write_s else ""
        self.stuck_from = None
        if self.head_from is not None:
            return "head" if now - self.head_from > limits.head_s and self.waits else ""
        if self.body_from is None:
            return ""
        if self.flow.read_paused:  # it is we who do not read on
            self.body_from += passed
        return "body" if now - self.body_from > limits.body_s + self._got / limits.body_rate else ""

    def refuse(self, status: int, key: str) -> None:
        """Say why, where no answer has begun, and end the connection."""
        if not (self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete):
            language = language_of(Request(dict(self.scope))) if self.scope and "path" in self.scope else "zh-CN"
            answer = problem(status, key, {}, language, {"Connection": "close"})
            head = b"".join(b"%b: %b\r\n" % pair for pair in answer.raw_headers)
            self.transport.write(STATUS_LINE[status] + head + b"\r\n" + bytes(answer.body))
        self.transport.close()


class _Home(msgspec.Struct):
    """The connections of one address: how many, and those without a request, the oldest first."""

    count: int
    resting: dict[BoundedProtocol, None]


class Connections:
    """All connections of one server."""

    def __init__(self, limits: ConnectionLimits, proxies: tuple[Network, ...], clock: Clock) -> None:
        self.limits, self._proxies, self._clock = limits, proxies, clock
        self.wires: set[BoundedProtocol] = set()
        self._resting: dict[BoundedProtocol, None] = {}
        self._homes: dict[str, _Home] = {}
        self._swept = clock.monotonic()
        self._ended: dict[str, int] = {}

    def now(self) -> float:
        return self._clock.monotonic()

    def protocol(self) -> type[BoundedProtocol]:
        """The class that uvicorn makes a connection of."""
        return type("Wire", (BoundedProtocol,), {"door": self})

    def joined(self, wire: BoundedProtocol, peer: str) -> str:
        """Count it; the address it counts for. Beyond the limits it, or one that rests, is ended."""
        address = plain_address(peer)
        name = "" if is_proxy(address, self._proxies) else home_of(address)
        self.wires.add(wire)
        self._resting[wire] = None
        if name:
            home = self._homes.setdefault(name, _Home(0, {}))
            home.count += 1
            home.resting[wire] = None
            if home.count > self.limits.each:
                self._make_room(home.resting, "address")
        if len(self.wires) > self.limits.connections:
            self._make_room(self._resting, "all")
        return name

    def _make_room(self, resting: dict[BoundedProtocol, None], why: str) -> None:
        """The oldest that rests goes; the newest rests itself, so there is one."""
        oldest = next(iter(resting))
        self._count(why)
        self.left(oldest)
        oldest.transport.abort()

    def works(self, wire: BoundedProtocol) -> None:
        self._resting.pop(wire, None)
        if wire.home in self._homes:
            self._homes[wire.home].resting.pop(wire, None)

    def rests(self, wire: BoundedProtocol) -> None:
        if wire in self.wires:
            self._resting[wire] = None
            if wire.home in self._homes:
                self._homes[wire.home].resting[wire] = None

    def left(self, wire: BoundedProtocol) -> None:
        """Counted no more; again it changes nothing."""
        if wire not in self.wires:
            return
        self.wires.discard(wire)
        self.works(wire)
        home = self._homes.get(wire.home)
        if home is not None:
            home.count -= 1
            if home.count == 0:
                del self._homes[wire.home]

    def sweep(self) -> None:
        """End what is late; say once how many."""
        now = self.now()
        passed, self._swept = now - self._swept, now
        for wire in list(self.wires):
            what = wire.late(now, passed)
            if what == "answer":
                wire.transport.abort()
            elif what:
                wire.refuse(408, "request.slow")
            if what:
                self._count(what)
        if self._ended:
            log.info("connections_ended", **self._ended)
            self._ended = {}

    def _count(self, why: str) -> None:
        self._ended[why] = self._ended.get(why, 0) + 1


SWEEP_TICKS: Final = 10
"""uvicorn ticks ten times a second."""
