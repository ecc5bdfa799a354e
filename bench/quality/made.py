"""Made footage: a clip played to and fro for longer than it is, the light drifting, the sensor grainy, the mast trembling; in
rain, or by night with lights that pass. Each picture depends on its number alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import cv2
import numpy as np

from bench.quality.looks import Picture

Weather = Literal["drift", "rain", "headlights"]
WEATHERS: Final[tuple[Weather, ...]] = ("drift", "rain", "headlights")
GRAIN: Final = 2.5
DARK: Final = 0.3
PASSES_S: Final = 11.0
"""A light passes so often, for a quarter of that time."""


def play(
    pictures: Sequence[Picture], seconds: float, pace: float, weather: Weather, seed: int, *, first: int = 0
) -> Iterator[tuple[float, Picture]]:
    """`pictures` are taken at `pace` a second. The pictures from number `first` on, of those of so many `seconds`."""
    there_and_back = [*pictures, *pictures[-2:0:-1]]
    for n in range(first, round(seconds * pace)):
        dice = np.random.default_rng((seed, n))
        yield n / pace, _weathered(there_and_back[n % len(there_and_back)], n / pace, weather, dice)


def _weathered(picture: Picture, at: float, weather: Weather, dice: np.random.Generator) -> Picture:
    height, width = picture.shape[:2]
    shift = np.array([[1.0, 0.0, 0.8 * math.sin(at * 2.1)], [0.0, 1.0, 0.6 * math.sin(at * 2.9)]])
    seen = cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    light = 1.0 + 0.12 * math.sin(2 * math.pi * at / 47)
    if weather == "headlights":
        seen = seen * (DARK * light) + _beam(at, width, height)
    else:
        seen *= light
    if weather == "rain":
        seen = 0.82 * seen + 25 + _streaks(dice, width, height)
    grain = dice.normal(0, GRAIN * (1.6 if weather == "headlights" else 1.0), (height, width, 1))
    return np.asarray(np.clip(seen + grain, 0, 255), np.uint8)


def _beam(at: float, width: int, height: int) -> Picture:
    """Two lamps and their glow that cross the picture from left to right, and nothing in between."""
    share = (at % PASSES_S) / (PASSES_S / 4)
    lit = np.zeros((height, width, 3), np.uint8)
    if share < 1:
        x, y = round(width * (share * 1.2 - 0.1)), round(height * 0.6)
        for lamp in (-0.02, 0.02):
            cv2.circle(lit, (round(x + lamp * width), y), max(2, width // 90), (235, 245, 255), -1)
        cv2.ellipse(lit, (x + width // 8, y + height // 12), (width // 6, height // 10), 0, 0, 360, (90, 100, 110), -1)
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), width / 60), np.uint8)
    return lit


def _streaks(dice: np.random.Generator, width: int, height: int) -> Picture:
    drops = np.zeros((height, width, 1), np.uint8)
    for x, y, length in zip(
        dice.integers(0, width, 160), dice.integers(0, height, 160), dice.integers(6, 22, 160), strict=True
    ):
        cv2.line(drops, (int(x), int(y)), (int(x + length // 5), int(y + length)), 60, 1)
    return np.asarray(cv2.GaussianBlur(drops, (3, 3), 0)[:, :, None], np.uint8)
