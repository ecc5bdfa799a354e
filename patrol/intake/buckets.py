"""Token buckets by address and in all: what strangers may have kept of what they send. Times are monotonic seconds."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

MOST_REMEMBERED: Final = 10_000
"""Addresses; one that is forgotten begins with a full bucket, and the bucket of all is there still."""


class BucketRate(msgspec.Struct, frozen=True):
    """So many at once, and so many a second after them."""

    burst: float
    per_s: float


class _Bucket:
    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: BucketRate, now: float) -> None:
        self._rate, self._left, self._at = rate, rate.burst, now

    def has_one(self, now: float) -> bool:
        self._left = min(self._rate.burst, self._left + max(0.0, now - self._at) * self._rate.per_s)
        self._at = now
        return self._left >= 1

    def take(self) -> None:
        self._left -= 1


class Buckets:
    """`take` says whether one more is allowed, by its address and in all. `each` is far below `whole`: no address empties it."""

    def __init__(self, each: BucketRate, whole: BucketRate, now: float) -> None:
        self._each, self._whole = each, _Bucket(whole, now)
        self._by_name: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, now: float) -> bool:
        """`name`: of an address, or whatever else is to be told apart; empty: only the bucket of all counts."""
        own = self._own(name, now) if name else None
        if (own is not None and not own.has_one(now)) or not self._whole.has_one(now):
            return False
        if own is not None:
            own.take()
        self._whole.take()
        return True

    def _own(self, name: str, now: float) -> _Bucket:
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = _Bucket(self._each, now)
            if len(self._by_name) > MOST_REMEMBERED:
                self._by_name.popitem(last=False)
        else:
            self._by_name.move_to_end(name)
        return found
