"""Times in which the platform itself received nothing: one named gap of the station, and no guard's.

Three guards and more who spoke within a minute do not all fall silent for three minutes at once: then it was the network, the
intake or the machine. It is found by the arrivals of what was received; each stretch is a row (`PlatformSilence`), and the
facts of every shift leave it out of the guard's own gaps.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed, keys
from patrol.duty.shifts import ended_after
from patrol.duty.tables import PlatformSilence, Shift
from patrol.judging.facts import Gap

LEAST_S: Final = 180.0
"""Nothing from anybody for so long."""
JUST_S: Final = 60.0
"""Who spoke so shortly before was sending; at four fixes a minute each of them would have spoken twelve times meanwhile."""
GUARDS: Final = 3
"""So many of them at least: one or two phones may well fail together."""
SYSTEM: Final = audit.system("patrol")

Arrival = tuple[float, str]
"""When something arrived, and whose it was (guard id)."""


class Silence(msgspec.Struct, frozen=True):
    """Nothing was received between these (epoch seconds) though these guards had just spoken."""

    from_at: float
    to_at: float
    guard_ids: tuple[str, ...]


def silences(arrivals: Iterable[Arrival], heard: Mapping[str, float]) -> list[Silence]:
    """Stretches of `LEAST_S` and more without an arrival; `heard`: when each guard was last heard before. Pure."""
    last, found = dict(heard), []
    newest = max(last.values(), default=None)
    for at, guard_id in sorted(arrivals):
        if newest is not None and at - newest >= LEAST_S:
            spoke = tuple(sorted(one for one, when in last.items() if newest - when <= JUST_S))
            if len(spoke) >= GUARDS:
                found.append(Silence(newest, at, spoke))
        last[guard_id] = max(at, last.get(guard_id, at))
        newest = at if newest is None else max(newest, at)
    return found


def heard(client: redis.Redis) -> dict[str, float]:
    """When each guard was last heard, of what the worker has dealt with. Redis errors pass through."""
    raw = cast("dict[bytes, bytes]", cast("Any", client.hgetall(keys.heard())))
    return {guard_id.decode(): float(at) for guard_id, at in raw.items()}


def keep_heard(client: redis.Redis, known: dict[str, float], arrivals: Iterable[Arrival]) -> None:
    """Note them, in Redis and in `known`; the newest stands. Redis errors pass through."""
    newer: dict[str, float] = {}
    for at, guard_id in arrivals:
        if at > newer.get(guard_id, known.get(guard_id, 0.0)):
            newer[guard_id] = at
    if newer:
        client.hset(keys.heard(), mapping=cast("Any", {one: repr(at) for one, at in newer.items()}))
        known.update(newer)


def do_note(session: Session, found: Silence, at: float) -> list[str]:
    """Write it down, if `GUARDS` of those who had spoken were still on shift once it was plain. Returns the shifts that ran
    meanwhile, whose facts it changes. Repeats change nothing."""
    plain = found.from_at + LEAST_S
    there = session.scalars(select(Shift.guard_id).where(
        Shift.guard_id.in_(found.guard_ids), Shift.opened_at <= found.from_at,
        ended_after(plain))).all()  # fmt: skip
    row_id = f"si-{int(found.from_at * 1000):012x}"
    if len(set(there)) < GUARDS or session.get(PlatformSilence, row_id) is not None:
        return []
    session.add(
        PlatformSilence(id=row_id, from_at=found.from_at, to_at=found.to_at, guards=len(set(there)), noted_at=at)
    )
    return _told(session, "note", row_id, Gap(found.from_at, found.to_at), at)


def do_split(session: Session, arrivals: Sequence[Arrival], at: float) -> list[str]:
    """Something did arrive within a silence (it waited in a spool or among late fixes): what is left of it stays. Returns
    the shifts that ran meanwhile."""
    if not arrivals:
        return []
    first, last = min(arrivals)[0], max(arrivals)[0]
    rows = session.scalars(
        select(PlatformSilence).where(PlatformSilence.from_at < last, PlatformSilence.to_at > first)
    ).all()
    changed: list[str] = []
    for row in rows:
        within = sorted({when for when, _ in arrivals if row.from_at < when < row.to_at})
        if not within:
            continue
        edges = [row.from_at, *within, row.to_at]
        guards = row.guards
        changed += _told(session, "split", row.id, Gap(row.from_at, row.to_at), at)
        session.delete(row)
        session.flush()
        for begins, ends in itertools.pairwise(edges):
            if ends - begins >= LEAST_S:
                session.add(PlatformSilence(
                    id=f"si-{int(begins * 1000):012x}", from_at=begins, to_at=ends, guards=guards, noted_at=at))  # fmt: skip
    return changed


def _told(session: Session, action: str, row_id: str, gap: Gap, at: float) -> list[str]:
    session.flush()
    audit.write(session, SYSTEM, f"silence.{action}", "platform", row_id, at=at, detail=msgspec.to_builtins(gap))
    feed.push(session, "roster", row_id, at=at)
    ran = select(Shift.id).where(Shift.opened_at < gap.to_at, ended_after(gap.from_at))
    return list(session.scalars(ran.order_by(Shift.id)))


def between(session: Session, from_at: float, to_at: float) -> list[Gap]:
    """The silences that touch that time, in order."""
    rows = session.execute(
        select(PlatformSilence.from_at, PlatformSilence.to_at)
        .where(PlatformSilence.from_at < to_at, PlatformSilence.to_at > from_at)
        .order_by(PlatformSilence.from_at)
    )
    return [Gap(*row) for row in rows]


def running(signs: Mapping[str, float], now: float) -> float | None:
    """Since when nothing has been received, where that is the platform's silence; `signs`: last arrival by guard on shift."""
    newest = max(signs.values(), default=None)
    if newest is None or now - newest < LEAST_S:
        return None
    return newest if sum(newest - at <= JUST_S for at in signs.values()) >= GUARDS else None
