"""Trails past their term are deleted for good, with proof (个人信息保护法 art. 19, 47: no longer than the purpose needs).

The proof, one append-only row a day with its audit row, is committed before the files go: killed in between, the next run
finishes it and counts nothing twice. Who is under a hold that day keeps his fixes in a file of their own.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import structlog
from sqlalchemy import ColumnElement, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from lianqin import audit
from lianqin.clock import COUNTY_ZONE, county_day
from lianqin.db import Store
from lianqin.sweeps import Going
from patrol.calls.tables import PointCall
from patrol.checks.tables import SpotCheck
from patrol.devices.tables import QuarantineRow
from patrol.duty.tables import Shift
from patrol.trails.store import HELD, TrailStore
from patrol.trails.tables import TrailPurge

log = structlog.get_logger(__name__)
MOST_QUARANTINED: Final = 20_000
"""Messages that could not be used, each of 4 KB at most; beyond it the oldest go before their term."""


class Digest(msgspec.Struct, frozen=True):
    """Of a day's files: how many, their bytes, and one sha256 over name, size and sha256 of each, in order."""

    files: int
    size: int
    sha256: str


def digest_of(files: list[Path]) -> Digest:
    """Raises OSError."""
    whole, size = hashlib.sha256(), 0
    for path in sorted(files):
        with path.open("rb") as file:
            own = hashlib.file_digest(file, "sha256").hexdigest()
        size += path.stat().st_size
        whole.update(f"{path.name} {path.stat().st_size} {own}\n".encode())
    return Digest(len(files), size, whole.hexdigest())


def last_kept_day(now: float, keep_days: int) -> str:
    """Days before it are past their term."""
    return (date.fromisoformat(county_day(now)) - timedelta(days=keep_days)).isoformat()


def held_guards(session: Session, day: str) -> set[str]:
    """Whose trail of that day is evidence in something open: a check with a remark that he has not signed or disputes, or
    a contradicted call that waits for its review."""
    begins = datetime.fromisoformat(day).replace(tzinfo=COUNTY_ZONE).timestamp()
    near = Shift.opened_at.between(begins - 2 * 86_400, begins + 86_400)
    shifts = session.execute(select(Shift.id, Shift.guard_id, Shift.opened_at, Shift.closed_at).where(near))
    that_day = {shift_id: guard_id for shift_id, guard_id, opened_at, closed_at in shifts
                if county_day(opened_at) <= day <= county_day(closed_at or opened_at)}  # fmt: skip
    if not that_day:
        return set()
    disputed = session.scalars(select(SpotCheck.shift_id).where(
        SpotCheck.result == "remark", or_(SpotCheck.guard_signed_at.is_(None), SpotCheck.guard_refused_at.is_not(None))))  # fmt: skip
    waiting = session.scalars(
        select(PointCall.shift_id).where(PointCall.verdict == "contradicted", PointCall.review.is_(None))
    )
    return {that_day[one] for one in (*disputed, *waiting) if one in that_day}


def do_purge(store: Store, trails: TrailStore, day: str, keep_days: int, at: float) -> int:
    """One day. Returns how many files went. Raises UnavailableError `trails.disk`, OSError."""
    with store.read() as session:
        held, proved = held_guards(session, day), session.get(TrailPurge, day) is not None
    files = trails.files(day)
    going = [path for path in files if not path.name.startswith(HELD)]
    if not proved:
        trails.hold(day, sorted(held))
        found, fixes = digest_of(going), trails.fixes(day)
        with store.write() as session:
            session.add(TrailPurge(day=day, purged_at=at, files=found.files, fixes=fixes, bytes=found.size, sha256=found.sha256,
                                   kept_days=keep_days))  # fmt: skip
            audit.write(session, audit.system("patrol"), "trails.purge", "trails", day, at=at,
                        detail={"files": found.files, "fixes": fixes, "sha256": found.sha256, "held": sorted(held)})  # fmt: skip
        log.info("trails_purged", day=day, files=found.files, fixes=fixes, held=len(held))
    elif not held:
        going = files  # the hold is over
    trails.remove(day, going)
    return len(going)


def arrived_at(trails: TrailStore, day: str) -> float:
    """When the last of a day's files under no hold was written, by the file system's clock: what arrived late keeps its whole term."""
    return max((path.stat().st_mtime for path in trails.files(day) if not path.name.startswith(HELD)), default=0.0)


def due_days(store: Store, trails: TrailStore, keep_days: int, at: float) -> list[str]:
    """Days of which something is past its term: by its arrival, whatever day a device's clock named. What is under a hold is counted
    once the hold is over. `at`: the database's clock."""
    first_kept, found = last_kept_day(at, keep_days), []
    for day in trails.days():
        files = trails.files(day)
        if all(path.name.startswith(HELD) for path in files):
            with store.read() as session:
                waits = bool(files) and (session.get(TrailPurge, day) is None or not held_guards(session, day))
        else:
            waits = county_day(arrived_at(trails, day)) < first_kept
        if waits:
            found.append(day)
    return found


def purge_old(store: Store, trails: TrailStore, keep_days: int, cut_at: float, at: float | None = None) -> list[str]:
    """Every day that was past its term at `cut_at`, in a proof of `at`. Returns those of which something went."""
    days = due_days(store, trails, keep_days, cut_at)
    return [day for day in days if do_purge(store, trails, day, keep_days, cut_at if at is None else at)]


def going(store: Store, trails: TrailStore, keep_days: int, at: float) -> Going:
    """What the next sweep of trails would take: days. Oldest and newest: the last arrival of each."""
    days = due_days(store, trails, keep_days, at)
    times = [arrived_at(trails, day) for day in days]
    return Going(len(days), min(times, default=None), max(times, default=None))


def quarantine_due(at: float) -> ColumnElement[bool]:
    """Past their term, each its own. `at`: the database's clock."""
    return QuarantineRow.kept_from + QuarantineRow.keep_hours * 3600 < at


def quarantine_going(session: Session, at: float) -> Going:
    """The same of messages that could not be used."""
    asked = select(func.count(), func.min(QuarantineRow.kept_from), func.max(QuarantineRow.kept_from))
    count, oldest, newest = session.execute(asked.where(quarantine_due(at))).one()
    return Going(count, oldest, newest)


def do_note_quarantine(session: Session, hours: float, at: float) -> None:
    """What programs before this one put there gets its arrival and term; a longer term is applied to all."""
    arrived = case((QuarantineRow.received_at < at, QuarantineRow.received_at), else_=at)
    session.execute(update(QuarantineRow).where(QuarantineRow.kept_from.is_(None)).values(kept_from=arrived))
    short = or_(QuarantineRow.keep_hours.is_(None), QuarantineRow.keep_hours < hours)
    session.execute(update(QuarantineRow).where(short).values(keep_hours=hours))


def do_purge_quarantine(session: Session, cut_at: float, at: float) -> int:
    """Returns how many went; their number is registered, not what they said."""
    found = quarantine_going(session, cut_at)
    if found.count:
        session.execute(delete(QuarantineRow).where(quarantine_due(cut_at)))
        audit.write(session, audit.system("patrol"), "quarantine.purge", "quarantine", county_day(at), at=at,
                    detail={"count": found.count, "oldest": found.oldest, "newest": found.newest})  # fmt: skip
    return found.count


def do_bound_quarantine(session: Session, at: float, most: int = MOST_QUARANTINED) -> int:
    """The oldest beyond `most` go; their number is registered. Returns how many. `at`: the database's clock."""
    count = session.scalar(select(func.count()).select_from(QuarantineRow)) or 0
    over = count - most
    if over <= 0:
        return 0
    arrived = func.coalesce(QuarantineRow.kept_from, QuarantineRow.received_at)
    oldest = select(QuarantineRow.id).order_by(arrived, QuarantineRow.id).limit(over)
    session.execute(
        delete(QuarantineRow).where(QuarantineRow.id.in_(oldest)).execution_options(synchronize_session=False)
    )
    audit.write(session, audit.system("patrol"), "quarantine.overflow", "quarantine", county_day(at), at=at,
                detail={"count": over})  # fmt: skip
    return over
