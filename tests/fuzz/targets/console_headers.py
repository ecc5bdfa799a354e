"""What browsers and proxies write into headers, cookies and queries (`console`): numbers, languages, addresses, ranges, cursors, tokens. An
input is one header's value, tried as each of them."""

from __future__ import annotations

from typing import Any, cast

from starlette.requests import Request

from console.access.bounds import Bounds, announced_of
from console.access.browsers import _sign, browser_of
from console.access.tables import Account
from console.access.tries import plain_name
from console.evidence.footage import span_of
from console.http.clients import address_of, home_of, plain_address, read_proxies
from console.http.problems import language_of
from console.http.replies import ListPosition, _pack, _unpack
from console.page.routes import _tags, codings
from lianqin import inner
from lianqin.errors import RecordError, SettingsError
from lianqin.numbers import MOST_STORED, whole
from lianqin.testing import T0
from patrol.acts.contact import contact_of, token_of
from tests.fuzz.target import Target

ACCOUNT = Account(id="ac-1", username="wang", password_hash="$argon2id$x")
SECRET = b"secret"
PROXIES = read_proxies("10.0.0.0/8, ::1")


def run(data: bytes) -> bool:
    text = data.decode("latin-1")
    found = [_numbers(text), _request(data, text), _cursor(text), _signed(text)]
    return any(found)


def _numbers(text: str) -> bool:
    value = whole(text)
    assert value is None or (0 <= value <= MOST_STORED and int(text) == value)
    try:
        span = span_of(text, 1000)
    except RecordError:
        return value is not None
    assert span is None or 0 <= span.start < span.end <= 1000
    return value is not None or span is not None


def _request(data: bytes, text: str) -> bool:
    names = (b"accept-language", b"content-length", b"x-forwarded-for", b"cookie", b"accept-encoding", b"if-none-match")
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": text, "query_string": data, "client": ("10.0.0.2", 1),
                             "headers": [(name, data) for name in names]}  # fmt: skip
    assert language_of(Request(scope)) in {"en", "zh-CN"}
    size = announced_of(scope)
    assert size is None or 0 <= size <= MOST_STORED
    Bounds(cast("Any", None))._bound(scope)
    address = address_of(scope, PROXIES)
    assert home_of(address)
    plain_address(text)
    assert codings(text) <= {"br", "gzip", "zstd"}
    _tags(text)
    plain_name(text)
    try:
        read_proxies(text)
    except SettingsError:
        return size is not None or address != "10.0.0.2"
    return True


def _cursor(text: str) -> bool:
    try:
        page = _unpack(text)
    except RecordError:
        return False
    assert _unpack(_pack(page)) == page
    return True


def _signed(text: str) -> bool:
    """Nothing that is not ours is taken, and nothing fails."""
    number, _, _ = text.partition(".")
    assert not browser_of(ACCOUNT, text) or text == f"{number}.{_sign(ACCOUNT, number)}"
    assert contact_of(SECRET, text, "G1") is None
    told = inner.SignedRequest("GET", "/live")
    for headers in ({inner.SIGNED_BY: text, inner.UNTIL: f"{T0 + 5:.3f}"}, {inner.SIGNED_BY: "ab", inner.UNTIL: text}):
        assert not inner.is_signed(SECRET, told, headers, T0)
    return False


NUMBER = "A" * 22
TARGET = Target(
    run,
    (b"9223372036854775807", b"bytes=0-499", b"bytes=-5", b"en-GB,en;q=0.9, zh-CN;q=nan", b"203.0.113.9, 10.0.0.3", b"fe80::1%eth0, ::ffff:10.0.0.1", b"br;q=1.0, gzip;q=0, *;q=0.1",
     f"{NUMBER}.{_sign(ACCOUNT, NUMBER)[:-1]}0".encode(), _pack(ListPosition(T0, "al-1")).encode(), token_of(b"other", "G1", T0).encode(), b'W/"abc", "d"', b"lianqin_session=x; a=b",
     b"10.0.0.0/8"),
    (b"bytes=", b"-", b";q=", b",", b"::", b"ffff:", b"/", b"\xb2", b"\xd9", b"eyJ", b"W1tb" * 20, b"lianqin_session=", b".", b"=", b"0" * 20, b"nan", b"inf", b"%"),
    most=2500, steps=(30_000, 300), share=2,
)  # fmt: skip
