"""The worker's inner address: live video by WHEP, MJPEG and snapshots of the cameras that it holds. Signed requests only.

    POST   /live/<camera>/<stream>       an SDP offer -> 201, the answer, and where to end it
    DELETE /live/<id>
    POST   /keep                         viewers, as JSON: these may go on -> those of them that look still
    GET    /snapshot/<camera>/<stream>   the newest key frame as JPEG
    POST   /view/<camera>                what it shows now is what it should show
    DELETE /places/<camera>              where false boxes were learned is forgotten -> how many places, as JSON
    POST   /probe                        an address -> what it sends and its picture, as JSON
    POST   /discover                     which cameras answer in the networks of this machine, as JSON
    GET    /fmp4/<camera>/<stream>       fragmented MP4 without end, where WebRTC does not get through
    GET    /mjpeg/<camera>/<stream>      some pictures a second, for browsers and networks where nothing else gets through

A stream is `main` or `sub`; `main.blurred` and `sub.blurred` are for who may recognise nobody.

The console authorises and registers the look, and passes the offer on; media then flows between browser and worker, as long as the
console says so: a viewer that is not kept ends after `viewers.KEPT_S`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

import msgspec
import redis
import structlog
import uvicorn
from aiortc.mediastreams import MediaStreamError

from ingest.codec.recode import blur
from ingest.live.fmp4 import Fragments
from ingest.live.stills import Stills, newest_jpeg
from ingest.live.tap import Tap
from ingest.live.transcode import Transcode
from ingest.live.viewers import Viewers
from ingest.live.whep import PassTrack, answer_offer, offer_addresses
from ingest.source.discovery import discover
from ingest.source.ffmpeg import Opener, Tls
from ingest.source.probe import ProbeRequest, probe
from lianqin import inner
from lianqin.clock import Clock
from lianqin.decoding import from_json
from lianqin.errors import SettingsError, UnavailableError
from lianqin.reach import place_of
from lianqin.sealed import Keyring
from lianqin.settings import Settings

log = structlog.get_logger(__name__)
LONGEST_BODY: Final = 64 * 1024
PORTS_TRIED: Final = 64
LONGEST_SILENCE_S: Final = 10.0
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Takes = Callable[[inner.SignedRequest, Mapping[str, str]], bool]
"""Is this request signed for this, and heard for the first time?"""


def is_own(host: str) -> bool:
    """Is this an address that no other machine reaches?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
        self, settings: Settings, streams: Streams, takes: Takes, keyring: Keyring, *, clock: Clock, opener: Opener
    ) -> None:
        self._settings, self._streams, self._takes, self._clock = settings, streams, takes, clock
        self._opener, self._keyring = opener, keyring
        self._viewers = Viewers(clock)
        self._transcodes: dict[tuple[Tap, bool], Transcode] = {}
        self._stills: WeakValueDictionary[tuple[Tap, bool], Stills] = WeakValueDictionary()
        """Each lasts as long as somebody looks on."""
        self._flowing = self._coming = 0
        """Viewers by HTTP, and offers that are being answered."""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._port = 0
        self._address = self._unreached = ""

    @property
    def viewers(self) -> int:
        return len(self._viewers) + self._flowing

    @property
    def address(self) -> str:
        """Where the console finds it; empty while it does not listen, or no way leads to Redis."""
        if self._port and not self._address:
            known = self._settings
            try:
                place = place_of(known.inner_address, known.inner_host, self._port, known.redis, first=known.inner_port)
            except OSError as error:
                if str(error) != self._unreached:
                    log.warning("inner_address_unknown", error=str(error))
                self._unreached = str(error)
                return ""
            self._address = f"{'https' if self._settings.inner_tls_cert else 'http'}://{place}"
            log.info("inner_address", address=self._address)
        return self._address

    @property
    def never_connected(self) -> int:
        """Viewers that were given up, since neither ICE nor DTLS came about."""
        return self._viewers.never_connected

    def start(self) -> None:
        """Listen on the first free port from `inner_port` on. Raises OSError when none is."""
        told = [one.strip() for one in self._settings.live_addresses.split(",") if one.strip()]
        offer_addresses(told, loopback=self._settings.inner_host == "127.0.0.1")
        sock = self._bind()
        host, self._port = sock.getsockname()[:2]
        tls = self._settings.inner_tls_cert
        config = uvicorn.Config(self._app, log_level="warning", lifespan="off", access_log=False, timeout_graceful_shutdown=1,
                                loop="asyncio", http="httptools", ws="none", interface="asgi3",
                                ssl_certfile=tls or None, ssl_keyfile=self._settings.inner_tls_key or None)  # fmt: skip
        if not tls and not is_own(self._settings.inner_host):
            log.warning("inner_in_clear", host=self._settings.inner_host,
                        why="pictures and requests cross the network unencrypted: set inner_tls_cert and inner_tls_key")  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [sock]}, name="live", daemon=True)
        self._thread.start()
        log.info("live_listens", host=host, port=self._port)

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
            await self._check(scope, body)
            await self._route(scope["method"], scope["path"], body, receive, send)
        except _Answer as out:
            await _reply(send, out.status, out.key.encode(), out.headers)

    async def _check(self, scope: Scope, body: bytes) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        told = inner.SignedRequest(scope["method"], scope["path"], body)
        try:
            taken = not scope["query_string"] and await asyncio.to_thread(
                self._takes, told, headers
            )  # no query is signed
        except (redis.exceptions.RedisError, UnavailableError) as error:
            log.warning("inner_not_checked", error=str(error))
            raise _Answer(503, "inner.away") from error
        if not taken:
            raise _Answer(403, "inner.unsigned")

    async def _route(self, method: str, path: str, body: bytes, receive: Receive, send: Send) -> None:
        parts = path.strip("/").split("/")
        match (method, *parts):
            case ("POST", "live", camera_id, stream):
                await self._begin(camera_id, stream, body, send)
            case ("DELETE", "live", viewer_id):
                await self._viewers.end(viewer_id)
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
            case ("POST", "probe" | "keep" | "discover" as what):
                told = (
                    self._keep(body)
                    if what == "keep"
                    else await (self._probe(body) if what == "probe" else self._discover())
                )
                await _reply(send, 200, told, {"content-type": "application/json"})
            case ("GET", "snapshot", camera_id, stream):
                which, blurred = _wanted(stream)
                jpeg = await asyncio.to_thread(newest_jpeg, self._tap(camera_id, which), blurred=blurred)
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
            asked = from_json(body, ProbeRequest)
            asked = msgspec.structs.replace(asked, url=self._keyring.unseal(asked.url))
        except msgspec.MsgspecError as error:
            raise _Answer(400, "live.offer") from error
        except (UnavailableError, SettingsError) as error:
            log.error("address_sealed", why=str(error))  # noqa: TRY400 - its text says all
            raise _Answer(503, "seal.no_key") from error
        tls = Tls.of(self._settings)
        return msgspec.json.encode(await asyncio.to_thread(probe, asked, self._opener, self._clock, tls))

    async def _discover(self) -> bytes:
        return msgspec.json.encode(await asyncio.to_thread(discover, self._clock))

    def _keep(self, body: bytes) -> bytes:
        try:
            told = from_json(body, frozenset[str])
        except msgspec.MsgspecError as error:
            raise _Answer(400, "live.offer") from error
        return msgspec.json.encode(self._viewers.keep(told))

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
            task = asyncio.ensure_future(self._viewers.end(viewer_id))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

        self._coming += 1
        try:
            peer, answer = await answer_offer(body.decode(errors="replace"), tap, ended)
            self._viewers.add(viewer_id, peer)
        except ValueError as error:
            raise _Answer(406 if "H.264" in str(error) else 400, "live.offer", {"x-why": str(error)[:200]}) from error
        finally:
            self._coming -= 1
        log.info("viewer_came", camera=camera_id, stream=stream, viewers=len(self._viewers), transcoded=transcoded)
        headers = {"content-type": "application/sdp", "x-viewer": viewer_id, "x-transcoded": str(int(transcoded))}
        await _reply(send, 201, answer.encode(), headers)

    def _check_room(self) -> None:
        if self.viewers + self._coming >= self._settings.live_viewers:
            raise _Answer(503, "live.full")

    def _shown(self, camera_id: str, stream: str) -> tuple[Tap, bool]:
        """What a browser plays of it, and whether it is made for that; shared by all who look on."""
        which, is_blurred = _wanted(stream)
        tap = self._tap(camera_id, which)
        if not is_blurred and tap.format is not None and tap.format.codec == "h264" and not tap.is_reordered:
            return tap, False
        kept = {one: made for one, made in self._transcodes.items() if made.tap.takers or one == (tap, is_blurred)}
        self._transcodes = kept
        made = kept.setdefault((tap, is_blurred), Transcode(tap, blur if is_blurred else None, clock=self._clock))
        return made.wake(), True

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
        """The newest picture again and again, decoded once for all who look on."""
        head = [(b"content-type", b"multipart/x-mixed-replace; boundary=f"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        stills = self._stills.setdefault((tap, blurred), Stills(tap, is_blurred=blurred))
        number = 0
        while not self._stopping:
            number, jpeg = await stills.after(number)
            part = b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg)
            await send({"type": "http.response.body", "body": part, "more_body": True})

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
