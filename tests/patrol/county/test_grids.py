"""Grids from GeoJSON: codes, crossings, overlaps and gaps are told, with their place, before anything is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from lianqin.audit import Actor
from lianqin.db import Store
from lianqin.errors import ConflictError, RecordError
from lianqin.geo import wgs84_to_gcj02
from lianqin.testing import T0
from patrol.county import book
from patrol.county.grids import GridReport, do_import_grids, do_remove_grid, to_geojson
from patrol.county.tables import Grid

STEP = 0.01
"""About 920 m by 1,110 m."""


def square(column: float, row: float, width: float = 1, height: float = 1) -> list[list[float]]:
    west, south = 119.2 + column * STEP, 34.0 + row * STEP
    east, north = west + width * STEP, south + height * STEP
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(number: int, ring: list[list[float]], **told: Any) -> dict[str, Any]:
    properties = {"code": f"990101100001{number:03d}", "kind": "urban", "name": f"{number}号网格"} | told
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


BLOCK = [feature(n, square(n % 3, n // 3)) for n in range(9)]


def run(store: Store, actor: Actor, data: bytes, **how: Any) -> GridReport:
    return do_import_grids(store, actor, data, T0, **({"dry_run": False} | how))


def standing(store: Store) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Grid)) or 0


def test_a_tiling_without_fault_is_imported_and_reads_back_unchanged(store: Store, actor: Actor) -> None:
    police = feature(900, square(0, 0, 3, 3), kind="警格", code="990101J01")
    block = [one | {"properties": one["properties"] | {"police_code": "990101J01"}} for one in BLOCK]
    dry = run(store, actor, collection(*block, police), dry_run=True)
    assert (dry.new, dry.hard, dry.soft, dry.done, standing(store)) == (10, 0, 0, False, 0)
    done = run(store, actor, collection(*block, police))
    assert (done.done, standing(store)) == (True, 10)
    with store.read() as session:
        again = json.dumps(to_geojson(session.scalars(select(Grid))), ensure_ascii=False).encode()
    report = run(store, actor, again)
    assert (report.same, report.changed, report.new, report.faults) == (10, 0, 0, [])


@pytest.mark.parametrize(("features", "key", "codes"), [
    ([*BLOCK, feature(20, square(2.5, 2))], "grid.overlap", ("990101100001008", "990101100001020")),
    ([*BLOCK[:4], *BLOCK[5:]], "grid.gap", ("990101100001000",)),
    ([*BLOCK[:8], feature(8, square(2.004, 2, 0.996))], "grid.gap", ("990101100001007", "990101100001008")),
])  # fmt: skip
def test_overlaps_holes_and_cracks_are_told_with_place_and_size(
    store: Store, actor: Actor, features: list[dict[str, Any]], key: str, codes: tuple[str, ...]
) -> None:
    report = run(store, actor, collection(*features))
    assert [one.key for one in report.faults] == [key]
    fault = report.faults[0]
    assert set(codes) <= set(fault.codes)
    assert fault.m2 is not None
    assert fault.lon is not None
    assert fault.lat is not None
    assert 119.2 < fault.lon < 119.24
    assert 34.0 < fault.lat < 34.04
    assert (report.soft, report.done, standing(store)) == (1, False, 0)
    assert run(store, actor, collection(*features), accept=True).done


def test_sizes_are_square_metres(store: Store, actor: Actor) -> None:
    hole = run(store, actor, collection(*BLOCK[:4], *BLOCK[5:])).faults[0]
    assert hole.m2 == pytest.approx(922 * 1112, rel=0.01)


@pytest.mark.parametrize(("changed", "key"), [
    (feature(1, square(5, 5), code="12345"), "grid.code"),
    (feature(1, square(5, 5), code="990201100001001"), "grid.county"),
    (feature(0, square(5, 5)), "grid.twice"),
    (feature(1, square(5, 5), police_code="990101J09"), "grid.police"),
    (feature(1, square(5, 5), kind="river"), "grid.kind"),
    (feature(1, [[119.3, 34.0], [119.31, 34.01], [119.31, 34.0], [119.3, 34.01], [119.3, 34.0]]), "grid.crosses"),
    (feature(1, [[34.0, 119.3], [34.0, 119.4], [34.1, 119.3], [34.0, 119.3]]), "grid.outside"),
    ({"type": "Feature", "properties": {"code": "990101100001001"}, "geometry": None}, "grid.geometry"),
    ({"type": "Feature", "properties": {"kind": "urban"}, "geometry": {"type": "Point", "coordinates": [119, 34]}}, "grid.geometry"),
    ({"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": [[1]]}}, "grid.geometry"),
    ("nonsense", "grid.geometry"),
])  # fmt: skip
def test_a_hard_fault_refuses_the_file_even_when_accepted(store: Store, actor: Actor, changed: Any, key: str) -> None:
    with store.write() as session:
        book.do_put(session, actor, "organisations", {"id": "C", "kind": "county", "name": "县", "code": "990101"}, T0)
    report = run(store, actor, collection(BLOCK[0], changed), accept=True)
    assert key in [one.key for one in report.faults if one.hard]
    assert (report.done, standing(store)) == (False, 0)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"type":"FeatureCollection","features":[]}', b'{"type":"Feature"}']
)
def test_what_is_no_collection_is_refused(store: Store, actor: Actor, data: bytes) -> None:
    with pytest.raises(RecordError, match=r"grid\.file"):
        run(store, actor, data)


def test_chinese_properties_and_the_map_services_datum_are_read(store: Store, actor: Actor) -> None:
    ring = [list(wgs84_to_gcj02((lon, lat))) for lon, lat in square(0, 0)]
    told = {"网格编码": 990101100001001.0, "网格类型": "城镇网格", "名称": "东门"}
    data = collection({"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    assert run(store, actor, data, coord_sys="gcj02").new == 1
    with store.read() as session:
        row = session.get_one(Grid, "990101100001001")
        assert row.rings[0][0][0] == pytest.approx([119.2, 34.0], abs=1e-8)


def test_a_part_is_held_against_the_grids_that_stand(store: Store, actor: Actor) -> None:
    run(store, actor, collection(*BLOCK))
    report = run(store, actor, collection(feature(30, square(2.5, 0))))
    assert [(one.key, one.codes) for one in report.faults] == [("grid.overlap", ("990101100001030", "990101100001002"))]
    assert report.absent == 9


def test_a_police_grid_with_grids_stays(store: Store, actor: Actor) -> None:
    police = feature(900, square(0, 0), kind="police", code="990101J01")
    run(store, actor, collection(police, feature(1, square(0, 0), police_code="990101J01")))
    with pytest.raises(ConflictError), store.write() as session:
        do_remove_grid(session, actor, "990101J01", T0)
    with store.write() as session:
        do_remove_grid(session, actor, "990101100001001", T0)
        do_remove_grid(session, actor, "990101J01", T0)
    assert standing(store) == 0


def test_a_county_of_1715_grids_is_checked_whole(store: Store, actor: Actor) -> None:
    features = [
        feature(n, square(n % 49, n // 49), code=f"9901011{n // 1000:02d}001{n % 1000:03d}") for n in range(1715)
    ]
    report = run(store, actor, collection(*features))
    assert (report.new, report.faults, report.done) == (1715, [], True)
