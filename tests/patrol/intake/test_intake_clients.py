"""The table of clients: fields dropped by themselves, arrays taken whole, credentials kept out of quarantine."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import quote, unquote_plus

import httpx
import pytest

from lianqin import keys
from lianqin.clock import SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import RecordError
from lianqin.records import Device, encode
from lianqin.settings import Settings
from lianqin.testing import T0
from patrol.devices.credential import credential_sha256
from patrol.intake.accept import MOST_ASIDE, Accepted, accept, item_for
from patrol.intake.app import make_intake
from patrol.intake.door import FixReceiver
from patrol.intake.fields import FIELDS, sane
from patrol.intake.readers import CLIENTS, Client, HttpRequest, read
from patrol.intake.serve import Server
from patrol.intake.traccar import MOST_ITEMS

SECRET, LAT = "0123456789abcdef0123456789abcdef", 33.875
DEVICE = Device(id="D1", guard_id="G1", credential_sha256=credential_sha256(SECRET))
KNOWN = {DEVICE.credential_sha256: DEVICE}
PASSWORD = "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode()
FIGURES = {"accuracy_m": 5.0, "speed_mps": 2.0, "course": 90.0, "altitude_m": 7.0, "battery_pct": 60.0}


def took(query: str = "", body: Any = b"", now: float = T0 + 1, **headers: str) -> Accepted:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return accept(HttpRequest(query, headers, raw), KNOWN, now)


def own(n: int = 0, **changes: Any) -> dict[str, Any]:
    return {"_type": "location", "tst": T0 - n, "lat": 34, "lon": 119.2, **changes}


def nine(n: int = 0, **coords: Any) -> dict[str, Any]:
    return {"timestamp": T0 - n, "coords": {"latitude": 34, "longitude": 119.2, **coords}}


def flat(n: int = 0, **changes: Any) -> dict[str, Any]:
    return {"id": SECRET, "imei": "860000000000001", "lat": 34, "lon": 119.2, "timestamp": T0 - n, "batt": 60,
            "battery_health": "good", "battery_voltage": 3970, "battery_temp": 31.5, **changes}  # fmt: skip


def query(**fields: Any) -> str:
    return "&".join(
        f"{name}={value}" for name, value in {"id": SECRET, "timestamp": T0, "lat": 34, "lon": 119.2, **fields}.items()
    )


# Of each form: the names of the figures as sent, and how one request is made of them.
FORMS: dict[str, tuple[dict[str, str], Any]] = {
    "traccar8": (
        {"accuracy_m": "accuracy", "speed_mps": "speed", "course": "bearing", "altitude_m": "altitude", "battery_pct": "batt"},
        lambda sent: took(query(**sent)),
    ),
    "traccar9": (
        {"accuracy_m": "accuracy", "speed_mps": "speed", "course": "heading", "altitude_m": "altitude", "battery_pct": "level"},
        lambda sent: took("", {"device_id": SECRET, "location": nine(**sent) | {"battery": {"level": sent.get("level", 1)}}}),
    ),
    "traccar10": (
        {"accuracy_m": "accuracy", "speed_mps": "speed", "course": "bearing", "altitude_m": "altitude", "battery_pct": "batt"},
        lambda sent: took("", [flat(**sent)]),
    ),
    "owntracks": (
        {"accuracy_m": "acc", "speed_mps": "vel", "course": "cog", "altitude_m": "alt", "battery_pct": "batt"},
        lambda sent: took("", own(**sent), authorization=PASSWORD),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "value", [-1, -7, 900, 65_382, 1e9, 1e300, "nan", "inf", "odd", "", None, True, [], {"x": 1}, 10**30]
)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", FIGURES)
def test_a_figure_that_cant_be_is_dropped_and_the_place_kept(field: str, form: str, value: Any) -> None:
    names, ask = FORMS[form]
    good = ask({})
    found = ask({names[field]: value})
    (fix,) = found.fixes
    assert found.quarantined == ()
    assert (fix.lat, fix.lon, fix.at) == (good.fixes[0].lat, good.fixes[0].lon, T0)
    kept = getattr(fix, field)
    assert kept is None or FIELDS[field].low <= kept <= FIELDS[field].high
    if not isinstance(value, int | float) or isinstance(value, bool) or (abs(value) > 60_000 and field != "accuracy_m"):
        assert kept is None


@pytest.mark.parametrize("literal", ["NaN", "-Infinity", "1e400", "-1e999"])
@pytest.mark.parametrize("field", ["acc", "vel", "cog", "alt", "batt"])
def test_a_number_that_json_does_not_know_is_dropped_as_its_field(field: str, literal: str) -> None:
    body = json.dumps(own(**{field: "HERE"})).replace('"HERE"', literal).encode()
    found = took("", body, authorization=PASSWORD)
    assert (len(found.fixes), found.quarantined) == (1, ())


@pytest.mark.parametrize("alarm", [None, 7, True, [], {"a": []}, ["x"], "", 1e9])
def test_an_alarm_of_an_odd_type_is_dropped(alarm: Any) -> None:
    for found in (
        took("", [flat(alarm=alarm)]),
        took("", {"device_id": SECRET, "location": nine() | {"alarm": alarm}}),
    ):
        assert [fix.alarm for fix in found.fixes] == [None]
        assert found.calls == ()


@pytest.mark.parametrize("field", FIELDS)
def test_both_ends_of_a_range_belong_to_it(field: str) -> None:
    low, high = FIELDS[field].low, FIELDS[field].high
    assert (sane(field, low), sane(field, str(high))) == (low, high)
    assert (sane(field, low - 0.001), sane(field, high + 0.001), sane(field, float("nan"))) == (None, None, None)
    assert FIELDS[field].source


ARRAYS: dict[str, Any] = {
    "owntracks": (lambda items: items, own, {"_type": "location", "tst": T0, "lat": 95, "lon": 1}),
    "traccar9": (lambda items: {"device_id": SECRET, "location": items}, nine, nine(latitude=95)),
    "traccar9 envelopes": (
        lambda items: items, lambda n: {"device_id": SECRET, "location": nine(n)}, {"device_id": SECRET, "location": nine(latitude="x")},
    ),
    "traccar10": (lambda items: items, flat, flat(lat=95)),
}  # fmt: skip


@pytest.mark.parametrize("form", ARRAYS)
def test_of_an_array_every_sane_report_is_kept_and_each_bad_one_put_apart_by_itself(form: str) -> None:
    whole, one, bad = ARRAYS[form]
    old = {"traccar9": nine}.get(form, one)(9e6)
    at_zero = json.loads(json.dumps(one(0)).replace(": 34,", ": 0,").replace("119.2", "0"))
    others = [5, None, "x", []]
    found = took("", whole([one(0), bad, one(1), old, *others, one(2), at_zero, one(3)]), authorization=PASSWORD)
    assert [fix.at for fix in found.fixes] == [T0, T0 - 1, T0 - 2, T0 - 3]
    assert len(found.quarantined) == 3 + len(others)
    assert len({aside.id for aside in found.quarantined}) == len(found.quarantined)
    assert all(SECRET not in aside.raw and aside.why for aside in found.quarantined)
    assert not {"unknown device", "no device id"} & {aside.why for aside in found.quarantined}
    assert {fix.client for fix in found.fixes} == {form.split(" ", maxsplit=1)[0]}
    assert all(fix.battery_pct == 60 for fix in found.fixes if fix.client == "traccar10")
    item = item_for(found, T0 + 1)
    assert 1 + len(item.more) == len(found.fixes) + len(found.quarantined)


def test_an_array_of_another_phones_reports_spoils_no_other() -> None:
    found = took("", [flat(0), flat(1, id="who"), flat(2), flat(3, id="who")])
    assert [fix.at for fix in found.fixes] == [T0, T0 - 2]
    assert [aside.why for aside in found.quarantined] == ["unknown device"]
    assert found.unknown


@pytest.mark.parametrize(
    "body", [[{"_type": kind, "lat": 34, "lon": 119.2, "tst": T0} for kind in ("waypoint", "transition", "lwt", "card", "status")],
             [], b"[]", {"_type": "waypoints", "waypoints": [own()]}, {"_type": "cmd", "action": "dump"}]
)  # fmt: skip
def test_other_messages_of_owntracks_are_signs_of_life(body: Any) -> None:
    found = took("", body, authorization=PASSWORD, **{"x-limit-u": "u"})
    assert (found.guards, found.fixes, found.quarantined) == (("G1",), (), ())


def test_a_message_of_nonsense_does_not_fill_the_quarantine() -> None:
    found = took("", [0] * 100_000)
    assert len(found.quarantined) == MOST_ASIDE
    assert found.quarantined[-1].why == f"and {MOST_ITEMS + 1 - MOST_ASIDE + 1} more of the same message"


@pytest.mark.parametrize("depth", [500, 1100, 100_000])
@pytest.mark.parametrize("inner", ["[", '{"location":', '{"extras":{"alarm":'])
@pytest.mark.parametrize("start", ['{"device_id":"a","x":', '[{"id":"a","lat":', '{"_type":"location","lat":', ""])
def test_a_body_nested_deep_is_unreadable_and_nothing_else(start: str, inner: str, depth: int) -> None:
    closed = start + "[" * depth + "]" * depth + "}" * ("{" in start) + "]" * start.startswith("[")
    for body in ((start + inner * depth).encode(), closed.encode()):
        found = took("", body, authorization=PASSWORD)
        assert len(found.quarantined) == 1
        if depth > 1000:
            with pytest.raises(RecordError) as refused:
                read(HttpRequest("", {}, body))
            assert refused.value.key == "fix.unreadable"


@pytest.mark.parametrize(
    "body", [b'{"device_id":"\xff"}', b'[{"id":"a","lat":"\xff"}]', b'{"_type":"\xff"}', b"[\xff", b'{"\xc3":1}']
)
def test_bytes_that_are_no_text_are_unreadable_and_nothing_else(body: bytes) -> None:
    with pytest.raises(RecordError) as refused:
        read(HttpRequest("", {}, body))
    assert refused.value.key == "fix.unreadable"


WHOLE: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "owntracks": (
        "",
        json.dumps(own(password=SECRET, lat=LAT)).encode(),
        {"authorization": PASSWORD, "x-limit-u": "u"},
    ),
    "traccar9": ("", json.dumps({"device_id": SECRET, "location": nine(latitude=LAT)}).encode(), {}),
    "traccar10": ("", query(lat=LAT).encode(), {}),
    "traccar8": (query(lat=LAT), b"", {}),
}
"""By the client's name: a message that is right, with its credential wherever that client may say it."""
FAULTS: dict[str, Any] = {
    "a place that is none": lambda text: text.replace(str(LAT), "95"),
    "no place on earth": lambda text: text.replace(str(LAT), "0").replace("119.2", "0"),
    "a time that is none": lambda text: text.replace(str(T0), "1"),
    "the credential as place": lambda text: text.replace(str(LAT), f'"{SECRET}"' if text[0] in "[{" else SECRET),
    "the credential as time": lambda text: text.replace(str(T0), f'"{SECRET}"' if text[0] in "[{" else SECRET),
    "cut short": lambda text: text[: max(text.find(SECRET) + 32, 2)].removesuffix("}"),
    "cut short behind it": lambda text: text[: max(text.find(SECRET) + 34, 2)].removesuffix("}"),
    "nested": lambda text: text[:-1] + ',"x":' + "[" * 1100,
    "in a string": json.dumps,
    "in an array": lambda text: f"[{text},5]" if text[0] in "[{" else f"[{json.dumps(text)}]",
    "percent signs": lambda text: text.replace(str(LAT), "95").replace(SECRET, "".join(f"%{ord(c):02x}" for c in SECRET)),
    "some percent signs": lambda text: text.replace(str(LAT), "95").replace(SECRET, f"{quote(SECRET[:3])}%{ord(SECRET[3]):02X}{SECRET[4:]}"),
    "JSON's escapes": lambda text: text.replace(str(LAT), "95").replace(SECRET, "".join(f"\\u{ord(c):04x}" for c in SECRET)),
    "other names": lambda text: text.replace("device_id", "device").replace("id=", "identity="),
    "no separators": lambda text: text.replace("=", "").replace(":", "").replace('"', ""),
    "separators of others": lambda text: text.replace("=", ":").replace("&", ";"),
    "bytes that are no text": lambda text: text.replace(SECRET, f"\udcff{SECRET}\udcff"),
    "zero bytes": lambda text: text.replace(str(LAT), "95").replace(SECRET, "\0".join(SECRET)),
}  # fmt: skip


def read_out(text: str) -> str:
    """Whatever an administrator could read out of what is kept."""
    undone = unquote_plus(text).replace("\0", "")
    return text + undone + undone.encode("ascii", "backslashreplace").decode("unicode_escape", "replace")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_no_clients_credential_reaches_the_quarantine(client: Client, fault: str) -> None:
    query_, body, headers = WHOLE[client.name]
    assert SECRET in client.credential_of(HttpRequest(query_, headers, body))
    assert len(took(query_, body, **headers).fixes) == 1
    broken = FAULTS[fault]
    if body:
        body = broken(body.decode()).encode("utf-8", "surrogateescape")
    else:
        query_ = broken(query_).encode("utf-8", "surrogateescape").decode("latin-1")
    found = took(query_, body, **headers)
    assert found.quarantined or found.fixes or found.guards
    for aside in found.quarantined:
        assert SECRET not in read_out(aside.raw + " " + aside.why)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_each_client_hears_what_its_row_says_once_all_is_durable(
    client: Client, redis_server: EmbeddedRedis, redis_client: Any, tmp_path: Any
) -> None:
    redis_client.hset(keys.followed("device"), "D1", encode(DEVICE))
    redis_client.incr(keys.followed_version("device"))
    settings = Settings(run_dir=tmp_path, redis_url=redis_server.url)
    query_, body, headers = WHOLE[client.name]
    now = f"{SystemClock().now():.1f}"
    path, content = f"/?{query_}".replace(str(T0), now), body.replace(str(T0).encode(), now.encode())

    async def walk() -> list[httpx.Response]:
        mounted, door, socket = (
            make_intake(settings, name="mounted"),
            FixReceiver(settings),
            str(redis_server.folder / "c.sock"),
        )
        server = Server(door)
        await server.open(uds=socket)
        heard = []
        for transport in (httpx.ASGITransport(mounted), httpx.AsyncHTTPTransport(uds=socket)):
            async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
                heard.append(await http.post(path, content=content, headers=headers))
        await server.close()
        await door.close()
        await mounted.close()
        return heard

    for answer in asyncio.run(walk()):
        assert (answer.status_code, answer.content) == (200, client.answer)
        assert answer.headers["content-type"].encode() == client.content_type
    assert redis_client.xlen(keys.fixes(0, late=False)) == 2
