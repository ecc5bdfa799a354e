"""Passwords: what a good one is, their hashes, and how many are worked out at the same time.

Length and a list of common ones, no rules of composition (NIST SP 800-63B section 5.1.1.2).
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lianqin.audit import Role
from lianqin.errors import DeniedError, RecordError
from lianqin.priority import yield_cores

T = TypeVar("T")
SHORTEST_PASSWORD: Final = 8
SHORTEST_OF_MANY: Final = 12
"""For roles that see other people's data."""
LONGEST_PASSWORD: Final = 200
SEES_OTHERS: Final[frozenset[Role]] = frozenset(
    {"operator", "leader", "officer", "company", "auditor", "sysadmin", "secadmin"}
)
AT_A_TIME: Final = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Hashes of log-ins; each takes two to four cores while it lasts (RFC 9106's lanes), which everybody else needs as well."""
WAITING: Final = 6
"""So many more log-ins wait for a free thread; the next ones are told to come again."""
RETRY_S: Final = 3
_COMMON: Final = frozenset({
    "password", "passw0rd", "password1", "p@ssw0rd", "p@ssword", "iloveyou", "sunshine", "princess", "football", "baseball", "superman",
    "trustno1", "whatever", "starwars", "computer", "internet", "administrator", "changeme", "letmein", "welcome", "qwerty", "qwertyuiop",
    "asdfghjkl", "zxcvbnm", "1q2w3e4r", "1qaz2wsx", "qazwsx", "qazwsxedc", "qwer1234", "asdf1234", "abc123", "abcd1234", "a123456", "aa123456",
    "woaini", "woaini1314", "wo520", "5201314", "1314520", "admin", "admin123", "root", "guest", "test", "temp", "secret", "default",
    "lianqin", "lianqindemo", "liandong", "baoan", "zhibanyuan", "police", "gongan", "jingcha", "system", "manager", "operator", "leader",
    "officer", "company", "auditor", "sysadmin", "secadmin", "monkey", "dragon", "master", "shadow", "michael", "correcthorsebatterystaple",
})  # fmt: skip
_ROWS: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)

hasher = PasswordHasher()
"""Argon2id with the library's defaults (RFC 9106, second recommended option)."""
NOBODY: Final = hasher.hash("nobody")
"""Stands in for an account that is not there, is disabled, or has no password: the check takes as long."""


_hashing: Final = ThreadPoolExecutor(2 * AT_A_TIME + 1, "hash", yield_cores)
"""Both gates' hashes, and one of a form. Nobody holds the write lock in these threads."""


def hash_password(password: str) -> str:
    """Slow: outside of transactions."""
    return _hashing.submit(hasher.hash, password).result()


def least_of(role: Role) -> int:
    """Characters that a password of this role needs."""
    return SHORTEST_OF_MANY if role in SEES_OTHERS else SHORTEST_PASSWORD


def is_common(password: str, username: str) -> bool:
    """A word of the list, the user name, one sign again and again, or a row of the keyboard, with nothing but digits and signs around."""
    small = password.casefold()
    word = re.sub(r"[\W_]", "", small)
    names = {username.casefold(), re.sub(r"[\W_]", "", username.casefold())}
    core = word.strip("0123456789")
    if len(set(small)) <= 3 or {small, word, core} & (_COMMON | names):
        return True
    half = small[: len(small) // 2]
    return (half * 2 == small and (half in _COMMON or is_row(half))) or is_row(word) or (bool(core) and is_row(core))


def is_row(text: str) -> bool:
    return any(text in row for row in _ROWS)


def check_password(password: str, role: Role, username: str) -> None:
    """Raises RecordError `account.password` (too short, or the user name), `account.password_long`, `account.password_common`."""
    least = least_of(role)
    if len(password) < least or password.casefold() == username.casefold():
        raise RecordError("account.password", f"{least} characters or more, not the user name", least=least)
    if len(password) > LONGEST_PASSWORD:
        raise RecordError("account.password_long", f"{LONGEST_PASSWORD} characters at most", most=LONGEST_PASSWORD)
    if is_common(password, username):
        raise RecordError("account.password_common", "it is one of those that are tried first")


def matches(known: str, password: str) -> bool:
    """Slow: outside of transactions."""
    try:
        return _hashing.submit(hasher.verify, known, password).result()
    except (VerificationError, InvalidHashError):
        return False


class Gate:
    """Work on passwords in threads of its own, so many at a time and so many that wait; who comes beyond that is not kept waiting."""

    def __init__(self, name: str, at_a_time: int = AT_A_TIME, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(at_a_time, thread_name_prefix=name)
        self._most, self._inside = at_a_time + waiting, 0

    async def run(self, work: Callable[[], T]) -> T:
        """Raises DeniedError `login.busy`, and what `work` raises. To be called from one event loop alone."""
        if self._inside >= self._most:
            raise DeniedError("login.busy", "too many log-ins at once", retry_s=RETRY_S)
        self._inside += 1
        done = asyncio.get_running_loop().run_in_executor(self._pool, work)
        done.add_done_callback(self._left)  # also when the client does not wait for it
        return await asyncio.shield(done)

    def _left(self, _done: asyncio.Future[T]) -> None:
        self._inside -= 1
