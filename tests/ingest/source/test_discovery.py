"""One multicast question, and what comes back: by real UDP on this machine, from devices that behave and from those that do not."""

from __future__ import annotations

import fcntl
import json
import re
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingest.source import discovery
from ingest.source.discovery import (
    GROUP,
    LARGEST,
    MOST_DEVICES,
    PORT,
    NotAnAnswer,
    discover,
    own_addresses,
    question,
    read_answer,
)
from lianqin.clock import SystemClock
from tests.ingest.live.test_live import Viewer

HERE = "127.0.0.1"
ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
<SOAP-ENV:Header><wsa:MessageID>urn:uuid:1</wsa:MessageID><wsa:RelatesTo>{relates}</wsa:RelatesTo></SOAP-ENV:Header>
<SOAP-ENV:Body><wsdd:ProbeMatches><wsdd:ProbeMatch>
<wsa:EndpointReference><wsa:Address>urn:uuid:{endpoint}</wsa:Address></wsa:EndpointReference>
<wsdd:Types>dn:NetworkVideoTransmitter</wsdd:Types>
<wsdd:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/HIKVISION%20DS-2CD2T45 onvif://www.onvif.org/hardware/DS-2CD2T45
 onvif://www.onvif.org/location/country/china</wsdd:Scopes>
<wsdd:XAddrs>http://198.51.100.7/onvif/device_service</wsdd:XAddrs><wsdd:MetadataVersion>1</wsdd:MetadataVersion>
</wsdd:ProbeMatch></wsdd:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>"""


def answer(relates: str = "", endpoint: str = "e1") -> bytes:
    return ANSWER.format(relates=relates, endpoint=endpoint).encode()


class Network:
    """Devices that hear the question by multicast at one of this machine's addresses; each answers by a socket of its own."""

    def __init__(self, own: str) -> None:
        self.questions: list[bytes] = []
        self._say: Callable[[str], list[bytes]] = lambda _relates: []
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.bind(("", PORT))
        self._sock.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(own)
        )
        self._sock.settimeout(0.1)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answers(self, say: Callable[[str], list[bytes]]) -> None:
        self._say = say

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                data, who = self._sock.recvfrom(65536)
            except TimeoutError:
                continue
            self.questions.append(data)
            found = re.search(rb"<a:MessageID>(.*?)</a:MessageID>", data)
            for one in self._say(found[1].decode() if found else ""):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                    out.sendto(one, who)

    def end(self) -> None:
        self._ends.set()
        self._thread.join(3)
        self._sock.close()


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network(HERE)
    yield made
    made.end()


def test_a_camera_that_hears_the_question_is_found_at_the_address_it_answers_from(network: Network) -> None:
    network.answers(lambda relates: [answer(relates), answer(relates, "e2"), answer(relates)])
    found = discover(SystemClock(), [HERE], wait_s=1.0)
    assert [(one.host, one.endpoint, one.name, one.hardware) for one in found.devices] == [
        (HERE, "urn:uuid:e1", "HIKVISION DS-2CD2T45", "DS-2CD2T45"), (HERE, "urn:uuid:e2", "HIKVISION DS-2CD2T45", "DS-2CD2T45"),
    ]  # fmt: skip
    assert (found.asked, found.unread, found.cut) == ([HERE], 0, False)
    assert len(network.questions) == 3, "UDP loses packets: the question is sent again"
    assert len(set(network.questions)) == 1, "and devices know it again by its number"
    assert b"dn:NetworkVideoTransmitter" in network.questions[0]


def test_strangers_are_counted_and_keep_nobody_from_being_found(network: Network) -> None:
    def say(relates: str) -> list[bytes]:
        return [b"", b"\xff" * 900, b"x" * 60_000, b"<a/>", answer("urn:uuid:of-somebody-else"), answer(relates)]

    network.answers(say)
    found = discover(SystemClock(), [HERE], wait_s=0.3)
    assert [one.endpoint for one in found.devices] == ["urn:uuid:e1"]
    assert found.unread == 5


def test_a_flood_of_answers_is_cut(network: Network) -> None:
    network.answers(lambda relates: [answer(relates, f"n{n}") for n in range(MOST_DEVICES + 20)])
    found = discover(SystemClock(), [HERE], wait_s=3.0)
    assert len(found.devices) <= MOST_DEVICES
    assert found.cut or len(found.devices) < MOST_DEVICES  # loopback may drop some of a burst


def test_nobody_answers_and_no_network_is_there() -> None:
    assert discover(SystemClock(), [HERE], wait_s=0.1).devices == []
    began = time.monotonic()
    nowhere = discover(SystemClock(), ["203.0.113.9"], wait_s=5.0)
    assert (nowhere.asked, nowhere.devices) == ([], [])
    assert time.monotonic() - began < 2.0, "nobody to listen to"


BAD = [
    b"", b"<", b"<a/>", b"\x00\x01", b"<?xml version='1.0' encoding='no-such'?><a/>", answer().replace(b"wsdd:ProbeMatches", b"wsdd:Hello"),
    b'<!DOCTYPE x [<!ENTITY a "b">]>' + answer()[answer().index(b"<SOAP") :], answer() + b" " * LARGEST, answer()[:-40],
    answer().replace(b"2005/04/discovery", b"1999/discovery"), answer("urn:uuid:other"),
    answer().replace(b"<wsdd:Types>", b"<x>" * 30 + b"<wsdd:Types>"), answer().replace(b"<wsdd:Types>", b"<x/>" * 500 + b"<wsdd:Types>"),
]  # fmt: skip


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        read_answer(data, "urn:uuid:mine")


def test_what_a_device_says_is_cut_and_holds_nothing_that_steers_a_screen() -> None:
    long = answer().replace(b"HIKVISION%20DS-2CD2T45", b"%1B[31m%00%0A" + b"x" * 3000)
    [found] = read_answer(long)
    assert found.name.isprintable()
    assert len(found.name) == 80
    assert "\x1b" not in found.name
    [plain] = read_answer(
        answer().replace(b"dn:NetworkVideoTransmitter", b"wprt:PrintDeviceType").replace(b"onvif://", b"ldap:///")
    )
    assert not plain.is_camera


CAMERA = b"dn:NetworkVideoTransmitter"
SCOPES = re.compile(rb"<wsdd:Scopes>.*?</wsdd:Scopes>", re.DOTALL)


def of_kind(types: str, scopes: str, relates: str = "", endpoint: str = "e1") -> bytes:
    told = answer(relates, endpoint).replace(CAMERA, types.encode())
    return SCOPES.sub(f"<wsdd:Scopes>{scopes}</wsdd:Scopes>".encode(), told)


ONVIF = "onvif://www.onvif.org"


@pytest.mark.parametrize(
    ("types", "scopes", "is_camera"),
    [
        ("dn:NetworkVideoTransmitter", "", True), ("tds:Device dn:NetworkVideoTransmitter", f"{ONVIF}/name/x", True), ("NetworkVideoTransmitter", "", True),
        ("tds:Device", f"{ONVIF}/type/video_encoder {ONVIF}/name/x", True), ("", f"{ONVIF}/type/Network_Video_Transmitter", True),
        ("", f"{ONVIF}/type/NetworkVideoTransmitter", True), ("tds:Device", f"{ONVIF}/Profile/Streaming", True), ("tds:Device", f"{ONVIF}/profile/T", True),
        ("", f"{ONVIF}/Profile/G", True), ("", f"{ONVIF}/Profile/M", True), ("", f"{ONVIF}/Profile/S", True),
        ("tds:Device", f"{ONVIF}/name/x {ONVIF}/hardware/y {ONVIF}/location/country/china", False), ("tds:Device", f"{ONVIF}/type/audio_encoder", False),
        ("tds:Device", f"{ONVIF}/Profile/A {ONVIF}/Profile/C {ONVIF}/name/door", False), ("dn:NetworkVideoDisplay", f"{ONVIF}/type/Network_Video_Decoder", False),
        ("tds:Device", f"{ONVIF}/name/video_encoder", False), ("tds:Device", "odm:name:x", False), ("wprt:PrintDeviceType", "", False), ("", "", False),
    ],
)  # fmt: skip
def test_a_camera_is_told_by_its_kind_and_not_by_speaking_onvif(types: str, scopes: str, is_camera: bool) -> None:
    [found] = read_answer(of_kind(types, scopes))
    assert found.is_camera is is_camera


def test_devices_that_are_no_cameras_are_counted_once_each_and_not_listed(network: Network) -> None:
    door = (f"{ONVIF}/Profile/A", "door"), (f"{ONVIF}/name/x", "box")
    network.answers(lambda relates: [of_kind("tds:Device", scopes, relates, endpoint) for scopes, endpoint in door])
    found = discover(SystemClock(), [HERE], wait_s=1.0)
    assert (found.devices, found.unread) == ([], 2)
    assert len(network.questions) == 3, "and they answered each time"


HIGH = 1100
"""Above what select() takes."""


def test_a_worker_with_many_files_open_hears_the_answers(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= HIGH:
        pytest.skip(f"this machine lets nobody open {HIGH} files")
    opened = discovery._open

    def high(address: str) -> socket.socket:
        with opened(address) as sock:
            made = socket.socket(fileno=fcntl.fcntl(sock, fcntl.F_DUPFD, HIGH))
        assert made.fileno() >= HIGH
        return made

    monkeypatch.setattr(discovery, "_open", high)
    network.answers(lambda relates: [answer(relates)])
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, HIGH + 64) if soft != resource.RLIM_INFINITY else soft, hard))
    try:
        found = discover(SystemClock(), [HERE], wait_s=0.3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [one.endpoint for one in found.devices] == ["urn:uuid:e1"]


def test_the_question_is_one_that_a_device_reads() -> None:
    assert re.search(rb"<d:Types>dn:NetworkVideoTransmitter</d:Types>", question("urn:uuid:1"))
    with pytest.raises(NotAnAnswer, match="no match"):
        read_answer(question("urn:uuid:1"))


def test_the_worker_asks_at_a_signed_request_alone(house: Any, kit: Any) -> None:
    viewer = Viewer(house.worker(kit.nobody(), inner_port=18690))
    assert viewer.ask("POST", "/discover", signed=False)[0] == 403
    [own, *_] = own_addresses() or pytest.skip("this machine has no address but its own")
    network = Network(own)
    try:
        network.answers(lambda relates: [answer(relates)])
        status, body, _ = viewer.ask("POST", "/discover")
    finally:
        network.end()
    found = json.loads(body)
    assert status == 200
    assert own in found["asked"]
    assert [(one["host"], one["name"]) for one in found["devices"] if one["endpoint"] == "urn:uuid:e1"] == [
        (own, "HIKVISION DS-2CD2T45")
    ]
