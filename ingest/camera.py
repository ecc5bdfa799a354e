"""One camera of a worker: its readers, its ring, its pipeline, and how it does.

The analysed stream (sub where there is one) goes `StreamReader` -> `Analyse.take` -> `DecodingLane` -> `Watch.packet` ->
`Detecting.submit` -> `CameraTask.detected` -> `CameraPipeline.process` -> `AlertPublisher.take`; the main stream goes `StreamReader` -> `Recorder.take` ->
`PacketRing.add`. A camera with a main stream alone has one reader with both handlers.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog

from detect import windows
from detect.pipeline import CameraPipeline
from ingest.codec.masking import Masking
from ingest.codec.pixels import bgr_of
from ingest.codec.pool import Decoding
from ingest.evidence.alerts import AlertPublisher
from ingest.evidence.recording import Recorder
from ingest.evidence.ring import PacketRing
from ingest.live.tap import Tap
from ingest.look.camera_memory import CameraMemory
from ingest.look.detecting import Detecting
from ingest.look.diagnosis import Diagnosis
from ingest.look.gated import Look, Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler
from ingest.minutes import MinuteBook, Now
from ingest.source.connections import ConnectionPool
from ingest.source.ffmpeg import Opener, Tls
from ingest.source.reader import StreamReader
from ingest.source.reading import Pull, ReadingMemory
from ingest.source.state import Status, StreamState, read_by, together
from ingest.stream import EncodedPacket, Handler, VideoFormat
from lianqin.clock import Clock
from lianqin.records import Camera, CameraHealth, Detection, FaultReason, Frame, SeenBefore, TrackPath, WatchMinute
from lianqin.settings import Settings
from lianqin.watch import BEHIND_SHARE

log = structlog.get_logger(__name__)
RULE_VERSION: Final = "2"
"""Of the situations' rules as `detect` evaluates them: raised when an alert would come out otherwise."""
WHOLE_EVERY_S: Final = 2.0
"""What stands still and is not followed is found so often."""
BEHIND_OVER_S: Final = 10.0
BEHIND_LEAST: Final = 20
KEY_INTERVAL_S: Final = 2.0
"""Between key frames, as cameras are set: who is looked at by these alone is followed with that much patience."""
_PULLED: Final = ("url", "sub_url", "transport", "enabled", "masks", "sampling")
"""A change of these opens the camera anew; any other is followed without a break."""


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What all cameras of a worker share."""

    settings: Settings
    clock: Clock
    opener: Opener
    detecting: Detecting
    desk: AlertPublisher
    hub: ConnectionPool
    decoding: Decoding
    masking: Decoding
    """Threads of masked cameras, apart from the others'."""
    model: str
    memory: ReadingMemory


class Analyse:
    """Hands a stream's packets to the decoding threads, and the pictures that are due to the detector."""

    def __init__(
        self, task: CameraTask, sampler: Sampler, gate: KeyGate, decoding: Decoding, *, keys_alone: bool
    ) -> None:  # fmt: skip
        self._task, self._sampler, self._gate, self._keys_alone = task, sampler, gate, keys_alone
        self._lane = decoding.lane(self)
        self.diagnosis = Diagnosis()
        self.watch: Watch | None = None
        self.view_is_right = False
        """Somebody said so: what the camera should show is learned anew."""
        self._connection = self._watched = self._seen = 0
        """Number of the connection that is read, decoded, and of the last that gave a picture."""

    def __str__(self) -> str:
        return str(self._task)

    # --- on the reader's thread ---------------------------------------------------------------------------------------

    def begin(self, found: VideoFormat) -> None:
        self._connection += 1
        self._lane.begin(found)

    def take(self, packet: EncodedPacket) -> bool:
        self._lane.put(packet)
        return self._seen == self._connection

    # --- on a decoding thread -----------------------------------------------------------------------------------------

    @property
    def awake(self) -> bool:
        return self.watch is None or self.watch.wants_all

    def open(self, found: VideoFormat) -> None:
        self._watched = self._connection
        self.watch = Watch(found, self._sampler, self._gate, self.diagnosis, keys_alone=self._keys_alone)

    def packet(self, packet: EncodedPacket) -> None:
        assert self.watch
        if self.view_is_right:
            self.view_is_right = False
            self.diagnosis.forget()
        for look in self.watch.packet(packet):
            self._seen = self._watched
            self._task.submit(look)

    def skipped(self, seconds: float) -> None:
        self._task.skipped(seconds, awake=self.awake)


def _untold(_seconds: float) -> None:
    """What the ring lacks, a clip says itself."""


class CameraTask:
    """Started once, stopped once; `follow` takes a changed record while it runs."""

    def __init__(
        self, camera: Camera, parts: SharedParts, token: int | None = None, *, begins_awake: bool = True
    ) -> None:
        """`token` of its lease; None: it is opened and decoded, and looked at from the moment on when it gets one.
        `begins_awake` False: its first key frame alone is looked at, unless somebody is seen in it."""
        self.camera, self._parts, self.token = camera, parts, token
        settings, self._clock = parts.settings, parts.clock
        self.ring = PacketRing(max(settings.ring_seconds, settings.clip_before + settings.clip_after))
        self._pipeline = CameraPipeline(
            camera, model=parts.model, rule_version=RULE_VERSION, loiter_seconds=settings.loiter_seconds,
            interval=KEY_INTERVAL_S if camera.sampling == "key_frames" else settings.sample_interval, night_from=settings.night_from, night_to=settings.night_to,
        )  # fmt: skip
        self._guard = threading.Lock()
        """Of the pipeline: the detector's thread feeds it, the desk's read it."""
        self._gone, self._begins_awake = False, begins_awake
        sampler = Sampler(settings.sample_interval, settings.quiet_interval, settings.quiet_after,
                          sleeps=camera.sampling != "full", begins_awake=begins_awake)  # fmt: skip
        self._analyse = Analyse(self, sampler, KeyGate(), parts.decoding, keys_alone=camera.sampling == "key_frames")
        self.memory = CameraMemory(camera, self._pipeline, self._guard, self._analyse.diagnosis, parts.clock)
        self.taps = {which: Tap() for which in (("sub", "main") if camera.sub_url else ("main",))}
        self._states: dict[str, StreamState] = {}
        self._readers = self._make_readers()
        self._shown = Status("starting")
        self._since = self._clock.now()
        self.seen_before: SeenBefore | None = None
        """Of a covered lens."""
        self._due = self._sampled = self._dropped = 0
        self._whole_at = float("-inf")
        self._behind: deque[tuple[float, int, int, int]] = deque()
        """(monotonic, due, dropped, looked at) of the last seconds."""
        self._book: MinuteBook | None = None
        self._tell_refused()

    def __str__(self) -> str:
        return self.camera.id

    @property
    def priority(self) -> int:
        """At the detector."""
        return self.camera.priority

    def _make_readers(self) -> list[StreamReader]:
        camera = self.camera
        if not camera.enabled:
            return []
        self._states = {which: StreamState() for which in (("sub", "main") if camera.sub_url else ("main",))}
        record = Recorder(self.ring, self._states["main"])
        if camera.sub_url:
            return [
                self._reader("sub", camera.sub_url, self._analyse, self.taps["sub"]),
                self._reader("main", camera.url, record, self.taps["main"]),
            ]
        return [self._reader("main", camera.url, record, self._analyse, self.taps["main"])]

    def _reader(self, which: str, url: str, *handlers: Handler) -> StreamReader:
        settings = self._parts.settings
        if self.camera.masks:
            told = self._left_unmasked if which == self._analysed else _untold
            handlers = (Masking(f"{self}/{which}", self.camera.masks, handlers, self._parts.masking, told),)
        tls = Tls.of(settings)
        pull = Pull(which, url, self.camera, settings.open_timeout, settings.read_timeout, self._parts.opener, tls)
        state, parts = self._states[which], self._parts
        return StreamReader(pull, handlers, state, self._clock, parts.hub, memory=parts.memory)

    def start(self) -> None:
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Returns at once; a reader that hangs ends with its time-out and what it still brings is left out."""
        self._gone = True
        for reader in self._readers:
            reader.stop()
        self._parts.detecting.forget(self)

    def join(self, seconds: float) -> bool:
        """True when every reader has ended, each within `seconds`."""
        return all(reader.join(seconds) for reader in self._readers)

    def follow(self, camera: Camera) -> bool:
        """Take the changed record. False: it must be opened anew, by a task of its own."""
        if any(getattr(camera, name) != getattr(self.camera, name) for name in _PULLED):
            return False
        with self._guard:
            self.camera = camera
            self._pipeline.replace_zones(camera)
        self._tell_refused()
        return True

    def _tell_refused(self) -> None:
        for error in self._pipeline.refused:
            log.warning("zone_refused", camera=self.camera.id, error=str(error))

    # --- from picture to alert ----------------------------------------------------------------------------------------

    def submit(self, look: Look) -> None:
        """On a decoding thread."""
        if self.token is None or self._gone:
            return
        self._due += 1
        frame = Frame(self.camera.id, look.at, bgr_of(look.frame), self._windows(look))
        self._parts.detecting.submit(self, frame)

    def _windows(self, look: Look) -> tuple[windows.Box, ...]:
        """Around what moved and what is likely there; each `WHOLE_EVERY_S` at the whole."""
        if look.moved is None or not 0 <= look.at - self._whole_at < WHOLE_EVERY_S:
            self._whole_at = look.at
            return ()
        found = windows.plan(look.moved, self._pipeline.likely, look.frame.width / look.frame.height)
        if not found:
            self._whole_at = look.at
        return found

    def detected(self, frame: Frame, detections: tuple[Detection, ...]) -> None:
        """On the detector's thread: the answer for one frame."""
        if self._gone:
            return
        self._sampled += 1
        with self._guard:
            looked = () if windows.WHOLE in frame.windows else frame.windows
            raised = self._pipeline.process(frame.captured_at, detections, frame.size, looked)
            interesting = self._pipeline.interesting
        watch = self._analyse.watch
        if watch:
            watch.saw(frame.captured_at, interesting=interesting)
        for one in raised:
            self._parts.desk.take(self, one, frame)

    def dropped(self, frames: int) -> None:
        """The detector's line was full."""
        self._dropped += frames

    def relearn(self) -> None:
        """What it shows now is what it should show."""
        self._analyse.view_is_right = True
        self.memory.begin_anew()

    def view(self) -> bytes | None:
        """As `CameraMemory.view`; nothing while it is to be learned anew."""
        return None if self._analyse.view_is_right else self.memory.view()

    @property
    def _analysed(self) -> str:
        return "sub" if self.camera.sub_url else "main"

    def _left_unmasked(self, seconds: float) -> None:
        """The mask's transcoder was behind."""
        self.skipped(seconds, awake=self._analyse.awake)

    def skipped(self, seconds: float, *, awake: bool) -> None:
        """Packets of so many seconds were never decoded: the pictures that were due in them are counted."""
        due = max(1, round(seconds / self._parts.settings.sample_interval)) if awake else 1
        self._due += due
        self._dropped += due

    def paths(self, since: float, key: str) -> tuple[TrackPath, ...]:
        """Boxes of the tracks since then; those of the alert `key` flagged as its cause."""
        with self._guard:
            return self._pipeline.paths(since, key)

    @property
    def is_awake(self) -> bool:
        """It is looked at as often as a camera is, or will be when its stream begins."""
        watch = self._analyse.watch
        return self._begins_awake if watch is None else watch.awake

    def told(self, key: str) -> None:
        """An alert of this camera is durable: whoever watches next need not raise it again."""
        self.memory.told(key)

    def merged(self, key: str) -> int:
        with self._guard:
            return self._pipeline.merged(key)

    # --- health -------------------------------------------------------------------------------------------------------

    def health(self, worker: str) -> CameraHealth:
        """As it is now; `since` is when state or reason last changed."""
        status, now = self._status(), self._clock.now()
        if (status.state, status.reason) != (self._shown.state, self._shown.reason):
            finding = self._analyse.diagnosis.finding
            self._since = finding.since if finding.blind and status.reason == finding.fault else now
            self.seen_before = None
            if status.reason == "covered":
                self._parts.desk.cover(self, self._since)
        self._shown = status
        self.memory.follow_view()
        seen: Any = self._states.get("sub") or self._states.get("main")
        main = self._states.get("main")
        found = (main and main.format) or (seen and seen.format)
        watch = self._analyse.watch
        due_rate, looked_rate = self._rates(self._clock.monotonic())
        return CameraHealth(
            camera_id=self.camera.id, state=status.state, reason=status.reason, since=self._since, at=now,
            worker=worker, detail=status.detail, codec=found.codec if found else "", width=found.width if found else 0,
            height=found.height if found else 0, fps=round(main.rate.fps, 1) if main else 0.0,
            last_frame_at=seen.last_frame_at if seen else None,
            reconnects=max(0, *(state.connects - 1 for state in self._states.values()), 0), sampled=self._sampled,
            active=bool(watch and watch.awake and status.state == "ok"), dropped=self._dropped,
            clock_error_s=seen.clock_error_s if seen else None, camera_version=self.camera.version,
            picture=self._analyse.diagnosis.finding.detail if self._readers else "", due=self._due,
            due_rate=due_rate, looked_rate=looked_rate, **read_by(self._states),
            group_s=max((state.far_apart_s for state in self._states.values()), default=0.0),
            false_places=self.memory.false_places, before=self.seen_before,
        )  # fmt: skip

    def account(self, health: CameraHealth) -> list[WatchMinute]:
        """Told each second how it does; the minutes that are over."""
        if self._book is None:
            self._book = MinuteBook(self.camera.id, health.worker, self._since)
        finding = self._analyse.diagnosis.finding
        blind: FaultReason = "starting" if health.state == "starting" else health.reason
        now = Now(
            blind,
            bool(finding.fault) and not finding.blind,
            health.state == "disabled",
            self._due,
            self._sampled,
            self._dropped,
        )
        return self._book.tell(health.at, now)

    def last_account(self) -> list[WatchMinute]:
        """The running minute, when the camera is given away."""
        return [self._book.last(self._due, self._sampled, self._dropped)] if self._book is not None else []

    def _status(self) -> Status:
        if not self.camera.enabled:
            return Status("disabled")
        now = self._clock.monotonic()
        status = together({which: state.status(now) for which, state in self._states.items()})
        if status.state != "ok":
            return status
        finding = self._analyse.diagnosis.finding
        if finding.blind:
            return Status("fault", cast("FaultReason", finding.fault), finding.detail)
        return (
            Status("fault", "behind", "most pictures that were due could not be looked at")
            if self._is_behind(now)
            else status
        )

    def _rates(self, now: float) -> tuple[float, float]:
        """Pictures due and looked at, a second, over the last seconds."""
        self._behind.append((now, self._due, self._dropped, self._sampled))
        while now - self._behind[0][0] > BEHIND_OVER_S:
            self._behind.popleft()
        then, due, _, looked = self._behind[0]
        seconds = max(now - then, 1.0)
        return round((self._due - due) / seconds, 1), round((self._sampled - looked) / seconds, 1)

    def _is_behind(self, now: float) -> bool:
        """More than half of what was due in the last seconds was dropped."""
        self._rates(now)
        _, due, dropped, _ = self._behind[0]
        return self._due - due >= BEHIND_LEAST and self._dropped - dropped > BEHIND_SHARE * (self._due - due)
