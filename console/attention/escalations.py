"""An alert that nobody judges is put on the list of the second seat, then of the shift leader: rows, not words on a page.

`EscalationWatch.run_once` -> `due` (reading is enough nearly always) -> `do_escalate` (one transaction: rows, audit, feed) -> the
page's "escalated to me" -> `do_take`. What is due is worked out of the alerts' own times: a console that was away makes up for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.attention.second_seat import at_second_seat
from console.attention.tables import Escalation
from console.http.context import Console
from console.http.replies import Shown
from console.rules.tables import in_queue
from console.seats import seats as desk_seats
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import COUNTY_ZONE
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError
from lianqin.records import new_id
from lianqin.shares import FEW, percentile

Seat = Literal["second", "leader"]
SEATS: Final[tuple[tuple[int, Seat], ...]] = ((2, "second"), (3, "leader"))
"""Steps of `escalation_seconds` that call a seat; the first only makes the row flash."""
LOOK_EVERY_S: Final = 1.0
FOR_S: Final = 24 * 3600.0
"""An alert older than this calls nobody any more; it stands in the queue. So an upgrade does not call for all that ever stayed."""
MOST_LISTED: Final = 200
"""Rows of a list that is shown."""
MOST_A_LOOK: Final = 50
"""Alerts that one look puts on a seat's list: each look is a write that a judgement may have to wait for."""
SYSTEM: Final = audit.system("console")

Due = tuple[AlertRow, int, Seat]


def due(session: Session, steps: Sequence[float], at: float) -> list[Due]:
    """Alerts of the queue that have waited through a step and have no row for it, the longest waiting first; time on a shelf does not count."""
    found: list[Due] = []
    came = func.coalesce(AlertRow.back_at, AlertRow.received_at)
    for step, seat in SEATS:
        told = select(Escalation.id).where(Escalation.alert_id == AlertRow.id, Escalation.step == step).exists()
        query = select(AlertRow).where(in_queue(at), came <= at - steps[step - 1], came > at - FOR_S, ~told)
        found += [(row, step, seat) for row in session.scalars(query.order_by(came, AlertRow.seq).limit(MOST_A_LOOK))]
    return found


def do_escalate(session: Session, steps: Sequence[float], at: float) -> list[Escalation]:
    """Put what is due on its lists, in the caller's transaction. Replicas take turns, so each step is made once."""
    in_order(session)
    made = []
    for alert, step, seat in due(session, steps, at):
        row = Escalation(id=new_id("es", at), alert_id=alert.id, step=step, seat=seat, at=at)
        session.add(row)
        session.flush()
        detail = {"seat": seat, "waited_s": round(at - (alert.back_at or alert.received_at), 1)}
        audit.write(session, SYSTEM, "alert.escalate", "alert", alert.id, at=at, detail=detail)
        _tell(session, row, at)
        made.append(row)
    return made


def check_take(session: Session, actor: Actor, escalation_id: str, at: float, idle_s: float) -> Escalation:
    """Raises NotFoundError `escalation.missing` (also for another seat's), ConflictError `escalation.taken` or `alert.judged`, both
    naming who and when."""
    in_order(session)
    row = session.get(Escalation, escalation_id)
    if row is None or row.seat not in seats_of(session, actor, at, idle_s):
        raise NotFoundError("escalation.missing", f"no escalation {escalation_id}")
    session.refresh(row)
    if row.taken_by is not None and row.taken_by != actor.name:
        raise _too_late("escalation.taken", row.taken_by, row.taken_at)
    alert = session.scalar(select(AlertRow).where(AlertRow.id == row.alert_id))
    if alert is not None and alert.state != "new":
        raise _too_late("alert.judged", alert.judged_by, alert.judged_at)
    return row


def do_take(session: Session, actor: Actor, escalation_id: str, at: float, idle_s: float) -> Escalation:
    """This person sees to it, and no desk that let it wait has the alert any more; said again by the same person it changes nothing.
    Raises as `check_take`."""
    row = check_take(session, actor, escalation_id, at, idle_s)
    if row.taken_by is None:
        row.taken_by, row.taken_at = actor.name, at
        session.flush()
        detail = {"seat": row.seat, "waited_s": round(at - row.at, 1)}
        audit.write(session, actor, "alert.take", "alert", row.alert_id, at=at, detail=detail)
        desk_seats.do_free(session, actor, row.alert_id, at)
        _tell(session, row, at)
    return row


def seats_of(session: Session, actor: Actor, at: float, idle_s: float) -> frozenset[str]:
    """The seats whose lists this person sees. While nobody sits at the second seat, every operator sees its list."""
    if actor.role == "leader":
        return frozenset({"leader"})
    there = at_second_seat(session, at, idle_s)
    return frozenset({"second"}) if not there or actor.id in there else frozenset()


def escalations_for(session: Session, seats: frozenset[str], at: float) -> list[tuple[Escalation, AlertRow]]:
    """What stands on these lists: of alerts in the queue, the newest first."""
    query = (
        select(Escalation, AlertRow)
        .join(AlertRow, AlertRow.id == Escalation.alert_id)
        .where(Escalation.seat.in_(seats), in_queue(at))
        .order_by(Escalation.at.desc(), Escalation.id.desc())
    )
    return [(row, alert) for row, alert in session.execute(query.limit(MOST_LISTED))]


def counts(session: Session, from_at: float, to_at: float) -> list[Shown]:
    """Escalations of that time by seat: how many, how many of them somebody took and how long they had waited there (seconds, nearest
    rank), and who took how many."""
    query = select(Escalation.seat, Escalation.at, Escalation.taken_by, Escalation.taken_at).where(
        Escalation.at >= from_at, Escalation.at < to_at
    )
    rows = list(session.execute(query))
    found: list[Shown] = []
    for _, seat in SEATS:
        mine = [row for row in rows if row.seat == seat]
        waits = sorted(row.taken_at - row.at for row in mine if row.taken_at is not None)
        by = Counter(row.taken_by for row in mine if row.taken_by is not None)
        found.append({
            "seat": seat, "raised": len(mine), "taken": len(waits), "by": [{"name": name, "taken": n} for name, n in by.most_common()],
            "p50": percentile(waits, 0.5) if waits else None, "p95": percentile(waits, 0.95) if waits else None, "few": len(waits) < FEW,
        })  # fmt: skip
    return found


def _too_late(key: str, by: str | None, at: float | None) -> ConflictError:
    when = datetime.fromtimestamp(at or 0.0, COUNTY_ZONE).strftime("%H:%M:%S")
    return ConflictError(key, f"{by} was first", by=by, at=at, when=when)


def _tell(session: Session, row: Escalation, at: float) -> None:
    feed.push(session, "escalation", row.id, at=at)
    feed.push(session, "alert", row.alert_id, at=at)


class EscalationWatch:
    """The thread that looks each second."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def run_once(self) -> None:
        console, at = self._console, self._console.clock.now()
        steps = console.settings.escalation_seconds
        with console.store.read() as session:
            waits = bool(due(session, steps, at))
        if waits:
            with console.store.write() as session:
                do_escalate(session, steps, at)
        console.clock.sleep(LOOK_EVERY_S, console.stop)
