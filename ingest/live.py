"""The worker's inner address: live video by WHEP, MJPEG and snapshots of the cameras that it holds. Signed requests only.

    POST   /live/<camera>/<stream>       an SDP offer -> 201, the answer, and where to end it
    DELETE /live/<id>
    POST   /keep                         viewers, as JSON: these may go on -> those of them that look still
    GET    /snapshot/<camera>/<stream>   the newest key frame as JPEG
    POST   /view/<camera>                what it shows now is what it should show
    DELETE /places/<camera>              where false boxes were learned is forgotten -> how many places, as JSON
    POST   /probe                        an address -> what it sends and its picture, as JSON
    GET    /fmp4/<camera>/<stream>       fragmented MP4 without end, where WebRTC does not get through
    GET    /mjpeg/<camera>/<stream>      some pictures a second, for browsers and networks where nothing else gets through

A stream is `main` or `sub`; `main.blurred` and `sub.blurred` are for who may recognise nobody.

The console authorises and registers the look, and passes the offer on; media then flows between browser and worker, as long as the
console says so: a viewer that is not kept ends after `KEPT_S`.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Final, Protocol

import cv2
import msgspec
import numpy as np
import structlog
import uvicorn
from aiortc import RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av.error import FFmpegError

from ingest.decoders import open_decoder, raw_packet
from ingest.fmp4 import Fragments
from ingest.pixels import bgr_of
from ingest.probe import Asked, probe
from ingest.recode import blur
from ingest.ring import EncodedPacket
from ingest.sources import Opener, Tls
from ingest.tap import Tap
from ingest.viewing import PassTrack, Transcode, answer_offer, offer_addresses
from lianqin import inner
from lianqin.clock import Clock
from lianqin.decoding import from_json
from lianqin.errors import SourceError
from lianqin.settings import Settings

log = structlog.get_logger(__name__)
LONGEST_BODY: Final = 64 * 1024
PORTS_TRIED: Final = 64
KEPT_S: Final = 45.0
"""Seconds that a viewer looks on without the console's word: whose session ended, whose console died, sees nothing more."""
MJPEG_EVERY_S: Final = 0.4
JPEG_QUALITY: Final = 80
LONGEST_SILENCE_S: Final = 10.0
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Streams(Protocol):
    """The cameras that this worker holds."""

    def tap(self, camera_id: str, stream: str) -> Tap | None:
        """`main` or `sub`; None for a camera that is not here. A camera with one stream gives that for either."""

    def relearn(self, camera_id: str) -> bool:
        """Its view is right as it is now. False for a camera that is not here."""

    def forget_false_places(self, camera_id: str) -> int | None:
        """How many were forgotten. None for a camera that is not here."""


class _Answer(Exception):
    """Ends a request with this status."""

    def __init__(self, status: int, key: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(key)
        self.status, self.key, self.headers = status, key, headers or {}


class LiveServer:
    """`start` gives the address; everything runs on one event loop in a thread."""

    def __init__(
        self, settings: Settings, streams: Streams, secret: Callable[[], bytes], *, clock: Clock, opener: Opener
    ) -> None:
        self._settings, self._streams, self._secret, self._clock = settings, streams, secret, clock
        self._opener = opener
        self._viewers: dict[str, RTCPeerConnection] = {}
        self._kept_at: dict[str, float] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._transcodes: dict[tuple[Tap, bool], Transcode] = {}
        self._flowing = 0
        """Viewers by HTTP."""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self.address = ""

    @property
    def viewers(self) -> int:
        return len(self._viewers) + self._flowing

    def start(self) -> str:
        """Listen on the first free port from `inner_port` on. Raises OSError when none is."""
        told = [one.strip() for one in self._settings.live_addresses.split(",") if one.strip()]
        offer_addresses(told, loopback=self._settings.inner_host == "127.0.0.1")
        sock = self._bind()
        host, port = sock.getsockname()[:2]
        self.address = f"http://{self._settings.inner_host}:{port}"
        config = uvicorn.Config(self._app, log_level="warning", lifespan="off", access_log=False, timeout_graceful_shutdown=1,
                                loop="asyncio", http="httptools", ws="none", interface="asgi3")  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [sock]}, name="live", daemon=True)
        self._thread.start()
        log.info("live_listens", host=host, port=port)
        return self.address

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(3)

    def _bind(self) -> socket.socket:
        for port in range(self._settings.inner_port, self._settings.inner_port + PORTS_TRIED):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((self._settings.inner_host, port))
                sock.listen(128)
            except OSError:
                sock.close()
                continue
            return sock
        raise OSError(f"no free port from {self._settings.inner_port} on at {self._settings.inner_host}")

    # --- requests ---

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await _body(receive)
            self._check(scope, body)
            await self._route(scope["method"], scope["path"], body, receive, send)
        except _Answer as out:
            await _reply(send, out.status, out.key.encode(), out.headers)

    def _check(self, scope: Scope, body: bytes) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not inner.is_signed(
            self._secret(), inner.Told(scope["method"], scope["path"], body), headers, self._clock.now()
        ):
            raise _Answer(403, "inner.unsigned")

    async def _route(self, method: str, path: str, body: bytes, receive: Receive, send: Send) -> None:
        parts = path.strip("/").split("/")
        match (method, *parts):
            case ("POST", "live", camera_id, stream):
                await self._begin(camera_id, stream, body, send)
            case ("DELETE", "live", viewer_id):
                await self._end(viewer_id)
                await _reply(send, 204, b"", {})
            case ("POST", "view", camera_id):
                if not self._streams.relearn(camera_id):
                    raise _Answer(404, "live.elsewhere")
                await _reply(send, 204, b"", {})
            case ("DELETE", "places", camera_id):
                known = await asyncio.to_thread(self._streams.forget_false_places, camera_id)
                if known is None:
                    raise _Answer(404, "live.elsewhere")
                await _reply(send, 200, b"%d" % known, {"content-type": "application/json"})
            case ("POST", "probe" | "keep" as what):
                told = self._keep(body) if what == "keep" else await self._probe(body)
                await _reply(send, 200, told, {"content-type": "application/json"})
            case ("GET", "snapshot", camera_id, stream):
                which, blurred = _wanted(stream)
                jpeg = await asyncio.to_thread(_newest_jpeg, self._tap(camera_id, which), blurred=blurred)
                if jpeg is None:
                    raise _Answer(503, "live.no_picture")
                await _reply(send, 200, jpeg, {"content-type": "image/jpeg"})
            case ("GET", "mjpeg", camera_id, stream):
                which, blurred = _wanted(stream)
                await self._until_gone(receive, self._mjpeg(self._tap(camera_id, which), send, blurred=blurred))
            case ("GET", "fmp4", camera_id, stream):
                await self._until_gone(receive, self._fmp4(camera_id, stream, send))
            case _:
                raise _Answer(404, "route.missing")

    async def _probe(self, body: bytes) -> bytes:
        try:
            asked = from_json(body, Asked)
        except msgspec.MsgspecError as error:
            raise _Answer(400, "live.offer") from error
        tls = Tls.of(self._settings)
        return msgspec.json.encode(await asyncio.to_thread(probe, asked, self._opener, self._clock, tls))

    def _keep(self, body: bytes) -> bytes:
        try:
            told = from_json(body, frozenset[str])
        except msgspec.MsgspecError as error:
            raise _Answer(400, "live.offer") from error
        here = sorted(told & self._viewers.keys())
        self._kept_at |= dict.fromkeys(here, self._clock.monotonic())
        return msgspec.json.encode(here)

    async def _end_unkept(self) -> None:
        while self._viewers and not self._stopping:
            await asyncio.sleep(KEPT_S / 9)
            await self.end_unkept()

    async def end_unkept(self) -> None:
        """Of whom the console has not spoken for `KEPT_S`."""
        late = self._clock.monotonic() - KEPT_S
        for viewer_id in [one for one, at in self._kept_at.items() if at < late]:
            log.info("viewer_unkept", viewer=viewer_id)
            await self._end(viewer_id)

    def _tap(self, camera_id: str, stream: str) -> Tap:
        tap = self._streams.tap(camera_id, stream)
        if tap is None:
            raise _Answer(404, "live.elsewhere")
        if tap.format is None:
            raise _Answer(503, "live.no_picture")
        return tap

    async def _begin(self, camera_id: str, stream: str, body: bytes, send: Send) -> None:
        self._check_room()
        tap, transcoded = self._shown(camera_id, stream)
        viewer_id = secrets.token_hex(16)

        def ended() -> None:
            task = asyncio.ensure_future(self._end(viewer_id))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

        try:
            peer, answer = await answer_offer(body.decode(errors="replace"), tap, ended)
        except ValueError as error:
            raise _Answer(406 if "H.264" in str(error) else 400, "live.offer", {"x-why": str(error)[:200]}) from error
        self._viewers[viewer_id], self._kept_at[viewer_id] = peer, self._clock.monotonic()
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.ensure_future(self._end_unkept())
        log.info("viewer_came", camera=camera_id, stream=stream, viewers=len(self._viewers), transcoded=transcoded)
        headers = {"content-type": "application/sdp", "x-viewer": viewer_id, "x-transcoded": str(int(transcoded))}
        await _reply(send, 201, answer.encode(), headers)

    def _check_room(self) -> None:
        if len(self._viewers) + self._flowing >= self._settings.live_viewers:
            raise _Answer(503, "live.full")

    def _shown(self, camera_id: str, stream: str) -> tuple[Tap, bool]:
        """What a browser plays of it, and whether it is made for that; shared by all who look on."""
        which, is_blurred = _wanted(stream)
        tap = self._tap(camera_id, which)
        if not is_blurred and tap.format is not None and tap.format.codec == "h264" and not tap.is_reordered:
            return tap, False
        kept = {one: made for one, made in self._transcodes.items() if made.tap.takers or one == (tap, is_blurred)}
        self._transcodes = kept
        made = kept.setdefault((tap, is_blurred), Transcode(tap, blur if is_blurred else None))
        return made.wake(), True

    async def _end(self, viewer_id: str) -> None:
        peer = self._viewers.pop(viewer_id, None)
        self._kept_at.pop(viewer_id, None)
        if peer is not None:
            for sender in peer.getSenders():
                if sender.track is not None:
                    sender.track.stop()
            await peer.close()
            log.info("viewer_left", viewers=len(self._viewers))

    async def _until_gone(self, receive: Receive, flow: Coroutine[Any, Any, None]) -> None:
        """Some answers have no end but this: the other side hangs up, or the server stops."""
        try:
            self._check_room()
        except _Answer:
            flow.close()
            raise
        self._flowing += 1
        sending = asyncio.ensure_future(flow)
        gone = asyncio.ensure_future(_hung_up(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._flowing -= 1
            gone.cancel()
            sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending

    async def _fmp4(self, camera_id: str, stream: str, send: Send) -> None:
        """Ends when the stream's form changes: the page begins anew."""
        tap, transcoded = self._shown(camera_id, stream)
        track, fragments = PassTrack(tap), None
        try:
            with contextlib.suppress(ValueError, MediaStreamError):
                while not self._stopping:
                    packet, stamp = await asyncio.wait_for(track.following(), LONGEST_SILENCE_S)
                    if fragments is None:
                        if not packet.is_key:
                            continue
                        fragments = Fragments(packet)
                        head = [(b"content-type", fragments.media_type.encode()), (b"cache-control", b"no-store"),
                                (b"x-transcoded", b"%d" % transcoded)]  # fmt: skip
                        await send({"type": "http.response.start", "status": 200, "headers": head})
                    piece = fragments.add(packet, stamp)
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            log.info("stream_silent", camera=camera_id)
        finally:
            track.stop()
        if fragments is None:
            raise _Answer(503, "live.no_picture")
        await send({"type": "http.response.body", "body": b""})

    async def _mjpeg(self, tap: Tap, send: Send, *, blurred: bool) -> None:
        """The newest picture again and again, which costs a group's decode each."""
        head = [(b"content-type", b"multipart/x-mixed-replace; boundary=f"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        shown: EncodedPacket | None = None
        while not self._stopping:
            group = tap.group()
            if group and group[-1] is not shown:
                shown = group[-1]
                jpeg = await asyncio.to_thread(_newest_jpeg, tap, whole=True, blurred=blurred)
                if jpeg is not None:
                    part = b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg)
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(MJPEG_EVERY_S)

    @property
    def _stopping(self) -> bool:
        return bool(self._server and self._server.should_exit)


def _wanted(stream: str) -> tuple[str, bool]:
    """`sub.blurred` -> the stream, and whether nobody may be recognised in it."""
    which, _, how = stream.partition(".")
    return which, how == "blurred"


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _newest_jpeg(tap: Tap, *, whole: bool = False, blurred: bool = False) -> bytes | None:
    """The running group's key frame, or its newest picture (`whole`: the group is decoded); `blurred`: nobody is recognised."""
    group, found = tap.group(), tap.format
    if not group or found is None:
        return None
    picture = None
    try:
        decoder = open_decoder(found)
        for packet in [*(group if whole else group[:1]), None]:
            for frame in decoder.decode(None if packet is None else raw_packet(packet)):
                picture = frame
    except (FFmpegError, SourceError):
        if picture is None:
            return None
    if picture is None:
        return None
    bgr = bgr_of(blur(picture) if blurred else picture)
    done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    body: bytes = np.asarray(jpeg, np.uint8).tobytes()
    return body if done else None


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            raise _Answer(413, "live.offer")
        if not message.get("more_body"):
            return body


async def _reply(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    pairs = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status,
                "headers": [*pairs, (b"content-length", str(len(body)).encode())]})  # fmt: skip
    await send({"type": "http.response.body", "body": body})
