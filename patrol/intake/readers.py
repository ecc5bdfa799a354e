"""The public clients: an ordered table, a row for each. The first row that knows a request reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from patrol.intake import owntracks, traccar
from patrol.intake.reports import Heartbeat, HttpRequest, Part, PositionReport, SosSent, UnreadableReport, odd
from patrol.intake.sos import pairs_call, text_calls
from patrol.intake.values import pairs_of, plain

__all__ = [
    "CLIENTS",
    "HEADERS",
    "Client",
    "Heartbeat",
    "HttpRequest",
    "Part",
    "PositionReport",
    "SosSent",
    "UnreadableReport",
    "answer_of",
    "client_of",
    "content_type_of",
    "credentials_in",
    "read",
    "says_sos",
]  # fmt: skip

HEADERS: Final = frozenset({b"authorization", b"x-limit-u", b"x-limit-d"})
"""All that the readers look at."""
PLAIN: Final = b"text/plain; charset=utf-8"
JSON: Final = b"application/json"
UNKNOWN_CLIENT: Final = "unknown"


class Client(msgspec.Struct, frozen=True):
    """One public client. `read` raises RecordError `fix.unreadable`; `credential_of`: all that stands where the client has
    its credential, whether or not the rest can be read; `answer` and its content type: what it wants to hear with its 200."""

    name: str
    knows: Callable[[HttpRequest], bool]
    read: Callable[[HttpRequest], tuple[Part, ...]]
    credential_of: Callable[[HttpRequest], frozenset[str]]
    answer: bytes = b""
    content_type: bytes = PLAIN


CLIENTS: Final = (
    Client("owntracks", owntracks.knows, owntracks.read, owntracks.password_of, b"[]", JSON),
    Client("traccar9", traccar.knows_9, traccar.read_9, traccar.credentials_in_body),
    Client("traccar10", traccar.knows_10, traccar.read_10, traccar.credentials_in_body),
    Client("traccar8", traccar.knows_8, traccar.read_8, traccar.credentials_in_query),
)
"""Of two with the same answer the content type is the same."""


def client_of(request: HttpRequest) -> Client | None:
    return next((client for client in CLIENTS if client.knows(request)), None)


def read(request: HttpRequest) -> tuple[Part, ...]:
    """All parts of a message, at least one. A call for help comes before the report of its place. Raises RecordError
    `fix.unreadable` that says why where nothing in it can be used."""
    client = client_of(request)
    if client is None:
        raise odd("no known form")
    parts = client.read(request)
    if len(parts) == 1 and isinstance(parts[0], UnreadableReport):
        raise odd(parts[0].why)
    return parts


def says_sos(request: HttpRequest, *, broken: bool) -> bool:
    """Whether a message calls for help outside of what its reader read: in the query beside a body, or anywhere in one that
    is `broken`."""
    if broken:
        return text_calls(f"{plain(request.query)}&{plain(request.body.decode('utf-8', 'replace'))}")
    return bool(request.query) and pairs_call(pairs_of(request.query))


def credentials_in(request: HttpRequest) -> frozenset[str]:
    """By every client's rule: a broken message may be taken for another client's."""
    return frozenset().union(*(client.credential_of(request) for client in CLIENTS))


def answer_of(client: str) -> bytes:
    """What the client of that name wants to hear with its 200."""
    return next((row.answer for row in CLIENTS if row.name == client), b"")


def content_type_of(answer: bytes) -> bytes:
    return next((row.content_type for row in CLIENTS if row.answer == answer), PLAIN)
