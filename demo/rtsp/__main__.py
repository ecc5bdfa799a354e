"""`python -m demo.rtsp --port 8554 [--control-socket PATH]`: the demo's street as RTSP cameras."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from demo import clips
from demo.cameras import CAMERAS
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim


def street() -> dict[str, SimCamera]:
    """All cameras of the demo. On a codec change a camera becomes one of the other codec with the same two streams."""
    media: dict[str, dict[str, MediaStream]] = {
        camera.id: {which: load(clips.clip_path(camera.id, which)) for which in ("main", "sub")} for camera in CAMERAS
    }
    by_codec = {streams["main"].codec: streams for streams in reversed(media.values())}
    cameras = {}
    for camera in CAMERAS:
        streams = media[camera.id]
        others = next((other for codec, other in by_codec.items() if codec != streams["main"].codec), None)
        cameras[camera.id] = SimCamera(streams, user=camera.user, password=camera.password, others=others)
    return cameras


async def serve(port: int, control: Path | None) -> None:
    """Until SIGINT or SIGTERM. Raises OSError when the port is taken."""
    sim = CameraSim(street(), port=port, control=control)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, sim.stop)
    await sim.serve(lambda: print(f"{len(sim.cameras)} cameras on rtsp://127.0.0.1:{sim.port}", flush=True))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.rtsp", description=__doc__)
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument("--control-socket", type=Path)
    options = parser.parse_args(arguments)
    if not clips.ready():
        print("the clips are not there yet: run `python -m demo.clips` first", file=sys.stderr)
        return 1
    try:
        asyncio.run(serve(options.port, options.control_socket))
    except OSError as error:
        print(f"can't listen on port {options.port}: {error.strerror}; choose another with --port", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
