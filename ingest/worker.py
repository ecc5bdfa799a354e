"""An ingest worker: many cameras in one process. Its parts stand in one table, in the order of their start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import av
import msgspec
import redis
import structlog

from detect.cards import load_card
from detect.detector import Detector, open_detector
from ingest.camera_task import CameraTask, Parts
from ingest.decoding import THREADS, Decoding
from ingest.desk import Desk
from ingest.detecting import Detecting
from ingest.hub import Hub
from ingest.leases import Leases
from ingest.live import LiveServer
from ingest.sources import Opener
from ingest.tap import Tap
from lianqin import inner, keys, supervise
from lianqin.bus import Publisher, connect
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable
from lianqin.evidence import EvidenceStore
from lianqin.follow import Follower
from lianqin.records import Camera, CameraHealth, WatchMinute, WatchMinutes, encode
from lianqin.settings import Settings
from lianqin.spool import Spool

log = structlog.get_logger(__name__)
LOOK_EVERY_S: Final = 1.0
FOLLOW_UP_EVERY_S: Final = 0.25
SIGN_OF_LIFE_S: Final = 10
MOST_ACCOUNTS: Final = 20_000
STOP_S: Final = 1.0
"""How long the end waits for readers; those that hang on a silent camera are left to the end of the process."""
_REDIS_AWAY: Final = (redis.exceptions.RedisError, OSError)


class Part(msgspec.Struct, frozen=True):
    """A thread of the worker: `run_once` is called again and again."""

    name: str
    run_once: Callable[[], None]
    longest: float = 30.0
    """Wait after a failure, seconds: short where all cameras hang on it."""


class Worker:
    """`start`, then `stop`. Cameras come and go by the followed records and the leases."""

    def __init__(
        self, settings: Settings, detector: Detector, *, opener: Opener = av.open, clock: Clock | None = None
    ) -> None:
        """Raises ConflictError when another process of the same `worker_id` runs in this `run_dir`."""
        self._settings, self._clock, self._id = settings, clock or SystemClock(), settings.worker_id
        limit = int(settings.spool_mb * 1e6)
        self._redis = connect(settings.redis, timeout=2.0)
        self._spool = Spool(settings.run_dir / "spool" / self._id, limit_bytes=limit)
        self._publisher = Publisher(connect(settings.redis, timeout=2.0), self._spool)
        self.detecting = Detecting(detector, self._clock)
        self.desk = Desk(
            self._publisher, EvidenceStore(settings.evidence), self._clock, worker=self._id,
            before=settings.clip_before, after=settings.clip_after,
        )  # fmt: skip
        self._hub, self._decoding, self._masking = Hub(self._clock), Decoding(), Decoding()
        self._shared = Parts(
            settings,
            self._clock,
            opener,
            self.detecting,
            self.desk,
            self._hub,
            self._decoding,
            self._masking,
            detector.name,
        )
        self._follower = Follower(self._redis, "camera")
        self._leases = Leases(self._redis, self._id)
        self._wanted: dict[str, Camera] = {}
        self.tasks: dict[str, CameraTask] = {}
        self._told: dict[str, CameraHealth] = {}
        self._accounts: list[WatchMinute] = []
        """Of minutes that are over and not told yet."""
        self._away = False
        self.live = LiveServer(settings, self, self._inner_secret, clock=self._clock, opener=opener)
        self._secret = b""
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.parts = (
            Part("read", self._hub.run_once, 0.2),
            *(Part(f"decode-{n}", self._decoding.run_once, 0.2) for n in range(1, THREADS + 1)),
            *(Part(f"mask-{n}", self._masking.run_once, 0.2) for n in range(1, THREADS + 1)),
            Part("detect", self._detect_once),
            Part("publish", self._publish_once),
            Part("follow-up", self._follow_up_once),
            Part("cameras", self.look_once),
        )

    def start(self) -> None:
        """Start every part. Live video is given up, and said so, when no port is free."""
        try:
            self.live.start()
        except OSError as error:
            log.warning("live_not_served", error=str(error))
        for part in self.parts:
            self._threads.append(
                supervise.start_thread(part.name, part.run_once, self._stop, clock=self._clock, longest=part.longest)
            )

    def drain(self, seconds: float) -> bool:
        """Hand every camera over to the workers beside this one, which open each before they take it; until then it is
        watched here. Returns at once when there is nobody else. True: nothing is left."""
        if self._leases.others == 0:
            return False
        self._leases.draining = True
        until = self._clock.monotonic() + seconds
        self._clock.sleep(2 * LOOK_EVERY_S, self._stop)
        while self._leases.held and self._leases.others > 0 and self._clock.monotonic() < until:
            self._clock.sleep(0.2, self._stop)
        return not self._leases.held

    def stop(self) -> None:
        """Within some seconds: cut and publish what is pending, give the leases back."""
        self._stop.set()
        for task in self.tasks.values():
            task.stop()
        for thread in self._threads:
            thread.join(STOP_S)
        self._hub.close()
        self._accounts += [one for task in self.tasks.values() for one in task.last_account()]
        self._account([])
        self.live.stop()
        self.desk.finish()
        until = self._clock.monotonic() + STOP_S
        for task in self.tasks.values():
            task.join(max(0.0, until - self._clock.monotonic()))
        try:
            self._leases.give_all_back()
            self._redis.delete(keys.worker(self._id))
        except _REDIS_AWAY as error:
            log.warning("leases_not_given_back", error=str(error))
        self._spool.close()

    def tap(self, camera_id: str, stream: str) -> Tap | None:
        """For live video; as `live.Streams` says."""
        task = self.tasks.get(camera_id)
        if task is None or not task.camera.enabled:
            return None
        return task.taps.get(stream) or task.taps["main"]

    def relearn(self, camera_id: str) -> bool:
        """Its view is right as it is now. False: it is not watched here."""
        task = self.tasks.get(camera_id)
        if task is None or not task.camera.enabled:
            return False
        task.relearn()
        try:
            self._redis.hdel(keys.camera_views(), camera_id)
        except _REDIS_AWAY as error:
            log.warning("view_not_forgotten", camera=camera_id, error=str(error))
        return True

    def _inner_secret(self) -> bytes:
        if not self._secret:
            self._secret = inner.secret_of(self._redis, self._settings.inner_secret)
        return self._secret

    # --- the parts' work ----------------------------------------------------------------------------------------------

    def _detect_once(self) -> None:
        self.detecting.run_once()

    def _publish_once(self) -> None:
        self.desk.publish_next()

    def _follow_up_once(self) -> None:
        self.desk.follow_up()
        self._clock.sleep(FOLLOW_UP_EVERY_S, self._stop)

    def look_once(self) -> None:
        """Each second: follow the records, renew the leases, start and stop cameras, tell how they do."""
        healths: list[CameraHealth] | None = None
        try:
            self._follow()
            ready = {name for name, health in self._told.items() if health.state in {"ok", "disabled"}}
            held = self._leases.poll(self._wanted, ready & self._leases.warming)
            self._come_and_go(held | self._leases.warming)
            self._publisher.flush()
            healths = self._healths()
            self._refresh(healths)
            if self._away:
                log.info("redis_is_back")
            self._away = False
        except _REDIS_AWAY as error:
            # Cameras are watched on; alerts go to the spool.
            if not self._away:
                log.warning("redis_away", error=str(error))
            self._away = True
        healths = self._healths() if healths is None else healths
        self._tell_changes(healths)
        self._account(healths)
        self._clock.sleep(LOOK_EVERY_S, self._stop)

    def _follow(self) -> None:
        found = self._follower.poll()
        if found is not None:
            self._wanted = {name: record for name, record in found.items() if isinstance(record, Camera)}

    def _come_and_go(self, held: frozenset[str]) -> None:
        for name in set(self.tasks) - held:
            self._drop(name, removed=name not in self._wanted)
        for name in sorted(held):
            camera, task = self._wanted[name], self.tasks.get(name)
            if task is None:
                self._add(camera)
            elif task.token != (token := self._leases.token(name)):
                task.token = token  # it was claimed and is ours now, or is taken anew
            elif task.camera != camera and not task.follow(camera):
                self._drop(name)
                self._add(camera)

    def _add(self, camera: Camera) -> None:
        if self._stop.is_set():
            return
        task = self.tasks[camera.id] = CameraTask(camera, self._shared, self._leases.token(camera.id))
        kept = cast("Any", self._redis.hget(keys.camera_views(), camera.id))
        if kept:
            log.info("view_recalled", camera=camera.id, known=task.recall(kept))
        task.start()
        log.info("camera_taken", camera=camera.id, zones=len(camera.zones), enabled=camera.enabled)

    def _drop(self, name: str, *, removed: bool = False) -> None:
        task = self.tasks.pop(name)
        task.stop()
        self._accounts += task.last_account()
        self._told.pop(name, None)
        if removed:
            self._redis.hdel(keys.camera_health(), name)
            self._redis.hdel(keys.camera_views(), name)
        log.info("camera_left", camera=name, removed=removed)

    # --- telling how they do ------------------------------------------------------------------------------------------

    def _healths(self) -> list[CameraHealth]:
        return [task.health(self._id) for task in self.tasks.values()]

    def _held(self, healths: list[CameraHealth]) -> list[CameraHealth]:
        """Those that are ours to speak for; of the others their holder still does."""
        return [health for health in healths if (task := self.tasks.get(health.camera_id)) and task.token is not None]

    def _refresh(self, healths: list[CameraHealth]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(keys.worker(self._id), self.live.address, ex=SIGN_OF_LIFE_S)
        for health in self._held(healths):
            pipe.hset(keys.camera_health(), health.camera_id, encode(health))
            view = self.tasks[health.camera_id].view()
            if view is not None:
                pipe.hset(keys.camera_views(), health.camera_id, view)
        pipe.execute()

    def _account(self, healths: list[CameraHealth]) -> None:
        """The minutes that are over go to the ledger, durably (the spool takes them while Redis is away)."""
        for health in healths:
            task = self.tasks.get(health.camera_id)
            if task is not None and task.token is not None:
                self._accounts += task.account(health)
        if not self._accounts:
            return
        try:
            self._publisher.publish(keys.WATCH, WatchMinutes(tuple(self._accounts)))
            self._accounts = []
        except BusUnavailable as error:  # told again with the next look
            log.warning("watch_not_told", minutes=len(self._accounts), error=str(error))
            self._accounts = self._accounts[-MOST_ACCOUNTS:]

    def _tell_changes(self, healths: list[CameraHealth]) -> None:
        for now in healths:
            before = self._told.get(now.camera_id)
            if before and (before.state, before.reason) == (now.state, now.reason):
                continue
            log.info("camera_state", camera=now.camera_id, state=now.state, reason=now.reason, detail=now.detail)
            try:
                if self._held([now]):
                    self._publisher.publish(keys.HEALTH, now)
            except BusUnavailable as error:
                log.warning("health_not_told", camera=now.camera_id, error=str(error))
                return  # told again with the next look
            self._told[now.camera_id] = now


def open_model(settings: Settings) -> Detector:
    """The detector that the settings name, verified. Raises ModelError that says how to mend it."""
    return open_detector(load_card(Path(settings.models_dir) / settings.model), threads=1)
