"""What must be found on a clip: each case with its zone and the time in which an alert answers it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from bench.quality.labels import OF_KIND, PEOPLE, Appearance, Kind, Labels, crossings, crowds
from lianqin.records import Point, Zone

Situation = Literal["person", "vehicle", "crowd", "crossing", "crossing either way", "loitering"]
SITUATIONS: Final[tuple[Situation, ...]] = (
    "person", "vehicle", "crowd", "crossing", "crossing either way", "loitering"
)  # fmt: skip
GOALS: Final[dict[Situation, float]] = {"person": 0.9, "vehicle": 0.85, "crowd": 0.7, "crossing": 0.85}
WHOLE: Final[tuple[Point, ...]] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
BEFORE_S: Final = 3.0
"""How long before it the pipeline begins."""
AFTER_S: Final = 2.0
"""How late an alert may come."""
LOITER_S: Final = 10.0
"""The clips are short: who stays so long loiters."""
CROWD_S: Final = 5.0
SHORT_CROWD_S: Final = 2.0
"""For crowds that a clip shows for less than `LONG_S`."""
LONG_S: Final = 9.0


class Case(msgspec.Struct, frozen=True):
    """To be found: by an alert of `zone` from `begin` to `end` + `AFTER_S`. `due`: from when on it is true."""

    situation: Situation
    zone: Zone
    begin: float
    end: float
    due: float
    kind: Kind
    who: Appearance | None = None
    """Whose alert it must be; None: anybody's."""


def area(situation: Literal["intrusion", "loitering", "density"], kind: Kind, *, seconds: float | None = None) -> Zone:
    """The whole picture."""
    people = PEOPLE if situation == "density" else None
    return Zone("z", "whole picture", situation, WHOLE, OF_KIND[kind], seconds=seconds, people=people)


def cases(labels: Labels, aspect: float) -> Iterator[Case]:
    for who in labels.appearance:
        if not who.unsure:
            yield Case(who.kind, area("intrusion", who.kind), who.begin, who.end, who.begin, who.kind, who)
            if who.kind == "person" and who.end - who.begin >= LOITER_S + 1.0:
                zone = area("loitering", "person", seconds=LOITER_S)
                yield Case("loitering", zone, who.begin, who.end, who.begin + LOITER_S, "person", who)
    for stretch in crowds(labels):
        seconds = CROWD_S if stretch.end - stretch.begin >= LONG_S else SHORT_CROWD_S
        zone = area("density", "person", seconds=seconds)
        yield Case("crowd", zone, stretch.begin, stretch.end, stretch.begin + seconds, "person")
    for one in crossings(labels, aspect):
        first, second = one.line.points
        points = (first, second) if one.to_right else (second, first)
        for both_ways in (False, True):
            zone = Zone("z", "line", "line_crossing", points, OF_KIND[one.who.kind], both_ways=both_ways)
            name: Situation = "crossing either way" if both_ways else "crossing"
            yield Case(name, zone, max(one.who.begin, one.at - 2.0), one.at, one.at, one.who.kind, one.who)
