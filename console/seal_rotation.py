"""What rests sealed in the database: sealed where an older program left it in clear, and anew under the first key (`seal rotate`)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import column, select, table, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from console.cameras.cameras import current_cameras
from console.factors.factors import purpose_of
from lianqin import audit, outbox, sealing
from lianqin.db import Store, in_order
from lianqin.errors import ConflictError
from lianqin.sealed import ADDRESS, Keyring, is_sealed
from lianqin.settings import Settings

log = structlog.get_logger(__name__)
BY: Final = audit.system("seals")


class SealedColumn(msgspec.Struct, frozen=True):
    """A column of sealed texts; `purpose` of a row by its key."""

    table: str
    key: str
    column: str
    purpose: Callable[[str], str]


COLUMNS: Final = (
    SealedColumn("camera", "id", "url", lambda _: ADDRESS),
    SealedColumn("camera", "id", "sub_url", lambda _: ADDRESS),
    SealedColumn("second_factor", "account_id", "secret", purpose_of),
)


def do_reseal(session: Session, keyring: Keyring, at: float) -> int:
    """Every text under the first key; returns how many changed. Raises UnavailableError `seal.no_key`, `seal.broken`: nothing was changed."""
    in_order(session)
    sealer, changed, cameras = keyring.sealer(), 0, False
    for one in COLUMNS:
        raw: Any = table(one.table, column(one.key), column(one.column))
        rows = session.execute(select(raw.c[one.key], raw.c[one.column]).where(raw.c[one.column].is_not(None))).all()
        for key, stands in rows:
            purpose = one.purpose(key)
            anew = sealer.reseal(stands, purpose) if is_sealed(stands) else sealer.seal(stands.encode(), purpose)
            if anew is None:
                continue
            session.execute(update(raw).where(raw.c[one.key] == key).values({one.column: anew}))
            changed += 1
            cameras = cameras or one.table == "camera"
    if cameras:
        session.expire_all()
        for name, camera in current_cameras(session).items():
            outbox.put(session, "camera", name, camera)
    if changed:
        audit.write(session, BY, "seal.rotate", "seal", "*", at=at, detail={"count": changed})
    return changed


def do_seal_at_start(store: Store, keyring: Keyring, at: float) -> int:
    """What an older program left in clear is sealed; what is sealed stays. Returns how many."""
    with store.read() as session:
        if not any(_in_clear(session, one) for one in COLUMNS):
            return 0
    if store.is_sqlite:
        with store.engine.connect() as connection:  # what is written over is zeroed, for this connection
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
    with store.write() as session:
        if store.is_sqlite:
            session.execute(text("PRAGMA secure_delete=ON"))
        changed = do_reseal(session, keyring, at)
    log.warning("addresses_sealed", count=changed)
    forget_clear(store)
    return changed


def _in_clear(session: Session, one: SealedColumn) -> bool:
    raw: Any = table(one.table, column(one.column))
    found = select(raw.c[one.column]).where(raw.c[one.column].is_not(None), raw.c[one.column].not_like("s1.%")).limit(1)
    return session.scalar(found) is not None


def forget_clear(store: Store) -> None:
    """The old texts leave the database's files too, as far as it can be told: free pages, the log of writes, dead rows."""
    try:
        if store.is_sqlite:
            with store.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                raw = connection.connection.driver_connection
                if raw is not None:
                    connection.rollback()
                    raw.execute("VACUUM")
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                for name in sorted({one.table for one in COLUMNS} | {"outbox"}):
                    connection.execute(text(f"VACUUM (FULL) {name}"))
    except DBAPIError as error:
        log.warning("old_pages_kept", why=str(error.orig), mend="run VACUUM FULL camera as who owns the tables")


def do_new_key(settings: Settings) -> Path:
    """A new key stands first in the file; the others go on opening. Raises ConflictError `seal.settings`, SettingsError."""
    if settings.seal_keys:
        raise ConflictError(
            "seal.settings",
            "`seal_keys` holds the keys: put a new one first there (`python -m lianqin seal-key` makes one)",
        )
    stood = sealing.text_of(settings)
    sealing.read_keys(stood)
    file = sealing.file_of(settings)
    aside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    sealing.put_file(aside, f"{sealing.new_key()}\n{stood}")
    aside.replace(file)
    return file
