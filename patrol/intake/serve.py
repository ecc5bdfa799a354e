"""The intake as a process of its own: plain asyncio and httptools in place of an ASGI server, which costs twice all
the work that is done here."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import structlog

from lianqin.errors import SettingsError
from lianqin.settings import Settings
from patrol.intake.door import FixReceiver
from patrol.intake.http import HttpConnection
from patrol.intake.refusals import Refusals, failure_of
from patrol.intake.sockets import Sockets, SocketTransport
from patrol.intake.terminals import open_terminals
from patrol.intake.writer import WriteItem

log = structlog.get_logger(__name__)
SWEEP_S: Final = 1.0
LEAVE_S: Final = 10.0
"""For those that are being stored, at the end."""
HANDSHAKE_S: Final = 20.0
MOST_CONNECTIONS: Final = 50_000


class Server:
    """One listener. `open` and `close`; `connections` that are open now."""

    def __init__(self, door: FixReceiver) -> None:
        self.door, self.clock = door, door.clock
        self.now = door.clock.monotonic()
        """Of the last sweep: near enough for who is slow."""
        self.connections: set[HttpConnection] = set()
        self.refusals = Refusals("intake_refused_requests")
        self._aside: list[tuple[HttpConnection, bytes]] = []
        self.port = 0
        """The one it was given, or that the system chose for 0."""
        self._secure: asyncio.Server | None = None
        self._sockets: Sockets | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None

    async def open(self, *, host: str = "127.0.0.1", port: int = 0, uds: str | None = None,
                   tls: ssl.SSLContext | None = None) -> None:  # fmt: skip
        """Listen. OSError passes through."""
        await self.door.startup()
        self._sweeper = asyncio.create_task(self._sweep())
        loop = asyncio.get_running_loop()
        if tls is not None:
            self._secure = await loop.create_server(lambda: HttpConnection(self), host, port, ssl=tls, backlog=4096,
                                                    ssl_handshake_timeout=HANDSHAKE_S)  # fmt: skip
            self.port = int(self._secure.sockets[0].getsockname()[1])
            return
        self._sockets = Sockets(self._accepted, self.read_plain)
        if uds is not None:
            self._sockets.listen(_unix(Path(uds)))
            return
        for family, _, _, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            sock = socket.create_server(address[:2], family=family)
            self._sockets.listen(sock)
            self.port = int(sock.getsockname()[1])
            if port == 0:
                break

    def _accepted(self, wire: SocketTransport) -> HttpConnection:
        connection = HttpConnection(self)
        connection.connection_made(wire)
        return connection

    async def close(self) -> None:
        """No new connections; what came is stored and answered; then all end."""
        if self._secure is not None:
            self._secure.close()
        if self._sockets is not None:
            self._sockets.stop_listening()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self.connections):
            connection.end()
        try:
            async with asyncio.timeout(LEAVE_S):
                while any(connection.busy for connection in self.connections):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning("intake_left_waiting", count=sum(one.busy for one in self.connections))
        for connection in list(self.connections):
            connection.end()
        await asyncio.sleep(0)
        if self._sockets is not None:
            self._sockets.close()
            await asyncio.sleep(0)

    def joined(self, connection: HttpConnection) -> None:
        self.connections.add(connection)
        if len(self.connections) > MOST_CONNECTIONS:
            connection.abort()

    def left(self, connection: HttpConnection) -> None:
        self.connections.discard(connection)

    def put_aside(self, connection: HttpConnection, data: bytes) -> None:
        """Plain requests are read together, after all that is ready was fetched: a processor that does one thing at a
        time does it twice as fast."""
        if not self._aside and self._sockets is None:
            asyncio.get_running_loop().call_soon(self.read_plain)
        self._aside.append((connection, data))

    def read_plain(self) -> None:
        if not self._aside:
            return
        aside, self._aside = self._aside, []
        now = self.clock.now()
        for connection, data in aside:
            try:
                connection.take(data, now)
            except Exception as error:  # noqa: BLE001 - those that were put aside with it are read all the same
                self.refusals.count(failure_of(error))
                connection.abort()

    def quick(self, query: bytes, now: float) -> WriteItem | None:
        """The short way, if there is one; where it fails the long one is asked."""
        try:
            return self.door.quick(query, now)
        except Exception as error:  # noqa: BLE001 - one request's fault is not to take those read with it along
            self.refusals.count(failure_of(error))
            return None

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """For the few requests that must wait for a look at the list of devices."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                self.sweep()
            except Exception as error:  # noqa: BLE001 - whatever failed, who is slow is let go a second later
                self.refusals.count(failure_of(error))

    def sweep(self) -> None:
        """Let go of those who are slow, or idle for too long; say what was refused."""
        self.now = self.clock.monotonic()
        for connection in [one for one in self.connections if one.expired(self.now)]:
            connection.expire()
        self.refusals.report(self.now)


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Raises SettingsError `settings.invalid` for files that don't fit."""
    if not settings.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(Path(settings.tls_cert), Path(settings.tls_key) if settings.tls_key else None)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError("settings.invalid", f"settings `tls_cert`, `tls_key`: {error}", key="tls_cert") from error
    return context


async def serve(settings: Settings, door: FixReceiver, *, port: int, uds: str | None) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(door)
    await server.open(host=settings.console_host, port=port, uds=uds, tls=tls_of(settings))
    terminals = await open_terminals(door, settings.console_host, settings.jt808_port, settings.terminal_secret)
    gc.collect()
    gc.freeze()  # what start-up made stays; looking through it again and again is what slow answers are made of
    gc.set_threshold(50_000, 50, 50)
    sys.setswitchinterval(0.001)  # the writer's thread waits on Redis, and is not to wait for the loop as well
    log.info("intake_ready", where=uds or server.port)
    await stop.wait()
    if terminals is not None:
        await terminals.close()
    await server.close()
    await door.close()


def _unix(path: Path) -> socket.socket:
    """In place of one that a process left behind."""
    if path.is_socket():
        path.unlink()
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    return sock


def more_files() -> None:
    """As many connections as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
