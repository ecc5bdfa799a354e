"""A month on duty, guard by guard and unit by unit: planned, present, late, early, absent, excused, hours, score, trend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.scores import scores
from lianqin.clock import COUNTY_ZONE
from lianqin.errors import RecordError
from patrol.county.tables import Guard, Unit
from patrol.duty import fulfilled
from patrol.duty.fulfilment import Fulfilment
from patrol.duty.tables import RosterEntry, Shift
from patrol.scores.tables import LedgerLine

COLUMNS: Final = ("planned", "planned_h", "present", "late", "late_min", "early", "early_min", "absent", "absent_min", "excused", "hours",
                  "score", "trend")  # fmt: skip


class Figures(msgspec.Struct):
    """`planned`: shifts that have begun, but the excused. `present`: those the guard came to; `absent`: those the guard did not;
    `absent_min`: planned minutes that nobody filled and that are the guard's own absence. `hours`: on shift. `score`: points of
    all points that could be had, None: nothing could be scored; `trend`: against the month before."""

    planned: int = 0
    planned_h: float = 0.0
    present: int = 0
    late: int = 0
    late_min: int = 0
    early: int = 0
    early_min: int = 0
    absent: int = 0
    absent_min: int = 0
    excused: int = 0
    hours: float = 0.0
    score: float | None = None
    trend: float | None = None

    def add(self, row: RosterEntry, found: Fulfilment) -> None:
        """One entry that has begun, and what became of it."""
        if found.state == "excused":
            self.excused += 1
            return
        self.planned += 1
        self.planned_h += (row.ends_at - row.begins_at) / 3600
        self.present += found.state in {"present", "late", "relieved", "ended"} or found.own_s > 0
        self.absent += found.state == "absent" and found.own_s == 0
        self.late += found.late_s > 0
        self.late_min += round(found.late_s / 60)
        self.early += found.early_s > 0
        self.early_min += round(found.early_s / 60)
        self.absent_min += round(found.absent_s / 60)


class MonthLine(msgspec.Struct):
    """A guard or a unit (`guard_id` None) with its figures; `cert_until`: the local day until which the guard's certificate holds."""

    unit_id: str
    unit_name: str
    unit_name_en: str
    guard_id: str | None
    name: str
    figures: Figures
    cert_until: str | None = None


class MonthSpan(msgspec.Struct, frozen=True):
    """Epoch seconds."""

    from_at: float
    to_at: float


def span_of(month: str) -> MonthSpan:
    """Of `2026-10`. Raises RecordError `month.wrong`."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise RecordError("month.wrong", f"`{month}` is no month such as 2026-10", month=month[:20]) from error
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    begins, ends = (datetime(one.year, one.month, 1, tzinfo=COUNTY_ZONE).timestamp() for one in (first, following))
    return MonthSpan(begins, ends)


def before(month: str) -> str:
    first = date.fromisoformat(f"{month}-01")
    return f"{first.year - (first.month == 1):04d}-{(first.month - 2) % 12 + 1:02d}"


def shares(session: Session, span: MonthSpan, units: Sequence[str]) -> dict[str, float]:
    """By guard and by unit: points of points of the lines that stand, of shifts that began in that time."""
    query = select(LedgerLine).join(Shift, Shift.id == LedgerLine.shift_id).where(
        Shift.opened_at >= span.from_at, Shift.opened_at < span.to_at, Shift.unit_id.in_(units)).order_by(LedgerLine.seq)  # fmt: skip
    lines = scores.counting(list(session.scalars(query)))
    points, out_of = defaultdict[str, float](float), defaultdict[str, float](float)
    for line in lines:
        for key in (line.guard_id, f"unit:{line.unit_id}"):
            points[key] += line.points
            out_of[key] += line.out_of
    return {key: points[key] / total for key, total in out_of.items() if total > 0}


def hours(session: Session, span: MonthSpan, units: Sequence[str], now: float) -> dict[str, float]:
    """On shift within that time, by guard."""
    ends = func.coalesce(Shift.closed_at, Shift.overdue_at)
    found = defaultdict[str, float](float)
    for guard_id, begins, until, pauses in session.execute(select(Shift.guard_id, Shift.opened_at, ends, Shift.pauses).where(
        Shift.unit_id.in_(units), Shift.opened_at < span.to_at, ends > span.from_at)):  # fmt: skip
        first, last = max(begins, span.from_at), min(until, now, span.to_at)
        off = sum(max(0.0, min(to_at, last) - max(from_at, first)) for from_at, to_at in pauses)
        found[guard_id] += max(0.0, last - first - off) / 3600
    return found


def table(session: Session, month: str, unit_id: str | None, now: float) -> list[MonthLine]:
    """Unit by unit, each followed by its guards; `unit_id`: that one alone. A month that has not ended counts until now."""
    span = span_of(month)
    units = {row.id: row for row in session.scalars(select(Unit).order_by(Unit.id)) if unit_id in {None, row.id}}
    rows = session.scalars(select(RosterEntry).where(
        RosterEntry.begins_at >= span.from_at, RosterEntry.begins_at < min(span.to_at, now), RosterEntry.unit_id.in_(units),
        RosterEntry.state != "cancelled")).unique().all()  # fmt: skip
    found, worked = fulfilled.judge_all(session, rows, now), hours(session, span, list(units), now)
    share, earlier = shares(session, span, list(units)), shares(session, span_of(before(month)), list(units))
    of: dict[str, Figures] = defaultdict(Figures)
    whole: dict[str, Figures] = defaultdict(Figures)
    for row in rows:
        of[row.guard_id].add(row, found[row.id])
        whole[row.unit_id].add(row, found[row.id])
    guards = session.scalars(select(Guard).where(Guard.unit_id.in_(units)).order_by(Guard.unit_id, Guard.id)).unique()
    lines: dict[str, list[MonthLine]] = defaultdict(list)
    for guard in guards:
        if guard.left_on is not None and guard.id not in of and guard.id not in worked:
            continue
        figures = _scored(of[guard.id], guard.id, share, earlier)
        figures.hours = worked.get(guard.id, 0.0)
        whole[guard.unit_id].hours += figures.hours
        lines[guard.unit_id].append(
            MonthLine(
                guard.unit_id,
                units[guard.unit_id].name,
                units[guard.unit_id].name_en,
                guard.id,
                guard.name,
                figures,
                guard.cert_valid_until,
            )
        )
    table_of: list[MonthLine] = []
    for one, unit in units.items():
        if lines[one]:
            table_of.append(
                MonthLine(
                    one, unit.name, unit.name_en, None, unit.name, _scored(whole[one], f"unit:{one}", share, earlier)
                )
            )
            table_of += lines[one]
    return table_of


class DutyOutcome(msgspec.Struct, frozen=True):
    """One planned shift that has begun, and what became of it."""

    entry: RosterEntry
    found: Fulfilment


class OwnLine(msgspec.Struct, frozen=True):
    """One guard's figures, and the shifts that they count, newest first."""

    figures: Figures
    duties: tuple[DutyOutcome, ...]


def week_of(at: float) -> MonthSpan:
    """Monday to Sunday of the county's week."""
    day = datetime.fromtimestamp(at, COUNTY_ZONE).date()
    first = datetime.combine(day - timedelta(days=day.weekday()), time(), COUNTY_ZONE).timestamp()
    return MonthSpan(first, first + 7 * 86_400)


def own(session: Session, guard: Guard, span: MonthSpan, earlier: MonthSpan, now: float) -> OwnLine:
    """As a line of `table`, of one guard. `earlier`: what the score is compared with."""
    rows = session.scalars(select(RosterEntry).where(
        RosterEntry.guard_id == guard.id, RosterEntry.begins_at >= span.from_at, RosterEntry.begins_at < min(span.to_at, now),
        RosterEntry.state != "cancelled").order_by(RosterEntry.begins_at.desc())).unique().all()  # fmt: skip
    found, unit = fulfilled.judge_all(session, rows, now), [guard.unit_id]
    figures = Figures()
    for row in rows:
        figures.add(row, found[row.id])
    _scored(figures, guard.id, shares(session, span, unit), shares(session, earlier, unit))
    figures.hours = hours(session, span, unit, now).get(guard.id, 0.0)
    return OwnLine(figures, tuple(DutyOutcome(row, found[row.id]) for row in rows))


def _scored(figures: Figures, key: str, share: dict[str, float], earlier: dict[str, float]) -> Figures:
    figures.score = share.get(key)
    if figures.score is not None and key in earlier:
        figures.trend = figures.score - earlier[key]
    return figures


HEADINGS: Final = {
    "unit": ("单位", "Unit"), "guard_id": ("编号", "Id"), "name": ("姓名", "Name"), "planned": ("应到班次", "Shifts planned"),
    "planned_h": ("应到小时", "Hours planned"), "present": ("实到", "Present"), "late": ("迟到次数", "Late"),
    "late_min": ("迟到分钟", "Minutes late"), "early": ("早退次数", "Left early"), "early_min": ("早退分钟", "Minutes left early"),
    "absent": ("缺岗次数", "Absent"), "absent_min": ("缺岗分钟", "Minutes absent"), "excused": ("请假", "Excused"),
    "hours": ("在岗小时", "Hours on shift"), "score": ("得分率", "Score"), "trend": ("较上月", "Against the month before"),
    "cert_until": ("保安员证有效期至", "Certificate until"),
}  # fmt: skip


def cells(lines: Iterable[MonthLine], *, chinese: bool) -> list[list[str | float]]:
    """Headings and rows for a sheet."""
    found: list[list[str | float]] = [[both[0 if chinese else 1] for both in HEADINGS.values()]]
    for one in lines:
        figures = [getattr(one.figures, name) for name in COLUMNS]
        unit = one.unit_name if chinese or not one.unit_name_en else one.unit_name_en
        found.append(
            [
                unit,
                one.guard_id or "",
                one.name if one.guard_id else "",
                *("" if value is None else round(value, 4) for value in figures),
                one.cert_until or "",
            ]
        )
    return found
