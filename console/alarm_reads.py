"""What the alarm budget is made of, read from the record. `console.alarms` and `console.spared` judge it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alarms import LONGEST_SEAT, Rang, SeatAct
from console.incidents import REPORTED
from console.replies import Shown
from console.spared import Past
from console.tables import AlertRow, ZoneRow
from lianqin.audit import AuditRow
from lianqin.clock import COUNTY_ZONE
from lianqin.decoding import from_plain
from lianqin.records import Situation, TrackPath, Zone
from lianqin.zoning import DENSITY_PEOPLE

MONTHS: Final = 6
SPARED_DAYS: Final = 7
SPARED_MOST: Final = 2_000
"""Of one zone's or camera's last week, the newest."""
SITUATIONS: Final[frozenset[str]] = frozenset({"intrusion", "line_crossing", "loitering", "density"})
"""Those that a zone's rule makes."""
_BEGIN: Final = "account.login"
_ENDS: Final = ("account.logout", "account.idle_exit", "account.end_session")


def rang(session: Session, from_at: float, to_at: float) -> list[Rang]:
    """Machines' alerts captured in that time; a guard's report is none. Read from `ix_alert_record` alone."""
    query = select(
        AlertRow.captured_at, AlertRow.received_at, AlertRow.priority, AlertRow.camera_id, AlertRow.zone_id,
        AlertRow.zone_name, AlertRow.state, AlertRow.judged_at, AlertRow.judged_by,
    ).where(AlertRow.captured_at >= from_at, AlertRow.captured_at < to_at, AlertRow.situation != REPORTED)  # fmt: skip
    return [Rang(*row) for row in session.execute(query)]


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


def false_months(session: Session, now: float) -> list[Shown]:
    """The last `MONTHS` months, oldest first: `{month, from_at, to_at, alerts, false, reasons: {reason: count}}`."""
    ends = [_month_begin(now, -n) for n in range(-1, MONTHS)]
    found = []
    for to_at, from_at in pairwise(ends):
        within = (AlertRow.captured_at >= from_at, AlertRow.captured_at < to_at, AlertRow.situation != REPORTED)
        query = select(AlertRow.state, AlertRow.judge_reason, func.count()).where(*within)
        reasons: dict[str, int] = defaultdict(int)
        alerts = false = 0
        for state, reason, count in session.execute(query.group_by(AlertRow.state, AlertRow.judge_reason)):
            alerts += count
            if state == "false":
                false += count
                reasons[reason] += count
        month = datetime.fromtimestamp(from_at, COUNTY_ZONE).strftime("%Y-%m")
        found.append({"month": month, "from_at": from_at, "to_at": to_at, "alerts": alerts, "false": false, "reasons": reasons})  # fmt: skip
    return found[::-1]


def _month_begin(at: float, months: int) -> float:
    local = datetime.fromtimestamp(at, COUNTY_ZONE)
    count = local.year * 12 + local.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=COUNTY_ZONE).timestamp()


class Kept(msgspec.Struct, frozen=True):
    """An alert of the last week, with what a person made of it. `past` None: what is kept of it can't be read."""

    id: str
    captured_at: float
    situation: str
    zone_name: str
    state: str
    judge_reason: str
    past: Past | None


def last_week(session: Session, camera_id: str, zone_id: str, now: float) -> list[Kept]:
    """Alerts of a camera's zone rules (of one zone where it is named) of the last `SPARED_DAYS` days, newest first, `SPARED_MOST` at
    most."""
    query = select(
        AlertRow.id, AlertRow.captured_at, AlertRow.situation, AlertRow.zone_id, AlertRow.zone_name, AlertRow.zone_points,
        AlertRow.tracks, AlertRow.state, AlertRow.judge_reason,
    ).where(AlertRow.camera_id == camera_id, AlertRow.captured_at >= now - SPARED_DAYS * 86_400,
            AlertRow.situation.in_(SITUATIONS))  # fmt: skip
    if zone_id:
        query = query.where(AlertRow.zone_id == zone_id)
    rules = _rules(session, camera_id)
    return [
        Kept(row.id, row.captured_at, row.situation, row.zone_name, row.state, row.judge_reason,
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
