"""An ingest worker: many cameras in one process. Its parts stand in one table, in the order of their start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import av
import msgspec
import redis
import structlog

from detect.cards import load_card
from detect.detector import Detector, open_detector
from ingest.camera import CameraTask, SharedParts
from ingest.canary import CanarySource
from ingest.codec.pool import THREADS, Decoding
from ingest.evidence.alerts import AlertPublisher
from ingest.leases import Leases
from ingest.live.server import LiveServer
from ingest.live.tap import Tap
from ingest.lone import Lone, OneLease
from ingest.look.detecting import Detecting
from ingest.risks import Risks
from ingest.source.connections import ConnectionPool
from ingest.source.ffmpeg import Opener
from ingest.source.reading import ReadingMemory
from lianqin import inner, keys, supervise
from lianqin.bus import Publisher, connect
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable, SettingsError, UnavailableError
from lianqin.evidence import EvidenceStore
from lianqin.follow import Follower
from lianqin.left_spools import EVERY_S, LeftSpools
from lianqin.records import Camera, CameraHealth, WatchMinute, WatchMinutes, encode
from lianqin.sealed import Keyring
from lianqin.settings import Settings
from lianqin.spool import Spool
from lianqin.storing import AWAY

log = structlog.get_logger(__name__)
LOOK_EVERY_S: Final = 1.0
FOLLOW_UP_EVERY_S: Final = 0.25
SIGN_OF_LIFE_S: Final = 10
MOST_BEGIN_AWAKE: Final = 12
"""Cameras that are awake while a further one still begins so: a worker that is given hundreds at once would look at none in
time."""
MOST_ACCOUNTS: Final = 20_000
STOP_S: Final = 1.0
"""How long the end waits for readers; those that hang on a silent camera are left to the end of the process."""
LONGEST_S: Final = 1.0
"""Between two tries to publish or spool: alerts wait for it."""
_REDIS_AWAY: Final = (redis.exceptions.RedisError, OSError)


class WorkerThread(msgspec.Struct, frozen=True):
    """A thread of the worker: `run_once` is called again and again."""

    name: str
    run_once: Callable[[], None]
    longest: float = 30.0
    """Wait after a failure, seconds: short where all cameras hang on it."""


class IngestWorker:
    """`start`, then `stop`. Cameras come and go by the followed records and the leases."""

    def __init__(
        self, settings: Settings, detector: Detector, *, opener: Opener = av.open, clock: Clock | None = None,
        leases: OneLease | None = None,
    ) -> None:  # fmt: skip
        """Raises ConflictError when another process of the same `worker_id` runs in this `run_dir`. `leases`: of a worker of
        one camera, which was given it by another."""
        self._settings, self._clock, self._id = settings, clock or SystemClock(), settings.worker_id
        limit = int(settings.spool_mb * 1e6)
        self._redis = connect(settings.redis, timeout=2.0)
        self._spool = Spool(settings.run_dir / "spool" / self._id, limit_bytes=limit)
        self._publisher = Publisher(
            connect(settings.redis, timeout=2.0), self._spool, replicas=settings.redis_replicas, clock=self._clock
        )
        self._left = LeftSpools(settings.run_dir / "spool")
        self.detecting = Detecting(detector, self._clock)
        self.desk = AlertPublisher(
            self._publisher, EvidenceStore(settings.evidence), self._clock, worker=self._id,
            before=settings.clip_before, after=settings.clip_after,
        )  # fmt: skip
        self._hub, self._decoding, self._masking = ConnectionPool(self._clock), Decoding(), Decoding()
        self._shared = SharedParts(
            settings,
            self._clock,
            opener,
            self.detecting,
            self.desk,
            self._hub,
            self._decoding,
            self._masking,
            detector.name,
            ReadingMemory.begin(self._clock, self._opens),
        )
        self._follower = Follower(self._redis, "camera")
        self._leases = leases or Leases(self._redis, self._id)
        self._risks = None if leases else Risks(self._redis, self._id)
        """A worker of one camera is blamed by its parent."""
        self._risks_known = False
        self.alone: dict[str, Lone] = {}
        self._wanted: dict[str, Camera] = {}
        self.tasks: dict[str, CameraTask] = {}
        self._told: dict[str, CameraHealth] = {}
        self._accounts: list[WatchMinute] = []
        """Of minutes that are over and not told yet."""
        self._away = False
        self._held_why = ""
        """Why alerts wait in memory: neither Redis nor the spool takes them."""
        self._door = inner.RequestVerifier(self._redis, settings, self._clock)
        self._keyring = Keyring(settings, makes=False)
        self._shut_why = ""
        self._shut: dict[str, Camera] = {}
        """Cameras whose addresses no key of ours opens; tried again, another worker may have it."""
        self.live = LiveServer(settings, self, self._door.takes, self._keyring, clock=self._clock, opener=opener)
        self._stop = threading.Event()
        self._canary = None
        """A worker of one camera, which another has opened alone, makes none."""
        if settings.canary_seconds and leases is None:
            self._canary = CanarySource(self._decoding, self.detecting, self.desk, self._clock, self._id)
        self._threads: list[threading.Thread] = []
        self.parts = (
            WorkerThread("read", self._hub.run_once, 0.2),
            *(WorkerThread(f"decode-{n}", self._decoding.run_once, 0.2) for n in range(1, THREADS + 1)),
            *(WorkerThread(f"mask-{n}", self._masking.run_once, 0.2) for n in range(1, THREADS + 1)),
            WorkerThread("detect", self._detect_once),
            WorkerThread("publish", self._publish_once, LONGEST_S),
            WorkerThread("follow-up", self._follow_up_once, LONGEST_S),
            WorkerThread("cameras", self.look_once),
            WorkerThread("left-spools", self._left_once),
            *((WorkerThread("canary", self._canary_once),) if self._canary else ()),
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
        """Within some seconds: cut and publish what is pending, or spool it, and give the leases back. Whatever of it fails,
        the rest is done."""
        self._stop.set()
        self._publisher.end()
        for end in (one.stop for some in (self.tasks, self.alone) for one in some.values()):
            supervise.attempt("camera", end)
        for thread in self._threads:
            thread.join(STOP_S)
        supervise.attempt("hub", self._hub.close)
        supervise.attempt("watch", self._last_account)
        supervise.attempt("live", self.live.stop)
        self.desk.finish()
        until = self._clock.monotonic() + STOP_S
        for task in self.tasks.values():
            task.join(max(0.0, until - self._clock.monotonic()))
        self.desk.finish()  # of what was being looked at meanwhile
        supervise.attempt("leases", self._give_back)
        self._left.close()
        self._spool.close()

    def _last_account(self) -> None:
        self._accounts += [one for task in self.tasks.values() for one in task.last_account()]
        self._account([])

    def _give_back(self) -> None:
        if self._risks is not None:
            self._risks.end()
        self._leases.give_all_back()
        self._redis.delete(keys.worker(self._id))
        if self._canary is not None:
            self._redis.hdel(keys.canaries(), self._id)

    def tap(self, camera_id: str, stream: str) -> Tap | None:
        """For live video; as `live.server.Streams` says."""
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
            self._redis.hdel(keys.camera_places(), camera_id)
        except _REDIS_AWAY as error:
            log.warning("view_not_forgotten", camera=camera_id, error=str(error))
        return True

    def forget_false_places(self, camera_id: str) -> int | None:
        """They are learned anew. How many it were; None: it is not watched here, or Redis keeps them still."""
        task = self.tasks.get(camera_id)
        if task is None or task.token is None or not task.camera.enabled:
            return None
        known, kept = task.memory.forget_false_places()
        try:
            self._redis.hset(keys.camera_places(), camera_id, kept)
        except _REDIS_AWAY as error:
            log.warning("false_places_still_kept", camera=camera_id, error=str(error))
            return None
        log.info("false_places_forgotten", camera=camera_id, places=known)
        return known

    def _inner_secret(self) -> bytes:
        return self._door.secret()

    # --- the parts' work ----------------------------------------------------------------------------------------------

    def _detect_once(self) -> None:
        self.detecting.run_once()

    def _publish_once(self) -> None:
        try:
            self.desk.publish_next()
        except BusUnavailable as error:
            if not self._held_why:
                log.error("alerts_held", waiting=self.desk.waiting, why=error.key, error=str(error))  # noqa: TRY400 - its text says all
            self._held_why = error.key
            raise
        if self._held_why and not self.desk.waiting:
            log.warning("alerts_held_no_longer", why=self._held_why)
            self._held_why = ""

    def _follow_up_once(self) -> None:
        self.desk.follow_up()
        self._clock.sleep(FOLLOW_UP_EVERY_S, self._stop)

    def _left_once(self) -> None:
        """What workers left that are gone, once our own is sent."""
        try:
            if self._publisher.flush():
                self._left.send(self._publisher.send_spooled)
        except AWAY as error:
            log.warning("left_spools_wait", error=str(error))
        self._clock.sleep(EVERY_S, self._stop)

    def _canary_once(self) -> None:
        if self._canary is not None:
            self._canary.send()
        self._clock.sleep(self._settings.canary_seconds, self._stop)

    def look_once(self) -> None:
        """Each second: follow the records, renew the leases, start and stop cameras, tell how they do."""
        healths: list[CameraHealth] | None = None
        try:
            self._follow()
            ready = {name for name, health in self._told.items() if health.state in {"ok", "disabled"}}
            held = self._leases.poll(self._wanted, ready & self._leases.warming)
            self._come_and_go(self._apart(held) | self._leases.warming)
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
            self._unseal({name: record for name, record in found.items() if isinstance(record, Camera)}, {})
        elif self._shut:
            self._unseal(self._shut, self._wanted)

    def _unseal(self, sealed: Mapping[str, Camera], known: Mapping[str, Camera]) -> None:
        """In this process's memory alone an address is in clear."""
        wanted, shut, why = dict(known), dict[str, Camera](), ""
        for name, record in sealed.items():
            try:
                wanted[name] = self._keyring.open_camera(record)
            except (UnavailableError, SettingsError) as error:
                shut[name], why = record, str(error)
        self._wanted, self._shut = wanted, shut
        if why and why != self._shut_why:
            log.error("addresses_sealed", cameras=len(shut), why=why, mend="they are left to workers that have the key")
        self._shut_why = why

    def _come_and_go(self, held: frozenset[str]) -> None:
        for name in set(self.tasks) - held:
            self._drop(name, removed=name not in self._wanted)
        for name in sorted(held):
            camera, task = self._wanted[name], self.tasks.get(name)
            if task is None:
                self._add(camera)
            elif task.token != (token := self._leases.token(name)):
                if task.token is None:
                    self._recall_places(task)
                task.token = token  # it was claimed and is ours now, or is taken anew
            elif task.camera != camera and not task.follow(camera):
                self._drop(name)
                self._add(camera)

    def _opens(self, camera_id: str) -> None:
        if self._risks is not None:
            self._risks.opens(camera_id, self._clock.monotonic())

    def _apart(self, held: frozenset[str]) -> frozenset[str]:
        """Of what is ours that which is opened here: without those that wait for others to be sure, and those that are opened
        alone."""
        if self._risks is None or self._stop.is_set():
            return held
        if not self._risks_known:
            self._risks.begin(self._wanted)
            self._risks_known = True
        self._risks.look(self._wanted, self._clock.monotonic())
        for name, lone in list(self.alone.items()):
            if lone.proved:
                self._risks.clear(name)
            camera = self._wanted.get(name)
            if name not in held or not self._risks.alone(name) or camera is None or not camera.enabled:
                self.alone.pop(name).stop()
            elif lone.token != self._leases.token(name):
                lone.stop()
                lone.token = self._leases.token(name)
        for name in held:
            if self._risks.alone(name) and name not in self.alone and self._wanted[name].enabled:
                self.alone[name] = Lone(self._wanted[name], self._settings, self._clock, self._leases.token(name))
        for lone in self.alone.values():
            lone.look()
        waiting = self._risks.held_back(name for name in held if self._wanted[name].enabled)
        return held - frozenset(self.alone) - (waiting - frozenset(self.tasks))

    def _add(self, camera: Camera) -> None:
        if self._stop.is_set():
            return
        begins_awake = sum(task.is_awake for task in self.tasks.values()) < MOST_BEGIN_AWAKE
        task = self.tasks[camera.id] = CameraTask(
            camera, self._shared, self._leases.token(camera.id), begins_awake=begins_awake
        )
        kept = cast("Any", self._redis.hget(keys.camera_views(), camera.id))
        if kept:
            log.info("view_recalled", camera=camera.id, known=task.memory.recall_view(kept))
        self._recall_places(task)
        task.start()
        log.info("camera_taken", camera=camera.id, zones=len(camera.zones), enabled=camera.enabled)

    def _recall_places(self, task: CameraTask) -> None:
        """As whoever watched it before left them; before anything is looked at."""
        kept = cast("Any", self._redis.hget(keys.camera_places(), task.camera.id))
        if kept is not None:  # empty: nothing stands any longer of what may have been recalled before
            log.info("places_recalled", camera=task.camera.id, known=task.memory.recall_places(kept))

    def _drop(self, name: str, *, removed: bool = False) -> None:
        task = self.tasks.pop(name)
        task.stop()
        if self._risks is not None:
            self._risks.closed(name)
        self._accounts += task.last_account()
        self._told.pop(name, None)
        if removed:
            self._redis.hdel(keys.camera_health(), name)
            self._redis.hdel(keys.camera_views(), name)
            self._redis.hdel(keys.camera_places(), name)
        log.info("camera_left", camera=name, removed=removed)

    # --- telling how they do ------------------------------------------------------------------------------------------

    def _healths(self) -> list[CameraHealth]:
        healths = [task.health(self._id) for task in self.tasks.values()]
        if self._held_why:
            waits = (
                f"{self.desk.waiting} alerts wait in memory ({self._held_why}): neither Redis nor the spool takes them"
            )
            healths = [msgspec.structs.replace(one, detail=one.detail or waits) for one in healths]
        if self._risks is None:  # its parent opened it alone
            return [msgspec.structs.replace(one, read_by="alone", read_why="died") for one in healths]
        return healths + [told for lone in self.alone.values() if (told := lone.health(self._id)) is not None]

    def _held(self, healths: list[CameraHealth]) -> list[CameraHealth]:
        """Those that are ours to speak for; of the others their holder still does."""
        holders: dict[str, CameraTask | Lone] = {**self.tasks, **self.alone}
        return [health for health in healths if (one := holders.get(health.camera_id)) and one.token is not None]

    def _refresh(self, healths: list[CameraHealth]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(keys.worker(self._id), self.live.address, ex=SIGN_OF_LIFE_S)
        if self._canary is not None:
            pipe.hset(keys.canaries(), self._id, str(self._settings.canary_seconds))
        for health in self._held(healths):
            pipe.hset(keys.camera_health(), health.camera_id, encode(health))
            task = self.tasks.get(health.camera_id)
            view = task.view() if task is not None else None
            if view is not None:
                pipe.hset(keys.camera_views(), health.camera_id, view)
            places = task.memory.places() if task is not None else None
            if places is not None:
                pipe.hset(keys.camera_places(), health.camera_id, places)
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
