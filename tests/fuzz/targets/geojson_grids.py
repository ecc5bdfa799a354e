"""Grids from GeoJSON files (`patrol.county.grids`). The first byte is the system of coordinates."""

from __future__ import annotations

import json

from lianqin.errors import RecordError
from patrol.county.grids import check_grids, of_rings, read_grids
from tests.fuzz.target import Target

SYSTEMS = ("wgs84", "gcj02", "bd09")
MOST_CHECKED = 8


def run(data: bytes) -> bool:
    system = SYSTEMS[data[0] % 3 if data else 0]
    try:
        drafts, faults = read_grids(data[1:], system)  # type: ignore[arg-type]
    except RecordError:
        return False
    assert all(one.hard for one in faults)
    if 0 < len(drafts) <= MOST_CHECKED:
        for fault in check_grids(drafts, [], None):
            assert fault.key.startswith("grid.")
    for draft in drafts:
        assert len(draft.code) == len(str(draft.code))
        if draft.shape.is_valid:
            assert of_rings(draft.values["rings"]).equals(draft.shape)
    return bool(drafts)


def feature(code: str, kind: str, shape: str, points: object, **more: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"code": code, "name": "一格", "kind": kind, **more},
        "geometry": {"type": shape, "coordinates": points},
    }


RING = [[119.2, 34.0], [119.21, 34.0], [119.21, 34.01], [119.2, 34.01], [119.2, 34.0]]
BESIDE = [[x + 0.0095, y] for x, y in RING]
HOLE = [[119.203, 34.003], [119.204, 34.003], [119.204, 34.004], [119.203, 34.003]]


def file(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


TARGET = Target(
    run,
    (
        b"\x00" + file(feature("370211003001001", "urban", "Polygon", [RING]), feature("370211003001002", "农村", "Polygon", [BESIDE], police_code="370211P01")),
        b"\x01" + file(feature("370211P01", "警格", "MultiPolygon", [[RING, HOLE], [BESIDE]])),
        b"\x02" + file({"type": "Feature", "properties": {"网格编码": 370211003001001.0, "类型": "专属"}, "geometry": {"type": "Polygon", "coordinates": [RING[::-1]]}}),
        b"\x00" + file(feature("1", "urban", "GeometryCollection", []), feature("1", "x", "Point", [119.2, 34.0]), {"geometry": None}, 7),
        b"\x00" + file(feature("1", "urban", "Polygon", [[[119.2, 34.0, 5.0], [119.3, 34.1, 5], [119.3, 34.0, 5], [119.2, 34.1, 5], [119.2, 34.0, 5]]])),
    ),
    (b'"type":"Polygon"', b'"MultiPolygon"', b'"GeometryCollection"', b'"geometries":', b'"LineString"', b'"coordinates":', b"[[[", b"]]]", b"119.2", b"34.0",
     b"1e308", b"-1e308", b"1e999", b"null", b"{}", b"[]", b'"code":', b'"kind":', b'"urban"', b"\\ud800", b"\\u0000", b"true", b"180", b"0.0"),
    most=4000, steps=(60_000, 800), share=2,
)  # fmt: skip
