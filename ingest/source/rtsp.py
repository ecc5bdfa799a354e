"""RTSP over TCP as cameras speak it (RFC 2326): described, set up and played; then RTP comes on the same connection (10.12).

Reading through FFmpeg costs 6 to 8 ms a second a stream, most of it hand-overs between threads; here many connections share
one thread (`connections.ConnectionPool`). What this does not understand raises NotOurs, and FFmpeg is asked. What a camera says of sizes is
capped before it is believed, and one attempt tells a password once: cameras lock whoever is wrong five times.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Final
from urllib.parse import unquote, urlsplit

from ingest.codec.sps import check_size
from ingest.source.description import (
    InBand,
    MediaTrack,
    StreamDescription,
    base_of,
    in_band_sets,
    read_description,
    resolve,
)
from ingest.source.ffmpeg import REFUSALS
from ingest.source.login import LogIn, Unsafe, read_challenges
from ingest.source.rtp import Depacketiser
from ingest.source.rtsp_message import (
    Messages,
    NotOurs,
    RtspRequest,
    RtspResponse,
    TooMuch,
    UdpOnly,
    answer_to,
    head_end,
    read_head,
)
from lianqin.addresses import safe_name
from lianqin.clock import Clock
from lianqin.errors import SourceError, SourceRefused, SourceSilent, SourceUnreadable
from lianqin.records import FaultReason

__all__ = ["NotOurs", "RtspSession", "TooMuch", "UdpOnly", "connect", "read_description", "reason_of_status"]
PORT: Final = 554
AGENT: Final = "Lianqin"
RECEIVE_BUFFER: Final = 512 * 1024
"""What a camera may send while nobody reads: over half a second of a main stream."""
MOST_EARLY: Final = 16 * 1024 * 1024
"""Of packets that come before the stream is open: a group of a main stream, when its first key frame is waited for."""
_MOST_MESSAGES: Final = 16
"""That are no answer to a request, before it."""
_MOST_STALE: Final = 2
_MOST_SESSION: Final = 256
_LONGEST_S, _USUAL_S = 60.0, 60
"""Of the camera's time-out: what is believed at most, and what holds where it says nothing (RFC 2326 12.37)."""
_OTHERWISE: Final = frozenset({400, 404, 405, 451, 454, 455, 501, 505, 551})
"""Answers to GET_PARAMETER of cameras that know OPTIONS alone."""


class RtspSession:
    """One played stream: `socket` gives interleaved packets, the first of them perhaps already in `early`."""

    def __init__(self, url: str, open_timeout: float, clock: Clock, *, no_basic: bool = False) -> None:
        """Connects. `no_basic`: the password is told by Digest or not at all. Raises SourceRefused (bad address,
        unreachable), SourceSilent."""
        self.name, self._clock = safe_name(url), clock
        self._described = self._known = False
        """It told of the stream; it took our name and password."""
        self._limit, self._until = open_timeout, clock.monotonic() + open_timeout
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port or PORT
        except ValueError:
            self._host = ""
        if not self._host:
            raise self.error("bad_address")
        self._login = LogIn(unquote(parts.username or ""), unquote(parts.password or ""), no_basic=no_basic)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = parts._replace(netloc=f"{host}:{self._port}", fragment="").geturl()
        self._base = self.url
        """Of the session: what is played, kept alive and torn down."""
        self._sequence = 0
        self._session = ""
        self._in, self._packets = bytearray(), bytearray()
        self._stale = 0
        self.channel = 0
        self.report_channel: int | None = 1
        """Of RTCP; None where the camera leaves no room for it."""
        self.early = b""
        self.keep_alive_s = 30.0
        self._methods: frozenset[str] | None = None
        self._keeps, self._knows_get_parameter = "OPTIONS", True
        self._waits: tuple[int, str, str] | None = None
        """The last keep-alive that was not answered yet: CSeq, method, nonce."""
        self._is_again = self._is_quiet = False
        """The running keep-alive was told anew who we are; nothing more is said, for we are refused."""
        self.told: StreamDescription
        """Once it is open."""
        try:
            self.socket = socket.create_connection((self._host, self._port), timeout=open_timeout)
        except TimeoutError:
            raise self.silent(unmet=True) from None
        except (OSError, UnicodeError) as error:
            why = str(getattr(error, "strerror", None) or error)
            raise self.error("unreachable", why, unmet=True) from None
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    @property
    def offers_digest(self) -> bool:
        """The camera offered Digest, now or before (`no_basic`): from then on nothing else is to be believed."""
        return self._login.offers_digest

    # --- errors by our names ------------------------------------------------------------------------------------------

    def error(
        self, reason: FaultReason, why: str = "", asked: str = "", *, status: int = 0, unmet: bool = False
    ) -> SourceError:
        """A refusal by its name. In the error's `values`: the method that was `asked`, the answer's `status`, and how far it
        came: never met the camera, `described`: the stream is there, `known`: our name and password were taken."""
        detail = f"{self.name}: {REFUSALS[reason]}{f' ({why})' if why else ''}"
        return SourceRefused(
            f"source.{reason}", detail, reason=reason, asked=asked, status=status, unmet=unmet, described=self._described,
            known=self._known,
        )  # fmt: skip

    def silent(self, *, unmet: bool = False) -> SourceError:
        detail = f"{self.name}: no answer for {self._limit:g} s"
        return SourceSilent("source.silent", detail, reason="silent", unmet=unmet, described=self._described)

    def unreadable(self, what: str) -> SourceError:
        """Beyond a limit of ours (`limit` in its `values`): FFmpeg is not to be asked either."""
        return SourceUnreadable("source.unreadable", f"{self.name}: {what}", reason="unreadable", limit=True)

    # --- until it plays -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Describe, set up, play. Raises SourceRefused, SourceSilent, SourceUnreadable, NotOurs."""
        try:
            self._open()
        except TooMuch as why:
            raise self.unreadable(f"the camera sends {why}") from None
        except Unsafe as why:
            raise self.error("unauthorised", str(why), status=401) from None
        except TimeoutError:
            raise self.silent() from None
        except OSError as error:
            raise self.error("unreachable", str(error.strerror or error)) from None

    def _open(self) -> None:
        greeted = self._once("OPTIONS", self.url, ())
        if greeted.status == 401 and greeted.challenges and self._login.can:
            self._login.take(read_challenges(greeted.challenges))
        described = self._ask("DESCRIBE", self.url, "Accept: application/sdp")
        told: StreamDescription | MediaTrack
        try:
            told = read_description(described.body)
        except InBand as bare:
            told = bare.track
        self._described = True
        self._base = base_of(self.url, described.headers, told.aggregate)
        asked = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        self._read_set_up(self._ask("SETUP", resolve(self._base, told.control), asked))
        self._ask("PLAY", self._base, "Range: npt=0.000-")
        self.told = self._await_sets(told) if isinstance(told, MediaTrack) else told
        check_size(self.told.format.extradata, self.told.format.codec, self.name)
        self.early = bytes(self._packets + self._in)
        self._packets, self._in = bytearray(), bytearray()
        self.socket.setblocking(False)

    def _read_set_up(self, answer: RtspResponse) -> None:
        transport = answer.headers.get("transport", "")
        found = re.search(r"interleaved\s*=\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?", transport)
        if found is None and transport and "TCP" not in transport.upper():
            raise UdpOnly("the camera does not send on the connection")
        if found is not None:
            first, second = int(found[1]), int(found[2] or int(found[1]) + 1)
            if first > 255:
                raise NotOurs("an impossible channel")
            self.channel = first
            self.report_channel = next((one for one in (second, first + 1) if one <= 255 and one != first), None)
        told = re.search(r"timeout\s*=\s*(\d{1,9})", answer.headers.get("session", "").partition(";")[2])
        seconds = int(told[1]) if told else 0
        self.keep_alive_s = max(1.0, min(_LONGEST_S, float(seconds or _USUAL_S)) / 2)

    def _await_sets(self, track: MediaTrack) -> StreamDescription:
        """The first key frame's parameter sets. What came until then is kept."""
        found = list[StreamDescription]()

        def give(_stamp: int, is_key: bool, content: bytes) -> None:  # noqa: FBT001 - a depacketiser's form
            told = track.told(in_band_sets(content, track.codec)) if is_key and not found else None
            if told is not None:
                found.append(told)

        rtp, at = Depacketiser(track.codec, give, payload=track.payload), 0
        data, self._in = self._packets + self._in, bytearray()
        messages = Messages(self.channel)
        while True:
            while len(data) - at >= 4:
                if data[at] != 0x24:
                    passed = messages.take(data, at)
                    if passed is None:
                        break
                    at = passed[0]
                    continue
                size = 4 + (data[at + 2] << 8 | data[at + 3])
                if len(data) - at < size:
                    break
                if data[at + 1] == self.channel:
                    rtp.take(bytes(data[at + 4 : at + size]))
                at += size
            if found:
                self._packets = data
                return found[0]
            if len(data) > MOST_EARLY:
                raise self.unreadable("packets come, but no parameter sets are in them")
            try:
                data += self._more()
            except TimeoutError:
                if not at:
                    raise
                raise NotOurs("no key frame with parameter sets came in time") from None

    def _ask(self, method: str, url: str, *headers: str) -> RtspResponse:
        """Raises what a refusal is called. Who we are is told once; again only where a camera says that it was right but
        its nonce too old, or took it before and has another nonce for each request."""
        answer = self._once(method, url, headers)
        while answer.status == 401 and answer.challenges and self._login.can:
            offered = read_challenges(answer.challenges)
            if self._login.is_chosen:
                is_fresh = self._known and any(one.fields.get("nonce", "") != self._login.nonce for one in offered)
                if self._stale == _MOST_STALE or not (is_fresh or any(one.is_stale for one in offered)):
                    break
                self._stale += 1
            self._login.take(offered)
            answer = self._once(method, url, headers)
        if answer.status in (301, 302, 303, 305):
            raise NotOurs("the camera sends us elsewhere")
        if answer.status == 461:
            raise UdpOnly("the camera refuses to send on the connection")
        if answer.status != 200:
            why = f"{method}: {answer.status}"
            raise self.error(reason_of_status(answer.status), why, method, status=answer.status)
        self._known |= self._login.is_chosen
        if not self._session and method in ("SETUP", "PLAY"):
            self._session = answer.headers.get("session", "").partition(";")[0].strip()[:_MOST_SESSION]
        return answer

    def _once(self, method: str, url: str, headers: tuple[str, ...]) -> RtspResponse:
        self.socket.settimeout(max(0.01, self._until - self._clock.monotonic()))
        self.socket.sendall(self.request(method, url, *headers))
        for _ in range(_MOST_MESSAGES):
            message = self._receive()
            if isinstance(message, RtspRequest):
                self.socket.sendall(answer_to(message, self._session))
            elif not 0 < (message.sequence or 0) < self._sequence:  # no late answer to an earlier request
                self._learn_methods(message)
                return message
        raise TooMuch("messages without an end")

    def _learn_methods(self, answer: RtspResponse) -> None:
        """An OPTIONS that was refused tells none; so may one that was not (RFC 2326 10.1)."""
        told = answer.headers.get("public") or answer.headers.get("allow")
        if told and answer.status in (200, 405):
            self._methods = frozenset(re.split(r"[\s,]+", told.upper()))
            self._keeps = "GET_PARAMETER" if "GET_PARAMETER" in self._methods else "OPTIONS"

    def _receive(self) -> RtspResponse | RtspRequest:
        """The next message; interleaved packets before it are kept. Raises NotOurs, TooMuch, TimeoutError, OSError."""
        buffer, seen = self._in, 0
        while True:
            at = len(buffer) - len(buffer.lstrip(b"\r\n"))
            while len(buffer) - at >= 4 and buffer[at] == 0x24:
                size = 4 + (buffer[at + 2] << 8 | buffer[at + 3])
                if len(buffer) - at < size:
                    break
                if len(self._packets) < MOST_EARLY:
                    self._packets += buffer[at : at + size]
                at, seen = at + size, 0
            del buffer[:at]
            if buffer and buffer[0] != 0x24 and (end := head_end(buffer, 0, seen - at)) is not None:
                message, wanted = read_head(bytes(buffer[: end[0]]))
                while len(buffer) < end[1] + wanted:
                    buffer += self._more()
                body = bytes(buffer[end[1] : end[1] + wanted])
                del buffer[: end[1] + wanted]
                if isinstance(message, RtspResponse):
                    return RtspResponse(
                        message.status, message.headers, message.challenges, body.decode("utf-8", "replace")
                    )
                return message
            seen = len(buffer)
            buffer += self._more()

    def _more(self) -> bytes:
        left = self._until - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)
        found = self.socket.recv(65536)
        if not found:
            raise ConnectionError("the camera hung up")
        return found

    # --- while it plays -----------------------------------------------------------------------------------------------

    def request(self, method: str, url: str, *headers: str) -> bytes:
        """The next request's text."""
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {AGENT}", *headers]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._login.is_chosen:
            lines.append(f"Authorization: {self._login.header(method, url)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    @property
    def first_keep_alive_s(self) -> float:
        """Seconds until the first one: at once where it asks what the camera knows."""
        return min(1.0, self.keep_alive_s) if self._methods is None else self.keep_alive_s

    def keep_alive(self) -> bytes:
        """What tells the camera that somebody still watches (10.8; cameras know one or the other). Empty when it refused
        to know us: each further try could lock the account."""
        if self._is_quiet:
            return b""
        said = self.request(self._keeps, self._base)
        self._waits = self._sequence, self._keeps, self._login.nonce
        return said

    def hear(self, message: RtspResponse | RtspRequest) -> bytes:
        """What is to be said to a message that came while it plays; often nothing."""
        if isinstance(message, RtspRequest):
            return answer_to(message, self._session)
        if self._waits is None or message.sequence not in (None, self._waits[0]):
            return b""
        (_, method, nonce), self._waits = self._waits, None
        if message.status == 401:
            return self._log_in_again(message, nonce)
        self._is_again = False
        if method == "OPTIONS" and message.status == 200:
            self._learn_methods(message)
            # It may not say what it knows even now; then OPTIONS stays, as players have it: some hang up on anything else.
            if not self._knows_get_parameter:
                self._keeps = "OPTIONS"
            elif self._keeps == "GET_PARAMETER":  # the other may be all that it counts, and its time runs
                return self.keep_alive()
        elif method == "GET_PARAMETER" and message.status in _OTHERWISE:
            self._keeps, self._knows_get_parameter = "OPTIONS", False
            return self.keep_alive()
        return b""

    def _log_in_again(self, answer: RtspResponse, nonce: str) -> bytes:
        """The nonce has grown old: who we are is said once more, for the password was right when it was played."""
        offered = read_challenges(answer.challenges)
        is_fresh = any(one.is_stale or one.fields.get("nonce", "") != nonce for one in offered)
        if self._is_again or not is_fresh or not self._login.can:
            self._is_quiet = True
            return b""
        self._is_again = True
        try:
            self._login.take(offered)
        except (NotOurs, Unsafe):
            self._is_quiet = True
            return b""
        return self.keep_alive()

    def close(self) -> None:
        """Ends it on the camera's side too, as far as it still listens."""
        with suppress(OSError):
            if self._session:
                self.socket.setblocking(False)
                self.socket.send(self.request("TEARDOWN", self._base))
        self.socket.close()


def connect(url: str, open_timeout: float, clock: Clock, *, no_basic: bool = False) -> RtspSession:
    """A played stream, within `open_timeout` seconds. Raises SourceRefused, SourceSilent, SourceUnreadable, or NotOurs:
    ask FFmpeg (UdpOnly: by UDP). `no_basic`: as `RtspSession` has it."""
    connection = RtspSession(url, open_timeout, clock, no_basic=no_basic)
    try:
        connection.open()
    except BaseException:
        connection.close()
        raise
    return connection


def reason_of_status(status: int) -> FaultReason:
    """A refusal by its number (RFC 2326 7.1.1)."""
    if status in (401, 403):
        return "unauthorised"
    if status == 404:
        return "not_found"
    return "busy" if status >= 500 or status == 453 else "refused"
