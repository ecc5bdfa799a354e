"""A quiet back door at which a man passes now and then, made from a real clip: the still view with a sensor's grain in each
frame, and the filmed passage put in at several speeds. When he can be seen is known from the detector on the passage itself.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import av
import msgspec
import numpy as np
import numpy.typing as npt

from demo.clips import picture, source_frames
from demo.scenes import SCENES
from detect.cards import load_card
from detect.detector import open_detector
from ingest.stream import EncodedPacket, VideoFormat
from lianqin import settings
from lianqin.records import Frame

FPS: Final = 25
SIZE: Final = (640, 360)
FIRST, LAST, STILL = 187, 214, 218
"""Frames of `bikes.mp4`: the man comes and goes; nobody there."""
SCORE: Final = 0.4
TALL: Final = 0.04
GRAIN: Final = 2.0
Rate = Literal["vbr", "cbr"]
Picture = npt.NDArray[np.uint8]


class Passage(msgspec.Struct, frozen=True):
    """Seconds of the stream in which he can be seen."""

    begin: float
    end: float


class MadeStream(msgspec.Struct, frozen=True):
    """A stream of packets (seconds from 0), the passages in it, and at which frames he can be seen."""

    format: VideoFormat
    packets: tuple[EncodedPacket, ...]
    passages: tuple[Passage, ...]
    seen: frozenset[int]


@cache
def _views() -> tuple[Picture, tuple[Picture, ...], tuple[bool, ...]]:
    """The still view, the passage's pictures, and on which of them the detector sees him."""
    scene = next(one for one in SCENES if one.camera_id == "C05")
    frames = source_frames(scene)

    def show(number: int) -> Picture:
        return np.asarray(picture(scene, frames[number], SIZE, 0, held=False), np.uint8)

    passing = tuple(show(n) for n in range(FIRST, LAST + 1))
    detector = open_detector(load_card(settings.load().models_dir / "nanodet-g"))
    sees = []
    for shown in passing:
        [found] = detector.detect([Frame("bench", 0.0, shown)])
        sees.append(
            any(one.label == "person" and one.score >= SCORE and one.box[3] - one.box[1] >= TALL for one in found)
        )
    return show(STILL), passing, tuple(sees)


def make(group_s: float, rate: Rate, speeds: tuple[float, ...], *, quiet_s: float = 14.0, seed: int = 1) -> MadeStream:
    """`speeds`: pictures of the passage shown a second, passage after passage; between them it is quiet."""
    still, passing, sees = _views()
    dice = np.random.default_rng(seed)
    shown: list[Picture] = []
    seen: set[int] = set()
    passages = []
    for speed in speeds:
        shown += [still] * round((quiet_s + dice.uniform(0, group_s)) * FPS)
        begin = len(shown)
        for n in range(round(len(passing) / speed * FPS)):
            frame = min(len(passing) - 1, int(n / FPS * speed))
            if sees[frame]:
                seen.add(len(shown))
            shown.append(passing[frame])
        there = [n for n in seen if n >= begin]
        passages.append(Passage(min(there) / FPS, max(there) / FPS))
    shown += [still] * round(4 * FPS)
    found, packets = _encode(shown, group_s, rate, dice)
    return MadeStream(found, packets, tuple(passages), frozenset(seen))


def _encode(
    shown: list[Picture], group_s: float, rate: Rate, dice: np.random.Generator
) -> tuple[VideoFormat, tuple[EncodedPacket, ...]]:
    group = round(group_s * FPS)
    own = f"keyint={group}:min-keyint={group}:scenecut=0:threads=1:sync-lookahead=0:rc-lookahead=0"
    grains = [dice.normal(0, GRAIN, (SIZE[1], SIZE[0], 1)).astype(np.float32) for _ in range(12)]
    with tempfile.TemporaryDirectory(prefix="lqb-") as folder:
        target = Path(folder) / "made.mp4"
        with av.open(str(target), "w") as out:
            stream: Any = out.add_stream("libx264", rate=FPS)
            stream.width, stream.height = SIZE
            stream.pix_fmt, stream.codec_context.gop_size = "yuv420p", group
            if rate == "cbr":
                stream.options = {"preset": "superfast", "bf": "0",
                                  "x264-params": f"{own}:bitrate=512:vbv-maxrate=512:vbv-bufsize=512:nal-hrd=cbr"}  # fmt: skip
            else:
                stream.options = {"preset": "superfast", "crf": "26", "bf": "0", "x264-params": own}
            for n, one in enumerate(shown):
                noisy = np.clip(one + grains[int(dice.integers(len(grains)))], 0, 255).astype(np.uint8)
                frame = av.VideoFrame.from_ndarray(noisy, format="bgr24")
                frame.pts = n
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        with av.open(str(target)) as source:
            read = source.streams.video[0]
            convert = av.BitStreamFilterContext("h264_mp4toannexb", read)
            flat = [one for packet in source.demux(read) for one in convert.filter(packet) if one.size]
            packets = tuple(EncodedPacket(n / FPS, bool(one.is_keyframe), bytes(one)) for n, one in enumerate(flat))
        return VideoFormat("h264", *SIZE, float(FPS), b""), packets
