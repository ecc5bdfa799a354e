"""Who and where: what is refused and why, what keeps a thing from being removed, and that nobody is judged backwards."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lianqin.audit import Actor, AuditRow
from lianqin.db import Store
from lianqin.errors import ConflictError, LianqinError, NotFoundError, RecordError
from lianqin.feed import FeedRow
from lianqin.testing import T0
from patrol import in_use
from patrol.county import book, seed
from patrol.county.rings import area_m2, check_ring
from patrol.county.tables import Area, Checkpoint, Guard, Unit
from patrol.duty import shifts
from patrol.duty.tables import Shift
from patrol.worker.pipeline import grounds_of, on_shifts

COUNTY = {"id": "C", "kind": "county", "name": "平安县", "code": "990101"}
TOWN = {"id": "T", "kind": "town", "name": "城关镇", "parent_id": "C"}
STATION = {"id": "S", "kind": "station", "name": "城关派出所", "parent_id": "T"}
SQUARE = [[119.30, 34.0], [119.31, 34.0], [119.31, 34.01], [119.30, 34.01]]


@pytest.mark.parametrize(("ring", "key", "told"), [
    ([(119.0, 34.0), (119.1, 34.0), (119.0, 34.0)], "ring.corners", {"corners": 2}),
    ([(34.0, 119.0), (34.1, 119.0), (34.1, 119.1)], "ring.outside", {"lon": 34.0}),
    ([(119.0, 34.0), (119.01, 34.01), (119.01, 34.0), (119.0, 34.01)], "ring.crosses", {"lon": 119.005, "lat": 34.005}),
    ([(119.0, 34.0), (119.02, 34.0), (119.01, 34.0), (119.01, 34.01)], "ring.crosses", {}),
    ([(119.0, 34.0), (119.0000001, 34.0), (119.0, 34.0000001)], "ring.thin", {}),
    ([(100.0, 30.0), (102.0, 30.0), (102.0, 32.0)], "ring.large", {}),
])  # fmt: skip
def test_what_makes_no_area_is_refused_with_its_place(
    ring: list[tuple[float, float]], key: str, told: dict[str, float]
) -> None:
    with pytest.raises(RecordError) as caught:
        check_ring(ring)
    assert caught.value.key == key
    assert {name: caught.value.values[name] for name in told} == pytest.approx(told)


def test_a_closed_ring_is_opened_and_measured_in_metres() -> None:
    ring = check_ring([(119.0, 34.0), (119.01, 34.0), (119.01, 34.01), (119.0, 34.01), (119.0, 34.0)])
    assert len(ring) == 4
    from shapely.geometry import Polygon  # noqa: PLC0415 - this test's own yardstick

    assert area_m2(Polygon(ring)) == pytest.approx(922 * 1112, rel=0.01)


def do(store: Store, actor: Actor, kind: Any, raw: object) -> str:
    with store.write() as session:
        return book.do_put(session, actor, kind, raw, T0)


def test_each_put_is_new_changed_or_the_same_and_leaves_its_mark(store: Store, actor: Actor) -> None:
    team = {"id": "T1", "unit_id": "U1", "name": "一班", "strength": 12, "lead_guard_id": "G01"}
    told = [do(store, actor, "organisations", one) for one in (COUNTY, TOWN, STATION)]
    told += [
        do(store, actor, "teams", team),
        do(store, actor, "teams", team | {"strength": 10}),
        do(store, actor, "teams", team | {"strength": 10}),
    ]
    assert told == ["new", "new", "new", "new", "changed", "same"]
    with store.read() as session:
        marks = session.scalars(select(AuditRow).where(AuditRow.object_id == "T1").order_by(AuditRow.seq)).all()
        assert [row.action for row in marks] == ["team.put", "team.put"]
        assert marks[1].detail["changed"] == ["strength"]
        assert (
            len(session.scalars(select(FeedRow).where(FeedRow.topic == "ground", FeedRow.object_id == "T1")).all()) == 2
        )


@pytest.mark.parametrize(("kind", "raw", "key"), [
    ("organisations", {"id": "X", "kind": "town", "name": "x"}, "ground.parent"),
    ("organisations", {"id": "X", "kind": "county", "name": "x", "parent_id": "C"}, "ground.parent"),
    ("organisations", {"id": "X", "kind": "town", "name": "x", "parent_id": "S"}, "ground.parent"),
    ("organisations", {"id": "X", "kind": "town", "name": "x", "parent_id": "C", "code": "99"}, "record.invalid"),
    ("units", {"id": "X", "kind": "security_company", "name": "x", "station_id": "T"}, "ground.station"),
    ("units", {"id": "X", "kind": "gang", "name": "x"}, "record.invalid"),
    ("units", {"id": "X", "kind": "property", "name": ""}, "record.invalid"),
    ("teams", {"id": "X", "unit_id": "U9", "name": "x"}, "ground.no_unit"),
    ("teams", {"id": "X", "unit_id": "U1", "name": "x", "lead_guard_id": "G99"}, "ground.no_guard"),
    ("guards", {"id": "X", "unit_id": "U1", "name": "x", "team_id": "T9"}, "ground.no_team"),
    ("guards", {"id": "X", "unit_id": "U1", "name": "x", "default_area_id": "A9"}, "ground.no_area"),
    ("guards", {"id": "X", "unit_id": "U1", "name": "x", "cert_valid_until": "soon"}, "record.invalid"),
    ("areas", {"id": "X", "name": "x", "polygon": SQUARE, "mode": "drone"}, "record.invalid"),
    ("areas", {"id": "X", "name": "x", "polygon": SQUARE, "windows": [[600, 540]]}, "ground.window"),
    ("areas", {"id": "X", "name": "x", "polygon": [[119.0, 34.0], [119.01, 34.01], [119.01, 34.0], [119.0, 34.01]]}, "ring.crosses"),
    ("posts", {"id": "X", "area_id": "A1", "name": "x", "lon": 119.2, "lat": 34.0, "unit_ids": ["U1", "U9"]}, "ground.no_unit"),
    ("posts", {"id": "X", "area_id": "A1", "name": "x", "lon": 119.2, "lat": 134.0}, "record.invalid"),
    ("checkpoints", {"id": "X", "area_id": "A9", "name": "x", "lon": 119.2, "lat": 34.0}, "ground.no_area"),
])  # fmt: skip
def test_bad_input_is_refused_by_name(store: Store, actor: Actor, kind: Any, raw: dict[str, Any], key: str) -> None:
    for one in (COUNTY, TOWN, STATION):
        do(store, actor, "organisations", one)
    with pytest.raises(LianqinError) as caught:
        do(store, actor, kind, raw)
    assert caught.value.key == key


def test_one_code_stands_for_one_place_among_posts_and_checkpoints(store: Store, actor: Actor) -> None:
    do(store, actor, "posts", {"id": "P1", "area_id": "A1", "name": "岗", "lon": 119.2, "lat": 34.0, "scan_code": "Q1"})
    for raw in ({"scan_code": "Q1"}, {"nfc_id": "Q1"}):
        with pytest.raises(RecordError, match="P1"):
            do(
                store,
                actor,
                "checkpoints",
                {"id": "A1-3", "area_id": "A1", "name": "点", "lon": 119.2, "lat": 34.0, **raw},
            )
    assert (
        do(
            store,
            actor,
            "posts",
            {"id": "P1", "area_id": "A1", "name": "东岗", "lon": 119.2, "lat": 34.0, "scan_code": "Q1"},
        )
        == "changed"
    )


@pytest.mark.parametrize(
    "mode", ["joint_police", "staggered", "key", "radiating", "four_colour", "joint_stations", "many_units", "township"]
)
def test_an_area_runs_in_each_of_the_eight_modes(store: Store, actor: Actor, mode: str) -> None:
    assert (
        do(
            store,
            actor,
            "areas",
            {"id": "A2", "name": "二区", "polygon": SQUARE, "mode": mode, "windows": [[450, 540], [990, 1110]]},
        )
        == "new"
    )


def test_what_is_spoken_of_stays_and_says_by_whom(store: Store, actor: Actor) -> None:
    do(store, actor, "teams", {"id": "T1", "unit_id": "U1", "name": "一班"})
    with store.write() as session:
        shifts.do_open(session, actor, "G01", None, 8, T0)
    for kind, row_id, by in (("units", "U1", {"guards": 2, "teams": 1, "shift": 1}), ("areas", "A1", {"guards": 3, "checkpoints": 2, "shift": 1}),
                             ("guards", "G01", {"shift": 1})):  # fmt: skip
        with pytest.raises(ConflictError) as caught, store.write() as session:
            in_use.do_remove(session, actor, kind, row_id, T0)  # type: ignore[arg-type] # a literal in the table above
        assert caught.value.key == "ground.in_use"
        assert {use["table"]: use["count"] for use in caught.value.values["uses"]} == by  # type: ignore[attr-defined] # as raised
    with store.write() as session:
        in_use.do_remove(session, actor, "teams", "T1", T0)
        with pytest.raises(NotFoundError):
            in_use.do_remove(session, actor, "teams", "T1", T0)


def test_a_guard_who_left_keeps_his_record_and_opens_no_shift(store: Store, actor: Actor) -> None:
    with store.read() as session:
        signed = session.get_one(Guard, "G01").notice_signed_at
    assert do(store, actor, "guards", {"id": "G01", "unit_id": "U1", "name": "孙建国", "cert_valid_until": "2029-12-31",
                                       "default_area_id": "A1", "left_on": "2026-09-01"}) == "changed"  # fmt: skip
    with store.write() as session:
        assert session.get_one(Guard, "G01").notice_signed_at == signed
        with pytest.raises(ConflictError, match="2026-09-01"):
            shifts.do_open(session, actor, "G01", None, 8, T0)


def test_a_border_moved_during_a_shift_judges_nobody_backwards(store: Store, actor: Actor) -> None:
    with store.write() as session:
        shift_id = shifts.do_open(session, actor, "G01", None, 8, T0).id
    with store.read() as session:
        before = grounds_of(session, on_shifts(session, Shift.id == shift_id))
    do(store, actor, "areas", {"id": "A1", "name": "学院片区", "polygon": SQUARE})
    do(store, actor, "checkpoints", {"id": "A1-1", "area_id": "A1", "name": "西口", "lon": 119.305, "lat": 34.005})
    with store.read() as session:
        assert grounds_of(session, on_shifts(session, Shift.id == shift_id)) == before
        assert session.get_one(Area, "A1").polygon == SQUARE
    with store.write() as session:
        shifts.do_close(session, actor, shift_id, T0 + 60)
        later = shifts.do_open(session, actor, "G01", None, 8, T0 + 120)
        assert grounds_of(session, on_shifts(session, Shift.id == later.id))[later.id].polygon == tuple(
            (lon, lat) for lon, lat in SQUARE
        )


def test_a_county_file_may_name_children_first_and_leaders_before_guards(store: Store, actor: Actor) -> None:
    raw = {
        "organisations": [STATION, TOWN, COUNTY], "units": [{"id": "U7", "kind": "self_hired", "name": "医院", "station_id": "S", "service_area": SQUARE}],
        "teams": [{"id": "T7", "unit_id": "U7", "name": "应急", "kind": "reserve", "strength": 50, "lead_guard_id": "G70"}],
        "guards": [{"id": "G70", "unit_id": "U7", "name": "新人", "team_id": "T7"}],
        "areas": [{"id": "A7", "name": "新区", "polygon": SQUARE, "checkpoints": [{"id": "A7-1", "name": "门", "lon": 119.305, "lat": 34.005}]}],
    }  # fmt: skip
    with store.write() as session:
        first = seed.put_ground(session, actor, raw, T0)
    with store.write() as session:
        again = seed.put_ground(session, actor, raw, T0 + 1)
        assert session.get_one(Checkpoint, "A7-1").area_id == "A7"
        assert session.get_one(Unit, "U7").service_area == SQUARE
    assert first["organisations"] == 3
    assert {kind: count for kind, count in again.items() if count} == {
        "teams": 1
    }  # its leader was put off, and came again
