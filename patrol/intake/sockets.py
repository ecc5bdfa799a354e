"""Plain sockets beside asyncio's own transports, which cost a quarter of a full intake's time: one epoll of their own in
the loop, and a `SocketTransport` in place of a transport. What is ready is read in turn, then `after` is called once.

TLS stays with asyncio.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import select
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from patrol.intake.refusals import failure_of

log = structlog.get_logger(__name__)
_READ, _ENDED, _WRITE = select.EPOLLIN, select.EPOLLHUP | select.EPOLLERR, select.EPOLLOUT
_AT_ONCE: Final = 1024
"""Sockets that are read, and connections that are accepted, before others have their turn."""
_READ_BYTES: Final = 16 * 1024
_FULL: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class ConnectionProtocol(Protocol):
    """What a connection is to its wire: the part of asyncio.Protocol that is used."""

    def connection_lost(self, exc: Exception | None, /) -> None: ...
    def data_received(self, data: bytes, /) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


class SocketTransport:
    """One accepted socket, with the part of asyncio.Transport that is used."""

    __slots__ = (
        "_closing",
        "_ended",
        "_reading",
        "_rest",
        "_send",
        "_sockets",
        "client",
        "handle",
        "peer",
        "recv",
        "sock",
    )

    def __init__(self, sockets: Sockets, sock: socket.socket, peer: object = "") -> None:
        self._sockets, self.sock, self.handle = sockets, sock, sock.fileno()
        self.peer = peer
        """As `accept` tells it."""
        self.recv, self._send = sock.recv, sock.send
        self._rest = b""
        self._closing, self._ended, self._reading = False, False, True
        self.client: ConnectionProtocol

    def write(self, data: bytes) -> None:
        """Now, or when the socket takes it; `pause_writing` tells that it doesn't."""
        if self._rest:
            self._rest += data
            return
        if self.handle < 0:
            return
        try:
            sent = self._send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.abort()
            return
        if sent < len(data):
            self._rest = data[sent:]
            self._watch()
            self.client.pause_writing()

    def writable(self) -> None:
        """The socket takes more."""
        rest, self._rest = self._rest, b""
        if rest:
            self.write(rest)
        if not self._rest and self.handle >= 0:
            self._watch()
            self.client.resume_writing()
            if self._closing:
                self.abort()
            elif self._ended:
                self._end_sending()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Nothing more will be written; the other side may still send."""
        self._ended = True
        if not self._rest and self.handle >= 0:
            self._end_sending()

    def _end_sending(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.abort()

    def close(self) -> None:
        """Once what was written is sent."""
        self._closing = True
        if self._rest:
            self._watch()
        else:
            self.abort()

    def abort(self) -> None:
        """At once; the client hears of it soon."""
        self._closing, self._rest = True, b""
        self._sockets.end(self)

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.peer if name == "peername" else default

    def pause_reading(self) -> None:
        self._reading = False
        self._watch()

    def resume_reading(self) -> None:
        self._reading = True
        self._watch()

    def _watch(self) -> None:
        if self.handle >= 0:
            reads = _READ if self._reading and not self._closing else 0
            self._sockets.epoll.modify(self.handle, reads | (_WRITE if self._rest else 0))


class Sockets:
    """Listens and reads. `accepted` makes the client of a wire; `after` is called when all that was ready is read."""

    def __init__(self, accepted: Callable[[SocketTransport], ConnectionProtocol], after: Callable[[], None]) -> None:
        self._accepted, self._after = accepted, after
        self._loop = asyncio.get_running_loop()
        self._listening: list[socket.socket] = []
        self._wires: dict[int, SocketTransport] = {}
        self.epoll = select.epoll()
        self._loop.add_reader(self.epoll.fileno(), self._ready)

    def listen(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.listen(4096)
        self._listening.append(sock)
        self._loop.add_reader(sock.fileno(), self._accept, sock)

    def stop_listening(self) -> None:
        listening, self._listening = self._listening, []
        for sock in listening:
            self._loop.remove_reader(sock.fileno())
            sock.close()

    def close(self) -> None:
        """The wires too."""
        self.stop_listening()
        for wire in list(self._wires.values()):
            wire.abort()
        self._loop.remove_reader(self.epoll.fileno())
        self.epoll.close()

    def end(self, wire: SocketTransport) -> None:
        """Forget the socket and close it; its client is told in the loop's next turn."""
        if wire.handle < 0:
            return
        del self._wires[wire.handle]
        self.epoll.unregister(wire.handle)
        wire.handle = -1
        wire.sock.close()
        self._loop.call_soon(wire.client.connection_lost, None)

    def _ready(self) -> None:
        wires = self._wires
        for handle, events in self.epoll.poll(0, _AT_ONCE):
            wire = wires.get(handle)
            if wire is None:
                continue  # ended a moment ago
            try:
                self._serve(wire, events)
            except Exception as error:  # noqa: BLE001 - one connection's fault is not to take those that are ready with it along
                log.error("intake_connection_failed", where=failure_of(error))  # noqa: TRY400 - its text may quote the client
                wire.abort()
        self._after()

    @staticmethod
    def _serve(wire: SocketTransport, events: int) -> None:
        if events & _WRITE:
            wire.writable()
        if events & (_READ | _ENDED) and wire.handle >= 0:
            try:
                data = wire.recv(_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                data = b""
            if data:
                wire.client.data_received(data)
            else:
                wire.abort()

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, peer = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                log.warning("intake_no_more_files", error=str(error))
                self._loop.remove_reader(listening.fileno())
                self._loop.call_later(1.0, self._again, listening)
                return
            sock.setblocking(False)
            if sock.family != socket.AF_UNIX:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire = SocketTransport(self, sock, peer)
            self._wires[wire.handle] = wire
            self.epoll.register(wire.handle, _READ)
            wire.client = self._accepted(wire)

    def _again(self, listening: socket.socket) -> None:
        if listening in self._listening:
            self._loop.add_reader(listening.fileno(), self._accept, listening)
