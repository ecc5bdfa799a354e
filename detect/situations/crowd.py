"""Density: so many people in the zone at once. How many there are is a probability (`at_least`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from detect.situations.memory import EPS, LEAVE, Crowd, Fired, Memory, Outcome
from detect.situations.stay import PAUSE, follow_stays
from detect.zones import ZonePosition
from lianqin.records import Zone
from lianqin.zoning import DENSITY_PEOPLE

DEFAULT_PEOPLE: Final = DENSITY_PEOPLE
EVEN: Final = 0.5
"""More likely than not."""


def at_least(number: int, probabilities: Iterable[float]) -> float:
    """How likely it is that at least so many of independent things are there (a Poisson binomial distribution, by convolution)."""
    fewer = [1.0, *([0.0] * (number - 1))]
    """How likely 0, 1, ... number - 1 of them are."""
    for p in probabilities:
        for n in range(number - 1, 0, -1):
            fewer[n] += p * (fewer[n - 1] - fewer[n])
        fewer[0] *= 1 - p
    return 1.0 - sum(fewer)


def crowd_rule(
    zone: Zone, memory: Memory, places: Sequence[ZonePosition], at: float, seconds: float, _kept: Collection[str]
) -> Outcome:
    """Density: so many people at once for `seconds`, more likely than not. In a crowd each one is seen badly and all together
    are not; it hides people, so coasting tracks count too."""
    stays = follow_stays(memory, places, at, PAUSE, ())
    likely = {place.track.id: place.track.probability for place in places}
    inside = {key: likely[key] for key, stay in stays.items() if stay.inside_at == at and key in likely}
    present = tuple(key for key, p in inside.items() if p >= EVEN)
    crowd = memory.crowd
    if crowd.full_at is None or at - crowd.full_at > LEAVE:
        crowd = Crowd()
    if at_least(zone.people or DEFAULT_PEOPLE, inside.values()) >= EVEN:
        crowd = Crowd(at if crowd.full_since is None else crowd.full_since, at, crowd.fired)
        if not crowd.fired and crowd.full_since is not None and at - crowd.full_since >= seconds - EPS:
            crowd = msgspec.structs.replace(crowd, fired=True)
            return Outcome(Memory(stays=stays, crowd=crowd), (Fired(present),))
    return Outcome(Memory(stays=stays, crowd=crowd), (), crowd.full_since is not None and not crowd.fired)
