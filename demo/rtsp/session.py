"""One RTSP connection: requests in, answers out, and the stream that it plays."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from demo.rtsp import digest, message
from demo.rtsp.camera import SimCamera
from demo.rtsp.message import STATUS, StreetRequest
from demo.rtsp.pump import Pump
from demo.rtsp.quirks import Quirks
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
        self._nonce_from = self._kept = self._now
        self._watch: asyncio.Task[None] | None = None

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Until either side ends it."""
        try:
            while await self._one():
                await self._writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass  # the client went, or spoke no RTSP
        finally:
            self._pause()
            if self._watch:
                self._watch.cancel()
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
            self._answer(request, STATUS[camera.mode], *((self._challenge(request),) if camera.mode == "401" else ()))
        elif request.stream not in camera.pumps:
            self._answer(request, STATUS["404"])
        elif request.method == "OPTIONS" and not camera.quirks.options_refused:
            self._keep(request, camera)
            self._answer(request, "200 OK", f"Public: {message.METHODS}")
        elif camera.user and not self._may(request, camera):
            self._answer(request, STATUS["401"], self._challenge(request))
        elif request.method == camera.quirks.unknown:
            self._answer(request, STATUS["501"])
        else:
            self._keep(request, camera)
            return await self._serve(request, camera.pumps[request.stream])
        return True

    def _keep(self, request: StreetRequest, camera: SimCamera) -> None:
        if request.method == "PLAY" or camera.quirks.kept_by in ("", request.method):
            self._kept = self._now

    def _may(self, request: StreetRequest, camera: SimCamera) -> bool:
        """Counts who was wrong; a nonce that is too old is nobody's fault."""
        told = request.headers.get("authorization", "")
        camera.log_ins += bool(told)
        if told and self._is_stale(camera):
            return False
        if digest.accepts(told, camera.user, camera.password, self._nonce, request.method) and not camera.is_locked:
            return True
        camera.wrong_log_ins += bool(told)
        return False

    def _is_stale(self, camera: SimCamera) -> bool:
        return 0 < camera.quirks.nonce_s < self._now - self._nonce_from

    async def _serve(self, request: StreetRequest, pump: Pump) -> bool:
        transport = self._transport
        quirks = self._camera.quirks if self._camera else Quirks()
        match request.method:
            case "OPTIONS":
                self._answer(request, "200 OK", f"Public: {message.METHODS}")
            case "DESCRIBE":
                headers = (f"Content-Base: {request.url.rstrip('/')}/", "Content-Type: application/sdp")
                self._answer(request, "200 OK", *headers, body=quirks.describe(pump.stream.sdp()))
            case "SETUP" if quirks.udp_only and "TCP" in request.headers.get("transport", ""):
                self._answer(request, STATUS["461"])
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
                self._watch = self._watch or asyncio.create_task(self._end_when_forgotten(quirks.timeout_s + 1))
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

    def _challenge(self, request: StreetRequest) -> str:
        stale = ""
        if request.headers.get("authorization") and self._camera and self._is_stale(self._camera):
            self._nonce, self._nonce_from = secrets.token_hex(8), self._now
            stale = ", stale=true"
        return f'WWW-Authenticate: Digest realm="{digest.REALM}", nonce="{self._nonce}"{stale}'

    async def _end_when_forgotten(self, seconds: float) -> None:
        """A session that nobody keeps alive is ended (RFC 2326 12.37)."""
        while self._now - self._kept < seconds:
            await asyncio.sleep(0.2)
        self._writer.transport.abort()

    def _pause(self) -> None:
        if self._playing and self._transport:
            self._playing.unsubscribe(self._transport.send)
        self._playing = None

    def _answer(self, request: StreetRequest, status: str, *headers: str, body: str = "") -> None:
        timeout_s = self._camera.quirks.timeout_s if self._camera else 60
        self._writer.write(message.answer(request, status, self._id, headers, body, timeout_s=timeout_s))
