"""HTTP for one connection, as thin as it goes: httptools, no task a request, answers when the writer calls back.

Requests of one connection are answered in order; those that come while one is stored wait (pipelining). Broken HTTP is
answered 400 and closed. What a client is slow at, `expired` tells.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, cast

import httptools

from lianqin.errors import BusUnavailable
from patrol.intake.door import MOST_BODY, NOT_STORED, UNKNOWN_LIST, Answer, Taken
from patrol.intake.readers import HEADERS, Request

if TYPE_CHECKING:
    from patrol.intake.serve import Server
    from patrol.intake.sockets import Wire

MOST_HEAD: Final = 32 * 1024
MOST_MESSAGE: Final = 4 * 1024 * 1024
"""Bytes of a request before it is no longer read to its end."""
MOST_WAITING: Final = 16
"""Requests of one connection that wait before it is no longer read."""
IDLE_S: Final = 75.0
"""Phones speak each 15 s and are to find their connection open."""
SLOW_S: Final = 30.0
"""For one whole request to come, and for an answer to be taken."""
_REASONS: Final = {200: b"OK", 400: b"Bad Request", 503: b"Service Unavailable"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


def rendered(answer: Answer, *, close: bool) -> bytes:
    """As it travels."""
    kind = b"application/json" if answer.body == b"[]" else b"text/plain; charset=utf-8"
    return b"HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n%s\r\n%s" % (
        answer.status, _REASONS[answer.status], kind, len(answer.body), b"connection: close\r\n" * close, answer.body,
    )  # fmt: skip


_STORED: Final = rendered(Answer(200), close=False)
_STORED_LAST: Final = rendered(Answer(200), close=True)


class Connection(asyncio.Protocol):
    """One client. The names that begin with `on_` are httptools'.

    A phone sends the same headers again and again. `_before` and `_after` are what stood around the query of a plain
    request that httptools read in one piece on this connection; between the same bytes a query needs no parser.
    """

    __slots__ = (
        "_after", "_aside", "_before", "_body", "_bytes", "_headers", "_kept", "_last", "_parser", "_paused", "_plain", "_queue", "_reading", "_server",
        "_since", "_stuck", "_text", "_transport", "_url", "busy",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | Wire | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request, bool] | None] = deque()
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._kept = self._bytes = 0
        self._text = self._before = self._after = b""
        self._reading = self._stuck = self._paused = self._plain = self._aside = self._last = self.busy = False
        self._since = 0.0

    # --- the transport's side ---

    def connection_made(self, transport: asyncio.BaseTransport | Wire) -> None:
        self._transport = cast("asyncio.Transport | Wire", transport)
        self._since = self._server.now
        self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        self._queue.clear()
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        if self._aside:
            self._server.read_plain()  # what was put aside came before
        if self._after and not (self._last or self.busy or self._reading):
            before, after = self._before, self._after
            if data.startswith(before) and data.endswith(after) and len(data) > len(before) + len(after):
                self._aside = self.busy = True
                self._server.put_aside(self, data)
                return
        if not self._last:
            self._feed(data)

    def take(self, data: bytes, now: float) -> None:
        """What was put aside; `now` on the wall clock."""
        self._aside = False
        item = self._server.door.quick(data[len(self._before) : -len(self._after)], now)
        if item is not None:
            self._text = _STORED
            self._server.door.writer.put(item, self._heard)
        else:
            self.busy = False
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        fresh, self._plain = not self._reading, False
        self._bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._last = True  # nothing to upgrade to: what it asked is answered, then the connection ends
            self._next()
        except httptools.HttpParserError:
            self._broken()
            return
        if self._reading and self._bytes > (MOST_MESSAGE if self._body else MOST_HEAD):
            self._broken()
        elif fresh and self._plain and not (self._reading or self._queue or self._last):
            self._remember(data)

    def _remember(self, data: bytes) -> None:
        """What stands around the query, where `data` was this one request and nothing else."""
        start = data.find(self._url)
        before = data[: start + self._url.find(b"?") + 1]
        after = data[start + len(self._url) :]
        one = data.endswith(b"\r\n\r\n") and data.count(b"\r\n\r\n") == 1 and after.startswith(b" HTTP/1.1\r\n")
        if one and before.count(b" ") == 1 and before.isascii() and b"\n" not in before and b"\r" not in before:
            self._before, self._after = before, after

    def pause_writing(self) -> None:
        self._stuck, self._since = True, self._server.now
        self._pause()

    def resume_writing(self) -> None:
        self._stuck = False
        if len(self._queue) <= MOST_WAITING:
            self._resume()

    def expired(self, now: float) -> bool:
        """It is for the client to do something, and he had his time."""
        if self.busy and not self._stuck:
            return False
        return now - self._since > (SLOW_S if self._reading or self._stuck else IDLE_S)

    def end(self) -> None:
        """No more requests; those that came are answered first."""
        self._last = True
        if not self.busy and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- the parser's side ---

    def on_message_begin(self) -> None:
        self._url, self._reading, self._since = b"", True, self._server.now

    def on_url(self, part: bytes) -> None:
        self._url += part

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in HEADERS:
            self._headers[name.decode()] = value.decode("latin-1")
        elif name == b"expect" and value.lower() == b"100-continue" and self._transport is not None:
            self._transport.write(_CONTINUE)

    def on_body(self, part: bytes) -> None:
        if self._kept < MOST_BODY:
            self._body.append(part[: MOST_BODY - self._kept])
            self._kept += len(part)

    def on_message_complete(self) -> None:
        self._reading, self._bytes = False, 0
        query = self._url.partition(b"?")[2]
        keep = self._parser.should_keep_alive()
        if (
            not self._body
            and not self._headers
            and not self.busy
            and keep
            and self._stored_quickly(query, self._server.clock.now())
        ):
            self._plain = True
            return
        request = Request(query.decode("latin-1"), self._headers, b"".join(self._body))
        if self._headers:
            self._headers = {}
        if self._body:
            self._body, self._kept = [], 0
        self._queue.append((request, keep and self._parser.get_http_version() == "1.1"))
        if not self.busy:
            self._next()
        if len(self._queue) > MOST_WAITING:
            self._pause()

    def _stored_quickly(self, query: bytes, now: float) -> bool:
        item = self._server.door.quick(query, now)
        if item is None:
            return False
        self.busy, self._text = True, _STORED
        self._server.door.writer.put(item, self._heard)
        return True

    # --- one request after the other ---

    def _next(self) -> None:
        """Begin the next of those that wait; those that need no storing are answered on the way."""
        while self._queue and not self.busy:
            waits = self._queue.popleft()
            if waits is None:
                self._say(rendered(Answer(400, b"not HTTP\n"), close=True))
                break
            request, keep = waits
            if not keep:
                self._last = True
                self._queue.clear()
            if request.empty:
                self._say(rendered(Answer(200), close=not keep))
                continue
            self.busy = True
            taken = self._server.door.taken(request)
            if taken is None:
                self._server.later(self._look(request))
            else:
                self._store(taken)
        if self._paused and len(self._queue) <= MOST_WAITING:
            self._resume()
        if not self.busy:
            self._since = self._server.now
            if self._last and self._transport is not None:
                self._transport.close()

    async def _look(self, request: Request) -> None:
        taken = await self._server.door.looked(request)
        if taken is None:
            self._said(rendered(UNKNOWN_LIST, close=self._last))
        else:
            self._store(taken)

    def _store(self, taken: Taken) -> None:
        self._text = rendered(Answer(200, taken.body), close=self._last)
        self._server.door.writer.put(taken.item, self._heard)

    def _heard(self, failed: BusUnavailable | None) -> None:
        if failed is None and self._text is _STORED and not (self._queue or self._last or self._paused):
            self.busy, self._since = False, self._server.now
            if self._transport is not None:
                self._transport.write(_STORED)
            return
        if failed is None:
            self._said(_STORED_LAST if self._last and self._text is _STORED else self._text)
        else:
            self._said(rendered(NOT_STORED, close=self._last))

    def _said(self, text: bytes) -> None:
        self.busy = False
        self._say(text)
        if self._queue or self._last or self._paused:
            self._next()
        else:
            self._since = self._server.now

    def _say(self, text: bytes) -> None:
        if self._transport is not None:
            self._transport.write(text)

    def _broken(self) -> None:
        """Those before it are answered, then this; behind a request that ends the connection nothing is answered."""
        if self._last:
            return
        self._last = True
        self._queue.append(None)
        self._next()

    def _pause(self) -> None:
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._transport is not None and not self._stuck and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
