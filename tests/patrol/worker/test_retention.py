"""Trails past their term go for good, with a proof that counts them once, and without what is evidence in something open."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from lianqin.audit import Actor, AuditRow
from lianqin.clock import county_day
from lianqin.db import Store
from lianqin.testing import T0, a_fix
from patrol.checks import spot_checks
from patrol.duty import shifts
from patrol.trails.store import TrailStore
from patrol.trails.tables import TrailPurge
from patrol.worker.retention import digest_of, do_purge, last_kept_day, purge_old

DAY = 86_400.0
LATER = T0 + 60 * DAY


@pytest.fixture
def trails(tmp_path: Path) -> TrailStore:
    found = TrailStore(tmp_path / "trails")
    for n, guard in enumerate(("G01", "G02")):
        found.append(f"live-{n}", [a_fix(id=f"{guard}-{k}", guard_id=guard, at=T0 + k) for k in range(10)])
    found.append("new", [a_fix(id="new", at=LATER - 5 * DAY)])
    arrived(found, county_day(T0), T0)
    arrived(found, county_day(LATER - 5 * DAY), LATER - 5 * DAY)
    return found


def arrived(trails: TrailStore, day: str, at: float) -> None:
    """Its files were written then."""
    for path in trails.files(day):
        os.utime(path, (at, at))


def test_what_is_past_its_term_is_counted_in_county_days() -> None:
    assert last_kept_day(T0, 14) < county_day(T0 - 13 * DAY)
    assert last_kept_day(T0, 14) == county_day(T0 - 14 * DAY)


def test_old_days_go_with_a_proof_and_new_ones_stay(store: Store, trails: TrailStore) -> None:
    day = county_day(T0)
    proof = digest_of(trails.files(day))
    assert purge_old(store, trails, 45, LATER) == [day]
    assert trails.days() == [county_day(LATER - 5 * DAY)]
    assert purge_old(store, trails, 45, LATER) == []
    with store.read() as session:
        [row] = session.scalars(select(TrailPurge)).all()
        assert (row.day, row.files, row.fixes, row.bytes, row.sha256, row.kept_days) == (
            day, 2, 20, proof.size, proof.sha256, 45)  # fmt: skip
        assert session.scalars(select(AuditRow.object_id).where(AuditRow.action == "trails.purge")).all() == [day]


@pytest.mark.parametrize(("arrival", "goes"), [(T0 + 14 * DAY, True), (T0 + 16 * DAY, False), (LATER, False)])
def test_a_day_that_a_device_named_goes_by_the_arrival_of_its_fixes(
    store: Store, trails: TrailStore, arrival: float, goes: bool
) -> None:
    day = county_day(T0)
    arrived(trails, day, arrival)
    assert (purge_old(store, trails, 45, LATER) == [day]) == goes


def test_a_day_ahead_of_all_calendars_goes_by_its_arrival_too(store: Store, trails: TrailStore) -> None:
    day = county_day(T0 + 4000 * DAY)
    trails.append("ahead", [a_fix(id="ahead", at=T0 + 4000 * DAY)])
    arrived(trails, day, T0)
    assert day in purge_old(store, trails, 45, LATER)


def test_compaction_keeps_the_time_of_the_last_arrival(trails: TrailStore) -> None:
    day = county_day(T0)
    arrived(trails, day, T0 + 3 * DAY)
    assert trails.compact(day) == 2
    assert [path.stat().st_mtime for path in trails.files(day)] == [T0 + 3 * DAY]


def test_the_digest_can_be_checked_by_hand(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    line = f"a 1 {hashlib.sha256(b'x').hexdigest()}\n"
    assert digest_of([tmp_path / "a"]).sha256 == hashlib.sha256(line.encode()).hexdigest()


def test_killed_between_proof_and_deletion_the_next_run_finishes_and_counts_once(
    store: Store, trails: TrailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = county_day(T0)

    def killed(_day: str, _files: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trails, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            do_purge(store, trails, day, 45, LATER)
    assert len(trails.files(day)) == 2
    assert purge_old(store, trails, 45, LATER + DAY) == [day]
    assert day not in trails.days()
    with store.read() as session:
        assert [row.purged_at for row in session.scalars(select(TrailPurge))] == [LATER]


def test_a_disputed_check_holds_that_guards_trail_until_it_is_settled(
    store: Store, actor: Actor, trails: TrailStore
) -> None:
    day = county_day(T0)
    with store.write() as session:
        shift = shifts.do_open(session, actor, "G01", None, 8, T0)
        session.flush()
        shifts.do_close(session, actor, shift.id, T0 + 3600)
        check = spot_checks.do_check(session, actor, "trail", "G01", shift.id, "own", "", "remark", "gone", T0 + 9000)
    assert do_purge(store, trails, day, 45, LATER) == 2
    assert len(trails.read("G01", T0, T0 + 100)) == 10
    assert trails.read("G02", T0, T0 + 100) == []
    assert purge_old(store, trails, 45, LATER + DAY) == []
    with store.write() as session:
        spot_checks.get_check(session, check.id).guard_signed_at = T0 + 9100
    assert purge_old(store, trails, 45, LATER + 2 * DAY) == [day]
    assert trails.read("G01", T0, T0 + 100) == []
