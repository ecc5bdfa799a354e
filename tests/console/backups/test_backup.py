"""A backup made while everything runs is restored elsewhere; what was purged or revoked since does not come back; work goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update

from console.access.tables import Account, LoginSession
from console.accounts.accounts import AccountForm, do_change_account
from console.alerts.receiving import receive
from console.alerts.tables import AlertRow
from console.app import make_app
from console.backups import dumps, journal
from console.backups.make import do_backup
from console.backups.manifest import Manifest, read_manifest
from console.backups.restore import do_restore
from console.cameras.tables import CameraRow
from console.evidence.keeper import Keeper
from console.evidence.tables import PurgeCertificate
from console.evidence.terms import DAY_S, Arrival
from console.factors import codes
from console.factors.factors import Factor, codes_left, do_set_up, do_take
from console.factors.tables import SecondFactor
from console.housekeeping import Housekeeping
from console.phones import phones
from console.phones.tables import Phone
from lianqin import audit, keys, sealing, seals
from lianqin.bus import connect
from lianqin.chain import CHAINS
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import LianqinError
from lianqin.records import Evidence
from lianqin.sealing import sealer_of
from lianqin.settings import Settings
from lianqin.testing import T0, a_fix, an_alert
from lianqin.verify import OutsideSeal, verify
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow
from patrol.trails.store import TrailStore
from patrol.trails.tables import TrailPurge
from patrol.worker import retention
from tests.console.conftest import PASSWORD

ACTOR = audit.system("test")


def said(_: str) -> None:
    """Progress is not looked at."""


def put(room: Any, alert_id: str) -> None:
    picture, clip = f"2026-09-21/{alert_id}.jpg", f"2026-09-21/{alert_id}.mp4"
    files = room.console.evidence
    first, second = (
        files.write(picture, b"picture " + alert_id.encode()),
        files.write(clip, b"clip " + alert_id.encode()),
    )
    alert = an_alert(id=alert_id, snapshot=picture, snapshot_sha256=first)
    room.take(alert, Evidence(alert_id, "C01", T0 + 12, (), clip, clip_sha256=second, codec="h264", clip_from=T0 - 10, clip_seconds=20.0))  # fmt: skip


@pytest.fixture
def full(room: Any) -> Any:
    """A room with evidence, trails, devices and keys."""
    put(room, "al-old")
    trails = TrailStore(room.settings.trails)
    for n in range(2):
        trails.append(f"b{n}", [a_fix(id=f"fx-{n}-{k}", guard_id="G1", at=T0 + k) for k in range(5)])
    for path in trails.files("2026-09-21"):
        os.utime(path, (T0, T0))
    with room.console.store.write() as session:
        for number, guard in ((1, "G1"), (2, "G2")):
            session.add(DeviceRow(id=f"dv-{number}", guard_id=guard, credential_sha256=f"{number}" * 64, kind="phone", version=1,
                                  enrolled_at=T0, register_no=0, coord_sys="wgs84"))  # fmt: skip
    room.redis.set(keys.inner_secret(), b"i" * 32)
    room.redis.set(keys.terminal_secret(), bytes(range(32)))
    room.clock.advance(170 * DAY_S)
    put(room, "al-young")
    Housekeeping(room.console, _NoClips()).run_once()
    return room


class _NoClips:
    def run_once(self) -> None:
        """Clips are no matter here."""


def backed_up(room: Any, folder: Path, kept: Any = "files") -> Manifest:
    return do_backup(room.settings, room.store, room.redis, room.clock, folder / "data", folder / "keys", kept, said)


@pytest.fixture
def elsewhere(tmp_path: Path, database_url: str, shared_redis: EmbeddedRedis) -> Settings:
    """Another folder and another, empty database of the same kind."""
    url = f"sqlite:///{tmp_path / 'other' / 'lianqin.db'}"
    if not database_url.startswith("sqlite"):
        folder = database_url.rsplit("host=", 1)[1]
        name = f"other{os.getpid()}"
        with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]  # our own name
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # our own name
        url = f"postgresql+psycopg://postgres@/{name}?host={folder}"
    return Settings(
        run_dir=tmp_path / "other", database_url=url, redis_url=shared_redis.url, web_dist=tmp_path / "dist"
    ).model_copy(update={"second_factor": False})


@pytest.fixture
def restore(elsewhere: Settings, full: Any, tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Restores the backup under `tmp_path/b` elsewhere; gives the store there."""
    opened: list[Store] = []

    def run(since: Path | None = None, *, overwrite: bool = False, folder: Path = tmp_path / "b") -> Store:
        store = Store(open_engine(elsewhere.database))
        opened.append(store)
        do_restore(elsewhere, store, full.redis, full.clock, folder / "data", folder / "keys", since, said, overwrite=overwrite)  # fmt: skip
        return store

    yield run
    for store in opened:
        store.engine.dispose()


def rows(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        return dumps.rows_of(connection)


def test_what_was_backed_up_is_there_table_by_table_and_file_by_file(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    full.role("leader")
    before = rows(full.store)
    manifest = backed_up(full, tmp_path / "b")
    assert manifest.rows == before
    store = restore()
    changed = {"audit": before["audit"] + 1, "login_session": 0, "outbox": rows(store)["outbox"], "followed_state": 1}
    assert rows(store) == before | changed
    for name in ("evidence", "trails"):
        there = {path.relative_to(root): path.read_bytes() for root in (Path(getattr(elsewhere, name)),) for path in root.rglob("*") if path.is_file()}  # fmt: skip
        here = {path.relative_to(root): path.read_bytes() for root in (Path(getattr(full.settings, name)),) for path in root.rglob("*") if path.is_file()}  # fmt: skip
        assert there == here
        assert there
    assert retention.arrived_at(TrailStore(elsewhere.trails), "2026-09-21") == T0, "the time of arrival comes along"


def test_the_chain_goes_on_after_a_restore_and_seals_of_what_was_lost_are_named(
    full: Any, restore: Callable[..., Store], tmp_path: Path
) -> None:
    with full.console.store.write() as session:
        audit.write(session, ACTOR, "clip.look", "alert", "al-old", at=full.clock.now())
    before = seals.take_seals(full.store, full.clock.now())
    backed_up(full, tmp_path / "b")
    with full.console.store.write() as session:
        for n in range(3):
            audit.write(session, ACTOR, "clip.look", "alert", f"lost-{n}", at=full.clock.now())
    after = seals.take_seals(full.store, full.clock.now())
    full.clock.advance(60)
    store = restore()
    with store.write() as session:
        for n in range(4):
            audit.write(session, ACTOR, "clip.look", "alert", f"new-{n}", at=full.clock.now())
    kept, lost = (
        [OutsideSeal(one.hash, one.seq, one.chain, one.at) for one in some if one.chain == "audit"]
        for some in (before, after)
    )
    with store.read() as session:
        report = verify(session, CHAINS["audit"], kept + lost)
        [told] = session.scalars(select(audit.AuditRow).where(audit.AuditRow.action == "backup.restore"))
    assert report.whole, report.faults
    [said_of_it] = report.lost
    assert f"the register's row {told.seq} says" in said_of_it
    assert told.detail["back_to"]["audit"] == before[0].seq
    with store.read() as session:
        forged = verify(session, CHAINS["audit"], [OutsideSeal("f" * 64, before[0].seq, "audit", before[0].at)])
    assert not forged.whole, "a restore excuses no row that it has"


def test_addresses_open_with_the_keys_of_the_backup_alone(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    backed_up(full, tmp_path / "b")
    data = b"".join(path.read_bytes() for path in (tmp_path / "b" / "data").rglob("*") if path.is_file())
    key = sealing.file_of(full.settings).read_text().strip()
    assert b"s3cret" not in data
    assert key.encode() not in data
    store = restore()
    with store.read() as session:
        assert session.get_one(CameraRow, "C01").url == "rtsp://cam:s3cret@10.0.0.1:554/main"
    assert sealing.file_of(elsewhere).read_text().strip() == key
    assert sealing.file_of(elsewhere).stat().st_mode & 0o777 == 0o600


def test_what_was_purged_and_revoked_after_the_backup_does_not_come_back(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    with full.console.store.write() as session:
        session.add(Phone(id="ph-1", guard_id="G1", unit_id="U1", made_at=T0, made_by="x", until=T0 + 900, bound_at=T0))
    backed_up(full, tmp_path / "b")
    full.clock.advance(11 * DAY_S)
    Keeper(full.console).run_once()
    retention.purge_old(full.store, TrailStore(full.settings.trails), 45, full.clock.now())
    with full.console.store.write() as session:
        enrol.do_revoke(session, ACTOR, "dv-1", full.clock.now())
        phones.do_revoke(session, ACTOR, "ph-1", full.clock.now())
        for account, form in (
            ("a-operator", AccountForm("operator", "operator", "甲", disabled=True)),
            ("a-operator2", AccountForm("operator2", "operator", "乙", password="another-horse")),
            ("a-officer", AccountForm("officer", "auditor", "丙")),
        ):
            do_change_account(session, ACTOR, account, form, full.clock.now())
    Housekeeping(full.console, _NoClips()).run_once()
    store = restore(full.settings.run_dir / journal.NAME)
    assert not Path(elsewhere.evidence, "2026-09-21/al-old.jpg").exists()
    assert not Path(elsewhere.evidence, "2026-09-21/al-old.mp4").exists()
    assert Path(elsewhere.evidence, "2026-09-21/al-young.jpg").exists()
    assert TrailStore(elsewhere.trails).days() == []
    with store.read() as session:
        old = session.scalars(select(AlertRow).where(AlertRow.id == "al-old")).one()
        assert (old.snapshot, old.clip, old.certificate) == (None, None, 1)
        proof = session.get_one(PurgeCertificate, 1)
        assert {item[0] for item in proof.items} == {"al-old"}
        assert session.get(TrailPurge, "2026-09-21") is not None
        assert [session.get_one(DeviceRow, one).revoked_at is None for one in ("dv-1", "dv-2")] == [False, True]
        assert session.get_one(Phone, "ph-1").ended_at is not None
        assert session.get_one(Account, "a-operator").disabled
        assert session.get_one(Account, "a-officer").role == "auditor"
        assert session.scalars(select(LoginSession)).all() == []
    app = make_app(elsewhere, store, full.redis, clock=full.clock, threads=False)
    with TestClient(app) as client:
        for name in ("operator", "operator2"):
            assert client.post("/api/login", json={"username": name, "password": PASSWORD}).status_code == 401
    put_next = PurgeCertificate(
        at=1, alerts=0, files=0, bytes=0, first_at=1, last_at=1, keep_days=1, items=[], digest=""
    )
    with store.write() as session:
        session.add(put_next)
    assert put_next.number == 2


def test_a_console_on_the_restored_data_goes_on(full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path) -> None:  # fmt: skip
    backed_up(full, tmp_path / "b")
    store = restore()
    app = make_app(elsewhere, store, full.redis, clock=full.clock, threads=False)
    with TestClient(app) as client:
        entered = client.post("/api/login", json={"username": "operator", "password": PASSWORD})
        assert entered.status_code == 200, entered.text
        shown = client.get("/api/alerts/al-young/snapshot")
        assert (shown.status_code, shown.content) == (200, b"picture al-young")
        with app.state.console.store.write() as session:
            taken = receive(session, [an_alert(id="al-new")], full.clock.now(), Arrival(full.clock.now(), 180))
        assert [one.id for one in taken.new] == ["al-new"]
        assert client.get("/api/alerts/al-new").status_code == 200


def test_a_restore_of_a_restore_does_again_what_came_after_its_own_backup(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    first = backed_up(full, tmp_path / "b")
    store = restore()
    lines = list(journal.read_lines(elsewhere.run_dir / journal.NAME))
    assert [line.what for line in lines][-1] == "restored"
    assert lines[-1].branch == first.branch + 1
    with store.write() as session:
        enrol.do_revoke(session, ACTOR, "dv-2", full.clock.now())
    assert journal.Journal(store, elsewhere.run_dir / journal.NAME).run_once() == 1
    store.engine.dispose()
    again = restore(overwrite=True)
    with again.read() as session:
        assert session.get_one(DeviceRow, "dv-2").revoked_at is not None


def damage_file(folder: Path) -> None:
    next((folder / "data" / "evidence").rglob("*.jpg")).write_bytes(b"picture al-olt")


def lose_file(folder: Path) -> None:
    next((folder / "data" / "trails").rglob("*.parquet")).unlink()


def lose_manifest(folder: Path) -> None:
    (folder / "data" / "manifest.json").unlink()


def lose_keys(folder: Path) -> None:
    (folder / "keys" / "keys.json").unlink()


def told(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "data" / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


@pytest.mark.parametrize(
    ("harm", "key"),
    [(damage_file, "restore.damaged"), (lose_file, "restore.damaged"), (lose_manifest, "backup.missing"), (lose_keys, "restore.keys"),
     (told(schema="9999"), "restore.newer"), (told(format=2), "backup.format"), (told(database="oracle"), "restore.other_database"),
     (told(files=[{"path": "../../x", "size": 1, "sha256": ""}]), "restore.damaged"), (told(files=3), "backup.manifest")],
)  # fmt: skip
def test_what_is_not_whole_or_not_ours_is_refused_before_anything_is_touched(
    full: Any,
    restore: Callable[..., Store],
    elsewhere: Settings,
    tmp_path: Path,
    harm: Callable[[Path], None],
    key: str,
) -> None:
    backed_up(full, tmp_path / "b")
    harm(tmp_path / "b")
    with pytest.raises(LianqinError) as error:
        restore()
    assert error.value.key == key
    assert not Path(elsewhere.evidence).exists()
    assert rows(Store(open_engine(elsewhere.database))) == {}


def test_a_target_that_is_not_empty_is_refused_unless_told_and_then_put_aside(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    backed_up(full, tmp_path / "b")
    Path(elsewhere.evidence).mkdir(parents=True)
    Path(elsewhere.evidence, "mine.jpg").write_bytes(b"mine")
    with pytest.raises(LianqinError, match="not empty"):
        restore()
    restore(overwrite=True)
    [aside] = Path(elsewhere.run_dir).glob("evidence.before-restore-*")
    assert (aside / "mine.jpg").read_bytes() == b"mine"
    with pytest.raises(LianqinError, match="the database is not empty"):
        restore()


def test_keys_lie_apart_readable_by_nobody_else_and_come_back(
    full: Any, restore: Callable[..., Store], tmp_path: Path
) -> None:
    for apart in (tmp_path / "b" / "data", tmp_path / "b" / "data" / "keys", tmp_path / "b"):
        with pytest.raises(LianqinError) as error:
            do_backup(full.settings, full.store, full.redis, full.clock, tmp_path / "b" / "data", apart, "files", said)
        assert error.value.key == "backup.keys_beside"
    backed_up(full, tmp_path / "b")
    file = tmp_path / "b" / "keys" / "keys.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for path in (tmp_path / "b" / "data").rglob("*"):
        assert not path.is_file() or b"i" * 32 not in path.read_bytes()
    full.redis.delete(keys.inner_secret(), keys.terminal_secret())
    restore()
    assert full.redis.get(keys.inner_secret()) == b"i" * 32
    assert full.redis.get(keys.terminal_secret()) == bytes(range(32))


def test_second_factors_come_back_with_their_key_and_what_was_reset_or_used_since_does_not(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    secret, at = codes.new_secret(), full.clock.now()
    with full.console.store.write() as session:
        session.execute(update(Account).values(factor_free_from=at))
        for name in ("a-operator", "a-leader", "a-officer"):
            do_set_up(session, sealer_of(full.settings), session.get_one(Account, name), Factor(secret, 0, "link"), at)
    backed_up(full, tmp_path / "b")
    with full.console.store.write() as session:
        audit.write(session, ACTOR, "factor.reset", "account", "a-operator", at=at)
        audit.write(session, ACTOR, "factor.recovery", "account", "a-leader", at=at)
    Housekeeping(full.console, _NoClips()).run_once()
    store = restore(full.settings.run_dir / journal.NAME)
    with store.write() as session:
        assert session.get(SecondFactor, "a-operator") is None
        assert session.get_one(Account, "a-operator").factor_free_from is None
        assert [codes_left(session, name) for name in ("a-leader", "a-officer")] == [0, 10]
        assert do_take(session, sealer_of(elsewhere), "a-officer", codes.code_at(secret, at), at) == "code"
    assert (elsewhere.run_dir / "seal.keys").stat().st_mode & 0o777 == 0o600
    assert "seal.keys" not in (tmp_path / "b" / "data" / "manifest.json").read_text()


def test_of_evidence_the_list_alone_may_be_kept(
    full: Any, restore: Callable[..., Store], elsewhere: Settings, tmp_path: Path
) -> None:
    manifest = backed_up(full, tmp_path / "b", "list")
    assert {item.path.split("/")[-1] for item in manifest.listed} == {
        "al-old.jpg",
        "al-old.mp4",
        "al-young.jpg",
        "al-young.mp4",
    }
    assert not (tmp_path / "b" / "data" / "evidence").exists()
    shutil.copytree(full.settings.evidence, elsewhere.evidence)
    restore()
    assert Path(elsewhere.evidence, "2026-09-21/al-old.jpg").exists()


def test_a_backup_into_a_folder_with_something_in_it_is_refused(full: Any, tmp_path: Path) -> None:
    backed_up(full, tmp_path / "b")
    with pytest.raises(LianqinError) as error:
        backed_up(full, tmp_path / "b")
    assert error.value.key == "backup.full"


def test_a_missing_pg_dump_is_named_with_what_brings_it(full: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    if full.store.is_sqlite:
        pytest.skip("SQLite needs no tool")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LianqinError, match="postgresql-client"):
        backed_up(full, tmp_path / "b")
    assert not (tmp_path / "b" / "data" / "manifest.json").exists()


@pytest.mark.parametrize("cut", [1, 20])
def test_a_line_of_the_journal_that_a_crash_cut_off_is_passed_over_and_written_again(full: Any, cut: int) -> None:
    file = full.settings.run_dir / journal.NAME
    with full.console.store.write() as session:
        enrol.do_revoke(session, ACTOR, "dv-1", T0)
    assert journal.Journal(full.store, file).run_once() == 1
    file.write_bytes(file.read_bytes()[:-cut])
    assert [line.what for line in journal.read_lines(file)] == ["begun"]
    assert journal.Journal(full.store, file).run_once() == 1
    assert [(line.what, line.id) for line in journal.read_lines(file)][1:] == [("device.revoke", "dv-1")]


def test_the_commands_do_as_a_person_types_them(full: Any, elsewhere: Settings, tmp_path: Path) -> None:
    def run(ours: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {"LIANQIN_RUN_DIR": str(ours.run_dir), "LIANQIN_DATABASE_URL": ours.database_url, "LIANQIN_REDIS_URL": ours.redis_url}  # fmt: skip
        return subprocess.run([sys.executable, "-m", "console", *arguments], env=os.environ | environ, capture_output=True, text=True, check=False)  # fmt: skip

    data, apart = str(tmp_path / "b" / "data"), str(tmp_path / "b" / "keys")
    made = run(full.settings, "backup", data, "--keys", apart)
    assert (made.returncode, made.stderr) == (0, "")
    assert "done:" in made.stdout
    assert read_manifest(tmp_path / "b" / "data").rows["alert"] == 2
    back = run(elsewhere, "restore", data, "--keys", apart)
    assert back.returncode == 0, back.stderr
    again = run(elsewhere, "restore", data, "--keys", apart)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)
    with connect(elsewhere.redis_url) as client:
        assert client.ping()
    store = Store(open_engine(elsewhere.database))
    with store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM alert")) == 2
