"""The alert's picture, and what happens where it can't be kept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.evidence.snapshot import evidence_path, write_snapshot
from lianqin.evidence import EvidenceStore

AT = 1_790_000_000.0
"""2026-09-21, 22:13:20 in Asia/Shanghai."""
PICTURE = np.random.default_rng(2).integers(0, 255, (360, 640, 3), np.uint8)


def test_the_picture_lies_under_the_countys_day(tmp_path: Path) -> None:
    store = EvidenceStore(str(tmp_path))
    smooth = np.full((360, 640, 3), (30, 120, 200), np.uint8)
    snapshot = write_snapshot(store, "al-1", AT, smooth)
    assert snapshot.error is None
    assert snapshot.path == "2026-09-21/al-1.jpg"
    back = cv2.imdecode(np.frombuffer(store.read(snapshot.path), np.uint8), cv2.IMREAD_COLOR)
    assert back is not None
    assert np.abs(back.astype(int) - smooth).max() < 6


def test_after_midnight_in_the_county_it_is_the_next_day() -> None:
    assert evidence_path("al-1", AT + 2 * 3600, "mp4") == "2026-09-22/al-1.mp4"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 kB that fills up."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "lianqin-test", folder], check=False).returncode
    ):
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_said_and_leaves_no_half_picture(small_disk: Path) -> None:
    snapshot = write_snapshot(EvidenceStore(str(small_disk)), "al-1", AT, PICTURE)
    assert snapshot.path is None
    assert "No space left" in str(snapshot.error)
    assert list(small_disk.rglob("*.jpg")) == []


def test_a_root_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("in the way")
    snapshot = write_snapshot(EvidenceStore(str(tmp_path / "a-file")), "al-1", AT, PICTURE)
    assert snapshot.path is None
    assert snapshot.error
