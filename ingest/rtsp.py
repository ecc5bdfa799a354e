"""RTSP over TCP as cameras speak it (RFC 2326): described, set up and played; then RTP comes on the same connection (10.12).

Reading through FFmpeg costs 6 to 8 ms a second a stream, most of it hand-overs between threads; here many connections share
one thread (`hub.Hub`). What this does not understand raises NotOurs, and FFmpeg is asked.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import socket
from contextlib import suppress
from itertools import pairwise
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from ingest.picture_size import picture_size
from ingest.rtp import START
from ingest.sources import REFUSALS, VideoFormat, safe_name
from lianqin.clock import Clock
from lianqin.errors import SourceError, SourceRefused, SourceSilent
from lianqin.records import FaultReason

PORT: Final = 554
AGENT: Final = "Lianqin"
MOST_HEAD: Final = 64 * 1024
RECEIVE_BUFFER: Final = 512 * 1024
"""What a camera may send while nobody reads: over half a second of a main stream."""
_CODECS: Final = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_HASHES: Final = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_PAIR: Final = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


class NotOurs(Exception):
    """The camera says something that is not understood here."""


class Told(msgspec.Struct, frozen=True):
    """What a session description says of its first video stream."""

    format: VideoFormat
    control: str
    clock_rate: int


class Answer(msgspec.Struct, frozen=True):
    """A response: status, headers by lower-case name (`www-authenticate` may stand several times), body."""

    status: int
    headers: dict[str, str]
    challenges: tuple[str, ...]
    body: str


class Connection:
    """One played stream: `socket` gives interleaved packets, the first of them perhaps already in `early`."""

    def __init__(self, url: str, open_timeout: float, clock: Clock) -> None:
        """Connects. Raises SourceRefused (bad address, unreachable), SourceSilent."""
        self.name, self._clock = safe_name(url), clock
        self._limit, self._until = open_timeout, clock.monotonic() + open_timeout
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port or PORT
        except ValueError:
            self._host = ""
        if not self._host:
            raise self.error("bad_address")
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = parts._replace(netloc=f"{host}:{self._port}", fragment="").geturl()
        self._sequence = 0
        self._session = ""
        self._challenge: dict[str, str] = {}
        self._scheme = ""
        self._nonces = 0
        self.channel = 0
        self.early = b""
        self.keep_alive_s = 30.0
        self._methods = ""
        self.told: Told
        """Once it is open."""
        try:
            self.socket = socket.create_connection((self._host, self._port), timeout=open_timeout)
        except TimeoutError:
            raise self.silent() from None
        except (OSError, UnicodeError) as error:
            raise self.error("unreachable", str(getattr(error, "strerror", None) or error)) from None
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    # --- errors by our names ------------------------------------------------------------------------------------------

    def error(self, reason: FaultReason, why: str = "") -> SourceError:
        """A refusal by its name."""
        detail = f"{self.name}: {REFUSALS[reason]}{f' ({why})' if why else ''}"
        return SourceRefused(f"source.{reason}", detail, reason=reason)

    def silent(self) -> SourceError:
        return SourceSilent("source.silent", f"{self.name}: no answer for {self._limit:g} s", reason="silent")

    # --- requests and answers -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Describe, set up, play. Raises SourceRefused, SourceSilent, NotOurs."""
        greeted = self._once("OPTIONS", self.url, ())
        if greeted.status == 401 and greeted.challenges and self._user:
            self._choose(greeted.challenges)
        self._methods = greeted.headers.get("public", "")
        described = self._ask("DESCRIBE", self.url, "Accept: application/sdp")
        base = described.headers.get("content-base") or described.headers.get("content-location") or self.url
        told = read_description(described.body)
        control = told.control if "://" in told.control else urljoin(base.rstrip("/") + "/", told.control)
        set_up = self._ask("SETUP", control, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        self._read_set_up(set_up)
        self._ask("PLAY", base, "Range: npt=0.000-")
        self.told = told
        self.socket.setblocking(False)

    def _read_set_up(self, answer: Answer) -> None:
        transport = answer.headers.get("transport", "")
        found = re.search(r"interleaved=(\d+)", transport)
        if not found:
            raise NotOurs(f"the camera does not send on the connection: {transport}")
        self.channel = int(found[1])
        self._session, _, rest = answer.headers.get("session", "").partition(";")
        timeout = re.search(r"timeout\s*=\s*(\d+)", rest)
        self.keep_alive_s = max(5.0, min(60.0, float(timeout[1]) if timeout else 60.0) / 2)

    def _ask(self, method: str, url: str, *headers: str) -> Answer:
        answer = self._once(method, url, headers)
        if answer.status == 401 and answer.challenges and self._user:
            self._choose(answer.challenges)
            answer = self._once(method, url, headers)
        if answer.status in (301, 302, 303, 305):
            raise NotOurs("the camera sends us elsewhere")
        if answer.status != 200:
            raise self.error(reason_of_status(answer.status), f"{method}: {answer.status}")
        return answer

    def _once(self, method: str, url: str, headers: tuple[str, ...]) -> Answer:
        try:
            self.socket.settimeout(max(0.01, self._until - self._clock.monotonic()))
            self.socket.sendall(self.request(method, url, *headers))
            while True:
                answer = self._receive()
                if answer.headers.get("cseq", str(self._sequence)) == str(self._sequence):
                    return answer
        except TimeoutError:
            raise self.silent() from None
        except OSError as error:
            raise self.error("unreachable", str(error.strerror or error)) from None

    def request(self, method: str, url: str, *headers: str) -> bytes:
        """The next request's text."""
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {AGENT}", *headers]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._scheme:
            lines.append(f"Authorization: {self._authorisation(method, url)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def keep_alive(self) -> bytes:
        """What tells the camera that somebody still watches (10.8; cameras know one or the other)."""
        return self.request("GET_PARAMETER" if "GET_PARAMETER" in self._methods else "OPTIONS", self.url)

    def close(self) -> None:
        """Ends it on the camera's side too, as far as it still listens."""
        with suppress(OSError):
            if self._session:
                self.socket.setblocking(False)
                self.socket.send(self.request("TEARDOWN", self.url))
        self.socket.close()

    def _receive(self) -> Answer:
        """The next response; interleaved packets before it are kept."""
        buffer, packets = self.early, b""
        while True:
            while buffer[:1] == b"$" and len(buffer) >= 4:
                size = 4 + int.from_bytes(buffer[2:4], "big")
                if len(buffer) < size:
                    break
                packets, buffer = packets + buffer[:size], buffer[size:]
            head, mark, rest = buffer.partition(b"\r\n\r\n")
            if mark and buffer[:1] != b"$":
                answer, wanted = _read_head(head)
                while len(rest) < wanted:
                    rest += self._more()
                self.early = packets + rest[wanted:]
                return msgspec.structs.replace(answer, body=rest[:wanted].decode("utf-8", "replace"))
            if len(buffer) > MOST_HEAD:
                raise NotOurs("no end of an answer's headers")
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

    # --- who we are (RFC 7616, RFC 7617) ------------------------------------------------------------------------------

    def _choose(self, challenges: tuple[str, ...]) -> None:
        for wanted in ("digest", "basic"):
            for challenge in challenges:
                scheme, _, rest = challenge.partition(" ")
                fields = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(rest)}
                if scheme.lower() == wanted and fields.get("algorithm", "MD5").upper() in _HASHES:
                    self._scheme, self._challenge, self._nonces = wanted, fields, 0
                    return
        raise NotOurs("an unknown way to say who we are")

    def _authorisation(self, method: str, url: str) -> str:
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        fields = self._challenge
        algorithm = fields.get("algorithm", "MD5").upper()

        def digest(text: str) -> str:
            return _HASHES[algorithm](text.encode()).hexdigest()

        realm, nonce = fields.get("realm", ""), fields.get("nonce", "")
        who, what = digest(f"{self._user}:{realm}:{self._password}"), digest(f"{method}:{url}")
        said = f'Digest username="{self._user}", realm="{realm}", nonce="{nonce}", uri="{url}"'
        if "auth" in re.split(r"[\s,]+", fields.get("qop", "")):
            self._nonces += 1
            count, own = f"{self._nonces:08x}", secrets.token_hex(8)
            said += f', qop=auth, nc={count}, cnonce="{own}", response="{digest(f"{who}:{nonce}:{count}:{own}:auth:{what}")}"'
        else:
            said += f', response="{digest(f"{who}:{nonce}:{what}")}"'
        if "algorithm" in fields:
            said += f", algorithm={fields['algorithm']}"
        if "opaque" in fields:
            said += f', opaque="{fields["opaque"]}"'
        return said


def connect(url: str, open_timeout: float, clock: Clock) -> Connection:
    """A played stream, within `open_timeout` seconds. Raises SourceRefused, SourceSilent, or NotOurs: ask FFmpeg."""
    connection = Connection(url, open_timeout, clock)
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


def _read_head(head: bytes) -> tuple[Answer, int]:
    lines = head.decode("utf-8", "replace").split("\r\n")
    parts = lines[0].split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("RTSP/") or not parts[1].isdigit():
        raise NotOurs("an answer that is no RTSP")
    headers: dict[str, str] = {}
    challenges = []
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        if name == "www-authenticate":
            challenges.append(value.strip())
        headers[name] = value.strip()
    length = headers.get("content-length", "0")
    return Answer(int(parts[1]), headers, tuple(challenges), ""), int(length) if length.isdigit() else 0


def read_description(text: str) -> Told:
    """The first H.264 or H.265 stream of a session description (RFC 4566). Raises NotOurs where there is none whose
    parameter sets stand in it."""
    lines = [line.strip() for line in text.splitlines()]
    begins = [n for n, line in enumerate(lines) if line.startswith("m=")] + [len(lines)]
    for begin, end in pairwise(begins):
        if not lines[begin].startswith("m=video"):
            continue
        part = lines[begin:end]
        mapped = re.search(r"a=rtpmap:\d+ (\w+)/(\d+)", "\n".join(part), re.IGNORECASE)
        codec = _CODECS.get(mapped[1].upper()) if mapped else None
        if not mapped or not codec:
            raise NotOurs("no H.264 or H.265")
        sets = _parameter_sets("\n".join(part), codec)
        size = picture_size(sets, codec)
        if size is None:
            raise NotOurs("the description lacks the parameter sets")
        rate = next((line.partition(":")[2] for line in part if line.startswith("a=framerate:")), "0")
        control = next((line.partition(":")[2].strip() for line in part if line.startswith("a=control:")), "*")
        return Told(VideoFormat(codec, *size, _number(rate), sets), control, int(mapped[2]))
    raise NotOurs("no video in the description")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _parameter_sets(part: str, codec: str) -> bytes:
    names = "sprop-parameter-sets" if codec == "h264" else "sprop-(?:vps|sps|pps)"
    sets = b""
    for found in re.findall(rf"{names}=([^;\s]+)", part):
        for one in found.split(","):
            with suppress(ValueError):
                sets += START + base64.b64decode(one)
    return sets
