"""Waypoints of a GPX 1.0 or 1.1 file as checkpoints: what a guard's watch or a surveyor's phone brings home.

Read as a stream of events: tracks and routes are passed over, and nothing of the file is held beyond its waypoints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.parsers import expat

import msgspec
from shapely.geometry import Point, Polygon

from lianqin.errors import RecordError

MOST_WAYPOINTS: Final = 20_000
NAMESPACES: Final = ("http://www.topografix.com/GPX/1/1", "http://www.topografix.com/GPX/1/0", "")


class Waypoint(msgspec.Struct, frozen=True):
    """`line`: where it begins in the file. Degrees as written (GPX is WGS-84)."""

    line: int
    name: str
    lon: str
    lat: str


class _Reader:
    def __init__(self) -> None:
        self.found: list[Waypoint] = []
        self._text: list[str] = []
        self._open: dict[str, Any] | None = None
        self._depth = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise RecordError("gpx.file", "a GPX file has no DOCTYPE", why="DOCTYPE", line=self.parser.CurrentLineNumber)

    def _start(self, tag: str, told: Mapping[str, str]) -> None:
        self._depth += 1
        space, _, name = tag.rpartition(" ")
        if self._depth == 1 and (name != "gpx" or space not in NAMESPACES):
            raise RecordError("gpx.file", f"begins with <{name}>, not <gpx>", why=f"<{name}>", line=1)
        if self._depth == 2 and name == "wpt":
            if len(self.found) == MOST_WAYPOINTS:
                raise RecordError("gpx.many", f"more than {MOST_WAYPOINTS} waypoints", most=MOST_WAYPOINTS)
            self._open = {
                "line": self.parser.CurrentLineNumber,
                "lon": told.get("lon", ""),
                "lat": told.get("lat", ""),
                "name": "",
            }
        self._text = []

    def _say(self, text: str) -> None:
        if self._open is not None and self._depth == 3:
            self._text.append(text[:200])

    def _end(self, tag: str) -> None:
        if self._open is not None and self._depth == 3 and tag.rpartition(" ")[2] == "name":
            self._open["name"] = "".join(self._text).strip()[:80]
        if self._open is not None and self._depth == 2:
            self.found.append(Waypoint(**self._open))
            self._open = None
        self._depth -= 1


def looks_like_gpx(data: bytes) -> bool:
    return b"<gpx" in data[:2000]


def read_waypoints(data: bytes) -> list[Waypoint]:
    """Raises RecordError `gpx.file` (with `line`), `gpx.many`, `gpx.empty`."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise RecordError("gpx.file", str(error), why=expat.errors.messages[error.code], line=error.lineno) from error
    except (ValueError, LookupError) as error:  # an encoding that the parser does not know
        raise RecordError("gpx.file", str(error), why=str(error), line=1) from error
    if not reader.found:
        raise RecordError("gpx.empty", "the file has no waypoints")
    return reader.found


def to_table(waypoints: Sequence[Waypoint], areas: Mapping[str, Sequence[Sequence[float]]]) -> list[list[Any]]:
    """A sheet of checkpoints: each in the smallest area around it, its id made of name and place, so that a second
    import changes nothing. Outside all areas the cell stays empty, and the row is told as bad."""
    rings = sorted(((Polygon(ring), area_id) for area_id, ring in areas.items()), key=lambda one: one[0].area)
    table: list[list[Any]] = [["编号", "名称", "区域编号", "经度", "纬度"]]
    for one in waypoints:
        try:
            place = Point(float(one.lon), float(one.lat))
            area_id = next((area_id for ring, area_id in rings if ring.covers(place)), None)
        except ValueError:
            area_id = None
        mark = hashlib.sha256(f"{one.name} {one.lon} {one.lat}".encode()).hexdigest()[:8]
        table.append([f"WPT-{mark}", one.name or f"WPT-{mark}", area_id, one.lon, one.lat])
    return table
