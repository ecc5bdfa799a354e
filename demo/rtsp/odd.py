"""Cameras that do otherwise: a real RTSP server whose answers a test bends, for one kind of client or for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream
from demo.rtsp.message import StreetRequest
from demo.rtsp.pump import Pump
from demo.rtsp.session import Session
from demo.rtsp.sim import CameraSim

OWN, FFMPEG = "Lianqin", "Lavf"
"""How our own reader and FFmpeg call themselves."""
Bend = Literal["hang", "hang up", "mute", "noise"]
"""Never answers; closes the connection; plays and sends nothing; plays and sends what is no video."""


@dataclass
class OddResponse:
    """Instead of the usual one."""

    status: str
    headers: tuple[str, ...] = ()
    body: str = ""


Rule = Callable[[StreetRequest], OddResponse | Bend | None]
"""None: as usual."""


class OddCamera(SimCamera):
    """`rule` bends its answers; `asked` holds every request that came as far as a camera, by method and client."""

    def __init__(self, stream: MediaStream, rule: Rule, *, user: str = "", password: str = "") -> None:
        super().__init__({"main": stream}, user=user, password=password)
        self.rule = rule
        self.asked: list[tuple[str, str]] = []
        self.refusals = 0
        self.challenge = ""
        """What it asks for instead of Digest (a WWW-Authenticate header)."""

    def count(self, client: str, method: str = "DESCRIBE") -> int:
        return self.asked.count((method, client))


class OddSession(Session):
    """Asks the camera's rule about each request that a camera of the usual kind would serve."""

    def _answer(self, request: StreetRequest, status: str, *headers: str, body: str = "") -> None:
        if status.startswith("401") and "authorization" in request.headers and isinstance(self._camera, OddCamera):
            self._camera.refusals += 1
        super()._answer(request, status, *headers, body=body)

    def _challenge(self, request: StreetRequest) -> str:
        told = self._camera.challenge if isinstance(self._camera, OddCamera) else ""
        return told or super()._challenge(request)

    async def _serve(self, request: StreetRequest, pump: Pump) -> bool:
        camera = self._camera
        assert isinstance(camera, OddCamera)
        agent = request.headers.get("user-agent", "")
        camera.asked.append((request.method, OWN if OWN in agent else FFMPEG))
        bent = camera.rule(request)
        if bent == "hang":
            while await self._reader.read(4096):
                pass
            return False
        if bent == "hang up":
            return False
        if isinstance(bent, OddResponse):
            self._answer(request, bent.status, *bent.headers, body=bent.body)
            return True
        if bent in {"mute", "noise"} and request.method == "PLAY" and self._transport:
            self._answer(request, "200 OK")
            if bent == "noise":
                send = self._transport.send
                pump.subscribe(
                    lambda packet, rtcp: send(packet if rtcp else packet[:12] + bytes(len(packet) - 12), rtcp)
                )
            return True
        return await super()._serve(request, pump)


class OddSim(CameraSim):
    """`OddSim({"X": OddCamera(...)})`."""

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._as_a_talk():
            await OddSession(self.cameras, reader, writer).run()
