"""A lens is covered: the last good picture and who was before it, kept from the ring before they are gone.

`CameraTask.health` (the state begins) -> `alerts.AlertPublisher.cover` -> `gather` on the thread of `follow_up` -> `CameraHealth.before` => the console's
device alert (`console.cameras.outages`), which bears the id that the files are named by.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import structlog
from av.error import FFmpegError

from ingest.codec.decoders import open_decoder, raw_packet
from ingest.codec.pixels import bgr_of
from ingest.evidence.clip import write_clip
from ingest.evidence.lacks import lacking
from ingest.evidence.ring import Cut, PacketRing
from ingest.evidence.snapshot import Snapshot, evidence_path, write_snapshot
from lianqin.errors import EvidenceError, SourceError
from lianqin.evidence import EvidenceStore
from lianqin.records import Camera, SeenBefore, new_id

log = structlog.get_logger(__name__)
CLEAR_S: Final = 2.0
"""A hand comes near before the first picture that is called covered: so much earlier the view is good."""


class Covered(Protocol):
    """The camera whose lens it is."""

    camera: Camera
    ring: PacketRing
    seen_before: SeenBefore | None


def gather(store: EvidenceStore, ring: PacketRing, since: float, before: float, after: float) -> SeenBefore:
    """`since`: the first picture that showed nothing of the view; the clip runs from `before` seconds earlier to `after` later, or to what
    there is. Durable on return; what can't be had is said in words."""
    alert_id = new_id("al", since)
    path: str | None = evidence_path(alert_id, since, "mp4")
    sha256: str | None = None
    lacks = error = ""
    cut: Cut | None = None
    picture = Snapshot(None, "clip.no_packets")
    at: float | None = None
    newest = ring.newest
    after = min(after, max(0.0, newest - since)) if newest is not None else after
    try:
        cut = ring.cut(since - before, since + after, since)
        at, good = good_picture(cut, since)
        picture = write_snapshot(store, alert_id, since, good)
        lacks = lacking(cut, since, before, after, ending=True)
        sha256 = store.write(str(path), write_clip(cut))
    except EvidenceError as why:
        path, error = None, str(why)
    return SeenBefore(
        alert_id=alert_id, picture=picture.path, picture_error=picture.error, picture_sha256=picture.sha256, picture_at=at,
        clip=path, clip_sha256=sha256, clip_error=error or lacks, clip_from=cut.begin if cut and path else None,
        clip_seconds=cut.seconds if cut and path else None, codec=cut.format.codec if cut and path else None,
    )  # fmt: skip


def good_picture(cut: Cut, since: float) -> tuple[float, Any]:
    """The newest key frame that still showed the view, with its moment: uint8 [height, width, 3], BGR. Raises EvidenceError
    `clip.unwritable` where it can't be decoded."""
    keys = [packet for packet in cut.packets if packet.is_key]
    chosen = max((one for one in keys if one.at <= since - CLEAR_S), key=lambda one: one.at, default=keys[0])
    try:
        decoder = open_decoder(cut.format)
        for packet in (raw_packet(chosen), None):
            for frame in decoder.decode(packet):
                return chosen.at, bgr_of(frame)
    except (FFmpegError, SourceError) as error:
        raise EvidenceError("clip.unwritable", f"the key frame can't be decoded: {error}") from error
    raise EvidenceError("clip.unwritable", "the key frame gave no picture")
