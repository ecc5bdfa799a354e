"""A call for help is never lost at the intake: whatever else is wrong with the message, and while Redis is away."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import redis

from lianqin import keys
from lianqin.clock import SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, Quarantined, SosCall, decode, encode
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock
from patrol.devices.credential import credential_sha256
from patrol.intake.accept import SOS_REVOKED_DEVICE, SOS_UNKNOWN_DEVICE, Accepted, accept, item_for, sos_of
from patrol.intake.app import make_intake
from patrol.intake.door import FixReceiver
from patrol.intake.quick import Quick
from patrol.intake.readers import HttpRequest, SosSent
from patrol.intake.serve import Server

SECRET, STOLEN = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
DEVICE = Device(id="D1", guard_id="G1", credential_sha256=credential_sha256(SECRET))
REVOKED = Device(id="D2", guard_id="G2", credential_sha256=credential_sha256(STOLEN), revoked=True)
KNOWN = {one.credential_sha256: one for one in (DEVICE, REVOKED)}
PLACE = f"lat=34&lon=119.2&timestamp={T0:.0f}"
PASSWORD = "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode()
FIX = {"_type": "location", "tst": T0, "lat": 34, "lon": 119.2}
COORDS = {"latitude": 34, "longitude": 119.2}


def took(query: str = "", body: Any = b"", now: float = T0 + 1, **headers: str) -> Accepted:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return accept(HttpRequest(query, headers, raw), KNOWN, now)


def nine(**location: Any) -> dict[str, Any]:
    return {"device_id": SECRET, "location": {"timestamp": T0, **location}}


@pytest.mark.parametrize(
    "word", ["sos", "SOS", "Sos", " sos ", "sos,lowBattery", "lowBattery;SOS", "ALARM_SOS", "alarm: sos!"]
)
@pytest.mark.parametrize("form", ["traccar8", "traccar10", "flat", "array", "location", "extras", "event", "owntracks"])
def test_the_word_is_heard_in_every_form_of_every_client(form: str, word: str) -> None:
    flat = {"id": SECRET, "lat": 34, "lon": 119.2, "timestamp": T0, "alarm": word}
    sent = {
        "traccar8": (f"id={SECRET}&{PLACE}&alarm={word}", b""), "traccar10": ("", f"id={SECRET}&{PLACE}&alarm={word}".encode()),
        "flat": ("", flat), "array": ("", [{**flat, "alarm": "lowBattery"}, {**flat, "imei": "86"}]),
        "location": ("", nine(coords=COORDS, alarm=word)), "extras": ("", nine(coords=COORDS, extras={"alarm": word})),
        "event": ("", nine(coords=COORDS, event=word)), "owntracks": ("", {**FIX, "alarm": word}),
    }[form]  # fmt: skip
    found = took(*sent, authorization=PASSWORD)
    (call,) = found.calls
    assert (call.device_id, call.guard_id, call.at, call.lat, call.lon) == ("D1", "G1", T0, 34, 119.2)
    assert [fix.alarm for fix in found.fixes if fix.alarm != "lowBattery"] == ["sos"]
    assert (found.quarantined, found.guards) == ((), ("G1",))


@pytest.mark.parametrize("word", ["lowBattery", "sosoft", "isos", "", "s o s", "general"])
def test_other_words_call_nobody(word: str) -> None:
    assert took(f"id={SECRET}&{PLACE}&alarm={word}").calls == ()
    assert took("", nine(coords=COORDS, alarm=word)).calls == ()


@pytest.mark.parametrize(
    ("where", "place", "at"),
    [
        ("", (None, None), None),
        ("&lat=0&lon=0", (None, None), None),
        ("&lat=0.0&lon=-0.0&timestamp=0", (None, None), None),
        ("&lat=95&lon=119.2", (None, None), None),
        ("&lat=34&lon=190", (None, None), None),
        ("&lat=&lon=", (None, None), None),
        ("&lat=nan&lon=119.2", (None, None), None),
        ("&lat=34", (None, None), None),
        ("&location=here", (None, None), None),
        ("&lat=34&lon=119.2&timestamp=yesterday", (34, 119.2), None),
        ("&lat=34&lon=119.2&timestamp=nan", (34, 119.2), None),
        ("&lat=34&lon=119.2&timestamp=-7", (34, 119.2), None),
        ("&lat=34&lon=119.2&timestamp=946684800", (34, 119.2), 946684800),
        (f"&lat=34&lon=119.2&timestamp={T0 - 1024 * 604800:.0f}", (34, 119.2), T0 - 1024 * 604800),
        (f"&lat=34&lon=119.2&timestamp={T0 + 9e6:.0f}", (34, 119.2), T0 + 9e6),
        ("&lat=34&lon=119.2&accuracy=-1&speed=1e9&batt=nan&altitude=65382", (34, 119.2), None),
    ],
)
def test_neither_place_nor_clock_is_needed(
    where: str, place: tuple[float | None, float | None], at: float | None
) -> None:
    for sent in ((f"id={SECRET}&alarm=sos{where}", b""), ("", f"id={SECRET}&alarm=SOS{where}".encode())):
        found = took(*sent)
        (call,) = found.calls
        assert ((call.lat, call.lon), call.at, call.received_at) == (place, at, T0 + 1)
        assert found.quarantined == ()
        assert decode(encode(call)) == call
        assert len(found.fixes) == (place[0] is not None and ("timestamp" not in where))


@pytest.mark.parametrize(
    "body",
    [
        {"device_id": SECRET, "alarm": "sos"},
        {"device_id": SECRET, "alarm": ["lowBattery", "sos"], "location": None},
        nine(alarm="sos"),
        nine(coords=None, extras={"alarm": "sos"}),
        nine(coords={"latitude": None}, alarm="sos"),
        nine(coords={"latitude": 95, "longitude": 1}, alarm="sos"),
        {"device_id": SECRET, "location": [], "alarm": "sos"},
        {"device_id": SECRET, "location": [{"coords": {"latitude": 95, "longitude": 1}, "alarm": "sos"}]},
        [{"id": SECRET, "alarm": "sos"}],
        {"_type": "location", "alarm": "sos"},
        {"_type": "location", "tst": 0, "lat": 0, "lon": 0, "alarm": "sos"},
        {"_type": "transition", "event": "sos"},
        {"_type": None, "alarm": "sos"},
        [{"_type": "lwt"}, {"_type": "location", "lat": None, "alarm": "SOS"}],
    ],
    ids=json.dumps,
)
def test_json_without_a_place_calls_too(body: Any) -> None:
    found = took("", body, authorization=PASSWORD)
    (call,) = found.calls
    assert (call.guard_id, call.lat, call.lon) == ("G1", None, None)
    assert (found.fixes, found.quarantined, found.guards) == ((), (), ("G1",))


def test_of_a_batch_every_report_is_kept_and_the_call_has_its_own_place() -> None:
    moments = [{"timestamp": T0 - n, "coords": {**COORDS, "latitude": 34 + n / 1000}} for n in range(5)]
    moments[3]["extras"] = {"alarm": "sos"}
    found = took("", {"device_id": SECRET, "location": moments})
    assert [(fix.at, fix.alarm) for fix in found.fixes] == [(T0 - n, "sos" if n == 3 else None) for n in range(5)]
    assert [(call.at, call.lat) for call in found.calls] == [(T0 - 3, 34.003)]
    around = took("", {"device_id": SECRET, "alarm": "sos", "location": moments[:2]})
    assert [(call.at, call.lat) for call in around.calls] == [(T0 - 1, 34.001)]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b'{"device_id":"%b","location":{"alarm":"sos","coords":{"lat' % SECRET.encode()),
        ("", b'{"device_id":"%b","alarm":"sos","x":' % SECRET.encode() + b"[" * 1100 + b"]" * 1100 + b"}"),
        ("", b'{"device_id":"%b","alarm":"sos","name":"\xff"}' % SECRET.encode()),
        ("", b'[{"id":"%b","alarm" : ["sos"]}' % SECRET.encode()),
        (f"id={SECRET}", b'{"alarm":"sos"'),
        (f"id={SECRET}&alarm=sos", b"{broken"),
        ("", f'{{"device_id":"{SECRET}","alarm":"sos"'.encode("utf-16-le")),
        ("", b"{" + json.dumps(SECRET).replace("0", "\\u0030").encode().join([b'"device_id":', b',"alarm":"sos"'])),
    ],
)  # fmt: skip
def test_a_message_that_cant_be_read_calls_all_the_same_and_is_kept_apart(query: str, body: bytes) -> None:
    found = took(query, body)
    assert [call.guard_id for call in found.calls] == ["G1"]
    (aside,) = found.quarantined
    assert aside.why != SOS_UNKNOWN_DEVICE
    assert SECRET not in aside.raw


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"id={SECRET}&alarm=sos", {}),
        (f"id={SECRET}&alarm=sos", {"device_id": "who"}),
        (f"id={SECRET}", {"alarm": "sos"}),
        (f"id={SECRET}&alarm=lowBattery&alarm=sos", b""),
        (f"id={SECRET}&Alarm=SOS&{PLACE}", b""),
        (f"id={SECRET}&event=sos&{PLACE}", b""),
        (f"id={SECRET}&%61larm=s%6Fs&{PLACE}", b""),
        (f"deviceid={SECRET}&alarm=sos", b"x=1"),
    ],
)
def test_where_the_alarm_and_the_credential_stand_apart_or_twice_it_is_heard(query: str, body: Any) -> None:
    assert [call.guard_id for call in took(query, body).calls] == ["G1"]
    assert Quick(cast("Any", None)).item(query.encode(), T0) is None


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (("id=who&alarm=sos", b""), SOS_UNKNOWN_DEVICE),
        (("alarm=sos", b""), SOS_UNKNOWN_DEVICE),
        ((f"id=who&{PLACE}&alarm=SOS", b""), SOS_UNKNOWN_DEVICE),
        (("", {**FIX, "alarm": "sos"}), SOS_UNKNOWN_DEVICE),
        (("id=who&alarm=sos", {"device_id": "who"}), SOS_UNKNOWN_DEVICE),
        (("", b'{"device_id":"who","alarm":"sos"'), SOS_UNKNOWN_DEVICE),
        (("", [{"id": "who", "alarm": "sos"}, {"id": "who", "lat": 1, "lon": 1}]), SOS_UNKNOWN_DEVICE),
        ((f"id={STOLEN}&alarm=sos", b""), SOS_REVOKED_DEVICE),
        (("", b'{"device_id":"%b","alarm":"sos"' % STOLEN.encode()), SOS_REVOKED_DEVICE),
    ],
)
def test_who_is_not_enrolled_is_kept_apart_by_a_reason_that_can_be_counted(sent: Any, why: str) -> None:
    found = took(*sent)
    assert [aside.why for aside in found.quarantined] == [why]
    assert (found.calls, found.fixes, found.guards) == ((), (), ())
    assert found.unknown == (why == SOS_UNKNOWN_DEVICE)


def test_the_place_of_a_call_is_in_wgs84_and_one_beyond_the_poles_is_none() -> None:
    sent = SosSent("x", "", "", T0, 34.0, 119.2, 5.0)
    chinese = Device(id="D3", guard_id="G3", credential_sha256="", coord_sys="gcj02")
    moved = sos_of(sent, chinese, T0)
    assert moved.lon is not None
    assert 300 < abs(moved.lon - 119.2) * 92_000 < 700
    baidu = Device(id="D4", guard_id="G4", credential_sha256="", coord_sys="bd09")
    beyond = sos_of(SosSent("x", "", "", T0, -90.0, 100.0), baidu, T0)
    assert decode(encode(FixBatch((), (moved, beyond)))) == FixBatch((), (moved, beyond))


def test_a_message_sent_again_is_one_call_and_another_press_another() -> None:
    again = [took(f"id={SECRET}&alarm=sos&{PLACE}", now=T0 + n).calls[0].id for n in (0, 1, 2)]
    assert len(set(again)) == 1
    assert took(f"id={SECRET}&alarm=sos&{PLACE}", now=T0 + 300).calls[0].id != again[0]
    own = [took("", {**FIX, "alarm": "sos", "_id": name}, now=T0 + n, authorization=PASSWORD).calls[0].id
           for n, name in ((0, "a"), (900, "a"), (901, "b"))]  # fmt: skip
    assert (own[0] == own[1], own[1] == own[2]) == (True, False)


def written(client: redis.Redis) -> tuple[list[SosCall], list[str]]:
    calls: list[SosCall] = []
    for _, fields in cast("Any", client.xrange(keys.fixes(0, late=False))):
        batch = decode(fields[b"r"])
        assert isinstance(batch, FixBatch)
        calls += batch.sos
    asides = [decode(fields[b"r"]) for _, fields in cast("Any", client.xrange(keys.QUARANTINE))]
    return calls, [aside.why for aside in asides if isinstance(aside, Quarantined)]


@pytest.fixture
def ours(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> Settings:
    redis_client.hset(keys.followed("device"), "D1", encode(DEVICE))
    redis_client.incr(keys.followed_version("device"))
    return Settings(run_dir=tmp_path, redis_url=redis_server.url)


def test_200_means_that_the_call_is_in_the_stream_from_either_listener(
    ours: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    at = SystemClock().now()
    asked = [
        ("POST", f"/?id={SECRET}&alarm=sos", b""),
        ("GET", f"/?id={SECRET}&alarm=sos&lat=34&lon=119.2&timestamp=946684800", b""),
        ("POST", "/", f"id={SECRET}&alarm=SOS&lat=0&lon=0".encode()),
        ("POST", "/", json.dumps([{"id": SECRET, "lat": 34, "lon": 119.2, "timestamp": at - 900, "alarm": "sos"}]).encode()),
        ("POST", "/?id=who&alarm=sos", b""),
    ]  # fmt: skip

    async def walk() -> list[tuple[int, int]]:
        mounted = make_intake(ours, name="mounted")
        door, socket = FixReceiver(ours), str(redis_server.folder / "s.sock")
        server = Server(door)
        await server.open(uds=socket)
        heard = []
        for transport in (httpx.ASGITransport(mounted), httpx.AsyncHTTPTransport(uds=socket)):
            async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
                for method, path, body in asked:
                    answer = await http.request(method, path, content=body)
                    heard.append((answer.status_code, len(written(redis_client)[0])))
        await server.close()
        await door.close()
        await mounted.close()
        return heard

    assert asyncio.run(walk()) == [(200, n) for n in (1, 2, 3, 4, 4, 5, 6, 7, 8, 8)]
    assert written(redis_client)[1] == [SOS_UNKNOWN_DEVICE] * 2
    assert cast("Any", redis_client.hexists(keys.signs_of_life(), "G1"))


def test_while_redis_is_away_the_call_is_in_the_spool_and_comes_later(
    ours: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    spool = ours.run_dir / "spool" / "intake" / "spool.log"

    async def walk() -> tuple[int, bytes]:
        door = FixReceiver(ours, clock=FakeClock())
        await door.startup()
        redis_server.kill()
        answer = await door.answer(HttpRequest(f"id={SECRET}&alarm=sos", {}, b""))
        kept = spool.read_bytes()
        redis_server.start()
        assert await asyncio.to_thread(door.writer.flush)
        await door.close()
        return answer.status, kept

    status, kept = asyncio.run(walk())
    assert (status, kept.count(b'"type":"sos"')) == (200, 1)
    assert [call.guard_id for call in written(redis_client)[0]] == ["G1"]


def test_all_of_one_message_is_one_item() -> None:
    found = took("", [{"id": SECRET, "lat": 34, "lon": 119.2, "timestamp": T0, "alarm": "sos"}, {"id": SECRET}, 5])
    item = item_for(found, T0 + 1)
    assert [(bool(one.sos), bool(one.fix), bool(one.aside)) for one in (item, *item.more)] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
