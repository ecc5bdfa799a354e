"""Append-only rows chained by hashes: whoever changes, removes or slips in a row changes every hash after it (docs/adr/0016).

A row's line is the JSON of its columns, and `hash` = SHA-256 of the former row's hash as 64 hex digits, a line feed, the line. Rows are
numbered and hashed as they are flushed, under the lock that puts numbered rows in order, so that several processes write one chain. A row
without a hash was written by an older program: it counts in the chain by its line all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec
from sqlalchemy import JSON, Boolean, Column, Float, Index, String, Table, event, func, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin.db import JSON_BY, Base, Double, append_only, in_order
from lianqin.lengths import HASH
from lianqin.texts import storable

START: Final = "0" * HASH
"""What the first row follows."""
ChainName = Literal["audit", "points", "draws"]
SealKind = Literal["begun", "hour", "taken", "cut"]


class ChainHead(msgspec.Struct, frozen=True):
    """A row's number and hash; number 0 and START before the first."""

    seq: int
    hash: str


class Chain(msgspec.Struct, frozen=True):
    """`columns`: what a line holds; more columns that a table gets later don't count."""

    name: ChainName
    row: type[Any]
    columns: tuple[str, ...]

    @property
    def table(self) -> Table:
        return cast("Table", self.row.__table__)


CHAINS: Final[dict[ChainName, Chain]] = {}
"""Filled by the modules of the tables."""


class Seal(Base):
    """A chain's hash at a row, kept where it can be compared. Append-only, and handed out: what lies in this database alone proves nothing
    against its owner. `begun`: what stood there was chained, and is trusted from then on; `hour`; `taken`: asked for by a person; `cut`: the
    rows up to there were removed at their lawful end, and the chain goes on from this hash."""

    __tablename__ = "seal"
    __table_args__ = (Index("ix_seal_chain", "chain", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    chain: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(HASH))
    at: Mapped[float] = mapped_column(Double)
    removed: Mapped[int] = mapped_column(default=0)
    """Of a cut: how many rows went."""


append_only(cast("Table", Seal.__table__))


def chained(name: ChainName, row: type[Any], columns: Sequence[str]) -> None:
    """Rows of that class are chained from now on."""
    CHAINS[name] = Chain(name, row, tuple(columns))


def line_of(table: Table, columns: Iterable[str], values: Mapping[Any, Any]) -> bytes:
    """The row's line: JSON in UTF-8, keys in order, no spaces, nothing escaped that need not be; numbers as Python writes them (the
    shortest form that reads back the same)."""
    told = {name: _plain(table.c[name], values[name]) for name in columns}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def follow(former: str, line: bytes) -> str:
    """The hash of the row with that line after a row of that hash."""
    return hashlib.sha256(former.encode() + b"\n" + line).hexdigest()


def _plain(column: Column[Any], value: Any) -> Any:
    """As both databases give it back."""
    if value is None:
        return None
    if isinstance(column.type, JSON):
        return JSON_BY["json_deserializer"](JSON_BY["json_serializer"](value))
    if isinstance(column.type, Float):
        return float(value)
    if isinstance(column.type, Boolean):
        return bool(value)
    return storable(value) if isinstance(value, str) else value


def start_of(session: Session, name: ChainName) -> ChainHead:
    """What the oldest row follows: the newest cut, or nothing."""
    query = select(Seal.seq, Seal.hash).where(Seal.chain == name, Seal.kind == "cut").order_by(Seal.number.desc())
    found = session.execute(query.limit(1)).first()
    return ChainHead(found.seq, found.hash) if found else ChainHead(0, START)


def head_of(session: Session, chain: Chain) -> ChainHead:
    """The newest row, with what older programs wrote without a hash counted in. Another writer can't be between this and the end of the
    transaction where the caller holds `in_order`."""
    table = chain.table
    newest = session.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    if newest is None:
        return start_of(session, chain.name)
    if newest.hash is not None:
        return ChainHead(newest.seq, newest.hash)
    hashed = select(table.c.seq, table.c.hash).where(table.c.hash.is_not(None)).order_by(table.c.seq.desc())
    known = session.execute(hashed.limit(1)).first()
    head = ChainHead(known.seq, known.hash) if known else start_of(session, chain.name)
    query = select(*(table.c[name] for name in chain.columns)).where(table.c.seq > head.seq).order_by(table.c.seq)
    for values in session.execute(query).mappings():
        head = ChainHead(values["seq"], follow(head.hash, line_of(table, chain.columns, values)))
    return head


@event.listens_for(Session, "before_flush")
def _join(session: Session, _context: Any, _instances: Any) -> None:
    for chain in CHAINS.values():
        rows = [one for one in session.new if isinstance(one, chain.row)]
        if rows:
            _append(session, chain, sorted(rows, key=lambda one: inspect(one).insert_order))


def _append(session: Session, chain: Chain, rows: Sequence[Any]) -> None:
    in_order(session)
    head = head_of(session, chain)
    for row in rows:
        for name in chain.columns:
            _fill(row, chain.table.c[name])
        row.seq = head.seq + 1
        line = line_of(chain.table, chain.columns, {name: getattr(row, name) for name in chain.columns})
        row.hash = follow(head.hash, line)
        head = ChainHead(row.seq, row.hash)
    if (
        session.get_bind().dialect.name == "postgresql"
    ):  # a program of before, which still counts by it, goes on behind us
        session.execute(select(func.setval(func.pg_get_serial_sequence(chain.table.name, "seq"), head.seq)))


def _fill(row: Any, column: Column[Any]) -> None:
    """What the column would be given by its default anyway."""
    if getattr(row, column.key) is None and column.default is not None and column.default.is_scalar:
        setattr(row, column.key, cast("Any", column.default).arg)
    elif getattr(row, column.key) is None and column.default is not None and column.default.is_callable:
        setattr(row, column.key, cast("Any", column.default).arg(None))
