"""`python -m demo.rtsp --port 8554 [--control-socket PATH]`: the demo's street as RTSP cameras.

`python -m demo.rtsp --tell "C01 cover"` does something to a camera of the demo that runs: cover, freeze, turn, blur, dark,
offline, stall ... (`demo.rtsp.camera.Fault`); `ok` ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from pathlib import Path

from demo import clips
from demo.cameras import CAMERAS
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim

RUNNING = Path("run/demo/cameras.sock")


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


async def serve(port: int, control: Path | None, host: str) -> None:
    """Until SIGINT or SIGTERM. Raises OSError when the port is taken."""
    sim = CameraSim(street(), port=port, control=control, host=host)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, sim.stop)
    await sim.serve(lambda: print(f"{len(sim.cameras)} cameras on rtsp://{host}:{sim.port}", flush=True))


def tell(control: Path, line: str) -> int:
    """Says what the simulator answers; 0 when it did it."""
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(60)
        try:
            talk.connect(str(control))
            talk.sendall(f"{line}\n".encode())
            answer = talk.recv(4096).decode().strip()
        except OSError as error:
            print(f"no cameras answer at {control} ({error.strerror or error}): start the demo first", file=sys.stderr)
            return 1
    print(answer)
    return 0 if answer == "ok" else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.rtsp", description=__doc__)
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--control-socket", type=Path)
    parser.add_argument("--tell", metavar="LINE", help='do something to a running camera: "C01 cover", "C01 ok"')
    options = parser.parse_args(arguments)
    if options.tell:
        return tell(options.control_socket or RUNNING, options.tell)
    if not clips.ready():
        print("the clips are not there yet: run `python -m demo.clips` first", file=sys.stderr)
        return 1
    try:
        asyncio.run(serve(options.port, options.control_socket, options.host))
    except OSError as error:
        print(f"can't listen on port {options.port}: {error.strerror}; choose another with --port", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
