"""The simulator as a whole: in a thread of this process, or driven by lines on a control socket from another."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from demo.rtsp.camera import SimCamera
from demo.rtsp.session import Session


class CameraSim:
    """`CameraSim({"C01": SimCamera(...)}).start()` serves `rtsp://127.0.0.1:<port>/C01` and `/C01/sub` in a thread;
    `serve` does the same on the running loop."""

    def __init__(self, cameras: Mapping[str, SimCamera], *, port: int = 0, control: Path | None = None,
                 host: str = "127.0.0.1") -> None:  # fmt: skip
        self.cameras, self.port, self._control, self._host = dict(cameras), port, control, host
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._talking: set[asyncio.Task[None]] = set()

    def url(self, camera_id: str, stream: str = "main") -> str:
        """The address with its credentials, as a client needs it."""
        camera = self.cameras[camera_id]
        credentials = f"{camera.user}:{camera.password}@" if camera.user else ""
        return f"rtsp://{credentials}127.0.0.1:{self.port}/{camera_id}" + ("" if stream == "main" else f"/{stream}")

    async def serve(self, up: Callable[[], None]) -> None:
        """Call `up` when it listens, go on until `stop`; then nothing is left open. Raises OSError when the port is taken."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, self._host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        servers: list[asyncio.AbstractServer] = [server]
        if self._control:
            self._control.unlink(missing_ok=True)
            servers.append(await asyncio.start_unix_server(self._commanded, str(self._control)))
        pumps = [asyncio.create_task(pump.run()) for camera in self.cameras.values() for pump in camera.pumps.values()]
        up()
        try:
            await self._stop.wait()
        finally:
            for listening in servers:
                listening.close()
            for task in (*pumps, *self._talking):
                task.cancel()
            await asyncio.gather(*pumps, *self._talking, return_exceptions=True)
            if self._control:
                self._control.unlink(missing_ok=True)

    def start(self) -> CameraSim:
        """Serve in a thread; on return the port is known. Raises OSError when it is taken."""
        failed: list[OSError] = []
        up = threading.Event()

        def run() -> None:
            try:
                asyncio.run(self.serve(up.set))
            except OSError as error:
                failed.append(error)
            finally:
                up.set()

        self._thread = threading.Thread(target=run, name="cameras", daemon=True)
        self._thread.start()
        up.wait()
        if failed:
            raise failed[0]
        return self

    def stop(self) -> None:
        """From any thread; returns when all is closed."""
        if self._loop and self._stop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread:
            self._thread.join(10)

    def __enter__(self) -> CameraSim:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def fault(self, camera_id: str, fault: str) -> None:
        """From any thread: put the camera into this fault (`ok` ends a lasting one). On return it holds.

        Raises ValueError for a fault that there is not, KeyError for a camera that there is not.
        """
        assert self._loop, "start it first"
        camera = self.cameras[camera_id]

        asyncio.run_coroutine_threadsafe(camera.put(fault), self._loop).result(60)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._as_a_talk():
            await Session(self.cameras, reader, writer).run()

    async def _commanded(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lines `C01 stall`, each answered `ok` or what is wrong."""
        with self._as_a_talk(), contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                camera_id, _, fault = line.decode(errors="replace").strip().partition(" ")
                writer.write((await self._obey(camera_id, fault.strip()) + "\n").encode())
                await writer.drain()
            writer.close()

    async def _obey(self, camera_id: str, fault: str) -> str:
        if camera_id not in self.cameras:
            return f"no such camera: {camera_id}; there are: {', '.join(self.cameras)}"
        try:
            await self.cameras[camera_id].put(fault)
        except ValueError as error:
            return str(error)
        return "ok"

    @contextlib.contextmanager
    def _as_a_talk(self) -> Iterator[None]:
        """Known to `serve`, which ends it; asyncio itself forgets connections whose server closes."""
        task = asyncio.current_task()
        assert task
        self._talking.add(task)
        try:
            yield
        except asyncio.CancelledError:
            pass  # the simulator stops
        finally:
            self._talking.discard(task)
