"""A local file that keeps records while Redis is away: appended and fsynced before anyone is told "stored".

One line a record: `<stream> <json>\\n`. A line without its newline was never acknowledged (the power went), and is
dropped on reading. One process owns a folder (a lock says so).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from lianqin.errors import BusUnavailable, ConflictError

_AT_ONCE: Final = 1_000_000


class Spool:
    """Append, then drain in order. Thread-safe."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._limit, self._guard = folder / "spool.log", limit_bytes, Lock()
        self._lock_file = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConflictError(
                "spool.taken", f"another process owns the spool {folder}", folder=str(folder)
            ) from error
        self._size = self._mend()
        self._sent = 0
        """Bytes that a drain broken off handed over already."""

    def _mend(self) -> int:
        if not self._path.exists():
            return 0
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) != len(raw):
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
                os.fsync(file.fileno())
        return len(whole)

    @property
    def empty(self) -> bool:
        return self._size == 0

    @property
    def size_bytes(self) -> int:
        return self._size

    def append(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Keep (stream, json) pairs; on return they are on disk. Raises BusUnavailable when full or the disk refuses."""
        lines = b"".join(stream.encode() + b" " + body + b"\n" for stream, body in entries)
        with self._guard:
            if self._size + len(lines) > self._limit:
                raise BusUnavailable("spool.full", f"Redis is away and the spool is full ({self._limit} bytes)")
            try:
                with self._path.open("ab") as file:
                    file.write(lines)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                self._size = self._mend()
                raise BusUnavailable("spool.disk", f"Redis is away and the spool can't be written: {error}") from error
            self._size += len(lines)

    def drain(self, send: Callable[[list[tuple[str, bytes]]], None], *, batch: int = 500) -> int:
        """Hand everything to `send` in order, then forget it; if `send` raises, what it did not take stays (doubles are
        possible, losses are not). Returns how many went. Appends wait meanwhile, so order holds."""
        with self._guard:
            if self._size == 0:
                return 0
            count = 0
            with self._path.open("r+b") as file:
                file.seek(self._sent)
                while part := _lines(file, batch):
                    send([(stream.decode(), body) for stream, _, body in (line.partition(b" ") for line in part)])
                    self._sent = file.tell()
                    count += len(part)
                file.truncate(0)
                os.fsync(file.fileno())
            self._size = self._sent = 0
            return count

    def close(self) -> None:
        self._lock_file.close()


def _lines(file: BinaryIO, most: int) -> list[bytes]:
    """So many lines, or a megabyte of them."""
    found: list[bytes] = []
    size = 0
    while len(found) < most and size < _AT_ONCE:
        line = file.readline()
        if not line:
            break
        found.append(line[:-1])
        size += len(line)
    return found
