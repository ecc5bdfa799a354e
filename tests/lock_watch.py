"""Watches that whoever holds the database's write lock does no slow work: no file, no network, no hash of a password, no archive.

A transaction that writes holds SQLite's one write lock, and PostgreSQL's lock of the order of numbered rows: alerts wait for it. Python's
own audit events (PEP 578) tell of files, sockets and processes; the drivers' own reads and writes make none.
"""

from __future__ import annotations

import sys
import threading
import traceback
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis.connection
from argon2 import PasswordHasher
from sqlalchemy import Engine, event

SLOW = (
    "open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.listdir", "os.scandir", "os.truncate", "os.link", "shutil.", "glob.",
    "socket.", "subprocess.", "tempfile.", "urllib.",
)  # fmt: skip
CODE = (".py", ".pyc", ".so", ".pyi")
OURS = Path(__file__).resolve().parents[1]


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(OURS) and not {"tests", ".venv"} & set(path.relative_to(OURS).parts)


class LockWatch:
    """What was done under the lock, each with the place in our code."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.transactions = 0
        """That held the lock."""

    def note(self, what: str) -> None:
        ours = [one for one in traceback.extract_stack() if _is_ours(one.filename)]
        where = " <- ".join(f"{Path(one.filename).relative_to(OURS)}:{one.lineno}" for one in reversed(ours[-4:]))
        self.found.append(f"{what} at {where}")


_held = threading.local()
_watch: list[LockWatch] = []


def is_held() -> bool:
    """Does this thread hold it, while somebody watches?"""
    return bool(getattr(_held, "depth", 0)) and bool(_watch)


def _hook(name: str, arguments: tuple[Any, ...]) -> None:
    if not _watch or not is_held() or getattr(_held, "noting", False) or not name.startswith(SLOW):
        return
    if name == "open" and (not isinstance(arguments[0], str) or arguments[0].endswith(CODE)):
        return  # modules are loaded when they are first needed
    if name in {"os.listdir", "os.scandir"} and str(arguments[0]).startswith((sys.prefix, sys.base_prefix)):
        return
    _held.noting = True
    try:
        _watch[-1].note(f"{name}{arguments[:1]}")
    finally:
        _held.noting = False


_hooked = False


def _begin(connection: Any) -> None:
    if connection.get_execution_options().get("lianqin_write"):
        _held.depth = getattr(_held, "depth", 0) + 1
        connection.info["lianqin_held"] = True
        if _watch:
            _watch[-1].transactions += 1


def _end(connection: Any) -> None:
    if connection.info.pop("lianqin_held", False):
        _held.depth -= 1


@contextmanager
def watched(monkeypatch: Any) -> Iterator[LockWatch]:
    """While it lasts, slow work under the lock is found, on whichever thread."""
    global _hooked  # noqa: PLW0603 - an audit hook stays for the life of the process
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    watch = LockWatch()

    def guard(owner: Any, name: str) -> None:
        whole = getattr(owner, name)

        def told(self: Any, *arguments: Any, **more: Any) -> Any:
            if is_held():
                watch.note(f"{owner.__name__}.{name}")
            return whole(self, *arguments, **more)

        monkeypatch.setattr(owner, name, told)

    guard(redis.connection.AbstractConnection, "send_packed_command")
    guard(PasswordHasher, "hash")
    guard(PasswordHasher, "verify")
    guard(zipfile.ZipFile, "__init__")
    for when, do in (("begin", _begin), ("commit", _end), ("rollback", _end)):
        event.listen(Engine, when, do)
    _watch.append(watch)
    try:
        yield watch
    finally:
        _watch.remove(watch)
        for when, do in (("begin", _begin), ("commit", _end), ("rollback", _end)):
            event.remove(Engine, when, do)
