"""Contacts: each answer to a guard's page leaves a signed token with our time. An act carries it back with the seconds that the
phone counted since: so its moment rests on our clock and the phone's stopwatch, not on the phone's clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

import msgspec

from lianqin.decoding import from_json

LABEL: Final = b"contact:"


class Contact(msgspec.Struct, frozen=True):
    """Whom we spoke with, when (our epoch seconds); `nonce` makes each one different."""

    guard_id: str
    at: float
    nonce: str


def token_of(secret: bytes, guard_id: str, at: float) -> str:
    """base64url of the contact as JSON, a dot, HMAC-SHA256 (RFC 2104) in hex."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(Contact(guard_id, at, secrets.token_hex(8)))).decode()
    return f"{body}.{_mac(secret, body)}"


def contact_of(secret: bytes, token: str, guard_id: str) -> Contact | None:
    """None for a token that we did not give to this guard."""
    body, _, mac = token.partition(".")
    if not token.isascii() or not hmac.compare_digest(mac, _mac(secret, body)):
        return None
    contact = from_json(base64.urlsafe_b64decode(body), Contact)
    return contact if contact.guard_id == guard_id else None


def _mac(secret: bytes, body: str) -> str:
    return hmac.new(secret, LABEL + body.encode(), hashlib.sha256).hexdigest()
