"""The register: a row in the transaction of every write, none without it; the auditor's search and export."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select

from console.access.tables import Account
from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow
from console.incidents.tables import Incident
from lianqin import audit, feed
from lianqin.audit import PURPOSES, Actor, system
from lianqin.errors import UnavailableError
from lianqin.testing import T0

CAMERA: dict[str, Any] = {"id": "C09", "code": "99010100001320000009", "name": "北门", "url": "rtsp://10.0.0.9/main"}
ZONE: dict[str, Any] = {"name": "院内", "situation": "intrusion", "points": [[0, 0], [1, 0], [1, 1]]}
ACCOUNT: dict[str, Any] = {"username": "new", "role": "operator", "name": "新", "password": "long enough for all"}

WRITES: list[tuple[str, str, str, Any, str]] = [
    ("operator", "POST", "/api/alerts/al-0001/confirm", None, "alert.confirm"),
    ("operator", "POST", "/api/alerts/al-0001/false", {"reason": "animal"}, "alert.false"),
    ("operator", "POST", "/api/alerts/al-0001/ignore", None, "alert.ignore"),
    ("leader", "GET", "/api/alerts.csv", None, "alert.export"),
    ("operator", "GET", "/api/alerts/al-0001/snapshot", None, "snapshot.look"),
    ("sysadmin", "POST", "/api/cameras", CAMERA, "camera.add"),
    ("sysadmin", "PUT", "/api/cameras/C01", CAMERA | {"id": "C01", "code": "99010100001320000001"}, "camera.change"),
    ("sysadmin", "DELETE", "/api/cameras/C01", None, "camera.remove"),
    ("sysadmin", "POST", "/api/cameras/import", {"cameras": [CAMERA]}, "camera.add"),
    ("sysadmin", "PUT", "/api/cameras/C01/zones/C01-z9", ZONE, "zone.put"),
    ("sysadmin", "DELETE", "/api/cameras/C01/zones/C01-z1", None, "zone.remove"),
    ("sysadmin", "PUT", "/api/cameras/C01/masks", {"masks": [[[0, 0], [1, 0], [1, 1]]]}, "camera.masks"),
    ("secadmin", "POST", "/api/accounts", ACCOUNT, "account.add"),
    ("secadmin", "PUT", "/api/accounts/a-operator2", ACCOUNT, "account.change"),
    ("operator", "POST", "/api/logout", None, "account.logout"),
    ("auditor", "GET", "/api/audit.csv", None, "audit.export"),
    ("company", "GET", "/api/company/guards.csv", None, "company.export"),
]
"""(role, method, address, body, the action it registers)."""


def things(room: Any) -> list[Any]:
    with room.store.read() as session:
        return [
            sorted(tuple(row) for row in session.execute(select(AlertRow.id, AlertRow.state))),
            sorted(tuple(row) for row in session.execute(select(Incident.id))),
            sorted(tuple(row) for row in session.execute(select(CameraRow.id, CameraRow.version, CameraRow.name))),
            sorted(tuple(row) for row in session.execute(select(Account.id, Account.role, Account.username))),
            len(feed.after(session, 0)),
        ]


@pytest.mark.parametrize(("role", "method", "path", "body", "action"), WRITES)
def test_every_write_and_every_look_registers_who_did_it(
    room: Any, alert: Any, role: str, method: str, path: str, body: Any, action: str
) -> None:
    visitor = room.role(role)
    answer = visitor.ask(method, path, body)
    assert answer.status_code == 200, answer.text
    assert [(row.actor_id, row.role) for row in room.audit(action)] == [(f"a-{role}", role)]


@pytest.mark.parametrize(("role", "method", "path", "body", "action"), WRITES)
def test_a_write_whose_register_row_cannot_be_written_does_not_happen(
    room: Any, alert: Any, monkeypatch: Any, role: str, method: str, path: str, body: Any, action: str
) -> None:
    visitor, before = room.role(role), things(room)

    def away(*_: Any, **__: Any) -> None:
        raise UnavailableError("database.away", "away")

    monkeypatch.setattr(audit, "write", away)
    answer = visitor.ask(method, path, body)
    assert (answer.status_code, answer.json()["key"]) == (503, "database.away")
    assert things(room) == before


def test_a_write_that_fails_after_its_register_row_takes_the_row_back(room: Any, alert: Any, monkeypatch: Any) -> None:
    operator, before = room.role("operator"), things(room)

    def away(*_: Any, **__: Any) -> None:
        raise UnavailableError("database.away", "away")

    monkeypatch.setattr(feed, "push", away)
    assert operator.post(f"/api/alerts/{alert.id}/confirm").status_code == 503
    assert things(room) == before
    assert room.audit() == []


@pytest.fixture
def register(room: Any) -> Any:
    with room.store.write() as session:
        for n, (actor, action, thing) in enumerate([
            ("operator", "alert.confirm", "al-1"), ("operator", "clip.look", "al-1"), ("officer", "trail.look", "G1"),
            ("leader", "alert.false", "al-2"),
        ]):  # fmt: skip
            look = action.endswith(".look")
            audit.write(session, system(actor), action, "alert" if thing != "G1" else "guard", thing, at=T0 + n,
                        purpose=PURPOSES[0] if look else None, case_ref="案-7" if look else None)  # fmt: skip
    return room.role("auditor")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", [3, 2, 1, 0]), ("actor=system:operator", [1, 0]), ("actor=offic", [2]), ("action=look", [2, 1]),
        ("object=al-1", [1, 0]), ("object=guard", [2]), ("object=案-7", [2, 1]), (f"from={T0 + 1}&to={T0 + 2}", [2, 1]),
        ("purpose=alert_judging", [2, 1]), ("actor=system:operator&action=look", [1]), ("action=%25", []),
    ],
)  # fmt: skip
def test_the_auditor_searches_the_register(register: Any, asked: str, found: list[int]) -> None:
    items = register.get(f"/api/audit?{asked}").json()["items"]
    assert [round(item["at"] - T0) for item in items] == found


@pytest.mark.parametrize("moment", ["-1", "-4.57e156", "1e12", "nan", "inf"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_moment_that_no_calendar_has_is_refused_and_not_registered(room: Any, name: str, moment: str) -> None:
    for path in ("/api/audit", "/api/audit.csv"):
        answer = room.role("auditor").get(f"{path}?{name}={moment}")
        assert (answer.status_code, answer.json()["key"]) == (422, "form.invalid")
    assert room.audit("audit.export") == []


@pytest.mark.parametrize("moment", [-4.57e156, 1e15])
def test_a_moment_that_was_registered_and_no_calendar_has_keeps_nobody_from_the_register(
    room: Any, moment: float
) -> None:
    with room.store.write() as session:
        audit.write(
            session, Actor("a", "甲", "auditor"), "audit.export", "audit", "*", at=T0, detail={"from_at": moment}
        )
    answer = room.role("auditor").get("/api/audit.csv")
    assert answer.status_code == 200
    assert f"{moment:g}" in answer.text


def test_the_register_pages_and_its_export_is_registered_too(register: Any, room: Any) -> None:
    first = register.get("/api/audit?limit=3").json()
    second = register.get(f"/api/audit?limit=3&cursor={first['next']}").json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [3, 1, None]
    lines = list(csv.reader(io.StringIO(register.get("/api/audit.csv?action=look").content.decode("utf-8-sig"))))
    assert [line[6] for line in lines] == ["Action code", "trail.look", "clip.look"]
    [row] = room.audit("audit.export")
    assert (row.detail["rows"], row.detail["action"]) == (2, "look")
