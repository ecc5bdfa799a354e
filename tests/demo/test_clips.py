"""Set-up of the clips: what is wrong is said with what to do, and nothing half-made stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from demo import clips as preparing
from demo.scenes import FPS, SCENES, Scene, ScenePart
from lianqin.settings import own_clips

SHORT = Scene("C01", "bikes.mp4", (ScenePart(137, 140, 25, hold=0.2),), (78, 0, 484, 272))


def test_a_source_with_other_bytes_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "bikes.mp4"
    wrong.write_bytes(b"something else")
    with pytest.raises(preparing.ClipError, match=r"bikes\.mp4 is not the clip it should be"):
        preparing.check(wrong, "bikes.mp4")


def test_without_apt_the_message_says_what_to_put_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(preparing.ClipError, match="LIANQIN_CLIPS"):
        preparing._fetch_opencv_doc(tmp_path)


def test_a_folder_of_ones_own_is_taken_before_anything_is_fetched(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, cache = tmp_path / "own", tmp_path / "cache"
    own.mkdir()
    cache.mkdir()
    for name in preparing.SHA256:
        shutil.copy(clips / name, own / name)
    monkeypatch.setenv("LIANQIN_CLIPS", str(own))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(preparing, "CACHE", cache)
    said: list[str] = []
    preparing.fetch(said.append)
    assert {path.name for path in cache.iterdir()} == set(preparing.SHA256)
    assert "download 0." in said[-1]
    assert own_clips({}) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_an_error_of_the_disk_and_leaves_no_half_file(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in preparing.SHA256:
        (tmp_path / name).symlink_to(clips / name)
    monkeypatch.setattr(preparing, "CACHE", tmp_path)
    target = preparing.clip_path("C01", "sub")
    target.with_suffix(".part.mp4").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        preparing._encode_job((SHORT, "sub"))
    assert {path.name for path in tmp_path.iterdir()} == set(preparing.SHA256)


def test_a_loop_has_the_pictures_its_parts_say_and_held_ones_are_marked() -> None:
    shots = list(preparing.shown(SHORT))
    assert [shot.frame for shot in shots] == [137, 138, 139, 140, 140, 140, 140, 140, 140]
    assert [shot.held for shot in shots] == [False] * 4 + [True] * 5


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.camera_id)
def test_loops_are_neither_short_nor_endless(scene: Scene) -> None:
    assert 30 <= len(list(preparing.shown(scene))) / FPS <= 95
