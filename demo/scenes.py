"""What each camera of the demo shows: frames of a real clip, cut, slowed, hurried, mirrored or darkened. Tables only.

`vtest.avi` was taken at about 7 frames a second (its header says 10), so it is played at 7. People walk at their own pace, but for
those of C08, who are made to run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ScenePart:
    """Frames `first` to `last` of the source, shown at `fps`; then the last one held for `hold` seconds, in drifting light."""

    first: int
    last: int
    fps: float
    hold: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's loop. `crop` is x, y, width, height in the source's pixels, 16:9 so that nothing is stretched."""

    camera_id: str
    source: Literal["vtest.avi", "bikes.mp4", "tree.avi"]
    parts: tuple[ScenePart, ...]
    crop: tuple[int, int, int, int]
    codec: Literal["h264", "hevc"] = "h264"
    mirror: bool = False
    night: bool = False
    infrared: bool = False
    """Grey, with little contrast left and the grain of a sensor at its limit."""
    group: float = 2.0
    """Seconds between key frames."""


SCENES: tuple[Scene, ...] = (
    Scene("C01", "vtest.avi", (ScenePart(0, 300, 7),), (0, 100, 768, 432)),
    Scene("C02", "vtest.avi", (ScenePart(395, 640, 7),), (240, 110, 512, 288), codec="hevc"),
    Scene("C03", "vtest.avi", (ScenePart(250, 520, 7),), (0, 100, 768, 432), mirror=True, group=1.0),
    Scene("C04", "vtest.avi", (ScenePart(60, 270, 7),), (150, 130, 544, 306), night=True),
    # A quiet back door: a man passes once in a minute and a half.
    Scene(
        "C05",
        "bikes.mp4",
        (ScenePart(218, 218, 25, hold=26), ScenePart(187, 214, 12), ScenePart(218, 218, 25, hold=60)),
        (78, 0, 484, 272),
    ),
    # Leaves move and nothing may fire; then a hand covers the lens.
    Scene("C06", "tree.avi", (ScenePart(0, 67, 2.25, hold=10),), (0, 30, 320, 180)),
    Scene(
        "C07",
        "bikes.mp4",
        (ScenePart(137, 137, 25, hold=12), ScenePart(137, 186, 12, hold=75)),
        (78, 0, 484, 272),
        group=4.0,
    ),
    # Two cars are parked at a door for good; people get out of one and hide it. Then a woman comes up the road, at 3.4 times her pace:
    # played fast, since no clip there is has a runner.
    Scene("C08", "vtest.avi", (ScenePart(455, 639, 7), ScenePart(640, 794, 24)), (384, 0, 384, 216), group=1.0),
    # Too dim for boxes that are sure of themselves: most of those of people score below .6.
    Scene("C09", "vtest.avi", (ScenePart(480, 700, 7),), (0, 100, 768, 432), infrared=True),
)
FPS = 25
MAIN_SIZE, SUB_SIZE = (1280, 720), (640, 360)
