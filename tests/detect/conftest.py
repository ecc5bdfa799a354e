"""The shipped detector, and clips where this machine has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.kit.accuracy import read_clip
from detect.cards import load_card
from detect.detector import Detector, open_detector
from lianqin.records import Detection

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "nanodet-g"


@pytest.fixture
def model_folder() -> Path:
    return MODEL


@pytest.fixture(scope="session")
def detector() -> Detector:
    return open_detector(load_card(MODEL))


@pytest.fixture(scope="session")
def find_clip() -> Callable[[str], Path]:
    """Path of a clip or label file by name; skips the test, and says so, where this machine has none."""

    def find(name: str) -> Path:
        for folder in (ROOT / ".cache" / "clips", ROOT.parent / "shared" / "clips"):
            for path in sorted(folder.rglob(name)) if folder.is_dir() else ():
                return path
        pytest.skip(f"{name} is not on this machine: `make demo` fetches the clips")

    return find


@pytest.fixture(scope="session")
def street_people(detector: Detector, find_clip: Callable[[str], Path]) -> dict[int, list[Detection]]:
    """People that the shipped detector sees on the street clip, every second of its first 300 frames (3.5 a second)."""
    people = {}
    for frame in read_clip(find_clip("vtest.avi"), every=2):
        if frame.captured_at > 300:
            break
        people[int(frame.captured_at)] = [d for d in detector.detect([frame])[0] if d.label == "person"]
    return people
