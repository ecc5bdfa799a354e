"""Intrusion and loitering: one track stays in the zone for some time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from detect.situations.memory import EPS, GAP, LEAVE, Fired, Memory, Outcome, Stay
from detect.zones import ZonePosition
from lianqin.records import Zone

PAUSE: Final = 0.3
"""Seconds outside that a stay not yet fired survives, or a tenth of its time where that is longer."""


def follow_stays(
    memory: Memory, places: Sequence[ZonePosition], at: float, pause: float, kept: Collection[str]
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


def stay_rule(
    _zone: Zone, memory: Memory, places: Sequence[ZonePosition], at: float, seconds: float, kept: Collection[str]
) -> Outcome:
    """Intrusion and loitering: one track inside for `seconds`. A predicted box is no proof: only detected ones count."""
    stays = follow_stays(memory, [p for p in places if p.track.detected], at, max(PAUSE, 0.1 * seconds), kept)
    fired = []
    for key, stay in stays.items():
        if stay.inside_at == at and stay.counts and not stay.fired and at - stay.since >= seconds - EPS:
            stays[key] = msgspec.structs.replace(stay, fired=True)
            fired.append(Fired((key,)))
    waiting = any(stay.counts and not stay.fired and at - stay.seen_at <= GAP for stay in stays.values())
    return Outcome(Memory(stays=stays), tuple(fired), waiting)
