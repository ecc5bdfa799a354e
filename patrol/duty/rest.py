"""Rest between shifts and hours a week: may this shift be planned beside those that a guard has? Pure functions.

Sources, honestly: 劳动法 art. 36 (8 h a day, 44 h a week on average), art. 38 (a day off a week), art. 41 (overtime 1 h a day,
3 h for special reasons, 36 h a month); art. 39 lets units with approved special working hours (which many security units
have) differ. No article names a least rest between two shifts: the 8 h are this project's default, for a county to set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from lianqin.clock import COUNTY_ZONE

TOUCHING_S: Final = 60.0
"""Entries so near to each other are one stretch of work."""
LONGEST_STRETCH_S: Final = 12 * 3600.0
"""Of entries that follow one another without a rest."""


class RestRules(msgspec.Struct, frozen=True):
    """Seconds."""

    least_rest_s: float = 8 * 3600.0
    most_week_s: float = 52 * 3600.0


class Work(msgspec.Struct, frozen=True, order=True):
    """Planned from, to (epoch seconds)."""

    from_at: float
    to_at: float


class Breach(msgspec.Struct, frozen=True):
    """A rule that would be broken: `roster.rest` {minutes, hours}, `roster.stretch` {hours, most}, `roster.week` {hours,
    most}."""

    key: str
    values: dict[str, float]


def week_of(at: float) -> Work:
    """Monday 00:00 to the next, in the county."""
    day = datetime.fromtimestamp(at, COUNTY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = day - timedelta(days=day.weekday())
    return Work(monday.timestamp(), (monday + timedelta(days=7)).timestamp())


def stretches(works: Iterable[Work]) -> list[Work]:
    """Those that touch or overlap are one."""
    found: list[Work] = []
    for one in sorted(works):
        if found and one.from_at - found[-1].to_at <= TOUCHING_S:
            found[-1] = Work(found[-1].from_at, max(found[-1].to_at, one.to_at))
        else:
            found.append(one)
    return found


def breaches(new: Work, others: Sequence[Work], rules: RestRules) -> list[Breach]:
    """What `new` would break beside the others: only what it takes part in."""
    found: list[Breach] = []
    whole = stretches([*others, new])
    place = next(n for n, one in enumerate(whole) if one.from_at <= new.from_at and new.to_at <= one.to_at)
    mine = whole[place]
    if mine != new and mine.to_at - mine.from_at > LONGEST_STRETCH_S:
        found.append(
            Breach("roster.stretch", {"hours": (mine.to_at - mine.from_at) / 3600, "most": LONGEST_STRETCH_S / 3600})
        )
    rests = [mine.from_at - one.to_at for one in whole[max(0, place - 1) : place]]
    rests += [one.from_at - mine.to_at for one in whole[place + 1 : place + 2]]
    if rests and min(rests) < rules.least_rest_s:
        found.append(Breach("roster.rest", {"minutes": round(min(rests) / 60), "hours": rules.least_rest_s / 3600}))
    for week in dict.fromkeys((week_of(new.from_at), week_of(new.to_at - 1))):
        hours = sum(max(0.0, min(one.to_at, week.to_at) - max(one.from_at, week.from_at)) for one in whole)
        if hours > rules.most_week_s:
            found.append(Breach("roster.week", {"hours": hours / 3600, "most": rules.most_week_s / 3600}))
            break
    return found
