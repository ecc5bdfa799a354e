"""Where the guards are now, from patrol's presence."""

from __future__ import annotations

from collections.abc import Mapping

import redis

from console.http.context import Console
from lianqin.errors import BusUnavailable
from patrol.judging import presence
from patrol.judging.presence import GuardPlace


def places_now(console: Console) -> Mapping[str, GuardPlace]:
    """Last place of each guard by id. Raises BusUnavailable `bus.away`: nobody is called on guesses."""
    try:
        return presence.places(console.redis)
    except redis.exceptions.RedisError as error:
        raise BusUnavailable("bus.away", f"Redis is away: {error}") from error


def place_and_sign(console: Console, guard_id: str) -> tuple[GuardPlace | None, float | None]:
    """One guard's last place, and when anything last arrived from the phone. Raises as `places_now`."""
    try:
        place, sign = presence.place_of(console.redis, guard_id), presence.sign_of_life(console.redis, guard_id)
    except redis.exceptions.RedisError as error:
        raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
    return place, max((at for at in (sign, place.received_at if place else None) if at is not None), default=None)


def signs_of_life(console: Console) -> Mapping[str, float]:
    """When anything last arrived from each guard's phone, positions or not (arrival time). Raises as `places_now`."""
    found = {guard_id: place.received_at for guard_id, place in places_now(console).items()}
    try:
        signs = presence.signs_of_life(console.redis)
    except redis.exceptions.RedisError as error:
        raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
    return found | {guard_id: max(at, found.get(guard_id, at)) for guard_id, at in signs.items()}
