"""The picture of an alert: a JPEG of the very frame on which the rule became true."""

from __future__ import annotations

from typing import Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from lianqin.clock import county_day
from lianqin.errors import EvidenceError
from lianqin.evidence import EvidenceStore

QUALITY: Final = 88


class Snapshot(msgspec.Struct, frozen=True):
    """Where the picture lies, or why there is none: an alert goes out in either case."""

    path: str | None
    error: str | None = None
    sha256: str | None = None


def evidence_path(alert_id: str, captured_at: float, suffix: str) -> str:
    """`2026-05-01/al-....jpg`: by the county's day of the capture."""
    return f"{county_day(captured_at)}/{alert_id}.{suffix}"


def write_snapshot(store: EvidenceStore, alert_id: str, captured_at: float, bgr: npt.NDArray[np.uint8]) -> Snapshot:
    """Durable on return. `bgr`: uint8 [height, width, 3]. A disk that is full makes an answer, not an error."""
    path = evidence_path(alert_id, captured_at, "jpg")
    try:
        done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not done:
            return Snapshot(None, "the picture could not be encoded")
        sha256 = store.write(path, jpeg.tobytes())
    except (cv2.error, EvidenceError) as error:
        return Snapshot(None, str(error))
    return Snapshot(path, None, sha256)
