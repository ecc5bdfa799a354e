"""Every decoder of the intake, fed with anything: it never raises, and each message has exactly one fate."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lianqin.errors import BusUnavailable, RecordError
from lianqin.records import Device, Fix, FixBatch, Quarantined, SosCall, decode
from lianqin.testing import T0, FakeClock
from patrol.devices.credential import credential_sha256
from patrol.intake.accept import Accepted, accept, item_for
from patrol.intake.door import AcceptedMessage
from patrol.intake.http import HttpConnection
from patrol.intake.jt808 import POSITION, POSITIONS, Position, TerminalMessage, encode_position
from patrol.intake.readers import (
    CLIENTS,
    Client,
    Heartbeat,
    HttpRequest,
    PositionReport,
    SosSent,
    UnreadableReport,
    read,
)
from patrol.intake.refusals import Refusals
from patrol.intake.terminal_items import items_of
from patrol.intake.writer import WriteItem

SECRET = "s3cret"
DEVICE = Device(id="D1", guard_id="G1", credential_sha256=credential_sha256(SECRET), terminal_no="138")
KNOWN = {DEVICE.credential_sha256: DEVICE}

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=12), st.just("\ud800"),
    st.sampled_from([34.0, "119.2", T0, T0 * 1000, str(T0), "nan", "inf", "1e999", "location", SECRET, "wgs84", "sos",
                     "2026-09-21T14:13:20Z", "2026-09-21 14:13:20", "0001-01-01T00:00:00+14:00", -1, 0, 90, -180]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["_type", "lat", "lon", "tst", "acc", "vel", "cog", "alt", "batt", "_id", "tid", "topic", "location", "device_id",
     "timestamp", "coords", "latitude", "longitude", "accuracy", "speed", "heading", "battery", "level", "uuid", "extras",
     "alarm", "event", "id", "deviceid", "bearing", "altitude", "data"]
)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=12
)
WHERE = {"_type": "location", "tst": T0, "lat": 34.0, "lon": 119.2, "device_id": SECRET,
         "location": {"timestamp": T0, "coords": {"latitude": 34.0, "longitude": 119.2}}}  # fmt: skip
BASIC = "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode()
HEADERS = st.fixed_dictionaries(
    {}, optional={"authorization": st.sampled_from([BASIC, "Basic ===", "basic " + BASIC[6:], "Bearer x", ""]) | st.text(max_size=9),
                  "x-limit-u": st.text(max_size=5), "x-limit-d": st.text(max_size=5)}
)  # fmt: skip
FORM = st.lists(st.tuples(NAMES, SCALARS), max_size=8).map(
    lambda fields: "&".join(f"{name}={str(value).encode('utf-8', 'replace').decode()}" for name, value in fields)
)
BODIES = st.one_of(
    st.binary(max_size=120),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(NAMES, JSON, max_size=5).map(lambda changes: json.dumps(WHERE | changes).encode()),
    FORM.map(lambda form: f"id={SECRET}&lat=34&lon=119.2&{form}".encode()),
    st.lists(st.dictionaries(NAMES, JSON, max_size=5).map(lambda changes: WHERE | changes) | JSON, max_size=4).map(
        lambda many: json.dumps(many).encode()
    ),
    st.lists(JSON, max_size=4).map(lambda many: json.dumps(WHERE | {"location": many}).encode()),
    st.tuples(st.integers(900, 1200), st.sampled_from([b"[", b'{"location":', b'{"alarm":['])).map(
        lambda deep: b'{"device_id":"%b","extras":' % SECRET.encode() + deep[1] * deep[0]
    ),
    st.integers(400, 1200).map(lambda deep: b"[" * deep + b"]" * deep),
    st.binary(max_size=4).map(lambda raw: b'{"device_id":"%b","alarm":"\xff%b sos"}' % (SECRET.encode(), raw)),
)
REQUESTS = st.builds(HttpRequest, st.one_of(st.just(""), FORM, st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))),
                     HEADERS, BODIES)  # fmt: skip


def assert_one_fate(found: Accepted) -> None:
    """Fixes and calls that can be read again, a sign of life, or quarantine with its reason."""
    item = item_for(found, T0)
    for part in (item, *item.more):
        assert_item(part)
    assert found.fixes or found.calls or found.quarantined or found.guards
    assert found.guards or not (found.fixes or found.calls)


def assert_item(item: WriteItem) -> None:
    if item.fix is not None:
        fix = decode(item.fix)
        assert isinstance(fix, Fix)
        assert (item.guard_id, item.aside, fix.device_id) == ("G1", None, "D1")
        assert isinstance(decode(b'{"type":"fixes","fixes":[%b]}' % item.fix), FixBatch)
    elif item.sos is not None:
        call = decode(item.sos)
        assert isinstance(call, SosCall)
        assert (item.guard_id, call.device_id) == ("G1", "D1")
        assert isinstance(decode(b'{"type":"fixes","fixes":[],"sos":[%b]}' % item.sos), FixBatch)
    elif item.aside is not None:
        aside = decode(item.aside)
        assert isinstance(aside, Quarantined)
        assert aside.why
        assert SECRET not in aside.raw + aside.why
    else:
        assert item.guard_id == "G1"


@settings(max_examples=500, deadline=None)
@given(REQUESTS)
def test_whatever_is_posted_has_one_fate(request_: HttpRequest) -> None:
    assert_one_fate(accept(request_, KNOWN, T0 + 1))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_reader_says_what_it_read_or_why_not(client: Client) -> None:
    @settings(max_examples=200, deadline=None)
    @given(REQUESTS)
    def each(request_: HttpRequest) -> None:
        for one in (client.read, read):
            try:
                found = one(request_)
            except RecordError as error:
                found = (UnreadableReport(str(error.values["why"]), ""),)
            assert found
            for part in found:
                assert isinstance(part, PositionReport | SosSent | Heartbeat) or part.why
        assert isinstance(client.credential_of(request_), frozenset)

    each()


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.said, self.closed = b"", False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.said += data

    def close(self) -> None:
        self.closed = True

    abort = pause_reading = resume_reading = write_eof = close

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closed


class Shop:
    """Server, door and writer in one, without Redis: all is stored at once, or never."""

    def __init__(self, *, open_: bool = True) -> None:
        self.clock, self.now, self.door, self.writer = FakeClock(), 0.0, self, self
        self.refusals = Refusals("refused")
        self.items: list[WriteItem] = []
        self._open = open_
        self._aside: list[tuple[HttpConnection, bytes]] = []

    def quick(self, query: bytes, now: float) -> WriteItem | None:
        return None

    def taken(self, request: HttpRequest) -> AcceptedMessage:
        found = accept(request, KNOWN, T0 + 1)
        return AcceptedMessage(item_for(found, T0 + 1))

    def put(self, item: WriteItem, heard: Any) -> None:
        if self._open:
            self.items.append(item)
        heard(None if self._open else BusUnavailable("bus.away"))

    def joined(self, _: HttpConnection) -> None: ...

    def left(self, _: HttpConnection) -> None: ...


def spoken(pieces: list[bytes], *, open_: bool = True) -> tuple[bytes, bool, list[Any]]:
    shop, wire = Shop(open_=open_), Wire()
    connection = HttpConnection(shop)  # type: ignore[arg-type]
    connection.connection_made(wire)  # type: ignore[arg-type]
    for piece in pieces:
        if wire.closed:
            break
        connection.data_received(piece)
    connection.connection_lost(None)
    return wire.said, wire.closed, [(one.fix, bool(one.aside), one.guard_id) for one in shop.items]


LINES = st.sampled_from(
    [b"POST / HTTP/1.1\r\n", f"GET /?id={SECRET}&lat=34&lon=119.2&timestamp={T0} HTTP/1.1\r\n".encode(), b"\r\n",
     b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Upgrade: x\r\n",
     b"Expect: 100-continue\r\n", b"Authorization: Basic dTpz\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"hello", b"HEAD / HTTP/1.0\r\n",
     b"\n", b" ", b"A:" + b"x" * 90 + b"\r\n", b"CONNECT a:1 HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01"]
) | st.binary(max_size=6)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(LINES, max_size=12), st.booleans())
def test_whatever_comes_over_a_connection_it_answers_or_ends_it(lines: list[bytes], open_: bool) -> None:
    said, _, items = spoken(lines, open_=open_)
    statuses = {line.split(b" ")[1] for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")}
    assert statuses <= {b"100", b"200", b"400", b"501", b"503", b"505"}
    assert open_ or not items


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=10))
@example([b"HEAD / HTTP/1.0\r\n", b"\r\n", b"POST / HTTP/1.1\r\n"])
def test_what_is_stored_does_not_depend_on_how_the_bytes_are_cut(lines: list[bytes]) -> None:
    whole = b"".join(lines)
    stored = spoken([whole])[2]
    assert spoken([whole[n : n + 1] for n in range(len(whole))])[2] == stored
    assert spoken(lines)[2] == stored


PLACES = st.builds(
    Position, at=st.integers(946_656_000, 4_000_000_000).map(float), lat=st.floats(-400, 400), lon=st.floats(-400, 400),
    altitude_m=st.integers(0, 65535).map(float), speed_mps=st.floats(0, 1800), course=st.integers(0, 65535).map(float),
    positioned=st.booleans(), sos=st.booleans(),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([POSITION, POSITIONS]), st.binary(max_size=120) | PLACES.map(encode_position), st.booleans())
def test_whatever_a_terminal_reports_has_a_fate(kind: int, body: bytes, encrypted: bool) -> None:
    batch = b"\x00\x01\x00" + len(body).to_bytes(2, "big") + body
    for one in (body, batch):
        items = items_of(TerminalMessage(kind, "138", (1,), one, encrypted=encrypted), DEVICE, T0)
        assert items
        for item in items:
            assert_item(item)
