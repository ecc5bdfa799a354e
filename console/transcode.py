"""H.265 clips for browsers that play none: transcoded once on demand, kept beside the original.

One clip at a time in a background thread, so that a desk full of people never starves the receiver.
"""

from __future__ import annotations

import io
import queue
import tempfile
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, cast

import av
import structlog

from console.metrics import Metrics
from lianqin.clock import Clock
from lianqin.errors import EvidenceError, NotFoundError
from lianqin.evidence import EvidenceStore

log = structlog.get_logger(__name__)

TRY_AGAIN: Final = 60.0
"""Seconds after a failure until a request tries once more."""
ClipWork = Literal["ready", "transcoding", "failed"]


def beside(clip: str) -> str:
    """`2026-05-01/al-1.mp4` -> `2026-05-01/al-1.h264.mp4`."""
    path = PurePosixPath(clip)
    return str(path.with_name(f"{path.stem}.h264.mp4"))


def transcode(source: bytes) -> bytes:
    """An MP4 with any video PyAV reads -> the same pictures at the same times as H.264, playable while it loads.

    Raises EvidenceError `clip.transcode`.
    """
    # The muxer reads its own output again to put the index first: it needs a file of its own.
    with tempfile.NamedTemporaryFile(suffix=".mp4") as target:
        try:
            with av.open(io.BytesIO(source)) as inward:
                _encode(inward, target.name)
        except (av.FFmpegError, IndexError, ValueError, OSError) as error:
            raise EvidenceError("clip.transcode", f"can't transcode: {error}", why=str(error)) from error
        return Path(target.name).read_bytes()


def _encode(inward: Any, target: str) -> None:
    video = inward.streams.video[0]
    with av.open(target, "w", format="mp4", options={"movflags": "+faststart"}) as outward:
        out = cast("Any", outward.add_stream("libx264", rate=video.average_rate or Fraction(25)))
        out.width, out.height, out.pix_fmt = video.codec_context.width, video.codec_context.height, "yuv420p"
        out.codec_context.time_base = video.time_base
        out.options = {"preset": "veryfast", "crf": "23"}
        for frame in inward.decode(video):
            frame.pict_type = 0  # the encoder chooses its own key frames
            for packet in out.encode(frame):
                outward.mux(packet)
        for packet in out.encode(None):
            outward.mux(packet)


class Transcoder:
    """Thread-safe. `run_once` is the thread's work."""

    def __init__(
        self, evidence: EvidenceStore, clock: Clock, metrics: Metrics, done: Callable[[str], None] | None = None
    ) -> None:
        self._evidence, self._clock, self._metrics = evidence, clock, metrics
        self.done = done or (lambda _alert_id: None)
        """Called with the alert's id when its clip is ready."""
        self._guard = threading.Lock()
        self._wanted: queue.Queue[tuple[str, str]] = queue.Queue()
        self._going: set[str] = set()
        self._failed: dict[str, tuple[float, str]] = {}

    def ready(self, clip: str) -> bool:
        return self._evidence.exists(beside(clip))

    def ask(self, alert_id: str, clip: str) -> ClipWork:
        """The state of the H.264 version; starts the work when nobody did. Raises EvidenceError `clip.transcode` for a
        minute after a failure."""
        if self.ready(clip):
            return "ready"
        with self._guard:
            if clip in self._going:
                return "transcoding"
            failed = self._failed.get(clip)
            if failed is not None and self._clock.now() - failed[0] < TRY_AGAIN:
                raise EvidenceError("clip.transcode", failed[1], why=failed[1])
            self._failed.pop(clip, None)
            self._going.add(clip)
        self._wanted.put((alert_id, clip))
        return "transcoding"

    def run_once(self, wait: float = 0.5) -> None:
        """One clip, or nothing within `wait` seconds."""
        try:
            alert_id, clip = self._wanted.get(timeout=wait)
        except queue.Empty:
            return
        began = self._clock.monotonic()
        try:
            made = transcode(self._evidence.read(clip))
            self._evidence.write(beside(clip), made)
        except (EvidenceError, NotFoundError) as error:
            log.warning("clip_not_transcoded", alert=alert_id, clip=clip, error=str(error))
            self._metrics.transcodes.labels("failed").inc()
            with self._guard:
                self._failed[clip] = (self._clock.now(), error.detail)
        else:
            self._metrics.transcodes.labels("done").inc()
            log.info("clip_transcoded", alert=alert_id, seconds=round(self._clock.monotonic() - began, 2))
            self.done(alert_id)
        finally:
            with self._guard:
                self._going.discard(clip)
