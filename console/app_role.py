"""The programs' own role in PostgreSQL: it owns nothing, so that the triggers that keep rows as they are can't be taken off by it."""

from __future__ import annotations

import re
from typing import Final

from psycopg import sql
from sqlalchemy import inspect, text

from lianqin.db import Store
from lianqin.errors import ConflictError, RecordError

_APPEND_ONLY: Final = ("audit", "draw", "ledger_line", "seal", "trail_purge")
_VERBS: Final = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}


def append_only_tables() -> tuple[str, ...]:
    return _APPEND_ONLY


def missing_triggers(store: Store) -> list[str]:
    """Of those that keep append-only tables as they are: gone, or switched off."""
    kind = store.engine.dialect.name
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if kind == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A') AND NOT tgisinternal"
    with store.read() as session:
        stand = {str(one).lower() for one in session.scalars(text(found))}
    return [name for table in _APPEND_ONLY for verb in _VERBS[kind] if (name := f"{table}_no_{verb}") not in stand]


def do_make(store: Store, name: str, password: str | None) -> None:
    """Make the role, or bring its rights to what the tables are now; without a password it keeps the one it has. Run by who owns the tables.

    Raises ConflictError `role.sqlite`, RecordError `role.name`.
    """
    if store.is_sqlite:
        raise ConflictError("role.sqlite", "SQLite knows no roles: who can write the file can change everything in it")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise RecordError(
            "role.name", f"{name!r}: a role's name has a-z, 0-9 and _, and begins with a letter", name=name[:80]
        )
    with store.engine.begin() as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            raise ConflictError("role.connection", "the database is away")
        tables = inspect(connection).get_table_names()
        with raw.cursor() as cursor:
            for statement in _statements(name, password, tables, _exists(cursor, name)):
                cursor.execute(statement)


def _exists(cursor: object, name: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))  # type: ignore[attr-defined]
    return cursor.fetchone() is not None  # type: ignore[attr-defined]


def _statements(name: str, password: str | None, tables: list[str], exists: bool) -> list[sql.Composed]:  # noqa: FBT001
    role = sql.Identifier(name)
    kept = sql.SQL(", ").join(sql.Identifier(one) for one in _APPEND_ONLY)
    told = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    plain = sql.SQL(", ").join(sql.Identifier(one) for one in sorted(set(tables) - {*_APPEND_ONLY, "alembic_version"}))
    verb = sql.SQL("ALTER" if exists else "CREATE")
    return [
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS").format(verb, role)
        + told,
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(role),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role),
        sql.SQL("GRANT INSERT, UPDATE, DELETE ON {} TO {}").format(plain, role),
        sql.SQL("GRANT INSERT ON {} TO {}").format(kept, role),
        sql.SQL("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
    ]
