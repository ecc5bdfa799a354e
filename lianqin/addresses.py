"""A stream's address: where its password is, although people type it raw, and how it is never shown. The one home of the rule.

Cameras' passwords hold `/ # ? @ :`, which RFC 3986 wants written as `%2F` and so on; players differ in what they make of them
raw. Here the host is sought after an `@`, from the last one on: `rtsp://admin:a/b#c@d@10.0.0.1/x` is understood. Where two
readings are left, the address is refused with how to write it. Shown is less than is understood: everything up to the last
`@`, and the value of each parameter that is named like a password.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

import msgspec

HIDDEN: Final = "***"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PLACE: Final = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%[^\]\s]+)?\]|[^\s/?#@:\[\]]+)(?::(\d{0,5}))?(?=[/?#]|$)")
"""Host and port, and then the end of the authority."""
_NUMBERS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_ADDRESS: Final = re.compile(r"(?<![A-Za-z0-9+.-])([0-9+.-]*+)([A-Za-z][A-Za-z0-9+.-]*+://\S++)")
"""What stands before the scheme's first letter, and the address. Each of these three looks once at each letter of a text."""
_ENCODED: Final = re.compile(r"(?i)(%3A%2F%2F)(\S++)")
_NAMED: Final = (
    r"[A-Za-z0-9.-]*?(?:pass|passw|pwd|psw|passwd|token|secret|auth|key|credential|(?<![A-Za-z0-9])pw)[A-Za-z0-9.-]*"
)
_SECRET: Final = re.compile(
    rf"(?i)(?<![A-Za-z0-9.-])(?=[A-Za-z0-9.-]*+(?:=|%3D))({_NAMED}(?:=|%3D))((?:(?!_[A-Za-z0-9.-]+=)(?!\.sdp\b)[^&;\s\"'<>])+)"
)
"""A parameter and its value, which ends at `&`, or as XiongMai's cameras write it at `_name=` and `.sdp`."""


_MOST_AT: Final = 100
"""`@` in an address; each is looked at, with all that stands before it."""


class Address(msgspec.Struct, frozen=True):
    """An address taken apart; name and password as they are meant, `rest` from the path on. `fault`: why it is none."""

    scheme: str = ""
    user: str = ""
    password: str = ""
    host: str = ""
    port: int | None = None
    rest: str = ""
    fault: str = ""
    """`host`, `port` or `ambiguous`; empty: it can be used."""

    @property
    def place(self) -> str:
        """Host and port as an address has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """As any program reads it: what is special in name and password is written with `%`."""
        who = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        return f"{self.scheme}://{who}{'@' if who else ''}{self.place}{self.rest}"


class _Reading(msgspec.Struct, frozen=True):
    """One way to read what stands behind the `://`. `sure`: no password looks like its host."""

    who: str
    host: str
    port: str
    rest: str
    sure: bool


def split_address(url: str) -> Address:
    """Never raises: what can't be read has a `fault`."""
    mark = _SCHEME.match(url)
    if mark is None:
        return Address(rest=url, fault="host")
    scheme, body = mark[0][:-3].lower(), url[mark.end() :]
    if body.count("@") > _MOST_AT:
        return Address(scheme=scheme, rest=body, fault="ambiguous")
    found = _readings(body)
    if not found:
        return Address(scheme=scheme, rest=body, fault=_fault_of(body))
    sure = [one for one in found if one.sure]
    if len(sure) > 1:
        return Address(scheme=scheme, rest=body, fault="ambiguous")
    taken = sure[0] if sure else found[0]
    user, _, password = taken.who.partition(":")
    port = int(taken.port) if taken.port else None
    fault = "port" if port is not None and not 0 < port < 65536 else ""
    return Address(scheme, unquote(user), unquote(password), taken.host.strip("[]"), port, taken.rest, fault)


def _fault_of(body: str) -> str:
    place = re.split("[/?#]", body, maxsplit=1)[0].rpartition("@")[2]
    return "port" if re.match(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):", place) else "host"


def _readings(body: str) -> list[_Reading]:
    """As the standard reads it first: the host ends what stands before the first `/ ? #`; then a host after each later `@`."""
    end = next((n for n, c in enumerate(body) if c in "/?#"), len(body))
    standard = body.rfind("@", 0, end)
    found = []
    for at in [standard, *(n for n, c in enumerate(body) if c == "@" and n > end)]:
        place = _PLACE.match(body, at + 1)
        who = body[:at] if at >= 0 else ""
        if place is None or (at > end and ":" not in who):
            continue
        host = place[1]
        sure = (
            host.startswith("[") or bool(_NUMBERS.fullmatch(host)) or (at > end and "." in host) or host == "localhost"
        )
        found.append(_Reading(who, host, place[2] or "", body[place.end() :], sure))
    return found


def redact(text: str) -> str:
    """`rtsp://user:secret@host/x?token=1` -> `rtsp://***@host/x?token=***`, wherever it stands in a text."""
    if "://" not in text and "%3A%2F%2F" not in text.upper():
        return text
    hidden = _ADDRESS.sub(lambda found: found[1] + _hide(found[2]), text)
    return _hide_parameters(_ENCODED.sub(lambda found: found[1] + _hide_encoded(found[2]), hidden))


def _hide_encoded(rest: str) -> str:
    """Of an address that is written into another: up to the last `@`."""
    _, at, shown_part = rest.rpartition("%40")
    return f"{HIDDEN}{at}{shown_part}" if at else rest


def shown(url: str) -> str:
    """An address that somebody typed, which may lack its scheme, to be shown to whoever may see it."""
    return redact(url) if "://" in url else _hide(f"x://{url}").removeprefix("x://")


def safe_name(url: str) -> str:
    """The address without credentials and query, either of which may hold a password: what logs and errors say."""
    return shown(url).replace(f"://{HIDDEN}@", "://", 1).removeprefix(f"{HIDDEN}@").partition("?")[0]


def _hide(url: str) -> str:
    """Up to the last `@` that stands in no parameter which is hidden anyway."""
    scheme, mark, body = url.partition("://")
    found = split_address(url)
    if found.fault or "://" in body:
        at = body.rfind("@")
        spans = (one.span() for one in _SECRET.finditer(body))
        end = next((end for begin, end in spans if begin < at < end), at)
        return f"{scheme}{mark}{HIDDEN if end >= 0 else ''}{_hide_parameters(body[max(end, 0) :])}"
    hidden = body[: len(body) - len(found.rest)] + _hide_parameters(found.rest)
    if not found.user and not found.password and (_is_sure(found.host) or found.host == "localhost"):
        return f"{scheme}{mark}{hidden.removeprefix('@')}"
    at = hidden.rfind("@")
    return f"{scheme}{mark}{HIDDEN + hidden[at:] if at >= 0 else hidden}"


def _is_sure(host: str) -> bool:
    """No word of a password looks so."""
    return ":" in host or bool(_NUMBERS.fullmatch(host)) or "." in host


def _hide_parameters(text: str) -> str:
    return _SECRET.sub(lambda found: found[1] + HIDDEN, text)


def with_secrets(new: str, old: str) -> str | None:
    """`new` came back as it was shown: what is hidden in it is put in from `old`. None: it is of another host, whose owner
    would learn the password, or nothing of `old` fits."""
    if new == redact(old):
        return old
    fresh, kept = split_address(new), split_address(old)
    hides_who = fresh.user == HIDDEN and not fresh.password
    hides_more = any(value == HIDDEN for _, value in _SECRET.findall(fresh.rest))
    if not hides_who and not hides_more:
        return new
    if kept.fault or fresh.place.lower() != kept.place.lower() or (hides_who and not kept.user and not kept.password):
        return None
    values: dict[str, list[str]] = {}
    for name, value in _SECRET.findall(kept.rest):
        values.setdefault(name.lower(), []).append(value)
    lacking = False

    def put_in(found: re.Match[str]) -> str:
        nonlocal lacking
        if found[2] != HIDDEN:
            return found[0]
        known = values.get(found[1].lower())
        lacking = lacking or not known
        return found[1] + (known.pop(0) if known else "")

    rest = _SECRET.sub(put_in, fresh.rest)
    who = {"user": kept.user, "password": kept.password} if hides_who else {}
    return None if lacking else msgspec.structs.replace(fresh, rest=rest, **who).url
