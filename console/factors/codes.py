"""Codes, as pure functions: which step of time a code belongs to (TOTP, RFC 6238), and recovery codes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Final

import pyotp
from pyotp.utils import strings_equal

STEP_S: Final = 30
DRIFT: Final = 1
"""Steps that a phone's clock may be before or behind (RFC 6238 section 5.2 advises one)."""
DIGITS: Final = 6
ISSUER: Final = "Lianqin"
HOW_MANY: Final = 10
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that is taken for another one when it is read or typed."""
_LENGTH: Final = 16
"""Of 30 letters: 78 bits. A digest that is fast to make is enough: who has stolen all digests and makes 10^12 a second needs
thousands of years for one. A slow hash, as for what people choose themselves, would cost ten of them at each try."""


def new_secret() -> str:
    """160 bits in base32, as RFC 4226 section 4 asks for."""
    return pyotp.random_base32(32)


def address_of(secret: str, username: str) -> str:
    """What the QR code says: `otpauth://totp/Lianqin:<user name>?secret=...&issuer=Lianqin`."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def code_at(secret: str, at: float) -> str:
    """What the authenticator shows then."""
    return pyotp.TOTP(secret).generate_otp(int(at // STEP_S))


def digits_of(code: str) -> str:
    """The code as it was shown, without the blanks in it; empty where this is no code of an authenticator."""
    plain = "".join(code.split())
    return plain if len(plain) == DIGITS and plain.isascii() and plain.isdigit() else ""


def step_of(secret: str, code: str, at: float, after: int) -> int | None:
    """The newest step, one before to one behind the present one, that has this code and is later than `after`: a code counts once, and
    none of before the last one does (RFC 6238 section 5.2). All are compared in constant time; None: it is wrong, or was used."""
    plain, found = digits_of(code), None
    totp, now = pyotp.TOTP(secret), int(at // STEP_S)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if strings_equal(totp.generate_otp(step), plain) and step > after:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten, each in four groups of four, to be read from paper."""
    codes = ("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY))
    return ["-".join(code[n : n + 4] for n in range(0, _LENGTH, 4)) for code in codes]


def is_recovery_code(code: str) -> bool:
    return len(_plain(code)) == _LENGTH


def digest_of(account_id: str, code: str) -> str:
    """Of a recovery code, however it was typed. The account is in it: nobody's code is another's."""
    return hashlib.sha256(f"lianqin recovery\0{account_id}\0{_plain(code)}".encode("utf-8", "replace")).hexdigest()


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())[:40]


def digests_of(account_id: str, codes: Sequence[str]) -> list[str]:
    return [digest_of(account_id, code) for code in codes]
