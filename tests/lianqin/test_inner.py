"""Requests between our own processes: signed for a method, path and body, for some seconds."""

from __future__ import annotations

import pytest
import redis

from lianqin import inner
from lianqin.inner import Told
from lianqin.testing import T0

SECRET = b"s" * 32
TOLD = Told("POST", "/live/C01/sub", b"offer")


@pytest.mark.parametrize(
    ("secret", "told", "later", "expected"),
    [
        (SECRET, TOLD, 1.0, True),
        (SECRET, TOLD, inner.LASTS_S + 0.1, False),
        (SECRET, TOLD, -inner.LASTS_S - 1, False),
        (b"other", TOLD, 1.0, False),
        (SECRET, Told("GET", TOLD.path, TOLD.body), 1.0, False),
        (SECRET, Told("POST", "/live/C02/sub", TOLD.body), 1.0, False),
        (SECRET, Told("POST", TOLD.path, b"another"), 1.0, False),
    ],
)
def test_a_signature_holds_for_this_request_alone(secret: bytes, told: Told, later: float, expected: bool) -> None:
    headers = inner.sign(SECRET, TOLD, T0)
    assert inner.is_signed(secret, told, headers, T0 + later) is expected


@pytest.mark.parametrize("headers", [{}, {inner.UNTIL: "soon", inner.SIGNED_BY: "x"}, {inner.UNTIL: f"{T0 + 5}"},
                                     {inner.UNTIL: f"{T0 + 1e6}", inner.SIGNED_BY: "x"}, {inner.UNTIL: "nan"}])  # fmt: skip
def test_what_is_not_signed_is_not(headers: dict[str, str]) -> None:
    assert not inner.is_signed(SECRET, TOLD, headers, T0)


def test_processes_share_the_secret_that_the_first_one_made_unless_one_is_told(redis_client: redis.Redis) -> None:
    made = inner.secret_of(redis_client, "")
    assert len(made) >= 32
    assert inner.secret_of(redis_client, "") == made
    assert inner.secret_of(redis_client, "told") == b"told"
