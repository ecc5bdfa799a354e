"""Sweeps destroy what is past its term, by the database's clock alone. Before one takes anything it is judged: by the clocks (the
process's, Redis', the files') against the database's, and by how much went on other days. What is odd stops the kind's sweeps and
rings daily until a person has looked and said "go on" or "hold" (个人信息保护法 art. 47, 51: deletion that is due, and no other).

`Sweeper.run` -> `judge_clocks`, `judge_step`, `judge_count` -> the caller's `take`; where one objects: `do_stop` -> `do_ring` ... `do_decide` -> `run` again.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal

import msgspec
import redis
import structlog
from sqlalchemy import BigInteger, Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import Clock, county_day
from lianqin.db import Base, Double, Store, in_order
from lianqin.errors import BusUnavailable, ConflictError, NotFoundError, RecordError

log = structlog.get_logger(__name__)
KEEPER: Final = audit.system("keeper")
MOST_APART_S: Final = 300.0
"""Clocks further apart than this: nobody can say which is right."""
TIMES: Final = 3
"""The limit of a day, as a multiple of the median of the days before."""
DAYS: Final = 14
RING_EVERY_S: Final = 86_400.0
NOTE_CHARS: Final = 200

Kind = Literal["evidence", "reports", "files", "trails", "quarantine"]
"""What a sweep takes: alerts' pictures and clips, those of guards' reports, files without a row, days of trails, messages that
could not be used."""
KINDS: Final[tuple[Kind, ...]] = ("evidence", "reports", "files", "trails", "quarantine")
FLOOR: Final[Mapping[Kind, int]] = {"evidence": 200, "reports": 50, "files": 200, "trails": 3, "quarantine": 1000}
"""A sweep may always delete this many a day (files; days of trails; messages)."""
Decision = Literal["go", "hold"]


class SweepDay(Base):
    """What the sweeps of a kind took on a day of the county, by the database's clock."""

    __tablename__ = "sweep_day"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    taken: Mapped[int] = mapped_column(BigInteger, default=0)
    confirmed: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of it by a person's word."""
    last_at: Mapped[float] = mapped_column(Double)


class SweepStop(Base):
    """A kind's sweeps stand still. Times are the database's clock, epoch seconds."""

    __tablename__ = "sweep_stop"
    __table_args__ = (Index("ix_sweep_stop_kind", "kind", "state"),)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))
    """many | clocks | step (the database's clock went further than time did)."""
    at: Mapped[float] = mapped_column(Double)
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of `many`: due, taken, limit. Of the others: by how many seconds each clock differs from the database's."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open (rings) | held | go (the next sweep takes what was looked at) | done."""
    rang_at: Mapped[float] = mapped_column(Double)
    rings: Mapped[int] = mapped_column(default=1)
    cut_at: Mapped[float | None] = mapped_column(Double)
    """Only what was due at this moment is deleted: the person who decided saw that list."""
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[float | None] = mapped_column(Double)
    note: Mapped[str] = mapped_column(String(200), default="")


class Going(msgspec.Struct, frozen=True):
    """What a sweep would take now. `oldest`, `newest`: arrival, epoch seconds; `by_camera`: id -> count, where it is of cameras."""

    count: int
    oldest: float | None = None
    newest: float | None = None
    by_camera: dict[str, int] = {}


class Stop(msgspec.Struct, frozen=True):
    """Why a sweep must not go on by itself."""

    reason: Literal["many", "clocks", "step"]
    found: dict[str, float]


class Moments(msgspec.Struct, frozen=True):
    """What each clock says at one time, epoch seconds; `files` None where the files are no folder of this machine."""

    database: float
    own: float
    redis: float
    files: float | None = None


def limit_of(days: Sequence[int], confirmed: int, floor: int) -> int:
    """What may go on a day without a look. `days`: what went on each of the last fourteen (those on which nothing went say nothing of
    a usual day); `confirmed`: what went today by a person's word."""
    usual = [one for one in days if one > 0]
    return max(floor, int(TIMES * statistics.median(usual)) if usual else 0, TIMES * confirmed)


def judge_clocks(moments: Moments) -> Stop | None:
    """Do all clocks tell the database's time, within five minutes?"""
    told = {"own": moments.own, "redis": moments.redis} | (
        {"files": moments.files} if moments.files is not None else {}
    )
    off = {name: round(at - moments.database, 1) for name, at in told.items()}
    return Stop("clocks", off) if any(abs(one) > MOST_APART_S for one in off.values()) else None


def judge_step(before: tuple[float, float] | None, database: float, monotonic: float) -> Stop | None:
    """Did the database's clock go ahead of the time that passed since the last look? `before`: (database, monotonic)."""
    if before is None:
        return None
    off = (database - before[0]) - (monotonic - before[1])
    return Stop("step", {"database": round(off, 1)}) if off > MOST_APART_S else None


def judge_count(due: int, taken: int, limit: int) -> Stop | None:
    """Is it more than goes on other days?"""
    if due == 0 or taken + due <= limit:
        return None
    return Stop("many", {"due": due, "taken": taken, "limit": limit})


def moments_of(clock: Clock, session: Session, client: redis.Redis, files: float | None = None) -> Moments:
    """Raises BusUnavailable: without Redis' word nothing is destroyed."""
    try:
        at_redis = clock.at_redis(client)
    except redis.exceptions.RedisError as error:
        raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
    return Moments(clock.at_database(session), clock.now(), at_redis, files)


def days_before(session: Session, kind: Kind, today: str) -> list[int]:
    """What went on each of the fourteen days before."""
    first = (date.fromisoformat(today) - timedelta(days=DAYS)).isoformat()
    rows = select(SweepDay.taken).where(SweepDay.kind == kind, SweepDay.day >= first, SweepDay.day < today)
    return list(session.scalars(rows))


def standing(session: Session, kind: Kind) -> SweepStop | None:
    """The stop that is not done with."""
    return session.scalar(select(SweepStop).where(SweepStop.kind == kind, SweepStop.state != "done").order_by(SweepStop.number).limit(1))  # fmt: skip


def stops(session: Session) -> list[SweepStop]:
    """All that are not done with, oldest first."""
    return list(session.scalars(select(SweepStop).where(SweepStop.state != "done").order_by(SweepStop.number)))


def do_stop(session: Session, kind: Kind, stop: Stop, at: float) -> SweepStop:
    """One at a time of a kind."""
    in_order(session)
    row = standing(session, kind)
    if row is not None:
        return row
    row = SweepStop(kind=kind, reason=stop.reason, at=at, found=dict(stop.found), state="open", rang_at=at, rings=1, note="")  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, KEEPER, "sweep.stop", "sweep", str(row.number), at=at, detail={"sweep": kind, "why": stop.reason, "figures": dict(stop.found)})  # fmt: skip
    feed.push(session, "sweep", str(row.number), at=at)
    log.error("sweep_stopped", kind=kind, reason=stop.reason, **stop.found)
    return row


def do_ring(session: Session, row: SweepStop, at: float) -> bool:
    """Again after a day (also where the clock went back). Returns whether it rang."""
    if row.state != "open" or abs(at - row.rang_at) < RING_EVERY_S:
        return False
    row.rang_at, row.rings = at, row.rings + 1
    audit.write(session, KEEPER, "sweep.ring", "sweep", str(row.number), at=at, detail={"sweep": row.kind, "times": row.rings})  # fmt: skip
    feed.push(session, "sweep", str(row.number), at=at)
    log.error("sweep_stopped", kind=row.kind, reason=row.reason, rings=row.rings)
    return True


def check_decision(row: SweepStop, note: str, cut_at: float | None, decision: Decision, at: float) -> None:
    """Raises ConflictError `sweep.decided`; RecordError `sweep.note`, `sweep.cut`."""
    if row.state not in {"open", "held"}:
        raise ConflictError("sweep.decided", f"stop {row.number} is decided already", number=row.number)
    if not note.strip() or len(note) > NOTE_CHARS:
        raise RecordError("sweep.note", f"a reason of {NOTE_CHARS} characters at most", most=NOTE_CHARS)
    if decision == "go" and (cut_at is None or cut_at > at + 1.0):
        raise RecordError("sweep.cut", "look first: the moment of the look is missing or lies ahead")


def do_decide(  # noqa: PLR0917 - who says what of which stop
    session: Session, actor: Actor, number: int, decision: Decision, note: str, cut_at: float | None, going: Going, at: float
) -> SweepStop:  # fmt: skip
    """A person's word. `cut_at`: the database's time at which the person saw what would go; no more than that goes. `going`: that.
    Raises NotFoundError `sweep.missing` and as `check_decision`."""
    in_order(session)
    row = session.get(SweepStop, number, populate_existing=True)
    if row is None:
        raise NotFoundError("sweep.missing", f"no stop {number}", number=number)
    check_decision(row, note, cut_at, decision, at)
    row.state, row.decided_by, row.decided_at, row.note = (
        ("go" if decision == "go" else "held"),
        actor.name,
        at,
        note.strip(),
    )
    row.cut_at = cut_at if decision == "go" else None
    detail = {
        "sweep": row.kind,
        "reason": row.note,
        "count": going.count,
        "oldest": going.oldest,
        "newest": going.newest,
    }
    audit.write(
        session, actor, "sweep.go" if decision == "go" else "sweep.hold", "sweep", str(number), at=at, detail=detail
    )
    feed.push(session, "sweep", str(number), at=at)
    return row


def count(session: Session, kind: Kind, day: str, taken: int, at: float, *, confirmed: bool = False) -> None:
    """So much went on this day; `confirmed`: by a person's word."""
    in_order(session)
    row = session.get(SweepDay, (kind, day))
    if row is None:
        row = SweepDay(kind=kind, day=day, taken=0, confirmed=0, last_at=at)
        session.add(row)
    row.taken += taken
    row.confirmed += taken if confirmed else 0
    row.last_at = at


class Sweeper:
    """Runs the sweeps of one process."""

    def __init__(self, store: Store, client: redis.Redis, clock: Clock) -> None:
        self._store, self._redis, self._clock = store, client, clock
        self._before: dict[Kind, tuple[float, float]] = {}

    def run(
        self, kind: Kind, due: Callable[[Session, float], int], take: Callable[[float], int], *, files: float | None = None
    ) -> int:  # fmt: skip
        """Take what is due, if all is as usual. `due(session, at)` counts what would go; `take(at)` destroys it and returns how much
        went (both by the database's clock). `files`: the file system's time now, epoch seconds; None where none lie on a folder of this
        machine. Returns how much went. Raises UnavailableError while Redis or the database is away."""
        monotonic = self._clock.monotonic()
        with self._store.read() as session:
            moments = moments_of(self._clock, session, self._redis, files)
            at, today = moments.database, county_day(moments.database)
            row = standing(session, kind)
            if row is None:
                before, self._before[kind] = self._before.get(kind), (at, monotonic)
                day = session.get(SweepDay, (kind, today))
                taken, confirmed = (day.taken, day.confirmed) if day else (0, 0)
                limit = limit_of(days_before(session, kind, today), confirmed, FLOOR[kind])
                stop = judge_clocks(moments) or judge_step(before, at, monotonic) or judge_count(due(session, at), taken, limit)  # fmt: skip
        if row is not None:
            return self._go_on(row, kind, at, take)
        if stop is not None:
            with self._store.write() as session:
                do_stop(session, kind, stop, at)
            return 0
        went = take(at)
        with self._store.write() as session:
            count(session, kind, today, went, at, confirmed=False)
        return went

    def _go_on(self, row: SweepStop, kind: Kind, at: float, take: Callable[[float], int]) -> int:
        """What a person let go, and no more; else it rings."""
        self._before.pop(kind, None)  # the clocks were looked at
        if row.state != "go" or row.cut_at is None:
            with self._store.write() as session:
                do_ring(session, session.get_one(SweepStop, row.number), at)
            return 0
        went = take(row.cut_at)
        with self._store.write() as session:
            session.execute(update(SweepStop).where(SweepStop.number == row.number).values(state="done"))
            count(session, kind, county_day(at), went, at, confirmed=True)
            feed.push(session, "sweep", str(row.number), at=at)
        return went
