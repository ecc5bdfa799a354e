"""Doubts that show only among several guards' fixes: one place, one way or one device for two people. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

from patrol.judging.facts import DoubtCount

IDENTICAL_RUN: Final = 10
IDENTICAL_PLACES: Final = 5
"""`identical_trail`: so many fixes one after another at another guard's very degrees, over so many places: one phone in
two hands stands still at most, a copied trail walks."""


class TwinMatch(msgspec.Struct, frozen=True):
    """Fix number `n` of a guard (in order) has the very degrees, or the device, of a fix of `other`'s at that time."""

    n: int
    lat: float
    lon: float
    other: str
    by_device: bool


def doubts_among(matches: Iterable[TwinMatch]) -> tuple[DoubtCount, ...]:
    """How many of a guard's fixes lie at another's very degrees, how many of them in runs, how many came from another's
    device."""
    by_device: set[int] = set()
    places: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    for one in matches:
        if one.by_device:
            by_device.add(one.n)
        else:
            places[one.other][one.n] = one.lat, one.lon
    shared = {n for found in places.values() for n in found}
    identical = {n for found in places.values() for n in _in_runs(found)}
    counts = (("identical_trail", identical), ("shared_device", by_device), ("shared_position", shared))
    return tuple(DoubtCount(kind, len(found)) for kind, found in counts if found)


def _in_runs(places: dict[int, tuple[float, float]]) -> set[int]:
    found: set[int] = set()
    run: list[int] = []
    for n in [*sorted(places), -1]:
        if run and n != run[-1] + 1:
            if len(run) >= IDENTICAL_RUN and len({places[one] for one in run}) >= IDENTICAL_PLACES:
                found.update(run)
            run = []
        run.append(n)
    return found
