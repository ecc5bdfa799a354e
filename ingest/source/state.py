"""How one stream does, as the readers see it, and how a camera's health is made of its streams."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import msgspec

from ingest.codec.key_frames import FAR_APART_S, KeyFrames
from ingest.source.ways import FFMPEG, OWN, Way
from ingest.stream import VideoFormat
from lianqin.records import CameraState, FaultReason

SLOW_SHARE: Final = 0.4
"""Of the pictures a second that a stream promises or once had: below it the camera is slow (25 to 12 at night is not)."""
WELL_SHARE: Final = 0.7
RATE_WINDOW_S: Final = 4.0
JUMP_SHOWN_S: Final = 8.0
"""How long a jump of the camera's clock is shown."""


class Status(msgspec.Struct, frozen=True):
    """One stream's state at a moment."""

    state: CameraState
    reason: FaultReason = ""
    detail: str = ""


class PictureRate:
    """Pictures a second as they arrive (monotonic times), and whether that is far below what it should be."""

    def __init__(self, promised: float) -> None:
        self._usual = promised if 1 <= promised <= 120 else 0.0
        self._arrivals: deque[float] = deque()
        self._began: float | None = None
        self.fps = 0.0
        self.slow = False
        self._slow_at = float("-inf")

    def was_slow(self, now: float) -> bool:
        """Or a moment ago: time stamps that counted pictures are still behind then, and that is no camera's clock."""
        return now - self._slow_at <= RATE_WINDOW_S

    def add(self, now: float) -> None:
        if self._began is None:
            self._began = now
        self._arrivals.append(now)
        while now - self._arrivals[0] > RATE_WINDOW_S:
            self._arrivals.popleft()
        if now - self._began < RATE_WINDOW_S:
            return
        self.fps = len(self._arrivals) / RATE_WINDOW_S
        self._usual = max(self._usual, 0.9 * self.fps) if not self.slow else self._usual
        if self.fps < SLOW_SHARE * self._usual:
            self.slow = True
        elif self.fps > WELL_SHARE * self._usual:
            self.slow = False
        if self.slow:
            self._slow_at = now


class StreamState:
    """Thread-safe: its reader writes, the worker reads. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._fault = Status("starting")
        self._playing = False
        self._untold: Status | None = None
        """A fault that nobody read yet: however short, it is told once."""
        self._soft = Status("ok")
        self._soft_until = float("-inf")
        self.format: VideoFormat | None = None
        self.rate = PictureRate(0.0)
        self.last_frame_at: float | None = None
        """Capture time of the last packet."""
        self.clock_error_s: float | None = None
        self.connects = 0
        self.way = Way(OWN)
        """By which it is read, or was last."""
        self.keys = KeyFrames()

    def opened(self, found: VideoFormat, way: Way | None = None) -> None:
        """Connected; whether pictures come is still to be seen."""
        with self._guard:
            self.format, self.rate = found, PictureRate(found.fps)
            self.way, self.keys = way or Way(OWN), KeyFrames()
            self.connects += 1

    @property
    def far_apart_s(self) -> float:
        """Seconds between key frames where that is worth telling, else 0."""
        return round(self.keys.group_s, 1) if self.keys.group_s >= FAR_APART_S else 0.0

    def playing(self) -> None:
        """What comes can be used."""
        if not self._playing:
            with self._guard:
                self._playing, self._fault = True, Status("starting")

    def failed(self, reason: FaultReason, detail: str) -> None:
        with self._guard:
            self._playing = False
            self._fault = self._untold = Status("fault", reason, detail)

    def jumped(self, now: float) -> None:
        """The camera's clock was moved: it goes on, but whoever looks after it should know."""
        if not self._playing:
            return  # what comes is no video: neither are its times
        with self._guard:
            self._soft = Status("fault", "clock_jump", "the camera's time stamps jumped; its clock was moved")
            self._soft_until = now + JUMP_SHOWN_S

    def status(self, now: float) -> Status:
        with self._guard:
            untold, self._untold = self._untold, None
            if untold:
                return untold
            if not self._playing:
                return self._fault
            if self.rate.slow:
                return Status("fault", "slow", f"only {self.rate.fps:.1f} pictures a second come")
            if now < self._soft_until:
                return self._soft
            return Status("ok", "", f"key frames come {self.far_apart_s:g} s apart" if self.far_apart_s else "")


def together(streams: dict[str, Status]) -> Status:
    """A camera does as its worst stream does; the first named of equals speaks."""
    order: tuple[CameraState, ...] = ("fault", "starting", "ok", "disabled")
    name, worst = min(streams.items(), key=lambda one: order.index(one[1].state))
    detail = f"{name} stream: {worst.detail}" if worst.detail and len(streams) > 1 else worst.detail
    return msgspec.structs.replace(worst, detail=detail)


def read_by(streams: dict[str, StreamState]) -> dict[str, str]:
    """Fields of a `CameraHealth`: by what the camera is read where that is not our own reader, and why; the first stream of
    which that is so speaks."""
    for name, state in streams.items():
        way = state.way
        if way.by == FFMPEG and way.why:
            detail = f"{name} stream: {way.detail}" if way.detail and len(streams) > 1 else way.detail
            by = "ffmpeg_udp" if way.transport == "udp" else "ffmpeg"
            return {"read_by": by, "read_why": way.why, "read_detail": detail}
    return {}
