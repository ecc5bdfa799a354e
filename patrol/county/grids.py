"""Grids (网格) and police grids (警格) from GeoJSON: codes, crossings, overlaps and gaps told before anything is written.

Codes: 12 digits of the division (GB/T 2260: county, town, village) and 3 of a serial; police grids begin with the county's
six too. Two layers are looked at apart: grids tile the county, and so do police grids.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec
import numpy as np
from shapely import STRtree, transform, union_all
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import PART, Store
from lianqin.decoding import from_json
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.geo import EARTH_RADIUS_M, in_china, to_wgs84
from lianqin.records import CoordSys
from lianqin.texts import storable_all
from patrol.county.rings import fault_place
from patrol.county.tables import Grid, Organisation

LARGEST_BYTES: Final = 60_000_000
OVERLAP_M2: Final = 10.0
GAP_M2: Final = 50.0
CLOSED_M: Final = 5.0
"""Cracks up to twice as wide between neighbours are told as gaps; the border's own corners stay below `GAP_M2`."""
MOST_FAULTS: Final = 500
GRID_CODE: Final = re.compile(r"\d{15}")
POLICE_CODE: Final = re.compile(r"\d{6}[0-9A-Za-z]{3,14}")
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "grid_code", "编码", "网格编码", "警格编码", "网格代码"), "name": ("name", "名称", "网格名称", "警格名称"),
    "name_en": ("name_en", "英文名"), "alias": ("alias", "别名", "本地编码"), "kind": ("kind", "type", "类型", "网格类型"),
    "police_code": ("police_code", "所属警格", "警格编号"),
}  # fmt: skip
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "urban": ("urban", "城镇", "城镇网格", "城市"), "rural": ("rural", "农村", "农村网格"),
    "exclusive": ("exclusive", "专属", "专属网格"), "police": ("police", "警格"),
}  # fmt: skip
Layer = Literal["grid", "police"]


class GridDraft(msgspec.Struct, frozen=True):
    """One feature as read; `number` from 1."""

    number: int
    values: dict[str, Any]
    shape: BaseGeometry

    @property
    def code(self) -> str:
        return str(self.values["code"])

    @property
    def layer(self) -> Layer:
        return "police" if self.values["kind"] == "police" else "grid"


class Fault(msgspec.Struct, frozen=True):
    """`hard`: nothing is imported while it stands; the others may be accepted. `m2`: the size of an overlap or a gap."""

    key: str
    hard: bool
    codes: tuple[str, ...]
    number: int | None = None
    lon: float | None = None
    lat: float | None = None
    m2: float | None = None
    values: dict[str, Any] = {}


class GridReport(msgspec.Struct):
    """`absent`: grids that stand and are not in the file; they stay."""

    grids: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    absent: int = 0
    hard: int = 0
    soft: int = 0
    faults: list[Fault] = []
    done: bool = False

    def tell(self, faults: Iterable[Fault]) -> None:
        for one in faults:
            self.hard += one.hard
            self.soft += not one.hard
            if len(self.faults) < MOST_FAULTS:
                self.faults.append(one)


def _property(told: Mapping[str, Any], name: str) -> str:
    value = next((told[key] for key in NAMES[name] if told.get(key) not in (None, "")), "")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def read_grids(data: bytes, coord_sys: CoordSys = "wgs84") -> tuple[list[GridDraft], list[Fault]]:
    """Features that can be read, and why the others can't. Raises RecordError `grid.large`, `grid.file`."""
    if len(data) > LARGEST_BYTES:
        raise RecordError("grid.large", f"{len(data)} bytes", mb=LARGEST_BYTES // 1_000_000)
    try:
        told = storable_all(from_json(data.removeprefix(b"\xef\xbb\xbf"), dict[str, Any]))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RecordError("grid.file", str(error), why=str(error)) from error
    features = told.get("features")
    if told.get("type") != "FeatureCollection" or not isinstance(features, list) or not features:
        raise RecordError("grid.file", "not a FeatureCollection with features", why="FeatureCollection")
    drafts: list[GridDraft] = []
    faults: list[Fault] = []
    for number, feature in enumerate(features, 1):
        draft = _draft(number, feature, coord_sys)
        if isinstance(draft, GridDraft):
            drafts.append(draft)
        else:
            faults.append(draft)
    return drafts, faults


def _draft(number: int, feature: Any, coord_sys: CoordSys) -> GridDraft | Fault:
    told = feature.get("properties") if isinstance(feature, dict) else None
    code = _property(told, "code") if isinstance(told, dict) else ""
    try:
        found = shape(feature["geometry"])
    except (ShapelyError, TypeError, KeyError, ValueError, AttributeError, IndexError):
        return Fault("grid.geometry", True, (code,), number)
    if not isinstance(told, dict) or not isinstance(found, Polygon | MultiPolygon) or found.is_empty:
        return Fault("grid.geometry", True, (code,), number)
    kind = next((kind for kind, words in KINDS.items() if _property(told, "kind") in words), None)
    if kind is None:
        return Fault("grid.kind", True, (code,), number, values={"text": _property(told, "kind")[:40]})
    if coord_sys != "wgs84":
        found = transform(found, lambda xy: np.array([to_wgs84((x, y), coord_sys) for x, y in xy]))
    if not all(in_china(corner) for corner in _corners(found)):
        return Fault("grid.outside", True, (code,), number)
    values: dict[str, Any] = {name: _property(told, name) for name in ("code", "name", "name_en", "alias")}
    values |= {"kind": kind, "police_code": _property(told, "police_code") or None, "rings": to_rings(found)}
    return GridDraft(number, values, found)


def _corners(found: BaseGeometry) -> list[tuple[float, float]]:
    west, south, east, north = found.bounds
    return [(west, south), (east, north)]


def to_rings(found: BaseGeometry) -> list[Any]:
    """MultiPolygon coordinates as plain lists."""
    parts = found.geoms if isinstance(found, MultiPolygon) else [found]
    return [[[list(point[:2]) for point in ring.coords] for ring in (part.exterior, *part.interiors)]
            for part in cast("Any", parts)]  # fmt: skip


def of_rings(rings: Sequence[Any]) -> BaseGeometry:
    return MultiPolygon([Polygon(part[0], part[1:]) for part in rings])


def check_codes(drafts: Sequence[GridDraft], county: str | None, police: Iterable[str]) -> list[Fault]:
    """`county`: its six digits; None: those of most. `police`: codes of police grids that stand."""
    if county is None and drafts:
        county = Counter(draft.code[:6] for draft in drafts).most_common(1)[0][0]
    faults, seen = [], dict[str, int]()
    named = {draft.code for draft in drafts if draft.layer == "police"} | set(police)
    for draft in drafts:
        code = draft.code
        if not (POLICE_CODE if draft.layer == "police" else GRID_CODE).fullmatch(code):
            faults.append(Fault("grid.code", True, (code,), draft.number))
        elif code[:6] != county:
            faults.append(Fault("grid.county", True, (code,), draft.number, values={"county": county}))
        if seen.setdefault(code, draft.number) != draft.number:
            faults.append(Fault("grid.twice", True, (code,), draft.number, values={"other": seen[code]}))
        wanted = draft.values["police_code"]
        if wanted and wanted not in named:
            faults.append(Fault("grid.police", True, (code,), draft.number, values={"police": wanted}))
    return faults


class Plane:
    """Degrees to metres about one middle, and back: one plane for a county."""

    def __init__(self, shapes: Sequence[BaseGeometry]) -> None:
        bounds = np.array([one.bounds for one in shapes])
        self.origin = np.array(
            [(bounds[:, 0].min() + bounds[:, 2].max()) / 2, (bounds[:, 1].min() + bounds[:, 3].max()) / 2]
        )
        metres = math.radians(1) * EARTH_RADIUS_M
        self.scale = np.array([metres * math.cos(math.radians(float(self.origin[1]))), metres])

    def flat(self, one: BaseGeometry) -> BaseGeometry:
        return transform(one, lambda xy: (xy - self.origin) * self.scale)

    def place(self, one: BaseGeometry) -> tuple[float, float]:
        point = one.representative_point()
        lon, lat = np.array([point.x, point.y]) / self.scale + self.origin
        return round(float(lon), 6), round(float(lat), 6)


def check_tiling(codes: Sequence[str], shapes: Sequence[BaseGeometry], ours: Sequence[bool]) -> list[Fault]:
    """Overlaps and gaps of one layer of valid shapes. `ours`: those of the file; faults among the others are old news."""
    if not shapes:
        return []
    plane = Plane(shapes)
    flat = [plane.flat(one) for one in shapes]
    tree, faults = STRtree(flat), []
    for first, second in zip(*tree.query(flat, predicate="intersects"), strict=True):
        if first < second and (ours[first] or ours[second]):
            common = flat[first].intersection(flat[second])
            if common.area > OVERLAP_M2:
                lon, lat = plane.place(common)
                faults.append(Fault("grid.overlap", False, (codes[first], codes[second]), lon=lon, lat=lat,
                                    m2=round(common.area)))  # fmt: skip
    whole = union_all(flat)
    closed = whole.buffer(CLOSED_M, join_style="mitre").buffer(-CLOSED_M, join_style="mitre")
    parts = closed.geoms if isinstance(closed, MultiPolygon) else [closed]
    missing = union_all([Polygon(part.exterior) for part in parts]).difference(whole)
    for gap in getattr(missing, "geoms", [missing]):
        if gap.area > GAP_M2:
            beside = sorted(int(n) for n in tree.query(gap.buffer(1.0), predicate="intersects"))
            if any(ours[n] for n in beside):
                lon, lat = plane.place(gap)
                faults.append(Fault("grid.gap", False, tuple(codes[n] for n in beside[:6]), lon=lon, lat=lat,
                                    m2=round(gap.area)))  # fmt: skip
    return sorted(faults, key=lambda one: (one.key, -(one.m2 or 0)))


def check_grids(drafts: Sequence[GridDraft], standing: Sequence[Grid], county: str | None) -> list[Fault]:
    """All that is wrong with a file's grids, beside those that stand and are not in it."""
    faults = check_codes(drafts, county, (row.code for row in standing if row.kind == "police"))
    valid = []
    for draft in drafts:
        if draft.shape.is_valid:
            valid.append(draft)
        else:
            why, (lon, lat) = fault_place(draft.shape)
            faults.append(
                Fault(
                    "grid.crosses", True, (draft.code,), draft.number, round(lon, 6), round(lat, 6), values={"why": why}
                )
            )
    told = {draft.code for draft in drafts}
    for layer in ("grid", "police"):
        mine = [draft for draft in valid if draft.layer == layer]
        rest = [row for row in standing if row.code not in told and (row.kind == "police") == (layer == "police")]
        faults += check_tiling([one.code for one in mine] + [row.code for row in rest],
                               [one.shape for one in mine] + [of_rings(row.rings) for row in rest],
                               [True] * len(mine) + [False] * len(rest))  # fmt: skip
    return faults


class GridPlan(msgspec.Struct):
    """A file that was checked as a whole, and the grids to be written."""

    report: GridReport
    fresh: list[GridDraft]


def plan_grids(session: Session, data: bytes, coord_sys: CoordSys) -> GridPlan:
    """Raises as `read_grids`."""
    drafts, faults = read_grids(data, coord_sys)
    standing = {row.code: row for row in session.scalars(select(Grid))}
    county = session.scalar(
        select(Organisation.code).where(Organisation.kind == "county", Organisation.code != "").limit(1)
    )
    report = GridReport(grids=len(drafts) + len(faults))
    faults += check_grids(drafts, list(standing.values()), county[:6] if county else None)
    report.tell(sorted(faults, key=lambda one: not one.hard))
    fresh = []
    for draft in drafts:
        old = standing.get(draft.code)
        if old is None:
            report.new += 1
        elif any(getattr(old, name) != value for name, value in draft.values.items()):
            report.changed += 1
        else:
            report.same += 1
            continue
        fresh.append(draft)
    report.absent = len(set(standing) - {draft.code for draft in drafts})
    return GridPlan(report, fresh)


def do_import_grids(
    store: Store, actor: Actor, data: bytes, at: float, *, dry_run: bool, accept: bool = False, coord_sys: CoordSys = "wgs84",
) -> GridReport:  # fmt: skip
    """Hard faults refuse the whole file, soft ones unless `accept`; read and checked before anything is written, then written
    piece by piece, so that alerts are stored meanwhile. After a crash the same file goes on. Raises as `read_grids`."""
    with store.read() as session:
        made = plan_grids(session, data, coord_sys)
    report = made.report
    if dry_run or report.hard or (report.soft and not accept):
        return report
    digest = hashlib.sha256(data).hexdigest()[:16]
    for first in range(0, len(made.fresh), PART):
        with store.write() as session:
            for draft in made.fresh[first : first + PART]:
                session.merge(Grid(**draft.values, imported_at=at))
        store.breathe()
    with store.write() as session:
        audit.write(session, actor, "grid.import", "grid", digest, at=at,
                    detail={"new": report.new, "changed": report.changed, "accepted": report.soft})  # fmt: skip
        feed.push(session, "ground", "grids", at=at)
    report.done = True
    return report


def do_remove_grid(session: Session, actor: Actor, code: str, at: float) -> None:
    """Raises NotFoundError `ground.missing`, ConflictError `ground.in_use` (grids name it as theirs)."""
    row = session.get(Grid, code)
    if row is None:
        raise NotFoundError("ground.missing", f"no grid {code}", id=code)
    count = session.scalar(select(func.count()).where(Grid.police_code == code)) or 0
    if row.kind == "police" and count:
        raise ConflictError("ground.in_use", f"{count} grids belong to {code}", id=code, which=f"grid {count}",
                            uses=[{"table": "grid", "count": count}])  # fmt: skip
    session.delete(row)
    session.flush()
    audit.write(session, actor, "grid.remove", "grid", code, at=at)
    feed.push(session, "ground", code, at=at)


def to_geojson(rows: Iterable[Grid]) -> dict[str, Any]:
    """As `read_grids` reads it back."""
    features = []
    for row in rows:
        told = {name: getattr(row, name) for name in NAMES}
        features.append({"type": "Feature", "properties": told,
                         "geometry": {"type": "MultiPolygon", "coordinates": row.rings}})  # fmt: skip
    return {"type": "FeatureCollection", "features": features}
