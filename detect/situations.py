"""Situations: pure folds over where tracks stand. `evaluate(zone, memory, places, at)` gives what became true and the
memory for the next frame; no clock, no I/O. How many there are is a probability (`at_least`).

Hysteresis everywhere: a stay survives a step outside of `PAUSE`, one that fired ends only after `LEAVE` outside, a
crowd's only after `LEAVE` below its number, a line counts feet clear of a margin only. Ids unseen for `GAP` are forgotten,
but for those that the tracker keeps (`kept`): what stood there and is hidden.
Rules follow a track before it counts, and fire once it does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from detect.zones import Place
from lianqin.clock import county_minute
from lianqin.records import Situation, Zone
from lianqin.zoning import DENSITY_PEOPLE

METHOD_VIDEO: Final = 5
"""GB/T 28181-2022 AlarmMethod: video."""

GAP: Final = 2.5
"""Seconds unseen after which a rule forgets an id; more than the tracker keeps a lost track."""
PAUSE: Final = 0.3
"""Seconds outside that a stay not yet fired survives, or a tenth of its time where that is longer."""
LEAVE: Final = 1.5
"""Seconds outside (or below the number) after which what fired is over and may fire again."""
LINE_MARGIN: Final = 0.03
"""Of the box's height: a foot nearer to the line is on neither side."""
LINE_AGAIN: Final = 3.0
"""Seconds after a crossing in which the same track does not count again."""
DEFAULT_PEOPLE: Final = DENSITY_PEOPLE
EVEN: Final = 0.5
"""More likely than not."""
_EPS: Final = 1e-6


class Stay(msgspec.Struct, frozen=True):
    """One track in a polygon."""

    since: float
    inside_at: float
    seen_at: float
    counts: bool
    fired: bool = False

    def moved(self, seconds: float) -> Stay:
        """The same on a clock that was set by so many seconds."""
        return Stay(self.since + seconds, self.inside_at + seconds, self.seen_at + seconds, self.counts, self.fired)


class Side(msgspec.Struct, frozen=True):
    """One track beside a line: where its foot was last clear of the line."""

    depth: float
    along: float
    seen_at: float
    fired_at: float = -1e9
    waits: bool = False
    """It has crossed and fires as soon as the track counts."""


class Crowd(msgspec.Struct, frozen=True):
    """A polygon's number of people."""

    full_since: float | None = None
    full_at: float | None = None
    fired: bool = False


class Memory(msgspec.Struct, frozen=True):
    """What a rule remembers of one zone between frames."""

    stays: Mapping[str, Stay] = {}
    sides: Mapping[str, Side] = {}
    crowd: Crowd = Crowd()


NOTHING: Final = Memory()


class Fired(msgspec.Struct, frozen=True):
    """A rule became true: because of these tracks."""

    tracks: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """Of one zone on one frame."""

    memory: Memory
    fired: tuple[Fired, ...] = ()
    waiting: bool = False
    """Someone is in the zone whose time is running: the camera must not fall asleep."""


Rule = Callable[[Zone, Memory, Sequence[Place], float, float, Collection[str]], Outcome]


class SituationRow(msgspec.Struct, frozen=True):
    """One line of the table of situations."""

    kind: int
    """GB/T 28181-2022 AlarmType under method 5."""
    priority: int
    night_priority: int
    """At night, or in a key area."""
    seconds: float
    rule: Rule


def evaluate(
    zone: Zone,
    memory: Memory,
    places: Sequence[Place],
    at: float,
    *,
    loiter_seconds: float | None = None,
    kept: Collection[str] = (),
) -> Outcome:
    """One zone, one frame. `loiter_seconds` replaces the default of loitering zones without their own time; `kept`: ids of
    tracks that are out of sight and may come back."""
    row = SITUATIONS[zone.situation]
    seconds = row.seconds
    if zone.situation == "loitering" and loiter_seconds is not None:
        seconds = loiter_seconds
    return row.rule(zone, memory, places, at, seconds if zone.seconds is None else zone.seconds, kept)


def priority(zone: Zone, at: float, *, night_from: int = 22 * 60, night_to: int = 6 * 60) -> int:
    """GB/T 28181 priority, 1 highest: the zone's own, else the situation's, which knows night and key areas.

    `night_from` and `night_to` are minutes since local midnight; night may run over midnight.
    """
    if zone.priority is not None:
        return zone.priority
    row = SITUATIONS[zone.situation]
    minute = county_minute(at)
    since_dusk, length = (minute - night_from) % 1440, (night_to - night_from) % 1440
    night = since_dusk < length
    return row.night_priority if night or zone.key_area else row.priority


def _follow_stays(
    memory: Memory, places: Sequence[Place], at: float, pause: float, kept: Collection[str]
) -> dict[str, Stay]:
    """The polygon's stays after this frame, before anything fires. Who comes out from where he was hidden was inside meanwhile."""
    back = {place.track.id for place in places}
    stays = {key: stay for key, stay in memory.stays.items() if at - stay.seen_at <= GAP or key in kept or key in back}
    for place in places:
        key, stay = place.track.id, stays.get(place.track.id)
        if place.inside:
            if stay is None:
                stays[key] = Stay(at, at, at, place.track.counts)
            else:
                stays[key] = msgspec.structs.replace(stay, inside_at=at, seen_at=at, counts=place.track.counts)
        elif stay is not None:
            if at - stay.inside_at > (LEAVE if stay.fired else pause):
                del stays[key]
            else:
                stays[key] = msgspec.structs.replace(stay, seen_at=at)
    return stays


def _stay_rule(
    _zone: Zone, memory: Memory, places: Sequence[Place], at: float, seconds: float, kept: Collection[str]
) -> Outcome:
    """Intrusion and loitering: one track inside for `seconds`. A predicted box is no proof: only detected ones count."""
    stays = _follow_stays(memory, [p for p in places if p.track.detected], at, max(PAUSE, 0.1 * seconds), kept)
    fired = []
    for key, stay in stays.items():
        if stay.inside_at == at and stay.counts and not stay.fired and at - stay.since >= seconds - _EPS:
            stays[key] = msgspec.structs.replace(stay, fired=True)
            fired.append(Fired((key,)))
    waiting = any(stay.counts and not stay.fired and at - stay.seen_at <= GAP for stay in stays.values())
    return Outcome(Memory(stays=stays), tuple(fired), waiting)


def at_least(number: int, probabilities: Iterable[float]) -> float:
    """How likely it is that at least so many of independent things are there (a Poisson binomial distribution, by convolution)."""
    fewer = [1.0, *([0.0] * (number - 1))]
    """How likely 0, 1, ... number - 1 of them are."""
    for p in probabilities:
        for n in range(number - 1, 0, -1):
            fewer[n] += p * (fewer[n - 1] - fewer[n])
        fewer[0] *= 1 - p
    return 1.0 - sum(fewer)


def _crowd_rule(
    zone: Zone, memory: Memory, places: Sequence[Place], at: float, seconds: float, _kept: Collection[str]
) -> Outcome:
    """Density: so many people at once for `seconds`, more likely than not. In a crowd each one is seen badly and all together
    are not; it hides people, so coasting tracks count too."""
    stays = _follow_stays(memory, places, at, PAUSE, ())
    likely = {place.track.id: place.track.probability for place in places}
    inside = {key: likely[key] for key, stay in stays.items() if stay.inside_at == at and key in likely}
    present = tuple(key for key, p in inside.items() if p >= EVEN)
    crowd = memory.crowd
    if crowd.full_at is None or at - crowd.full_at > LEAVE:
        crowd = Crowd()
    if at_least(zone.people or DEFAULT_PEOPLE, inside.values()) >= EVEN:
        crowd = Crowd(at if crowd.full_since is None else crowd.full_since, at, crowd.fired)
        if not crowd.fired and crowd.full_since is not None and at - crowd.full_since >= seconds - _EPS:
            crowd = msgspec.structs.replace(crowd, fired=True)
            return Outcome(Memory(stays=stays, crowd=crowd), (Fired(present),))
    return Outcome(Memory(stays=stays, crowd=crowd), (), crowd.full_since is not None and not crowd.fired)


def _line_rule(
    zone: Zone, memory: Memory, places: Sequence[Place], at: float, _seconds: float, _kept: Collection[str]
) -> Outcome:
    """A foot passes the line between its ends from left to right, or either way."""
    sides = {key: side for key, side in memory.sides.items() if at - side.seen_at <= GAP}
    fired = []
    for place in places:
        track = place.track
        if not track.detected:
            continue
        side = sides.get(track.id) or Side(place.depth, place.along, at)
        if abs(place.depth) >= LINE_MARGIN * track.height:
            if _passes(zone, side, place) and at - side.fired_at > LINE_AGAIN:
                share = side.depth / (side.depth - place.depth)
                meets = side.along + share * (place.along - side.along)
                side = msgspec.structs.replace(side, waits=side.waits or 0 <= meets <= 1)
            side = msgspec.structs.replace(side, depth=place.depth, along=place.along)
        if side.waits and track.counts:
            side = msgspec.structs.replace(side, fired_at=at, waits=False)
            fired.append(Fired((track.id,)))
        sides[track.id] = msgspec.structs.replace(side, seen_at=at)
    return Outcome(Memory(sides=sides), tuple(fired), any(side.waits for side in sides.values()))


def _passes(zone: Zone, before: Side, now: Place) -> bool:
    return before.depth < 0 < now.depth or (zone.both_ways and now.depth < 0 < before.depth)


SITUATIONS: Final[dict[Situation, SituationRow]] = {
    "intrusion": SituationRow(kind=6, priority=2, night_priority=1, seconds=0.5, rule=_stay_rule),
    "line_crossing": SituationRow(kind=5, priority=2, night_priority=2, seconds=0.0, rule=_line_rule),
    "loitering": SituationRow(kind=8, priority=3, night_priority=3, seconds=60.0, rule=_stay_rule),
    "density": SituationRow(kind=10, priority=2, night_priority=2, seconds=5.0, rule=_crowd_rule),
}
