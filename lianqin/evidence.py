"""Files of pictures and clips under one root, through fsspec: a folder, or an object store.

A path names day and alert (`2026-05-01/al-....jpg`). What `write` returned from is durable where the store keeps its
word: local files are written beside, fsynced, renamed and the folder is synced.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import fsspec
import msgspec

from lianqin.errors import EvidenceError, NotFoundError


class DiskSpace(msgspec.Struct, frozen=True):
    """Bytes."""

    total: int
    free: int

    @property
    def free_share(self) -> float:
        return self.free / max(1, self.total)


class Stored(msgspec.Struct, frozen=True):
    """A file: its path under the root, bytes, and when it was written, by the file system's clock (epoch seconds)."""

    path: str
    size: int
    written_at: float


class EvidenceStore:
    """Thread-safe; ingest writes, the console reads."""

    def __init__(self, root: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(root)
        self._local = "file" in self._fs.protocol

    def _full(self, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts:
            raise EvidenceError("evidence.path", f"not a path under the evidence root: {path}")
        return f"{self._root}/{path}"

    def local_path(self, path: str) -> Path | None:
        """The file itself where the root is a folder, for tools that must open one."""
        return Path(self._full(path)) if self._local else None

    def write(self, path: str, content: bytes) -> str:
        """Store whole or not at all; the sha256 of what was stored, in hex. Raises EvidenceError (disk full, no right ...)."""
        full = self._full(path)
        try:
            if self._local:
                _write_durably(Path(full), content)
            else:
                with self._fs.open(full, "wb") as file:
                    file.write(content)
        except OSError as error:
            raise EvidenceError("evidence.write", f"{path}: {error.strerror or error}", path=path) from error
        return hashlib.sha256(content).hexdigest()

    def digest(self, path: str) -> str:
        """The sha256 of the file as it is now, in hex. Raises NotFoundError."""
        found = hashlib.sha256()
        for piece in self.chunks(path, 0, self.size(path)):
            found.update(piece)
        return found.hexdigest()

    def state(self, path: str) -> str:
        """Changes when the file does. Raises NotFoundError."""
        try:
            return str(self._fs.ukey(self._full(path)))
        except FileNotFoundError as error:
            raise NotFoundError("evidence.missing", f"no such evidence: {path}", path=path) from error

    def delete(self, path: str) -> int:
        """The bytes that went; 0 where there was no such file. Raises EvidenceError."""
        try:
            size = self.size(path)
            self._fs.rm_file(self._full(path))
        except (FileNotFoundError, NotFoundError):
            return 0
        except OSError as error:
            raise EvidenceError("evidence.delete", f"{path}: {error.strerror or error}", path=path) from error
        return size

    def matching(self, pattern: str) -> list[str]:
        """Paths under the root that match, e.g. `*/*.h264.mp4`, oldest day first."""
        cut = len(self._root) + 1
        return sorted(str(found)[cut:] for found in self._fs.glob(f"{self._root}/{pattern}"))

    def files(self) -> Iterator[Stored]:
        """All that lies there, hidden rests of broken writes too, folder by folder."""
        if self._local:
            for folder, folders, names in os.walk(self._root):
                folders.sort()
                for name in sorted(names):
                    path = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):  # it went since it was listed
                        found = path.stat()
                        yield Stored(path.relative_to(self._root).as_posix(), found.st_size, found.st_mtime)
            return
        cut = len(self._root) + 1
        for full, found in sorted(self._fs.find(self._root, detail=True).items()):
            yield Stored(full[cut:], int(found["size"]), self._fs.modified(full).timestamp())

    @property
    def folder(self) -> Path | None:
        """The root, where it is a folder of this machine."""
        return Path(self._root) if self._local else None

    def room(self) -> DiskSpace | None:
        """Of the disk that holds it; None where the root is no folder or not there yet."""
        folder = Path(self._root)
        if not self._local or not folder.exists():
            return None
        disk = shutil.disk_usage(folder)
        return DiskSpace(disk.total, disk.free)

    def size(self, path: str) -> int:
        """Bytes. Raises NotFoundError."""
        try:
            return int(self._fs.size(self._full(path)))
        except FileNotFoundError as error:
            raise NotFoundError("evidence.missing", f"no such evidence: {path}", path=path) from error

    def exists(self, path: str) -> bool:
        return bool(self._fs.exists(self._full(path)))

    def read(self, path: str) -> bytes:
        """The whole file. Raises NotFoundError."""
        return b"".join(self.chunks(path, 0, self.size(path)))

    def chunks(self, path: str, start: int, length: int, *, chunk: int = 1 << 18) -> Iterator[bytes]:
        """`length` bytes from `start` on, in pieces."""
        with self._fs.open(self._full(path), "rb") as file:
            file.seek(start)
            while length > 0:
                piece = file.read(min(chunk, length))
                if not piece:
                    return
                length -= len(piece)
                yield piece


def _write_durably(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Digests:
    """Digests of files as they are, each state of a file (size, time of change) read once. Thread-safe."""

    def __init__(self, store: EvidenceStore, most: int = 4096) -> None:
        self._store, self._most = store, most
        self._known: dict[tuple[str, str], str] = {}

    def of(self, path: str) -> str:
        """sha256, hex. Raises NotFoundError."""
        key = path, self._store.state(path)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= self._most:
                self._known.clear()
            found = self._known[key] = self._store.digest(path)
        return found
