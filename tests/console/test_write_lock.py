"""The database's write lock is never held over slow work: files, archives, hashes of passwords, Redis; so an alert is stored meanwhile. A
purge that is killed goes on where it was."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import xlsxwriter
from argon2 import PasswordHasher
from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.audit import certificates
from console.evidence.keeper import Keeper
from console.evidence.purging import Purger
from console.evidence.tables import PurgeCertificate
from console.evidence.terms import DAY_S
from console.evidence.transcode import beside
from lianqin.errors import EvidenceError
from lianqin.evidence import EvidenceStore
from lianqin.records import Evidence
from lianqin.sweeps import SweepDay
from lianqin.testing import T0, an_alert
from patrol.county import grids, sheets
from patrol.county.tables import Guard
from tests.lock_watch import LockWatch, watched

pytestmark = pytest.mark.timeout(120)
DAYS = 180
DAY = "2026-09-21"
OLD = ("al-1", "al-2", "al-3")


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[LockWatch]:
    with watched(monkeypatch) as watch:
        yield watch


def put(room: Any, alert_id: str) -> None:
    """An alert with a picture, a clip and the clip's copy."""
    files: EvidenceStore = room.console.evidence
    picture, clip = f"{DAY}/{alert_id}.jpg", f"{DAY}/{alert_id}.mp4"
    first, second = files.write(picture, b"picture " + alert_id.encode()), files.write(clip, b"clip")
    files.write(beside(clip), b"copy")
    room.take(
        an_alert(id=alert_id, snapshot=picture, snapshot_sha256=first),
        Evidence(
            alert_id, "C01", T0 + 12, (), clip, clip_sha256=second, codec="h264", clip_from=T0 - 10, clip_seconds=20.0
        ),
    )


def left(room: Any) -> set[str]:
    return {one.path for one in room.console.evidence.files()}


def past_their_time(room: Any) -> None:
    for alert_id in OLD:
        put(room, alert_id)
    room.console.evidence.write(f"{DAY}/nobodys.jpg", b"left")
    os.utime(room.console.evidence.local_path(f"{DAY}/nobodys.jpg"), (T0 - 31 * DAY_S,) * 2)
    room.clock.advance((DAYS + 1) * DAY_S)


def a_sheet(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


GUARDS = a_sheet([["编号", "姓名", "单位编号", "证件有效期", "已签告知书"], ["G10", "赵一", "U1", "2030-01-31", "是"]])
GPX = b"""<gpx xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="34.001" lon="119.201"><name>North gate</name></wpt></gpx>"""
SQUARE = [[119.2, 34.0], [119.21, 34.0], [119.21, 34.01], [119.2, 34.01], [119.2, 34.0]]
GRID = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"code": "990101100001001", "kind": "urban", "name": "1"},
     "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}]}).encode()  # fmt: skip
CAMERA = {
    "id": "C77",
    "code": "99010100001320000077",
    "name": "北门",
    "url": "rtsp://10.0.0.77/main",
    "lon": 119.2,
    "lat": 34.0,
}
CAMERAS = a_sheet(
    [["编号", "国标编码", "名称", "主码流地址"], ["C78", "99010100001320000078", "南门", "rtsp://10.0.0.78/main"]]
)
ACCOUNT = {"username": "newcomer", "role": "operator", "name": "新人", "password": "a-long-enough-one"}


def send(room: Any, role: str, path: str, data: bytes) -> Any:
    visitor = room.role(role)
    return visitor.client.post(path, content=data, headers=visitor.headers())


WAYS: dict[str, Callable[[Any], Any]] = {
    "guards.xlsx": lambda room: send(room, "sysadmin", "/api/ground/guards/import?dry_run=false", GUARDS),
    "gate.gpx": lambda room: send(room, "sysadmin", "/api/ground/checkpoints/import?dry_run=false", GPX),
    "grids.geojson": lambda room: send(room, "sysadmin", "/api/grids/import?dry_run=false&accept=true", GRID),
    "cameras.json": lambda room: send(room, "sysadmin", "/api/cameras/import", json.dumps({"cameras": [CAMERA]}).encode()),
    "cameras.xlsx": lambda room: send(room, "sysadmin", "/api/cameras/sheet?dry_run=false", CAMERAS),
    "a camera": lambda room: room.role("sysadmin").post("/api/cameras", CAMERA),
    "its masks": lambda room: room.role("sysadmin").put("/api/cameras/C01/masks", {"masks": [[[0, 0], [0.5, 0], [0.5, 0.5]]]}),
    "a new account": lambda room: room.role("secadmin").post("/api/accounts", ACCOUNT),
    "a new password": lambda room: room.role("secadmin").put("/api/accounts/a-wall", {
        "username": "wall", "role": "wall", "name": "大屏", "password": "another-long-one"}),
    "alerts exported": lambda room: room.role("leader").get("/api/alerts.xlsx"),
    "cameras exported": lambda room: room.role("sysadmin").get("/api/cameras/sheet?form=xlsx"),
    "guards exported": lambda room: room.role("sysadmin").get("/api/ground/guards/export?form=csv"),
    "grids exported": lambda room: room.role("sysadmin").get("/api/grids.geojson"),
    "the audit exported": lambda room: room.role("auditor").get("/api/audit.xlsx"),
    "an evidence hold": lambda room: room.role("leader").put("/api/alerts/al-1/hold", {"reason": "case"}),
    "a confirmation": lambda room: room.role("operator").post("/api/alerts/al-1/confirm"),
    "a log-in": lambda room: room.client.post("/api/login", json={"username": "operator", "password": "correct-horse"}),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_who_holds_the_lock_touches_no_file_no_network_and_no_hash(room: Any, lock: LockWatch, way: str) -> None:
    put(room, "al-1")
    answer = WAYS[way](room)
    assert answer.status_code == 200, answer.text
    assert lock.transactions > 0
    assert lock.found == []


def test_neither_do_the_sweeps(room: Any, lock: LockWatch) -> None:
    past_their_time(room)
    Keeper(room.console).run_once()
    assert left(room) == set()
    assert lock.transactions > 0
    assert lock.found == []


def test_the_watch_finds_what_it_looks_for(room: Any, lock: LockWatch) -> None:
    with room.store.write() as session:
        session.execute(select(AlertRow))
        room.console.evidence.write(f"{DAY}/x.jpg", b"x")
        room.console.evidence.delete(f"{DAY}/x.jpg")
        room.redis.ping()
    assert {one.split("(")[0].split(" at ")[0] for one in lock.found} >= {
        "open",
        "os.remove",
        "os.rename",
        "AbstractConnection.send_packed_command",
    }
    lock.found.clear()
    room.console.evidence.write(f"{DAY}/x.jpg", b"x")
    assert lock.found == [], "and nothing where no lock is held"


class Gate:
    """Holds up whoever comes through, until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_through(self, whole: Callable[..., Any]) -> Callable[..., Any]:
        def held(*arguments: Any, **more: Any) -> Any:
            self.reached.set()
            assert self.opened.wait(60)
            return whole(*arguments, **more)

        return held


SLOW: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "a purge": (EvidenceStore, "delete", lambda room: Keeper(room.console).run_once()),
    "the digest of a file without a row": (EvidenceStore, "digest", lambda room: Keeper(room.console).run_once()),
    "a sheet": (sheets, "read_table", WAYS["guards.xlsx"]),
    "grids": (grids, "read_grids", WAYS["grids.geojson"]),
    "a password": (PasswordHasher, "hash", WAYS["a new account"]),
}


@pytest.mark.parametrize("what", SLOW)
def test_an_alert_is_stored_while_slow_work_goes_on(room: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    owner, name, work = SLOW[what]
    past_their_time(room)
    for role in ("sysadmin", "secadmin"):
        room.role(role)
    gate = Gate()
    monkeypatch.setattr(owner, name, gate.pass_through(getattr(owner, name)))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(work, room)
        assert gate.reached.wait(60)
        room.take(an_alert(id="al-meanwhile"))
        assert not slow.done(), "it was stored while that still hung"
        gate.opened.set()
        slow.result()
    with room.store.read() as session:
        assert session.scalar(select(AlertRow.id).where(AlertRow.id == "al-meanwhile"))


@pytest.mark.parametrize("where", ["mark", "delete-0", "delete-4", "close"])
def test_a_purge_that_is_killed_goes_on_and_nothing_is_lost_or_certified_twice(room: Any, where: str) -> None:
    past_their_time(room)
    known = room.settings
    raw = {"run_dir": str(known.run_dir), "database_url": known.database_url, "redis_url": known.redis_url}
    died = subprocess.run([sys.executable, "-m", "tests.console.purge_and_die", json.dumps(raw), str(room.clock.now()), where],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr
    shown = room.role("auditor").get("/api/evidence/certificates").json()["items"]
    assert shown == [], "what is still going proves nothing"
    if where != "mark":
        assert room.role("auditor").get("/api/evidence/certificates/1").json()["key"] == "certificate.missing"
        assert room.role("operator").get("/api/alerts/al-1/snapshot").json()["key"] == "evidence.gone"
    room.clock.advance(3600)
    Keeper(room.console).run_once()
    assert left(room) == set()
    with room.store.read() as session:
        rows = list(session.scalars(select(PurgeCertificate).order_by(PurgeCertificate.number)))
        alerts = {row.id: row for row in session.scalars(select(AlertRow))}
        days = {row.kind: row.taken for row in session.scalars(select(SweepDay)) if row.taken}
    assert [(row.alerts, row.files) for row in rows] == [(3, 6), (0, 1)]
    assert [row.bytes for row in rows] == [3 * len(b"picture al-1") + 3 * len(b"clip"), len(b"left")], "as it lay there"
    assert all(
        certificates.digest_of(row.items) == row.digest and all(len(one) == 4 for one in row.items) for row in rows
    )
    assert sorted(item[1] for row in rows for item in row.items) == sorted(
        [f"{DAY}/{one}.{kind}" for one in OLD for kind in ("jpg", "mp4")] + [f"{DAY}/nobodys.jpg"]
    )
    assert [row.object_id for row in room.audit("evidence.purge")] == [str(row.number) for row in rows]
    assert {(alerts[one].certificate, alerts[one].snapshot, alerts[one].clip) for one in OLD} == {
        (rows[0].number, None, None)
    }
    assert days == {"evidence": 6, "files": 1}
    Keeper(room.console).run_once()
    assert len(room.audit("evidence.purge")) == 2


def test_two_consoles_that_find_an_open_purge_certify_it_once(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    past_their_time(room)
    with monkeypatch.context() as patched:
        patched.setattr(Purger, "_finish", lambda *_, **__: None)
        Keeper(room.console).run_once()
    assert len(left(room)) == 3 * 3 + 1, "marked, and no file gone"
    both = threading.Barrier(2)
    whole = EvidenceStore.delete

    def delete(self: EvidenceStore, path: str) -> int:
        if path.endswith("al-1.jpg"):
            both.wait(60)
        return whole(self, path)

    monkeypatch.setattr(EvidenceStore, "delete", delete)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(Purger(room.console).go_on) for _ in range(2)]:
            done.result()
    assert left(room) == set()
    assert len(room.audit("evidence.purge")) == 2, "the alerts' and that of the file without a row"
    with room.store.read() as session:
        assert {row.kind: row.taken for row in session.scalars(select(SweepDay)) if row.taken} == {
            "evidence": 6,
            "files": 1,
        }


def test_what_can_not_be_deleted_stays_as_it_was_for_the_next_time(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    past_their_time(room)
    whole = EvidenceStore.delete

    def delete(self: EvidenceStore, path: str) -> int:
        if "al-2" in path:
            raise EvidenceError("evidence.delete", f"{path}: read-only", path=path)
        return whole(self, path)

    with monkeypatch.context() as patched:
        patched.setattr(EvidenceStore, "delete", delete)
        Keeper(room.console).run_once()
    assert left(room) == {f"{DAY}/al-2.{kind}" for kind in ("jpg", "mp4", "h264.mp4")}
    with room.store.read() as session:
        row = session.scalars(select(AlertRow).where(AlertRow.id == "al-2")).one()
        assert (row.snapshot, row.clip, row.purged_at, row.certificate) == (
            f"{DAY}/al-2.jpg",
            f"{DAY}/al-2.mp4",
            None,
            None,
        )
        first = session.scalars(select(PurgeCertificate).order_by(PurgeCertificate.number)).first()
        assert first is not None
        assert (first.alerts, first.files) == (2, 4)
    Keeper(room.console).run_once()
    assert left(room) == set()


@pytest.mark.parametrize("between", [False, True])
def test_a_long_sheet_is_written_piece_by_piece_and_follows_what_changes_in_between(
    room: Any, monkeypatch: pytest.MonkeyPatch, between: bool
) -> None:
    """A unit that is taken away meanwhile is found by the piece that needs it, and what was written stays."""
    monkeypatch.setattr(sheets, "PART", 2)
    rows = [[f"G1{n}", f"保安{n}", "U1" if n < 4 else "U9", "2030-01-31", "是"] for n in range(6)]
    room.role("sysadmin").put("/api/ground/units/U9", {"kind": "security_company", "name": "九号"})
    whole, pieces = sheets.do_put, [0]

    def put_one(*arguments: Any, **more: Any) -> Any:
        pieces[0] += 1
        return whole(*arguments, **more)

    monkeypatch.setattr(sheets, "do_put", put_one)
    if between:
        plan = sheets.plan

        def plan_and_lose(*arguments: Any) -> Any:
            made = plan(*arguments)
            assert room.role("sysadmin").ask("DELETE", "/api/ground/units/U9").status_code == 200
            return made

        monkeypatch.setattr(sheets, "plan", plan_and_lose)
    answer = send(room, "sysadmin", "/api/ground/guards/import?dry_run=false",
                  a_sheet([["编号", "姓名", "单位编号", "证件有效期", "已签告知书"], *rows]))  # fmt: skip
    with room.store.read() as session:
        written = {one for one in session.scalars(select(Guard.id)) if one.startswith("G1") and len(one) == 3}
    if between:
        assert (answer.status_code, answer.json()["key"]) == (422, "ground.no_unit")
        assert written == {"G10", "G11", "G12", "G13"}
    else:
        assert answer.json()["done"], answer.text
        assert written == {f"G1{n}" for n in range(6)}
        assert pieces[0] == 6
