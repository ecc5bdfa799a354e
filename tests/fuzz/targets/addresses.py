"""Addresses of streams as people type them (`lianqin.addresses`, `pins`, `ingest.source.rtsp`): never an error, and what is shown holds no password."""

from __future__ import annotations

from urllib.parse import quote

from lianqin.addresses import redact, safe_name, shown, split_address, with_secrets
from lianqin.pins import pinned, read_pins
from tests.fuzz.target import Target

SHOWN = "rtsp://***@10.0.0.1/Streaming/Channels/101?***"
PRINT = "AB" * 32


def run(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    found = split_address(text)
    assert found.fault in {"", "host", "port", "ambiguous"}
    for said in (redact(text), shown(text), safe_name(text)):
        assert len(said) <= 4 * len(text) + 64
    with_secrets(text, "rtsp://u:p@10.0.0.1/x?token=abc")
    with_secrets(redact(text), text)
    if not found.fault:
        again = split_address(found.url)
        assert (again.user, again.host, again.port) == (found.user, found.host, found.port)
    _hides(text)
    try:
        pins = read_pins(text)
    except ValueError:
        return not found.fault
    for pin in pins:
        assert pin.sha256 in pinned(pins, pin.host, pin.port or 322)
    return True


def _hides(password: str) -> None:
    """As a password, written with `%` and raw."""
    if len(password) < 4 or password in SHOWN or any(c.isspace() for c in password):
        return
    told = quote(password, safe="")
    url = f"rtsp://admin:{told}@10.0.0.1/Streaming/Channels/101"
    assert split_address(url).password == password
    for said in (redact(url), shown(url), safe_name(url), redact(f"no answer of {url} for 5 s")):
        assert told not in said
    raw = f"rtsp://admin:{password}@10.0.0.1/Streaming/Channels/101"
    for said in (redact(raw), shown(raw), safe_name(raw)):
        assert password not in said


TARGET = Target(
    run,
    (b"rtsp://admin:a/b#c@d@10.0.0.1:554/x?token=abc&y=1", b"rtsp://[fe80::1%25eth0]:8554/live", b"rtsp://u:p@cam.lan/user=admin&password=abc_channel=1.sdp",
     b"http%3A%2F%2Fu:p%40x", b"10.0.0.5=" + PRINT.encode() + b", cam.lan:8322=" + PRINT.lower().encode(), b"Pa$$w0rd!@#", b"p@ss:/w@1.2.3.4/ord"),
    (b"rtsp://", b"@", b":", b"/", b"#", b"?", b"%40", b"%3A%2F%2F", b"password=", b"token=", b"&", b"10.0.0.1", b"[::1]", b"localhost", b":99999", b"\xd9\xa1", b"\xef\xbc\xa0",
     PRINT.encode(), b"=", b",", b".sdp", b"_"),
    runs=600, most=600, steps=(20_000, 2500),
)  # fmt: skip
