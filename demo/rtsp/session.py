"""One RTSP connection: requests in, answers out, and the stream that it plays."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from demo.rtsp import digest, message
from demo.rtsp.camera import SimCamera
from demo.rtsp.message import STATUS, Request
from demo.rtsp.pump import Pump
from demo.rtsp.transport import ByUdp, Interleaved, open_transport


class Session:
    """Lives as long as its connection."""

    def __init__(
        self, cameras: Mapping[str, SimCamera], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._cameras, self._reader, self._writer = cameras, reader, writer
        self._id, self._nonce = secrets.token_hex(4), secrets.token_hex(8)
        self._camera: SimCamera | None = None
        self._playing: Pump | None = None
        self._transport: Interleaved | ByUdp | None = None

    async def run(self) -> None:
        """Until either side ends it."""
        try:
            while await self._one():
                await self._writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass  # the client went, or spoke no RTSP
        finally:
            self._pause()
            if self._transport:
                self._transport.close()
            if self._camera:
                self._camera.connections.discard(self._writer)
            self._writer.close()

    async def _one(self) -> bool:
        """Serve one request; False ends the connection."""
        request = await message.read(self._reader)
        if request is None:
            return True
        camera = self._cameras.get(request.camera_id)
        if camera is None:
            known = request.method == "OPTIONS" and not request.camera_id
            self._answer(request, *(("200 OK", f"Public: {message.METHODS}") if known else (STATUS["404"],)))
            return True
        self._camera = camera
        camera.connections.add(self._writer)
        if camera.mode == "offline":
            self._writer.transport.abort()
            return False
        if camera.mode == "hang":
            while await self._reader.read(4096):
                pass  # takes everything, answers nothing
            return False
        if camera.mode in STATUS:
            self._answer(request, STATUS[camera.mode], *((self._challenge,) if camera.mode == "401" else ()))
        elif request.stream not in camera.pumps:
            self._answer(request, STATUS["404"])
        elif request.method == "OPTIONS":
            self._answer(request, "200 OK", f"Public: {message.METHODS}")
        elif camera.user and not digest.accepts(
            request.headers.get("authorization", ""), camera.user, camera.password, self._nonce, request.method
        ):
            self._answer(request, STATUS["401"], self._challenge)
        else:
            return await self._serve(request, camera.pumps[request.stream])
        return True

    async def _serve(self, request: Request, pump: Pump) -> bool:
        transport = self._transport
        match request.method:
            case "DESCRIBE":
                headers = (f"Content-Base: {request.url.rstrip('/')}/", "Content-Type: application/sdp")
                self._answer(request, "200 OK", *headers, body=pump.stream.sdp())
            case "SETUP":
                self._pause()
                if self._transport:
                    self._transport.close()
                self._transport = await open_transport(request.headers.get("transport", ""), self._writer)
                self._answer(request, *(("200 OK", self._transport.header) if self._transport else (STATUS["461"],)))
            case "PLAY" if transport is None:
                self._answer(request, STATUS["455"])
            case "PLAY" if transport:
                self._pause()
                self._playing = pump
                pump.subscribe(transport.send)  # its first packet leaves after this answer: nothing waits between
                where = f"url={request.url.rstrip('/')}/trackID=0;seq={pump.next_sequence};rtptime={pump.next_stamp()}"
                self._answer(request, "200 OK", "Range: npt=now-", f"RTP-Info: {where}")
            case "PAUSE":
                self._pause()
                self._answer(request, "200 OK")
            case _:
                self._answer(request, "200 OK")
                return request.method != "TEARDOWN"
        return True

    @property
    def _challenge(self) -> str:
        return f'WWW-Authenticate: Digest realm="{digest.REALM}", nonce="{self._nonce}"'

    def _pause(self) -> None:
        if self._playing and self._transport:
            self._playing.unsubscribe(self._transport.send)
        self._playing = None

    def _answer(self, request: Request, status: str, *headers: str, body: str = "") -> None:
        self._writer.write(message.answer(request, status, self._id, headers, body))
