"""Record the outages of cameras, and raise one device alert for cameras that fail together.

`BlindWatch.run_once` -> `_look` (one `sighting` of each enabled camera, also where no worker reports it) -> `do_follow` (one transaction:
outages begin and end, alerts for those without). An outage begins with the moment since when the camera is blind; its
alert comes when it has lasted `ALERT_AFTER_S`, so that a reconnect makes none. GB/T 28181-2022: video lost is method 2
type 1, a picture that is not right method 5 type 11, a covered one method 5 type 13.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras import cameras
from console.cameras.tables import CameraRow, Outage
from console.http.context import Console
from lianqin import feed
from lianqin.addresses import split_address
from lianqin.db import in_order
from lianqin.lengths import fit, fit_id
from lianqin.records import SeenBefore, new_id
from lianqin.watch import LETTERS
from patrol.county.tables import Area

LOOK_EVERY_S: Final = 2.0
ALERT_AFTER_S: Final = 12.0
NOBODY_AFTER_S: Final = 24.0
"""A dead worker's cameras are taken over within 20 s; until then they are not watched, and no alert helps."""
STARTING_S: Final = 15.0
MERGE_FROM: Final = 3
"""So many at once behind one switch, or with the same cause, are one alert."""
JOIN_S: Final = 60.0
"""Another of the same group within this time joins the group's alert."""
AGAIN_S: Final = 600.0
"""A camera that fails again so soon, or whose alert nobody judged yet, makes no second alert; a lens that is covered again after a
judgement does."""
PRIORITY: Final = 3
KEY_PRIORITY: Final = 2
"""Of a covered lens in a key area: somebody stood before it, where it matters most."""
PICTURE: Final = frozenset({"black", "overexposed", "frozen", "covered", "blurred", "moved"})
KINDS: Final[Mapping[str, tuple[int, int]]] = {
    "camera_lost": (2, 1), "picture_fault": (5, 11), "camera_covered": (5, 13),
}  # fmt: skip
"""Method and type by situation."""
SITUATIONS: Final = tuple(KINDS)
OF_DEVICE: Final = "switch:"
"""How the zone ids of device alerts begin."""
AREAS_JOINED_BY: Final = "、"
"""In the name that a device alert of several patrol areas bears."""
OURS: Final = frozenset({"no_worker", "behind"})
"""Reasons that lie with our own machines: a group of their own, and no alert of theirs speaks for a camera that fails."""
BEHIND_AFTER_S: Final = 30.0
"""A camera that is looked at too seldom is not blind: a short lack of power calls nobody."""


class Sighting(msgspec.Struct, frozen=True):
    """A camera now: `reason` "": it is watched."""

    camera_id: str
    group: str
    """The switch: the first three parts of its address, or its host's name."""
    reason: str
    since: float
    detail: str = ""
    before: SeenBefore | None = None
    """What a covered camera saw last."""


def situation_of(reason: str) -> str:
    """Which kind of device alert a reason makes."""
    return "camera_covered" if reason == "covered" else "picture_fault" if reason in PICTURE else "camera_lost"


Trouble = Literal["offline", "covered", "picture", "behind"]
TROUBLES: Final[tuple[Trouble, ...]] = get_args(Trouble)
"""What is wrong with cameras, counted apart: somebody acts otherwise on each (`web/src/cameras/troubles.ts` has the same)."""


def trouble_of(reason: str) -> Trouble:
    found: dict[str, Trouble] = {"covered": "covered", "behind": "behind"}
    return found.get(reason, "picture" if reason in PICTURE else "offline")


def troubles(session: Session) -> dict[Trouble, int]:
    """Cameras by what is wrong with them now: outages that last."""
    query = select(Outage.reason, func.count()).where(Outage.to_at.is_(None)).group_by(Outage.reason)
    found = dict.fromkeys(TROUBLES, 0)
    for reason, count in session.execute(query):
        found[trouble_of(reason)] += count
    return found


def switch_of(url: str) -> str:
    """Cameras of one street box share a network of 256 addresses."""
    host = split_address(url).host
    parts = host.split(".")
    return ".".join(parts[:3]) if len(parts) == 4 and all(part.isdigit() for part in parts) else host


def sighting(row: CameraRow, live: cameras.LiveState | None, now: float, waits_since: float) -> Sighting:
    """How one camera does. `waits_since`: since when we listen for a worker to speak of it."""
    group = switch_of(row.url)
    if live is None or now - live.health.at > cameras.STALE_HEALTH:
        since = live.health.at if live is not None else waits_since
        alone = now - max(since, waits_since) >= NOBODY_AFTER_S
        return Sighting(row.id, group, "no_worker" if alone else "", since)
    health = live.health
    if health.state == "fault" and health.reason in LETTERS:
        return Sighting(row.id, group, health.reason, health.since, health.detail, health.before)
    if health.state == "starting" and now - health.since > STARTING_S:
        return Sighting(row.id, group, "starting", health.since, health.detail)
    return Sighting(row.id, group, "", health.since)


def do_follow(session: Session, seen: Sequence[Sighting], now: float) -> list[AlertRow]:
    """Begin and end outages, raise what is due, in the caller's transaction. Returns the new alerts."""
    in_order(session)
    by_id = {one.camera_id: one for one in seen}
    running = {row.camera_id: row for row in session.scalars(select(Outage).where(Outage.to_at.is_(None)))}
    ended = list[str]()
    for camera_id, row in running.items():
        sight = by_id.get(camera_id)
        if sight is None or not sight.reason:  # it sees again, or was switched off or removed
            row.to_at = max(row.from_at, now)
            _tell(session, row, now)
        elif (sight.reason in OURS) != (row.reason in OURS):  # another trouble, with an alert of its own
            row.to_at = max(row.from_at, sight.since)
            _tell(session, row, now)
            ended.append(camera_id)
        elif sight.reason != row.reason:
            row.reason, row.detail = sight.reason, fit(Outage.detail, sight.detail)
            _tell(session, row, now)
    for camera_id in ended:
        del running[camera_id]
    for sight in seen:
        if sight.reason and sight.camera_id not in running:
            row = Outage(camera_id=sight.camera_id, reason=sight.reason, detail=fit(Outage.detail, sight.detail),
                         from_at=sight.since)  # fmt: skip
            running[sight.camera_id] = row
            session.add(row)
            feed.push(session, "camera", sight.camera_id, at=now)
    session.flush()
    due = [row for row in running.values() if row.to_at is None and _is_due(row, now)]
    return _raise(session, due, by_id, now)


def _is_due(row: Outage, now: float) -> bool:
    """It has lasted long enough, and no alert speaks of it."""
    return row.alert_id is None and now - row.from_at >= (BEHIND_AFTER_S if row.reason == "behind" else ALERT_AFTER_S)


def _tell(session: Session, row: Outage, now: float) -> None:
    feed.push(session, "camera", row.camera_id, at=now)
    if row.alert_id:
        feed.push(session, "alert", row.alert_id, at=now)


def _raise(session: Session, due: Sequence[Outage], seen: Mapping[str, Sighting], now: float) -> list[AlertRow]:
    groups: dict[tuple[str, str], list[Outage]] = defaultdict(list)
    for row in due:
        held = _alert_of_late(session, row, now)
        if held is not None:
            row.alert_id = held
            feed.push(session, "alert", held, at=now)
            continue
        sight = seen[row.camera_id]
        # Where the cause is ours their switches say nothing. A bad picture is its camera's own.
        group = row.reason if row.reason in OURS else sight.group
        groups[group, situation_of(row.reason)].append(row)
    made = []
    for (group, situation), rows in groups.items():
        together = situation == "camera_lost" and _open_group(session, group, rows[0], now)
        if together:
            for row in rows:
                row.alert_id = together
            feed.push(session, "alert", together, at=now)
        elif situation == "camera_lost" and len(rows) >= MERGE_FROM:
            made.append(_alert(session, rows, situation, group, now))
        else:
            made += [_alert(session, [row], situation, group, now, seen[row.camera_id].before) for row in rows]
    return made


def switch_id(group: str) -> str:
    """The zone id of a group's alerts; a host's name may be as long as 253 characters (RFC 1035)."""
    return fit_id(AlertRow.zone_id, f"{OF_DEVICE}{group}")


_OUR_GROUPS: Final = [switch_id(reason) for reason in sorted(OURS)]


def _alert_of_late(session: Session, row: Outage, now: float) -> str | None:
    """The alert of the same camera that nobody judged yet, or that was raised a moment ago."""
    situation, waits = situation_of(row.reason), AlertRow.state == "new"
    # Each cover is an act of somebody's, of which a judgement of the last one says nothing; a loose plug or a dirty lens that was
    # judged is still the same one minutes later.
    of_late = waits if situation == "camera_covered" else waits | (AlertRow.captured_at > now - AGAIN_S)
    query = (
        select(AlertRow.id)
        .join(Outage, Outage.alert_id == AlertRow.id)
        .where(
            Outage.camera_id == row.camera_id, AlertRow.situation == situation, of_late,
            AlertRow.zone_id.in_(_OUR_GROUPS) if row.reason in OURS else AlertRow.zone_id.not_in(_OUR_GROUPS),
        )
        .order_by(AlertRow.seq.desc())
    )  # fmt: skip
    return session.scalar(query.limit(1))


def _open_group(session: Session, group: str, row: Outage, now: float) -> str | None:
    """An alert of the group's that others may still join."""
    query = (
        select(AlertRow.id)
        .where(
            AlertRow.situation == "camera_lost", AlertRow.state == "new", AlertRow.zone_id == switch_id(group),
            AlertRow.received_at > now - JOIN_S, AlertRow.captured_at > row.from_at - JOIN_S,
            AlertRow.merged_tracks >= MERGE_FROM - 1,
        )
        .order_by(AlertRow.seq.desc())
    )  # fmt: skip
    return session.scalar(query.limit(1))


def _alert(  # noqa: PLR0917 - what a device alert is made of
    session: Session, rows: Sequence[Outage], situation: str, group: str, now: float, before: SeenBefore | None = None
) -> AlertRow:
    """`merged_tracks` says how many more cameras it speaks of. Of a covered lens the picture is the last good one, and the clip shows who
    was before it."""
    first = min(rows, key=lambda row: (row.from_at, row.camera_id))
    method, kind = KINDS[situation]
    areas = _areas(session, rows)
    is_key = situation == "camera_covered" and any(area.key_area for area in areas)
    alert = AlertRow(
        id=new_id("al", first.from_at), camera_id=first.camera_id, zone_id=switch_id(group),
        zone_name=fit(AlertRow.zone_name, AREAS_JOINED_BY.join(area.name for area in areas)), zone_points=[],
        situation=situation, method=method, kind=kind, priority=KEY_PRIORITY if is_key else PRIORITY, score=1.0, captured_at=first.from_at,
        published_at=now, received_at=now, model="diagnosis", rule_version="1", worker="", tracks=[], snapshot=None,
        snapshot_error="device", clip_error="device", evidence_at=now, merged_tracks=len(rows) - 1, state="new",
        judge_reason="",
    )  # fmt: skip
    if before is not None and session.scalar(select(AlertRow.seq).where(AlertRow.id == before.alert_id)) is None:
        alert.id = before.alert_id
        alert.snapshot, alert.snapshot_error, alert.snapshot_sha256 = (
            before.picture,
            before.picture_error,
            before.picture_sha256,
        )
        alert.clip, alert.clip_error, alert.clip_sha256 = before.clip, before.clip_error or None, before.clip_sha256
        alert.clip_from, alert.clip_seconds, alert.codec = before.clip_from, before.clip_seconds, before.codec
    session.add(alert)
    session.flush()
    for row in rows:
        row.alert_id = alert.id
    feed.push(session, "alert", alert.id, at=now)
    return alert


def _areas(session: Session, rows: Sequence[Outage]) -> list[Area]:
    """The patrol areas of these cameras, by id."""
    of = select(CameraRow.area_id).where(
        CameraRow.id.in_([row.camera_id for row in rows]), CameraRow.area_id.is_not(None)
    )
    return list(session.scalars(select(Area).where(Area.id.in_(of)).order_by(Area.id)).unique())


def outages_of(session: Session, alert_ids: Sequence[str]) -> dict[str, list[Outage]]:
    """What device alerts speak of, oldest first."""
    found: dict[str, list[Outage]] = defaultdict(list)
    for row in session.scalars(
        select(Outage).where(Outage.alert_id.in_(alert_ids)).order_by(Outage.from_at, Outage.camera_id)
    ):
        found[str(row.alert_id)].append(row)
    return found


class BlindWatch:
    """The work of the thread of outages. While Redis is away nobody can say how cameras do: it waits."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._waits: dict[str, float] = {}

    def run_once(self) -> None:
        """Look, write what changed, wait."""
        now = self._console.clock.now()
        seen = self._look(now)
        if seen is not None and self._is_news(seen, now):
            with self._console.store.write() as session:
                for alert in do_follow(session, seen, now):
                    self._console.metrics.alerts.labels(alert.situation).inc()
        self._console.clock.sleep(LOOK_EVERY_S, self._console.stop)

    def _look(self, now: float) -> list[Sighting] | None:
        lives = cameras.lives_or_none(self._console)
        if lives is None:
            self._waits.clear()
            return None
        with self._console.store.read() as session:
            rows = list(session.scalars(select(CameraRow).where(CameraRow.enabled)))
        for row in rows:
            self._waits.setdefault(row.id, now)
        for gone in self._waits.keys() - {row.id for row in rows}:
            del self._waits[gone]
        return [sighting(row, lives.get(row.id), now, self._waits[row.id]) for row in rows]

    def _is_news(self, seen: Sequence[Sighting], now: float) -> bool:
        """Whether anything must be written: nearly always reading is enough."""
        with self._console.store.read() as session:
            running = {row.camera_id: row for row in session.scalars(select(Outage).where(Outage.to_at.is_(None)))}
        blind = {one.camera_id: one.reason for one in seen if one.reason}
        if blind != {camera_id: row.reason for camera_id, row in running.items()}:
            return True
        return any(_is_due(row, now) for row in running.values())
