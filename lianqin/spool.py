"""A local file that keeps records while Redis is away: appended and fsynced before anyone is told "stored".

One line a record (`lianqin.spool_lines`), each with its checksum. On opening, and again on draining, what is whole is taken
in order; what is damaged (a line torn by a power cut, a flipped bit) is put aside into `spool.log.damaged` beside it, logged
once with file and offset, and stands in nobody's way. One process owns a folder (a lock says so); what a process left that is
gone is taken over by another of the same volume (`lianqin.left_spools`).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

import structlog

from lianqin.errors import BusUnavailable, ConflictError
from lianqin.spool_lines import HEAD_BYTES, SpoolLine, aside, line_of, read_lines

log = structlog.get_logger(__name__)
DAMAGED: Final = ".damaged"
LOG: Final = "spool.log"
LOCK: Final = "lock"
TRIES: Final = 20
AGAIN_S: Final = 0.05
"""Who looks for what was left holds a lock for some milliseconds: its owner, who starts just then, tries again."""
_AT_ONCE: Final = 1_000_000


class Spool:
    """Append, then drain in order. Thread-safe."""

    def __init__(self, folder: Path, *, limit_bytes: int, lock: BinaryIO | None = None) -> None:
        """Raises ConflictError `spool.taken` while another process owns the folder; OSError passes through. `lock`: the folder's,
        held already."""
        new = not folder.exists()
        self._lock_file = lock or _own(folder)
        self._path, self._limit, self._guard = folder / LOG, limit_bytes, Lock()
        self._aside = folder / f"{LOG}{DAMAGED}"
        self.damaged = 0
        """Lines put aside since this process opened it."""
        self._sent = 0
        """Bytes that a drain broken off handed over already."""
        with self._path.open("ab"):
            pass  # its name is there from now on
        try:
            self._mend()
        except OSError as error:  # a full disk: `drain` finds the damage again
            log.warning("spool_not_mended", file=str(self._path), error=str(error))
        self._size = self._path.stat().st_size
        with self._path.open("rb") as file:
            self._heads = sum(HEAD_BYTES for _ in file)
        """Of the size what is not the records' own: the limit is theirs."""
        if new:
            _sync(folder.parent)
        _sync(folder)

    def _mend(self) -> None:
        """What is damaged goes aside, and the file is made anew of what is whole."""
        with self._path.open("rb") as file:
            if all(line.is_whole and line.raw.endswith(b"\n") for line in read_lines(file)):
                return
        anew = self._path.with_suffix(".new")
        with self._path.open("rb") as file, anew.open("wb") as kept:
            for line in read_lines(file):
                if line.is_whole:
                    kept.write(line_of(line.stream, line.body))
                else:
                    self._put_aside(line, "damaged")
            kept.flush()
            os.fsync(kept.fileno())
        anew.replace(self._path)

    @property
    def empty(self) -> bool:
        return self._size == 0

    @property
    def size_bytes(self) -> int:
        return self._size

    def append(self, entries: Sequence[tuple[str, bytes]], *, beyond_limit: bool = False) -> None:
        """Keep (stream, json) pairs; on return they are on disk, all of them. Raises BusUnavailable when full or the disk
        refuses; none is kept then. `beyond_limit`: the process ends and nothing else would keep them."""
        lines = b"".join(line_of(stream, body) for stream, body in entries)
        with self._guard:
            more = HEAD_BYTES * len(entries)
            if self._size - self._heads + len(lines) - more > self._limit and not beyond_limit:
                raise BusUnavailable("spool.full", f"Redis is away and the spool is full ({self._limit} bytes)")
            try:
                with self._path.open("ab") as file:
                    file.write(lines)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                self._cut_back()
                raise BusUnavailable("spool.disk", f"Redis is away and the spool can't be written: {error}") from error
            self._size += len(lines)
            self._heads += more

    def _cut_back(self) -> None:
        """What was half written is not to stand before what is written next."""
        try:
            with self._path.open("r+b") as file:
                file.truncate(self._size)
                os.fsync(file.fileno())
        except OSError as error:
            log.warning("spool_not_cut_back", file=str(self._path), bytes=self._size, error=str(error))

    def drain(self, send: Callable[[list[tuple[str, bytes]]], None], *, batch: int = 500) -> int:
        """Hand everything to `send` in order, then forget it; if `send` raises, what it did not take stays (doubles are
        possible, losses are not). Returns how many went. Appends wait meanwhile, so order holds. OSError, where the file
        can't be read or emptied, passes through."""
        with self._guard:
            if self._size == 0:
                return 0
            count, kept_apart = 0, True
            with self._path.open("r+b") as file:
                file.seek(self._sent)
                while part := _some(file, batch, self._sent):
                    whole = [(line.stream, line.body) for line in part if line.is_whole]
                    if whole:
                        send(whole)
                    kept_apart &= self._set_apart([line for line in part if not line.is_whole])
                    self._sent = file.tell()
                    count += len(whole)
                if kept_apart:
                    file.truncate(0)
                    os.fsync(file.fileno())
            if not kept_apart:  # no room for a copy: a new name needs none
                self._path.replace(self._path.with_name(f"spool.log.whole{DAMAGED}"))
                _sync(self._path.parent)
            self._size = self._heads = self._sent = 0
            return count

    def _set_apart(self, lines: Sequence[SpoolLine]) -> bool:
        try:
            for line in lines:
                self._put_aside(line, "damaged")
        except OSError as error:
            log.error("spool_damaged_not_set_apart", file=str(self._path), error=str(error))  # noqa: TRY400 - its text says all
            return False
        return True

    def refuse(self, stream: str, body: bytes, why: str) -> None:
        """Keep apart a record that Redis will never take for what it is. Raises OSError when it can't be kept."""
        line = line_of(stream, body)
        self._put_aside(SpoolLine(self._size, line, stream, body), why)

    def _put_aside(self, line: SpoolLine, why: str) -> None:
        new = not self._aside.exists()
        with self._aside.open("ab") as file:
            file.write(aside(line, why))
            file.flush()
            os.fsync(file.fileno())
        if new:
            _sync(self._aside.parent)
        self.damaged += 1
        log.error("spool_damaged", file=str(self._path), offset=line.offset, bytes=len(line.raw), why=why,
                  kept_in=str(self._aside))  # fmt: skip

    def close(self) -> None:
        self._lock_file.close()

    def remove(self) -> None:
        """It is empty and its process is gone: its folder goes, unless there is something in it to be looked at."""
        with self._guard:
            if self._size == 0:
                self._path.unlink(missing_ok=True)
                if not any(one.name != LOCK for one in self._path.parent.iterdir()):
                    (self._path.parent / LOCK).unlink()
                    self._path.parent.rmdir()
            self._lock_file.close()


def lock_folder(folder: Path) -> BinaryIO | None:
    """Its lock, held until it is closed or the process ends; None: another holds it, or moved the folder just now. OSError
    passes through."""
    file = (folder / LOCK).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), (folder / LOCK).stat()):
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    file.close()
    return None


def _own(folder: Path) -> BinaryIO:
    for attempt in range(TRIES):
        if attempt:
            time.sleep(AGAIN_S)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = lock_folder(folder)
        except FileNotFoundError:  # moved between the two
            continue
        if lock is not None:
            return lock
    raise ConflictError("spool.taken", f"another process owns the spool {folder}", folder=str(folder))


def _some(file: BinaryIO, most: int, offset: int) -> list[SpoolLine]:
    """So many lines, or a megabyte of them; the file stands behind the last one."""
    found: list[SpoolLine] = []
    size = 0
    while len(found) < most and size < _AT_ONCE:
        raw = file.readline()
        if not raw:
            break
        found += read_lines([raw], offset + size)
        size += len(raw)
    return found


def _sync(folder: Path) -> None:
    """A file's name is durable only with its folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
