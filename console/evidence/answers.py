"""What the routes of evidence answer: holds, certificates of purges, sweeps that stopped. Times are epoch seconds."""

from __future__ import annotations

from typing import Literal

from console.evidence.keeping import Level
from console.http.answers import Answer
from lianqin.sweeps import Kind


class TranscodingAnswer(Answer):
    """The clip is being made playable; it comes when asked for again (`clip_response`)."""

    state: Literal["transcoding"]


class EvidenceHoldAnswer(Answer):
    """Whose picture and clip must not be purged."""

    alert_id: str
    reason: str
    held_by: str
    held_at: float


class EvidenceHeldAnswer(Answer):
    """The hold that was set."""

    hold: EvidenceHoldAnswer


class EvidenceKeepingAnswer(Answer):
    """`keep_days`: the county's term in days; `holds`: the newest 200."""

    keep_days: int
    holds: list[EvidenceHoldAnswer]


class EvidenceRoomAnswer(Answer):
    """The disk of the evidence, in bytes. `tight`: copies that can be made again are removed."""

    level: Level
    total: int
    free: int


class EvidenceDiskAnswer(Answer):
    """None where the evidence lies in no folder of this machine."""

    disk: EvidenceRoomAnswer | None


class PurgeCertificateAnswer(Answer):
    """Proof of one purge."""

    number: int
    at: float
    alerts: int
    files: int
    bytes: int
    first_at: float
    last_at: float
    """Arrival of the oldest and the newest of it."""
    keep_days: int
    digest: str
    """sha256 over the list of files as JSON, hex."""


class ListedPurgeCertificateAnswer(PurgeCertificateAnswer):
    """With the list of its files."""

    items: list[tuple[str, str, str, int]]
    """Alert or report (empty: of none), path, sha256 (empty: not known), bytes."""


class CheckedPurgeCertificateAnswer(Answer):
    """`holds_true`: the digest is that of the list."""

    certificate: ListedPurgeCertificateAnswer
    holds_true: bool


class SweepStopAnswer(Answer):
    """Purges of one kind that stand still. Times are the database's clock."""

    number: int
    kind: Kind
    reason: Literal["many", "clocks", "step"]
    at: float
    found: dict[str, float]
    """Of `many`: `due`, `taken`, `limit`. Else by clock, how many seconds it differs from the database's."""
    state: str
    """open, held, go or done."""
    rang_at: float
    rings: int
    cut_at: float | None
    """Only what was due then is deleted."""
    decided_by: str | None
    decided_at: float | None
    note: str


class SweepCameraAnswer(Answer):
    """How much of one camera would go. A camera that was removed has its id for a name."""

    camera_id: str
    count: int
    name: str
    name_en: str


class GoingSweepAnswer(SweepStopAnswer):
    """A stop with what would go now: files, days of trails, or messages."""

    count: int
    oldest: float | None
    newest: float | None
    cameras: int
    """Of how many cameras; `by_camera` names those of which most would go."""
    looked_at: float
    by_camera: list[SweepCameraAnswer]


class SweepLookAnswer(Answer):
    """`looked_at` of the stop is what a decision is bound to."""

    stop: GoingSweepAnswer


class SweepDecidedAnswer(Answer):
    """The stop after a person's word."""

    stop: SweepStopAnswer
