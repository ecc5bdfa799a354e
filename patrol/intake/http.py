"""HTTP for one connection, as thin as it goes: no task a request, answers when the writer calls back.

Requests of one connection are answered in order, each by its own headers alone; those that come while one is stored wait
(pipelining). What can't be read as a request is answered by its reason (`refusals`) and the connection ends; a request
that our own code fails at is answered 500 and the others go on. What a client is slow at, `expired` tells.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from msgspec.structs import replace

from lianqin.clock import Clock
from lianqin.errors import BusUnavailable
from lianqin.peers import address_behind, home_of
from patrol.intake import refusals
from patrol.intake.door import NOT_STORED, UNKNOWN_LIST, AcceptedMessage, FixReceiver, IntakeReply
from patrol.intake.http_framing import FramedRequest, RequestReader
from patrol.intake.readers import HttpRequest, content_type_of
from patrol.intake.refusals import Refusal, Refusals
from patrol.intake.writer import WriteItem

if TYPE_CHECKING:
    from patrol.intake.sockets import SocketTransport

MOST_WAITING: Final = 16
MOST_WAITING_BYTES: Final = 512 * 1024
"""Requests of one connection that wait, and their bytes, before it is no longer read."""
AT_ONCE: Final = 16
"""Of them that need no storing are answered before others have their turn."""
IDLE_S: Final = 75.0
"""Phones speak each 15 s and are to find their connection open."""
SLOW_S: Final = 30.0
"""For one whole request to come, and for an answer to be taken."""
LINGER_S: Final = 5.0
"""After the last answer what still comes is read and dropped: an end at once could take the answer with it (RFC 9112
section 9.6)."""
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


def rendered(answer: IntakeReply, *, close: bool, head: bool = False) -> bytes:
    """As it travels; `head`: the answer to HEAD."""
    kind = content_type_of(answer.body)
    return b"HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n%s\r\n%s" % (
        answer.status, HTTPStatus(answer.status).phrase.encode(), kind, len(answer.body),
        b"connection: close\r\n" * close, b"" if head else answer.body,
    )  # fmt: skip


_STORED: Final = rendered(IntakeReply(200), close=False)
_NOTHING: Final = FramedRequest(HttpRequest("", {}, b""), close=False)


def _size(asked: FramedRequest) -> int:
    return 0 if isinstance(asked.what, Refusal) else len(asked.what.query) + len(asked.what.body)


class Listener(Protocol):
    """What a connection asks of the server that took it."""

    door: FixReceiver
    clock: Clock
    now: float
    """Monotonic, near enough for who is slow."""
    refusals: Refusals

    def joined(self, connection: HttpConnection) -> None: ...
    def left(self, connection: HttpConnection) -> None: ...

    def put_aside(self, connection: HttpConnection, data: bytes) -> None:
        """A plain request, read together with the others that came in this moment."""

    def read_plain(self) -> None:
        """Those that were put aside."""

    def quick(self, query: bytes, now: float) -> WriteItem | None:
        """The short way; None where it is not for this one."""

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that must wait."""


class HttpConnection(asyncio.Protocol):
    """One client.

    A phone sends the same headers again and again. `_before` and `_after` are what stood around the query of a plain
    request that httptools read in one piece on this connection; between the same bytes a query needs no parser.
    """

    __slots__ = (
        "_after",
        "_answered",
        "_aside",
        "_before",
        "_bytes",
        "_ended",
        "_lingers",
        "_now",
        "_owes_continue",
        "_paused",
        "_plain",
        "_queue",
        "_reader",
        "_server",
        "_since",
        "_stuck",
        "_text",
        "_transport",
        "busy",
    )  # fmt: skip

    def __init__(self, server: Listener) -> None:
        self._server = server
        self._transport: asyncio.Transport | SocketTransport | None = None
        self._reader = RequestReader(self)
        self._queue: deque[FramedRequest] = deque()
        self._bytes = self._answered = 0
        """Of those that wait; how many were answered in this turn."""
        self._now = _NOTHING
        """What is being answered."""
        self._text = self._before = self._after = b""
        self._stuck = self._paused = self._plain = self._aside = self.busy = False
        self._ended = self._lingers = self._owes_continue = False
        self._since = 0.0

    # --- the transport's side ---

    def connection_made(self, transport: asyncio.BaseTransport | SocketTransport) -> None:
        self._transport = cast("asyncio.Transport | SocketTransport", transport)
        self._since = self._server.now
        self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        self._queue.clear()
        self._bytes = 0
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        self._answered = 0
        if self._aside:
            self._server.read_plain()  # what was put aside came before
        if self._after and not (self._ended or self.busy or self._reader.reading):
            before, after = self._before, self._after
            if data.startswith(before) and data.endswith(after) and len(data) > len(before) + len(after):
                self._aside = self.busy = True
                self._server.put_aside(self, data)
                return
        if not self._ended:
            self._feed(data)

    def take(self, data: bytes, now: float) -> None:
        """What was put aside; `now` on the wall clock."""
        self._aside = False
        item = self._server.quick(data[len(self._before) : -len(self._after)], now)
        if item is not None:
            self._text, self._now = _STORED, _NOTHING
            self._server.door.writer.put(item, self._heard)
        else:
            self.busy = False
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        fresh, self._plain = not self._reader.reading, False
        refusal = self._reader.feed(data)
        if refusal is not None:
            self._refuse(refusal)
        elif fresh and self._plain and not (self._reader.reading or self._queue or self._ended):
            self._remember(data)

    def _remember(self, data: bytes) -> None:
        """What stands around the query, where `data` was this one request and nothing else."""
        url = self._reader.url
        start = data.find(url)
        before = data[: start + url.find(b"?") + 1]
        after = data[start + len(url) :]
        one = data.endswith(b"\r\n\r\n") and data.count(b"\r\n\r\n") == 1 and after.startswith(b" HTTP/1.1\r\n")
        if one and before.count(b" ") == 1 and before.isascii() and b"\n" not in before and b"\r" not in before:
            self._before, self._after = before, after

    def pause_writing(self) -> None:
        self._stuck, self._since = True, self._server.now
        self._pause()

    def resume_writing(self) -> None:
        self._stuck = False
        if not self._is_full():
            self._resume()

    def expired(self, now: float) -> bool:
        """It is for the client to do something, and it had its time."""
        if self.busy and not self._stuck:
            return False
        if self._lingers and not self._stuck:
            return now - self._since > LINGER_S
        return now - self._since > (SLOW_S if self._reader.reading or self._stuck else IDLE_S)

    def expire(self) -> None:
        """A request that began is answered 408; whoever takes no answers, or asks nothing, is let go."""
        if self._reader.reading and not (self._stuck or self._ended):
            self._refuse(refusals.TIMED_OUT)
        else:
            self.abort()

    def end(self) -> None:
        """No more requests; those that came are answered first."""
        self._ended = True
        if not self.busy and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- the reader's side ---

    def began(self) -> None:
        self._since = self._server.now

    def waits_for_continue(self) -> None:
        """An interim answer belongs to the request that is next to be answered: it waits for its turn."""
        self._owes_continue = self.busy or bool(self._queue)
        if not self._owes_continue and self._transport is not None:
            self._transport.write(_CONTINUE)

    def took_quickly(self, query: bytes) -> bool:
        self._owes_continue = False
        if self.busy or self._queue or self._ended:
            return False
        item = self._server.quick(query, self._server.clock.now())
        if item is None:
            return False
        self.busy = self._plain = True
        self._text, self._now = _STORED, _NOTHING
        self._server.door.writer.put(item, self._heard)
        return True

    def asked(self, asked: FramedRequest) -> None:
        self._owes_continue = False
        if self._ended:
            return
        what, close = asked.what, asked.close
        if isinstance(what, Refusal):
            self._server.refusals.count(what.reason)
        self._ended = close
        self._queue.append(asked)
        self._bytes += _size(asked)
        if not self.busy:
            self._next()
        if self._is_full():
            self._pause()

    def _is_full(self) -> bool:
        return len(self._queue) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES

    # --- one request after the other ---

    def _next(self) -> None:
        """Begin the next of those that wait; those that need no storing are answered on the way, so many in a turn."""
        while self._queue and not self.busy:
            if self._answered >= AT_ONCE:
                self.busy = True
                asyncio.get_running_loop().call_soon(self._go_on)
                break
            self._answered += 1
            self._now = self._queue.popleft()
            self._bytes -= _size(self._now)
            what = self._now.what
            if isinstance(what, Refusal):
                self._say(IntakeReply(what.status, what.told))
            elif what.empty:
                self._say(IntakeReply(200))
            else:
                self.busy = True
                self._begin(what)
        if self._paused and not self._is_full():
            self._resume()
        if self.busy:
            return
        self._since = self._server.now
        if self._ended:
            self._finish()
        elif self._owes_continue and self._transport is not None:
            self._owes_continue = False
            self._transport.write(_CONTINUE)

    def _go_on(self) -> None:
        self.busy, self._answered = False, 0
        self._next()

    def _begin(self, request: HttpRequest) -> None:
        try:
            taken = self._server.door.taken(request)
        except Exception as error:  # noqa: BLE001 - whatever failed, the request is answered and the others go on
            self.busy = False
            self._say(self._failed(error))
            return
        if taken is None:
            self._server.later(self._look(request))
        else:
            self._store(taken)

    async def _look(self, request: HttpRequest) -> None:
        """What is no enrolled phone's, as far as can be told without reading it."""
        try:
            taken = await self._server.door.looked(replace(request, address=self._address()))
        except BusUnavailable:
            self._said(NOT_STORED)
            return
        except Exception as error:  # noqa: BLE001 - as in `_begin`
            self._said(self._failed(error))
            return
        if taken is None:
            self._said(UNKNOWN_LIST)
        elif taken.item.empty:
            self._said(IntakeReply(200, taken.body))
        else:
            self._store(taken)

    def _address(self) -> str:
        """Whom what is being answered is counted for."""
        peer = self._transport.get_extra_info("peername") if self._transport is not None else None
        peer = str(peer[0]) if isinstance(peer, tuple) else ""
        return home_of(address_behind(peer, self._now.forwarded, self._server.door.proxies))

    def _failed(self, error: Exception) -> IntakeReply:
        self._server.refusals.count(refusals.failure_of(error))
        return IntakeReply(refusals.FAILED.status, refusals.FAILED.told)

    def _store(self, taken: AcceptedMessage) -> None:
        self._text = self._rendered(IntakeReply(200, taken.body))
        self._server.door.writer.put(taken.item, self._heard)

    def _heard(self, failed: BusUnavailable | None) -> None:
        if (
            failed is None
            and self._text is _STORED
            and not (self._queue or self._ended or self._paused or self._owes_continue)
        ):
            self.busy, self._since = False, self._server.now
            if self._transport is not None:
                self._transport.write(_STORED)
        elif failed is None:
            self._write(self._text)
        else:
            self._said(NOT_STORED)

    def _said(self, answer: IntakeReply) -> None:
        self._write(self._rendered(answer))

    def _write(self, text: bytes) -> None:
        self.busy = False
        if self._transport is not None:
            self._transport.write(text)
        self._next()

    def _say(self, answer: IntakeReply) -> None:
        if self._transport is not None:
            self._transport.write(self._rendered(answer))

    def _rendered(self, answer: IntakeReply) -> bytes:
        return rendered(answer, close=self._now.close, head=self._now.head)

    def _refuse(self, why: Refusal) -> None:
        """Those before it are answered, then this; behind a request that ends the connection nothing is answered."""
        if self._ended:
            return
        self._server.refusals.count(why.reason)
        self._ended = True
        self._queue.append(FramedRequest(why, close=True))
        if not self.busy:
            self._next()

    def _finish(self) -> None:
        """The last answer was written: tell the client so, and read until it leaves too."""
        if self._transport is None or self._lingers:
            return
        self._lingers, self._since = True, self._server.now
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _pause(self) -> None:
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._transport is not None and not self._stuck and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
