"""`python -m console restore DIR --keys DIR2`, with everything stopped but Redis and PostgreSQL. All is checked before anything is
touched; then the database, the files, the keys; then what was purged or revoked since is purged and revoked again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import msgspec
import redis
from alembic.script import ScriptDirectory

from console.backups import dumps, journal, replay, secrets
from console.backups.make import SAY_EVERY
from console.backups.manifest import Manifest, faults, read_manifest
from console.migrate import config, migrate
from lianqin import audit, outbox
from lianqin.chain import CHAINS, head_of
from lianqin.clock import Clock
from lianqin.db import Store
from lianqin.errors import ConflictError, RecordError
from lianqin.evidence import EvidenceStore
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from patrol.trails.store import TrailStore

Say = Callable[[str], None]


class Restored(msgspec.Struct, frozen=True):
    """`again`: how many purges and revocations were done again, by the audit's action; `missing`: listed evidence that is not there."""

    again: dict[str, int]
    sessions: int
    missing: int


def check_manifest(manifest: Manifest, store: Store, folder: Path, say: Say) -> None:
    """Raises ConflictError `restore.newer`, `restore.other_database`; RecordError `restore.damaged`."""
    known = {revision.revision for revision in ScriptDirectory.from_config(config()).walk_revisions()}
    if manifest.schema not in known:
        raise ConflictError("restore.newer", f"the backup is of schema {manifest.schema} (program {manifest.program}), which this program"
                            " does not know: restore it with that program or a newer one", schema=manifest.schema)  # fmt: skip
    here = dumps.kind_of(store.engine.url)
    if manifest.database != here:
        raise ConflictError("restore.other_database", f"a backup of {manifest.database} is restored into {manifest.database}; database_url"
                            f" names {here}", kind=manifest.database)  # fmt: skip
    say(f"checking {len(manifest.files)} files, {sum(one.size for one in manifest.files) / 1e6:.0f} MB")
    found = list(faults(manifest, folder))
    if found:
        raise RecordError("restore.damaged", f"{len(found)} files are damaged, nothing was restored: {'; '.join(found[:5])}", count=len(found))  # fmt: skip


def check_folders(settings: Settings, manifest: Manifest) -> None:
    """Raises ConflictError `restore.full`."""
    evidence = EvidenceStore(settings.evidence)
    full = [settings.trails] if TrailStore(settings.trails).days() else []
    # Listed files are brought by whoever keeps them.
    if manifest.evidence == "files" and any(not one.path.startswith(".clock-") for one in evidence.files()):
        full.append(settings.evidence)
    if full:
        raise ConflictError(
            "restore.full", f"{full[0]} is not empty; name an empty one, or say --overwrite", what=full[0]
        )


def _aside(path: Path, stamp: str, say: Say) -> None:
    """What stood there is kept under another name."""
    if path.exists():
        other = path.with_name(f"{path.name}.before-restore-{stamp}")
        path.rename(other)
        say(f"{path} is kept as {other}")


def _make_way(settings: Settings, store: Store, manifest: Manifest, at: float, say: Say, *, overwrite: bool) -> None:
    """An empty place; what stood there is put aside where that was said (of PostgreSQL it goes)."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at))
    file = Path(str(store.engine.url.database))
    if not store.is_sqlite:
        dumps.empty(store.engine)
    elif overwrite and file.exists():
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.engine.dispose()
        _aside(file, stamp, say)
    store.engine.dispose()
    if overwrite:
        _aside(Path(settings.trails), stamp, say)
        if manifest.evidence == "files" and EvidenceStore(settings.evidence).folder is not None:
            _aside(Path(settings.evidence), stamp, say)


def _put_files(settings: Settings, manifest: Manifest, folder: Path, say: Say) -> None:
    evidence = EvidenceStore(settings.evidence)
    done = said = 0
    for item in manifest.files:
        kind, _, rest = item.path.partition("/")
        if kind not in {"trails", "evidence"} or not rest:
            continue
        target = Path(settings.trails, rest) if kind == "trails" else evidence.local_path(rest)
        if target is None:
            evidence.write(rest, (folder / item.path).read_bytes())
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / item.path, target)
            with target.open("rb") as file:
                os.fsync(file.fileno())
        done += item.size
        if done - said >= SAY_EVERY:
            said = done
            say(f"files: {done / 1e6:.0f} MB")


def after_restore(store: Store, client: redis.Redis, at: float) -> None:
    """What processes follow counts from here on as the record has it now, whatever was published of the time that was lost: the relay
    publishes it anew. Whatever else must know that the record went back in time is called from here."""
    with store.write() as session:
        outbox.do_begin_epoch(session, client, at)


def do_restore(  # noqa: PLR0917 - what, from where, to where
    settings: Settings, store: Store, client: redis.Redis, clock: Clock, folder: Path, apart: Path, since: Path | None, say: Say, *,
    overwrite: bool = False,
) -> Restored:  # fmt: skip
    """`since`: the journal of the system that was lost; without it the one in `run_dir`, where there is one. Raises NotFoundError
    `backup.missing`, `restore.journal`; RecordError `backup.manifest`, `restore.damaged`, `restore.keys`, `journal.line`; ConflictError
    `backup.format`, `restore.newer`, `restore.other_database`, `restore.full`; UnavailableError `backup.redis`, `backup.tool`,
    `backup.database`; OSError."""
    manifest = read_manifest(folder)
    check_manifest(manifest, store, folder, say)
    keys = secrets.check_keys(manifest.keys, apart)
    secrets.check_redis(client)
    own = settings.run_dir / journal.NAME
    known = [one for one in (folder / journal.NAME, own, since) if one is not None and (one == since or one.exists())]
    if since is not None and not since.is_file():
        raise RecordError("restore.journal", f"{since} is no journal: there is no such file", file=str(since))
    lines = list(chain.from_iterable(journal.read_lines(one) for one in known))
    again = replay.lines_after(lines, (manifest.branch, manifest.seq))
    if not overwrite:
        dumps.check_empty(store.engine)
        check_folders(settings, manifest)
    at = clock.now()
    _make_way(settings, store, manifest, at, say, overwrite=overwrite)
    say("database: restoring")
    dumps.load(store.engine.url, folder / dumps.NAMES[manifest.database])
    migrate(store.engine)
    with store.read() as session:
        back_to = {chain.name: head_of(session, chain).seq for chain in CHAINS.values()}
    _put_files(settings, manifest, folder, say)
    if keys is not None:
        secrets.do_put(client, settings, keys)
    attach(store.engine, Keyring(settings, makes=True))
    evidence = EvidenceStore(settings.evidence)
    done = replay.do_replay(store, evidence, TrailStore(settings.trails), again, at)
    with store.write() as session:
        ended = replay.do_end_sessions(session)
        audit.write(session, replay.RESTORER, "backup.restore", "database", manifest.schema, at=at,
                    detail={"figures": {"made_at": manifest.made_at, "sessions": ended} | dict(done), "back_to": back_to})  # fmt: skip
    after_restore(store, client, at)
    _begin_branch(own, lines, store, at)
    missing = sum(not evidence.exists(item.path) for item in manifest.listed)
    for name, count in done.items():
        say(f"done again since the backup: {name}: {count}")
    if missing:
        say(f"{missing} of {len(manifest.listed)} listed pieces of evidence are not under {settings.evidence}")
    for name, seq in back_to.items():
        say(f"the chain of {name} goes on after row {seq}: seals of later rows, from before now, are of what was lost")
    say(f"restored; {ended} sessions ended")
    return Restored(dict(done), ended, missing)


def _begin_branch(own: Path, lines: list[journal.JournalLine], store: Store, at: float) -> None:
    """The journal goes on: what is known of before, then that there was a restore, from the audit's number on that it has now."""
    with store.read() as session:
        seq = journal.audit_seq(session)
    unique = {(line.place, line.what): line for line in lines}
    branch = 1 + max((line.branch for line in lines), default=0)
    own.unlink(missing_ok=True)
    journal.append(own, [*(unique[key] for key in sorted(unique)), journal.JournalLine(branch, seq, at, "restored")])
