"""Spools of processes that are gone: of a container that came again under another name, of a host that was renamed, of a worker
that was taken off. Whoever works on the same volume takes them over and sends what is in them.

A folder whose lock nobody holds is moved aside at once (`<name>.left-<id>`), so that its owner, should he come after all, begins
with a new one; the lock is kept until all is sent. Who is killed over it leaves it to the next one: what was sent twice counts once,
by its id. The folders must lie on one file system that knows locks (`flock`; NFS 4 does).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

import structlog

from lianqin.spool import LOG, Spool, lock_folder

log = structlog.get_logger(__name__)
MARK: Final = ".left-"
EVERY_S: Final = 10.0
"""Between two looks."""
Entries = list[tuple[str, bytes]]
Send = Callable[[Entries], None]


class _Ends(Exception):
    """The process ends: what is not sent is another's to take over."""


class LeftSpools:
    """All in `root` that nobody owns. Thread-safe; `send` now and then, `close` at the end."""

    def __init__(self, root: Path) -> None:
        self._root, self._guard = root, Lock()
        self._held: list[Spool] = []
        self._ends = False

    def send(self, send: Send) -> int:
        """Takes over what was left and hands it to `send`, each in its order. Returns how many records went. What `send` raises
        passes through: the rest stays, held, for the next call. So does OSError, where a folder can't be moved or read."""

        def unless_it_ends(entries: Entries) -> None:
            if self._ends:
                raise _Ends
            send(entries)

        count = 0
        with self._guard:
            self._take_over()
            try:
                while self._held:
                    count += self._held[0].drain(unless_it_ends)
                    self._held.pop(0).remove()
            except _Ends:
                pass
        if count:
            log.info("left_spools_sent", count=count)
        return count

    def close(self) -> None:
        """Waits for what is being sent, and for no more."""
        self._ends = True
        with self._guard:
            while self._held:
                self._held.pop().close()

    def _take_over(self) -> None:
        for folder in sorted(self._root.iterdir()):
            if self._ends or not (folder / LOG).is_file():
                continue
            try:
                lock = lock_folder(folder)
            except FileNotFoundError:  # another was faster
                continue
            if lock is None:
                continue
            try:
                aside = folder.with_name(f"{folder.name.partition(MARK)[0]}{MARK}{secrets.token_hex(4)}")
                folder.rename(aside)
                left = Spool(aside, limit_bytes=0, lock=lock)
            except OSError:
                lock.close()
                raise
            self._held.append(left)
            if not left.empty:
                log.warning("spool_taken_over", left_by=folder.name, now=aside.name, bytes=left.size_bytes)
