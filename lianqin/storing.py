"""When a write to Redis counts: it was answered without an error and, where replicas are asked for, so many of them have it.

An error answer tells of the server (no memory left, read-only after a failover, no disk, loading, busy, no cluster, a password
since its restart), hardly ever of the record: such a server is *away*, as one that can't be reached. An acknowledgement of a
primary alone is lost with it: `WAIT` (https://valkey.io/commands/wait/) asks on the same connection how many replicas have what
was written before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import redis

from lianqin import keys
from lianqin.errors import Unconfirmed

AWAY: Final = (redis.exceptions.RedisError, OSError, Unconfirmed)
"""What a write may raise while Redis does not store."""
WAIT_MS: Final = 1000
"""So long replicas have for it; less than the time-out of any connection."""
_OF_THE_RECORD: Final = (
    "Protocol error",
    "Elements are too large",
    "string exceeds maximum allowed size",
    "invalid bulk length",
)
"""Parts of the answers of Valkey and Redis to what no server of any state will take."""
LONG: Final = 1 << 20
"""Bytes from which on a Redis may refuse an argument (`proto-max-bulk-len` at its least): it closes the connection on its sender, who
may meet the broken pipe before the answer."""


def is_the_records_fault(error: BaseException) -> bool:
    """It will be refused again, however well Redis is."""
    if isinstance(error, redis.exceptions.DataError):
        return True
    return isinstance(error, redis.exceptions.ResponseError) and any(part in str(error) for part in _OF_THE_RECORD)


def may_be_refused(error: BaseException, entries: Sequence[tuple[str, bytes]]) -> bool:
    """Is one of them (a stream, a record as bytes) to blame, perhaps?"""
    return is_the_records_fault(error) or (broke_off(error) and any(len(body) >= LONG for _, body in entries))


def broke_off(error: BaseException) -> bool:
    """The connection ended under what was written."""
    other = redis.exceptions.TimeoutError | redis.exceptions.BusyLoadingError | redis.exceptions.AuthenticationError
    return isinstance(error, redis.exceptions.ConnectionError) and not isinstance(error, other)


class Replicas:
    """How many are to have a write before it counts; 0: none is asked. One a writer; not thread-safe beyond its one flag."""

    def __init__(self, wanted: int = 0) -> None:
        self.wanted = wanted
        self.unconfirmed = False
        """They did not say that they have the last write; a small one is tried first, so that records don't pile up in the
        stream by their repetition."""

    def look(self, client: redis.Redis) -> None:
        """Before a write. Raises Unconfirmed while replicas still don't answer; Redis' errors pass through."""
        if not self.unconfirmed:
            return
        self.unconfirmed = False  # an error from here on is another reason
        let_go(client)  # this may be a primary that was replaced, and another one has the replicas now
        pipe = client.pipeline(transaction=False)
        pipe.set(keys.replicas_asked(), b"", ex=60)
        self.ask(pipe)
        self.heard(answers_of(pipe)[-1])

    def ask(self, pipe: Any) -> None:
        """Behind the writes of a pipeline that is no transaction: its last answer is for `heard`."""
        if self.wanted:
            pipe.execute_command("WAIT", self.wanted, WAIT_MS)

    def heard(self, have: Any) -> None:
        """Raises Unconfirmed when fewer than wanted have it; it may be stored all the same."""
        if self.wanted and int(have) < self.wanted:
            self.unconfirmed = True
            raise Unconfirmed(
                "bus.unconfirmed",
                f"{have} of {self.wanted} replicas have it after {WAIT_MS} ms",
                have=int(have),
                wanted=self.wanted,
            )


def answers_of(pipe: Any) -> list[Any]:
    """Execute. The first error is raised as Redis said it: the client would put the record's own words into its text."""
    answers: list[Any] = pipe.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def let_go(client: redis.Redis) -> None:
    """After an error answer: the address may lead to another server meanwhile, so idle connections are made anew."""
    client.connection_pool.disconnect(inuse_connections=False)
