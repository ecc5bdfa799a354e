"""Is this address a camera that can be watched? Opened once, as a worker would; what it sends, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import av
import cv2
import msgspec
import numpy as np
from av.error import FFmpegError

from ingest.recode import GREY, fill
from ingest.sources import Opener, VideoFormat, open_source, reason_of
from lianqin.clock import Clock
from lianqin.errors import SourceError
from lianqin.records import Polygon

LONGEST_S: Final = 10.0
PACKETS_S: Final = 4.0
"""Seconds of packets that are looked at for the rate and the distance of key frames."""
WIDEST: Final = 960


class Asked(msgspec.Struct, frozen=True):
    """What the console asks."""

    url: str
    transport: Literal["tcp", "udp"] = "tcp"
    masks: tuple[Polygon, ...] = ()
    """Of the camera that is set up already: its picture is never shown without them."""


class Probed(msgspec.Struct, frozen=True):
    """`reason` "": it can be watched. `group_s`: seconds between key frames, None when fewer than two came; `kbps`: its
    bit rate; `picture`: JPEG."""

    reason: str
    detail: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    group_s: float | None = None
    kbps: float = 0.0
    picture: bytes | None = None


def probe(asked: Asked, opener: Opener, clock: Clock) -> Probed:
    """Takes some seconds. What is wrong with the address is an answer, no error."""
    try:
        with open_source(
            asked.url, transport=asked.transport, open_timeout=5.0, read_timeout=5.0, opener=opener, clock=clock
        ) as source:
            return _look(source, clock, asked.masks)
    except SourceError as error:
        return Probed(reason_of(error), error.detail)


def _look(source: Any, clock: Clock, masks: Sequence[Polygon]) -> Probed:
    found: VideoFormat = source.format
    decoder = av.CodecContext.create(found.codec, "r")
    decoder.extradata, decoder.thread_count = found.extradata, 1
    keys: list[float] = []
    first = last = began = clock.monotonic()
    count = size = 0
    picture: Any = None
    for packet in source.packets():
        last = clock.monotonic()
        if packet.is_keyframe:
            keys.append(float(packet.pts * packet.time_base) if packet.pts is not None else last)
        if picture is None and keys:
            try:
                for frame in decoder.decode(packet):
                    picture = frame
            except FFmpegError:
                pass
        if count == 0:
            first = last
        count, size = count + 1, size + packet.size
        long_enough = last - first >= PACKETS_S and len(keys) >= 2 and picture is not None
        if long_enough or last - began > LONGEST_S:
            break
    if picture is None:
        return Probed(
            "unreadable", "packets come, but no picture could be decoded", found.codec, found.width, found.height
        )
    group = (keys[-1] - keys[0]) / (len(keys) - 1) if len(keys) > 1 else None
    seconds = max(last - first, 0.1)
    return Probed("", "", found.codec, picture.width, picture.height, round(count / seconds, 1),
                  None if group is None else round(group, 2), round(size * 8 / seconds / 1000, 1), _jpeg(picture, masks))  # fmt: skip


def _jpeg(picture: Any, masks: Sequence[Polygon]) -> bytes | None:
    bgr = np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    fill(bgr, masks, (GREY, GREY, GREY))
    if bgr.shape[1] > WIDEST:
        bgr = np.asarray(
            cv2.resize(bgr, (WIDEST, round(bgr.shape[0] * WIDEST / bgr.shape[1])), interpolation=cv2.INTER_AREA)
        )
    done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(jpeg, np.uint8).tobytes() if done else None
