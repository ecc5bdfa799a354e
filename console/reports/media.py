"""What a picture or a voice from a phone really is, by its first bytes; and a JPEG without what the phone wrote into it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import cv2
import msgspec
import numpy as np

from lianqin.errors import RecordError

MOST_SIDE: Final = 4096
"""Pixels of a picture's longer side: the phone sends 1280 at most."""
Kind = Literal["photo", "voice"]


class Media(msgspec.Struct, frozen=True):
    """What is kept: the bytes, their media type and the ending of the file."""

    data: bytes
    media_type: str
    ending: str


_SIZES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, table B.1)."""
_METADATA: Final = frozenset({*range(0xE1, 0xED), 0xED, 0xEF, 0xFE})
"""APP1 to APP13, APP15 and COM: Exif, XMP, makers' notes. APP0 (JFIF) and APP14 (how colours are coded) stay."""
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})


class _Segment(msgspec.Struct, frozen=True):
    marker: int
    begin: int
    end: int


def _segments(data: bytes) -> Iterator[_Segment]:
    """The segments before the picture's own data, which begins with the last one (SOS). Raises RecordError `report.picture`."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        end = at + 2 if marker in _BARE else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or (marker not in _BARE and end < at + 4):
            break
        yield _Segment(marker, at, end)
        if marker == 0xDA:
            return
        at = end
    raise RecordError("report.picture", "no JPEG that can be read")


def picture_of(data: bytes) -> Media:
    """A JPEG as it came, without Exif (place, time and maker of the phone), comments and what hangs behind its end. Raises
    RecordError `report.picture`, `report.large_picture`."""
    kept, sizes = bytearray(data[:2]), list[tuple[int, int]]()
    for one in _segments(data):
        if one.marker in _SIZES and one.end - one.begin >= 9:
            height = int.from_bytes(data[one.begin + 5 : one.begin + 7], "big")
            sizes.append((int.from_bytes(data[one.begin + 7 : one.begin + 9], "big"), height))
        if one.marker == 0xDA:
            ends = data.rfind(b"\xff\xd9")
            kept += data[one.begin : ends + 2] if ends > one.begin else data[one.begin :]
        elif one.marker not in _METADATA:
            kept += data[one.begin : one.end]
    if not sizes:
        raise RecordError("report.picture", "no JPEG that can be read")
    if any(max(size) > MOST_SIDE for size in sizes):
        raise RecordError("report.large_picture", f"a side of more than {MOST_SIDE} pixels", most=MOST_SIDE)
    if cv2.imdecode(np.frombuffer(kept, np.uint8), cv2.IMREAD_GRAYSCALE) is None:
        raise RecordError("report.picture", "no JPEG that can be read")
    return Media(bytes(kept), "image/jpeg", "jpg")


def voice_of(data: bytes) -> Media:
    """WebM, Ogg or MP4, as browsers record them. Raises RecordError `report.voice`."""
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Media(data, "audio/webm", "webm")
    if data.startswith(b"OggS"):
        return Media(data, "audio/ogg", "ogg")
    if data[4:8] == b"ftyp":
        return Media(data, "audio/mp4", "m4a")
    raise RecordError("report.voice", "neither WebM nor Ogg nor MP4")


def media_of(kind: Kind, data: bytes) -> Media:
    """Raises as `picture_of` and `voice_of`."""
    if kind == "voice":
        return voice_of(data)
    if not data.startswith(b"\xff\xd8\xff"):
        raise RecordError("report.picture", "no JPEG")
    return picture_of(data)
