"""Doubts among several guards: from real trails on disk."""

from __future__ import annotations

from pathlib import Path

from lianqin.testing import T0, a_fix
from patrol.judging.twins import TwinMatch, doubts_among
from patrol.trails.store import TrailStore


def counts(matches: list[TwinMatch]) -> dict[str, int]:
    return {one.kind: one.count for one in doubts_among(matches)}


def test_a_copied_trail_is_told_from_one_shared_place(tmp_path: Path) -> None:
    trails = TrailStore(tmp_path)
    walk = [(T0 + n * 10, 119.2 + n * 0.0001) for n in range(15)]
    trails.append("a", [a_fix(id=f"own-{at}", guard_id="G01", device_id="D1", at=at, lon=lon) for at, lon in walk])
    trails.append("b", [a_fix(id=f"cpy-{at}", guard_id="G02", device_id="D2", at=at + 3, lon=lon) for at, lon in walk])
    trails.append("c", [a_fix(id="once", guard_id="G03", device_id="D3", at=T0 + 50, lon=walk[5][1])])
    assert counts(trails.near("G01", T0, T0 + 1e3, 30)) == {"shared_position": 15, "identical_trail": 15}
    assert counts(trails.near("G03", T0, T0 + 1e3, 30)) == {"shared_position": 1}


def test_one_device_for_two_guards_is_named(tmp_path: Path) -> None:
    trails = TrailStore(tmp_path)
    trails.append(
        "a", [a_fix(id=f"a-{n}", guard_id="G01", device_id="D1", at=T0 + n, lon=119.2 + n / 1e4) for n in range(9)]
    )
    trails.append("b", [a_fix(id="b", guard_id="G02", device_id="D1", at=T0 + 4, lon=119.3)])
    assert counts(trails.near("G01", T0, T0 + 1e3, 3)) == {"shared_device": 7}


def test_two_who_stand_at_one_spot_for_long_did_not_copy_a_trail() -> None:
    assert counts([TwinMatch(n, 34.0, 119.2, "G2", by_device=False) for n in range(50)]) == {"shared_position": 50}
