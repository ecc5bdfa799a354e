"""What others are told to reach a process by is never the address that means all of them."""

from __future__ import annotations

import socket

import pytest

from lianqin import reach, settings
from lianqin.errors import SettingsError


@pytest.fixture
def own_address() -> str:
    """This machine's, on its way out."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
    except OSError:
        pytest.skip("this machine has no network but loopback")


@pytest.fixture
def a_name_for_it(own_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    known = socket.getaddrinfo

    def look(host: str, *more: object, **named: object) -> object:
        return known(own_address if host == "valkey" else host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return "valkey"


@pytest.mark.parametrize(
    ("told", "bound", "redis_url", "place"),
    [
        ("", "127.0.0.1", "unix:///run/redis.sock", "127.0.0.1:8610"),
        ("", "10.0.0.7", "redis://10.0.0.1:6379/0", "10.0.0.7:8610"),
        ("", "0.0.0.0", "unix:///run/redis.sock", "127.0.0.1:8610"),
        ("", "0.0.0.0", "redis://127.0.0.1:6379/0", "127.0.0.1:8610"),
        ("ingest-3", "0.0.0.0", "redis://127.0.0.1:6379/0", "ingest-3:8610"),
        ("10.0.0.9:18610", "0.0.0.0", "redis://127.0.0.1:6379/0", "10.0.0.9:18610"),
        ("ingest-0.ingest.default.svc", "0.0.0.0", "redis://valkey:6379/0", "ingest-0.ingest.default.svc:8610"),
        ("[2001:db8::7]:18610", "0.0.0.0", "redis://127.0.0.1:6379/0", "[2001:db8::7]:18610"),
    ],
)
def test_the_place_is_what_is_told_else_what_is_bound_else_our_end_of_the_way_to_redis(
    told: str, bound: str, redis_url: str, place: str
) -> None:
    assert reach.place_of(told, bound, 8610, redis_url, first=8610) == place


def test_of_several_workers_behind_one_translated_address_each_has_a_port_of_its_own() -> None:
    places = [
        reach.place_of("10.0.0.9:18610", "0.0.0.0", port, "redis://valkey", first=8610) for port in (8610, 8611, 8673)
    ]
    assert places == ["10.0.0.9:18610", "10.0.0.9:18611", "10.0.0.9:18673"]


def test_bound_to_all_addresses_a_worker_gives_the_one_by_which_it_goes_to_redis(
    own_address: str, a_name_for_it: str
) -> None:
    assert (
        reach.place_of("", "0.0.0.0", 8610, f"redis://:secret@{a_name_for_it}:6379/0", first=8610)
        == f"{own_address}:8610"
    )


def test_while_redis_has_no_address_the_place_is_not_known() -> None:
    with pytest.raises(OSError, match=r"\S"):
        reach.place_of("", "0.0.0.0", 8610, "redis://no-such-host.invalid:6379/0", first=8610)


@pytest.mark.parametrize(
    "told", ["0.0.0.0", "0.0.0.0:8610", "[::]:8610", "http://10.0.0.7:8610", "10.0.0.7:0", "10.0.0.7:99999", "a b"]
)
def test_a_place_nobody_can_go_to_is_refused_as_a_setting(told: str) -> None:
    with pytest.raises(SettingsError, match="inner_address") as caught:
        settings.load({"LIANQIN_INNER_ADDRESS": told})
    assert "host:port" in caught.value.detail
