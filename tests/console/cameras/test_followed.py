"""Followed records converge: consoles race, Redis comes back empty or old, a database is restored. Real parts, both databases."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from console.backups.make import do_backup
from console.backups.restore import after_restore, do_restore
from console.cameras.cameras import (
    NamedCamera,
    count_cameras,
    current_cameras,
    do_add_camera,
    do_put_masks,
    do_remove_camera,
)
from console.housekeeping import count_devices, current_devices
from lianqin import audit, followed, keys, outbox
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.follow import Follower
from lianqin.outbox import OutboxRow, Relay
from lianqin.records import Camera, Device, encode
from lianqin.settings import Settings
from lianqin.stamps import FollowedState, Stamp, read_stamp
from lianqin.testing import T0, FakeClock, a_camera
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow

ACTOR = audit.system("test")
CORNER = ((0.0, 0.0), (0.4, 0.0), (0.4, 0.4), (0.0, 0.4))
DOOR = ((0.5, 0.5), (0.9, 0.5), (0.9, 0.9), (0.5, 0.9))


@pytest.fixture
def county(room: Any) -> Any:
    """The seeded county with a device of each guard."""
    with room.console.store.write() as session:
        for number in (1, 2):
            session.add(DeviceRow(id=f"dv-{number}", guard_id=f"G{number}", credential_sha256=f"{number}" * 64, kind="phone", version=1,
                                  enrolled_at=T0, register_no=0, coord_sys="wgs84"))  # fmt: skip
    return room


def a_relay(county: Any, current: Mapping[Any, Any] | None = None) -> Relay:
    """A console's own: its connection, its memory of what Redis holds."""
    return Relay(county.store, connect(county.settings.redis), current or {"camera": current_cameras, "device": current_devices},
                 counts=None if current else {"camera": count_cameras, "device": count_devices}, clock=county.clock)  # fmt: skip


def put_masks(county: Any, *masks: Any, camera: str = "C01") -> None:
    with county.console.store.write() as session:
        do_put_masks(session, ACTOR, camera, masks, county.clock.now())


def revoke(county: Any, device: str = "dv-1") -> None:
    with county.console.store.write() as session:
        enrol.do_revoke(session, ACTOR, device, county.clock.now())


class Following:
    """A worker and an intake: what they go by."""

    def __init__(self, client: redis.Redis) -> None:
        self._cameras, self._devices = Follower(client, "camera"), Follower(client, "device")
        self.cameras: dict[str, Any] = {}
        self.devices: dict[str, Any] = {}

    def poll(self) -> Following:
        self.cameras = self._cameras.poll() or self.cameras
        self.devices = self._devices.poll() or self.devices
        return self

    @property
    def masks(self) -> tuple[Any, ...]:
        self.poll()
        camera = self.cameras["C01"]
        assert isinstance(camera, Camera)
        return camera.masks

    @property
    def revoked(self) -> bool:
        self.poll()
        device = self.devices["dv-1"]
        assert isinstance(device, Device)
        return device.revoked


def both(county: Any) -> tuple[Following, Following]:
    """One that has followed all along, and one that starts now."""
    old = Following(county.redis)
    a_relay(county).run_once()
    return old.poll(), Following(county.redis)


class Held:
    """A `current` that reads, then waits for the test: a console that is slow between its look and its writing."""

    def __init__(self, meanwhile: Callable[[], Any]) -> None:
        self._meanwhile = meanwhile
        self.ran = False

    def __call__(self, session: Session) -> Mapping[str, Camera | Device]:
        found = current_cameras(session)
        if not self.ran:
            self.ran = True
            self._meanwhile()
        return found


def test_a_console_that_looked_before_a_mask_was_saved_does_not_publish_over_it(county: Any) -> None:
    old, new = both(county)
    county.redis.flushall()

    def meanwhile() -> None:
        put_masks(county, CORNER)
        quick.run_once()

    quick = a_relay(county)
    slow = a_relay(county, {"camera": Held(meanwhile)})
    slow.run_once()
    for one in (old, new):
        assert one.masks == (CORNER,)


class SlowRedis:
    """The connection of a console that stands still just before it writes rows it has read."""

    def __init__(self, client: redis.Redis, meanwhile: Callable[[], Any]) -> None:
        self._client, self._meanwhile, self.armed = client, meanwhile, False

    def __getattr__(self, name: str) -> Any:
        if name == "pipeline" and self.armed:
            self.armed = False
            self._meanwhile()
        return getattr(self._client, name)


@pytest.mark.parametrize("slower", ["has the older rows", "has the newer rows"])
def test_two_consoles_race_with_their_rows_and_the_newer_mask_stays(county: Any, slower: str) -> None:
    old, new = both(county)
    put_masks(county, CORNER)
    if slower == "has the newer rows":
        put_masks(county, DOOR)

    def meanwhile() -> None:
        if slower == "has the older rows":
            put_masks(county, DOOR)
        for _ in range(2):
            quick.run_once()

    quick, slow = a_relay(county), a_relay(county)
    quick_client: Any = SlowRedis(connect(county.settings.redis), meanwhile)
    slow._redis = quick_client
    slow._compare_all()
    quick_client.armed = True
    slow.run_once()
    assert Following(county.redis).masks == (DOOR,), (
        "at no moment is there an older one, which who starts then would take"
    )
    for _ in range(3):
        slow.run_once()
        quick.run_once()
    for one in (old, new):
        assert one.masks == (DOOR,)
    with county.store.read() as session:
        assert session.scalars(select(OutboxRow)).all() == []


def test_a_row_that_comes_while_a_slower_console_forgets_its_own_is_not_forgotten(county: Any) -> None:
    old, new = both(county)
    put_masks(county, CORNER)
    slow = a_relay(county)
    slow._compare_all()
    published = slow._publish_rows

    def then_another(*told: Any) -> None:
        published(*told)
        a_relay(county).run_once()  # it has forgotten the row, and on SQLite the next one has its number
        put_masks(county, DOOR)

    slow._publish_rows = then_another  # type: ignore[method-assign]
    slow.run_once()
    slow._publish_rows = published  # type: ignore[method-assign]
    slow.run_once()
    for one in (old, new):
        assert one.masks == (DOOR,)


def test_a_redis_that_comes_back_empty_has_all_again_at_the_next_round(county: Any) -> None:
    relay = a_relay(county)
    old, _ = both(county)
    put_masks(county, CORNER)
    revoke(county)
    relay.run_once()
    assert (old.masks, old.revoked) == ((CORNER,), True)
    county.redis.flushall()
    assert (old.masks, old.revoked) == ((CORNER,), True), "who follows keeps what it has"
    relay.run_once()
    new = Following(county.redis)
    assert (new.masks, new.revoked) == ((CORNER,), True)
    assert set(new.cameras) == {"C01", "C02"}


def test_what_was_changed_while_redis_was_empty_reaches_who_followed_before(county: Any) -> None:
    """Once the number of changes began at one again, and stood where it had been: nobody looked."""
    old, _ = both(county)
    relay = a_relay(county)
    relay.run_once()
    for _ in range(2):
        county.redis.flushall()
        revoke(county)
        relay.run_once()
        assert old.revoked
        put_masks(county, CORNER)
        relay.run_once()
        assert old.masks == (CORNER,)


def test_a_single_row_in_an_empty_redis_is_not_taken_for_all(county: Any) -> None:
    a_relay(county).run_once()
    rows_only = Relay(county.store, connect(county.settings.redis), {}, clock=county.clock)
    county.redis.flushall()
    revoke(county, "dv-2")
    rows_only.run_once()
    assert Follower(county.redis, "device").poll() is None
    a_relay(county).run_once()
    assert set(Follower(county.redis, "device").poll() or {}) == {"dv-1", "dv-2"}


def old_copy(client: redis.Redis) -> Callable[[], None]:
    """All that Redis has now; call it, and Redis has that again and nothing else."""
    kept: dict[Any, Any] = {name: client.dump(name) for name in client.keys("lianqin:followed:*")}  # type: ignore[union-attr]

    def back() -> None:
        client.flushall()
        for name, body in kept.items():
            client.restore(name, 0, body)

    return back


def test_a_redis_that_comes_back_with_an_older_copy_takes_nothing_back_and_is_mended(county: Any) -> None:
    relay = a_relay(county)
    old, _ = both(county)
    relay.run_once()
    back = old_copy(county.redis)
    put_masks(county, CORNER)
    revoke(county)
    relay.run_once()
    assert (old.masks, old.revoked) == ((CORNER,), True)
    back()
    assert (old.masks, old.revoked) == ((CORNER,), True)
    relay.run_once()
    new = Following(county.redis)
    assert (new.masks, new.revoked) == ((CORNER,), True)


def test_a_camera_that_was_removed_is_not_brought_back_by_an_older_copy_or_console(county: Any) -> None:
    relay = a_relay(county)
    old, _ = both(county)
    back = old_copy(county.redis)
    with county.console.store.write() as session:
        do_remove_camera(session, ACTOR, "C02", county.clock.now())
    relay.run_once()
    assert set(old.poll().cameras) == {"C01"}
    back()
    assert set(old.poll().cameras) == {"C01"}
    relay.run_once()
    assert set(Following(county.redis).poll().cameras) == {"C01"}
    slow = followed.put(county.redis, outbox.Replicas(), "camera", epoch(county), [followed.Put("C02", 0, encode(a_camera(id="C02")))],
                        whole=True)  # fmt: skip
    assert slow.newer == 1
    assert set(Following(county.redis).poll().cameras) == {"C01"}


def test_a_camera_added_again_under_its_old_name_is_followed(county: Any) -> None:
    relay = a_relay(county)
    old, _ = both(county)
    with county.console.store.write() as session:
        do_remove_camera(session, ACTOR, "C02", county.clock.now())
    relay.run_once()
    with county.console.store.write() as session:
        do_add_camera(
            session,
            ACTOR,
            NamedCamera(a_camera(id="C02", code="99010100001320000002", masks=(DOOR,))),
            county.clock.now(),
        )
    relay.run_once()
    assert old.poll().cameras["C02"].masks == (DOOR,)


def epoch(county: Any) -> int:
    with county.store.read() as session:
        return int(session.scalars(select(FollowedState)).one().epoch)


@pytest.fixture
def elsewhere(tmp_path: Path, database_url: str, settings: Settings) -> Settings:
    """The same county's next machine: another, empty database of the same kind, the same Redis."""
    url = f"sqlite:///{tmp_path / 'other' / 'lianqin.db'}"
    if not database_url.startswith("sqlite"):
        folder = database_url.rsplit("host=", 1)[1]
        name = f"followed{next(_numbers)}"
        with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # our own name
        url = f"postgresql+psycopg://postgres@/{name}?host={folder}"
    return settings.model_copy(update={"run_dir": tmp_path / "other", "database_url": url})


_numbers = itertools.count(1)


@pytest.fixture
def restored(county: Any, elsewhere: Settings, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Makes a backup; each call restores it, and gives the county as it stands on the restored database."""
    county.redis.set(keys.inner_secret(), b"i" * 32)
    do_backup(
        county.settings,
        county.store,
        county.redis,
        county.clock,
        tmp_path / "b",
        tmp_path / "k",
        "files",
        lambda _: None,
    )
    stores: list[Store] = []

    def run() -> Any:
        store = Store(open_engine(elsewhere.database))
        stores.append(store)
        do_restore(elsewhere, store, county.redis, county.clock, tmp_path / "b", tmp_path / "k", None, lambda _: None, overwrite=bool(stores[:-1]))  # fmt: skip
        return Again(store, elsewhere, county.clock, county.redis)

    yield run
    for store in stores:
        store.engine.dispose()


class Again:
    """As `PipelineContext`, as far as these tests ask."""

    def __init__(self, store: Store, settings: Settings, clock: FakeClock, client: redis.Redis) -> None:
        self.store, self.settings, self.clock, self.redis, self.console = store, settings, clock, client, self


def test_after_a_restore_the_older_record_counts_and_what_is_saved_then_is_followed(
    county: Any, restored: Callable[[], Any]
) -> None:
    old, new = both(county)
    relay = a_relay(county)
    for masks in (
        (CORNER,),
        (),
        (CORNER, DOOR),
    ):  # the lost time: Redis has higher versions than the restored database ever gave
        put_masks(county, *masks)
    with county.console.store.write() as session:
        do_add_camera(session, ACTOR, NamedCamera(a_camera(id="C77", code="99010100001320000077")), county.clock.now())
    relay.run_once()
    assert old.masks == (CORNER, DOOR)
    assert set(old.cameras) == {"C01", "C02", "C77"}
    before = epoch(county)
    again = restored()
    assert epoch(again) > before
    a_relay(again).run_once()
    for one in (old, new):
        assert one.masks == ()
        assert set(one.cameras) == {"C01", "C02"}, "what came in the lost time goes"
    put_masks(again, DOOR)
    revoke(again)
    a_relay(again).run_once()
    for one in (old, new):
        assert (one.masks, one.revoked) == ((DOOR,), True)
    relay.run_once()  # a console that was forgotten on the old database
    for one in (old, new, Following(county.redis)):
        assert (one.masks, one.revoked) == ((DOOR,), True)


def test_a_backup_restored_twice_counts_each_time(county: Any, restored: Callable[[], Any]) -> None:
    old, _ = both(county)
    for _ in range(2):  # the backup's own epoch is the same; Redis has that of the restore before
        again = restored()
        a_relay(again).run_once()
        assert old.masks == ()
        put_masks(again, CORNER)
        a_relay(again).run_once()
        assert old.masks == (CORNER,)
        again.store.engine.dispose()


def test_an_epoch_is_higher_than_any_that_redis_has_though_the_clock_be_behind(county: Any) -> None:
    a_relay(county).run_once()
    first = epoch(county)
    county.redis.set(keys.followed_epoch("device"), str(first + 500))
    after_restore(county.store, county.redis, T0 - 86_400)
    assert epoch(county) == first + 501


def set_back(county: Any) -> Callable[[], None]:
    """What a restore by the database's own tools does to these tables; call it, and they are as they were."""
    tables = ("followed_state", "followed_version", "outbox", "camera")
    with county.store.read() as session:
        kept = {name: [dict(row._mapping) for row in session.execute(text(f"SELECT * FROM {name}"))] for name in tables}

    def back() -> None:
        with county.store.write() as session:
            for name in ("followed_state", "followed_version", "outbox"):
                session.execute(text(f"DELETE FROM {name}"))
                for row in kept[name]:
                    columns = ", ".join(row)
                    session.execute(text(f"INSERT INTO {name} ({columns}) VALUES (:{', :'.join(row)})"), row)
            session.execute(text("UPDATE camera SET masks = '[]', version = 1"))

    return back


def test_a_database_set_back_by_other_tools_is_noticed_and_begins_a_new_epoch(
    county: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    relay = a_relay(county)
    old, _ = both(county)
    relay.run_once()
    back = set_back(county)
    put_masks(county, CORNER)
    put_masks(county, CORNER, DOOR)
    relay.run_once()
    before = epoch(county)
    assert old.masks == (CORNER, DOOR)
    back()
    county.clock.advance(60)
    a_relay(county).run_once()
    assert epoch(county) > before
    assert old.masks == ()
    put_masks(county, DOOR)
    relay.run_once()
    assert old.masks == (DOOR,)
    assert "followed_epoch_raised" in "".join(capfd.readouterr())


def test_while_redis_has_a_newer_epoch_nothing_is_published_rows_wait_and_the_log_says_what_to_do(
    county: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    old, _ = both(county)
    relay = a_relay(county)
    relay.run_once()
    newer = epoch(county) + 1000
    taken = followed.put(county.redis, outbox.Replicas(), "camera", newer, [followed.Put("C01", 1, encode(a_camera(masks=(DOOR,))))],
                         whole=True)  # fmt: skip
    assert not taken.newer
    put_masks(county, CORNER)
    for _ in range(3):
        assert relay.run_once() == 0
    assert old.masks == (DOOR,)
    assert county.role("sysadmin").get("/api/health").json()["relay"] == 1
    assert "".join(capfd.readouterr()).count("followed_epoch_older") == 1
    with county.console.store.write() as session:
        outbox.do_begin_epoch(session, county.redis, county.clock.now())
    county.clock.advance(outbox.COMPARE_EVERY_S)
    assert relay.run_once() == 1
    assert epoch(county) == newer + 1
    assert old.masks == (CORNER,)
    assert set(old.cameras) == {"C01", "C02"}


def test_records_of_a_program_before_the_epochs_are_followed_and_then_replaced(county: Any) -> None:
    client = county.redis
    client.hset(keys.followed("camera"), mapping={"C01": encode(a_camera()), "C88": encode(a_camera(id="C88"))})
    client.incr(keys.followed_version("camera"))
    old = Follower(client, "camera")
    assert set(old.poll() or {}) == {"C01", "C88"}
    client.hdel(keys.followed("camera"), "C88")
    client.incr(keys.followed_version("camera"))
    assert set(old.poll() or {}) == {"C01"}
    client.hset(keys.followed("camera"), "C88", encode(a_camera(id="C88")))
    client.incr(keys.followed_version("camera"))
    assert set(old.poll() or {}) == {"C01", "C88"}
    a_relay(county).run_once()
    assert set(old.poll() or {}) == {"C01", "C02"}


def test_each_write_has_a_higher_version_than_any_before_also_once_all_rows_went(county: Any) -> None:
    found = []
    for n in range(3):
        put_masks(county, *((CORNER,) if n % 2 == 0 else ()))
        a_relay(county).run_once()
        stamp = read_stamp(county.redis.hget(keys.followed_stamps("camera"), "C01"))
        assert stamp.epoch == epoch(county)
        found.append(stamp)
    assert found == sorted(set(found))
    assert found[0] > Stamp(epoch(county), 0)


def test_a_record_that_redis_lost_alone_is_there_again_within_the_next_comparison(county: Any) -> None:
    relay = a_relay(county)
    relay.run_once()
    county.redis.hdel(keys.followed("device"), "dv-1")  # nobody's doing but a hand's: the number of changes stays
    county.clock.advance(outbox.COMPARE_EVERY_S)
    relay.run_once()
    assert set(Follower(county.redis, "device").poll() or {}) == {"dv-1", "dv-2"}


def test_a_record_that_cannot_be_read_is_not_replaced_by_what_was_before(county: Any) -> None:
    """Its masks may be the very thing that is new."""
    a_relay(county).run_once()
    old = Follower(county.redis, "camera")
    old.poll()
    followed.put(county.redis, outbox.Replicas(), "camera", epoch(county), [followed.Put("C01", 9, b"{")], whole=False)
    assert set(old.poll() or {}) == {"C02"}


def test_who_restored_by_other_tools_says_so_by_a_command(county: Any) -> None:
    a_relay(county).run_once()
    before = epoch(county)
    told = {
        "RUN_DIR": str(county.settings.run_dir),
        "DATABASE_URL": county.settings.database_url,
        "REDIS_URL": county.settings.redis_url,
    }
    environ = os.environ | {f"LIANQIN_{name}": value for name, value in told.items()}
    ran = subprocess.run(
        [sys.executable, "-m", "console", "epoch"], env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert epoch(county) > before
    assert [row.detail for row in county.audit("followed.epoch")] == [{"figures": {"epoch": epoch(county)}}]
