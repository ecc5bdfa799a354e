"""Store alerts from the bus, each exactly once.

`Receiver.run_once` -> `take_each` -> `Receiver._take` (one transaction: `receive` stores each record and pushes its feed rows; commit) ->
`take_each` acknowledges. Delivery is at least once; the alert's id, made by the worker, makes a repeat a no-op.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import redis
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import LATE, AlertRow, PendingEvidence
from console.cameras import ledger
from console.cameras.tables import CameraRow
from console.canary import canaries
from console.evidence.terms import Arrival, days_for
from console.http.metrics import Metrics
from console.rules import shelves
from lianqin import feed, keys
from lianqin.bus import Consumer, Entry
from lianqin.clock import Clock
from lianqin.db import Store, in_order
from lianqin.decoding import from_plain
from lianqin.records import Alert, CameraHealth, Canary, Evidence, Record, WatchMinutes
from lianqin.taking import take_each

log = structlog.get_logger(__name__)

EVIDENCE_PATIENCE: Final = 60.0
"""Seconds after an alert's receipt until its clip counts as missing (it is still taken when it comes later)."""


class Received(msgspec.Struct, frozen=True):
    """What a transaction took in: alerts that are new, and repeats."""

    new: tuple[Alert, ...]
    repeats: int
    canaries: tuple[Canary, ...] = ()


def receive(session: Session, records: Sequence[Record], at: float, arrival: Arrival | None = None) -> Received:
    """Take a batch into the caller's transaction. Other records than alerts, evidence, canaries, health and minutes watched are
    passed over. `arrival`: by the database's clock, with the county's term; without it the next sweep notes `at` and the term."""
    in_order(session)  # replicas take turns, so looking before inserting is enough
    new, repeats, came = [], 0, []
    for record in records:
        if isinstance(record, Alert):
            if _take_alert(session, record, at, arrival):
                new.append(record)
            else:
                repeats += 1
        elif isinstance(record, Evidence):
            _take_evidence(session, record, at)
        elif isinstance(record, Canary):
            if canaries.take(session, record, at):
                came.append(record)
        elif isinstance(record, CameraHealth):
            _take_health(session, record, at)
        elif isinstance(record, WatchMinutes):
            ledger.take(session, record.minutes)
    return Received(tuple(new), repeats, tuple(came))


def _take_alert(session: Session, alert: Alert, at: float, arrival: Arrival | None) -> bool:
    if session.scalar(select(AlertRow.seq).where(AlertRow.id == alert.id)) is not None:
        return False
    row = AlertRow(
        id=alert.id, camera_id=alert.camera_id, zone_id=alert.zone_id, zone_name=alert.zone_name,
        zone_points=_plain(alert.zone_points), situation=alert.situation, method=alert.method, kind=alert.kind,
        priority=alert.priority, score=alert.score, captured_at=alert.captured_at, published_at=alert.published_at,
        received_at=at, model=alert.model, rule_version=alert.rule_version, worker=alert.worker,
        tracks=_plain(alert.tracks), snapshot=alert.snapshot, snapshot_error=alert.snapshot_error, merged_tracks=0,
        snapshot_sha256=alert.snapshot_sha256,
        state="new", judge_reason="", kept_from=arrival.at if arrival else None,
        keep_days=days_for(session, alert.camera_id, arrival.days) if arrival else None,
    )  # fmt: skip
    shelves.put_away(session, row, at)
    session.add(row)
    early = session.get(PendingEvidence, alert.id)
    if early is not None:
        _join(row, from_plain(early.body, Evidence), early.received_at)
        session.delete(early)
    session.flush()
    feed.push(session, "alert", alert.id, at=at)
    return True


def _take_evidence(session: Session, evidence: Evidence, at: float) -> None:
    row = session.scalar(select(AlertRow).where(AlertRow.id == evidence.alert_id))
    if row is None:
        session.merge(PendingEvidence(alert_id=evidence.alert_id, body=_plain(evidence), received_at=at))
        session.flush()
        return
    if row.evidence_at is not None and row.clip == evidence.clip and row.merged_tracks >= evidence.merged_tracks:
        return  # delivered again
    _join(row, evidence, at)
    feed.push(session, "alert", row.id, at=at)


def _join(row: AlertRow, evidence: Evidence, at: float) -> None:
    if evidence.tracks:
        row.tracks = _plain(evidence.tracks)
    row.clip, row.clip_sha256 = evidence.clip, evidence.clip_sha256
    # With a clip: what that lacks.
    row.clip_error = evidence.clip_error or evidence.clip_lacks or None
    row.clip_from, row.clip_seconds, row.codec = evidence.clip_from, evidence.clip_seconds, evidence.codec
    row.merged_tracks, row.evidence_at = evidence.merged_tracks, at


def _take_health(session: Session, health: CameraHealth, at: float) -> None:
    row = session.get(CameraRow, health.camera_id)
    if row is None or (row.state_since is not None and health.since < row.state_since):
        return
    if (row.state, row.state_reason, row.state_since) == (health.state, health.reason, health.since):
        return
    row.state, row.state_reason, row.state_since = health.state, health.reason, health.since
    feed.push(session, "camera", row.id, at=at)


def do_give_up_clips(session: Session, at: float) -> int:
    """Mark clips that did not come in time, once, so that the page stops waiting. Returns how many."""
    query = select(AlertRow).where(
        AlertRow.evidence_at.is_(None), AlertRow.clip_error.is_(None), AlertRow.received_at < at - EVIDENCE_PATIENCE
    )
    rows = list(session.scalars(query.limit(200)))
    for row in rows:
        row.clip_error = LATE
        feed.push(session, "alert", row.id, at=at)
    return len(rows)


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


class Receiver:
    """The thread's work. Several replicas share the group; each has its own name. What can't be taken is buried (`lianqin.taking`)."""

    def __init__(  # noqa: PLR0917 - the parts that it works with
        self, store: Store, client: redis.Redis, name: str, clock: Clock, metrics: Metrics, keep_days: int
    ) -> None:
        """`keep_days`: the county's term."""
        self._store, self._redis, self._clock, self._metrics = store, client, clock, metrics
        self._keep_days = keep_days
        self._consumer = Consumer(client, (keys.ALERTS, keys.HEALTH, keys.WATCH), keys.CONSOLE_GROUP, name, clock=clock)

    def run_once(self, block: float = 1.0) -> None:
        """Wait up to `block` seconds for a batch: commit, then ack. Raises BusUnavailable or UnavailableError: entries stay pending and come again."""
        entries = self._consumer.poll(block)
        if entries:
            take_each(self._consumer, entries, self._take, buried=self._metrics.dead.inc)

    def _take(self, entries: Sequence[Entry]) -> None:
        with self._store.write() as session:
            arrival = Arrival(self._clock.at_database(session), self._keep_days)
            taken = receive(session, [entry.record for entry in entries], self._clock.now(), arrival)
        stored_at = self._clock.now()
        self._metrics.repeats.inc(taken.repeats)
        for canary in taken.canaries:
            self._metrics.canary_to_stored.observe(max(0.0, stored_at - canary.captured_at))
        for alert in taken.new:
            self._metrics.alerts.labels(alert.situation).inc()
            self._metrics.capture_to_stored.observe(max(0.0, stored_at - alert.captured_at))
            log.info("alert_stored", alert=alert.id, camera=alert.camera_id, situation=alert.situation,
                     after_capture_s=round(stored_at - alert.captured_at, 3))  # fmt: skip


class ClipWatch:
    """The thread that gives up on clips which did not come."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def run_once(self) -> None:
        at = self._clock.now()
        with self._store.read() as session:
            query = select(AlertRow.seq).where(
                AlertRow.evidence_at.is_(None), AlertRow.clip_error.is_(None),
                AlertRow.received_at < at - EVIDENCE_PATIENCE,
            )  # fmt: skip
            waiting = session.scalar(query.limit(1)) is not None
        if waiting:
            with self._store.write() as session:
                do_give_up_clips(session, at)
