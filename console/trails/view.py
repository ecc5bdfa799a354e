"""A trail as people look at it: its fixes with their doubts, gaps without a fix, and stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lianqin.geo import distance_m
from lianqin.records import Fix
from patrol.judging.at_rest import Rest, rests
from patrol.judging.doubts import Flagged, proves
from patrol.judging.facts import Gap
from patrol.judging.fold import own_gaps
from patrol.judging.judge import flagged
from patrol.trails.store import TrailStore

STOP_RADIUS_M: Final = 30.0
STOP_SECONDS: Final = 300.0
GAP_INTERVALS: Final = 4
"""A gap: this many fix intervals without one (and a minute at least)."""


class TrailSpan(msgspec.Struct, frozen=True):
    """Epoch seconds."""

    from_at: float
    to_at: float


class TrailStop(msgspec.Struct, frozen=True):
    """Stood within `STOP_RADIUS_M` of where he stopped."""

    from_at: float
    to_at: float
    lon: float
    lat: float


class SpanView(msgspec.Struct, frozen=True):
    """What lies in a span: fixes with their doubts, those that prove something, gaps on shift, and rests (the place of a fix
    holds by signs of life). A silence of the platform is no gap of the guard's."""

    flags: tuple[Flagged, ...]
    sure: tuple[Fix, ...]
    gaps: tuple[TrailSpan, ...]
    rests: tuple[Rest, ...] = ()


def see(  # noqa: PLR0917 - what a look depends on
    trails: TrailStore,
    guard_id: str,
    shifts: Sequence[TrailSpan],
    span: TrailSpan,
    interval: float,
    silent: Sequence[Gap] = (),
) -> SpanView:
    """The trail within `span`. Doubts are those of the whole shift, as the verdicts have them; what was kept off shift
    (calls for help) is judged by itself. Raises UnavailableError `trails.disk`."""
    from_at = min([span.from_at, *(one.from_at for one in shifts)])
    to_at = max([span.to_at, *(one.to_at for one in shifts)])
    rest = trails.read(guard_id, from_at, to_at)
    signs = trails.signs_each([guard_id], from_at, to_at)[guard_id]
    flags: list[Flagged] = []
    still: list[Rest] = []
    for shift in shifts:
        mine = [fix for fix in rest if shift.from_at <= fix.at <= shift.to_at]
        rest = [fix for fix in rest if not shift.from_at <= fix.at <= shift.to_at]
        judged = list(flagged(mine))
        flags += judged
        still += rests(judged, [one for one in signs if shift.from_at <= one.at <= shift.to_at])
    flags = sorted([*flags, *flagged(rest)], key=lambda one: (one.fix.at, one.fix.id))
    found = tuple(one for one in flags if span.from_at <= one.fix.at <= span.to_at)
    cut = [TrailSpan(max(one.from_at, span.from_at), min(one.to_at, span.to_at)) for one in shifts]
    holes = gaps([one.fix for one in found], cut, interval, still)
    own = own_gaps([Gap(one.from_at, one.to_at) for one in holes], silent, longest_s(interval))
    return SpanView(found, tuple(one.fix for one in found if proves(one.doubts)),
                tuple(TrailSpan(one.from_at, one.to_at) for one in own), tuple(still))  # fmt: skip


def longest_s(interval: float) -> float:
    """Fixes farther apart leave a gap."""
    return max(60.0, GAP_INTERVALS * interval)


def gaps(
    fixes: Sequence[Fix], shifts: Sequence[TrailSpan], interval: float, still: Sequence[Rest] = ()
) -> list[TrailSpan]:
    """Times on shift without a fix for longer than `GAP_INTERVALS` intervals, a minute at least, and not at rest. `fixes` in
    order."""
    until = {one.from_at: one.to_at for one in still}
    found = []
    for shift in shifts:
        times = [fix.at for fix in fixes if shift.from_at <= fix.at <= shift.to_at]
        for before, after in zip([shift.from_at, *times], [*times, shift.to_at], strict=True):
            since = until.get(before, before)
            if after - since > longest_s(interval):
                found.append(TrailSpan(since, after))
    return found


def stops(fixes: Sequence[Fix]) -> list[TrailStop]:
    """Where he stayed within 30 m for five minutes or longer. `fixes` in order."""
    found: list[TrailStop] = []
    first = 0
    for n in range(1, len(fixes) + 1):
        anchor = fixes[first]
        if n < len(fixes) and distance_m((anchor.lon, anchor.lat), (fixes[n].lon, fixes[n].lat)) <= STOP_RADIUS_M:
            continue
        if fixes[n - 1].at - anchor.at >= STOP_SECONDS:
            found.append(TrailStop(anchor.at, fixes[n - 1].at, anchor.lon, anchor.lat))
        first = n
    return found
