"""Camera addresses: checked before a worker tries them, kept with their password when they come back without it, and put together with a
name and password that are said apart (`CameraLogin`)."""

from __future__ import annotations

from typing import Final

import msgspec

from lianqin.addresses import HIDDEN, Address, redact, shown, split_address, with_secrets
from lianqin.errors import RecordError

SCHEMES: Final = ("rtsp", "rtsps")
_PORTS: Final = {"rtsp": 554, "rtsps": 322}


class CameraLogin(msgspec.Struct, frozen=True):
    """Who logs in at the camera, as it is meant: nothing is written with `%`. None: as it stands; empty: none."""

    user: str | None = None
    password: str | None = None


class StoredAddresses(msgspec.Struct, frozen=True):
    """A camera's addresses as they stand, with their passwords."""

    url: str
    sub_url: str | None = None


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


def settled(
    url: str, sub_url: str | None, login: CameraLogin | None, old: StoredAddresses | None
) -> tuple[str, str | None]:
    """Both addresses as they are kept. Without `login` as they were typed, and what came back hidden put in from `old`.

    With it the main stream has this name and password, and so has a sub-stream of the same host, unless that says or had its own. Raises
    RecordError `camera.password_needed` where a password that is not said again would go to another machine.
    """
    if login is None:
        if old is None:
            return url, sub_url
        return kept_password(url, old.url), kept_password(sub_url, old.sub_url or old.url) if sub_url else None
    main = with_login(url, login, old.url if old else "")
    return main, _sub_of(sub_url, main, old) if sub_url else None


def with_login(url: str, login: CameraLogin, old: str) -> str:
    """The address with name and password, special letters written with `%`; the one that stands, letter by letter, where it means the same.
    One that can't be read stays for `check_address`. Raises as `settled`."""
    fresh, kept = split_address(url), split_address(old)
    if fresh.fault:
        return url
    typed = "" if fresh.user == HIDDEN else fresh.user
    user = login.user or typed or (kept.user if login.user is None else "")
    password = login.password or fresh.password
    if login.password is None and not password and (user or not kept.user):
        if kept.password and _place(kept) != _place(fresh):
            raise RecordError("camera.password_needed", f"the host in {shown(url)} changed", address=shown(url))
        password = kept.password
    return _joined(fresh, user, password, old)


def is_apart(standing: StoredAddresses) -> bool:
    """Has the sub-stream another host, name or password than the main stream?"""
    if not standing.sub_url:
        return False
    main, sub = split_address(standing.url), split_address(standing.sub_url)
    return (sub.host.lower(), sub.user, sub.password) != (main.host.lower(), main.user, main.password)


def login_shown(standing: StoredAddresses) -> dict[str, object]:
    """What a form shows of a camera's addresses: never a password."""
    found = split_address(standing.url)
    return {
        "url": redact(standing.url), "sub_url": redact(standing.sub_url) if standing.sub_url else None,
        "user": found.user, "has_password": bool(found.password), "sub_apart": is_apart(standing),
    }  # fmt: skip


def _sub_of(sub_url: str, main: str, old: StoredAddresses | None) -> str:
    fresh, of = split_address(sub_url), split_address(main)
    if fresh.fault or fresh.password or fresh.user not in {"", HIDDEN}:
        return sub_url
    if old is not None and old.sub_url and is_apart(old) and (fresh.user == HIDDEN or sub_url == old.sub_url):
        return kept_password(sub_url, old.sub_url)
    before = (old.sub_url or old.url) if old is not None else ""
    if fresh.host.lower() != of.host.lower():
        return kept_password(sub_url, before) if before else sub_url
    return _joined(fresh, of.user, of.password, before)


def _joined(fresh: Address, user: str, password: str, old: str) -> str:
    bare = msgspec.structs.replace(fresh, user="", password="").url
    if old:
        bare = kept_password(bare, old)
    made = msgspec.structs.replace(split_address(bare), user=user, password=password)
    return old if old and split_address(old) == made else made.url


def _place(address: Address) -> tuple[str, int]:
    return address.host.lower(), address.port or _PORTS.get(address.scheme, 0)
