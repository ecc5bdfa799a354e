"""A trail as a file that leaves the house: GPX 1.1 and GeoJSON (RFC 7946), each with a watermark that says who took it,
for what, and under which registered look. Pure.

Doubted fixes stay in, named: an export hides nothing. In GPX a new segment begins after each gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

import msgspec

from console.trails.view import TrailSpan
from patrol.judging.doubts import Flagged

GPX: Final = "http://www.topografix.com/GPX/1/1"


class Watermark(msgspec.Struct, frozen=True):
    """Who took the file, when, for what, under which look."""

    look_id: str
    taken_by: str
    taken_at: float
    purpose: str
    case_ref: str
    guard_id: str

    def sentence(self) -> str:
        """For a person who finds the file."""
        return (f"{self.look_id} | {self.taken_by} | {_utc(self.taken_at)} | {self.purpose} | {self.case_ref} | "
                "仅限登记事由使用，不得转发 For the registered purpose only; do not pass on")  # fmt: skip


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pieces(flags: Sequence[Flagged], gaps: Sequence[TrailSpan]) -> list[list[Flagged]]:
    """The fixes, cut where a gap lies between two of them."""
    found: list[list[Flagged]] = []
    for one in flags:
        last = found[-1][-1].fix.at if found else None
        if last is None or any(gap.from_at < one.fix.at and gap.to_at > last for gap in gaps):
            found.append([])
        found[-1].append(one)
    return found


def gpx(mark: Watermark, flags: Sequence[Flagged], gaps: Sequence[TrailSpan]) -> bytes:
    """One track; times in UTC, places in WGS-84, as the format demands."""
    root = ET.Element("gpx", {"version": "1.1", "creator": "Lianqin", "xmlns": GPX})
    about = ET.SubElement(root, "metadata")
    _say(about, "name", f"{mark.guard_id} {mark.look_id}")
    _say(about, "desc", mark.sentence())
    _say(ET.SubElement(about, "author"), "name", mark.taken_by)
    _say(about, "time", _utc(mark.taken_at))
    _say(about, "keywords", mark.look_id)
    track = ET.SubElement(root, "trk")
    _say(track, "name", mark.guard_id)
    for piece in pieces(flags, gaps):
        segment = ET.SubElement(track, "trkseg")
        for one in piece:
            point = ET.SubElement(segment, "trkpt", {"lat": f"{one.fix.lat:.7f}", "lon": f"{one.fix.lon:.7f}"})
            if one.fix.altitude_m is not None:
                _say(point, "ele", f"{one.fix.altitude_m:.1f}")
            _say(point, "time", _utc(one.fix.at))
            if one.doubts:
                _say(point, "cmt", _doubts(one))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _doubts(one: Flagged) -> str:
    off = f" {one.system} {one.off_m:.0f} m" if one.system is not None and one.off_m is not None else ""
    return " ".join(one.doubts) + off


def _say(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "".join(c for c in text if c >= " " or c in "\t\n")


def geojson(mark: Watermark, flags: Sequence[Flagged], gaps: Sequence[TrailSpan]) -> bytes:
    """A line for each piece of believed fixes, a point for each fix; the watermark is a member of its own."""
    sure = [[one.fix for one in piece if not one.doubts] for piece in pieces(flags, gaps)]
    lines = [_feature("LineString", [[fix.lon, fix.lat] for fix in piece], {"from": _utc(piece[0].at), "to": _utc(piece[-1].at)})
             for piece in sure if len(piece) > 1]  # fmt: skip
    return msgspec.json.encode({
        "type": "FeatureCollection", "watermark": msgspec.to_builtins(mark) | {"text": mark.sentence()},
        "features": [*lines, *_points(flags)],
    })  # fmt: skip


def _points(flags: Iterable[Flagged]) -> Iterable[dict[str, Any]]:
    for one in flags:
        fix = one.fix
        said = {"id": fix.id, "time": _utc(fix.at), "accuracy_m": fix.accuracy_m, "doubts": list(one.doubts)}
        if one.system is not None:
            said |= {"system": one.system, "off_m": one.off_m}
        yield _feature("Point", [fix.lon, fix.lat], said)


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


FORMS: Final = {"gpx": (gpx, "application/gpx+xml"), "geojson": (geojson, "application/geo+json")}
