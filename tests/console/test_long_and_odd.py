"""What once lost an alert, a fix or a decision: texts longer than their column and characters that no database takes, each from where
it comes in to where it is shown, on both databases."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.cameras.outages import Sighting, do_follow, switch_of
from console.cameras.tables import CameraRow
from lianqin import keys
from lianqin.bus import Publisher
from lianqin.dead import DeadLetters
from lianqin.records import FixBatch
from lianqin.testing import T0, FakeClock, a_fix, an_alert
from patrol.devices.tables import QuarantineRow
from patrol.judging import presence
from patrol.worker.loop import PatrolWorker, drain


def test_an_alert_of_a_zone_with_a_long_name_is_shown(room: Any) -> None:
    room.take(an_alert(zone_name="东" * 114), an_alert(id="al-2"))
    items = room.role("operator").get("/api/alerts").json()["items"]
    assert {one["id"]: one["zone_name"] for one in items}["al-0001"] == "东" * 79 + "…"


def test_an_alert_of_a_long_zone_at_a_long_camera_is_confirmed(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").name = "路" * 60
    room.take(an_alert(zone_name="门" * 70))
    operator = room.role("operator")
    answer = operator.post("/api/alerts/al-0001/confirm")
    assert answer.status_code == 200, answer.text
    assert operator.get("/api/alerts/al-0001").json()["state"] == "confirmed"


def test_cameras_behind_a_long_host_name_are_called_blind(room: Any) -> None:
    host = f"cam.{'x' * 60}.gov.example"
    seen = [Sighting(f"C0{n}", switch_of(f"rtsp://{host}/{n}"), "silent", T0) for n in (1, 2)]
    with room.console.store.write() as session:
        do_follow(session, seen, T0)
        made = do_follow(session, seen, T0 + 30)
        assert {one.camera_id for one in made} == {"C01", "C02"}
    with room.console.store.read() as session:
        assert {one.situation for one in session.scalars(select(AlertRow))} == {"camera_lost"}


def test_a_strangers_post_with_a_nul_stops_no_guards_fix(room: Any) -> None:
    """As it came before it was cleaned at the door: the stream may hold such an entry."""
    client, clock = room.console.redis, FakeClock()
    body = (
        b'{"type":"quarantined","id":"qu-1","received_at":%f,"client":"osmand","why":"unknown device","raw":"id=a\\u0000b"}'
        % T0
    )
    client.xadd(keys.QUARANTINE, {keys.FIELD: body})
    Publisher(client).publish(keys.fixes(0, late=False), FixBatch((a_fix(guard_id="G1", device_id="D1"),)))
    worker = PatrolWorker(room.console.settings, room.store, client, clock, threading.Event())
    drain(worker)
    clock.advance(2)
    worker.turn(block=0.01)
    assert [one.guard_id for one in presence.places(client).values()] == ["G1"]
    with room.store.read() as session:
        assert session.get_one(QuarantineRow, "qu-1").raw == "id=ab"
    assert DeadLetters(client).newest(10) == []


def test_the_administrator_sees_looks_at_plays_and_throws_away_what_could_not_be_taken(room: Any) -> None:
    client = room.console.redis
    for n in (1, 2):
        client.xadd(
            keys.DEAD, {"stream": keys.ALERTS, "id": f"{n}-0", "why": "x", "reason": "value", "raw": b'{"n": %d}' % n}
        )
    administrator = room.role("sysadmin")
    newest, oldest = administrator.get("/api/dead-letters").json()["items"]
    assert [one["reason"] for one in (newest, oldest)] == ["value", "value"]
    assert administrator.get(f"/api/dead-letters/{newest['id']}/body").json() == {"body": '{"n": 2}', "more": 0}
    assert administrator.post(f"/api/dead-letters/{newest['id']}/play-again").status_code == 200
    assert administrator.ask("DELETE", f"/api/dead-letters/{oldest['id']}").status_code == 200
    assert administrator.get("/api/dead-letters").json()["items"] == []
    [(_, fields)] = client.xrange(keys.ALERTS)
    assert fields == {keys.FIELD: b'{"n": 2}'}
    assert [row.action for row in room.audit() if row.action.startswith("dead.")] == [
        "dead.look", "dead.play_again", "dead.throw_away"]  # fmt: skip
    assert administrator.post(f"/api/dead-letters/{newest['id']}/play-again").status_code == 404
