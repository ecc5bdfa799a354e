"""What tells which of two copies of a followed record is newer: the database's epoch, then the record's version within it.

The epoch says which run of history a record is of. It is the moment (epoch seconds, by the database's clock) at which that history
began, and rises when a database is made, or restored from an older copy: what was published of the history that was lost is older
then, however high its versions. A version is one number for all followed records together, given in the transaction that writes
the record, under the lock that holds such rows in order; so it rises with each commit, also for a record removed and added again.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lianqin.db import Base, in_order

_STAMP: Final = re.compile(rb"(\d{1,15}):(\d{1,15})")


class Stamp(NamedTuple):
    """Compares as records do: the higher epoch is newer, within it the higher version."""

    epoch: int
    version: int


UNSTAMPED: Final = Stamp(0, 0)
"""Of a record that a program before the epochs published."""


def read_stamp(raw: bytes | None) -> Stamp:
    """As Redis holds it, `epoch:version`; what is none is `UNSTAMPED`."""
    found = _STAMP.fullmatch(raw or b"")
    return Stamp(int(found[1]), int(found[2])) if found else UNSTAMPED


class FollowedState(Base):
    """One row: the epoch (0: not begun yet) and the last version given."""

    __tablename__ = "followed_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)


class FollowedVersion(Base):
    """The version of each record that was ever published by a write; it stays when the record goes, and says then when."""

    __tablename__ = "followed_version"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


_ONLY: Final = 1


def give_version(session: Session, kind: str, record_id: str) -> int:
    """The record is written by this transaction: its version from now on."""
    in_order(session)
    raised = update(FollowedState).values(version=FollowedState.version + 1).returning(FollowedState.version)
    version = session.scalar(raised)
    if version is None:
        version = 1
        session.add(FollowedState(id=_ONLY, epoch=0, version=version))
    session.merge(FollowedVersion(kind=kind, record_id=record_id, version=version))
    session.flush()
    return version


def epoch_of(session: Session) -> int:
    """0 until `begin_epoch`."""
    return session.scalar(select(FollowedState.epoch)) or 0


def versions_of(session: Session, kind: str) -> dict[str, int]:
    """By record id; a record that no write has published since the epochs has none (0)."""
    asked = select(FollowedVersion.record_id, FollowedVersion.version).where(FollowedVersion.kind == kind)
    rows: Any = session.execute(asked)
    return dict(rows.all())


def raise_epoch(session: Session, at: float, *, above: int = 0, seen: int | None = None) -> int:
    """A new history begins: returns its epoch, higher than the database's own and `above`. `at`: epoch seconds. `seen`: not when
    the epoch is another one already, since somebody else has raised it."""
    in_order(session)
    state = session.get(FollowedState, _ONLY, populate_existing=True)
    if state is None:
        state = FollowedState(id=_ONLY, epoch=0, version=0)
        session.add(state)
    if seen is None or state.epoch == seen:
        state.epoch = max(state.epoch + 1, above + 1, int(at))
    session.flush()
    return state.epoch
