"""Digest access authentication as cameras speak it (RFC 2617 with MD5, without qop)."""

from __future__ import annotations

import hashlib
import re

REALM = "camera"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def expected(user: str, password: str, nonce: str, method: str, uri: str) -> str:
    """The response a client that knows the password computes."""
    return _md5(f"{_md5(f'{user}:{REALM}:{password}')}:{nonce}:{_md5(f'{method}:{uri}')}")


def accepts(header: str, user: str, password: str, nonce: str, method: str) -> bool:
    """Does the Authorization header prove the password for this nonce?"""
    fields = dict(re.findall(r'(\w+)="?([^",]+)"?', header))
    if fields.get("username") != user or fields.get("nonce") != nonce:
        return False
    return fields.get("response") == expected(user, password, nonce, method, fields.get("uri", ""))
