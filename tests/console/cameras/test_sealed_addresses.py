"""A camera's password is sealed wherever it rests or travels, and told nowhere: database, Redis, logs, answers, files."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import redis
import structlog
from sqlalchemy import text

from console import commands
from console.access.permissions import ROLES, every_route
from console.app import ROUTERS
from console.cameras.cameras import current_cameras
from console.cameras.tables import CameraRow
from console.housekeeping import current_devices
from console.seal_rotation import do_new_key, do_reseal, do_seal_at_start
from lianqin import keys, logs, sealing
from lianqin.db import Store, open_engine
from lianqin.errors import ConflictError, SettingsError, UnavailableError
from lianqin.outbox import Relay
from lianqin.records import Camera, CameraHealth, decode, encode
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from lianqin.testing import T0, a_camera

PASSWORD, OTHER, PARAMETER = "Gehe1m-Haupt", "Gehe1m-Neben", "Gehe1m-Wert"
PARTS = ("Gehe1m", "Haupt", "Neben", "s3cret")
NEW = {"id": "C09", "code": "99010100001320000009", "name": "新街", "url": f"rtsp://admin:{PASSWORD}@10.0.9.9:554/main?token={PARAMETER}",
       "sub_url": f"rtsp://admin:{OTHER}@10.0.9.9:554/sub", "lon": 119.2, "lat": 34.0}  # fmt: skip


def everything_in_redis(client: redis.Redis) -> Iterator[bytes]:
    """Names and values of all keys, of every type, and as Redis would write them to disk."""
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": client.get, b"hash": client.hgetall, b"list": lambda name: client.lrange(name, 0, -1),
        b"set": client.smembers, b"zset": lambda name: client.zrange(name, 0, -1, withscores=True), b"stream": client.xrange,
    }  # fmt: skip
    for name in cast("Any", client.keys("*")):
        yield name
        yield repr(readers[cast("bytes", client.type(name))](name)).encode()
        yield bytes(cast("Any", client.dump(name)))


def dump_of(store: Store) -> bytes:
    """All that the database's files or its dump have."""
    url = store.engine.url
    if store.is_sqlite:
        connection = sqlite3.connect(str(url.database))
        told = "\n".join(connection.iterdump()).encode()
        connection.close()
        files = [Path(f"{url.database}{ending}") for ending in ("", "-wal")]
        return told + b"".join(one.read_bytes() for one in files if one.exists())
    return subprocess.run(
        ["/usr/bin/pg_dump", "-h", str(url.query["host"]), "-U", "postgres", "--inserts", str(url.database)], capture_output=True, check=True,
    ).stdout  # fmt: skip


def found_in(content: bytes) -> list[str]:
    return [part for part in PARTS if part.encode() in content]


def relay(room: Any) -> None:
    once = Relay(room.store, room.redis, {"camera": current_cameras, "device": current_devices})
    while once.run_once():
        pass


def test_no_part_of_a_password_rests_or_is_told_in_clear(room: Any, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(json=True)
    office = room.role("sysadmin")
    answers = [office.post("/api/cameras", NEW)]
    assert answers[0].status_code in {200, 201}, answers[0].text
    waiting = dump_of(room.store)
    assert b"outbox" in waiting
    assert found_in(waiting) == [], "while it waits for the relay"
    relay(room)
    assert room.redis.hexists(keys.followed("camera"), "C09")
    answers.append(office.put("/api/cameras/C09", NEW | {"name": "另名"}))
    answers.append(office.put("/api/cameras/C09", NEW | {"url": f"http://admin:{PASSWORD}@10.0.9.9/", "sub_url": None}))
    answers.append(office.post("/api/cameras/probe", {"url": NEW["url"], "transport": "tcp"}))
    health = CameraHealth("C09", "fault", "unauthorised", T0, room.clock.now(), "w1", "10.0.9.9: refused")
    room.redis.hset(keys.camera_health(), "C09", encode(health))
    for role in ROLES:
        visitor = room.role(role)
        for _, router in ROUTERS:
            for route in every_route(router.routes):
                path = re.sub(r"\{form\}", "csv", route.path)
                if "GET" not in (route.methods or ()) or path.startswith(
                    ("/{", "/api/push", "/api/live", "/api/cameras/{camera_id}/live")
                ):
                    continue
                answers.append(visitor.get(re.sub(r"\{[^}]*\}", "C09", path)))
    relay(room)
    assert sum(one.status_code == 200 for one in answers) > 100
    told = b"".join(one.content + repr(one.headers).encode() for one in answers)
    assert b"10.0.9.9" in told, "the address is shown"
    assert found_in(told) == []
    assert found_in(dump_of(room.store)) == []
    assert [name for name in everything_in_redis(room.redis) if found_in(name)] == []
    said = capfd.readouterr()
    structlog.reset_defaults()
    assert found_in((said.out + said.err).encode()) == []
    record = decode(cast("bytes", room.redis.hget(keys.followed("camera"), "C09")))
    opened = room.console.keyring.open_camera(record)
    assert (opened.url, opened.sub_url) == (NEW["url"], NEW["sub_url"])


def test_what_an_older_program_left_in_clear_is_sealed_at_the_start_once(store: Store, room: Any) -> None:
    before = {}
    with store.write() as session:
        for n in range(1, 3):
            before[f"C0{n}"] = f"rtsp://cam:{PASSWORD}@10.0.0.{n}/main"
            session.execute(
                text("UPDATE camera SET url = :url, sub_url = NULL WHERE id = :id"),
                {"url": before[f"C0{n}"], "id": f"C0{n}"},
            )
        session.execute(text("INSERT INTO outbox (kind, record_id, body) VALUES ('camera', 'C01', :body)"),
                        {"body": encode(a_camera(id="C01", url=before["C01"])).decode()})  # fmt: skip
    assert found_in(dump_of(store))
    assert do_seal_at_start(store, room.console.keyring, T0) == 2
    relay(room)
    with store.write() as session:
        session.execute(text("DELETE FROM outbox"))
    assert do_seal_at_start(store, room.console.keyring, T0) == 0
    with store.read() as session:
        assert {row.id: row.url for row in session.query(CameraRow)} == before
        assert all(str(one).startswith("s1.") for one in session.scalars(text("SELECT url FROM camera")))
    assert [name for name in everything_in_redis(room.redis) if found_in(name)] == []


def test_the_files_of_the_database_forget_what_was_in_clear(store: Store, room: Any) -> None:
    with store.write() as session:
        session.execute(text("UPDATE camera SET url = :url"), {"url": f"rtsp://cam:{PASSWORD}@10.0.0.1/main"})
    do_seal_at_start(store, room.console.keyring, T0)
    assert found_in(dump_of(store)) == []


def test_keys_are_changed_while_all_runs(store: Store, room: Any, settings: Settings) -> None:
    worker = Keyring(settings, makes=False)
    old = sealing.file_of(settings).read_text()
    with store.read() as session:
        before = {row.id: row.url for row in session.query(CameraRow)}
        sealed = session.scalars(text("SELECT url FROM camera ORDER BY id")).all()
    assert worker.unseal(str(sealed[0])) == before["C01"]
    do_new_key(settings)
    with store.write() as session:
        assert do_reseal(session, room.console.keyring, T0) == 2
    relay(room)
    with store.read() as session:
        anew = session.scalars(text("SELECT url FROM camera ORDER BY id")).all()
        assert {row.id: row.url for row in session.query(CameraRow)} == before
    first = sealing.id_of(sealing.read_keys(sealing.file_of(settings).read_text())[0])
    assert all(str(one).startswith(f"s1.{first}.") for one in anew)
    record = decode(cast("bytes", room.redis.hget(keys.followed("camera"), "C01")))
    assert isinstance(record, Camera)
    assert worker.open_camera(record).url == before["C01"], "the file was read anew"
    with store.write() as session:
        assert do_reseal(session, room.console.keyring, T0) == 0
    alone = sealing.Sealer(sealing.read_keys(old))
    with pytest.raises(UnavailableError, match="sealed with the key"):
        alone.unseal(record.url, "camera address")
    [row] = room.audit("seal.rotate")
    assert row.detail == {"count": 2}


def test_the_command_puts_a_new_key_first_and_seals_anew(
    store: Store, room: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lianqin.settings.load", lambda: settings)
    monkeypatch.setattr("lianqin.logs.configure", lambda **_: None)
    assert commands.main(["seal", "rotate", "--new-key"]) == 0
    assert "2 texts were sealed anew" in capsys.readouterr().out
    file = sealing.file_of(settings)
    assert len(sealing.read_keys(file.read_text())) == 2
    assert file.stat().st_mode & 0o777 == 0o600
    told = settings.model_copy(update={"seal_keys": sealing.new_key()})
    with pytest.raises(ConflictError, match="seal_keys"):
        do_new_key(told)


def test_a_worker_without_keys_makes_none_and_says_where_they_lie(tmp_path: Path) -> None:
    ours = Settings(run_dir=tmp_path)
    sealed = Keyring(ours, makes=True).seal("rtsp://u:p@10.0.0.1/")
    elsewhere = Settings(run_dir=tmp_path / "other")
    with pytest.raises(SettingsError, match="copy the console's file"):
        Keyring(elsewhere, makes=False).unseal(sealed)
    assert not sealing.file_of(elsewhere).exists()
    assert Keyring(elsewhere, makes=False).unseal("rtsp://plain/") == "rtsp://plain/", "an older console's record"


def test_keys_that_are_taken_away_or_spoiled_are_remembered(tmp_path: Path) -> None:
    ours = Settings(run_dir=tmp_path)
    ring = Keyring(ours, makes=True)
    plain = [f"rtsp://u:p@10.0.0.{n}/" for n in range(4)]
    sealed = [ring.seal(one) for one in plain]
    file = sealing.file_of(ours)
    stood = file.read_text()
    file.write_text("no key at all")
    assert ring.unseal(sealed[0]) == plain[0]
    file.unlink()
    assert ring.unseal(sealed[1]) == plain[1]
    assert not file.exists()
    file.write_text(stood)
    assert ring.unseal(sealed[2]) == plain[2]
    file.write_text(f"{sealing.new_key()}\n{stood}")
    assert ring.unseal(sealed[3]) == plain[3]
    assert ring.seal(plain[0])[:12] != sealed[0][:12], "the new first key seals"


def test_a_row_that_no_key_opens_stands_in_the_list_and_nothing_is_written_in_clear(
    store: Store, room: Any, tmp_path: Path
) -> None:
    other = Settings(run_dir=tmp_path / "other")
    attach(store.engine, Keyring(other, makes=True))
    listed = room.role("sysadmin").get("/api/cameras")
    assert listed.status_code == 200
    assert "s3cret" not in listed.text
    with store.read() as session:
        assert session.get_one(CameraRow, "C01").url.startswith("s1.")
    engine = open_engine(store.engine.url.render_as_string(hide_password=False))
    bare = Store(engine)
    with pytest.raises(Exception, match="no keys for what is sealed"), bare.write() as session:
        session.add(CameraRow(id="C77", code="77", name="x", url="rtsp://u:p@h/", sub_url=None))
    engine.dispose()


def test_a_try_sends_the_address_sealed(room: Any) -> None:
    """To the worker's inner address, which may be another machine's."""
    asked: list[bytes] = []

    def ask(_console: Any, _worker: str, told: Any, **_: Any) -> Any:
        asked.append(told.body)
        raise UnavailableError("live.no_worker", "not here")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("console.cameras.video.ask", ask)
        patched.setattr("console.cameras.video.any_worker", lambda _: "w1")
        room.role("sysadmin").post("/api/cameras/probe", {"url": NEW["url"], "transport": "tcp"})
    [body] = asked
    assert found_in(body) == []
    assert room.console.keyring.unseal(json.loads(body)["url"]) == NEW["url"]


def test_a_sealed_text_opens_for_its_purpose_alone(room: Any) -> None:
    sealer = room.console.keyring.sealer()
    sealed = sealer.seal(b"x", "factor/ac-1")
    with pytest.raises(UnavailableError, match="sealed for something else"):
        room.console.keyring.unseal(sealed)
    assert msgspec.structs.asdict(room.console.keyring.sealed_camera(a_camera()))["name"] == "学院路"
