"""The record: SQLAlchemy 2 on SQLite (WAL, embedded) or PostgreSQL. One base for all rooms' tables.

Reading and writing are told apart: `Store.write()` is one short transaction that holds the write lock from its first
statement on (`BEGIN IMMEDIATE` in SQLite), so that a check and what it allows can't be parted by another writer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import DDL, JSON, Engine, MetaData, Table, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from lianqin.errors import UnavailableError

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ORDER_LOCK = 8600
"""PostgreSQL advisory lock that makes feed and outbox rows visible in the order of their numbers."""


JSON_BY: Any = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}
"""Many times as fast as the standard library's; a batch of fixes reads and writes thousands of JSON columns."""


class Base(DeclarativeBase):
    """Base of all tables; `dict` and `list` columns are JSON."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - read by SQLAlchemy as it is


def open_engine(address: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, **JSON_BY)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    arguments = {"timeout": 15, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, pool_size=10, max_overflow=20, **JSON_BY)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("lianqin_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Store:
    """Gives sessions. Thread-safe; sessions are not."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(lianqin_write=True)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to look; nothing is committed. Raises UnavailableError when the database is away."""
        with _named(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One short transaction: committed at the end, rolled back on any error."""
        with _named(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def ping(self) -> bool:
        """Does the database answer?"""
        try:
            with self.read() as session:
                session.execute(text("SELECT 1"))
        except UnavailableError:
            return False
        return True


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}:
            raise UnavailableError("database.away", f"the database is away: {error.orig}") from error
        raise


def in_order(session: Session) -> None:
    """Take the lock that makes numbered rows (feed, outbox, audit) visible in order. SQLite's write lock does already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ORDER_LOCK})


_APPEND_ONLY = {
    "sqlite": (
        (
            "CREATE TRIGGER {name}_no_{verb} BEFORE {verb} ON {name} "
            "BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION {name}_no_{verb}() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION '{name} is append-only'; END $$ LANGUAGE plpgsql"
        ),
        "CREATE TRIGGER {name}_no_{verb} BEFORE {verb} ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_no_{verb}()",
    ),
}


def append_only_statements(name: str, dialect: str) -> list[str]:
    """SQL that makes the database itself refuse to change or delete rows of that table (for migrations)."""
    return [part.format(name=name, verb=verb) for verb in ("UPDATE", "DELETE") for part in _APPEND_ONLY[dialect]]


def append_only(table: Table) -> None:
    """The same when the table is created from the metadata."""
    for dialect in _APPEND_ONLY:
        for statement in append_only_statements(table.name, dialect):
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
