"""H.265 clips for browsers that play none: transcoded once on demand, kept beside the original, as bright as that.

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
from typing import Any, Final, Literal, Protocol, cast

import av
import structlog

from console.http.metrics import Metrics
from lianqin.clock import Clock
from lianqin.errors import EvidenceError, NotFoundError
from lianqin.evidence import EvidenceStore

log = structlog.get_logger(__name__)

TRY_AGAIN: Final = 60.0
"""Seconds after a failure until a request tries once more."""
MOST_PIXELS: Final = 36_000_000
"""A decoder keeps several pictures; a file of some bytes can ask for one of a gigabyte."""
ClipWork = Literal["ready", "transcoding", "failed"]


class Paint(Protocol):
    """What is done to each picture before it is encoded."""

    widest: int | None
    """Pixels; a wider clip is made smaller."""

    def __call__(self, picture: av.VideoFrame, at: float) -> av.VideoFrame:
        """`picture`: yuv420p, `at` seconds from the clip's beginning. Raises what ends the work."""


def beside(clip: str) -> str:
    """`2026-05-01/al-1.mp4` -> `2026-05-01/al-1.h264.mp4`."""
    path = PurePosixPath(clip)
    return str(path.with_name(f"{path.stem}.h264.mp4"))


def transcode(source: bytes, paint: Paint | None = None) -> bytes:
    """An MP4 with any video PyAV reads -> the same pictures at the same times as H.264, playable while it loads; painted on by one
    thread, which its priority holds for.

    Raises EvidenceError `clip.transcode`, and what `paint` raises.
    """
    # The muxer reads its own output again to put the index first: it needs a file of its own.
    with tempfile.NamedTemporaryFile(suffix=".mp4") as target:
        try:
            # The format is named: guessed, a text could make FFmpeg open the addresses that stand in it.
            with av.open(io.BytesIO(source), format="mp4") as inward:
                inward.streams.video[0].codec_context.options = {"max_pixels": str(MOST_PIXELS)}
                _encode(inward, target.name, paint)
        except (av.FFmpegError, IndexError, ValueError, OSError) as error:
            raise EvidenceError("clip.transcode", f"can't transcode: {error}", why=str(error)) from error
        return Path(target.name).read_bytes()


def _encode(inward: Any, target: str, paint: Paint | None) -> None:
    video = inward.streams.video[0]
    with av.open(target, "w", format="mp4", options={"movflags": "+faststart"}) as outward:
        out: Any = None
        shown = -1
        for frame in inward.decode(video):
            if out is None:
                out = _begin(outward, video, frame, paint)
            # The encoder takes times that rise alone; clips of before had them out of order where there were B-frames.
            shown = frame.pts = max(shown + 1, frame.pts or 0)
            frame.pict_type = 0  # the encoder chooses its own key frames
            # Here, not in the encoder: eight bits, a colour for four pixels, even sides, the range as it is.
            picture = frame.reformat(out.width, out.height, "yuv420p")
            if paint is not None:
                picture = _painted(picture, paint, float(shown * video.time_base))
            for packet in out.encode(picture):
                outward.mux(packet)
        if out is None:
            raise ValueError("there is no picture in it")
        for packet in out.encode(None):
            outward.mux(packet)


def _painted(picture: Any, paint: Paint, at: float) -> Any:
    """Painted, with what the picture says of itself."""
    made: Any = paint(picture, at)
    made.pts, made.time_base = picture.pts, picture.time_base
    made.color_range, made.colorspace = picture.color_range, picture.colorspace
    return made


def _begin(outward: Any, video: Any, frame: Any, paint: Paint | None) -> Any:
    """A stream for pictures like this one: the numbers stay as they are, and what they mean is said (range, matrix)."""
    out = cast("Any", outward.add_stream("libx264", rate=video.average_rate or Fraction(25)))
    shrink = min(1.0, paint.widest / frame.width) if paint is not None and paint.widest else 1.0
    out.width, out.height = (max(2, int(side * shrink) // 2 * 2) for side in (frame.width, frame.height))
    out.pix_fmt = "yuv420p"
    context = out.codec_context
    context.time_base = video.time_base
    context.color_range, context.colorspace = frame.color_range, frame.colorspace
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
    out.options = {"preset": "veryfast", "crf": "23"}
    if paint is not None:
        out.thread_count = 1
    return out


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
