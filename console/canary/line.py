"""The way of the alerts judged by its canaries: slow, silent or good, worker by worker, and one device alert for those that are not good.

`LineWatch.run_once` -> `do_note` (what pages said) -> `judge` of each worker that lives -> `do_follow` (one transaction: faults begin and
end, an alert for those without). As `console.cameras.outages` does with cameras. A worker that is dead is none of it: its cameras are called out
there. Who did not look for a while, or has just begun, has seen no silence and judges nothing that was captured before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
import redis
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.canary.canaries import do_note, senders
from console.canary.tables import CanaryRow, LineFault
from console.http import words
from console.http.context import Console
from console.http.replies import Shown
from lianqin import feed
from lianqin.db import in_order
from lianqin.records import new_id

SITUATION: Final = "line_slow"
SLOW: Final = "line_slow"
SILENT: Final = "line_silent"
METHOD: Final = 6
"""GB/T 28181-2022: a device fault. Its kinds are of discs and fans: none is said."""
PRIORITY: Final = 2
ZONE: Final = "line"
IN_A_ROW: Final = 3
SETTLED_S: Final = 5.0
"""So long after its receipt a page's word is waited for; then it counts as far as it is known to have come."""
AGAIN_S: Final = 600.0
"""What begins so soon after, or while nobody judged the alert, makes no second one."""
LOOK_EVERY_S: Final = 2.0
HELD_UP_S: Final = 15.0
"""A look that comes so long after the one before: this process, or its database, was away."""
State = Literal["good", "slow", "silent", "open"]
"""`open`: not to be told yet, or between good and slow."""


class WorkerLine(msgspec.Struct, frozen=True):
    """How the way of one worker's alerts does, and since when."""

    state: State
    since: float


def total_of(row: CanaryRow) -> float:
    """Seconds from its capture to the first page; where no page in sight drew it, as far as the database."""
    return max(0.0, (row.received_at if row.shown_at is None else row.shown_at) - row.captured_at)


def judge(rows: Sequence[CanaryRow], now: float, *, since: float, limit: float, silent: float) -> WorkerLine:
    """`rows`: a worker's newest, newest first, two more than `IN_A_ROW` at least. `since`: from when on we looked without a break."""
    heard = max(since, max((row.received_at for row in rows), default=since))
    if now - heard >= silent:
        return WorkerLine("silent", heard)
    told = [
        row for row in rows if row.shown_at is not None or now - row.received_at >= SETTLED_S or total_of(row) > limit
    ]
    newest = told[:IN_A_ROW]
    if len(newest) < IN_A_ROW:
        return WorkerLine("open", now)
    if all(total_of(row) <= limit for row in newest):
        return WorkerLine("good", now)
    if all(total_of(row) > limit and row.captured_at >= since for row in newest):
        return WorkerLine("slow", newest[-1].captured_at)
    return WorkerLine("open", now)


def newest_of(session: Session, worker: str, count: int = IN_A_ROW + 2) -> list[CanaryRow]:
    """A worker's newest canaries, newest first."""
    query = select(CanaryRow).where(CanaryRow.worker == worker).order_by(CanaryRow.captured_at.desc())
    return list(session.scalars(query.limit(count)))


def running(session: Session) -> dict[str, LineFault]:
    """Faults without an end, by worker."""
    return {row.worker: row for row in session.scalars(select(LineFault).where(LineFault.to_at.is_(None)))}


def is_news(faults: Mapping[str, LineFault], seen: Mapping[str, WorkerLine]) -> bool:
    """Does `do_follow` have anything to write?"""
    for worker, row in faults.items():
        sight = seen.get(worker)
        if sight is None or sight.state == "good" or row.reason != _reason(sight.state):
            return True
    return any(sight.state in {"slow", "silent"} and worker not in faults for worker, sight in seen.items())


def _reason(state: State) -> str:
    """Of a fault that runs: canaries that come again are slow until they are seen to be good."""
    return SILENT if state == "silent" else SLOW


def do_follow(session: Session, seen: Mapping[str, WorkerLine], now: float) -> AlertRow | None:
    """Begin and end faults, in the caller's transaction. Returns the alert that was made, if any."""
    in_order(session)
    faults = running(session)
    for worker, row in faults.items():
        sight = seen.get(worker)
        if sight is None or sight.state == "good":
            row.to_at = max(row.from_at, now)
            _tell(session, row, now)
        elif row.reason != _reason(sight.state):
            row.reason = _reason(sight.state)
            _tell(session, row, now)
    made = [
        LineFault(worker=worker, reason=_reason(sight.state), from_at=sight.since)
        for worker, sight in sorted(seen.items())
        if sight.state in {"slow", "silent"} and worker not in faults
    ]
    if not made:
        return None
    session.add_all(made)
    session.flush()
    held = _alert_of_late(session, now)
    alert = None if held is not None else _alert(session, made, now)
    for row in made:
        row.alert_id = held if alert is None else alert.id
        _tell(session, row, now)
    return alert


def _tell(session: Session, row: LineFault, now: float) -> None:
    if row.alert_id:
        feed.push(session, "alert", row.alert_id, at=now)


def _alert_of_late(session: Session, now: float) -> str | None:
    """The alert that nobody judged yet, or that was raised just before: one cause is told once."""
    query = (
        select(AlertRow.id)
        .join(LineFault, LineFault.alert_id == AlertRow.id)
        .where(or_(AlertRow.state == "new", AlertRow.captured_at > now - AGAIN_S))
        .order_by(LineFault.seq.desc())
    )
    return session.scalar(query.limit(1))


def _alert(session: Session, faults: Sequence[LineFault], now: float) -> AlertRow:
    """It speaks of no camera."""
    since = min(row.from_at for row in faults)
    alert = AlertRow(
        id=new_id("al", since), camera_id="", zone_id=ZONE, zone_name="", zone_points=[], situation=SITUATION, method=METHOD, kind=0,
        priority=PRIORITY, score=1.0, captured_at=since, published_at=now, received_at=now, model="canary", rule_version="1",
        worker=faults[0].worker if len(faults) == 1 else "", tracks=[], snapshot=None, snapshot_error="device", clip_error="device",
        evidence_at=now, merged_tracks=len(faults) - 1, state="new", judge_reason="",
    )  # fmt: skip
    session.add(alert)
    session.flush()
    return alert


def name() -> Shown:
    """What an alert of the line says where others name their camera."""
    return {"id": "", "name": words.word("canary", "line", "zh-CN"), "name_en": words.word("canary", "line", "en")}


def faults_of(session: Session, alert_ids: Sequence[str]) -> dict[str, list[LineFault]]:
    """What alerts of the line speak of, oldest first."""
    found: dict[str, list[LineFault]] = {}
    query = select(LineFault).where(LineFault.alert_id.in_(alert_ids)).order_by(LineFault.from_at, LineFault.seq)
    for row in session.scalars(query):
        found.setdefault(str(row.alert_id), []).append(row)
    return found


class LineWatch:
    """The thread that follows it. While Redis is away it goes by the workers that lived before: that nothing comes is then no less true."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._senders: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self._looked_at = float("-inf")

    def run_once(self) -> None:
        """Note, look, write what changed, wait."""
        self._note()
        self._follow(self._console.clock.now())
        self._console.clock.sleep(LOOK_EVERY_S, self._console.stop)

    def _note(self) -> None:
        drawings = self._console.drawings.take_all()
        if not drawings:
            return
        with self._console.store.write() as session:
            shown = [total_of(row) for row in do_note(session, drawings)]
        for seconds in shown:
            self._console.metrics.capture_to_page.observe(seconds)

    def _follow(self, now: float) -> None:
        if now - self._looked_at > HELD_UP_S:
            self._since.clear()
        with contextlib.suppress(redis.exceptions.RedisError):  # away: as they were
            self._senders = senders(self._console.redis)
        for worker in self._senders:
            self._since.setdefault(worker, now)
        for gone in self._since.keys() - self._senders.keys():
            del self._since[gone]
        settings = self._console.settings
        with self._console.store.read() as session:
            rows = {worker: newest_of(session, worker) for worker in self._senders}
            faults = running(session)
        seen = {
            worker: judge(
                rows[worker], now, since=self._since[worker], limit=settings.canary_limit, silent=max(settings.canary_silent, 3 * every)
            )
            for worker, every in self._senders.items()
        }  # fmt: skip
        self._looked_at = now
        self._gauge(rows, now)
        if is_news(faults, seen):
            with self._console.store.write() as session:
                alert = do_follow(session, seen, now)
            if alert is not None:
                self._console.metrics.alerts.labels(alert.situation).inc()

    def _gauge(self, rows: Mapping[str, Sequence[CanaryRow]], now: float) -> None:
        metrics = self._console.metrics
        metrics.canary_age.clear()
        for worker, newest in rows.items():
            age = now - (newest[0].received_at if newest else self._since[worker])
            metrics.canary_age.labels(worker).set(max(0.0, age))
