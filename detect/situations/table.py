"""Situations: pure folds over where tracks stand. `evaluate(zone, memory, places, at)` gives what became true and the
memory for the next frame; no clock, no I/O.

Hysteresis everywhere: a stay survives a step outside of `PAUSE`, one that fired ends only after `LEAVE` outside, a
crowd's only after `LEAVE` below its number, a line counts feet clear of a margin only. Ids unseen for `GAP` are forgotten,
but for those that the tracker keeps (`kept`): what stood there and is hidden.
Rules follow a track before it counts, and fire once it does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from detect.situations.crowd import crowd_rule
from detect.situations.line import line_rule
from detect.situations.memory import Memory, Outcome, Rule
from detect.situations.stay import stay_rule
from detect.zones import ZonePosition
from lianqin.clock import county_minute
from lianqin.records import Situation, Zone

METHOD_VIDEO: Final = 5
"""GB/T 28181-2022 AlarmMethod: video."""


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
    places: Sequence[ZonePosition],
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


SITUATIONS: Final[dict[Situation, SituationRow]] = {
    "intrusion": SituationRow(kind=6, priority=2, night_priority=1, seconds=0.5, rule=stay_rule),
    "line_crossing": SituationRow(kind=5, priority=2, night_priority=2, seconds=0.0, rule=line_rule),
    "loitering": SituationRow(kind=8, priority=3, night_priority=3, seconds=60.0, rule=stay_rule),
    "density": SituationRow(kind=10, priority=2, night_priority=2, seconds=5.0, rule=crowd_rule),
}
