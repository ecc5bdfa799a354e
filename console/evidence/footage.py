"""Pictures and clips on their way to a browser. The look is registered, then the first byte leaves."""

from __future__ import annotations

import hashlib
import re
from typing import Final, cast

import cv2
import msgspec
import numpy as np
from fastapi.responses import Response, StreamingResponse
from numpy.typing import NDArray

from console.alerts.tables import LATE, AlertRow
from console.evidence import blurring
from console.evidence.transcode import beside
from console.http.context import Console
from console.http.replies import reply
from lianqin import audit
from lianqin.audit import Actor, Purpose
from lianqin.errors import EvidenceError, NotFoundError, RecordError

CHECKER: Final = audit.system("evidence")
_PRIVATE: Final = {"Cache-Control": "private, no-store"}
_RANGE = re.compile(r"^bytes=([0-9]{0,18})-([0-9]{0,18})$")


class ByteSpan(msgspec.Struct, frozen=True):
    """Bytes `start` up to, not including, `end`."""

    start: int
    end: int


class Why(msgspec.Struct, frozen=True):
    """What a look is registered for."""

    purpose: Purpose
    case_ref: str


def span_of(header: str | None, size: int) -> ByteSpan | None:
    """The one range asked for (RFC 9110, 14.2); None: the whole file (also for forms we may ignore).

    Raises RecordError `range.unsatisfiable`.
    """
    found = _RANGE.match(header.strip()) if header else None
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or end <= start:
        raise RecordError("range.unsatisfiable", f"{header} of {size} bytes", size=size)
    return ByteSpan(start, end)


def file_response(console: Console, path: str, media_type: str, asked: str | None, more: dict[str, str]) -> Response:
    """A file of the evidence store, whole or the part asked for, in pieces."""
    size = console.evidence.size(path)
    span = span_of(asked, size)
    part = span or ByteSpan(0, size)
    headers = {**_PRIVATE, "Accept-Ranges": "bytes", "Content-Length": str(part.end - part.start), **more}
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    pieces = console.evidence.chunks(path, part.start, part.end - part.start)
    return StreamingResponse(pieces, 206 if span else 200, headers, media_type)


def check_whole(console: Console, path: str, sha256: str | None) -> None:
    """Is the file the one that was recorded? Each state of a file is read once. Raises EvidenceError `evidence.altered`, which
    is audited; files of which no digest was recorded pass."""
    if sha256 is None:
        return
    found = console.digests.of(path)
    if found == sha256:
        return
    with console.store.write() as session:
        detail = {"path": path, "recorded": sha256, "found": found}
        audit.write(session, CHECKER, "evidence.altered", "file", path[-60:], at=console.clock.now(), detail=detail)
    raise EvidenceError("evidence.altered", f"{path} is not the file that was recorded", path=path)


def _check_kept(row: AlertRow) -> None:
    """Raises NotFoundError `evidence.gone`."""
    if row.purged_at is not None:
        raise NotFoundError("evidence.gone", f"purged, certificate {row.certificate}", number=row.certificate)


def snapshot_path(row: AlertRow) -> str:
    """Of its picture in the evidence store. Raises NotFoundError `evidence.gone`, `snapshot.missing`."""
    _check_kept(row)
    if row.snapshot is None:
        raise NotFoundError("snapshot.missing", row.snapshot_error or "none was written", why=row.snapshot_error or "")
    return row.snapshot


def clip_path(row: AlertRow) -> str:
    """Of its clip. Raises NotFoundError `evidence.gone`, `clip.pending`, `clip.missing`."""
    _check_kept(row)
    if row.clip is None:
        if row.clip_error is None and row.evidence_at is None:
            raise NotFoundError("clip.pending", "the clip is still being made")
        raise NotFoundError("clip.missing", row.clip_error or "none was cut", why=row.clip_error or LATE)
    return row.clip


def _look(  # noqa: PLR0917 - who sees which copy of what, and why
    console: Console, actor: Actor, kind: str, row: AlertRow, shown: str, why: Why | None
) -> None:
    """`shown`: the path of the copy that leaves; the row has its digest as it lies there. `why` None: the alert is judged, which is its
    own purpose and case."""
    why = why or Why("alert_judging", row.id)
    console.looks.register(
        actor,
        f"{kind}.look",
        "alert",
        row.id,
        purpose=why.purpose,
        case_ref=why.case_ref,
        sha256=console.digests.of(shown),
    )


def snapshot_response(console: Console, actor: Actor, row: AlertRow, why: Why | None = None) -> Response:
    """The alert's JPEG. Raises NotFoundError `snapshot.missing` or `evidence.missing`."""
    path = snapshot_path(row)
    console.evidence.size(path)
    check_whole(console, path, row.snapshot_sha256)
    _look(console, actor, "snapshot", row, path, why)
    return file_response(console, path, "image/jpeg", None, {})


def clip_response(console: Console, actor: Actor, row: AlertRow, asked: str | None, why: Why | None = None) -> Response:
    """The alert's MP4; 202 while an H.265 one is transcoded. Raises NotFoundError `clip.pending`, `clip.missing`."""
    clip = clip_path(row)
    console.evidence.size(clip)
    check_whole(console, clip, row.clip_sha256)
    if row.codec in (None, "", "h264"):
        path, more = clip, {}
    elif console.transcoder.ask(row.id, clip) == "ready":
        path, more = beside(clip), {"X-Transcoded": "1"}
    else:
        return reply({"state": "transcoding"}, 202, {"Retry-After": "1"})
    _look(console, actor, "clip", row, path, why)
    return file_response(console, path, "video/mp4", asked, more)


def blurred(jpeg: bytes) -> bytes:
    """The whole picture blurred beyond recognising anyone. Raises EvidenceError when it is no picture."""
    return jpeg_of(blurring.blurred(picture_of(jpeg)), 70)


def picture_of(jpeg: bytes) -> NDArray[np.uint8]:
    """uint8 [height, width, 3], BGR. Raises EvidenceError when it is no picture."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise EvidenceError("evidence.missing", "the picture can't be read", path="")
    return cast("NDArray[np.uint8]", picture)


def jpeg_of(picture: NDArray[np.uint8], quality: int) -> bytes:
    """Raises EvidenceError."""
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise EvidenceError("evidence.missing", "the picture can't be written", path="")
    return bytes(encoded.tobytes())


def blurred_response(console: Console, actor: Actor, row: AlertRow, incident_id: str) -> Response:
    """The picture of a guard's task, blurred; a look of its own with the incident as its case."""
    path = snapshot_path(row)
    check_whole(console, path, row.snapshot_sha256)
    picture = blurred(console.evidence.read(path))
    console.looks.register(
        actor, "snapshot.look", "alert", row.id, purpose="incident", case_ref=incident_id,
        sha256=hashlib.sha256(picture).hexdigest(),
    )  # fmt: skip
    return Response(picture, 200, _PRIVATE, "image/jpeg")
