"""Whatever a client sends has a fate: a fix that can be read again, a sign of life, or quarantine with a reason."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianqin.records import Device, Fix, FixBatch, Quarantined, decode, encode
from lianqin.testing import T0
from patrol.intake.accept import RAW_KEPT, Accepted, accept
from patrol.intake.readers import HttpRequest

SECRET = "s3cret"
SHA = hashlib.sha256(SECRET.encode()).hexdigest()
PLACE = f"id={SECRET}&lat=34.0&lon=119.2&timestamp={T0:.0f}"


def devices(coord_sys: str = "wgs84") -> dict[str, Device]:
    return {SHA: Device(id="D1", guard_id="G1", credential_sha256=SHA, coord_sys=coord_sys)}  # type: ignore[arg-type]


def took(query: str = "", body: bytes = b"", *, coord_sys: str = "wgs84", **headers: str) -> Accepted:
    return accept(HttpRequest(query, headers, body), devices(coord_sys), T0 + 1)


def owntracks(fields: object) -> Accepted:
    password = base64.b64encode(f"u:{SECRET}".encode()).decode()
    return took("", json.dumps(fields).encode(), authorization=f"Basic {password}")


def only_fix(found: Accepted) -> Fix:
    (fix,) = found.fixes
    assert not found.quarantined
    return fix


def only_aside(found: Accepted) -> Quarantined:
    (aside,) = found.quarantined
    assert not found.fixes
    return aside


def assert_it_travels(found: Accepted) -> None:
    assert decode(encode(FixBatch(found.fixes, found.calls))) == FixBatch(found.fixes, found.calls)
    for aside in found.quarantined:
        assert aside.why
        assert decode(encode(aside)) == aside
    if not found.quarantined:
        assert found.guards == ("G1",)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=20), st.just("\ud800"),
    st.sampled_from([34.0, "119.2", T0, str(T0), "nan", "inf", "1e999", "2026-09-21T14:13:20Z", "0001-01-01T00:00:00+14:00",
                     "-90", 90, -180, 180, [], {}, {"coords": {"latitude": 1}}]),
)  # fmt: skip
NAMES = ["_type", "lat", "lon", "tst", "acc", "vel", "cog", "alt", "batt", "_id", "tid", "topic", "location", "device_id",
         "timestamp"]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ODD), st.sampled_from(["location", "transition", None]))
def test_no_json_breaks_the_door(fields: dict[str, object], kind: str | None) -> None:
    body = {"lat": 34.0, "lon": 119.2, "tst": T0, "_type": kind} | fields
    assert_it_travels(owntracks(body))
    assert_it_travels(owntracks({"device_id": SECRET, "location": {"timestamp": T0, "coords": fields} | fields}))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.lists(st.tuples(st.sampled_from([*NAMES, "id", "alarm", "speed", "accuracy"]), ODD)))
def test_no_query_and_no_body_breaks_the_door(body: bytes, fields: list[tuple[str, object]]) -> None:
    query = "&".join(f"{name}={str(value).encode('utf-8', 'replace').decode()}" for name, value in fields)
    assert_it_travels(took(f"{PLACE}&{query}", body))
    assert_it_travels(took(query, body))
    assert_it_travels(took(body.decode("latin-1")))


@pytest.mark.parametrize("lat", [90, -90, 89.9999, -89.9999])
@pytest.mark.parametrize("coord_sys", ["wgs84", "gcj02", "bd09"])
def test_a_place_at_the_edge_of_the_world_spoils_no_batch(lat: float, coord_sys: str) -> None:
    assert_it_travels(took(f"id={SECRET}&lat={lat}&lon=179.9999&timestamp={T0}", coord_sys=coord_sys))


@pytest.mark.parametrize(
    "query",
    ["lat=nan&lon=119.2", "lat=34&lon=inf", "lat=1e999&lon=119.2", "lat=91&lon=119.2", "lat=34&lon=-181", "lat=0&lon=0",
     "lat=34&lon=119.2&timestamp=9e12", "lat=34&lon=119.2&timestamp=-5", "lat=&lon=119.2"],
)  # fmt: skip
def test_nonsense_goes_to_quarantine_with_a_reason(query: str) -> None:
    found = took(f"id={SECRET}&timestamp={T0}&{query}" if "timestamp" not in query else f"id={SECRET}&{query}")
    assert only_aside(found).why


def test_the_same_fix_sent_twice_has_one_id_and_another_place_another() -> None:
    ids = [only_fix(took(f"id={SECRET}&lat={lat}&lon=119.2&timestamp={T0}")).id for lat in (34.0, 34.0, 34.1)]
    assert len(set(ids)) == 2
    own = [
        only_fix(owntracks({"_type": "location", "lat": 34, "lon": 119.2, "tst": T0, "_id": one})).id for one in "aab"
    ]
    assert len(set(own)) == 2


def test_an_odd_alarm_is_cut_and_a_long_message_too() -> None:
    assert only_fix(took(f"{PLACE}&alarm={'x' * 5000}")).alarm == "x" * 64
    assert len(only_aside(took("id=who&" + "y" * 9000)).raw) == RAW_KEPT


@pytest.mark.parametrize(
    "found",
    [took(f"id={SECRET}&lat=nan&lon=1"), took("", f"lat=95&lon=1&id={SECRET}".encode()),
     took("", json.dumps({"device_id": SECRET, "location": {"coords": {"latitude": 95}}}).encode()),
     took(f"deviceid={SECRET}", b"{broken"), owntracks({"_type": "location", "lat": 95})],
)  # fmt: skip
def test_no_credential_of_an_enrolled_phone_is_kept_in_quarantine(found: Accepted) -> None:
    assert SECRET not in only_aside(found).raw
