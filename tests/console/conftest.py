"""The room on both databases: a PostgreSQL cluster of the tests' own, and one county with two companies."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import psycopg
import pytest
import redis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from sqlalchemy import Table, delete, event, select, update

from console.access.passwords import hasher
from console.access.permissions import ROLES
from console.access.sessions import fingerprint
from console.access.tables import Account, LoginSession
from console.alerts.receiving import receive
from console.app import make_app
from console.cameras.tables import CameraRow, ZoneRow
from console.evidence.terms import Arrival
from console.migrate import migrate
from console.phones.tables import Phone
from console.server import make_server
from lianqin import settings as settings_module
from lianqin.audit import AuditRow
from lianqin.db import Base, Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Alert, Evidence
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock, a_zone, an_alert
from patrol.acts.tables import DutyAct
from patrol.calls.tables import Draw, PointCall
from patrol.county.tables import Area, Checkpoint, Guard, Unit
from patrol.devices.tables import QuarantineRow
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import Shift
from patrol.scores.tables import RuleSet
from tests.conftest import emptied
from tests.console.answers_held import AnswersHeld

PASSWORD = "correct-horse"
POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
EMPTY_ALL = """
CREATE FUNCTION empty_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- no trigger and no foreign key is asked: append-only tables are emptied too
  FOR one IN SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE 'DELETE FROM ' || one; END LOOP;
  FOR one IN SELECT format('%I', sequencename) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
    LOOP EXECUTE 'ALTER SEQUENCE ' || one || ' RESTART'; END LOOP;
END $$
"""
_numbers = itertools.count(1)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hasher.hash(PASSWORD)


class Cluster:
    """PostgreSQL as user postgres on a unix socket in `folder`; made, and not started. Skips where it can't be."""

    def __init__(self) -> None:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            owner = None
        if os.geteuid() != 0 or owner is None or not (POSTGRES_BIN / "initdb").exists():
            pytest.skip("PostgreSQL 15 needs root and its Debian package: apt-get install postgresql")
        self.folder = tempfile.mkdtemp(prefix="lqpg-", dir="/tmp")
        shutil.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._user: dict[str, Any] = {
            "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": self.folder,
        }  # fmt: skip
        self._server: subprocess.Popen[bytes] | None = None
        made = subprocess.run(
            [POSTGRES_BIN / "initdb", "-D", f"{self.folder}/data", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True, text=True, check=False, **self._user,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        """Returns when it answers."""
        log = Path(self.folder, "log")
        with log.open("wb") as out:
            self._server = subprocess.Popen(
                [POSTGRES_BIN / "postgres", "-D", f"{self.folder}/data", "-c", "listen_addresses=", "-c", "fsync=off",
                 "-c", f"unix_socket_directories={self.folder}", "-c", "max_connections=200"],
                stdout=out, stderr=out, preexec_fn=_end_with_parent, **self._user,  # noqa: PLW1509 - one prctl call
            )  # fmt: skip
        for _ in range(200):
            try:
                psycopg.connect(host=self.folder, user="postgres", dbname="postgres").close()
                break
            except psycopg.OperationalError:
                assert self._server.poll() is None, log.read_text()
                time.sleep(0.05)

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(host=self.folder, user="postgres", dbname=database, autocommit=True) as connection:
            connection.execute(statement)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def remove(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A cluster that runs; gives its folder. Its database `blank` is migrated."""
    cluster = Cluster()
    try:
        cluster.start()
        cluster.run("CREATE DATABASE blank")
        engine = open_engine(cluster.url("blank"))
        migrate(engine)
        engine.dispose()
        cluster.run(EMPTY_ALL, "blank")
        yield cluster.folder
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("blank") / "blank.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of this test's own, on each kind."""
    if request.param == "sqlite":
        file = tmp_path / "room.db"
        shutil.copy(request.getfixturevalue("blank_sqlite"), file)
        yield f"sqlite:///{file}"
        return
    folder = request.getfixturevalue("postgres")
    yield f"postgresql+psycopg://postgres@/{_room(folder)}?host={folder}"


_rooms: dict[str, str] = {}
"""By cluster: its one database that tests use, one after the other."""


def _room(folder: str) -> str:
    """The cluster's room, emptied, under a new name: making one takes a second, and who still writes to the last one's name writes nowhere."""
    name, last = f"room{next(_numbers)}", _rooms.get(folder)
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        if last is None:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE blank")
        else:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (last,)
            )
            connection.execute(f"ALTER DATABASE {last} RENAME TO {name}")
    _rooms[folder] = name
    with psycopg.connect(host=folder, user="postgres", dbname=name, autocommit=True) as connection:
        connection.execute("SELECT empty_all()")
    return name


@pytest.fixture
def redis_server(shared_redis: EmbeddedRedis) -> EmbeddedRedis:
    return emptied(shared_redis)


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    engine = open_engine(database_url)
    if (
        engine.dialect.name == "sqlite"
    ):  # no test here pulls the plug: what is committed outlives a killed process all the same

        @event.listens_for(engine, "connect")
        def _unsynced(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    attach(engine, Keyring(Settings(run_dir=tmp_path / "run"), makes=True))
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_server: Any) -> Settings:
    """Without second factors, which no settings of a run outside the demonstration may say; and with one guard at night too, for
    browsers' tests run at any hour: `test_pairs` and `test_page_pairs` ask for two."""
    return settings_module.check(
        {"run_dir": tmp_path / "run", "database_url": database_url, "redis_url": redis_server.url,
         "web_dist": tmp_path / "dist", "guards_at_night": 1}
    ).model_copy(update={"second_factor": False})  # fmt: skip


@dataclass
class Visitor:
    """Someone who is logged in: sends cookie and CSRF header with each request."""

    client: TestClient
    token: str
    csrf: str
    role: str
    account_id: str

    def headers(self, more: dict[str, str] | None = None) -> dict[str, str]:
        return {
            "cookie": f"lianqin_session={self.token}",
            "x-csrf": self.csrf,
            "accept-language": "en",
            "x-acted": "1",
            **(more or {}),
        }

    def ask(self, method: str, path: str, json: Any = None, **more: str) -> httpx.Response:
        return self.client.request(method, path, json=json, headers=self.headers(more))

    def get(self, path: str, **more: str) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, json: Any = None) -> httpx.Response:
        return self.ask("POST", path, json)

    def put(self, path: str, json: Any) -> httpx.Response:
        return self.ask("PUT", path, json)


@dataclass
class Room:
    """The console in this process with a clock moved by hand; no thread runs but the push's."""

    app: FastAPI
    client: TestClient
    store: Store
    clock: FakeClock
    redis: redis.Redis
    settings: Settings
    visitors: dict[str, Visitor] = field(default_factory=dict)

    @property
    def console(self) -> Any:
        return self.app.state.console

    def visitor(self, account_id: str) -> Visitor:
        """That account, logged in without the slow password check."""
        if account_id not in self.visitors:
            token, at = f"token-of-{account_id}", self.clock.now()
            with self.store.write() as session:
                account = session.get_one(Account, account_id)
                session.add(LoginSession(token_sha256=fingerprint(token), account_id=account_id, csrf=f"csrf-{account_id}",
                                         created_at=at, last_seen_at=at))  # fmt: skip
            self.visitors[account_id] = Visitor(self.client, token, f"csrf-{account_id}", account.role, account_id)
        return self.visitors[account_id]

    def role(self, name: str) -> Visitor:
        return self.visitor(f"a-{name}")

    def take(self, *records: Alert | Evidence) -> None:
        """Records as if they came from the bus."""
        with self.console.store.write() as session:
            arrival = Arrival(self.clock.at_database(session), self.settings.evidence_days)
            receive(session, records, self.clock.now(), arrival)

    def audit(self, action: str = "") -> list[AuditRow]:
        with self.store.read() as session:
            query = select(AuditRow).order_by(AuditRow.seq)
            return [row for row in session.scalars(query) if not action or row.action == action]

    def forget_visitors(self) -> None:
        with self.store.write() as session:
            session.execute(delete(LoginSession))
        self.visitors.clear()


def seed(store: Store, password_hash: str) -> None:
    """Two companies, a guard with an open shift, a call, a draw and a dispatch each; two cameras; an account a role."""
    square = [[119.19, 33.99], [119.21, 33.99], [119.21, 34.01], [119.19, 34.01]]
    with store.write() as session:
        session.add(Area(id="A1", name="城东", name_en="East", polygon=square, key_area=True,
                         checkpoints=[Checkpoint(id="A1-p1", name="东门", name_en="East gate", lon=119.2, lat=34.0)]))  # fmt: skip
        session.add(RuleSet(version="r1", sha256="0" * 64, body="", loaded_at=T0))
        for n in ("1", "2"):
            session.add(Unit(id=f"U{n}", kind="security_company", name=f"{n}号保安公司", name_en=f"Company {n}"))
        session.flush()
        for n in ("1", "2"):
            session.add(Guard(id=f"G{n}", unit_id=f"U{n}", name=f"保安{n}", cert_no=f"C{n}", cert_valid_until="2030-01-01",
                              notice_signed_at=T0 - 1e6, default_area_id="A1"))  # fmt: skip
        session.flush()
        for n in ("1", "2"):
            session.add(Shift(id=f"S{n}", guard_id=f"G{n}", unit_id=f"U{n}", area_id="A1", opened_at=T0 - 3600,
                              opened_by="系统", due_end_at=T0 + 3600, facts={}))  # fmt: skip
        session.add(Draw(id="dw-1", at=T0, drawn_by="值班员", size=1, seed="5eed", pool=[], excluded=[], chosen=[]))
        session.flush()
        for n in ("1", "2"):
            session.add(PointCall(id=f"pc-{n}", draw_id="dw-1", guard_id=f"G{n}", shift_id=f"S{n}", unit_id=f"U{n}",
                                  called_by="值班员", called_at=T0, evidence={}))  # fmt: skip
            session.add(Dispatch(id=f"dp-{n}", incident_id=f"in-{n}", guard_id=f"G{n}", shift_id=f"S{n}", unit_id=f"U{n}",
                                 state="called", called_by="值班员", called_at=T0, lon=119.2, lat=34.0))  # fmt: skip
        session.add(DutyAct(id="da-2", guard_id="G2", unit_id="U2", kind="begin", claimed_at=T0, at=T0, proved=False, received_at=T0,
                            state="as_claimed", shift_id="S2", detail={}, followed_at=T0))  # fmt: skip
        session.add(
            Phone(id="ph-2", guard_id="G2", unit_id="U2", made_at=T0, made_by="值班员", until=T0 + 900, bound_at=T0)
        )
        session.add(QuarantineRow(id="q1", received_at=T0, client="osmand", why="unknown device", raw="id=x"))
        for number in (1, 2):
            camera = CameraRow(
                id=f"C0{number}", code=f"9901010000132000000{number}", name=f"学院路{number}", name_en=f"College Road {number}",
                url=f"rtsp://cam:s3cret@10.0.0.{number}:554/main", sub_url=None, lon=119.2, lat=34.0, bearing=90, fov=60,
                range_m=60, zones=[],
            )  # fmt: skip
            record = {"id": f"C0{number}-z1", "name": "东门", "situation": "intrusion",
                      "points": [list(point) for point in a_zone().points]}  # fmt: skip
            camera.zones.append(ZoneRow(id=f"C0{number}-z1", record=record, name_en="East gate"))
            session.add(camera)
        for role in ROLES:
            unit, guard = ("U1" if role in {"company", "guard"} else None), ("G1" if role == "guard" else None)
            session.add(Account(id=f"a-{role}", username=role, password_hash=password_hash, role=role, name=f"{role} 甲",
                                unit_id=unit, guard_id=guard))  # fmt: skip
        session.add(Account(id="a-guard2", username="guard2", password_hash=password_hash, role="guard", name="保安2",
                            unit_id="U2", guard_id="G2"))  # fmt: skip
        session.add(Account(id="a-operator2", username="operator2", password_hash=password_hash, role="operator",
                            name="operator 乙"))  # fmt: skip


_seeded: list[tuple[Table, list[dict[str, Any]]]] = []
"""What `seed` writes, table by table, once it has been run."""


@pytest.fixture
def seed_county(password_hash: str) -> Callable[[Store], None]:
    """`seed` with the password that all accounts share; what it writes is kept and written again as it is."""

    def write(store: Store) -> None:
        if not _seeded:
            seed(store, password_hash)
            with store.read() as session:
                rows = {
                    table: [dict(row._mapping) for row in session.execute(select(table))]
                    for table in Base.metadata.sorted_tables
                }
            _seeded.extend((table, found) for table, found in rows.items() if found)
            return
        with store.write() as session:
            for table, rows_of in _seeded:
                session.execute(table.insert(), rows_of)

    return write


def a_picture(width: int = 640, height: int = 360) -> bytes:
    """A JPEG with fine detail all over."""
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", noise)[1].tobytes())


@pytest.fixture
def room(
    settings: Settings, store: Store, redis_client: redis.Redis, seed_county: Callable[[Store], None]
) -> Iterator[Room]:
    seed_county(store)
    clock = FakeClock()
    app = make_app(settings, store, redis_client, clock=clock, threads=False)
    held = AnswersHeld(app)
    with TestClient(held, raise_server_exceptions=False) as client:
        yield Room(app, client, store, clock, redis_client, settings)
    assert held.wrong == []


@dataclass
class Served:
    """A console of the seeded county on a port of its own, with the built page and a real clock."""

    url: str
    store: Store


@pytest.fixture
def served(
    settings: Settings, store: Store, redis_client: redis.Redis, seed_county: Callable[[Store], None]
) -> Iterator[Served]:
    """What a browser looks at; all accounts have `PASSWORD`. Needs `npm run build` in console/web."""
    built = settings_module.Settings.model_fields["web_dist"].default
    assert (built / "index.html").is_file(), f"{built} is not built: npm run build"
    seed_county(store)
    with store.write() as session:  # the seeded shifts run by the real clock too
        session.execute(update(Shift).values(due_end_at=time.time() + 4 * 3600, overdue_at=time.time() + 6 * 3600))
    server = make_server(settings.model_copy(update={"console_port": 0, "web_dist": built}), store, redis_client)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", store)
    server.should_exit = True
    thread.join(20)


def log_in(page: Page, url: str, username: str) -> None:
    """By the form, as a person does."""
    page.goto(url + "/login")
    page.get_by_test_id("login-username").fill(username)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.wait_for_url(lambda address: "/login" not in address)


@pytest.fixture
def alert(room: Room) -> Alert:
    """One alert with its picture, received."""
    one = an_alert(snapshot="2026-09-21/al-0001.jpg", zone_name="东门")
    room.console.evidence.write("2026-09-21/al-0001.jpg", a_picture())
    room.take(one)
    return one
