"""What the alarm budget is made of, read from the record. `console.alarms.budget` and `console.alarms.spared` judge it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from console.access.tables import Account
from console.alarms.budget import LONGEST_SEAT, RungAlert, SeatAct
from console.alarms.spared import Past
from console.alerts import record
from console.alerts.record import BACK_AT, RESTED, WAITS_FROM
from console.alerts.tables import REPORTED, AlertRow
from console.attention.rings import SKEW_S
from console.attention.tables import Escalation, Ring
from console.cameras.tables import ZoneRow
from console.http.replies import ListPosition, Shown, newest_first, shown
from console.rules.tables import Shelf
from lianqin.audit import AuditRow
from lianqin.clock import COUNTY_ZONE
from lianqin.decoding import from_plain
from lianqin.records import Situation, TrackPath, Zone
from lianqin.shares import FEW, share_of
from lianqin.zoning import DENSITY_PEOPLE

MONTHS: Final = 6
SPARED_DAYS: Final = 7
SPARED_MOST: Final = 2_000
"""Of one zone's or camera's alerts, the newest."""
SITUATIONS: Final[frozenset[str]] = frozenset({"intrusion", "line_crossing", "loitering", "density"})
"""Those that a zone's rule makes."""
_BEGIN: Final = "account.login"
_ENDS: Final = ("account.logout", "account.idle_exit", "account.end_session")


_CAME_SHELVED: Final = (
    select(Shelf.id).where(
        Shelf.camera_id == AlertRow.camera_id, Shelf.zone_id.in_(("", AlertRow.zone_id)), Shelf.situation.in_(("", AlertRow.situation)),
        Shelf.from_at <= AlertRow.captured_at, Shelf.from_at <= AlertRow.received_at, Shelf.until_at > AlertRow.received_at,
        or_(Shelf.ended_at.is_(None), Shelf.ended_at > AlertRow.received_at),
    ).exists()
)  # fmt: skip
"""A shelf ran for it as it came (`shelves.put_away`); `shelf_id` names the one that it rested on last."""
_CALLED_AT: Final = case((and_(RESTED, _CAME_SHELVED), BACK_AT), else_=AlertRow.received_at)
_WAITED_FROM: Final = case((RESTED, func.nullif(WAITS_FROM, AlertRow.judged_at)), else_=AlertRow.received_at)


def rang(session: Session, from_at: float, to_at: float) -> list[RungAlert]:
    """Machines' alerts captured in that time; a guard's report is none. Read from `ix_alert_record` alone, but for those that ever
    rested on a shelf: of each of them its row is read too."""
    query = select(
        AlertRow.captured_at, AlertRow.priority, AlertRow.camera_id, AlertRow.zone_id, AlertRow.zone_name, AlertRow.state,
        AlertRow.judged_at, AlertRow.judged_by, _CALLED_AT, _WAITED_FROM,
    ).where(AlertRow.captured_at >= from_at, AlertRow.captured_at < to_at, AlertRow.situation != REPORTED)  # fmt: skip
    return [RungAlert(*row) for row in session.execute(query)]


def seat_acts(session: Session, from_at: float, to_at: float, idle_s: float) -> list[SeatAct]:
    """Log-ins of operators and the ends of their sessions. An idle exit comes `idle_s` after the person's last act, which was the end."""
    query = select(AuditRow.at, AuditRow.object_id, AuditRow.action, AuditRow.actor_id, AuditRow.role).where(
        AuditRow.action.in_((_BEGIN, *_ENDS)), AuditRow.at >= from_at - LONGEST_SEAT, AuditRow.at < to_at + idle_s
    )
    found, operators = [], set[str]()
    for row in session.execute(query.order_by(AuditRow.seq)):
        if row.action == _BEGIN and row.role == "operator":
            operators.add(row.object_id)
        if row.object_id in operators:
            at = row.at - idle_s if row.action == "account.idle_exit" else row.at
            found.append(SeatAct(at, row.object_id, row.action == _BEGIN))
    return found


_SHOWN: Final = ("situation", "priority", "captured_at", "camera", "area", "place", "zone", "state")
"""Of an alert that rang, as the record has them."""


def rung(
    session: Session, from_at: float, to_at: float, *, cursor: str | None, limit: int
) -> tuple[list[Shown], str | None]:
    """One page of what rang in that time, the newest first: which alert, by which means, at whose page; who took it, by its escalation or
    its judgement, and how long it had waited until then. Raises RecordError `list.cursor`."""
    query = select(Ring).where(
        Ring.at >= from_at, Ring.at < to_at, Ring.received_at > from_at - SKEW_S, Ring.received_at < to_at + SKEW_S
    )
    rings, following = newest_first(
        session, query, order=Ring.at, key=Ring.id, cursor=cursor, limit=limit, position=lambda row: ListPosition(row.at, row.id),
    )  # fmt: skip
    about = {row.alert_id for row in rings}
    rows = record.rows(session, list(session.scalars(select(AlertRow.seq).where(AlertRow.id.in_(about)))))
    alerts, views = {row.id: row for row in rows}, {view["id"]: view for view in record.views(session, rows)}
    people = select(Account.id, Account.name).where(Account.id.in_({row.account_id for row in rings}))
    names = {row.id: row.name for row in session.execute(people)}
    taken = _taken(session, rows)
    found = []
    for row in rings:
        alert, view = alerts.get(row.alert_id), views.get(row.alert_id, {})
        at, by, waited = _first(alert, taken[row.alert_id], row.at) if alert is not None else (None, None, None)
        found.append(shown(row, "received_at") | {
            "name": names.get(row.account_id, row.account_id), "alert": {key: view[key] for key in _SHOWN} if view else None,
            "taken_by": by, "taken_at": at, "waited_s": waited,
        })  # fmt: skip
    return found, following


def _taken(session: Session, alerts: Sequence[AlertRow]) -> dict[str, list[tuple[float, str]]]:
    """When and by whom each alert was taken from a list of escalations, and judged; in order."""
    ids = [row.id for row in alerts]
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for row in session.scalars(select(Escalation).where(Escalation.alert_id.in_(ids))):
        if row.taken_at is not None:
            found[row.alert_id].append((row.taken_at, row.taken_by or ""))
    for alert in alerts:
        if alert.judged_at is not None:
            found[alert.id].append((alert.judged_at, alert.judged_by or ""))
        found[alert.id].sort()
    return found


def _first(
    alert: AlertRow, taken: Sequence[tuple[float, str]], rang_at: float
) -> tuple[float | None, str | None, float | None]:
    """When and by whom it was taken first since it waited, and after how many seconds. What rang as it came back from a shelf waits anew."""
    back = alert.back_at
    since = back if back is not None and rang_at >= back else alert.received_at
    at, by = next(((at, by) for at, by in taken if at >= since), (None, None))
    return at, by, None if at is None else at - since


class Falses(msgspec.Struct, frozen=True):
    """Machines' alerts captured in a time, and by reason how many of them were judged false since."""

    alerts: int
    reasons: dict[str, int]

    @property
    def false(self) -> int:
        return sum(self.reasons.values())


def falses(session: Session, from_at: float, to_at: float) -> Falses:
    """By the moment of capture, as the record's filter: a count and the rows that its link leads to are the same. Read from
    `ix_alert_record` alone; a guard's report is none."""
    within = (AlertRow.captured_at >= from_at, AlertRow.captured_at < to_at, AlertRow.situation != REPORTED)
    query = select(AlertRow.state, AlertRow.judge_reason, func.count()).where(*within)
    reasons: dict[str, int] = defaultdict(int)
    alerts = 0
    for state, reason, count in session.execute(query.group_by(AlertRow.state, AlertRow.judge_reason)):
        alerts += count
        if state == "false":
            reasons[reason] += count
    return Falses(alerts, dict(reasons))


def false_months(session: Session, now: float) -> list[Shown]:
    """The last `MONTHS` months, oldest first: `{month, from_at, to_at, alerts, false, false_share, reasons: {reason: count}}`;
    `false_share` of all alerts, None while there are few."""
    ends = [_month_begin(now, -n) for n in range(-1, MONTHS)]
    found = []
    for to_at, from_at in pairwise(ends):
        told = falses(session, from_at, to_at)
        month = datetime.fromtimestamp(from_at, COUNTY_ZONE).strftime("%Y-%m")
        found.append({"month": month, "from_at": from_at, "to_at": to_at, "alerts": told.alerts, "false": told.false,
                      "false_share": share_of(told.false, told.alerts, FEW), "reasons": told.reasons})  # fmt: skip
    return found[::-1]


def _month_begin(at: float, months: int) -> float:
    local = datetime.fromtimestamp(at, COUNTY_ZONE)
    count = local.year * 12 + local.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=COUNTY_ZONE).timestamp()


class PastAlert(msgspec.Struct, frozen=True):
    """An alert of the past, with what a person made of it. `past` None: what is kept of it can't be read."""

    id: str
    captured_at: float
    situation: str
    zone_name: str
    state: str
    judge_reason: str
    past: Past | None


def kept(session: Session, camera_id: str, zone_id: str, from_at: float, to_at: float | None = None) -> list[PastAlert]:
    """Alerts of a camera's zone rules (of one zone where it is named) captured since, up to, not including, `to_at`, newest first,
    `SPARED_MOST` at most."""
    query = select(
        AlertRow.id, AlertRow.captured_at, AlertRow.situation, AlertRow.zone_id, AlertRow.zone_name, AlertRow.zone_points,
        AlertRow.tracks, AlertRow.state, AlertRow.judge_reason,
    ).where(AlertRow.camera_id == camera_id, AlertRow.captured_at >= from_at,
            AlertRow.situation.in_(SITUATIONS))  # fmt: skip
    if zone_id:
        query = query.where(AlertRow.zone_id == zone_id)
    if to_at is not None:
        query = query.where(AlertRow.captured_at < to_at)
    rules = _rules(session, camera_id)
    return [
        PastAlert(row.id, row.captured_at, row.situation, row.zone_name, row.state, row.judge_reason,
             _past(row.id, row.situation, row.captured_at, [row.zone_points, row.tracks], rules.get(row.zone_id)))
        for row in session.execute(query.order_by(AlertRow.captured_at.desc(), AlertRow.seq.desc()).limit(SPARED_MOST))
    ]  # fmt: skip


def _rules(session: Session, camera_id: str) -> dict[str, Zone]:
    rows = session.scalars(select(ZoneRow).where(ZoneRow.camera_id == camera_id))
    return {row.id: from_plain(row.record, Zone) for row in rows}


def _past(alert_id: str, situation: Situation, at: float, kept: Sequence[object], rule: Zone | None) -> Past | None:
    """The alert with its zone as it was drawn then; where that was not kept, as it is drawn now."""
    try:
        points = from_plain(kept[0], tuple[tuple[float, float], ...]) or (rule.points if rule else ())
        tracks = from_plain(kept[1], tuple[TrackPath, ...])
    except msgspec.ValidationError:
        return None
    least = 2 if situation == "line_crossing" else 3
    return None if len(points) < least else Past(
        alert_id, situation, at, points, tracks, rule.both_ways if rule else False, (rule.people if rule else None) or DENSITY_PEOPLE
    )  # fmt: skip
