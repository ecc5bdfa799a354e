"""Who we are, as RTSP asks it: Digest (RFC 2617, RFC 7616) and Basic (RFC 7617). Pure but for the random cnonce.

A password is told to no server in plain that has once offered Digest: whoever stands between could take the offer out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from ingest.source.rtsp_message import NotOurs

_MOST_TEXT: Final = 4096
_TOKEN: Final = re.compile(r'([A-Za-z0-9_-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?')
"""A scheme's name alone, or a field with its value, quoted or bare."""


def _hash(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


_HASHES: Final = {
    told: _hash(name)
    for told, name in (("MD5", "md5"), ("SHA-256", "sha256"), ("SHA-512-256", "sha512_256"))
    if name in hashlib.algorithms_available
}


class Unsafe(Exception):
    """The only way that is offered would tell the password to whoever listens."""


class Challenge(msgspec.Struct, frozen=True):
    """`scheme` in lower case; `fields` by lower-case name, as they stood between their quotes."""

    scheme: str
    fields: Mapping[str, str] = {}

    @property
    def algorithm(self) -> str:
        """`MD5`, `SHA-256`: without the `-sess`."""
        return self.fields.get("algorithm", "MD5").upper().removesuffix("-SESS")

    @property
    def is_stale(self) -> bool:
        """The password was right, its nonce has grown too old (RFC 7616 3.3)."""
        return self.fields.get("stale", "").lower() == "true"


def read_challenges(headers: tuple[str, ...]) -> list[Challenge]:
    """What WWW-Authenticate headers offer; one header may hold several, parted by commas like their fields."""
    found = list[Challenge]()
    for text in headers:
        scheme, fields = "", dict[str, str]()
        for token in _TOKEN.finditer(text[:_MOST_TEXT]):
            name, quoted, bare = token.groups()
            if quoted is None and bare is None:
                if text[: token.start()].rstrip()[-1:] not in ("", ","):
                    continue  # the rest of a value that should have stood in quotes
                if scheme:
                    found.append(Challenge(scheme, fields))
                scheme, fields = name.lower(), {}
            else:
                fields.setdefault(name.lower(), quoted if quoted is not None else bare)
        if scheme:
            found.append(Challenge(scheme, fields))
    return found


class LogIn:
    """Of one connection. `take` what a camera asks for, then `header` for each request."""

    def __init__(self, user: str, password: str, *, no_basic: bool = False) -> None:
        """`no_basic`: this camera is known to offer Digest."""
        self._user, self._password = user, password
        self._challenge: Challenge | None = None
        self._count = 0
        self.offers_digest = no_basic

    @property
    def is_chosen(self) -> bool:
        """Requests say who we are."""
        return self._challenge is not None

    @property
    def nonce(self) -> str:
        return self._challenge.fields.get("nonce", "") if self._challenge else ""

    @property
    def can(self) -> bool:
        """There is somebody to be."""
        return bool(self._user)

    def take(self, offered: list[Challenge]) -> None:
        """Chooses. Raises Unsafe when Basic is all that is left where Digest was offered, NotOurs for unknown ways."""
        digests = [one for one in offered if one.scheme == "digest"]
        self.offers_digest |= bool(digests)
        is_basic = any(one.scheme == "basic" for one in offered)
        chosen = next((one for one in digests if one.algorithm in _HASHES), None)
        if chosen is None and is_basic and self.offers_digest:
            raise Unsafe("only the open password is understood, where Digest was offered")
        if chosen is None and not is_basic:
            raise NotOurs("an unknown way to say who we are")
        if chosen is None or chosen.fields.get("nonce", "") != self.nonce:
            self._count = 0
        self._challenge = chosen or Challenge("basic")

    def header(self, method: str, url: str) -> str:
        """The Authorization header's value for this request; empty while nobody asked."""
        if self._challenge is None:
            return ""
        if self._challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        return self._digest(self._challenge, method, url)

    def _digest(self, of: Challenge, method: str, url: str) -> str:
        fields, digest = of.fields, _HASHES[of.algorithm]
        realm, nonce, own = fields.get("realm", ""), fields.get("nonce", ""), secrets.token_hex(8)
        ways = re.split(r"[\s,]+", fields.get("qop", "").lower())
        way = next((one for one in ("auth", "auth-int") if one in ways), "")
        is_session = fields.get("algorithm", "").lower().endswith("-sess")
        who, what = digest(f"{self._user}:{realm}:{self._password}"), f"{method}:{url}"
        if is_session:
            who = digest(f"{who}:{nonce}:{own}")
        if way == "auth-int":
            what += f":{digest('')}"  # no request of ours has a body
        user = self._user.replace("\\", "\\\\").replace('"', '\\"')
        said = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}"'
        if way:
            self._count += 1
            count = f"{self._count:08x}"
            response = digest(f"{who}:{nonce}:{count}:{own}:{way}:{digest(what)}")
            said += f', qop={way}, nc={count}, cnonce="{own}", response="{response}"'
        else:
            said += f', cnonce="{own}"' * is_session + f', response="{digest(f"{who}:{nonce}:{digest(what)}")}"'
        if "algorithm" in fields:
            said += f", algorithm={fields['algorithm']}"
        if "opaque" in fields:
            said += f', opaque="{fields["opaque"]}"'
        return said
