"""Calls for help at the station, for the company and on the guard's page; on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from console.access.sessions import Caller
from console.guards.places import places_now
from console.push.hub import FeedChange, hears
from lianqin import keys
from lianqin.audit import Actor
from lianqin.bus import Publisher
from lianqin.db import Store
from lianqin.errors import BusUnavailable
from lianqin.feed import FeedRow
from lianqin.records import FixBatch, SosCall
from lianqin.testing import T0
from patrol.county.tables import Guard, Organisation, Unit
from patrol.duty.tables import Shift
from patrol.judging import presence
from patrol.judging.presence import GuardPlace
from patrol.sos import calls
from patrol.sos.tables import SosCallRow, SosPress
from patrol.worker.loop import PatrolWorker, drain

PHONE_ID = "so-0123456789abcdef"


def from_device(room: Any, guard_id: str = "G1", **changes: Any) -> str:
    """A terminal's call, through stream and worker; its id."""
    at = room.clock.now()
    call = SosCall(
        id=f"sos-{guard_id}-{at}", device_id="D1", guard_id=guard_id, received_at=at, at=at - 1, lat=34.0, lon=119.2
    )
    call = msgspec.structs.replace(call, **changes)
    Publisher(room.redis).publish(keys.fixes(0, late=False), FixBatch((), (call,)))
    drain(PatrolWorker(room.settings, room.store, room.redis, room.clock, threading.Event()))
    return call.id


def open_calls(room: Any, role: str = "operator") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = room.role(role).get("/api/sos").json()["items"]
    return items


def test_from_the_stream_to_the_desk_and_to_its_end(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").phone = "0990-5550101"
    call_id = from_device(room, lat=None, lon=None)
    (one,) = open_calls(room)
    assert (one["id"], one["state"], one["guard"]["name"], one["guard"]["phone"], one["guard"]["unit"]["name"]) == (
        call_id, "raised", "保安1", "0990-5550101", "1号保安公司")  # fmt: skip
    assert (one["place"], one["duty"], one["clock"], one["late"], one["presses"]) == (
        None,
        "on_shift",
        "right",
        False,
        1,
    )
    taken = room.role("leader").post(f"/api/sos/{call_id}/take")
    assert taken.json()["sos"]["taken_by"] == "leader 甲"
    room.clock.advance(60)
    refused = room.role("leader").post(f"/api/sos/{call_id}/close", {"outcome": "other", "note": " "})
    assert (refused.status_code, refused.json()["key"]) == (422, "sos.note")
    done = room.role("leader").post(f"/api/sos/{call_id}/close", {"outcome": "helped", "note": "已送医"})
    assert (done.json()["sos"]["state"], done.json()["sos"]["closed_by"]) == ("closed", "leader 甲")
    assert open_calls(room) == []
    (kept,) = room.role("officer").get("/api/sos?state=closed").json()["items"]
    assert (kept["outcome"], kept["note"]) == ("helped", "已送医")
    assert [row.action for row in room.audit() if row.object_kind == "sos"] == ["sos.raise", "sos.take", "sos.close"]
    with room.store.read() as session:
        assert session.scalar(select(func.count()).where(FeedRow.topic == "sos")) == 3


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_of_two_takers_the_second_gets_409_with_the_name_of_the_first(room: Any, language: str) -> None:
    call_id = from_device(room)
    room.clock.advance(5)
    assert room.role("operator").post(f"/api/sos/{call_id}/take").status_code == 200
    second = room.visitor("a-operator2").ask("POST", f"/api/sos/{call_id}/take", {}, **{"accept-language": language})
    assert (second.status_code, second.json()["key"]) == (409, "sos.taken")
    assert second.json()["values"]["name"] == "operator 甲"
    assert "operator 甲" in second.json()["detail"]
    assert second.json()["values"]["when"] in second.json()["detail"]
    assert room.role("operator").post(f"/api/sos/{call_id}/take").status_code == 200, "who has it may press again"


def test_two_who_take_in_the_same_moment_are_told_apart(room: Any) -> None:
    call_id = from_device(room)
    takers = [Actor(f"ac-{n}", f"值班员{n}", "operator") for n in range(4)]
    ready = threading.Barrier(len(takers))

    def take(actor: Actor) -> str:
        ready.wait()
        try:
            with room.store.write() as session:
                calls.do_take(session, actor, call_id, T0)
        except calls.ConflictError as error:
            return str(error.values["name"])
        return "took"

    with ThreadPoolExecutor(len(takers)) as pool:
        said = list(pool.map(take, takers))
    assert said.count("took") == 1
    winner = takers[said.index("took")].name
    assert {one for one in said if one != "took"} == {winner}


def test_presses_that_arrive_in_the_same_moment_are_one_call(room: Any) -> None:
    ready = threading.Barrier(6)

    def press(n: int) -> str:
        call = SosCall(id=f"s{n}", device_id=f"D{n}", guard_id="G1", received_at=T0 + n)
        ready.wait()
        with Store(room.store.engine).write() as session:
            return calls.do_raise(session, calls.SYSTEM, call, T0 + n).id

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(press, range(6)))
    assert len(ids) == 1
    assert open_calls(room)[0]["presses"] == 6


HERE = {"lon": 119.203, "lat": 34.001, "accuracy_m": 12.0}


def test_the_guards_page_raises_takes_a_place_that_follows_and_asks_for_closing(room: Any) -> None:
    guard, now = room.role("guard"), room.clock.now()
    raised = guard.post("/api/m/sos", {"id": PHONE_ID, "at": now - 1}).json()["sos"]
    assert (raised["state"], raised["place"], raised["presses"]) == ("raised", None, 1)
    room.clock.advance(3)
    again = guard.post("/api/m/sos", {"id": PHONE_ID, "at": now - 1, **HERE, "age_s": 20}).json()["sos"]
    assert (again["id"], again["presses"], again["place"]["source"]) == (raised["id"], 1, "own")
    older = {"id": PHONE_ID, "at": now - 1, "lon": 119.3, "lat": 34.0, "age_s": 90}
    assert guard.post("/api/m/sos", older).json()["sos"]["place"] == again["place"], "known, with a newer place"
    newer = guard.post("/api/m/sos", {**older, "age_s": 2}).json()["sos"]
    assert (newer["place"]["lon"], newer["presses"]) == (119.3, 1)
    room.role("operator").post(f"/api/sos/{raised['id']}/take")
    asked = guard.post(f"/api/m/sos/{raised['id']}/well").json()["sos"]
    assert (asked["state"], asked["well_at"], asked["taken_by"]) == ("taken", room.clock.now(), "operator 甲")
    assert open_calls(room)[0]["well_at"] == room.clock.now()
    assert guard.get("/api/m/sos").json()["sos"]["id"] == raised["id"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, None),
        ({"at": None, "lon": None, "lat": None}, None),
        ({"at": 0}, None),
        ({"at": 4e9, **HERE}, "own"),
        ({"at": T0 - 6 * 3600, **HERE, "age_s": 240}, "own"),
        ({"lon": 0, "lat": 0}, None),
        ({"lon": 500, "lat": 34}, None),
        ({"lon": 119.2}, None),
        ({**HERE, "accuracy_m": -1}, "own"),
        ({**HERE, "battery": "unheard of"}, "own"),
    ],
)
@pytest.mark.parametrize("off_shift", [False, True])
def test_nothing_about_the_phones_claim_refuses_it(
    room: Any, body: dict[str, Any], place: str | None, *, off_shift: bool
) -> None:
    if off_shift:
        with room.store.write() as session:
            session.get_one(Shift, "S1").closed_at = T0 - 60
    answer = room.role("guard").post("/api/m/sos", {"id": PHONE_ID, **body})
    assert answer.status_code == 200, answer.text
    (one,) = open_calls(room)
    assert (one["place"]["source"] if one["place"] else None) == place
    assert one["duty"] == ("off_shift" if off_shift else "on_shift")


def test_a_call_that_waited_in_the_phone_is_said_as_late(room: Any) -> None:
    room.role("guard").post("/api/m/sos", {"id": PHONE_ID, "at": room.clock.now() - 7200, **HERE, "age_s": 30})
    (one,) = open_calls(room)
    assert (one["late"], one["late_s"], one["raised_at"]) == (True, 7200, room.clock.now())
    assert one["place"]["at"] == room.clock.now() - 7230


def test_without_a_place_of_its_own_the_page_has_the_maps(room: Any) -> None:
    at = room.clock.now()
    presence.put_places(room.redis, [GuardPlace("G1", "保安1", "U1", "S1", "A1", 119.205, 34.0, at - 240, at - 239)])
    assert "G1" in places_now(room.console)
    place = room.role("guard").post("/api/m/sos", {"id": PHONE_ID}).json()["sos"]["place"]
    assert (place["source"], place["lon"], place["at"]) == ("last", 119.205, at - 240)


def test_while_redis_is_away_the_page_raises_all_the_same(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise BusUnavailable("bus.away", "Redis is away")

    monkeypatch.setattr("console.sos.routes.places_now", away)
    assert room.role("guard").post("/api/m/sos", {"id": PHONE_ID}).status_code == 200
    assert len(open_calls(room)) == 1


def test_one_guards_id_is_not_anothers(room: Any) -> None:
    first = room.role("guard").post("/api/m/sos", {"id": PHONE_ID}).json()["sos"]
    second = room.visitor("a-guard2").post("/api/m/sos", {"id": PHONE_ID}).json()["sos"]
    assert first["id"] != second["id"]
    assert {one["guard_id"] for one in open_calls(room)} == {"G1", "G2"}
    assert room.role("guard").post(f"/api/m/sos/{second['id']}/well").status_code == 404


def test_terminal_and_page_of_one_guard_are_one_call(room: Any) -> None:
    from_device(room)
    room.clock.advance(4)
    assert room.role("guard").post("/api/m/sos", {"id": PHONE_ID}).json()["sos"]["presses"] == 2
    assert len(open_calls(room)) == 1


def test_the_company_hears_of_its_own_guard_alone_and_takes_nothing(room: Any) -> None:
    own, other = from_device(room, "G1"), from_device(room, "G2")
    assert [one["id"] for one in open_calls(room, "company")] == [own]
    assert {one["id"] for one in open_calls(room)} == {own, other}
    assert room.role("company").post(f"/api/sos/{own}/take").status_code == 403
    room.role("operator").post(f"/api/sos/{own}/take")
    assert open_calls(room, "company")[0]["taken_by"] == "operator 甲"


def test_a_guard_whom_nobody_knows_is_on_the_desk_too(room: Any) -> None:
    from_device(room, "G99")
    (one,) = open_calls(room)
    assert one["guard"] == {"id": "G99", "name": "G99", "phone": "", "unit": None}
    assert open_calls(room, "company") == []


HEARERS = [("operator", True), ("leader", True), ("officer", True), ("company", True), ("guard", True),
           ("sysadmin", False), ("auditor", False), ("wall", False)]  # fmt: skip


@pytest.mark.parametrize(("role", "heard"), HEARERS)
def test_the_push_names_the_call_to_those_whom_it_concerns(role: Any, heard: bool) -> None:
    own = Caller(Actor("a", "a", role, "U1", "G1"), "a", "c", "s")
    others = Caller(Actor("b", "b", role, "U2", "G2"), "b", "c", "s")
    change = FeedChange(1, T0, "sos", "sos-1", "U1", "G1")
    assert hears(own, change) is heard
    assert hears(others, change) is (heard and role not in {"company", "guard"})


def test_whom_to_ring_is_110_and_who_is_known(room: Any) -> None:
    numbers = room.role("guard").get("/api/m/sos").json()["numbers"]
    assert [(one["kind"], one["phone"]) for one in numbers] == [("police", "110")]
    with room.store.write() as session:
        session.add(Organisation(id="O1", kind="county", name="县", phone=""))
        session.flush()
        session.add(Organisation(id="O2", kind="station", parent_id="O1", name="城东派出所", phone="0990-5550000"))
        session.flush()
        unit = session.get_one(Unit, "U1")
        unit.station_id, unit.phone = "O2", "0990-5551111"
    numbers = room.role("guard").get("/api/m/sos").json()["numbers"]
    assert [(one["kind"], one["phone"]) for one in numbers] == [
        ("police", "110"), ("station", "0990-5550000"), ("company", "0990-5551111")]  # fmt: skip


def test_telephone_numbers_are_set_up_and_nonsense_is_refused(room: Any) -> None:
    body = {"name": "保安1", "unit_id": "U1", "phone": "+86 199-0000-0001"}
    assert room.role("sysadmin").put("/api/ground/guards/G1", body).status_code == 200
    with room.store.read() as session:
        assert session.get_one(Guard, "G1").phone == "+86 199-0000-0001"
    assert room.role("sysadmin").put("/api/ground/guards/G1", body | {"phone": "javascript:x"}).status_code == 422


def test_a_killed_console_leaves_no_half_call(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row, its press, the audit and the feed stand or fall together; the phone sends again."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(calls.feed, "push", broken)
        assert room.role("guard").post("/api/m/sos", {"id": PHONE_ID}).status_code == 500
    with room.store.read() as session:
        assert session.scalar(select(func.count()).select_from(SosCallRow)) == 0
        assert session.scalar(select(func.count()).select_from(SosPress)) == 0
    assert room.audit("sos.raise") == []
    assert room.role("guard").post("/api/m/sos", {"id": PHONE_ID}).json()["sos"]["presses"] == 1


def test_closed_calls_stand_in_a_list_and_a_file_for_the_station_and_each_company_for_its_own(room: Any) -> None:
    officer = room.role("officer")
    for guard_id, outcome in (("G1", "helped"), ("G2", "false_press")):
        call_id = from_device(room, guard_id)
        assert room.role("operator").post(f"/api/sos/{call_id}/take").status_code == 200
        assert officer.post(f"/api/sos/{call_id}/close", {"outcome": outcome, "note": "到场核实"}).status_code == 200
    room.clock.advance(5)
    open_id = from_device(room, "G1")
    for role, guards in (
        ("operator", {"G1", "G2"}),
        ("leader", {"G1", "G2"}),
        ("officer", {"G1", "G2"}),
        ("company", {"G1"}),
    ):
        listed = room.role(role).get("/api/sos?state=closed").json()["items"]
        assert ({one["guard_id"] for one in listed}, open_id in {one["id"] for one in listed}) == (guards, False)
        one = next(one for one in listed if one["guard_id"] == "G1")
        assert (one["taken_by"], one["closed_by"], one["outcome"], one["presses"]) == (
            "operator 甲",
            "officer 甲",
            "helped",
            1,
        )
        text = room.role(role).get("/api/sos.csv?lang=zh-CN").text
        assert ("保安1" in text, "保安2" in text) == (True, "G2" in guards)
        assert [word for word in ("已到场救助", "operator 甲", "officer 甲", "到场核实") if word not in text] == []
    rows = room.audit("sos.export")
    assert [(row.role, row.detail["rows"]) for row in rows] == [
        ("operator", 2),
        ("leader", 2),
        ("officer", 2),
        ("company", 1),
    ]
    assert room.role("auditor").get("/api/sos.csv").status_code == 403
