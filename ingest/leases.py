"""Which cameras are ours: leases in Redis with an expiry and a fencing token, shared out among the workers that live.

Every worker renews what it holds and takes free cameras up to its share, `ceil(cameras / workers)`. Who holds more than
its share (a worker joined) or is to end (it drains) *offers* the rest and watches on; another worker claims an offered
camera, opens it, and takes the lease over once its pictures come (`ready`): no moment is unwatched, and only the holder
detects. A dead worker's leases expire, its sign of life too, and the others' shares rise: its cameras are watched again
within `LEASE_S` and a second or two. While Redis is away everybody goes on with what he holds; two may then watch the same
camera until Redis is back: an alert too many is better than none.

Each taking counts the camera's token up. A worker that was paused and wakes up still has its old one, and what it would
publish under it is refused (Kleppmann, How to do distributed locking, 2016).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, cast

import redis
import structlog

from lianqin import keys

log = structlog.get_logger(__name__)
LEASE_S: Final = 8.0
CLAIM_S: Final = 20.0
"""So long a claimed camera may take to show its first picture."""
_RENEW: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if ARGV[3] == '1' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], now, ARGV[1])
end
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
_TAKE: Final = """
local holder = redis.call('GET', KEYS[1])
local offerer = redis.call('HGET', KEYS[3], ARGV[2])
if holder and holder ~= ARGV[1] and (ARGV[4] == '0' or offerer ~= holder) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3] * 1000)
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('DEL', KEYS[4])
return redis.call('INCR', KEYS[2])
"""
_GIVE_BACK: Final = """
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[2], ARGV[2]) end
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end
"""


class Leases:
    """One worker's. Redis' errors pass through; what was held stays held then."""

    def __init__(
        self,
        client: redis.Redis,
        worker: str,
        *,
        lease_s: float = LEASE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis, self._worker, self._lease_s, self._monotonic = client, worker, lease_s, monotonic
        self._renew = client.register_script(_RENEW)
        self._take_it = client.register_script(_TAKE)
        self._give_back = client.register_script(_GIVE_BACK)
        self._held: dict[str, int] = {}
        self._offered: set[str] = set()
        self._claimed: dict[str, float] = {}
        self.draining = False
        """It takes nothing more and offers all it has."""
        self.others = 0
        """Workers that live beside this one and do not drain."""

    @property
    def held(self) -> frozenset[str]:
        return frozenset(self._held)

    @property
    def warming(self) -> frozenset[str]:
        """Claimed, to be opened and not yet looked at."""
        return frozenset(self._claimed)

    def token(self, camera: str) -> int | None:
        """Under which alerts of the camera may be published; None: it is not held."""
        return self._held.get(camera)

    def poll(self, cameras: Collection[str], ready: Collection[str] | None = None) -> frozenset[str]:
        """Renew, offer what is too much, take what is free, take over what is `ready` of the claimed (None: at once): the
        ids to watch from now on."""
        wanted = set(cameras)
        for gone in sorted((self.held | self.warming) - wanted):
            self._release(gone)
        ours = sorted(self._held)
        workers, mine = self._ask(ours)
        for camera, still in zip(ours, mine, strict=True):
            if not still:
                log.warning("lease_lost", camera=camera, offered=camera in self._offered)
                self._held.pop(camera)
                self._offered.discard(camera)
        self.others = workers - (0 if self.draining else 1)
        share = 0 if self.draining else -(-len(wanted) // max(1, workers))
        self._offer(sorted(self._held)[share:] if self.others > 0 else [], share)
        if not self.draining:
            room = share - (len(self._held) - len(self._offered))
            self._take(sorted(wanted - self.held - self.warming), room - len(self._claimed))
            room = share - (len(self._held) - len(self._offered)) - len(self._claimed)
            self._claim(wanted, room)
            self._take_over(self.warming if ready is None else self.warming & set(ready))
        return self.held

    def give_all_back(self) -> None:
        """At the end: others need not wait for the expiry."""
        for camera in sorted(self.held | self.warming):
            self._release(camera)
        self._redis.zrem(keys.ingest_workers(), self._worker)

    def _ask(self, cameras: list[str]) -> tuple[int, list[int]]:
        names = [keys.ingest_workers(), *(keys.camera_lease(camera) for camera in cameras)]
        answer = cast("Any", self._renew(keys=names, args=[self._worker, self._lease_s, int(self.draining)]))
        return int(answer[0]), [int(one) for one in answer[1]]

    def _offer(self, surplus: Collection[str], share: int) -> None:
        for camera in sorted(set(surplus) - self._offered):
            self._redis.hset(keys.cameras_offered(), camera, self._worker)
            self._offered.add(camera)
            log.info("lease_offered", camera=camera, share=share, others=self.others)
        for camera in sorted(self._offered - set(surplus)):
            self._redis.hdel(keys.cameras_offered(), camera)
            self._offered.discard(camera)

    def _take(self, free: Iterable[str], room: int) -> None:
        for camera in free:
            if room <= 0:
                return
            # Our own name in it: this worker was killed and is back before its lease expired.
            if self._took(camera, offered=False):
                log.info("lease_taken", camera=camera, token=self._held[camera])
                room -= 1

    def _claim(self, wanted: Collection[str], room: int) -> None:
        if room <= 0:
            return
        offered = cast("dict[bytes, bytes]", cast("Any", self._redis.hgetall(keys.cameras_offered())))
        for raw, by in sorted(offered.items()):
            camera = raw.decode()
            if camera not in wanted or camera in self._claimed or by.decode() == self._worker:
                continue
            if not self._redis.set(keys.camera_claim(camera), self._worker, nx=True, px=int(CLAIM_S * 1000)):
                continue
            self._claimed[camera] = self._monotonic()
            room -= 1
            if room <= 0:
                return

    def _take_over(self, ready: Collection[str]) -> None:
        for camera in sorted(ready):
            self._claimed.pop(camera)
            if self._took(camera, offered=True):
                log.info("lease_taken_over", camera=camera, token=self._held[camera])
        for camera, since in list(self._claimed.items()):
            if self._monotonic() - since > CLAIM_S:
                log.warning("claim_given_up", camera=camera)
                self._claimed.pop(camera)

    def _took(self, camera: str, *, offered: bool) -> bool:
        names = [
            keys.camera_lease(camera),
            keys.camera_fence(camera),
            keys.cameras_offered(),
            keys.camera_claim(camera),
        ]
        token = int(cast("Any", self._take_it(keys=names, args=[self._worker, camera, self._lease_s, int(offered)])))
        if token:
            self._held[camera] = token
        return bool(token)

    def _release(self, camera: str) -> None:
        if camera in self._claimed:
            self._claimed.pop(camera)
            self._redis.delete(keys.camera_claim(camera))
            return
        self._held.pop(camera, None)
        self._offered.discard(camera)
        self._give_back(keys=[keys.camera_lease(camera), keys.cameras_offered()], args=[self._worker, camera])
