"""An answer that many pages ask for in one moment is worked out once.

A change is told to every page, and each reads what changed at once: ten pages read the same alert within some milliseconds. An answer stands while
the feed has no newer number, for whatever changes an alert tells the feed in the same transaction; what changes by time alone may be
`STANDS_S` old. Only for answers that are the same for everybody who may have them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from lianqin import feed
from lianqin.clock import Clock
from lianqin.db import Store

STANDS_S: Final = 0.5
KEPT: Final = 64
"""Answers that are kept at once; who asks for more of them works them out."""


class _Answer:
    """One answer and whoever works it out."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.newest, self.at, self.body = -1, 0.0, b""


class SharedReads:
    """Asked by the threads that answer requests."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._kept: OrderedDict[str, _Answer] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, key: str, make: Callable[[Session], bytes]) -> bytes:
        """The answer of that name, made by `make` where none stands. Raises what `make` raises, and keeps nothing then."""
        answer = self._of(key)
        with answer.lock, self._store.read() as session:
            newest, now = feed.newest(session), self._clock.monotonic()
            if newest != answer.newest or now - answer.at > STANDS_S:
                answer.newest = -1
                answer.body = make(session)
                answer.newest, answer.at = newest, now
            return answer.body

    def _of(self, key: str) -> _Answer:
        with self._lock:
            answer = self._kept.setdefault(key, _Answer())
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return answer
