"""Work for strangers waits in one line and has a share of the loop's time: it never takes the others'."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from lianqin.errors import BusUnavailable

T = TypeVar("T")
SHARE: Final = 0.25
"""Of the loop's time at most."""
MOST_WAITING: Final = 1000
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of the requests that wait."""
_DEBT_S: Final = 0.01
"""Before a rest: a loop sleeps no less than a millisecond."""


class Lane:
    """`run(work, size)`: one after the other, in the order of their coming."""

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._turn = asyncio.Lock()
        self._free_at = 0.0
        """Until then the share is used up."""
        self.waiting = self.bytes = 0

    async def run(self, work: Callable[[], T], size: int) -> T:
        """What `work` returns; what it raises passes through. Raises BusUnavailable `intake.crowded`: too much waits, nothing was
        looked at."""
        if self.waiting >= MOST_WAITING or self.bytes + size > MOST_BYTES:
            raise BusUnavailable("intake.crowded", "too many unknown senders wait")
        self.waiting += 1
        self.bytes += size
        try:
            async with self._turn:
                while (debt := self._free_at - time.perf_counter()) > _DEBT_S:
                    await asyncio.sleep(debt)
                return self._work(work)
        finally:
            self.waiting -= 1
            self.bytes -= size

    def _work(self, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        try:
            return work()
        finally:
            over = time.perf_counter()
            self._free_at = max(self._free_at, began) + (over - began) / self._share
