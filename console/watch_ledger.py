"""The watch ledger kept: a letter for each camera and minute (see `lianqin.watch`), an hour a row.

Workers tell each minute once it is over; told again it changes nothing. Where two workers had a camera in one minute, their
parts are added up; where both watched it all the while (Redis was away), the better account stands. A minute of which
nobody told within `PATIENCE_MIN` was seen by no worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from console.tables import WatchHour
from lianqin.clock import COUNTY_ZONE
from lianqin.records import WatchMinute
from lianqin.watch import BLIND, LETTERS, OFF, REDUCED, UNTOLD, WATCHED, add_up, letter_of

PATIENCE_MIN: Final = 2
"""Minutes after which an untold one counts as blind: a worker tells within seconds, through its spool when Redis is back."""
WHOLE_S: Final = 58.5
_BEST: Final = (WATCHED, REDUCED, OFF)


class Day(msgspec.Struct, frozen=True):
    """One camera's day: a letter a minute from local midnight on, up to now; pictures due, looked at and dropped."""

    camera_id: str
    line: str
    due: int
    looked: int
    dropped: int


def take(session: Session, minutes: Sequence[WatchMinute]) -> None:
    """Into the caller's transaction."""
    by_hour: dict[tuple[str, int], list[WatchMinute]] = defaultdict(list)
    for one in minutes:
        by_hour[one.camera_id, one.minute // 60].append(one)
    rows = {
        (row.camera_id, row.hour): row
        for row in session.scalars(
            select(WatchHour).where(tuple_(WatchHour.camera_id, WatchHour.hour).in_(list(by_hour)))
        )
    }
    for key, told in by_hour.items():
        row = rows.get(key)
        if row is None:
            row = WatchHour(camera_id=key[0], hour=key[1], letters=UNTOLD * 60, looks=[[0, 0, 0]] * 60, parts={})
            session.add(row)
        _enter(row, told)
    session.flush()


def _enter(row: WatchHour, told: Iterable[WatchMinute]) -> None:
    letters, looks, parts = list(row.letters), list(row.looks), dict(row.parts)
    for one in told:
        place, name = one.minute % 60, str(one.minute % 60)
        alone = add_up([one])
        whole = alone.told_s >= WHOLE_S
        if not whole:
            kept = dict(parts.get(name, {}))
            kept[one.worker] = msgspec.to_builtins(one)
            parts[name] = kept
            alone = add_up(msgspec.convert(list(kept.values()), list[WatchMinute]))
        letter = letter_of(alone)
        if letters[place] == UNTOLD or _better(letter, letters[place]):
            letters[place] = letter
        if alone.looked >= looks[place][1]:
            looks[place] = [alone.due, alone.looked, alone.dropped]
        if whole:
            parts.pop(name, None)
    row.letters, row.looks, row.parts = "".join(letters), looks, parts


def _better(letter: str, than: str) -> bool:
    rank = {one: n for n, one in enumerate(_BEST)}
    return rank.get(letter, len(_BEST)) < rank.get(than, len(_BEST))


def bounds(day: str) -> tuple[int, int]:
    """First minute of a county day and the first of the next one, epoch minutes. Raises ValueError."""
    begins = int(datetime.fromisoformat(day).replace(tzinfo=COUNTY_ZONE).timestamp()) // 60
    return begins, begins + 1440


def days(session: Session, camera_ids: Sequence[str], day: str, now: float) -> dict[str, Day]:
    """That day of each camera, cut at the minute that is complete. What comes before a camera's first account is `-`."""
    begin, end = bounds(day)
    rows: dict[str, dict[int, WatchHour]] = defaultdict(dict)
    hours = range(begin // 60, (end - 1) // 60 + 1)
    for row in session.scalars(
        select(WatchHour).where(WatchHour.camera_id.in_(camera_ids), WatchHour.hour.in_(list(hours)))
    ):
        rows[row.camera_id][row.hour] = row
    first = _first_hours(session, camera_ids)
    return {one: _day(one, rows[one], first.get(one), _Span(begin, end, now)) for one in camera_ids}


def _first_hours(session: Session, camera_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(WatchHour.camera_id, func.min(WatchHour.hour))
        .where(WatchHour.camera_id.in_(camera_ids))
        .group_by(WatchHour.camera_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


class _Span(msgspec.Struct, frozen=True):
    """Epoch minutes of a day, and the moment of the look."""

    begin: int
    end: int
    now: float


def _day(camera_id: str, rows: Mapping[int, WatchHour], first_hour: int | None, span: _Span) -> Day:
    begin, end, now = span.begin, span.end, span.now
    until = min(end, int(now // 60))
    line = "".join(rows[hour].letters if hour in rows else UNTOLD * 60 for hour in range(begin // 60, end // 60 + 1))
    line = line[begin % 60 :][: max(0, until - begin)]
    settled = max(0, int(now // 60) - PATIENCE_MIN - begin)
    began = len(line) if first_hour is None else max(0, first_hour * 60 - begin)
    if first_hour in rows and first_hour is not None:  # its first hour begins with its first account
        begun = next((n for n, one in enumerate(rows[first_hour].letters) if one != UNTOLD), 0)
        began += begun + (str(begun) in rows[first_hour].parts)  # a first minute that is not whole counts for nothing
    line = OFF * min(began, len(line)) + line[began:]
    line = line[:settled].replace(UNTOLD, LETTERS["no_worker"]) + line[settled:]
    due = looked = dropped = 0
    for row in rows.values():
        for minute, one in enumerate(row.looks):
            if begin <= row.hour * 60 + minute < until:
                due, looked, dropped = due + one[0], looked + one[1], dropped + one[2]
    return Day(camera_id, line, due, looked, dropped)


def legend() -> dict[str, str]:
    """What each letter stands for: `watched`, `reduced`, `off`, `untold`, or the reason why it was blind."""
    told: dict[str, Any] = {WATCHED: "watched", REDUCED: "reduced", OFF: "off", UNTOLD: "untold"}
    return told | dict(BLIND)
