"""What a pipeline raised becomes an alert at once, and evidence when its seconds are complete.

`AlertPublisher.take` -> `publish_next` (picture, then Alert) -> `follow_up` (clip, then Evidence). A canary stands in the same line. Alerts wait in line until they are
durable, in Redis or in the spool; nothing of them is dropped. Pictures and clips may fail: the record goes without and says
why; a clip that is not whole says what it lacks. What was not yet cut when the process was killed is lost: the console says that no clip came.
"""

from __future__ import annotations

import queue
import threading
from functools import partial
from typing import Final, Protocol

import msgspec
import structlog

from detect.pipeline import Raised
from ingest.evidence.clip import write_clip
from ingest.evidence.covered import Covered, gather
from ingest.evidence.lacks import lacking
from ingest.evidence.ring import Cut, PacketRing
from ingest.evidence.snapshot import evidence_path, write_snapshot
from lianqin import keys, supervise
from lianqin.bus import FencingToken, Publisher
from lianqin.clock import Clock
from lianqin.errors import EvidenceError
from lianqin.evidence import EvidenceStore
from lianqin.records import Alert, Camera, Canary, Evidence, Frame, TrackPath, encode, new_id

log = structlog.get_logger(__name__)
GRACE_S: Final = 5.0
"""How long after its last second a clip waits for packets that may still come."""


class Origin(Protocol):
    """The camera behind an alert."""

    camera: Camera
    ring: PacketRing
    token: int | None
    """Its lease's; None: not ours to speak for."""

    def paths(self, since: float, key: str) -> tuple[TrackPath, ...]: ...

    def merged(self, key: str) -> int: ...

    def told(self, key: str) -> None:
        """That alert is durable."""


class _Waiting(msgspec.Struct):
    origin: Origin
    raised: Raised
    frame: Frame
    tracks: tuple[TrackPath, ...]
    token: int
    alert: Alert | None = None


class _Pending(msgspec.Struct):
    alert: Alert
    key: str
    origin: Origin
    until: float
    """Monotonic: longer its last second is not waited for."""
    evidence: Evidence | None = None


class AlertPublisher:
    """One a worker. `take` from any thread; `publish_next` and `follow_up` each from one of their own."""

    def __init__(
        self, publisher: Publisher, store: EvidenceStore, clock: Clock, *, worker: str, before: float, after: float
    ) -> None:
        self._publisher, self._store, self._clock, self._worker = publisher, store, clock, worker
        self._before, self._after = before, after
        self._line: queue.SimpleQueue[_Waiting | Canary] = queue.SimpleQueue()
        self._canary_waits = False
        self._first: _Waiting | None = None
        self._pending: list[_Pending] = []
        self._covered: queue.SimpleQueue[tuple[Covered, float]] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._publishing, self._following = threading.Lock(), threading.Lock()
        """The end publishes too, while a thread may still wait for Redis: each alert goes out once, by one of them."""
        self.published = self.fenced = 0

    @property
    def waiting(self) -> int:
        """Alerts not yet published."""
        return max(0, self._line.qsize() - self._canary_waits) + (self._first is not None)

    def take(self, origin: Origin, raised: Raised, frame: Frame) -> None:
        """Put an alert in line; its boxes so far are read now."""
        token = origin.token
        if token is None:
            return
        tracks = origin.paths(raised.captured_at - self._before, raised.key)
        self._line.put(_Waiting(origin, raised, frame, tracks, token))

    def take_canary(self, canary: Canary) -> None:
        """Behind the alerts that wait; where one waits already that one tells it all."""
        if not self._canary_waits:
            self._canary_waits = True
            self._line.put(canary)

    def cover(self, origin: Covered, since: float) -> None:
        """Its lens was covered then: what it saw before is kept, and told with its health."""
        self._covered.put((origin, since))

    def publish_next(self, wait: float = 0.5) -> bool:
        """Write the next one's picture and publish it. Raises BusUnavailable when nothing takes it; it stays first."""
        with self._publishing:
            return self._publish_next(wait)

    def _publish_next(self, wait: float) -> bool:
        if self._first is None:
            try:
                taken = self._line.get(timeout=wait) if wait else self._line.get_nowait()
            except queue.Empty:
                return False
            if isinstance(taken, Canary):
                self._canary_waits = False
                self._publish_canary(taken)
                return True
            self._first = taken
        one = self._first
        if one.alert is None:
            one.alert = self._build(one)
        with structlog.contextvars.bound_contextvars(camera=one.alert.camera_id, alert=one.alert.id):
            fence = FencingToken(keys.camera_fence(one.alert.camera_id), one.token)
            if not self._publisher.publish_fenced(keys.ALERTS, one.alert, fence):
                # Another worker watches that camera since: it raises what goes on, and a second alert would be a double.
                log.warning("alert_fenced", situation=one.alert.situation, token=one.token)
                self.fenced += 1
                self._first = None
                return True
            log.info("alert", situation=one.alert.situation, zone=one.alert.zone_id, priority=one.alert.priority,
                     snapshot_error=one.alert.snapshot_error,
                     delay_s=round(self._clock.now() - one.alert.captured_at, 3))  # fmt: skip
        self.published += 1
        one.origin.told(one.raised.key)
        with self._guard:
            self._pending.append(_Pending(one.alert, one.raised.key, one.origin, self._patience(one.alert.captured_at)))
        self._first = None
        return True

    def _publish_canary(self, canary: Canary) -> None:
        """One that can't go now goes never: its silence tells."""
        if not self._publisher.publish_unkept(
            keys.ALERTS, msgspec.structs.replace(canary, published_at=self._clock.now())
        ):
            log.warning("canary_not_sent", canary=canary.id)

    def _patience(self, at: float) -> float:
        """Until when a clip of `at` waits, monotonic: a step of the wall clock makes nobody wait for an hour, nor cut early."""
        left = min(max(0.0, at + self._after - self._clock.now()), self._after)
        return self._clock.monotonic() + left + GRACE_S

    def _build(self, one: _Waiting) -> Alert:
        raised, camera = one.raised, one.origin.camera
        alert_id = new_id("al", raised.captured_at)
        picture = write_snapshot(self._store, alert_id, raised.captured_at, one.frame.bgr)
        return Alert(
            id=alert_id, camera_id=camera.id, zone_id=raised.zone.id, situation=raised.situation, method=raised.method,
            kind=raised.kind, priority=raised.priority, score=raised.score, captured_at=raised.captured_at,
            published_at=self._clock.now(), model=raised.model, rule_version=raised.rule_version, tracks=one.tracks,
            snapshot=picture.path, snapshot_error=picture.error, worker=self._worker, zone_version=raised.zone.version,
            zone_name=raised.zone.name, zone_points=raised.zone.points, camera_version=camera.version,
            snapshot_sha256=picture.sha256,
        )  # fmt: skip

    def follow_up(self, *, at_once: bool = False) -> int:
        """Publish the evidence of alerts whose seconds are complete (`at_once`: of all). Returns how many. Raises
        BusUnavailable when nothing takes it; it stays pending."""
        with self._following:
            return self._follow_up(at_once=at_once)

    def _follow_up(self, *, at_once: bool) -> int:
        while not self._covered.empty():
            origin, since = self._covered.get()
            origin.seen_before = gather(self._store, origin.ring, since, self._before, self._after)
            log.info(
                "covered", camera=origin.camera.id, picture=origin.seen_before.picture, clip=origin.seen_before.clip
            )
        with self._guard:
            ready = [one for one in self._pending if at_once or self._is_complete(one)]
        for one in ready:
            self._follow(one, at_once=at_once)
        return len(ready)

    def _follow(self, one: _Pending, *, at_once: bool) -> None:
        with structlog.contextvars.bound_contextvars(camera=one.alert.camera_id, alert=one.alert.id):
            one.evidence = one.evidence or self._gather(one, ending=at_once)
            self._publisher.publish(keys.ALERTS, one.evidence)
            log.info("evidence", clip_seconds=one.evidence.clip_seconds, clip_error=one.evidence.clip_error,
                     clip_lacks=one.evidence.clip_lacks)  # fmt: skip
        with self._guard:
            self._pending.remove(one)

    def finish(self) -> None:
        """The worker ends: publish or spool what is in line, cut what there is. What fails is told and waits on; the others
        go all the same."""
        lost: list[_Waiting] = []
        while self.waiting:
            if not supervise.attempt("publish", lambda: self.publish_next(0)):
                with self._publishing:
                    if self._first is not None:
                        lost.append(self._first)
                    self._first = None
        with self._following:
            for one in list(self._pending):
                if not supervise.attempt("follow-up", partial(self._follow, one, at_once=True)):
                    log.error("evidence_lost", camera=one.alert.camera_id, alert=one.alert.id)
        for waits in lost:
            whole = encode(waits.alert).decode() if waits.alert else ""
            log.error("alerts_lost", camera=waits.origin.camera.id, situation=waits.raised.situation, alert=whole)
            self._line.put(waits)

    def _is_complete(self, one: _Pending) -> bool:
        """Its last second is there, or will never be: what shows the alert goes on in another form or time, or nothing came
        for long."""
        ring, at = one.origin.ring, one.alert.captured_at
        newest = ring.newest
        if ring.is_over(at) or self._clock.monotonic() >= one.until:
            return True
        return newest is not None and newest >= at + self._after

    def _gather(self, one: _Pending, *, ending: bool) -> Evidence:
        at = one.alert.captured_at
        error: str | None = None
        cut: Cut | None = None
        lacks = ""
        sha256: str | None = None
        path: str | None = evidence_path(one.alert.id, at, "mp4")
        try:
            cut = one.origin.ring.cut(at - self._before, at + self._after, at)
            lacks = lacking(cut, at, self._before, self._after, ending=ending)
            sha256 = self._store.write(str(path), write_clip(cut))
        except EvidenceError as why:
            path, error = None, str(why)
        begin, end = (cut.begin, cut.begin + cut.seconds) if cut else (at - self._before, at + self._after)
        tracks = _within(one.origin.paths(begin, one.key), end) or one.alert.tracks
        return Evidence(
            alert_id=one.alert.id, camera_id=one.alert.camera_id, published_at=self._clock.now(), tracks=tracks,
            clip=path, clip_error=error, clip_from=cut.begin if cut and path else None,
            clip_seconds=cut.seconds if cut and path else None, codec=cut.format.codec if cut and path else None,
            merged_tracks=one.origin.merged(one.key),
            clip_sha256=sha256, clip_lacks=lacks if path else "",
        )  # fmt: skip


def _within(paths: tuple[TrackPath, ...], end: float) -> tuple[TrackPath, ...]:
    """Boxes up to `end`: a box outside the clip has no picture to stand on."""
    kept = []
    for path in paths:
        points = tuple(point for point in path.points if point.at <= end)
        if points:
            kept.append(msgspec.structs.replace(path, points=points))
    return tuple(kept)
