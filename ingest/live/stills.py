"""JPEGs of a stream: the picture of now, and some a second for all who can take nothing else, each packet decoded once."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from ingest.codec.decoders import open_decoder, raw_packet
from ingest.codec.pixels import bgr_of
from ingest.codec.recode import blur
from ingest.live.tap import Tap
from ingest.stream import EncodedPacket
from lianqin.errors import SourceError

JPEG_QUALITY: Final = 80
EVERY_S: Final = 0.4


def newest_jpeg(tap: Tap, *, whole: bool = False, blurred: bool = False) -> bytes | None:
    """The running group's key frame, or its newest picture (`whole`: the group is decoded); `blurred`: nobody is recognised."""
    group, found = tap.group(), tap.format
    if not group or found is None:
        return None
    picture = None
    try:
        decoder = open_decoder(found)
        for packet in [*(group if whole else group[:1]), None]:
            for frame in decoder.decode(None if packet is None else raw_packet(packet)):
                picture = frame
    except (FFmpegError, SourceError):
        if picture is None:
            return None
    return None if picture is None else _jpeg_of(picture, blurred=blurred)


class Stills:
    """A stream's newest picture, for all who look on by MJPEG. Lives on one event loop; decodes on a thread of its pool, one at a
    time, and goes on in the running group where it stopped."""

    def __init__(self, tap: Tap, *, is_blurred: bool) -> None:
        self._tap, self._is_blurred = tap, is_blurred
        self._decoder: Any = None
        self._key: EncodedPacket | None = None
        """Of the group that the decoder is in."""
        self._decoded = 0
        """Packets of that group."""
        self._number, self._jpeg = 0, b""
        self._made_at = float("-inf")
        self._making: asyncio.Future[None] | None = None

    async def after(self, number: int) -> tuple[int, bytes]:
        """The newest picture and its number, once there is one beyond `number` (from 0)."""
        while self._number <= number:
            if self._making is None or self._making.done():
                self._making = asyncio.ensure_future(self._make())
            await asyncio.shield(self._making)  # who hangs up does not end it for the others
        return self._number, self._jpeg

    async def _make(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._made_at + EVERY_S - loop.time())
        jpeg = await asyncio.to_thread(self._following)
        self._made_at = loop.time()
        if jpeg is not None:
            self._number, self._jpeg = self._number + 1, jpeg

    def _following(self) -> bytes | None:
        """None where nothing new came, or the decoder waits for more."""
        group, found = self._tap.group(), self._tap.format
        if not group or found is None:
            return None
        picture: VideoFrame | None = None
        try:
            if self._decoder is None or group[0] is not self._key:
                self._decoder, self._key, self._decoded = open_decoder(found), group[0], 0
            for packet in group[self._decoded :]:
                self._decoded += 1
                for frame in self._decoder.decode(raw_packet(packet)):
                    picture = frame
        except (FFmpegError, SourceError):
            if picture is None:
                return None
        return None if picture is None else _jpeg_of(picture, blurred=self._is_blurred)


def _jpeg_of(picture: VideoFrame, *, blurred: bool) -> bytes | None:
    bgr = bgr_of(blur(picture) if blurred else picture)
    done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    body: bytes = np.asarray(jpeg, np.uint8).tobytes()
    return body if done else None
