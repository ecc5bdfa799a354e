"""How late alerts were, by step and worker, for the leader's page: read from the canaries of the last day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.canary.line import SILENT, newest_of, running
from console.canary.tables import CanaryRow, LineFault
from console.http.replies import Shown
from lianqin.shares import FEW, percentile

HOUR_S: Final = 3600.0
DAY_S: Final = 86_400.0
FAULTS: Final = 10
TOLD_WITHIN_S: Final = 30.0
NEWEST: Final = 40
"""More than a worker sends in that time, were it one a second."""


class CanaryWalk(msgspec.Struct, frozen=True):
    """The moments of one canary, epoch seconds; None: no page drew it."""

    worker: str
    captured_at: float
    published_at: float
    received_at: float
    pushed_at: float | None
    shown_at: float | None


STEPS: Final[tuple[tuple[str, Callable[[CanaryWalk], float | None]], ...]] = (
    ("published", lambda walk: walk.published_at - walk.captured_at),
    ("received", lambda walk: walk.received_at - walk.published_at),
    ("pushed", lambda walk: None if walk.pushed_at is None else walk.pushed_at - walk.received_at),
    ("shown", lambda walk: None if walk.shown_at is None or walk.pushed_at is None else walk.shown_at - walk.pushed_at),
)
"""Each from the one before, the first from the capture."""


def total(walk: CanaryWalk) -> float | None:
    """From capture to page."""
    return None if walk.shown_at is None else max(0.0, walk.shown_at - walk.captured_at)


def spread(values: Iterable[float | None]) -> Shown | None:
    """Nearest rank; None where there is none, `few` below 20."""
    found = sorted(max(0.0, one) for one in values if one is not None)
    if not found:
        return None
    shares = {f"p{share}": percentile(found, share / 100) for share in (50, 95, 99)}
    return {"count": len(found), "few": len(found) < FEW, **shares}


def summed_up(walks: Sequence[CanaryWalk]) -> Shown:
    """`{count, shown, total, stored, steps}`: `stored` from capture to database, where no page is needed."""
    return {
        "count": len(walks),
        "shown": sum(walk.shown_at is not None for walk in walks),
        "total": spread(total(walk) for walk in walks),
        "stored": spread(walk.received_at - walk.captured_at for walk in walks),
        "steps": {name: spread(step(walk) for walk in walks) for name, step in STEPS},
    }


def walks(session: Session, from_at: float) -> list[CanaryWalk]:
    """Of the canaries received from then on."""
    query = select(
        CanaryRow.worker, CanaryRow.captured_at, CanaryRow.published_at, CanaryRow.received_at, CanaryRow.pushed_at, CanaryRow.shown_at,
        ).where(CanaryRow.received_at >= from_at)  # fmt: skip
    return [CanaryWalk(*row) for row in session.execute(query)]


def _spans(found: Sequence[CanaryWalk], now: float) -> Shown:
    return {
        "hour": summed_up([walk for walk in found if walk.received_at >= now - HOUR_S]),
        "day": summed_up(found),
    }


def newest_told(rows: Sequence[CanaryRow]) -> CanaryRow | None:
    """`rows`: a worker's newest, newest first. The newest that a page told of, for pages tell of several at once some seconds later;
    where none of the last half minute was told of, the newest of all."""
    if not rows:
        return None
    young = (row for row in rows if row.received_at >= rows[0].received_at - TOLD_WITHIN_S)
    return next((row for row in young if row.shown_at is not None), rows[0])


def _newest(row: CanaryRow | None) -> Shown | None:
    if row is None:
        return None
    walk = CanaryWalk(row.worker, row.captured_at, row.published_at, row.received_at, row.pushed_at, row.shown_at)
    steps = {name: step(walk) for name, step in STEPS}
    return {
        "captured_at": row.captured_at,
        "total": total(walk),
        "stored": max(0.0, row.received_at - row.captured_at),
        "within": row.shown_within,
        "pages": row.pages,
        "steps": {name: None if value is None else max(0.0, value) for name, value in steps.items()},
    }


def figures(session: Session, alive: Iterable[str], now: float) -> Shown:
    """What the leader's box shows. `alive`: the workers that send canaries now."""
    found, faults, living = walks(session, now - DAY_S), running(session), set(alive)
    workers = []
    for worker in sorted(living | {walk.worker for walk in found}):
        rows, fault = newest_of(session, worker, NEWEST), faults.get(worker)
        workers.append({
            "worker": worker, "alive": worker in living,
            "state": "gone" if worker not in living else "silent" if fault and fault.reason == SILENT else "slow" if fault else "good",
            "heard_at": rows[0].received_at if rows else None, "newest": _newest(newest_told(rows)),
            **_spans([walk for walk in found if walk.worker == worker], now),
        })  # fmt: skip
    late = session.scalars(
        select(LineFault).where(LineFault.from_at >= now - DAY_S).order_by(LineFault.from_at.desc()).limit(FAULTS)
    )
    return {
        "now": now, "workers": workers, **_spans(found, now),
        "faults": [{"worker": row.worker, "reason": row.reason, "from_at": row.from_at, "to_at": row.to_at} for row in late],
    }  # fmt: skip


def brief(session: Session, alive: Iterable[str], now: float) -> Shown:
    """For health: each worker's state, how long ago its last canary came, and how long that took."""
    faults = running(session)
    found = {}
    for worker in sorted(alive):
        newest = newest_of(session, worker, 1)
        row, fault = (newest[0] if newest else None), faults.get(worker)
        found[worker] = {
            "state": fault.reason.removeprefix("line_") if fault else "good",
            "heard_s": None if row is None else round(max(0.0, now - row.received_at), 1),
            "stored_s": None if row is None else round(max(0.0, row.received_at - row.captured_at), 3),
            "shown_s": None if row is None or row.shown_at is None else round(max(0.0, row.shown_at - row.captured_at), 3),
        }  # fmt: skip
    return found
