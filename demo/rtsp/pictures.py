"""What a camera shows when somebody does something to it: its own picture covered, frozen, turned away, out of focus, dark.

Made when it is asked for, from the picture of that moment, as four seconds that begin again; with the grain of a sensor,
but for the frozen one. `python -m demo.rtsp.pictures CLIP NUMBER HOW TARGET` is the process of its own in which `made_aside`
has it made: a thread would hold up all cameras of the street while it works.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import av
import cv2
import numpy as np
import numpy.typing as npt

from demo.rtsp.media import MediaStream, load

How = Literal["cover", "freeze", "turn", "blur", "dark"]
HOWS: tuple[str, ...] = get_args(How)
SECONDS: Final = 4
GROUP_S: Final = 2.0
Picture = npt.NDArray[np.uint8]


async def made_aside(path: Path, number: int, how: How) -> MediaStream:
    """The clip's picture `number` (or the key frame before it) as the camera shows it from now on. Raises ValueError that says
    why it could not be made."""
    with tempfile.TemporaryDirectory(prefix="lqp-") as folder:
        target = Path(folder) / "spoilt.mp4"
        maker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "demo.rtsp.pictures", str(path), str(number), how, str(target),
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, said = await maker.communicate()
        except asyncio.CancelledError:
            maker.kill()
            raise
        if maker.returncode != 0:
            raise ValueError(f"its picture could not be made: {said.decode(errors='replace')[-300:]}")
        return load(target)


def make(path: Path, number: int, how: How, target: Path) -> None:
    """Write it to `target`."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        fps, codec = float(stream.average_rate or 25), stream.codec_context.name
        source.seek(round(number / fps / float(stream.time_base or 1)), stream=stream)
        seen = np.asarray(next(source.decode(stream)).to_ndarray(format="bgr24"), np.uint8)
    _encode(target, codec, fps, _changed(seen, how), grain=how != "freeze")


def _changed(seen: Picture, how: How) -> Picture:
    height, width = seen.shape[:2]
    if how == "cover":
        ramp = np.linspace(120, 150, width)[None, :] + np.linspace(0, 14, height)[:, None]
        return np.asarray(np.repeat(ramp[:, :, None], 3, axis=2), np.uint8)
    if how == "turn":
        away = np.array([[1, 0, 0.3 * width], [0, 1, 0.06 * height]], np.float32)
        return np.asarray(cv2.warpAffine(seen, away, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)
    if how == "blur":
        return np.asarray(cv2.GaussianBlur(seen, (0, 0), width / 70), np.uint8)
    if how == "dark":
        return np.asarray(seen * 0.02, np.uint8)
    return seen


def _encode(target: Path, codec: str, fps: float, seen: Picture, *, grain: bool) -> None:
    group = round(GROUP_S * fps)
    # At a rate that is sought, the first group gets better from picture to picture: something that stands does not.
    rate = "crf=26" if grain else "qp=24"
    options = {"preset": "ultrafast"} | (
        {"bf": "0", "x264-params": f"keyint={group}:min-keyint={group}:scenecut=0:threads=1:{rate}"} if codec == "h264" else
        {"x265-params": f"keyint={group}:min-keyint={group}:bframes=0:scenecut=0:pools=1:frame-threads=1:log-level=error:{rate}"}
    )  # fmt: skip
    dice = np.random.default_rng(1)
    with av.open(str(target), "w") as out:
        stream: Any = out.add_stream("libx264" if codec == "h264" else "libx265", rate=round(fps))
        stream.height, stream.width = seen.shape[:2]
        stream.pix_fmt, stream.options, stream.codec_context.gop_size = "yuv420p", options, group
        shown = seen
        for n in range(round(SECONDS * fps)):
            if grain and n % 5 == 0:
                noise = dice.normal(0, 2.0, (seen.shape[0] // 2, seen.shape[1] // 2, 1)).repeat(2, 0).repeat(2, 1)
                shown = np.asarray(np.clip(seen + noise, 0, 255), np.uint8)
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts, frame.time_base = n, Fraction(1, round(fps))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


if __name__ == "__main__":
    if sys.platform == "linux":
        os.nice(10)  # what processor time the others leave
    make(Path(sys.argv[1]), int(sys.argv[2]), cast("How", sys.argv[3]), Path(sys.argv[4]))
