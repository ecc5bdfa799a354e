"""Trails past their term are deleted for good, with proof (个人信息保护法 art. 19, 47: no longer than the purpose needs).

The proof, one append-only row a day with its audit row, is committed before the files go: killed in between, the next run
finishes it and counts nothing twice. Who is under a hold that day keeps his fixes in a file of their own.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lianqin import audit
from lianqin.clock import COUNTY_ZONE, county_day
from lianqin.db import Store
from patrol.duty_tables import SpotCheck, TrailPurge
from patrol.tables import PointCall, Shift
from patrol.trails import HELD, TrailStore

log = structlog.get_logger(__name__)


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


def purge_old(store: Store, trails: TrailStore, keep_days: int, at: float) -> list[str]:
    """Every day past its term. Returns those of which something went."""
    first_kept = last_kept_day(at, keep_days)
    return [day for day in trails.days() if day < first_kept and do_purge(store, trails, day, keep_days, at)]
