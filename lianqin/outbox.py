"""Records that processes follow leave the database through this table: the writer's transaction holds row, audit and
outbox row; the relay publishes at least once, in order, and publishes all current ones again when Redis is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import redis
from sqlalchemy import String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin import keys
from lianqin.db import Base, Store, in_order
from lianqin.records import Camera, Device, encode
from lianqin.storing import Replicas, answers_of

Kind = Literal["camera", "device"]
Current = Callable[[Session], Mapping[str, Camera | Device]]


class OutboxRow(Base):
    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[str] = mapped_column(String(80))
    body: Mapped[str | None] = mapped_column(Text)


def put(session: Session, kind: Kind, record_id: str, record: Camera | Device | None) -> None:
    """The record changed (None: it is gone); it will be published when the transaction commits."""
    in_order(session)
    session.add(OutboxRow(kind=kind, record_id=record_id, body=encode(record).decode() if record else None))


class Relay:
    """Moves outbox rows to Redis. `run_once` is called again and again; several replicas may run one each."""

    def __init__(
        self, store: Store, client: redis.Redis, current: Mapping[Kind, Current], *, replicas: int = 0
    ) -> None:
        """`replicas`: so many of Redis' are to have a row before it is forgotten here."""
        self._store, self._redis, self._current, self._replicas = store, client, current, Replicas(replicas)

    def run_once(self) -> int:
        """Publish what waits; returns how many rows went. Redis' errors and Unconfirmed pass through (the caller
        retries): what was not confirmed is published again, to the same effect."""
        for kind, current in self._current.items():
            if not self._redis.exists(keys.followed_version(kind)):
                self._publish_all(kind, current)
        with self._store.read() as session:
            rows = list(session.scalars(select(OutboxRow).order_by(OutboxRow.seq).limit(500)))
        if not rows:
            return 0
        pipe = self._begin()
        for row in rows:
            if row.body is None:
                pipe.hdel(keys.followed(row.kind), row.record_id)
            else:
                pipe.hset(keys.followed(row.kind), row.record_id, row.body)
        for changed in {row.kind for row in rows}:
            pipe.incr(keys.followed_version(changed))
        self._send(pipe)
        with self._store.write() as session:
            session.execute(delete(OutboxRow).where(OutboxRow.seq <= rows[-1].seq))
        return len(rows)

    def _publish_all(self, kind: Kind, current: Current) -> None:
        with self._store.read() as session:
            records = current(session)
        pipe = self._begin()
        pipe.delete(keys.followed(kind))
        if records:
            body: Any = {name: encode(record) for name, record in records.items()}
            pipe.hset(keys.followed(kind), mapping=body)
        pipe.incr(keys.followed_version(kind))
        self._send(pipe)

    def _begin(self) -> Any:
        """A transaction of our own making: WAIT within the client's would not wait."""
        self._replicas.look(self._redis)
        pipe: Any = self._redis.pipeline(transaction=False)
        pipe.execute_command("MULTI")
        return pipe

    def _send(self, pipe: Any) -> None:
        pipe.execute_command("EXEC")
        self._replicas.ask(pipe)
        answers = answers_of(pipe)
        if self._replicas.wanted:
            self._replicas.heard(answers[-1])
