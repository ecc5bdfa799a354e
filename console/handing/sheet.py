"""The hand-over sheet (交接班表) of the command room: what stands open, how the shift went, who is out there, and the newest seals,
which leave the house on this paper. Lists are cut to what one or two sheets of A4 hold; each says how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alerts.tables import REPORTED, AlertRow
from console.cameras import cameras
from console.cameras.tables import CameraRow, Outage
from console.desk.views import camera_brief
from console.guards.views import unit_brief
from console.handing.promises import open_promises
from console.handing.tables import DeskHandOver
from console.http.context import Console
from console.http.replies import Shown, shown
from console.incidents.places import english_places, place_of
from console.incidents.tables import ENDED, Incident
from console.rules.tables import Shelf, in_queue, resting, running
from lianqin.audit import Actor, AuditRow
from lianqin.errors import RecordError
from lianqin.seals import HOUR, ChainStanding, standings
from patrol.calls.tables import PointCall
from patrol.county.tables import Area, Guard, Organisation, Post, Unit
from patrol.dispatch.nearest import UNDERWAY
from patrol.dispatch.tables import Dispatch
from patrol.duty import roster
from patrol.duty.missing import missing_now
from patrol.duty.shifts import on_duty
from patrol.duty.tables import Shift
from patrol.sos.tables import SosCallRow

MOST: Final = 8
"""Of each list, the oldest first."""
LONGEST_S: Final = 24 * 3600.0
SHIFT_S: Final = 8 * 3600.0
"""Where nobody says when the shift began and no log-in tells."""
FIRST_LOG_IN_S: Final = 14 * 3600.0
"""A shift lasts twelve hours at most, with a rest of more than two before it: the first log-in within this time began it."""
SENT: Final = ("called", "accepted", "arrived", "done")
JUDGED: Final = ("alert.confirm", "alert.false", "alert.ignore")


def begin_of(session: Session, actor: Actor, now: float) -> float:
    """When the shift of who hands over began, as far as the register tells (epoch seconds)."""
    query = select(func.min(AuditRow.at)).where(
        AuditRow.actor_id == actor.id, AuditRow.action == "account.login", AuditRow.at > now - FIRST_LOG_IN_S
    )
    return session.scalar(query) or now - SHIFT_S


def check_begin(from_at: float, now: float) -> None:
    """Raises RecordError `hand_over_sheet.begin`."""
    if not now - LONGEST_S <= from_at < now:
        raise RecordError(
            "hand_over_sheet.begin", "a shift began before now, a day ago at most", hours=LONGEST_S / 3600
        )


def sheet(console: Console, actor: Actor, from_at: float | None = None) -> Shown:
    """Plain values: `{at, from_at, printed_by, role, place, line, alerts, shelved, promised, tasks, incidents, sos, point_calls, cameras, units, missing, short, seals}`,
    each list as `{count, items}`. Raises RecordError `hand_over_sheet.begin`."""
    now = console.clock.now()
    is_told = cameras.lives_or_none(console) is not None
    with console.store.read() as session:
        since = begin_of(session, actor, now) if from_at is None else from_at
        check_begin(since, now)
        return {
            "at": now, "from_at": since, "printed_by": actor.name, "role": actor.role, "place": _place(session),
            "line": _line(session, actor, since), "alerts": _alerts(session, since, now), "shelved": _shelved(session, now),
            "promised": _cut(open_promises(session)), "tasks": _tasks(session), "incidents": _incidents(session), "sos": _sos(session),
            "point_calls": _point_calls(session), "cameras": _cameras(session) | {"told": is_told},
            "units": _units(session, now), "missing": _missing(session, now), "short": _short(session, now),
            "seals": [_seal(one, now) for one in standings(session)],
        }  # fmt: skip


def _cut(items: Sequence[Any], count: int | None = None) -> Shown:
    return {"count": len(items) if count is None else count, "items": list(items[:MOST])}


def _place(session: Session) -> Shown | None:
    """The station where there is one alone, else the county; None: it is written by hand."""
    for kind in ("station", "county"):
        rows = session.scalars(select(Organisation).where(Organisation.kind == kind).limit(2)).all()
        if len(rows) == 1:
            return {"name": rows[0].name, "name_en": rows[0].name_en}
    return None


def _line(session: Session, actor: Actor, from_at: float) -> Shown | None:
    """What who hands over wrote last in this shift, and who took the desk over."""
    query = select(DeskHandOver).where(DeskHandOver.given_by_id == actor.id, DeskHandOver.given_at >= from_at)
    row = session.scalar(query.order_by(DeskHandOver.given_at.desc(), DeskHandOver.id).limit(1))
    return None if row is None else {key: getattr(row, key) for key in ("note", "given_at", "taken_by", "taken_at")}


def _shelved(session: Session, now: float) -> Shown:
    """Alerts at rest, and what runs: `{alerts, count, items}`, the first to end first. They are in no queue, and not open."""
    alerts = session.scalar(select(func.count()).select_from(AlertRow).where(resting(now))) or 0
    each = select(AlertRow.shelf_id, func.count()).where(resting(now)).group_by(AlertRow.shelf_id)
    on = {str(shelf_id): count for shelf_id, count in session.execute(each)}
    query = (
        select(Shelf, CameraRow.name, CameraRow.name_en)
        .outerjoin(CameraRow, CameraRow.id == Shelf.camera_id)
        .where(running(now))
        .order_by(Shelf.until_at, Shelf.id)
    )
    items = [
        shown(row)
        | {
            "camera": {"name": name or row.camera_id, "name_en": name_en or ""},
            "zone": place_of(session, row.zone_id, row.zone_name),
            "alerts": on.get(row.id, 0),
        }
        for row, name, name_en in session.execute(query)
    ]
    return _cut(items) | {"alerts": alerts}


def _tasks(session: Session) -> Shown:
    """Guards who are sent and not done, the first called first."""
    query = (
        select(Dispatch, Incident)
        .outerjoin(Incident, Incident.id == Dispatch.incident_id)
        .where(Dispatch.state.in_(UNDERWAY))
        .order_by(Dispatch.called_at, Dispatch.id)
    )
    found = list(session.execute(query).unique())
    named_en = english_places(session, [of for _, of in found if of is not None])
    return _cut([
        {"id": row.id, "guard": _guard(row.guard), "state": row.state, "called_at": row.called_at, "place_name": row.place_name,
         "place_name_en": named_en.get(row.incident_id, ""), "situation": of.situation if of is not None else None}
        for row, of in found
    ])  # fmt: skip


def _alerts(session: Session, from_at: float, now: float) -> Shown:
    """`open`: in the queue, by priority; `oldest` of them; `judged` since `from_at`, by state, and false ones by reason."""
    waiting = in_queue(now)
    priorities = session.execute(select(AlertRow.priority, func.count()).where(waiting).group_by(AlertRow.priority))
    by_priority = {str(priority): count for priority, count in priorities}
    oldest = session.scalar(select(AlertRow).where(waiting).order_by(AlertRow.captured_at, AlertRow.seq).limit(1))
    judged = select(AuditRow.object_id).where(AuditRow.at >= from_at, AuditRow.action.in_(JUDGED))
    query = (
        select(AlertRow.state, AlertRow.judge_reason, func.count())
        .where(
            AlertRow.id.in_(judged),
            AlertRow.judged_at >= from_at,
            AlertRow.state != "new",
            AlertRow.situation != REPORTED,
        )
        .group_by(AlertRow.state, AlertRow.judge_reason)
    )
    states, reasons = defaultdict[str, int](int), defaultdict[str, int](int)
    for state, reason, count in session.execute(query):
        states[state] += count
        if state == "false":
            reasons[reason or "other"] += count
    return {
        "open": sum(by_priority.values()), "by_priority": by_priority, "oldest": _alert(session, oldest) if oldest else None,
        "judged": states, "false_reasons": reasons,
    }  # fmt: skip


def _alert(session: Session, row: AlertRow) -> Shown:
    camera = camera_brief(session.get(CameraRow, row.camera_id), row.camera_id)
    return shown(row, "tracks") | {"camera": camera, "zone": place_of(session, row.zone_id, row.zone_name)}


def _incidents(session: Session) -> Shown:
    is_open = Incident.state.not_in(ENDED)
    count = session.scalar(select(func.count()).select_from(Incident).where(is_open))
    rows = session.scalars(select(Incident).where(is_open).order_by(Incident.opened_at, Incident.id).limit(MOST)).all()
    sent: dict[str, list[Shown]] = defaultdict(list)
    query = select(Dispatch).where(Dispatch.incident_id.in_([row.id for row in rows]), Dispatch.state.in_(SENT))
    for one in session.scalars(query.order_by(Dispatch.called_at, Dispatch.id)).unique():
        sent[one.incident_id].append({"guard": _guard(one.guard), "state": one.state, "called_at": one.called_at})
    named_en = english_places(session, rows)
    return _cut([shown(row) | {"place_name_en": named_en.get(row.id, ""), "sent": sent[row.id]} for row in rows], count)


def _guard(row: Guard) -> Shown:
    return {"id": row.id, "name": row.name, "call_sign": row.call_sign, "unit": unit_brief(row.unit)}


def _sos(session: Session) -> Shown:
    rows = session.scalars(select(SosCallRow).where(SosCallRow.state != "closed").order_by(SosCallRow.raised_at)).all()
    guards = {row.id: row for row in session.scalars(select(Guard).where(Guard.id.in_([one.guard_id for one in rows]))).unique()}  # fmt: skip
    return _cut([
        {"id": row.id, "state": row.state, "raised_at": row.raised_at, "taken_by": row.taken_name, "taken_at": row.taken_at,
         "guard": _guard(guards[row.guard_id]) if row.guard_id in guards else {"id": row.guard_id, "name": row.guard_id, "call_sign": "", "unit": None}}
        for row in rows
    ])  # fmt: skip


def _point_calls(session: Session) -> Shown:
    rows = (
        session.scalars(
            select(PointCall).where(PointCall.verdict.is_(None)).order_by(PointCall.called_at, PointCall.id)
        )
        .unique()
        .all()
    )
    return _cut([{"id": row.id, "guard": _guard(row.guard), "called_at": row.called_at, "answered_at": row.answered_at} for row in rows])  # fmt: skip


def _cameras(session: Session) -> Shown:
    """Outages that last, of cameras that are to serve (`console.cameras.outages`)."""
    query = (
        select(Outage, CameraRow.name, CameraRow.name_en)
        .join(CameraRow, CameraRow.id == Outage.camera_id)
        .where(Outage.to_at.is_(None), CameraRow.enabled)
        .order_by(Outage.from_at, Outage.camera_id)
    )
    return _cut([
        {"id": row.camera_id, "name": name, "name_en": name_en, "reason": row.reason, "since": row.from_at}
        for row, name, name_en in session.execute(query)
    ])  # fmt: skip


def _units(session: Session, now: float) -> Shown:
    """Guards on shift by unit, and how many of them are on a break."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for unit_id, state in session.execute(select(Shift.unit_id, Shift.duty_state).where(on_duty(now))):
        counts[unit_id][0] += 1
        counts[unit_id][1] += state == "on_break"
    rows = session.scalars(select(Unit).where(Unit.id.in_(list(counts))))
    found = [unit_brief(row) | {"on_shift": counts[row.id][0], "on_break": counts[row.id][1]} for row in rows]
    found.sort(key=lambda one: (-one["on_shift"], one["id"]))
    return _cut(found) | {"on_shift": sum(one["on_shift"] for one in found)}


def _missing(session: Session, now: float) -> Shown:
    """Planned, and nobody stands there."""
    rows = missing_now(session, None, now)
    areas = {row.id: row for row in session.scalars(select(Area)).unique()}
    posts = {row.id: row for row in session.scalars(select(Post))}
    return _cut([
        {"id": row.id, "guard": _guard(row.guard), "area": _named(areas.get(row.area_id)),
         "post": _named(posts.get(row.post_id or "")), "missing_since": row.missing_since, "ends_at": row.ends_at}
        for row in rows
    ])  # fmt: skip


def _short(session: Session, now: float) -> Shown:
    """Areas with fewer on shift than they need."""
    areas = {row.id: row for row in session.scalars(select(Area)).unique()}
    return _cut([
        {"id": one.area_id, "area": _named(areas[one.area_id]), "needed": one.needed, "on_shift": one.on_shift}
        for one in roster.manning(session, None, now) if one.on_shift < one.needed
    ])  # fmt: skip


def _named(row: Area | Post | None) -> Shown | None:
    return None if row is None else {"id": row.id, "name": row.name, "name_en": row.name_en}


def _seal(one: ChainStanding, now: float) -> Shown:
    """`late`: rows came that no seal of the last hour covers; `since`: how many no seal covers at all."""
    covered = one.seal.seq if one.seal else 0
    late = one.seq > covered and (one.seal is None or now - one.seal.at > HOUR)
    return {"chain": one.chain, "seal": msgspec.to_builtins(one.seal), "since": one.seq - covered, "late": late}
