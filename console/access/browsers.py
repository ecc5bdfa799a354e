"""A browser in which somebody logged in before, known by a signed cookie: strangers who guess at the account never lock it out.

The cookie names no secret of the server's: it is signed with the account's own password hash, so that it is good for this account alone and
until its password changes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

from fastapi import Response

from console.access.tables import Account
from lianqin.settings import Settings

BROWSER: Final = "lianqin_browser"
BROWSER_S: Final = 400 * 86_400
"""The longest that browsers keep a cookie (RFC 6265bis section 5.5); each log-in begins anew."""
_FORM: Final = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9a-f]{64})")


def _sign(account: Account, number: str) -> str:
    key = hashlib.sha256(b"lianqin browser\0" + account.password_hash.encode()).digest()
    return hmac.new(key, f"{account.id}\0{number}".encode(), hashlib.sha256).hexdigest()


def browser_of(account: Account | None, cookie: str) -> str:
    """The number of a browser that this account knows; empty for all others."""
    found = _FORM.fullmatch(cookie)
    if account is None or not account.password_hash or found is None:
        return ""
    return found[1] if hmac.compare_digest(_sign(account, found[1]), found[2]) else ""


def give_browser(answer: Response, account: Account, number: str, settings: Settings) -> None:
    """Makes the browser known; `number`: the one it has, or empty."""
    number = number or secrets.token_urlsafe(16)
    answer.set_cookie(BROWSER, f"{number}.{_sign(account, number)}", httponly=True, samesite="strict", secure=settings.cookie_secure,
                      path="/api", max_age=BROWSER_S)  # fmt: skip
