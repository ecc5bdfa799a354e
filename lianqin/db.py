"""The record: SQLAlchemy 2 on SQLite (WAL, embedded) or PostgreSQL. One base for all rooms' tables.

Reading and writing are told apart: `Store.write()` is one short transaction that holds the write lock from its first
statement on (`BEGIN IMMEDIATE` in SQLite), so that a check and what it allows can't be parted by another writer.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec
from sqlalchemy import DDL, JSON, Engine, Float, MetaData, Table, create_engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import DeclarativeBase, Session

from lianqin.decoding import json_decoder
from lianqin.errors import RecordError, SettingsError, UnavailableError
from lianqin.lengths import check_lengths
from lianqin.texts import are_storable, storable, storable_all

NUL = b"\\u0000"
"""As JSON writes it."""
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ORDER_LOCK = 8600
"""PostgreSQL advisory lock that makes feed and outbox rows visible in the order of their numbers."""

Double: Final = Float(53)
"""A number as Python has it, in both databases: moments, places, points."""
PART: Final = 20
"""Rows of a long import that are written in one transaction: some 40 ms of a core, so that an alert beside it is stored within 200."""
BREATH_S: Final = 0.03
CONNECT_S = 10
"""Seconds to connect to PostgreSQL, unless its address names `connect_timeout`: a host that swallows packets would hold for two
minutes."""


def to_json(value: Any) -> str:
    """A JSON column's text, without what a database refuses (`lianqin.texts`)."""
    try:
        body = msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(storable_all(value)).decode()
    return (msgspec.json.encode(storable_all(value)) if NUL in body else body).decode()


JSON_BY: Any = {
    "json_serializer": to_json,
    "json_deserializer": json_decoder(Any).decode,
}
"""Many times as fast as the standard library's; a batch of fixes reads and writes thousands of JSON columns."""


class Base(DeclarativeBase):
    """Base of all tables; `dict` and `list` columns are JSON."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - read by SQLAlchemy as it is


def load_tables(*packages: str) -> list[ModuleType]:
    """Puts the tables of all rooms of those packages into the metadata of `Base`: each `<package>/<room>/tables.py`."""
    rooms = [
        room.name
        for package in packages
        for room in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}.")
        if room.ispkg and importlib.util.find_spec(f"{room.name}.tables")
    ]
    return [importlib.import_module(f"{room}.tables") for room in rooms]


def open_engine(address: str) -> Engine:
    """An engine for `sqlite:///file`, whose folder is made, or `postgresql+psycopg://...`; nothing is connected yet.

    Raises SettingsError `settings.invalid` for an address that is none, `database.folder` where no folder can be made.
    """
    try:
        url = make_url(address)
        if url.get_backend_name() != "sqlite":
            patience = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_S}
            return _netted(
                create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args=patience, **JSON_BY)
            )
    except (ArgumentError, NoSuchModuleError, ValueError, ImportError):
        detail = (
            "setting `database_url` is no address of a database: write sqlite:////folder/file.db or "
            "postgresql+psycopg://user:password@host/name, with / ? # @ : in the password as %2F %3F %23 %40 %3A"
        )
        raise SettingsError("settings.invalid", detail, key="database_url") from None  # its text shows the password
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                "database.folder",
                f"the database's folder {folder} can't be made ({error.strerror}): make it and give this user the right to write "
                "it, or set `run_dir` or `database_url`",
                folder=str(folder), why=error.strerror,
            ) from error  # fmt: skip
    arguments = {"timeout": 15, "check_same_thread": False}
    # Opening one costs more than most questions do: as many are kept as threads answer requests.
    engine = create_engine(url, connect_args=arguments, pool_size=40, max_overflow=10, **JSON_BY)

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

    return _netted(engine)


def _netted(engine: Engine) -> Engine:
    """The last net, the same on both databases: no text with U+0000 or half a surrogate pair reaches the database, and none that
    is longer than its column. Raises RecordError `text.too_long`."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _net(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, context: Any, _many: bool,  # noqa: FBT001 - the same
    ) -> tuple[str, Any]:  # fmt: skip
        if context is not None and (context.isinsert or context.isupdate) and context.compiled is not None:
            table = getattr(context.compiled.statement, "table", None)
            if isinstance(table, Table):
                for values in context.compiled_parameters:
                    check_lengths(table, values)
        return statement, _storable_parameters(parameters)

    return engine


def _storable_parameters(parameters: Any) -> Any:
    """What is bound to a statement: a dict or a tuple, or a list of them."""
    if isinstance(parameters, list):
        return [_storable_parameters(one) for one in parameters]
    if isinstance(parameters, dict):
        if are_storable(parameters.values()):
            return parameters
        return {name: storable(one) if isinstance(one, str) else one for name, one in parameters.items()}
    if isinstance(parameters, tuple):
        if are_storable(parameters):
            return parameters
        return tuple(storable(one) if isinstance(one, str) else one for one in parameters)
    return parameters


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
        """A session to look; nothing is committed. Raises UnavailableError when the database is away, RecordError
        `record.unstorable` for a number beyond 64 bits or a text that it can't hold."""
        with _named(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One short transaction: committed at the end, rolled back on any error."""
        with _named(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def breathe(self) -> None:
        """Between the parts of a long write: whoever waits for the lock gets it. SQLite hands it to nobody; a waiter looks again within
        25 ms as long as it has waited for less than 0.1 s (sqlite3BusyTimeout's delays). PostgreSQL's waiters stand in a line."""
        if self.is_sqlite:
            time.sleep(BREATH_S)

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
    except DataError as error:
        raise RecordError("record.unstorable", f"the database can't store it: {error.orig}") from error
    except OverflowError as error:
        if "SQLite" not in str(error):
            raise
        raise RecordError("record.unstorable", f"the database can't store it: {error}") from error
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


def no_truncate_statements(name: str, dialect: str) -> list[str]:
    """SQL that makes PostgreSQL refuse to empty that table too. SQLite has no such statement."""
    if dialect != "postgresql":
        return []
    return [
        (
            f"CREATE OR REPLACE FUNCTION {name}_no_TRUNCATE() RETURNS trigger AS "
            f"$$ BEGIN RAISE EXCEPTION '{name} is append-only'; END $$ LANGUAGE plpgsql"
        ),
        f"CREATE TRIGGER {name}_no_TRUNCATE BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION {name}_no_TRUNCATE()",
    ]


def append_only(table: Table) -> None:
    """The same when the table is created from the metadata."""
    for dialect in _APPEND_ONLY:
        for statement in append_only_statements(table.name, dialect) + no_truncate_statements(table.name, dialect):
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


IDS_AT_ONCE: Final = 500


def rows_by_id(session: Session, table: Any, wanted: Iterable[str | None]) -> dict[str, Any]:
    """The rows of these ids, asked for in pieces that every database takes; empty ids are left out."""
    known = sorted({one for one in wanted if one})
    return {
        row.id: row
        for n in range(0, len(known), IDS_AT_ONCE)
        for row in session.scalars(select(table).where(table.id.in_(known[n : n + IDS_AT_ONCE])))
    }
