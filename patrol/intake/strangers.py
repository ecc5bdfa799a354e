"""Posts that no enrolled device proves: told apart cheaply, cut short, kept so many a second, and counted beyond it.

Many phones of a mobile carrier have one address, so nothing here looks at an address before a post was found to be a stranger's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import structlog
from msgspec.structs import replace

from patrol.intake.buckets import BucketRate, Buckets
from patrol.intake.devices import Devices
from patrol.intake.owntracks import password_of
from patrol.intake.reports import HttpRequest
from patrol.intake.traccar import CREDENTIALS, credentials_in_query

log = structlog.get_logger(__name__)
POSTS_EACH: Final = BucketRate(burst=30, per_s=0.1)
POSTS: Final = BucketRate(burst=300, per_s=0.25)
"""900 an hour: the quarantine's bound (`patrol.worker.retention.MOST_QUARANTINED`) is a day of them."""
CALLS_EACH: Final = BucketRate(burst=10, per_s=0.1)
CALLS: Final = BucketRate(burst=100, per_s=0.25)
"""Of what calls for help: it has buckets of its own, so that noise never takes its place."""
UNPROVED_EACH: Final = BucketRate(burst=10, per_s=0.1)
UNPROVED: Final = BucketRate(burst=1000, per_s=10)
"""Calls for help under an enrolled terminal's number by who did not show its code, by number."""
MOST_READ: Final = 8 * 1024
"""Bytes of a stranger's query and body that are looked into."""
_LOOKS: Final = 4
"""Places of a name that are looked at from the front of a body, and from its end."""
_VALUE: Final = 200
_NAMES: Final = tuple(f'"{name}"'.encode() for name in CREDENTIALS) + tuple(f"{name}=".encode() for name in CREDENTIALS)
LOG_EVERY_S: Final = 60.0


def _places(body: bytes, name: bytes) -> Iterator[int]:
    """Where a name's first and last places end."""
    at, found = -1, 0
    while found < _LOOKS and (at := body.find(name, at + 1)) >= 0:
        found += 1
        yield at + len(name)
    at, found = len(body), 0
    while found < _LOOKS and (at := body.rfind(name, 0, at)) >= 0:
        found += 1
        yield at + len(name)


def _value_at(body: bytes, at: int) -> str:
    """What stands there, of JSON or of a form."""
    text = body[at : at + _VALUE].lstrip(b' \t\r\n:"')
    for end in (b'"', b"&", b",", b"}", b"]"):
        text = text.partition(end)[0]
    return text.strip().decode("utf-8", "replace")


def likely_credentials(request: HttpRequest) -> Iterator[str]:
    """What stands where clients have their credential, without reading the message."""
    yield from password_of(request)
    if request.query:
        yield from credentials_in_query(request)
    for name in _NAMES:
        for at in _places(request.body, name):
            yield _value_at(request.body, at)


def shortened(request: HttpRequest) -> HttpRequest | None:
    """As much of it as is looked into; None: it is no longer than that."""
    if len(request.query) + len(request.body) <= MOST_READ:
        return None
    query = request.query[:MOST_READ]
    return replace(request, query=query, body=request.body[: MOST_READ - len(query)])


class Strangers:
    """Of one intake. `unkept` counts, since the start, what was answered and not kept."""

    def __init__(self, devices: Devices, now: float) -> None:
        self._devices = devices
        self._posts = Buckets(POSTS_EACH, POSTS, now)
        self._calls = Buckets(CALLS_EACH, CALLS, now)
        self._unproved = Buckets(UNPROVED_EACH, UNPROVED, now)
        self.unkept: Counter[str] = Counter()
        self._fresh: Counter[str] = Counter()
        self._said_at = -1e9
        self._uncounted = 0

    def proves(self, request: HttpRequest) -> bool:
        """Does a device that is enrolled and not revoked stand in it? One that says so at a place where none of our clients does
        waits in the strangers' line, and is taken there."""
        return any(
            device is not None and not device.revoked
            for device in map(self._devices.of, likely_credentials(request))
        )  # fmt: skip

    def keeps(self, address: str, now: float, *, calls: bool) -> bool:
        """One more post of a stranger: is it kept? `calls`: it calls for help."""
        kept = (self._calls if calls else self._posts).take(address, now)
        if not kept:
            self._count("call" if calls else "post")
        return kept

    def hears(self, number: str, now: float) -> bool:
        """One more call for help under a terminal's number, without its code."""
        heard = self._unproved.take(number, now)
        if not heard:
            self._count("unproved_call")
        return heard

    def _count(self, what: str) -> None:
        self.unkept[what] += 1
        self._fresh[what] += 1
        self._uncounted += 1

    def take_uncounted(self) -> int:
        """How many since it was asked last."""
        found, self._uncounted = self._uncounted, 0
        return found

    def give_back(self, number: int) -> None:
        """They could not be counted where they are counted."""
        self._uncounted += number

    def report(self, now: float) -> None:
        """Log what came since the last time, once a minute at most. `now`: monotonic."""
        if self._fresh and now - self._said_at >= LOG_EVERY_S:
            fresh, self._fresh, self._said_at = self._fresh, Counter(), now
            log.warning("intake_strangers_unkept", counts=dict(fresh))
