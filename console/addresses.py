"""Camera addresses: checked before a worker tries them, kept with their password when they come back without it."""

from __future__ import annotations

from typing import Final

from lianqin.addresses import shown, split_address, with_secrets
from lianqin.errors import RecordError

SCHEMES: Final = ("rtsp", "rtsps")


def check_address(camera_id: str, url: str) -> None:
    """Raises RecordError `camera.address_*` with the address as it may be shown and how to mend it."""
    address = shown(url)
    if not url:
        raise RecordError("camera.address_empty", f"camera {camera_id} has no address", id=camera_id)
    if len(url) > 400:
        raise RecordError("camera.address_long", f"the address of {camera_id} is too long", id=camera_id)
    if any(c.isspace() or not c.isprintable() for c in url):
        raise RecordError("camera.address_spaces", f"blanks in {address!r}", address=address)
    found = split_address(url)
    if found.scheme not in SCHEMES:
        raise RecordError("camera.address_scheme", f"{address} must begin with rtsp:// or rtsps://", address=address)
    if found.fault == "ambiguous":
        raise RecordError("camera.address_ambiguous", f"{address}: its host can be read in two ways", address=address)
    if found.fault == "port":
        raise RecordError("camera.address_port", f"{address}: a port is 1 to 65535", address=address)
    if found.fault:
        raise RecordError("camera.address_host", f"{address} names no host", address=address)


def kept_password(new: str, old: str) -> str:
    """`new` as it came back from the page: what is hidden in it is put in from `old`.

    Only for the same host and port: else a changed address would carry the password to another machine. Raises
    RecordError `camera.password_needed`.
    """
    found = with_secrets(new, old)
    if found is None:
        address = shown(new)
        raise RecordError("camera.password_needed", f"the host in {address} changed", address=address)
    return found
