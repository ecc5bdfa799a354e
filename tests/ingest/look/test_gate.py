"""What counts as change between two key frames."""

from __future__ import annotations

import av
import numpy as np
import pytest

from ingest.look.key_gate import HEIGHT, WIDTH, Grey, KeyGate, small_grey

RANDOM = np.random.default_rng(3)
STREET = np.kron(RANDOM.uniform(60, 180, (HEIGHT // 10, WIDTH // 10)), np.ones((10, 10))).astype(np.float32)


def with_person(x: int = 50, height: int = 10, width: int = 4, level: float = 60.0) -> Grey:
    picture = STREET.copy()
    picture[40 : 40 + height, x : x + width] += level
    return picture


def noise(sigma: float) -> Grey:
    return (STREET + np.random.default_rng(5).normal(0, sigma, STREET.shape)).astype(np.float32)


@pytest.mark.parametrize(
    ("picture", "active"),
    [
        (STREET, False),
        (with_person(), True),
        (with_person(height=4, width=2), True),
        (with_person(height=1, width=2), False),
        (with_person(level=-40), True),
        (with_person(level=6), False),
        (STREET * np.float32(1.2), False),
        (STREET * np.float32(0.85) + np.float32(4), False),
        (noise(2.0), False),
    ],
    ids=[
        "the same",
        "a person",
        "a small one",
        "a speck",
        "a dark one",
        "a shade",
        "sun comes out",
        "a cloud",
        "grain",
    ],
)
def test_what_is_change(picture: Grey, active: bool) -> None:
    gate = KeyGate()
    assert not gate.is_active(STREET), "the first picture has nothing to be compared with"
    assert gate.is_active(picture) is active


def leaves(seed: int, *, person: bool = False) -> Grey:
    picture = with_person(x=120) if person else STREET.copy()
    picture[10:30, 20:60] += np.kron(np.random.default_rng(seed).uniform(-30, 30, (5, 10)), np.ones((4, 4)))
    return picture


def test_moving_leaves_become_dull_and_a_person_beside_them_does_not() -> None:
    gate = KeyGate()
    hits = []
    for seed in range(60):
        hits.append(gate.is_active(leaves(seed)))
        gate.learn_empty()
    assert hits[1]
    assert hits[2]
    assert sum(hits[-20:]) <= 4
    assert gate.is_active(leaves(59, person=True))


def test_patience_is_forgotten_when_the_leaves_stand_still() -> None:
    gate = KeyGate()
    for seed in range(20):
        gate.is_active(leaves(seed))
        gate.learn_empty()
    for _ in range(250):
        gate.is_active(STREET)
        gate.learn_empty()
    assert gate.is_active(leaves(100))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv420p10le", "rgb24"])
def test_any_kind_of_picture_becomes_small_and_grey(pixels: str) -> None:
    bright = np.full((360, 648, 3), 130, np.uint8)
    grey = small_grey(av.VideoFrame.from_ndarray(bright, format="rgb24").reformat(format=pixels))
    assert grey.shape == (HEIGHT, WIDTH)
    assert grey.dtype == np.float32
    assert abs(float(grey.mean()) - 130) < 20
    assert float(grey.std()) < 1
