"""The bytes of one connection to requests, by httptools, however they were cut. What can't be read is a `Refusal`.

A request has its own headers alone: not those of the next one, and no trailer's (RFC 9110 section 6.5.1).
"""

from __future__ import annotations

from typing import Final, Protocol

import httptools
import msgspec

from patrol.intake import refusals
from patrol.intake.door import MOST_BODY
from patrol.intake.readers import HEADERS, HttpRequest
from patrol.intake.refusals import Refusal

MOST_HEAD: Final = 32 * 1024
MOST_MESSAGE: Final = 4 * 1024 * 1024
"""Bytes of a request before it is no longer read to its end."""
_MOST_DIGITS: Final = 18


class FramedRequest(msgspec.Struct, frozen=True):
    """A whole request; with a `Refusal` one that was framed and can't be taken. `close`: the connection's last. `head`: its
    answer has no body (RFC 9110 section 9.3.2). `forwarded`: what `X-Forwarded-For` says, to be believed of a trusted proxy alone."""

    what: HttpRequest | Refusal
    close: bool
    head: bool = False
    forwarded: str = ""


class Asker(Protocol):
    """Whose requests they are."""

    def began(self) -> None:
        """The first bytes of a request came."""

    def waits_for_continue(self) -> None:
        """The head came, and the client wants to hear 100 before it sends the body."""

    def took_quickly(self, query: bytes) -> bool:
        """A request with nothing but a query came; False: it is to be `asked`."""

    def asked(self, asked: FramedRequest) -> None:
        """A whole request came."""


class _Refused(Exception):
    """Raised in a parser's callback; `RequestReader._refusal` says why."""


class RequestReader:
    """`feed` it. The names that begin with `on_` are httptools'. `reading`: a request began and is not whole yet. `url` of
    the last request."""

    __slots__ = (
        "_asker", "_body", "_bytes", "_expects", "_forwarded", "_head", "_head_read", "_headers", "_host", "_kept", "_parser", "_refusal", "reading",
        "url",
    )  # fmt: skip

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._parser = httptools.HttpRequestParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._forwarded: list[bytes] = []
        self._kept = self._bytes = self._head = 0
        self._refusal: Refusal | None = None
        self._head_read = self._host = self._expects = self.reading = False
        self.url = b""

    def feed(self, data: bytes) -> Refusal | None:
        """Why nothing more can be read on this connection, if so. After `close` it is not to be fed."""
        self._bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return None  # nothing to upgrade to: the request was told to be the last
        except httptools.HttpParserError as error:
            return self._refusal or refusals.refusal_of(error)
        if self.reading and self._bytes > (MOST_MESSAGE if self._body else MOST_HEAD):
            return refusals.LONG_BODY if self._body else self._long_head()
        return None

    def on_message_begin(self) -> None:
        self.url, self._headers, self.reading = b"", {}, True
        if self._body:
            self._body, self._kept = [], 0
        if self._forwarded:
            self._forwarded = []
        self._refusal, self._head = None, 0
        self._head_read = self._host = self._expects = False
        self._asker.began()

    def on_url(self, part: bytes) -> None:
        self.url += part

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_read:
            return  # a trailer
        self._head += len(name) + len(value) + 4
        name, value = name.lower(), value.strip()
        if name in HEADERS:
            if self._headers.setdefault(name.decode(), value.decode("latin-1")) != value.decode("latin-1"):
                self._refusal = refusals.REPEATED_HEADER
        elif name == b"x-forwarded-for":
            self._forwarded.append(value)
        elif name == b"host":
            if self._host:
                self._refusal = refusals.REPEATED_HEADER
            self._host = True
        elif name == b"expect":
            self._expects = True
            if value.lower() != b"100-continue":
                self._stop(refusals.EXPECTATION)
        elif name == b"content-length" and value.isdigit() and (len(value) > _MOST_DIGITS or int(value) > MOST_MESSAGE):
            self._stop(refusals.LONG_BODY)
        elif name == b"transfer-encoding" and value.lower() != b"chunked" and value.lower().endswith(b"chunked"):
            self._stop(refusals.CODING)

    def on_headers_complete(self) -> None:
        self._head_read = True
        if self._head + len(self.url) > MOST_HEAD:
            self._stop(self._long_head())
        if self._parser.get_method() == b"CONNECT":
            self._stop(refusals.METHOD)
        if self._expects and self._parser.get_http_version() == "1.1":
            self._asker.waits_for_continue()

    def on_body(self, part: bytes) -> None:
        if self._kept < MOST_BODY:
            self._body.append(part[: MOST_BODY - self._kept])
            self._kept += len(part)

    def on_message_complete(self) -> None:
        self.reading, self._bytes = False, 0
        parser = self._parser
        close = not parser.should_keep_alive() or parser.get_http_version() != "1.1" or parser.should_upgrade()
        query = self.url.partition(b"?")[2]
        if not (self._body or self._headers or self._refusal or close) and self._asker.took_quickly(query):
            return
        request = self._refusal or HttpRequest(query.decode("latin-1"), self._headers, b"".join(self._body))
        forwarded = b",".join(self._forwarded).decode("latin-1")
        self._asker.asked(FramedRequest(request, close, parser.get_method() == b"HEAD", forwarded))

    def _long_head(self) -> Refusal:
        return refusals.LONG_TARGET if len(self.url) > MOST_HEAD // 2 else refusals.LONG_HEAD

    def _stop(self, why: Refusal) -> None:
        self._refusal = why
        raise _Refused
