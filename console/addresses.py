"""Camera addresses: checked before a worker tries them, shown without their password, kept when they come back so."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lianqin.errors import RecordError
from lianqin.records import redact

SCHEMES: Final = ("rtsp", "rtsps")
HIDDEN: Final = "***"


def check_address(camera_id: str, url: str) -> None:
    """Raises RecordError `camera.address_*` with the redacted address and how to mend it."""
    shown = redact(url)
    if not url:
        raise RecordError("camera.address_empty", f"camera {camera_id} has no address", id=camera_id)
    if len(url) > 400:
        raise RecordError("camera.address_long", f"the address of {camera_id} is too long", id=camera_id)
    if any(c.isspace() or not c.isprintable() for c in url):
        raise RecordError("camera.address_spaces", f"blanks in {shown!r}", address=shown)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        bad_host = "port" not in str(error).lower()
        key = "camera.address_host" if bad_host else "camera.address_port"
        raise RecordError(key, f"{shown}: {error}", address=shown) from error
    if parts.scheme not in SCHEMES:
        raise RecordError("camera.address_scheme", f"{shown} must begin with rtsp:// or rtsps://", address=shown)
    if not host:
        raise RecordError("camera.address_host", f"{shown} names no host", address=shown)
    if port == 0:
        raise RecordError("camera.address_port", f"{shown}: a port is 1 to 65535", address=shown)


def kept_password(new: str, old: str) -> str:
    """`new` as it came back from the page: where its credentials are hidden, those of `old` are put in.

    Only for the same host and port: else a changed address would carry the password to another machine. Raises
    RecordError `camera.password_needed`.
    """
    fresh, stored = urlsplit(new), urlsplit(old)
    if not fresh.netloc.startswith(f"{HIDDEN}@"):
        return new
    credentials, _, place = stored.netloc.rpartition("@")
    if not credentials or place != fresh.netloc.removeprefix(f"{HIDDEN}@"):
        raise RecordError("camera.password_needed", f"the host in {new} changed", address=new)
    return fresh._replace(netloc=f"{credentials}@{place}").geturl()
