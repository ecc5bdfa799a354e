"""Seals of the chains: a chain's hash at its newest row, each hour, handed out to where the database's owner can't change it.

`take_seals` -> `hand_out`: a line of the log, which a log collector takes to another machine, and a line of `seal_file`, which lies best
on another machine's disk. `cut` removes rows at their lawful end up to a seal; the chain goes on from there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import CursorResult, delete, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lianqin.chain import CHAINS, START, Chain, Seal, SealKind, head_of, start_of
from lianqin.db import Store, append_only_statements, in_order
from lianqin.decoding import from_json
from lianqin.errors import ConflictError, RecordError

log = structlog.get_logger(__name__)
HOUR: Final = 3600.0
TAIL: Final = 1 << 20
"""Bytes at the end of the file of seals that are looked at: years of hours."""
LEAST_DAYS: Final = 184
"""Rows are kept for six months at least (网络安全法 art. 23: network logs)."""


class SealLine(msgspec.Struct, frozen=True):
    """A seal as it is handed out; `at`: epoch seconds."""

    number: int
    chain: str
    kind: str
    seq: int
    hash: str
    at: float


def line_of_seal(seal: Seal) -> SealLine:
    return SealLine(seal.number, seal.chain, seal.kind, seal.seq, seal.hash, seal.at)


def newest(session: Session, chain: str) -> Seal | None:
    return session.scalar(select(Seal).where(Seal.chain == chain).order_by(Seal.number.desc()).limit(1))


class ChainStanding(msgspec.Struct, frozen=True):
    """A chain's newest row and its newest seal: 0 for no row, None for no seal."""

    chain: str
    seq: int
    seal: SealLine | None


def standings(session: Session) -> list[ChainStanding]:
    """Of every chain, by name."""
    found = [(name, head_of(session, CHAINS[name]), newest(session, name)) for name in sorted(CHAINS)]
    return [ChainStanding(name, head.seq, line_of_seal(seal) if seal else None) for name, head, seal in found]


def newest_seals(session: Session) -> list[SealLine]:
    """Of each chain that was sealed, by name: for paper."""
    found = [newest(session, name) for name in sorted(CHAINS)]
    return [line_of_seal(one) for one in found if one is not None]


def do_seal(session: Session, chain: Chain, kind: SealKind, at: float) -> Seal | None:
    """The chain's newest seal, a new one where rows came since; None for a chain without a row."""
    in_order(session)
    head, last = head_of(session, chain), newest(session, chain.name)
    if head.seq == 0 or (last is not None and last.hash == head.hash):
        return last
    seal = Seal(chain=chain.name, kind=kind, seq=head.seq, hash=head.hash, at=at)
    session.add(seal)
    session.flush()
    return seal


def do_take(session: Session, at: float) -> list[SealLine]:
    """All chains' heads now, by name, for a person to take away."""
    found = [do_seal(session, CHAINS[name], "taken", at) for name in sorted(CHAINS)]
    return [line_of_seal(one) for one in found if one is not None]


def take_seals(store: Store, at: float) -> list[SealLine]:
    """The same, in a transaction of its own."""
    with store.write() as session:
        return do_take(session, at)


class SealKeeper:
    """Seals each hour and hands the seals out. `file`: None where none is set."""

    def __init__(self, store: Store, file: Path | None) -> None:
        self._store, self._file = store, file
        self._told: int | None = None
        self._failed = False

    def run_once(self, at: float) -> int:
        """Seal what was not for an hour, hand out what was not handed out yet; returns how many lines. Raises UnavailableError."""
        self._seal(at)
        if self._told is None:
            try:
                self._told = self._already()
            except OSError as error:
                self._say(error)
                return 0
        with self._store.read() as session:
            query = select(Seal).where(Seal.number > self._told).order_by(Seal.number).limit(1000)
            lines = [line_of_seal(one) for one in session.scalars(query)]
        if lines and self._hand_out(lines):
            self._told = lines[-1].number
            return len(lines)
        return 0

    def _seal(self, at: float) -> None:
        with self._store.read() as session:
            due = [chain for chain in CHAINS.values() if self._is_due(session, chain, at)]
        for chain in due:
            with self._store.write() as session:
                do_seal(session, chain, "hour", at)

    @staticmethod
    def _is_due(session: Session, chain: Chain, at: float) -> bool:
        last = newest(session, chain.name)
        if last is not None and 0 <= at - last.at < HOUR:
            return False
        return head_of(session, chain).hash != (last.hash if last is not None else START)

    def _already(self) -> int:
        """The number of the last seal of ours that the file has: after a restore those beyond it are of what was lost. Without a file
        those of before this start are not logged again."""
        with self._store.read() as session:
            if self._file is None:
                return session.scalar(select(Seal.number).order_by(Seal.number.desc()).limit(1)) or 0
            for one in reversed(list(read_seals(self._file, tail=TAIL))):
                seal = session.get(Seal, one.number)
                if seal is not None and line_of_seal(seal) == one:
                    return one.number
        return 0

    def _hand_out(self, lines: list[SealLine]) -> bool:
        try:
            if self._file is not None:
                _append(self._file, lines)
        except OSError as error:
            self._say(error)
            return False
        self._failed = False
        for one in lines:
            log.info("sealed", **msgspec.structs.asdict(one))
        return True

    def _say(self, error: OSError) -> None:
        if not self._failed:
            log.error("seals_kept_here", file=str(self._file), why=error.strerror)
        self._failed = True


def _append(file: Path, lines: list[SealLine]) -> None:
    """Durable on return."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(handle, "ab") as out:
        for one in lines:
            out.write(msgspec.json.encode(one) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def read_seals(file: Path, *, tail: int | None = None) -> Iterator[SealLine]:
    """Of a file of seals, one a line; a line that is none is passed over. With `tail` (bytes at its end) a file that is not there has none.
    Raises OSError."""
    try:
        body = file.read_bytes()
    except FileNotFoundError:
        if tail is None:
            raise
        return
    for line in body[-tail:].splitlines() if tail else body.splitlines():
        try:
            yield from_json(line, SealLine)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue


def do_cut(session: Session, chain: Chain, before: float, at: float) -> Seal | None:
    """Remove the rows up to the newest seal that is older than `before` (epoch seconds); that seal is kept as what the next row follows.
    None: there is none to cut at. Who may is who owns the tables: raises ConflictError `audit.cut_owner` for the program's own role."""
    in_order(session)
    start = start_of(session, chain.name)
    query = select(Seal).where(Seal.chain == chain.name, Seal.kind != "cut", Seal.at < before, Seal.seq > start.seq)
    found = session.scalar(query.order_by(Seal.seq.desc()).limit(1))
    if found is None:
        return None
    table = chain.table
    with_hash = select(table.c.hash).where(table.c.seq == found.seq)
    if session.scalar(with_hash) != found.hash:
        raise RecordError("audit.cut_seal", f"row {found.seq} of {chain.name} is not the one that was sealed: "
                          "`python -m console audit verify` says what differs", seq=found.seq)  # fmt: skip
    _lift(session, table.name)
    removed = session.execute(delete(table).where(table.c.seq <= found.seq))
    _put_back(session, table.name)
    cut = Seal(chain=chain.name, kind="cut", seq=found.seq, hash=found.hash, at=at,
               removed=removed.rowcount if isinstance(removed, CursorResult) else 0)  # fmt: skip
    session.add(cut)
    session.flush()
    return cut


def _lift(session: Session, table: str) -> None:
    statement = f"DROP TRIGGER {table}_no_DELETE"
    if session.get_bind().dialect.name == "postgresql":
        statement = f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_delete"
    try:
        session.execute(text(statement))
    except DBAPIError as error:
        raise ConflictError(
            "audit.cut_owner",
            f"only who owns the tables can cut: name that role in LIANQIN_DATABASE_URL ({error.orig})",
        ) from error


def _put_back(session: Session, table: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_delete"))
    else:
        session.execute(text(append_only_statements(table, "sqlite")[1]))


def facts_of(seals: list[SealLine]) -> dict[str, Any]:
    """For a register row: each chain's number and hash."""
    return {one.chain: f"{one.seq}:{one.hash}" for one in seals}
