"""The shipped detector, and clips where this machine has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detect.cards import load_card
from detect.detector import Detector, open_detector

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
