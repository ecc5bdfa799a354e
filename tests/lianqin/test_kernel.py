"""Records, logs, clock, supervision, database, feed and outbox: the seams that all rooms stand on."""

from __future__ import annotations

import itertools
import json
import threading
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from lianqin import audit, clock, feed, keys, logs, outbox, supervise
from lianqin.addresses import redact
from lianqin.db import Base, Store, load_tables, open_engine
from lianqin.errors import EvidenceError, NotFoundError, RecordError, SourceEnded
from lianqin.evidence import EvidenceStore
from lianqin.follow import Follower
from lianqin.records import Camera, Fix, Zone, build, decode, encode, new_id
from lianqin.testing import T0, FakeClock, a_camera, a_fix, a_zone, an_alert

load_tables("console", "patrol")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(engine)
    return Store(engine)


@pytest.mark.parametrize("record", [an_alert(), a_fix(), a_camera(zones=(a_zone(),)), a_zone()])
def test_a_record_reads_back_as_it_was_written(record: Any) -> None:
    assert decode(encode(record)) == record


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "truncated"),
        (b'{"type":"fix"}', "missing required field"),
        (encode(a_fix()).replace(b"34.0", b"134.0"), "lat"),
        (b'{"type":"petition"}', "petition"),
    ],
)
def test_an_unreadable_record_says_where_it_went_wrong(raw: bytes, word: str) -> None:
    with pytest.raises(RecordError, match=word):
        decode(raw)


def test_an_older_reader_is_not_stopped_by_a_newer_field() -> None:
    assert isinstance(decode(encode(a_fix()).replace(b'"client"', b'"steps":4,"client"')), Fix)


def test_records_from_a_file_are_built_with_the_field_named_when_wrong() -> None:
    zone = build(Zone, {"id": "z", "name": "n", "situation": "loitering", "points": [[0, 0], [1, 0], [1, 1]]})
    assert zone.points[2] == (1.0, 1.0)
    with pytest.raises(RecordError, match="situation"):
        build(Zone, {"id": "z", "name": "n", "situation": "petition", "points": []})


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id("al", T0 + n / 1000) for n in range(200)]
    assert ids == sorted(ids)
    assert len({new_id("al", T0) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("rtsp://cam:p@ss:w0rd@10.0.0.1/x", "rtsp://***@10.0.0.1/x"),
        ("can't open rtsp://u:s3cret@h:554/a and rtsp://h/b", "can't open rtsp://***@h:554/a and rtsp://h/b"),
        ("postgresql+psycopg://u:pw@db/lianqin", "postgresql+psycopg://***@db/lianqin"),
    ],
)
def test_passwords_in_addresses_are_hidden(written: str, shown: str) -> None:
    assert redact(written) == shown


def end(detail: str) -> None:
    raise SourceEnded("source.ended", detail)


def test_no_log_line_shows_a_camera_password(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json=True)
    structlog.contextvars.bind_contextvars(camera="C01")
    log = structlog.get_logger("t")
    log.warning("source_refused", url="rtsp://cam:s3cret@h/x")
    try:
        end("rtsp://cam:s3cret@h/x ended")
    except SourceEnded:
        log.exception("failed")
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert "s3cret" not in "".join(lines)
    assert all(json.loads(line)["camera"] == "C01" for line in lines)


def test_a_part_that_fails_is_tried_again_and_stops_when_told() -> None:
    calls: list[float] = []
    stop, time = threading.Event(), FakeClock()

    def work() -> None:
        calls.append(time.monotonic())
        if len(calls) == 4:
            stop.set()
        raise SourceEnded("source.ended", "again")

    supervise.run_forever("t", work, stop, clock=time, first=1.0, longest=4.0)
    waits = [b - a for a, b in itertools.pairwise(calls)]
    assert len(calls) == 4
    assert all(low <= wait <= high for wait, (low, high) in zip(waits, [(0.5, 1), (1, 2), (2, 4)], strict=True))


@pytest.mark.parametrize(
    ("at", "day", "minute"),
    [(1_767_196_799.0, "2025-12-31", 1439), (1_767_196_800.0, "2026-01-01", 0), (T0, "2026-09-21", 22 * 60 + 13)],
)
def test_a_day_is_the_county_s_own(at: float, day: str, minute: int) -> None:
    assert (clock.county_day(at), clock.county_minute(at)) == (day, minute)


def test_an_error_takes_row_audit_and_feed_back_together(store: Store) -> None:
    def fail() -> None:
        with store.write() as session:
            feed.push(session, "alert", "al-1", at=T0)
            audit.write(session, audit.system("t"), "alert.confirm", "alert", "al-1", at=T0)
            raise RecordError("t.t", "no")

    with pytest.raises(RecordError):
        fail()
    with store.read() as session:
        assert feed.after(session, 0) == []
        assert list(session.scalars(select(audit.AuditRow))) == []


def test_the_audit_can_be_added_to_and_nothing_else(store: Store) -> None:
    with store.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=T0, purpose="alert_judging")
    for statement in ("DELETE FROM audit", "UPDATE audit SET actor_id = 'x'"):
        with pytest.raises(IntegrityError, match="append-only"), store.write() as session:
            session.execute(text(statement))


def test_followers_get_what_was_committed_and_again_after_redis_lost_all(
    store: Store, redis_client: redis.Redis
) -> None:
    def current(_session: object) -> dict[str, Camera]:
        return {"C01": a_camera(), "C02": a_camera(id="C02")}

    relay = outbox.Relay(store, redis_client, {"camera": current})
    follower = Follower(redis_client, "camera")
    assert follower.poll() is None
    relay.run_once()
    assert set(follower.poll() or {}) == {"C01", "C02"}
    assert follower.poll() is None
    with store.write() as session:
        outbox.put(session, "camera", "C02", None)
        outbox.put(session, "camera", "C03", a_camera(id="C03"))
    assert relay.run_once() == 2
    assert set(follower.poll() or {}) == {"C01", "C03"}
    redis_client.flushall()
    relay.run_once()
    assert set(Follower(redis_client, "camera").poll() or {}) == {"C01", "C02"}
    assert redis_client.hlen(keys.followed("camera")) == 2


def test_evidence_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    files = EvidenceStore(str(tmp_path))
    files.write("2026-01-01/al-1.jpg", b"picture")
    assert files.read("2026-01-01/al-1.jpg") == b"picture"
    assert list(files.chunks("2026-01-01/al-1.jpg", 2, 3)) == [b"ctu"]
    (tmp_path / "full").write_bytes(b"")  # a file where a folder should be
    with pytest.raises(EvidenceError):
        files.write("full/al-2.jpg", b"picture")
    with pytest.raises(NotFoundError):
        files.read("2026-01-01/none.jpg")
    for escape in ("../x.jpg", "/etc/passwd", ""):
        with pytest.raises(EvidenceError, match=r"evidence\.path"):
            files.exists(escape)


def test_no_table_or_record_has_a_field_that_could_hold_an_identity() -> None:
    forbidden = (
        "face",
        "embedding",
        "plate",
        "id_number",
        "identity",
        "religion",
        "ethnic",
        "petition",
        "feature_vector",
    )
    names = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns}
    assert {"alert", "guard", "audit"} <= {name.split(".")[0] for name in names}
    assert not [name for name in names for word in forbidden if word in name]
