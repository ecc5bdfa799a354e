"""What the routes of alerts and incidents at the desk answer. Times are epoch seconds, places WGS-84."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.attention.answers import EscalationAnswer
from console.dispatch.answers import PastStuckAnswer
from console.evidence.answers import EvidenceHoldAnswer
from console.http.answers import Answer
from console.incidents.answers import IncidentAnswer, StepAnswer
from console.rules.answers import ShelfTermsAnswer
from lianqin.records import TrackPath


class AlertFactsAnswer(Answer):
    """What a machine said and what a person made of it, as the alert's row has it; its tracks stand with the whole alert alone."""

    seq: int
    """In the order in which alerts came."""
    id: str
    camera_id: str
    """Empty: it speaks of no camera."""
    zone_id: str
    zone_name: str
    """As the zone was called then."""
    zone_points: list[tuple[float, float]]
    """The zone as it was then: corners as fractions of the picture."""
    situation: str
    method: int
    kind: int
    """`method` and `kind` of GB/T 28181-2022, 0: it has none for this."""
    priority: int
    """1 (highest) to 4."""
    score: float
    captured_at: float
    published_at: float
    received_at: float
    model: str
    rule_version: str
    worker: str
    snapshot: str | None
    """Path of the picture; None: `snapshot_error` says why. `clip` and `clip_error` alike."""
    snapshot_error: str | None
    clip: str | None
    clip_error: str | None
    """Of a clip that is there: what it lacks."""
    clip_from: float | None
    """Capture time of its first frame."""
    clip_seconds: float | None
    codec: str | None
    evidence_at: float | None
    """When the clip, or the word that there is none, came."""
    merged_tracks: int
    """How many more tracks, or cameras, it speaks of."""
    state: Literal["new", "confirmed", "false", "ignored"]
    judged_by: str | None
    judged_by_id: str | None
    judged_at: float | None
    judge_reason: str
    """Id of a reason for false; else empty."""
    incident_id: str | None
    snapshot_sha256: str | None
    clip_sha256: str | None
    purged_at: float | None
    """When picture and clip were purged; `certificate` is the number of the proof."""
    certificate: int | None
    kept_from: float | None
    keep_days: int | None
    """The term of picture and clip, counted from `kept_from`."""
    shelf_id: str | None
    """The shelf that it rests, or rested last, on."""
    back_at: float | None
    """When it came back from there."""


class AlertCameraAnswer(Answer):
    """The camera of an alert: the place that a guard reported from, the line, or a removed camera have an id and names alone.
    `bearing` and `fov` in degrees, `range_m` in metres."""

    id: str
    name: str
    name_en: str
    lon: float | None
    lat: float | None
    bearing: float | None
    fov: float | None
    range_m: float | None
    area_id: str | None


class PrecisionAnswer(Answer):
    """Verdicts on a camera's alerts within 30 days. `share`: confirmed of all, None where nothing was judged; `bounds`: its 95 %
    bounds, None while too few were judged."""

    confirmed: int
    false: int
    share: float | None
    bounds: tuple[float, float] | None


class HeldByAnswer(Answer):
    """Whose desk has it. It lapses at `until` unless that page says again that it is there."""

    account_id: str
    name: str
    since: float
    until: float


class AlertOutageAnswer(Answer):
    """A camera, or a worker, that a device alert speaks of. `to_at` None: it lasts."""

    camera_id: str
    """Empty: it is a worker."""
    name: str
    name_en: str
    reason: str
    detail: str
    from_at: float
    to_at: float | None


class AlertAnswer(AlertFactsAnswer):
    """An alert as the queue shows it."""

    camera: AlertCameraAnswer
    waiting_s: float
    """How long it waits since `waits_from`, or waited for its verdict; 0 on a shelf."""
    waits_from: float
    """Its receipt, or when it came back from a shelf."""
    shelf: ShelfTermsAnswer | None
    """On which it rests now."""
    escalation: int
    """Steps of the county's that it waited through: 0 to 3."""
    clip_state: Literal["pending", "ready", "missing", "needs_transcode"]
    precision: PrecisionAnswer
    incident: IncidentAnswer | None
    hold: EvidenceHoldAnswer | None
    keep_until: float
    """When picture and clip may go at the earliest."""
    timeline: list[StepAnswer]
    outages: list[AlertOutageAnswer]
    held_by: HeldByAnswer | None
    escalations: list[EscalationAnswer]
    instruction: str
    """What the operator is to do, as the zone says now; may be empty."""


class AlertInFullAnswer(AlertAnswer):
    """An alert with the boxes of its tracks."""

    tracks: list[TrackPath]


class OneAlertAnswer(Answer):
    """The alert as it is after the act."""

    alert: AlertInFullAnswer


class ConfirmedAnswer(OneAlertAnswer):
    """With the incident that the confirmation opened."""

    incident: IncidentAnswer


class NotJudgedAnswer(Answer):
    """An alert that stayed as it is: judged by another before (`at`, `when`, `state`, `incident_id`), or at another's desk (`since`)."""

    id: str
    by: str
    at: float | UnsetType = UNSET
    when: str | UnsetType = UNSET
    """`at` by the county's clock."""
    state: str | UnsetType = UNSET
    incident_id: str | UnsetType | None = UNSET
    since: float | UnsetType = UNSET


class JudgedTogetherAnswer(Answer):
    """`judged`: ids of the alerts that were judged now."""

    judged: list[str]
    conflicts: list[NotJudgedAnswer]


class IncidentInListAnswer(IncidentAnswer):
    """`picture`: its alert's can be seen."""

    picture: bool


class IncidentInFullAnswer(IncidentAnswer):
    """`stuck`: all its tasks that did not go on, the oldest first."""

    stuck: list[PastStuckAnswer]
