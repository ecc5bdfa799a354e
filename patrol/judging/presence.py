"""Where a guard is: inside his area, outside it, or not known. And the last place of each, for the map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

import msgspec
import redis
import structlog

from lianqin import keys
from lianqin.decoding import from_json
from lianqin.geo import LonLat, outside_m
from lianqin.records import CoordSys
from patrol.judging.doubts import DEGREE_M, Doubt, proves
from patrol.judging.stillness import REST_S

log = structlog.get_logger(__name__)
OUTSIDE_FACTOR: Final = 3.0
OUTSIDE_LEAST_M: Final = 50.0
"""Outside only by more than the larger of 3 x accuracy and 50 m."""


class GuardPlace(msgspec.Struct, frozen=True):
    """The last place of a guard on shift, WGS-84; `at` device time or arrival, whichever is earlier, `received_at` ours;
    `inside` None: not known."""

    guard_id: str
    name: str
    unit_id: str
    shift_id: str
    area_id: str
    lon: float
    lat: float
    at: float
    received_at: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    battery_pct: float | None = None
    inside: bool | None = None
    doubts: tuple[Doubt, ...] = ()
    """What is wrong with it, as the judge has it; `system` and `off_m` of a `wrong_coord_sys`."""
    system: CoordSys | None = None
    off_m: float | None = None
    still_until: float | None = None
    """The device spoke at rest up to then (device time), so that the place still holds, as of `at`."""
    clock_off_s: float | None = None
    """So far ahead (behind: below 0) the device's clock is, where that is steady or was corrected."""
    clock_corrected: bool = False

    @property
    def sure(self) -> bool:
        """May anything be made to rest on it?"""
        return proves(self.doubts)

    @property
    def known_at(self) -> float:
        """The moment for which the place is known."""
        return max(self.at, min(self.still_until or self.at, self.at + REST_S))


def decide(beyond: float, accuracy_m: float, *, was_inside: bool | None) -> bool | None:
    """True inside, False clearly outside, None in doubt, of a fix so many metres beyond the border.

    Hysteresis: who was inside stays so until the fix lies beyond the border by more than its own accuracy; who was
    outside must be inside by nothing but the border. Outside needs the larger of 3 x accuracy and 50 m.
    """
    if beyond <= 0:
        return True
    if beyond > max(OUTSIDE_FACTOR * accuracy_m, OUTSIDE_LEAST_M):
        return False
    if was_inside and beyond <= min(accuracy_m, OUTSIDE_LEAST_M):
        return True
    return None


def locate(polygon: Sequence[LonLat], place: LonLat, accuracy_m: float, *, was_inside: bool | None) -> bool | None:
    """Inside, outside or in doubt, as `decide` says."""
    return decide(outside_m(polygon, place), accuracy_m, was_inside=was_inside)


class Fence:
    """A polygon made ready for many fixes, on a plane of metres about its middle."""

    __slots__ = ("_east", "_edges", "_lat", "_lon", "_well_inside2")

    def __init__(self, polygon: Sequence[LonLat]) -> None:
        self._lon = sum(point[0] for point in polygon) / len(polygon)
        self._lat = sum(point[1] for point in polygon) / len(polygon)
        self._east = DEGREE_M * math.cos(math.radians(self._lat))
        points = [((lon - self._lon) * self._east, (lat - self._lat) * DEGREE_M) for lon, lat in polygon]
        pairs = zip(points, [*points[1:], points[0]], strict=True)
        self._edges = [(*one, two[1], two[0] - one[0], two[1] - one[1]) for one, two in pairs if one != two]
        self._well_inside2 = 0.0
        """Square of a little less than the radius of the circle about the middle that no edge enters; 0: the middle lies
        outside."""
        if self._edges and self.beyond(self._lat, self._lon) == 0.0:
            self._well_inside2 = 0.99 * min(self._off2(0.0, 0.0))

    def beyond(self, lat: float, lon: float) -> float:
        """Metres outside the border; 0 inside."""
        x, y = (lon - self._lon) * self._east, (lat - self._lat) * DEGREE_M
        if x * x + y * y < self._well_inside2:
            return 0.0
        inside = False
        for x1, y1, y2, dx, dy in self._edges:
            if (y1 > y) != (y2 > y) and (y - y1) / dy * dx + x1 > x:
                inside = not inside
        return 0.0 if inside else math.sqrt(min(self._off2(x, y)))

    def _off2(self, x: float, y: float) -> Iterator[float]:
        for x1, y1, _, dx, dy in self._edges:
            along = min(1.0, max(0.0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)))
            east, north = x1 + along * dx - x, y1 + along * dy - y
            yield east * east + north * north


def places(client: redis.Redis) -> dict[str, GuardPlace]:
    """Last place by guard id. Redis errors pass through."""
    raw = cast("dict[bytes, bytes]", cast("Any", client.hgetall(keys.places())))
    found = {}
    for guard_id, body in raw.items():
        try:
            found[guard_id.decode()] = from_json(body, GuardPlace)
        except msgspec.MsgspecError as error:
            log.error("place_unreadable", guard=guard_id.decode(), error=str(error))  # noqa: TRY400
    return found


def place_of(client: redis.Redis, guard_id: str) -> GuardPlace | None:
    """Last place of one guard. Redis errors pass through."""
    body = cast("bytes | None", client.hget(keys.places(), guard_id))
    if body is None:
        return None
    try:
        return from_json(body, GuardPlace)
    except msgspec.MsgspecError as error:
        log.error("place_unreadable", guard=guard_id, error=str(error))  # noqa: TRY400
        return None


def put_places(client: redis.Redis, changed: Iterable[GuardPlace]) -> None:
    """Write them for the map. Redis errors pass through."""
    body: Any = {place.guard_id: msgspec.json.encode(place) for place in changed}
    if body:
        client.hset(keys.places(), mapping=body)


def forget_places(client: redis.Redis, guard_ids: Iterable[str]) -> None:
    """They are off shift: no longer on the map."""
    gone = list(guard_ids)
    if gone:
        client.hdel(keys.places(), *gone)


def sign_of_life(client: redis.Redis, guard_id: str) -> float | None:
    """One of `signs_of_life`. Redis errors pass through."""
    raw = cast("bytes | None", client.hget(keys.signs_of_life(), guard_id))
    return None if raw is None else float(raw)


def signs_of_life(client: redis.Redis) -> dict[str, float]:
    """When anything last arrived from each guard's phone, positions or not. Redis errors pass through."""
    raw = cast("dict[bytes, bytes]", cast("Any", client.hgetall(keys.signs_of_life())))
    return {guard_id.decode(): float(at) for guard_id, at in raw.items()}
