"""Pictures and clips: purged with a certificate when their time is over, held, checked against their digest, and the disk."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.audit import certificates
from console.cameras.tables import CameraRow
from console.evidence.keeper import Keeper
from console.evidence.tables import PurgeCertificate
from console.evidence.terms import DAY_S
from console.evidence.transcode import beside
from lianqin.evidence import DiskSpace, EvidenceStore
from lianqin.records import Alert, Evidence
from lianqin.testing import T0, an_alert

DAYS = 180


def put(room: Any, alert_id: str, captured_at: float = T0, camera_id: str = "C01") -> Alert:
    """An alert with a picture, a clip and a transcoded copy."""
    files: EvidenceStore = room.console.evidence
    picture, clip = f"2026-09-21/{alert_id}.jpg", f"2026-09-21/{alert_id}.mp4"
    first, second = (
        files.write(picture, b"picture " + alert_id.encode()),
        files.write(clip, b"clip " + alert_id.encode()),
    )
    files.write(beside(clip), b"copy")
    alert = an_alert(id=alert_id, captured_at=captured_at, camera_id=camera_id, snapshot=picture, snapshot_sha256=first)
    room.take(alert, Evidence(alert_id, camera_id, captured_at + 12, (), clip, clip_sha256=second, codec="h264",
                              clip_from=captured_at - 10, clip_seconds=20.0))  # fmt: skip
    return alert


def later(room: Any, days: float) -> None:
    room.clock.advance(days * DAY_S)
    Keeper(room.console).run_once()
    room.forget_visitors()


def there(room: Any, alert_id: str) -> list[bool]:
    files, stem = room.console.evidence, f"2026-09-21/{alert_id}"
    return [files.exists(path) for path in (f"{stem}.jpg", f"{stem}.mp4", f"{stem}.h264.mp4")]


def test_what_is_past_its_time_is_purged_with_a_certificate_that_can_be_checked(room: Any) -> None:
    for name in ("al-old1", "al-old2"):
        put(room, name)
    room.clock.advance(2 * DAY_S)
    put(room, "al-new", T0 + 2 * DAY_S)
    later(room, DAYS - 2.1)
    assert there(room, "al-old1") == [True] * 3, "not a day too early"
    later(room, 0.2)
    assert there(room, "al-old1") == there(room, "al-old2") == [False] * 3
    assert there(room, "al-new") == [True] * 3
    auditor = room.role("auditor")
    [listed] = auditor.get("/api/evidence/certificates").json()["items"]
    assert (listed["alerts"], listed["files"], listed["keep_days"]) == (2, 4, DAYS)
    whole = auditor.get(f"/api/evidence/certificates/{listed['number']}").json()
    assert whole["holds_true"]
    assert {item[0] for item in whole["certificate"]["items"]} == {"al-old1", "al-old2"}
    assert all(len(item[2]) == 64 and item[3] > 0 for item in whole["certificate"]["items"])
    assert [row.detail["alerts"] for row in room.audit("evidence.purge")] == [2]
    shown = room.role("operator").get("/api/alerts/al-old1/snapshot")
    assert (shown.status_code, shown.json()["key"]) == (404, "evidence.gone")


def test_a_certificate_that_was_tampered_with_does_not_hold_true(room: Any) -> None:
    put(room, "al-old")
    later(room, DAYS + 1)
    with room.store.write() as session:
        row = session.scalars(select(PurgeCertificate)).one()
        row.items = row.items[:-1]
    assert not room.role("leader").get("/api/evidence/certificates/1").json()["holds_true"]


def test_a_hold_stops_the_purge_until_it_is_released(room: Any) -> None:
    put(room, "al-held")
    leader = room.role("leader")
    assert leader.put("/api/alerts/al-held/hold", {"reason": " "}).json()["key"] == "evidence.hold_reason"
    assert leader.put("/api/alerts/al-held/hold", {"reason": "case 2026-17"}).status_code == 200
    assert leader.put("/api/alerts/al-held/hold", {"reason": "again"}).json()["key"] == "evidence.held"
    assert leader.get("/api/alerts/al-held").json()["hold"]["reason"] == "case 2026-17"
    later(room, DAYS + 30)
    assert there(room, "al-held") == [True] * 3
    leader = room.role("leader")
    assert leader.ask("DELETE", "/api/alerts/al-held/hold").status_code == 200
    assert leader.ask("DELETE", "/api/alerts/al-held/hold").json()["key"] == "evidence.not_held"
    later(room, 0)
    assert there(room, "al-held") == [False] * 3
    assert room.role("leader").put("/api/alerts/al-held/hold", {"reason": "late"}).json()["key"] == "evidence.purged"
    assert [row.action for row in room.audit() if row.action.startswith("evidence")] == [
        "evidence.hold", "evidence.release", "evidence.purge"]  # fmt: skip


def test_an_incident_that_is_open_holds_its_evidence(room: Any) -> None:
    put(room, "al-open")
    assert room.role("operator").post("/api/alerts/al-open/confirm").status_code == 200
    later(room, DAYS + 1)
    assert there(room, "al-open") == [True] * 3


def test_a_camera_keeps_for_its_own_time_and_never_below_thirty_days(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").keep_days = 30
    put(room, "al-short")
    later(room, 31)
    assert there(room, "al-short") == [False] * 3
    admin = room.role("sysadmin")
    [camera] = [one for one in admin.get("/api/cameras").json()["items"] if one["id"] == "C01"]
    form = {name: camera[name] for name in ("code", "name", "url", "sub_url", "transport", "priority")}
    assert admin.put("/api/cameras/C01", form | {"keep_days": 29}).json()["key"] == "camera.keep_days"
    assert admin.put("/api/cameras/C01", form | {"keep_days": 45}).json()["camera"]["keep_days"] == 45


def test_after_a_crash_between_file_and_certificate_the_next_purge_certifies(room: Any) -> None:
    alert = put(room, "al-crash")
    room.console.evidence.delete(alert.snapshot)  # the file went, then the process died
    later(room, DAYS + 1)
    with room.store.read() as session:
        items = session.scalars(select(PurgeCertificate)).one().items
    assert [item[3] for item in items] == [0, len(b"clip al-crash")]


@pytest.mark.parametrize("which", ["snapshot", "clip"])
def test_a_file_that_was_changed_is_not_shown_and_audited(room: Any, which: str) -> None:
    put(room, "al-1")
    operator = room.role("operator")
    assert operator.get(f"/api/alerts/al-1/{which}").status_code == 200
    room.console.evidence.write(f"2026-09-21/al-1.{'jpg' if which == 'snapshot' else 'mp4'}", b"another picture")
    answer = operator.get(f"/api/alerts/al-1/{which}")
    assert answer.json()["key"] == "evidence.altered"
    assert len(room.audit("evidence.altered")) == 1


def test_alerts_of_older_workers_without_a_digest_are_shown(room: Any) -> None:
    put(room, "al-1")
    with room.store.write() as session:
        session.scalars(select(AlertRow)).one().snapshot_sha256 = None
    assert room.role("operator").get("/api/alerts/al-1/snapshot").status_code == 200


@pytest.mark.parametrize(("free", "level", "copies"), [(0.5, "ok", True), (0.15, "warn", True), (0.05, "tight", False)])
def test_a_full_disk_is_warned_of_and_only_copies_go(
    room: Any, monkeypatch: pytest.MonkeyPatch, free: float, level: str, copies: bool
) -> None:
    put(room, "al-1")
    monkeypatch.setattr(EvidenceStore, "room", lambda _: DiskSpace(1000, round(1000 * free)))
    assert room.role("sysadmin").get("/api/evidence/disk").json()["disk"]["level"] == level
    Keeper(room.console).run_once()
    assert there(room, "al-1") == [True, True, copies]


def test_the_digest_is_of_the_list_itself() -> None:
    items = [["al-1", "a.jpg", "", 3]]
    assert certificates.digest_of(items) == certificates.digest_of(msgspec.json.decode(msgspec.json.encode(items)))
