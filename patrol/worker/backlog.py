"""Shifts whose late fixes lie in the trails and are not judged yet. Kept in Redis: their entries are acknowledged once the
fixes are durable, and a successor goes on with the list. A shift is judged again once for all that came meanwhile, not once
for each message: a storm of a million late fixes costs as many folds as there are guards, and a few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import redis

from lianqin import keys
from lianqin.records import Fix

Span = tuple[float, float]
"""Device times of the first and last late fix."""
PATIENCE_S: Final = 10.0
"""While more keeps coming a shift waits so long: most of its rest will be there then."""


class Backlog:
    """The list of one partition, whose lease the caller holds: nobody else writes it."""

    def __init__(self, client: redis.Redis, partition: int) -> None:
        self._redis, self._key = client, keys.behind(partition)
        self._since: dict[str, float] = {}
        self._spans: dict[str, Span] = {}

    def __len__(self) -> int:
        return len(self._spans)

    def load(self, now: float) -> None:
        """What a predecessor left, all of it due."""
        raw = cast("dict[bytes, bytes]", self._redis.hgetall(self._key))
        self._spans, self._since = {}, {}
        for shift_id, told in raw.items():
            first, last = (float(part) for part in told.split(b"|"))
            self._spans[shift_id.decode()], self._since[shift_id.decode()] = (first, last), now - PATIENCE_S

    def add(self, fixes: Mapping[str, Sequence[Fix]], now: float) -> None:
        """These are in the trails. On return they can be acknowledged. Redis errors pass through."""
        spans = {one: (min(fix.at for fix in some), max(fix.at for fix in some)) for one, some in fixes.items() if some}
        self.add_spans(spans, now)

    def add_spans(self, spans: Mapping[str, Span], now: float) -> None:
        """The same for spans of device time; (inf, -inf): no fix of its own, but its facts may be others."""
        found: dict[str, Span] = {}
        for shift_id, (begins, ends) in spans.items():
            first, last = self._spans.get(shift_id, (begins, ends))
            found[shift_id] = min(first, begins), max(last, ends)
        if found:
            self._redis.hset(
                self._key, mapping=cast("Any", {one: f"{first!r}|{last!r}" for one, (first, last) in found.items()})
            )
        for shift_id in found:
            self._since.setdefault(shift_id, now)
        self._spans |= found

    def due(self, now: float, most: int, *, every: bool) -> dict[str, Span]:
        """Of those that wait the longest, `most`; `every`: nothing more comes, so all are due."""
        ripe = (one for one, since in self._since.items() if every or now - since >= PATIENCE_S)
        return {one: self._spans[one] for one, _ in zip(ripe, range(most), strict=False)}

    def done(self, shift_ids: Iterable[str]) -> None:
        """They are judged with all that was on the list. Redis errors pass through: then they are judged once more."""
        gone = list(shift_ids)
        if gone:
            self._redis.hdel(self._key, *gone)
        self.leave(gone)

    def leave(self, shift_ids: Iterable[str]) -> None:
        """Not in this life: they stay in Redis for the next worker, or until more of their fixes come."""
        for one in shift_ids:
            self._spans.pop(one, None)
            self._since.pop(one, None)
