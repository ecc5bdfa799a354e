"""`python -m console backup DIR --keys DIR2`, while everything runs: first the database, then the files that its rows speak of, the
journal last. What is purged meanwhile is in the journal and goes again at a restore. The manifest is written at the very end: a folder
without one is no backup."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import redis
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from console.backups import dumps, journal, secrets
from console.backups.manifest import FORMAT, NAME, BackupFile, Kept, Manifest, digest_of, program
from lianqin.clock import Clock
from lianqin.db import Store
from lianqin.errors import ConflictError, NotFoundError
from lianqin.evidence import EvidenceStore
from lianqin.settings import Settings
from patrol.trails.store import TrailStore

Say = Callable[[str], None]
SAY_EVERY: Final = 256_000_000
"""Bytes between two lines of progress."""
AGAIN: Final = 5
"""Looks at a day's trails that are being made one file."""


class _Told:
    """Progress of long copying."""

    def __init__(self, what: str, say: Say) -> None:
        self._what, self._say = what, say
        self.files = self.bytes = self._said = 0

    def add(self, size: int) -> None:
        self.files += 1
        self.bytes += size
        if self.bytes - self._said >= SAY_EVERY:
            self._said = self.bytes
            self._say(f"{self._what}: {self.files} files, {self.bytes / 1e6:.0f} MB")

    def end(self) -> None:
        self._say(f"{self._what}: {self.files} files, {self.bytes / 1e6:.0f} MB, done")


def check_target(folder: Path) -> None:
    """Raises ConflictError `backup.full`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(
            "backup.full", f"{folder} is not empty; name a new folder for each backup", folder=str(folder)
        )


def _copied(pieces: Iterator[bytes], target: Path, path: str, written_at: float) -> BackupFile:
    target.parent.mkdir(parents=True, exist_ok=True)
    whole, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in pieces:
            whole.update(piece)
            size += len(piece)
            out.write(piece)
    os.utime(target, (written_at, written_at))
    return BackupFile(path, size, whole.hexdigest())


def _evidence(store: EvidenceStore, folder: Path, kept: Kept, told: _Told) -> Iterator[BackupFile]:
    for one in store.files():
        if one.path.rsplit("/", 1)[-1].startswith("."):
            continue  # not whole yet
        try:
            if kept == "list":
                item = BackupFile(one.path, one.size, store.digest(one.path))
            else:
                pieces = store.chunks(one.path, 0, one.size)
                item = _copied(pieces, folder / "evidence" / one.path, f"evidence/{one.path}", one.written_at)
        except (NotFoundError, FileNotFoundError):
            continue  # purged meanwhile: the journal has it
        told.add(item.size)
        yield item


def _trails(trails: TrailStore, folder: Path, told: _Told) -> Iterator[BackupFile]:
    """A day that is made one file in the middle of its copying is copied anew."""
    for day in trails.days():
        for _ in range(AGAIN):
            target = folder / "trails" / day
            shutil.rmtree(target, ignore_errors=True)
            try:
                items = [_copied(_read(file), target / file.name, f"trails/{day}/{file.name}", file.stat().st_mtime)
                         for file in trails.files(day)]  # fmt: skip
            except FileNotFoundError:
                continue
            for item in items:
                told.add(item.size)
            yield from items
            break
        else:
            raise ConflictError("backup.trails", f"the trails of {day} changed all the while; try again", day=day)


def _read(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(1 << 20):
            yield piece


def schema_of(store: Store) -> str:
    """The database's revision."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def do_backup(  # noqa: PLR0917 - what is kept, from where, to where
    settings: Settings, store: Store, client: redis.Redis, clock: Clock, folder: Path, apart: Path, kept: Kept, say: Say
) -> Manifest:  # fmt: skip
    """Raises ConflictError `backup.full`, `backup.keys_beside`, `backup.trails`; UnavailableError `backup.tool`, `backup.database`,
    `backup.redis`; OSError."""
    check_target(folder)
    secrets.check_apart(folder, apart)
    check_target(apart)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = secrets.do_keep(client, settings, apart)
    say(f"keys: {apart}")
    written = settings.run_dir / journal.NAME
    keeper = journal.Journal(store, written)
    while keeper.run_once():
        pass
    last = journal.last_of(written)
    dumped = folder / dumps.NAMES[dumps.kind_of(store.engine.url)]
    seq, rows = _dump(store, dumped, say)
    dumped.chmod(0o600)
    say(f"database: {dumped.stat().st_size / 1e6:.0f} MB, done")
    with store.read() as session:
        at = clock.at_database(session)
    items = [digest_of(dumped)]
    told = _Told("trails", say)
    items += _trails(TrailStore(settings.trails), folder, told)
    told.end()
    told = _Told("evidence", say)
    found = list(_evidence(EvidenceStore(settings.evidence), folder, kept, told))
    told.end()
    while keeper.run_once():
        pass
    shutil.copyfile(written, folder / journal.NAME)
    (folder / journal.NAME).chmod(0o600)
    items.append(digest_of(folder / journal.NAME))
    manifest = Manifest(
        format=FORMAT, made_at=at, program=program(), schema=schema_of(store), database=dumps.kind_of(store.engine.url), evidence=kept,
        branch=last.branch if last else 0, seq=seq, rows=rows, files=items + (found if kept == "files" else []),
        listed=found if kept == "list" else [], keys=keys,
    )  # fmt: skip
    for item in manifest.files:
        _synced(folder / item.path)
    secrets.write_private(folder / NAME, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    for one in (folder, apart):
        _synced(one)
    say(f"done: {len(manifest.files)} files, {sum(one.size for one in manifest.files) / 1e6:.0f} MB in {folder}")
    return manifest


def _dump(store: Store, dumped: Path, say: Say) -> tuple[int, dict[str, int]]:
    """The audit's newest number and each table's rows, of the very copy."""
    if not store.is_sqlite:
        with (
            store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
            Session(connection) as session,
        ):
            snapshot = str(session.scalar(text("SELECT pg_export_snapshot()")))
            found = journal.audit_seq(session), dumps.rows_of(connection)
            dumps.dump(store.engine.url, dumped, say, snapshot)
        return found
    dumps.dump(store.engine.url, dumped, say)
    engine = create_engine(f"sqlite:///{dumped}")
    try:
        with engine.connect() as connection, Session(connection) as session:
            return journal.audit_seq(session), dumps.rows_of(connection)
    finally:
        engine.dispose()


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
