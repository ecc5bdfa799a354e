"""A made picture goes the way of a camera's every few seconds, so that it is known how late alerts are.

`CanarySource.send` -> `DecodingLane.put` -> a decoding thread -> `Detecting.submit` -> the detector, beside the cameras' frames ->
`AlertPublisher.take_canary`, behind the alerts that wait -> the stream of alerts. What it does not walk: the network from a camera, the
hub's reading, gate and sampler, rules, and the writing of an alert's picture. It is of no camera: it has no id, no lease, no
health and no place in the ledger of a camera, and what the detector sees in it is passed over.
"""

from __future__ import annotations

from typing import Any, Final

import av
import numpy as np
import structlog
from av.error import FFmpegError

from ingest.codec.decoders import open_decoder, raw_packet
from ingest.codec.pixels import bgr_of
from ingest.codec.pool import Decoding
from ingest.evidence.alerts import AlertPublisher
from ingest.look.detecting import Detecting
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.clock import Clock
from lianqin.errors import SourceError
from lianqin.records import Canary, Detection, Frame, new_id

log = structlog.get_logger(__name__)
WIDTH: Final = 640
HEIGHT: Final = 360
FORMAT: Final = VideoFormat("h264", WIDTH, HEIGHT, 1.0, b"")


class CanarySource:
    """One a worker. `send` from a thread of its own."""

    priority = 2
    """At the detector: as a camera that nobody said anything of."""
    awake = True
    """Each packet is wanted at once."""

    def __init__(
        self, decoding: Decoding, detecting: Detecting, desk: AlertPublisher, clock: Clock, worker: str
    ) -> None:
        self._detecting, self._desk, self._clock, self._worker = detecting, desk, clock, worker
        self._lane = decoding.lane(self)
        self._picture, self._begun = made_picture(), False
        self._decoder: Any = None

    def __str__(self) -> str:
        return "canary"

    def send(self) -> None:
        """Make one now. Raises SourceError when the one before could not be decoded; the next begins anew."""
        if not self._begun:
            self._lane.begin(FORMAT)
            self._begun = True
        try:
            self._lane.put(EncodedPacket(self._clock.now(), True, self._picture))
        except SourceError:
            self._begun = False
            raise

    # --- as `pool.Decodes`, on a decoding thread ---

    def open(self, found: VideoFormat) -> None:
        self._decoder = open_decoder(found, quick=True)

    def packet(self, packet: EncodedPacket) -> None:
        try:
            frames = self._decoder.decode(raw_packet(packet))
        except FFmpegError as error:
            log.warning("canary_not_decoded", error=str(error))
            return
        for frame in frames:
            self._detecting.submit(self, Frame(str(self), packet.at, bgr_of(frame)))

    def skipped(self, seconds: float) -> None:
        log.warning("canary_skipped", seconds=seconds)

    # --- as `detecting.Taker` ---

    def detected(self, frame: Frame, _detections: tuple[Detection, ...]) -> None:
        at, now = frame.captured_at, self._clock.now()
        self._desk.take_canary(Canary(new_id("cn", at), self._worker, at, detected_at=now, published_at=now))

    def dropped(self, frames: int) -> None:
        log.warning("canary_dropped", frames=frames)


def made_picture() -> bytes:
    """A key frame of grey stripes in H.264 (Annex B), with its parameter sets."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = WIDTH, HEIGHT, "yuv420p", 25
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=1:bframes=0"}
    picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    picture[:HEIGHT] = np.linspace(40, 200, WIDTH, dtype=np.uint8) // 20 * 20
    packets = [*encoder.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
