"""Which camera killed a worker? Marks in Redis of what each worker has opened within the last minute, counted at its death.

A camera is marked before its stream is opened, and no more once it has played for `SURE_S` or was closed. Whoever finds the
marks of a worker that ended without taking them back - the worker itself when it starts again, or one that lives on - blames
what was marked: of it those that were blamed most often before, where there are any. The blamed are opened by halves, the other half
only when the first is sure: one bad camera among 150 is found in eight deaths at the most. Who was blamed alone for the
second time is opened in a process of its own (`alone.py`), until it lived there for an hour or has another address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec
import redis
import structlog

from lianqin import keys
from lianqin.decoding import from_json
from lianqin.records import Camera

log = structlog.get_logger(__name__)
SURE_S: Final = 60.0
ALONE_AFTER: Final = 2
"""Deaths."""
_TAKE: Final = """
local found = redis.call('HKEYS', KEYS[1])
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return found
"""


class Blame(msgspec.Struct, frozen=True):
    """`times`: deaths at which the camera was marked; `sole`: at the last one nobody else was to blame. `of`: its address then."""

    times: int
    sole: bool
    of: str


class Risks:
    """Of one worker. Redis' errors pass through, except from `opens`, which any thread calls."""

    def __init__(self, client: redis.Redis, worker: str) -> None:
        self._redis, self._worker = client, worker
        self._take = client.register_script(_TAKE)
        self._blamed: dict[str, Blame] = {}
        self._marked: dict[str, float] = {}
        self._ended = False

    def opens(self, camera_id: str, now: float) -> None:
        """It is opened now (monotonic seconds): whoever kills us within a minute may be it."""
        if self._ended:
            return  # a reader that was not waited for
        self._marked[camera_id] = now
        try:
            pipe = self._redis.pipeline(transaction=False)
            pipe.sadd(keys.workers_at_risk(), self._worker)
            pipe.hset(keys.cameras_at_risk(self._worker), camera_id, 1)
            pipe.execute()
        except (redis.exceptions.RedisError, OSError) as error:
            log.warning("risk_not_marked", camera=camera_id, error=str(error))

    def closed(self, camera_id: str) -> None:
        if self._marked.pop(camera_id, None) is not None:
            self._redis.hdel(keys.cameras_at_risk(self._worker), camera_id)

    def end(self) -> None:
        """A clean one: nobody is to blame."""
        self._ended = True
        self._take(keys=[keys.cameras_at_risk(self._worker), keys.workers_at_risk()], args=[self._worker])

    def begin(self, cameras: Mapping[str, Camera]) -> None:
        """What this worker's name left behind when it died."""
        self._count(self._worker, cameras)

    def look(self, cameras: Mapping[str, Camera], now: float) -> None:
        """Each second: the marks of the dead are counted, those who are sure are cleared."""
        at_risk = cast("Any", self._redis.smembers(keys.workers_at_risk()))
        for raw in at_risk:
            name = raw.decode()
            if name != self._worker and self._redis.zscore(keys.ingest_workers(), name) is None:
                self._count(name, cameras)
        for name in [name for name, since in self._marked.items() if now - since > SURE_S]:
            self.closed(name)
            self.clear(name)
        found = cast("dict[bytes, bytes]", cast("Any", self._redis.hgetall(keys.cameras_blamed())))
        blamed = {raw.decode(): from_json(body, Blame) for raw, body in found.items()}
        for name in [name for name, one in blamed.items() if name not in cameras or one.of != _of(cameras[name])]:
            self._redis.hdel(keys.cameras_blamed(), name)
            del blamed[name]
        self._blamed = blamed

    def clear(self, camera_id: str) -> None:
        """It proved harmless."""
        if self._blamed.pop(camera_id, None) is not None:
            self._redis.hdel(keys.cameras_blamed(), camera_id)
            log.info("camera_cleared", camera=camera_id)

    def alone(self, camera_id: str) -> bool:
        """It is opened where it can hurt nobody else."""
        blame = self._blamed.get(camera_id)
        return blame is not None and blame.sole and blame.times >= ALONE_AFTER

    def held_back(self, held: Iterable[str]) -> frozenset[str]:
        """Of ours those that wait until others are sure."""
        return held_back({name: self._blamed[name] for name in held if name in self._blamed and not self.alone(name)})

    def _count(self, worker: str, cameras: Mapping[str, Camera]) -> None:
        raw = self._take(keys=[keys.cameras_at_risk(worker), keys.workers_at_risk()], args=[worker])
        marked = {name.decode() for name in cast("Any", raw)} & set(cameras)
        if not marked:
            return
        found = cast("dict[bytes, bytes]", cast("Any", self._redis.hgetall(keys.cameras_blamed())))
        known = {raw.decode(): from_json(body, Blame) for raw, body in found.items()}
        known = {name: one for name, one in known.items() if name in cameras and one.of == _of(cameras[name])}
        told = blame(marked, known, {name: _of(cameras[name]) for name in marked})
        for name, one in told.items():
            self._redis.hset(keys.cameras_blamed(), name, msgspec.json.encode(one))
        log.error("worker_died", died=worker, blamed=len(told), cameras=sorted(told)[:10])


def blame(marked: set[str], known: Mapping[str, Blame], addresses: Mapping[str, str]) -> dict[str, Blame]:
    """Who is to blame for a death at which these were marked, and how often by now. Pure."""
    most = max((known[name].times for name in marked if name in known), default=0)
    guilty = {name for name in marked if name in known and known[name].times == most} or marked
    return {
        name: Blame(known[name].times + 1 if name in known else 1, len(guilty) == 1, addresses[name]) for name in guilty
    }


def held_back(blamed: Mapping[str, Blame]) -> frozenset[str]:
    """Of the blamed those that were most often so are opened by halves. Pure."""
    most = max((one.times for one in blamed.values()), default=0)
    suspects = sorted(name for name, one in blamed.items() if one.times == most)
    return frozenset(suspects[-(-len(suspects) // 2) :])


def _of(camera: Camera) -> str:
    told = f"{camera.url}|{camera.sub_url}|{camera.transport}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
