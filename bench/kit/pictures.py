"""Faults and weather made from real clips, to measure the picture diagnosis with. Every change here is made, none is filmed.

A case takes brightness planes (uint8 [height, width]) in order and gives them changed from `began` on, so that the
reference is learned on the clip as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import av
import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from ingest.look.diagnosis import Diagnosis, Fault, measure_planes

Plane = npt.NDArray[np.uint8]
Change = Callable[[Plane, float, np.random.Generator], Plane]
EVERY_S: Final = 2.0
LEARN_S: Final = 90.0
TINT: Final = 3.0


class PictureCase(msgspec.Struct, frozen=True):
    """`expected` "": nothing may be said. `change(picture, seconds since it began, dice)`; `tint`: added colour."""

    name: str
    expected: Fault
    change: Change
    seconds: float = 60.0
    tint: float = 0.0
    also: tuple[Fault, ...] = ()
    """Other names that are as right."""


class DiagnosisResult(msgspec.Struct, frozen=True):
    """`after_s`: when the expected (or an equally right) fault was said; `wrong`: other faults that were."""

    after_s: float | None
    wrong: tuple[str, ...]


def planes(path: Path) -> list[Plane]:
    """A picture each 2 s of a clip."""
    found: list[Plane] = []
    due = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= due:
                due += EVERY_S
                found.append(np.asarray(frame.reformat(format="gray").to_ndarray(), np.uint8))
    return found


def looped(pictures: list[Plane], seconds: float, begin: float = 0.0) -> Iterator[tuple[float, Plane]]:
    """Again and again, with the grain that a sensor adds: a loop must not look frozen."""
    dice = np.random.default_rng(1)
    for n in range(int(begin / EVERY_S), int(seconds / EVERY_S)):
        yield n * EVERY_S, grain(pictures[n % len(pictures)], 1.5, dice)


def grain(picture: Plane, sigma: float, dice: np.random.Generator) -> Plane:
    noisy = picture + dice.normal(0, sigma, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def lit(picture: Plane, gain: float, lift: float = 0.0) -> Plane:
    return np.asarray(np.clip(picture * gain + lift, 0, 255), np.uint8)


def _cover_paper(picture: Plane, _: float, dice: np.random.Generator) -> Plane:
    height, width = picture.shape
    ramp = np.linspace(150, 185, width)[None, :] + np.linspace(0, 12, height)[:, None]
    return grain(ramp.astype(np.uint8), 2, dice)


def _cover_most(picture: Plane, _: float, dice: np.random.Generator) -> Plane:
    covered = picture.copy()
    height, width = picture.shape
    covered[:, int(width * 0.12) :] = 60
    covered[int(height * 0.95) :] = 60
    return grain(covered, 2, dice)


def _cover_bag(picture: Plane, _: float, dice: np.random.Generator) -> Plane:
    return grain(lit(np.asarray(cv2.GaussianBlur(picture, (0, 0), 28), np.uint8), 0.35, 110), 2, dice)


def _moved(share: float) -> Change:
    def change(picture: Plane, _: float, __: np.random.Generator) -> Plane:
        return _shifted(picture, share * picture.shape[1], 0.3 * share * picture.shape[0])

    return change


def _shifted(picture: Plane, east: float, south: float) -> Plane:
    height, width = picture.shape
    matrix = np.array([[1, 0, east], [0, 1, south]], np.float32)
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _creeps(picture: Plane, since: float, _: np.random.Generator) -> Plane:
    return _shifted(picture, 0.0004 * since * picture.shape[1], 0.0)


def _dusk(picture: Plane, since: float, dice: np.random.Generator) -> Plane:
    depth = min(1.0, since / 300)
    return grain(lit(picture, 1.0 - 0.78 * depth), 1 + 4 * depth, dice)


def _dawn(picture: Plane, since: float, dice: np.random.Generator) -> Plane:
    depth = min(1.0, since / 300)
    return grain(lit(picture, 1.0 + 0.6 * depth), 1, dice)


def _headlights(picture: Plane, since: float, dice: np.random.Generator) -> Plane:
    """A car passes every half minute and blinds half of the picture for four seconds; at night."""
    dark = lit(picture, 0.4)
    phase = since % 30
    if phase > 4:
        return grain(dark, 3, dice)
    height, width = picture.shape
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot(x - width * phase / 4, y - height * 0.6) / (0.35 * width)
    return grain(lit(dark, 1.0) + np.clip(255 * np.exp(-away * away * 2), 0, 255 - dark), 3, dice)


def _rain(picture: Plane, _: float, dice: np.random.Generator) -> Plane:
    soft = lit(np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0), np.uint8), 0.75, 30)
    height, width = picture.shape
    for _drop in range(350):
        x, y = int(dice.integers(0, width)), int(dice.integers(0, height))
        cv2.line(soft, (x, y), (x + 2, y + 14), int(dice.integers(150, 220)), 1)
    return grain(soft, 2, dice)


def _fog(picture: Plane, since: float, dice: np.random.Generator) -> Plane:
    """Within five minutes half of the contrast is gone."""
    depth = min(1.0, since / 300)
    return grain(lit(picture, 1.0 - 0.5 * depth, 75 * depth), 1.5, dice)


def _flicker(picture: Plane, since: float, dice: np.random.Generator) -> Plane:
    """A lamp goes off and on."""
    return grain(lit(picture, 0.45 if since % 40 < 20 else 1.0), 2, dice)


def _lorry(picture: Plane, since: float, dice: np.random.Generator) -> Plane:
    """A lorry stands before the camera for seven seconds in each half minute."""
    if since % 30 > 7:
        return grain(picture, 1, dice)
    parked = picture.copy()
    height, width = picture.shape
    parked[int(height * 0.1) :, int(width * 0.05) : int(width * 0.9)] = 130
    cv2.rectangle(parked, (int(width * 0.1), int(height * 0.2)), (int(width * 0.5), int(height * 0.6)), 90, 3)
    return grain(parked, 2, dice)


def _insect(picture: Plane, _: float, dice: np.random.Generator) -> Plane:
    """An insect sits on the glass: a blurred dark spot over an eighth of the picture."""
    height, width = picture.shape
    spot = np.zeros(picture.shape, np.float32)
    cv2.circle(spot, (int(width * 0.65), int(height * 0.4)), int(width * 0.15), 1.0, -1)
    spot = cv2.GaussianBlur(spot, (0, 0), 14)
    return grain((picture * (1 - 0.9 * spot)).astype(np.uint8), 1, dice)


def _shaking(picture: Plane, since: float, _: np.random.Generator) -> Plane:
    """A pole in the wind: half a hundredth of the width to and fro."""
    return _shifted(picture, 0.005 * picture.shape[1] * np.sin(since * 2.1), 0)


CASES: Final = (
    PictureCase("lens covered by paper", "covered", _cover_paper),
    PictureCase("nine tenths covered by a dark thing", "covered", _cover_most),
    PictureCase("a bag over the camera", "covered", _cover_bag, also=("blurred",)),
    PictureCase("black", "black", lambda picture, _, dice: grain(np.zeros_like(picture), 3, dice)),
    PictureCase("overexposed", "overexposed", lambda picture, _, dice: grain(lit(picture, 2.5, 175), 2, dice)),
    PictureCase("frozen", "frozen", lambda picture, _, __: np.full_like(picture, 0) + _FROZEN[picture.shape]),
    PictureCase(
        "out of focus",
        "blurred",
        lambda p, _, dice: grain(np.asarray(cv2.GaussianBlur(p, (0, 0), 7), np.uint8), 1.5, dice),
    ),
    PictureCase("turned by an eighth of its width", "moved", _moved(0.125)),
    PictureCase("turned by a third of its width", "moved", _moved(0.33)),
    PictureCase("looks elsewhere", "moved", lambda picture, _, __: np.asarray(cv2.flip(picture, -1), np.uint8)),
    PictureCase("creeps away, a hundredth in 25 s", "moved", _creeps, 420.0),
    PictureCase("noise", "noisy", lambda picture, _, dice: grain(picture, 22, dice)),
    PictureCase("colour off", "tinted", lambda picture, _, dice: grain(picture, 1, dice), tint=45.0),
    PictureCase("dusk within five minutes", "", _dusk, 420.0),
    PictureCase("morning within five minutes", "", _dawn, 420.0),
    PictureCase("headlights pass at night", "", _headlights, 240.0),
    PictureCase("rain", "", _rain, 240.0),
    PictureCase("fog comes within five minutes", "", _fog, 420.0),
    PictureCase("a lamp goes off and on", "", _flicker, 240.0),
    PictureCase("a lorry stops before it", "", _lorry, 240.0),
    PictureCase("an insect on the glass", "", _insect, 240.0),
    PictureCase("shakes in the wind", "", _shaking, 240.0),
    PictureCase("as it is", "", lambda picture, _, __: picture, 300.0),
)
_FROZEN: Final[dict[tuple[int, ...], Plane]] = {}


class Learned:
    """A clip's pictures, and a diagnosis that has seen a minute and a half of them."""

    def __init__(self, pictures: list[Plane]) -> None:
        self.pictures, self._diagnosis = pictures, Diagnosis()
        self.last = pictures[0]
        for at, picture in looped(pictures, LEARN_S):
            self._diagnosis.see(at, measure_planes(picture, TINT))
            self.last = picture
        assert not self._diagnosis.finding.fault, f"the clip as it is: {self._diagnosis.finding}"

    def try_case(self, case: PictureCase) -> DiagnosisResult:
        """The case from now on."""
        diagnosis, dice = copy.deepcopy(self._diagnosis), np.random.default_rng(7)
        _FROZEN[self.last.shape] = self.last
        after: float | None = None
        wrong: list[str] = []
        for at, picture in looped(self.pictures, LEARN_S + case.seconds, LEARN_S):
            since = at - LEARN_S
            finding = diagnosis.see(at, measure_planes(case.change(picture, since, dice), TINT + case.tint))
            if finding.fault and finding.fault in (case.expected, *case.also):
                after = since if after is None else after
            elif finding.fault and after is None:
                wrong.append(finding.fault)
        return DiagnosisResult(after, tuple(dict.fromkeys(wrong)))
