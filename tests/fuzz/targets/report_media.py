"""Pictures and voices that phones send with a report (`console.reports.media`). The first byte says which."""

from __future__ import annotations

import cv2
import numpy as np

from console.reports.media import media_of
from lianqin.errors import RecordError
from tests.fuzz.target import Target

KINDS = ("photo", "voice")


def run(data: bytes) -> bool:
    kind = KINDS[data[0] & 1 if data else 0]
    try:
        found = media_of(kind, data[1:])  # type: ignore[arg-type]
    except RecordError:
        return False
    assert len(found.data) <= len(data)
    if kind == "photo":
        assert b"Exif\x00\x00" not in found.data[:20]
        assert media_of("photo", found.data).data == found.data
    return True


JPEG = cv2.imencode(".jpg", np.arange(24 * 24 * 3, dtype=np.uint8).reshape(24, 24, 3))[1].tobytes()
EXIF = JPEG[:2] + b"\xff\xe1\x00\x0eExif\x00\x00MM\x00*xx" + b"\xff\xfe\x00\x05abc" + JPEG[2:]
TARGET = Target(
    run, (b"\x00" + JPEG, b"\x00" + EXIF, b"\x00" + EXIF + b"behind", b"\x01\x1a\x45\xdf\xa3webm", b"\x01OggS", b"\x01\x00\x00\x00\x18ftypisom"),
    (b"\xff\xd8\xff", b"\xff\xe1", b"\xff\xda", b"\xff\xd9", b"\xff\xc0\x00\x11\x08", b"\xff\xc2", b"\xff\xff", b"\xff\xc4", b"\xff\xdb", b"\x10\x00\x10\x00"),
    most=3000, steps=(20_000, 100), share=2,
)  # fmt: skip
