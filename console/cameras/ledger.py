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
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from console.cameras.tables import CameraRow, WatchHour
from lianqin.clock import COUNTY_ZONE
from lianqin.decoding import from_plain
from lianqin.records import WatchMinute
from lianqin.watch import BLIND, LETTERS, OFF, REDUCED, UNTOLD, WATCHED, add_up, letter_of

PATIENCE_MIN: Final = 2
"""Minutes after which an untold one counts as blind: a worker tells within seconds, through its spool when Redis is back."""
WHOLE_S: Final = 58.5
_BEST: Final = (WATCHED, REDUCED, OFF)


class LookCounts(msgspec.Struct, frozen=True):
    """Pictures of a camera's day: due, looked at by the detector, and dropped."""

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
    _begin(session, minutes)
    session.flush()


def _begin(session: Session, minutes: Sequence[WatchMinute]) -> None:
    """A camera's account begins with its first minute that is whole, or the one after a part."""
    first: dict[str, int] = {}
    for one in minutes:
        begins = one.minute + (add_up([one]).told_s < WHOLE_S)
        first[one.camera_id] = min(begins, first.get(one.camera_id, begins))
    for camera in session.scalars(
        select(CameraRow).where(CameraRow.id.in_(list(first)), CameraRow.watched_since.is_(None))
    ):
        camera.watched_since = first[camera.id] * 60.0


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
            alone = add_up(from_plain(list(kept.values()), list[WatchMinute]))
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


class _Span(msgspec.Struct, frozen=True):
    """Epoch minutes of a day, and the moment of the look."""

    begin: int
    end: int
    now: float

    @property
    def hours(self) -> range:
        return range(self.begin // 60, (self.end - 1) // 60 + 1)

    @property
    def until(self) -> int:
        """The minute that is not over yet, or the day's end."""
        return min(self.end, int(self.now // 60))


def lines(session: Session, day: str, now: float, camera_id: str | None = None) -> dict[str, str]:
    """Every camera's day, or one's: a letter a minute up to now. What lies before a camera's first account is `-`."""
    span = _Span(*bounds(day), now)
    letters: dict[str, dict[int, str]] = defaultdict(dict)
    query = select(WatchHour.camera_id, WatchHour.hour, WatchHour.letters)
    cameras = select(CameraRow.id, CameraRow.watched_since).order_by(CameraRow.id)
    if camera_id is not None:
        query, cameras = query.where(WatchHour.camera_id == camera_id), cameras.where(CameraRow.id == camera_id)
    for row in session.execute(query.where(WatchHour.hour.between(span.hours[0], span.hours[-1]))):
        letters[row.camera_id][row.hour] = row.letters
    return {row.id: _line(letters[row.id], row.watched_since, span) for row in session.execute(cameras)}


def _line(letters: Mapping[int, str], since: float | None, span: _Span) -> str:
    line = "".join(letters.get(hour, UNTOLD * 60) for hour in span.hours)
    line = line[span.begin % 60 :][: max(0, span.until - span.begin)]
    began = len(line) if since is None else max(0, int(since // 60) - span.begin)
    line = OFF * min(began, len(line)) + line[began:]
    settled = max(0, int(span.now // 60) - PATIENCE_MIN - span.begin)
    return line[:settled].replace(UNTOLD, LETTERS["no_worker"]) + line[settled:]


def looks(session: Session, camera_ids: Sequence[str], day: str, now: float) -> dict[str, LookCounts]:
    """Pictures of that day, for some cameras."""
    span = _Span(*bounds(day), now)
    found = dict.fromkeys(camera_ids, LookCounts(0, 0, 0))
    query = select(WatchHour.camera_id, WatchHour.hour, WatchHour.looks).where(
        WatchHour.camera_id.in_(camera_ids), WatchHour.hour.between(span.hours[0], span.hours[-1])
    )
    for row in session.execute(query):
        told = [one for n, one in enumerate(row.looks) if span.begin <= row.hour * 60 + n < span.until]
        before = found[row.camera_id]
        found[row.camera_id] = LookCounts(
            before.due + sum(one[0] for one in told), before.looked + sum(one[1] for one in told),
            before.dropped + sum(one[2] for one in told),
        )  # fmt: skip
    return found


def legend() -> dict[str, str]:
    """What each letter stands for: `watched`, `reduced`, `off`, `untold`, or the reason why it was blind."""
    told: dict[str, Any] = {WATCHED: "watched", REDUCED: "reduced", OFF: "off", UNTOLD: "untold"}
    return told | dict(BLIND)
