"""Which cameras are ours: leases in Redis with an expiry, shared out among the workers that live.

Every worker renews what it holds and takes free cameras up to its share, `ceil(cameras / workers)`; who holds more than its
share (a worker joined) gives the rest back. A dead worker's leases expire, its sign of life too, and the others' shares
rise: its cameras are watched again within `LEASE_S` and a second or two. While Redis is away everybody goes on with what he
holds; two may then watch the same camera until Redis is back: an alert too many is better than none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, cast

import redis
import structlog

from lianqin import keys

log = structlog.get_logger(__name__)
LEASE_S: Final = 8.0
_RENEW: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZADD', KEYS[1], now, ARGV[1])
local mine = {}
for i = 2, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if holder == false then
    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2] * 1000)
    holder = ARGV[1]
  elseif holder == ARGV[1] then
    redis.call('PEXPIRE', KEYS[i], ARGV[2] * 1000)
  end
  mine[i - 1] = holder == ARGV[1] and 1 or 0
end
return {redis.call('ZCARD', KEYS[1]), mine}
"""
_GIVE_BACK: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end"


class Leases:
    """One worker's. Redis' errors pass through; what was held stays held then."""

    def __init__(self, client: redis.Redis, worker: str, *, lease_s: float = LEASE_S) -> None:
        self._redis, self._worker, self._lease_s = client, worker, lease_s
        self._renew = client.register_script(_RENEW)
        self._give_back = client.register_script(_GIVE_BACK)
        self._held: set[str] = set()

    @property
    def held(self) -> frozenset[str]:
        return frozenset(self._held)

    def poll(self, cameras: Collection[str]) -> frozenset[str]:
        """Renew, give back what is too much, take what is free: the ids to watch from now on."""
        wanted = set(cameras)
        for gone in sorted(self._held - wanted):
            self._release(gone)
        ours = sorted(self._held)
        workers, mine = self._ask(ours)
        for camera, still in zip(ours, mine, strict=True):
            if not still:
                log.warning("lease_lost", camera=camera)
                self._held.discard(camera)
        share = -(-len(wanted) // max(1, workers))
        for camera in sorted(self._held)[share:]:
            log.info("lease_given_back", camera=camera, share=share, workers=workers)
            self._release(camera)
        if len(self._held) < share:
            self._take(sorted(wanted - self._held), share)
        return self.held

    def give_all_back(self) -> None:
        """At the end: others need not wait for the expiry."""
        for camera in sorted(self._held):
            self._release(camera)
        self._redis.zrem(keys.ingest_workers(), self._worker)

    def _ask(self, cameras: list[str]) -> tuple[int, list[int]]:
        names = [keys.ingest_workers(), *(keys.camera_lease(camera) for camera in cameras)]
        answer = cast("Any", self._renew(keys=names, args=[self._worker, self._lease_s]))
        return int(answer[0]), [int(one) for one in answer[1]]

    def _take(self, free: Iterable[str], share: int) -> None:
        for camera in free:
            if len(self._held) >= share:
                return
            name = keys.camera_lease(camera)
            taken = self._redis.set(name, self._worker, nx=True, px=int(self._lease_s * 1000))
            # Our own name in it: this worker was killed and is back before its lease expired.
            if taken or cast("Any", self._redis.get(name)) == self._worker.encode():
                self._held.add(camera)
                log.info("lease_taken", camera=camera)

    def _release(self, camera: str) -> None:
        self._held.discard(camera)
        self._give_back(keys=[keys.camera_lease(camera)], args=[self._worker])
