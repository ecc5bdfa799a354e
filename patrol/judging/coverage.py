"""Coverage of an area by H3 cells: when each was last passed, and how long they lie idle. Pure, but for the marks in Redis.

Resolution 10: a cell's edge is 76 m, three to ten times a phone's accuracy, and wide enough that each holds a street.
Idleness as in the patrolling literature (Machado et al., MABS 2002): the time since a place was last visited.
"""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, cast

import h3
import msgspec
import redis

from lianqin import keys
from lianqin.clock import COUNTY_ZONE
from lianqin.geo import LonLat

RESOLUTION: Final = 10
DUE_SHARE: Final = 0.75
"""Of the required interval; from then on a cell is due."""
ONE_STAY_S: Final = 300.0
"""Between two fixes in a cell at most, for one stay."""
RULES: Final = Path(__file__).parents[1] / "rules" / "coverage.toml"
Windows = Sequence[Sequence[int]]
"""[[from_min, to_min], ...] of the day in which an area must be patrolled; empty: all day."""
State = Literal["covered", "due", "overdue", "unseen", "left_out"]


class Coverage(msgspec.Struct, frozen=True):
    """An area: its cells by state, the share passed in time, and the one that waits longest. A cell that nobody ever passed is
    the most overdue of all: `overdue` counts it, `unseen` says how many of them those are, and `worst_s` is None then.
    `left_out`: cells that don't count, for they hold no street and no door, or by a person's word."""

    area_id: str
    required_s: float
    covered: int
    due: int
    overdue: int
    unseen: int
    share: float
    worst_cell: str | None
    worst_s: float | None
    left_out: int = 0


def required_seconds(file: Path = RULES) -> dict[str, float]:
    """By risk colour."""
    minutes = tomllib.loads(file.read_text(encoding="utf-8"))["required_minutes"]
    return {colour: float(value) * 60 for colour, value in minutes.items()}


def cell_of(lat: float, lon: float) -> str:
    """The cell of a place (WGS-84)."""
    return str(h3.latlng_to_cell(lat, lon, RESOLUTION))


def cells_of(polygon: Sequence[LonLat]) -> tuple[str, ...]:
    """The cells whose middle lies in the area; of one that is smaller than a cell, the cell it lies in."""
    shape = h3.LatLngPoly([(lat, lon) for lon, lat in polygon])
    found = sorted(str(cell) for cell in h3.h3shape_to_cells(shape, RESOLUTION))
    middle = [sum(point[axis] for point in polygon) / len(polygon) for axis in (1, 0)]
    return tuple(found) or (cell_of(middle[0], middle[1]),)


def outline(cell: str) -> list[LonLat]:
    """Its corners."""
    return [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]


def state_of(last_at: float | None, now: float, required_s: float, windows: Windows = ()) -> State:
    """By the planned time since somebody passed; None: nobody ever did (`unseen`), which is worse than overdue."""
    return "unseen" if last_at is None else state_after(waited_s(last_at, now, windows), required_s)


def state_after(since_s: float, required_s: float) -> State:
    """Of a cell that waited so long."""
    return "overdue" if since_s > required_s else "due" if since_s > DUE_SHARE * required_s else "covered"


def cover(  # noqa: PLR0917 - what the figures depend on
    area_id: str, cells: Iterable[str], last: Mapping[str, float], now: float, required_s: float,
    windows: Windows = (), left_out: int = 0,
) -> Coverage:  # fmt: skip
    """How an area stands at `now`; `last`: when each cell was last passed. Only planned time makes a cell wait."""
    since = {cell: waited_s(last[cell], now, windows) if cell in last else None for cell in cells}
    return tally(area_id, since, required_s, left_out)


def tally(area_id: str, since: Mapping[str, float | None], required_s: float, left_out: int) -> Coverage:
    """Cells with how long each waited (None: never passed), counted."""
    states = ["unseen" if waited is None else state_after(waited, required_s) for waited in since.values()]
    count = {name: states.count(name) for name in ("covered", "due", "overdue", "unseen")}
    count["overdue"] += count["unseen"]
    never = min((cell for cell, waited in since.items() if waited is None), default=None)
    longest = max(((waited, cell) for cell, waited in since.items() if waited is not None), default=(None, None))
    return Coverage(
        area_id, required_s, **count, share=(count["covered"] + count["due"]) / len(states) if states else 0.0,
        worst_cell=never or longest[1], worst_s=None if never else longest[0], left_out=left_out,
    )  # fmt: skip


def waited_s(last_at: float, now: float, windows: Windows) -> float:
    """Seconds from `last_at` to `now` in which the area was to be patrolled: its windows of each county day, or all."""
    if not windows or last_at >= now:
        return max(0.0, now - last_at)
    day = midnight(last_at)
    found = 0.0
    whole_day = sum(ends - begins for begins, ends in spans_of(windows, 0.0, 86_400.0))
    full = int((midnight(now) - day) // 86_400) - 1
    if full > 0:
        found += full * whole_day
    for begins_at in {day, midnight(now)}:
        for begins, ends in spans_of(windows, begins_at, begins_at + 86_400):
            found += max(0.0, min(ends, now) - max(begins, last_at))
    return found


def midnight(at: float) -> float:
    """Of the county's day that holds this moment."""
    return datetime.fromtimestamp(at, COUNTY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


class Idleness(msgspec.Struct, frozen=True):
    """Seconds: the mean over the window of the time since the last visit, and the longest."""

    average_s: float
    worst_s: float


Stay = tuple[float, float]
"""From when until when somebody was in a cell."""


def idleness(stays: Iterable[Stay], from_at: float, to_at: float) -> Idleness:
    """Of one cell over a window, whoever stayed; it counts as visited when the window begins."""
    waits, since = [], from_at
    for begins, ends in sorted(stays):
        if begins > since:
            waits.append(min(begins, to_at) - since)
        since = max(since, ends)
        if since >= to_at:
            break
    if since < to_at:
        waits.append(to_at - since)
    return Idleness(sum(wait * wait for wait in waits) / 2 / (to_at - from_at), max(waits, default=0.0))


class CellIdleness(msgspec.Struct, frozen=True):
    """One cell over a day's planned windows: how often somebody was in it meanwhile, how long it waited, and how it stood:
    `unseen` where nobody came, else by its longest wait. No planned time: `covered`, nothing was to be seen."""

    cell: str
    visits: int
    average_s: float
    worst_s: float
    state: State = "covered"


def stays_of(places: Iterable[tuple[float, float, float]], cells: Collection[str]) -> dict[str, list[Stay]]:
    """One guard's stays in these cells, from his (at, lat, lon) in order. Where he was in a longer gap nobody knows."""
    wanted, found = frozenset(cells), defaultdict[str, list[Stay]](list)
    inside, since, last_at = "", 0.0, 0.0
    for at, lat, lon in places:
        cell = cell_of(lat, lon)
        if cell != inside or at - last_at > ONE_STAY_S:
            if inside in wanted:
                found[inside].append((since, last_at))
            inside, since = cell, at
        last_at = at
    if inside in wanted:
        found[inside].append((since, last_at))
    return dict(found)


def spans_of(windows: Sequence[Sequence[int]], from_at: float, to_at: float) -> list[Stay]:
    """The parts of a day that begins at `from_at` in which an area must be patrolled: its windows (minutes), or all of it."""
    whole = [(0, 1440)] if not windows else [(begins, ends) for begins, ends in windows]
    found = [(from_at + begins * 60, min(from_at + ends * 60, to_at)) for begins, ends in whole]
    return [(begins, ends) for begins, ends in found if begins < ends]


def idle_cells(
    cells: Sequence[str],
    seen: Iterable[Mapping[str, Sequence[Stay]]],
    spans: Sequence[Stay],
    required_s: float = math.inf,
) -> list[CellIdleness]:
    """Of several guards together, while the spans run; none of them: nothing was to be seen, and nothing lay idle."""
    stays = defaultdict[str, list[Stay]](list)
    for one in seen:
        for cell, those in one.items():
            stays[cell].extend(those)
    found = []
    for cell in cells:
        waited = [(ends - begins, idleness(stays[cell], begins, ends)) for begins, ends in spans]
        long = sum(seconds for seconds, _ in waited)
        average = sum(seconds * one.average_s for seconds, one in waited) / long if long else 0.0
        worst = max((one.worst_s for _, one in waited), default=0.0)
        visits = sum(any(came <= ends and went >= begins for begins, ends in spans) for came, went in stays[cell])
        state: State = "covered" if not spans else state_after(worst, required_s) if visits else "unseen"
        found.append(CellIdleness(cell, visits, average, worst, state))
    return found


def of_a_day(area_id: str, cells: Iterable[CellIdleness], required_s: float, left_out: int = 0) -> Coverage:
    """The same figures as `cover`, of a day: what the map shows and what the list beside it says are one count."""
    since = {one.cell: None if one.state == "unseen" else one.worst_s for one in cells}
    return tally(area_id, since, required_s, left_out)


def mark(client: redis.Redis, seen: Mapping[str, Mapping[str, float]]) -> None:
    """Keep when each area's cells were last passed. The newest stands, in whatever order they come; two round trips
    whatever their number. Redis errors pass through."""
    areas = [(area_id, sorted(cells)) for area_id, cells in seen.items() if cells]
    if not areas:
        return
    asked = client.pipeline(transaction=False)
    for area_id, names in areas:
        asked.hmget(keys.cells(area_id), names)
    told = client.pipeline(transaction=False)
    for (area_id, names), held in zip(areas, asked.execute(), strict=True):
        cells = seen[area_id]
        newer = {
            name: cells[name] for name, at in zip(names, held, strict=True) if at is None or float(at) < cells[name]
        }
        if newer:
            told.hset(keys.cells(area_id), mapping=cast("Any", newer))
    told.execute()


def marks(client: redis.Redis, area_id: str) -> dict[str, float]:
    """When each cell was last passed."""
    raw = cast("dict[bytes, bytes]", cast("Any", client.hgetall(keys.cells(area_id))))
    return {name.decode(): float(at) for name, at in raw.items()}
