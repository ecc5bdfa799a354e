"""Does the picture show what it should? Black, overexposed, frozen, covered, blurred, moved, noisy, tinted. Pure.

`measure` reduces a decoded picture to some numbers and an edge map; `Diagnosis.see` weighs them against what this camera
showed before, and holds a finding back until it has lasted (headlights pass, rain falls). What moves before a lens seems a
cover now and another view then: time counts from the first picture that showed nothing of the view. The reference is learned while
nothing is wrong, one for each of three levels of light: at dusk other edges stand out. What the camera was first pointed
at stays as an anchor: a view that creeps away is found against it.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Sequence
from typing import Any, Final, Literal

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from ingest.look.key_gate import EIGHT_BITS

Fault = Literal["", "black", "overexposed", "frozen", "covered", "blurred", "moved", "noisy", "tinted"]
BLIND: Final = frozenset({"black", "overexposed", "frozen", "covered", "blurred", "moved"})
"""Whoever looks at such a picture watches nothing, or not what he should; the others see worse and see."""
WIDTH: Final = 160
HEIGHT: Final = 90
HOLD_S: Final[dict[Fault, float]] = {
    "black": 8.0, "overexposed": 10.0, "frozen": 10.0, "covered": 8.0, "blurred": 12.0, "moved": 14.0, "noisy": 20.0,
    "tinted": 20.0,
}  # fmt: skip
"""So long it must last before it is said."""
ANOTHER_VIEW: Final = "the view is another one"
ANOTHER_VIEW_S: Final = 20.0
"""Where the old view is nowhere in the new one it may be a lorry that stopped before the camera: those drive on."""
CLEAR_S: Final = 4.0
LEAST_PICTURES: Final = 3
LEARN_FIRST: Final = 12
"""Pictures until a reference may be compared with."""
LEARN_SLOWEST: Final = 1 / 240
PERSISTENT: Final = 0.5
LEAST_EDGES: Final = 120
"""Of 14,400 cells: a view of fewer lasting edges (fog, a white wall) is not judged by them."""
SAME_VIEW: Final = 0.45
"""Of the lasting edges so many are there, chance taken out, however dark or wet it is (measured: 0.50 with headlights in the
lens, 0.72 in made rain; 0.39 once turned by an eighth of its width)."""
EMPTIED: Final = 0.6
ALIKE_WHEN_SOFT: Final = 0.85
"""Light and dark lie where they lay, and every edge is gone: out of focus, not covered."""
SAME_LEVELS: Final = 1.5
"""Grey levels: one picture encoded twice differs by less."""
STILL_SHARE: Final = 0.004
STILL_BYTES: Final = 150
STILL_LEAST: Final = 8
Plane = npt.NDArray[np.uint8]
Grid = npt.NDArray[np.float32]


class PictureMeasures(msgspec.Struct, frozen=True):
    """One picture. `dark`, `bright`: shares of its points; `sharp`: fine detail over middling; `texture`: middling
    detail for its level of light; `noise`: grey levels;
    `tint`: distance of the mean colour from grey; `edges`: uint8 [90, 160]; `coarse`: float32 [9, 16]."""

    mean: float
    spread: float
    dark: float
    bright: float
    sharp: float
    texture: float
    noise: float
    tint: float
    digest: bytes
    edges: Plane
    coarse: Grid


def _plane(frame: Any, number: int, height: int, width: int) -> Plane:
    plane = frame.planes[number]
    return np.asarray(np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width], np.uint8)


def measure(frame: Any) -> PictureMeasures:
    """An `av.VideoFrame` of any size, eight bits a point; others are converted."""
    if frame.format.name not in EIGHT_BITS:
        frame = frame.reformat(format="yuv420p")
    bright = _plane(frame, 0, frame.height, frame.width)
    return measure_planes(bright, _tint(frame))


def _tint(frame: Any) -> float:
    if len(frame.planes) != 3:
        return 0.0
    means = [
        float(np.mean(_plane(frame, n, frame.planes[n].height, frame.planes[n].width)[::4, ::4])) - 128 for n in (1, 2)
    ]
    return math.hypot(*means)


def measure_planes(grey: Plane, tint: float = 0.0) -> PictureMeasures:
    """Of the brightness plane, uint8 [height, width]."""
    middle = cv2.resize(grey, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(middle, (0, 0), 1.5)
    softer = cv2.GaussianBlur(middle, (0, 0), 5.0)
    small = cv2.resize(soft, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return PictureMeasures(
        mean=float(small.mean()), spread=float(small.std()), dark=float((small <= 24).mean()),
        bright=float((small >= 235).mean()),
        sharp=float(np.abs(middle - soft).mean() / (np.abs(soft - softer).mean() + 0.5)),
        texture=float(np.abs(soft - softer).mean() / (small.mean() + 24)), noise=_noise(grey), tint=tint,
        digest=hashlib.blake2b(grey[::4, ::4].tobytes(), digest_size=16).digest(), edges=_edges(small),
        coarse=np.asarray(cv2.resize(small, (16, 9), interpolation=cv2.INTER_AREA), np.float32),
    )  # fmt: skip


def _edges(small: npt.NDArray[Any]) -> Plane:
    """Where brightness changes most for its level, which a change of light leaves in place."""
    east, north = cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1)
    slope = cv2.magnitude(east, north) / (small + 24.0)
    least = max(0.18, float(np.percentile(slope, 82)))
    return np.asarray(slope >= least, np.uint8)


def _noise(grey: Plane) -> float:
    """Immerkaer's estimate (Computer Vision and Image Understanding 64, 1996) on patches, of which the quietest quarter
    counts: edges are no noise. Grey levels."""
    height, width = grey.shape
    size = min(48, height // 4, width // 4)
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    found = []
    for row in range(4):
        for column in range(4):
            top, left = (height - size) * row // 3, (width - size) * column // 3
            patch = grey[top : top + size, left : left + size].astype(np.float32)
            answer = cv2.filter2D(patch, cv2.CV_32F, mask)[1:-1, 1:-1]
            found.append(float(np.abs(answer).mean()) * math.sqrt(math.pi / 2) / 6)
    return sorted(found)[3]


class _Reference:
    """What one camera shows at one level of light, while nothing is wrong."""

    def __init__(self) -> None:
        self.edges: Grid = np.zeros((HEIGHT, WIDTH), np.float32)
        self.coarse: Grid = np.zeros((9, 16), np.float32)
        self.sharp = self.texture = self.noise = self.tint = 0.0
        self.seen = 0

    def learn(self, one: PictureMeasures) -> None:
        self.seen += 1
        rate = max(1 / self.seen, LEARN_SLOWEST)
        self.edges += rate * (one.edges - self.edges)
        self.coarse += rate * (one.coarse - self.coarse)
        self.sharp += rate * (one.sharp - self.sharp)
        self.texture += rate * (one.texture - self.texture)
        self.noise += rate * (one.noise - self.noise)
        self.tint += rate * (one.tint - self.tint)

    @property
    def knows(self) -> bool:
        return self.seen >= LEARN_FIRST

    @property
    def lasting(self) -> npt.NDArray[np.bool_]:
        return self.edges > PERSISTENT


class Level(msgspec.Struct, frozen=True):
    """A reference as it is kept: `edges` deflated, a 255th a step; `coarse` float32."""

    edges: bytes
    coarse: bytes
    sharp: float
    texture: float
    noise: float
    tint: float
    seen: int


class LearnedView(msgspec.Struct, frozen=True):
    """What a camera was found to show, kept for whoever watches it next: a lens that is covered while one worker dies must not
    be the other's reference. `of`: whose (see `Diagnosis.recall`)."""

    of: str
    levels: tuple[Level, ...]
    anchors: tuple[bytes | None, ...]


def _kept(known: _Reference) -> Level:
    edges = zlib.compress(np.round(known.edges * 255).astype(np.uint8).tobytes(), 6)
    return Level(edges, known.coarse.tobytes(), known.sharp, known.texture, known.noise, known.tint, known.seen)


def _recalled(kept: Level) -> _Reference:
    found = _Reference()
    found.edges = np.asarray(_grid(kept.edges) / 255, np.float32)
    found.coarse = np.frombuffer(kept.coarse, np.float32).reshape(9, 16).copy()
    found.sharp, found.texture, found.noise, found.tint = kept.sharp, kept.texture, kept.noise, kept.tint
    found.seen = kept.seen
    return found


def _grid(deflated: bytes) -> Plane:
    return np.frombuffer(zlib.decompress(deflated), np.uint8).reshape(HEIGHT, WIDTH)


def _light(mean: float) -> int:
    return 0 if mean < 55 else 1 if mean < 110 else 2


def _found(lasting: npt.NDArray[np.bool_], edges: Plane) -> float:
    """How far the lasting edges are in this picture too, give or take a cell: 1 all of them, 0 no more than by chance."""
    near = cv2.dilate(edges, np.ones((3, 3), np.uint8)) > 0
    chance = float(near.mean())
    return (float(near[lasting].mean()) - chance) / max(1 - chance, 0.05)


def _emptied(lasting: npt.NDArray[np.bool_], edges: Plane) -> float:
    """Share of the lasting edges about which there is nothing at all now."""
    about = cv2.dilate(edges, np.ones((11, 11), np.uint8)) > 0
    return 1 - float(about[lasting].mean())


def _alike(one: Grid, other: Grid) -> float:
    """Correlation of two coarse pictures: -1 to 1; 0 where one of them is flat."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 1.0 else 0.0


def _how_far(lasting: npt.NDArray[np.bool_], edges: Plane) -> str:
    """By phase correlation of the edges (Kuglin and Hines, 1975); where that finds them nowhere, the view is another one."""
    window = cv2.createHanningWindow((WIDTH, HEIGHT), cv2.CV_32F)
    (east, south), _ = cv2.phaseCorrelate(lasting.astype(np.float32), edges.astype(np.float32), window)
    back = np.array([[1, 0, -east], [0, 1, -south]], np.float32)
    returned = cv2.warpAffine(edges, back, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST)
    if _found(lasting, np.asarray(returned, np.uint8)) < SAME_VIEW:
        return ANOTHER_VIEW
    return f"the view moved by {abs(east) / WIDTH:.0%} across and {abs(south) / HEIGHT:.0%} up or down"


def is_still(key_bytes: int, inter_bytes: Sequence[int]) -> bool:
    """Did none of a group's inter frames tell of any change? A living sensor's grain is never still for a whole group
    (made ones: 11 to 65 bytes each where the picture stands, 1,800 and more at the largest where it lives)."""
    return len(inter_bytes) >= STILL_LEAST and max(inter_bytes) <= max(STILL_BYTES, STILL_SHARE * key_bytes)


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with the picture ("": nothing), since when (capture time of the first such), and how it was seen."""

    fault: Fault = ""
    since: float = 0.0
    detail: str = ""

    @property
    def blind(self) -> bool:
        return self.fault in BLIND


class Diagnosis:
    """Of one camera; pictures in order, some each second or one each few."""

    def __init__(self) -> None:
        self.finding = Finding()
        self._suspect = Finding()
        self._pictures = dict[Fault, int]()
        """Of the suspicion, by what each seemed."""
        self._seemed: Fault = ""
        self._seemed_since = 0.0
        self._well_since: float | None = None
        self._digest, self._coarse = b"", np.zeros((9, 16), np.float32)
        self._last_at = float("-inf")
        self._settled = False
        self._by_light = [_Reference() for _ in range(3)]
        self._anchors: list[npt.NDArray[np.bool_] | None] = [None] * 3

    def see(self, at: float, one: PictureMeasures, *, still: bool = False) -> Finding:
        """The picture captured at `at`; what is known now. `still`: the camera's encoder found nothing at all to tell of
        since the picture before (see `is_still`)."""
        if at - self._last_at > 60:
            self._suspect, self._well_since = Finding(), None  # a gap: what lasted is not known
        self._last_at = at
        fault, detail = self._judge(one, still=still)
        if fault == "":
            self._learn(one)
            self._suspect = Finding()
            self._well_since = at if self._well_since is None else self._well_since
            if self.finding.fault and at - self._well_since >= CLEAR_S:
                self.finding = Finding()
            return self.finding
        self._well_since = None
        if not self._suspect.fault or (fault in BLIND) != self._suspect.blind:
            self._suspect, self._pictures = Finding(fault, at), {}
        if fault != self._seemed or not self._pictures:
            self._seemed, self._seemed_since = fault, at
        self._pictures[fault] = self._pictures.get(fault, 0) + 1
        hold = ANOTHER_VIEW_S if detail == ANOTHER_VIEW else HOLD_S[fault]
        # What was said is not changed each moment.
        since = self._seemed_since if self.finding.fault else self._suspect.since
        if at - since >= hold and self._pictures[fault] >= LEAST_PICTURES and fault != self.finding.fault:
            self.finding = Finding(fault, since, detail)
        return self.finding

    @property
    def is_calm(self) -> bool:
        """The view is known, and nothing is or seems wrong."""
        return not self.finding.fault and not self._suspect.fault and self._settled

    def view(self, of: str) -> LearnedView | None:
        """What to keep of it; None while the view is not known yet."""
        if not self._settled:
            return None
        anchors = tuple(None if one is None else zlib.compress(one.astype(np.uint8).tobytes()) for one in self._anchors)
        return LearnedView(of, tuple(_kept(known) for known in self._by_light), anchors)

    def recall(self, view: LearnedView, of: str) -> bool:
        """Begin where another left off. False: it is another camera's, or another picture of it."""
        if view.of != of or len(view.levels) != len(self._by_light):
            return False
        self._by_light = [_recalled(one) for one in view.levels]
        self._anchors = [None if one is None else _grid(one) > 0 for one in view.anchors]
        self._settled = True
        return True

    def forget(self) -> None:
        """The view is right as it is now: learn it anew."""
        self.__init__()  # type: ignore[misc]  # all of it, as at the start

    def _judge(self, one: PictureMeasures, *, still: bool) -> tuple[Fault, str]:
        """What is wrong with this picture alone."""
        same = one.digest == self._digest or (still and float(np.abs(one.coarse - self._coarse).mean()) < SAME_LEVELS)
        self._digest, self._coarse = one.digest, one.coarse
        if same and (one.spread > 1.0 or one.mean > 20):
            return "frozen", "the same picture again and again"
        if one.mean < 20 and one.spread < 7 and one.bright == 0:
            return "black", f"brightness {one.mean:.0f} of 255"
        if one.bright > 0.8 and one.spread < 30:
            return "overexposed", f"{one.bright:.0%} of it white"
        return self._against_reference(one)

    def _against_reference(self, one: PictureMeasures) -> tuple[Fault, str]:
        light = _light(one.mean)
        known = self._by_light[light]
        if not known.knows:
            known = next((other for other in self._near(light) if other.knows), known)
        if not known.knows:
            return ("covered", "no detail at all") if one.spread < 4 and one.edges.mean() < 0.01 else ("", "")
        if one.noise > 10 and one.noise > 2.5 * known.noise + 3:
            return "noisy", f"noise of {one.noise:.0f} grey levels, usually {known.noise:.0f}"
        if one.tint - known.tint > 22:
            return "tinted", f"colour off by {one.tint:.0f}, usually {known.tint:.0f}"
        return self._by_edges(one, known, light)

    def _near(self, light: int) -> list[_Reference]:
        return [self._by_light[n] for n in sorted(range(3), key=lambda n: abs(n - light)) if n != light]

    def _by_edges(self, one: PictureMeasures, known: _Reference, light: int) -> tuple[Fault, str]:
        lasting = known.lasting
        usual = int(lasting.sum())
        if usual < LEAST_EDGES:
            return "", ""
        found = _found(lasting, one.edges)
        if found < SAME_VIEW:
            return self._no_edges(one, known, found)
        # Fog takes contrast and leaves the edges where they are; at night grain hides how much fine detail is gone.
        soft = one.sharp < 0.6 * known.sharp or found < 0.8
        if soft and one.texture < 0.62 * known.texture and _alike(one.coarse, known.coarse) > 0.6:
            return "blurred", f"detail {one.sharp / max(known.sharp, 1e-6):.0%} of what it was"
        anchor = self._anchors[light]
        if anchor is not None and _found(anchor, one.edges) < SAME_VIEW:  # it never jumped, and looks elsewhere now
            return "moved", _how_far(anchor, one.edges)
        return "", ""

    def _no_edges(self, one: PictureMeasures, known: _Reference, found: float) -> tuple[Fault, str]:
        """Hardly an edge is where it was."""
        if _emptied(known.lasting, one.edges) <= EMPTIED:
            return "moved", _how_far(known.lasting, one.edges)
        if _alike(one.coarse, known.coarse) > ALIKE_WHEN_SOFT:
            return "blurred", f"detail {one.sharp / max(known.sharp, 1e-6):.0%} of what it was"
        return "covered", f"{max(0.0, found):.0%} of the lasting edges are there"

    def _learn(self, one: PictureMeasures) -> None:
        light = _light(one.mean)
        known = self._by_light[light]
        known.learn(one)
        self._settled = self._settled or known.seen >= 3 * LEARN_FIRST
        if self._anchors[light] is None and known.seen >= 3 * LEARN_FIRST and known.lasting.sum() >= LEAST_EDGES:
            self._anchors[light] = known.lasting.copy()
