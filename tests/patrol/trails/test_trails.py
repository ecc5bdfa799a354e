"""Trails in Parquet: what was written is read once and in order, however it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from lianqin.errors import UnavailableError
from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.trails.store import TrailStore

NIGHT = T0 + 107 * 60
"""20 s after midnight in Asia/Shanghai."""


def walk(count: int, guard: str = "G01", start: float = T0, **changes: float) -> list[Fix]:
    return [a_fix(id=f"fx-{guard}-{n:04}", guard_id=guard, at=start + n * 15, accuracy_m=3.5 if n % 2 else None, **changes)
            for n in range(count)]  # fmt: skip


@pytest.fixture
def trails(tmp_path: Path) -> TrailStore:
    return TrailStore(tmp_path / "it's a folder")


def test_what_was_written_comes_back_as_it_was(trails: TrailStore) -> None:
    fix = a_fix(alarm="sos", speed_mps=1.25, course=270.0, altitude_m=-3.5, battery_pct=80.0, client="owntracks")
    trails.append("s-1-1", [fix])
    assert trails.read("G01", T0, T0) == [fix]
    assert trails.read("G02", T0, T0) == []
    assert trails.read("G01", T0 + 1, T0 + 2) == []


def test_many_small_files_become_one_and_nothing_is_lost_or_doubled(trails: TrailStore) -> None:
    for n, fix in enumerate(walk(30)):
        trails.append(f"live-{n}-{n}", [fix])
        trails.append(f"live-{n}-{n}", [fix])
    (day,) = trails.days()
    before = trails.read("G01", T0, T0 + 1e4)
    assert (trails.count(day), len(before)) == (30, 30)
    assert trails.compact(day) == 30
    assert (trails.count(day), trails.compact(day)) == (1, 0)
    trails.append("live-3-3", walk(5))  # a batch that comes again after the others were compacted
    assert trails.read("G01", T0, T0 + 1e4) == before
    assert trails.compact(day) == 2
    assert trails.read("G01", T0, T0 + 1e4) == before


def test_large_files_are_left_alone_while_the_day_runs(trails: TrailStore) -> None:
    (large,) = trails.append("live-0-0", walk(400))
    for n in range(3):
        trails.append(f"live-{n}-9", walk(1, guard=f"G1{n}"))
    (day,) = trails.days()
    assert trails.compact(day, below_bytes=large.stat().st_size) == 3
    assert large.exists()
    assert trails.count(day) == 2


def test_a_day_is_the_countys_and_a_trail_runs_over_midnight(trails: TrailStore) -> None:
    fixes = walk(10, start=NIGHT - 60)
    trails.append("live-1-2", fixes)
    assert trails.days() == ["2026-09-21", "2026-09-22"]
    assert [fix.at for fix in trails.read("G01", NIGHT - 60, NIGHT + 75)] == [fix.at for fix in fixes]


def test_a_file_half_written_when_the_power_went_is_no_file(trails: TrailStore) -> None:
    trails.append("live-1-1", walk(2))
    (trails.root / trails.days()[0] / ".live-2-2.tmp").write_bytes(b"PAR1 half")
    assert len(trails.read("G01", T0, T0 + 99)) == 2


def test_several_guards_are_read_in_one_look(trails: TrailStore) -> None:
    trails.append("live-1-1", [*walk(3), *walk(2, guard="G02"), *walk(1, guard="G03")])
    found = trails.read_each(["G01", "G02", "G09"], T0, T0 + 99)
    assert {guard: len(fixes) for guard, fixes in found.items()} == {"G01": 3, "G02": 2, "G09": 0}


@pytest.mark.parametrize(
    ("other", "shared"),
    [({}, 3), ({"lon": 119.2000001}, 0), ({"start": T0 + 3600}, 0), ({"start": T0 - 30}, 3), ({"start": T0 + 61}, 0)],
)
def test_the_very_degrees_of_another_guard_are_counted(
    trails: TrailStore, other: dict[str, float], shared: int
) -> None:
    trails.append("live-1-1", walk(3))
    trails.append("live-1-1b", walk(3))
    trails.append("live-2-2", walk(3, guard="G02", **other))
    assert len({one.n for one in trails.near("G01", T0, T0 + 45, 30) if not one.by_device}) == shared


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "trails").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match="trails can't be written"):
        TrailStore(tmp_path / "trails").append("live-1-1", walk(1))
