"""Cameras of the network, asked for by one multicast question: WS-Discovery (2005/04) over UDP, as the ONVIF Core Specification has it in 7.3.

Whoever hears the question may answer anything: an answer is read within bounds, says where it came from by its sender's address alone,
and is believed in nothing else. No connection is opened to anybody.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast
from urllib.parse import unquote
from xml.parsers import expat

import ifaddr
import msgspec

from lianqin.clock import Clock

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
WAIT_S: Final = 4.0
"""A device waits up to half a second before it answers (APP_MAX_DELAY); slow ones take longer."""
ASKED: Final = 3
"""Times that the question is sent: UDP loses packets, and devices know it again by its number."""
APART_S: Final = 0.4
LARGEST: Final = 16 * 1024
"""Bytes of an answer; a longer one is left unread."""
MOST_PACKETS: Final = 4000
MOST_DEVICES: Final = 500
MOST_DEPTH, MOST_ELEMENTS, MOST_MATCHES, MOST_TEXT = 12, 400, 8, 4000
LONGEST: Final = 80
_SOAP: Final = ("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/")
_DISCOVERY: Final = (
    "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
)
_VIDEO: Final = frozenset({"video_encoder", "network_video_transmitter", "networkvideotransmitter"})
"""Types of the scopes that a camera has; a door, a recorder or a decoder has others."""
_PROFILES: Final = frozenset({"streaming", "s", "t", "g", "m"})
"""Of video; A, C and D are of doors."""
_QUESTION: Final = """<?xml version="1.0" encoding="UTF-8"?>\
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" \
xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">\
<s:Header><a:MessageID>{id}</a:MessageID><a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>\
<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>\
<s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"""


class NotAnAnswer(ValueError):
    """Bytes that are no ProbeMatches, or more than one may be."""


class ProbeMatch(msgspec.Struct, frozen=True):
    """What one device says of itself, cut to `LONGEST` printable signs each."""

    endpoint: str = ""
    name: str = ""
    hardware: str = ""
    is_camera: bool = False


class OnvifDevice(msgspec.Struct, frozen=True):
    """A device that answered, at the address from which it did."""

    host: str
    endpoint: str
    name: str
    hardware: str


class DiscoveryResult(msgspec.Struct):
    """`asked`: own addresses from which the question went out; `unread`: answers that could not be read or were no camera's;
    `cut`: more came than are kept."""

    devices: list[OnvifDevice]
    asked: list[str]
    unread: int = 0
    cut: bool = False


def question(message_id: str) -> bytes:
    """A Probe for cameras."""
    return _QUESTION.format(id=message_id).encode()


def read_answer(data: bytes, message_id: str = "") -> list[ProbeMatch]:
    """What the answer tells; `message_id`: of the question, which it must name where it names one. Raises NotAnAnswer."""
    if len(data) > LARGEST:
        raise NotAnAnswer("too long")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotAnAnswer(str(error)) from error
    if not reader.found:
        raise NotAnAnswer("no match in it")
    if message_id and reader.relates and not reader.relates.lower().endswith(message_id.rpartition(":")[2].lower()):
        raise NotAnAnswer("an answer to another question")
    return reader.found


def discover(clock: Clock, own: Sequence[str] | None = None, *, wait_s: float = WAIT_S) -> DiscoveryResult:
    """Ask on each network of this machine (`own`: by these addresses of it), and listen for `wait_s` seconds. Blocks."""
    message_id = f"urn:uuid:{uuid.uuid4()}"
    told = question(message_id)
    found, devices, strangers = DiscoveryResult([], []), dict[tuple[str, str], OnvifDevice](), set[tuple[str, str]]()
    with contextlib.ExitStack() as ends:
        ears = ends.enter_context(selectors.DefaultSelector())  # select() can't take a busy worker's high descriptors
        socks = []
        for address in own if own is not None else own_addresses():
            with contextlib.suppress(OSError):
                sock = ends.enter_context(_open(address))
                sock.sendto(told, (GROUP, PORT))
                ears.register(sock, selectors.EVENT_READ)
                socks.append(sock)
                found.asked.append(address)
        begin, sent, packets = clock.monotonic(), 1, 0
        while socks and (now := clock.monotonic()) < begin + wait_s and packets < MOST_PACKETS:
            if sent < ASKED and now >= begin + sent * APART_S:
                sent += 1
                for sock in socks:
                    with contextlib.suppress(OSError):
                        sock.sendto(told, (GROUP, PORT))
            for ready, _ in ears.select(0.1):
                packets += 1
                with contextlib.suppress(OSError):
                    data, (host, *_) = cast("socket.socket", ready.fileobj).recvfrom(LARGEST + 1)
                    found.unread += _take(devices, strangers, data, host, message_id)
        found.cut = packets >= MOST_PACKETS or len(devices) >= MOST_DEVICES
    found.devices = sorted(devices.values(), key=lambda one: (socket.inet_aton(one.host), one.endpoint))
    return found


def own_addresses() -> list[str]:
    """IPv4 addresses of this machine that other machines see."""
    ips = [ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [str(ip.ip) for ip in ips if not str(ip.ip).startswith("127.")]


def _open(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        sock.bind((address, 0))
    except OSError:
        sock.close()
        raise
    return sock


def _take(
    devices: dict[tuple[str, str], OnvifDevice],
    strangers: set[tuple[str, str]],
    data: bytes,
    host: str,
    message_id: str,
) -> int:
    """How many answers could not be read or are a stranger's, who counts once however often he answers: 0 or 1."""
    try:
        matches = read_answer(data, message_id)
    except NotAnAnswer:
        return 1
    for one in matches:
        if one.is_camera and len(devices) < MOST_DEVICES:
            devices.setdefault((host, one.endpoint), OnvifDevice(host, one.endpoint, one.name, one.hardware))
    new = {(host, one.endpoint) for one in matches} - strangers
    if not new or any(one.is_camera for one in matches):
        return 0
    strangers |= new
    return 1


class _Reader:
    """A stream of events; nothing is held beyond the matches' own texts."""

    def __init__(self) -> None:
        self.found: list[ProbeMatch] = []
        self.relates = ""
        self._path: list[str] = []
        self._elements = 0
        self._told: dict[str, str] | None = None
        self._text: list[str] = []
        self._length = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise NotAnAnswer("a DOCTYPE")

    def _start(self, tag: str, _attributes: Any) -> None:
        space, _, name = tag.rpartition(" ")
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._path) >= MOST_DEPTH:
            raise NotAnAnswer("too many elements")
        if not self._path and (name != "Envelope" or space not in _SOAP):
            raise NotAnAnswer("no SOAP envelope")
        self._path.append(name)
        if self._path[1:] == ["Body", "ProbeMatches", "ProbeMatch"]:
            if space not in _DISCOVERY or len(self.found) >= MOST_MATCHES:
                raise NotAnAnswer("no match of ours")
            self._told = {}
        self._text, self._length = [], 0

    def _say(self, text: str) -> None:
        if self._length < MOST_TEXT:
            self._text.append(text[: MOST_TEXT - self._length])
            self._length += len(text)

    def _end(self, _tag: str) -> None:
        name, text = self._path[-1], "".join(self._text).strip()
        if self._path[1:] == ["Header", "RelatesTo"]:
            self.relates = text
        elif self._told is not None and len(self._path) == 4:
            self.found.append(_match(self._told))
            self._told = None
        elif self._told is not None:
            self._told.setdefault(name, text)
        self._path.pop()
        self._text, self._length = [], 0


def _match(told: dict[str, str]) -> ProbeMatch:
    scopes = list(_scopes(told.get("Scopes", "")))

    def said(kind: str) -> str:
        return next((text for name, text in scopes if name == kind and text), "")

    kinds = {one.rpartition(":")[2] for one in told.get("Types", "").split()}
    films = any(
        (name == "type" and text.lower() in _VIDEO) or (name == "profile" and text.lower() in _PROFILES)
        for name, text in scopes
    )
    is_camera = "NetworkVideoTransmitter" in kinds or films
    return ProbeMatch(_tidy(told.get("Address", "")), said("name"), said("hardware"), is_camera)


def _scopes(text: str) -> Iterator[tuple[str, str]]:
    """`onvif://www.onvif.org/name/X%20Y` -> ("name", "X Y")."""
    for one in text.split():
        begin, mark, rest = one.partition("://www.onvif.org/")
        if mark and begin.lower() == "onvif":
            kind, _, value = rest.partition("/")
            yield kind.lower(), _tidy(unquote(value))


def _tidy(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:LONGEST]
