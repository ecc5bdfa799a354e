"""Requests that are answered without being taken: status, reason and what the client is told. Counted by reason, logged
once a minute; nothing of what was sent is ever logged.

Statuses: RFC 9110 section 15; framing: RFC 9112 section 6.
"""

from __future__ import annotations

import traceback
from collections import Counter
from pathlib import Path
from typing import Final

import httptools
import msgspec
import structlog

log = structlog.get_logger(__name__)
LOG_EVERY_S: Final = 60.0


class Refusal(msgspec.Struct, frozen=True):
    """`reason` is one of a closed set: it is what is counted."""

    status: int
    reason: str
    told: bytes


def _row(status: int, reason: str, told: str) -> Refusal:
    return Refusal(status, reason, told.encode() + b"\n")


NOT_HTTP: Final = _row(400, "not_http", "not HTTP")
REPEATED_HEADER: Final = _row(400, "repeated_header", "a header that may come once came twice")
TIMED_OUT: Final = _row(408, "timed_out", "the request did not come whole in time")
LONG_BODY: Final = _row(413, "long_body", "the body is too long")
LONG_TARGET: Final = _row(414, "long_target", "the address is too long")
EXPECTATION: Final = _row(417, "expectation", "only 100-continue can be expected")
LONG_HEAD: Final = _row(431, "long_head", "the headers are too long")
FAILED: Final = _row(500, "failed", "this request failed, others may not")
CODING: Final = _row(501, "transfer_coding", "only the transfer coding `chunked` is understood")
METHOD: Final = _row(501, "method", "this method is not served")
_VERSION: Final = _row(505, "version", "only HTTP/1.0 and HTTP/1.1 are spoken")
_PARSER: Final = (
    ("can't be present with", _row(400, "two_lengths", "both Content-Length and Transfer-Encoding")),
    ("Content-Length", _row(400, "content_length", "Content-Length is no number, or came twice")),
    ("Transfer-Encoding", _row(400, "transfer_encoding", "Transfer-Encoding does not end with one `chunked`")),
    ("hunk", _row(400, "chunk", "a chunk is broken")),
    ("HTTP version", _VERSION),
    ("PRI/Upgrade", _VERSION),
    ("header", _row(400, "header", "a header is broken")),
)
"""What stands in the parser's text, in order, and what it comes to."""
_BY_TYPE: Final = (
    (httptools.HttpParserInvalidMethodError, _row(400, "request_line", "not HTTP: no known method")),
    (httptools.HttpParserInvalidURLError, _row(400, "target", "the address has characters that can't be in one")),
)


def refusal_of(error: httptools.HttpParserError) -> Refusal:
    """What the parser could not read; or, where our own part failed in the middle of it, `FAILED`."""
    if isinstance(error, httptools.HttpParserCallbackError):
        return FAILED
    for kind, refusal in _BY_TYPE:
        if isinstance(error, kind):
            return refusal
    text = str(error)
    return next((refusal for part, refusal in _PARSER if part in text), NOT_HTTP)


def failure_of(error: BaseException) -> str:
    """A reason to count: the exception's kind and the line it came from, without its text, which may quote the client."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{FAILED.reason} {type(error).__name__} {where}"


class Refusals:
    """`counts` since the start, by reason."""

    def __init__(self, event: str) -> None:
        self.counts: Counter[str] = Counter()
        self._event, self._fresh = event, Counter[str]()
        self._said_at = -1e9

    def count(self, reason: str, number: int = 1) -> None:
        self.counts[reason] += number
        self._fresh[reason] += number

    def report(self, now: float) -> None:
        """Log what came since the last time, once a minute at most. `now`: monotonic."""
        if self._fresh and now - self._said_at >= LOG_EVERY_S:
            fresh, self._fresh, self._said_at = self._fresh, Counter(), now
            log.warning(self._event, counts=dict(fresh))
