"""Records that processes follow leave the database through this table: the writer's transaction holds row, audit and outbox row, and
gives the record its version (`lianqin.stamps`). The relay publishes at least once; Redis takes what is newer than its own
(`lianqin.followed`), so that consoles may race. What Redis lacks, or has of an older epoch or version, is published again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import redis
import structlog
from sqlalchemy import BigInteger, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin import followed, keys
from lianqin.clock import Clock, SystemClock
from lianqin.db import Base, Store
from lianqin.followed import FollowedContents, PublishOutcome, Put
from lianqin.records import Camera, Device, encode
from lianqin.stamps import Stamp, epoch_of, give_version, raise_epoch, versions_of
from lianqin.storing import Replicas

log = structlog.get_logger(__name__)
Kind = Literal["camera", "device"]
KINDS: Final[tuple[Kind, ...]] = ("camera", "device")
Current = Callable[[Session], Mapping[str, Camera | Device]]
Count = Callable[[Session], int]
COMPARE_EVERY_S: Final = 30.0
"""Redis is compared with the database when it changed otherwise than by this relay, and this often all the same."""


class OutboxRow(Base):
    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[str] = mapped_column(String(80))
    body: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")


def put(session: Session, kind: Kind, record_id: str, record: Camera | Device | None) -> None:
    """The record changed (None: it is gone); it will be published when the transaction commits."""
    version = give_version(session, kind, record_id)
    body = encode(record).decode() if record else None
    session.add(OutboxRow(kind=kind, record_id=record_id, body=body, version=version))


def do_begin_epoch(session: Session, client: redis.Redis, at: float) -> int:
    """The database went back in time, as by a restore: what it has now counts from here on, whatever was published since. `at`: epoch
    seconds. Redis' errors pass through."""
    return raise_epoch(session, at, above=followed.read_epoch(client, KINDS))


class Relay:
    """Moves outbox rows to Redis. `run_once` is called again and again; several replicas may run one each."""

    def __init__(self, store: Store, client: redis.Redis, current: Mapping[Kind, Current], *, counts: Mapping[Kind, Count] | None = None,
                 replicas: int = 0, clock: Clock | None = None) -> None:  # fmt: skip
        """`counts`: how many records `current` would give; with it a kind is compared without making its records where all stamps agree.
        `replicas`: so many of Redis' are to have a row before it is forgotten here."""
        self._counts = counts or {}
        self._store, self._redis, self._current, self._replicas = store, client, current, Replicas(replicas)
        self._clock = clock or SystemClock()
        self._seen: dict[str, bytes] = {}
        """By kind: Redis' change number when it was found to be as the database is."""
        self._compared_at, self._epoch = -1e9, 0
        self._older: set[str] = set()
        """Kinds of which Redis has all of a newer epoch."""

    def run_once(self) -> int:
        """Publish what waits and what Redis lacks; returns how many rows went. Redis' errors and Unconfirmed pass through (the caller
        retries): what was not confirmed is published again, to the same effect. While Redis has records of a newer epoch nothing is
        published and rows wait: this database is not the one that counts."""
        self._replicas.look(self._redis)
        self._compare_all()
        if self._older:
            return 0
        with self._store.read() as session:
            epoch = epoch_of(session)
            rows = list(session.scalars(select(OutboxRow).order_by(OutboxRow.version).limit(500)))
        if epoch != self._epoch:
            self._compared_at = -1e9  # begun anew meanwhile: all goes in the next round
        if not rows:
            return 0
        epoch = epoch or self._begin()
        for kind in {row.kind for row in rows}:
            self._publish_rows(kind, epoch, [row for row in rows if row.kind == kind])
        with self._store.write() as session:
            # By their own numbers: a row that came meanwhile may have any `seq`.
            session.execute(delete(OutboxRow).where(OutboxRow.version.in_([row.version for row in rows])))
        return len(rows)

    def _publish_rows(self, kind: str, epoch: int, rows: Sequence[OutboxRow]) -> None:
        puts = [Put(row.record_id, row.version, (row.body or "").encode()) for row in rows]
        done = self._put(kind, epoch, puts, whole=False)
        if done.before == self._seen.get(kind) and not done.newer:
            self._seen[kind] = done.after
        # Else it is compared in the next round: somebody else wrote, or Redis is not what it was.

    def _compare_all(self) -> None:
        now = self._clock.monotonic()
        due = now - self._compared_at >= COMPARE_EVERY_S
        for kind, current in self._current.items():
            if due or self._redis.get(keys.followed_version(kind)) != self._seen.get(kind, b""):
                self._seen.pop(kind, None)
                self._compare(kind, current)
        if due:
            self._compared_at = now

    def _compare(self, kind: Kind, current: Current) -> None:
        """Redis first: all it has was committed before it is looked for in the database."""
        if self._agrees(kind):
            return
        held = followed.read(self._redis, kind)
        with self._store.read() as session:
            epoch = epoch_of(session)
            # Versions first: a record may then be newer than its version says, and comes again with its own; never older.
            versions = versions_of(session, kind)
            records = current(session)
        epoch = epoch or self._begin()
        if (held.epoch or 0) > epoch:
            self._tell_older(kind, held, epoch)
            return
        self._older.discard(kind)
        if name := _set_back(held, epoch, versions):
            epoch = self._raise(epoch, f"Redis has {name} of a later version")
        self._epoch = epoch
        whole = (held.epoch or 0) < epoch
        puts = [
            Put(name, versions.get(name, 0), encode(records[name]) if name in records else b"")
            for name in versions.keys() | records.keys()
            if whole or _lacks(held, name, Stamp(epoch, versions.get(name, 0)), is_there=name in records)
        ]
        if puts or whole or held.change is None:
            done = self._put(kind, epoch, puts, whole=whole)
            log.info("followed_published", kind=kind, count=len(puts), epoch=epoch, whole=whole, newer_there=done.newer)
            if done.before == (held.change or b"") and not done.newer:
                self._seen[kind] = done.after
        else:
            self._seen[kind] = held.change

    def _agrees(self, kind: Kind) -> bool:
        """Redis has all of it, and no other: told by stamps and counts, since the records of a county take seconds to make."""
        count = self._counts.get(kind)
        if count is None:
            return False
        there = followed.read_outline(self._redis, kind)
        with self._store.read() as session:
            epoch, versions, records = epoch_of(session), versions_of(session, kind), count(session)
        same = (
            there.change is not None
            and there.epoch == epoch
            and there.bodies == records
            and versions.keys() <= there.stamps.keys()
            and all(stamp == (epoch, versions.get(name, 0)) for name, stamp in there.stamps.items())
        )
        if same and there.change is not None:
            self._older.discard(kind)
            self._epoch, self._seen[kind] = epoch, there.change
        return same

    def _put(self, kind: str, epoch: int, puts: Sequence[Put], *, whole: bool) -> PublishOutcome:
        return followed.put(self._redis, self._replicas, kind, epoch, puts, whole=whole)

    def _begin(self) -> int:
        above = followed.read_epoch(self._redis, KINDS)
        with self._store.write() as session:
            return raise_epoch(session, self._clock.at_database(session), above=above, seen=0)

    def _raise(self, epoch: int, why: str) -> int:
        above = followed.read_epoch(self._redis, KINDS)
        with self._store.write() as session:
            raised = raise_epoch(session, self._clock.at_database(session), above=above, seen=epoch)
        log.error("followed_epoch_raised", before=epoch, epoch=raised, why=why)
        return raised

    def _tell_older(self, kind: str, held: FollowedContents, epoch: int) -> None:
        if kind not in self._older:
            log.error(
                "followed_epoch_older", kind=kind, database=epoch, redis=held.epoch,
                mend="another database publishes to this Redis: end its console, or this one; where this one was restored by other "
                "tools, run `python -m console epoch`",
            )  # fmt: skip
        self._older.add(kind)
        self._seen[kind] = held.change or b""


def _set_back(held: FollowedContents, epoch: int, versions: Mapping[str, int]) -> str:
    """A record that Redis has of a later version than the database ever gave it, which must then be an older copy of itself; empty:
    none."""
    newer = (name for name, stamp in held.stamps.items() if stamp > Stamp(epoch, versions.get(name, 0)))
    return next(newer, "")


def _lacks(held: FollowedContents, name: str, stamp: Stamp, *, is_there: bool) -> bool:
    found = held.stamps.get(name)
    return found is None or found < stamp or (found == stamp and is_there and name not in held.bodies)
