"""Requests between our own processes: signed for a method, path and body, for some seconds, heard once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import redis

from lianqin import inner, keys, settings
from lianqin.errors import UnavailableError
from lianqin.inner import RequestVerifier, SignedRequest
from lianqin.testing import T0, FakeClock

SECRET = b"s" * 32
TOLD = SignedRequest("POST", "/live/C01/sub", b"offer")


@pytest.mark.parametrize(
    ("secret", "told", "later", "expected"),
    [
        (SECRET, TOLD, 1.0, True),
        (SECRET, TOLD, inner.LASTS_S + 0.1, False),
        (SECRET, TOLD, -inner.LASTS_S - 1, False),
        (b"other", TOLD, 1.0, False),
        (SECRET, SignedRequest("GET", TOLD.path, TOLD.body), 1.0, False),
        (SECRET, SignedRequest("POST", "/live/C02/sub", TOLD.body), 1.0, False),
        (SECRET, SignedRequest("POST", TOLD.path, b"another"), 1.0, False),
    ],
)
def test_a_signature_holds_for_this_request_alone(
    secret: bytes, told: SignedRequest, later: float, expected: bool
) -> None:
    headers = inner.sign(SECRET, TOLD, T0)
    assert inner.is_signed(secret, told, headers, T0 + later) is expected


@pytest.mark.parametrize("headers", [{}, {inner.UNTIL: "soon", inner.SIGNED_BY: "x"}, {inner.UNTIL: f"{T0 + 5}"},
                                     {inner.UNTIL: f"{T0 + 5}", inner.SIGNED_BY: "é", inner.NONCE: "n" * 32},
                                     {inner.UNTIL: f"{T0 + 1e6}", inner.SIGNED_BY: "x"}, {inner.UNTIL: "nan"}])  # fmt: skip
def test_what_is_not_signed_is_not(headers: dict[str, str]) -> None:
    assert not inner.is_signed(SECRET, TOLD, headers, T0)


def test_the_nonce_is_part_of_what_is_signed() -> None:
    headers = inner.sign(SECRET, TOLD, T0)
    assert inner.is_signed(SECRET, TOLD, headers, T0)
    assert headers[inner.NONCE] != inner.sign(SECRET, TOLD, T0)[inner.NONCE]
    assert not inner.is_signed(SECRET, TOLD, headers | {inner.NONCE: "0" * 32}, T0)
    assert not inner.is_signed(SECRET, TOLD, {name: one for name, one in headers.items() if name != inner.NONCE}, T0)


def door(client: redis.Redis, clock: FakeClock, **values: Any) -> RequestVerifier:
    return RequestVerifier(client, settings.check(values), clock)


def test_a_request_is_heard_once_by_any_worker_before_and_after_a_restart(redis_client: redis.Redis) -> None:
    clock = FakeClock()
    first, other = door(redis_client, clock), door(redis_client, clock)
    headers = inner.sign(first.secret(), TOLD, clock.now())
    assert first.takes(TOLD, headers)
    assert not first.takes(TOLD, headers)
    assert not other.takes(TOLD, headers)
    assert not door(redis_client, clock).takes(TOLD, headers), "started anew"
    clock.advance(inner.LASTS_S - 0.1)
    assert not first.takes(TOLD, headers)
    again = inner.sign(first.secret(), TOLD, clock.now())
    assert first.takes(TOLD, again)
    [name] = [one for one in redis_client.scan_iter("*") if again[inner.NONCE].encode() in one]
    left = cast("int", redis_client.pttl(name)) / 1000
    assert inner.LASTS_S < left <= inner.MOST_S, "as long as the signature lives, and no longer"


def test_what_is_not_signed_takes_no_nonce(redis_client: redis.Redis) -> None:
    clock = FakeClock()
    gate = door(redis_client, clock)
    headers = inner.sign(b"another", TOLD, clock.now())
    assert not gate.takes(TOLD, headers)
    assert [one for one in redis_client.scan_iter("*") if headers[inner.NONCE].encode() in one] == []


def test_a_secret_in_a_file_is_read_anew_and_the_former_one_lives_for_seconds(
    redis_client: redis.Redis, tmp_path: Path
) -> None:
    clock, file = FakeClock(), tmp_path / "secret"
    file.write_text("first-secret-of-all\n")
    gate = door(redis_client, clock, inner_secret_file=str(file))
    sent = inner.sign(gate.secret(), TOLD, clock.now())
    file.write_text("second-secret-of-all\n")
    clock.advance(1.0)
    assert gate.takes(TOLD, inner.sign(b"second-secret-of-all", TOLD, clock.now())), (
        "seen with the first request that it signs"
    )
    assert gate.takes(TOLD, sent), "sent before the change"
    clock.advance(inner.LASTS_S)
    assert not gate.takes(TOLD, inner.sign(b"first-secret-of-all", TOLD, clock.now()))
    assert gate.secret() == b"second-secret-of-all"


def test_a_secret_that_was_changed_is_known_within_seconds_though_nobody_signs_with_the_new_one(
    redis_client: redis.Redis,
) -> None:
    clock = FakeClock()
    gate = door(redis_client, clock)
    leaked = gate.secret()
    redis_client.set(keys.inner_secret(), b"n" * 32)
    clock.advance(inner.READ_EVERY_S)
    assert gate.takes(TOLD, inner.sign(leaked, TOLD, clock.now())), "the former one, for as long as a signature lives"
    clock.advance(inner.LASTS_S)
    assert not gate.takes(TOLD, inner.sign(leaked, TOLD, clock.now()))


@pytest.mark.parametrize("content", [None, "", "short"])
def test_a_file_without_a_secret_is_named_and_a_known_one_goes_on(
    redis_client: redis.Redis, tmp_path: Path, content: str | None
) -> None:
    clock, file = FakeClock(), tmp_path / "secret"
    if content is not None:
        file.write_text(content)
    gate = door(redis_client, clock, inner_secret_file=str(file))
    with pytest.raises(UnavailableError, match="inner_secret_file"):
        gate.takes(TOLD, inner.sign(SECRET, TOLD, clock.now()))
    file.write_text("a-secret-of-this-house")
    assert gate.secret() == b"a-secret-of-this-house"
    file.unlink()
    clock.advance(60)
    assert gate.takes(TOLD, inner.sign(b"a-secret-of-this-house", TOLD, clock.now()))


def test_processes_share_the_secret_that_the_first_one_made_unless_one_is_told(redis_client: redis.Redis) -> None:
    made = inner.secret_of(redis_client, "")
    assert len(made) >= 32
    assert inner.secret_of(redis_client, "") == made
    assert inner.secret_of(redis_client, "told") == b"told"
