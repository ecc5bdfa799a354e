"""Bring the database to this program's schema. The console does it at its start; `python -m console migrate` by hand."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from lianqin.db import ORDER_LOCK
from lianqin.errors import ConflictError

FOLDER = Path(__file__).resolve().parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    if connection is not None:
        made.attributes["connection"] = connection
    return made


def head() -> str:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def migrate(engine: Engine) -> None:
    """Run what is missing, in one transaction; replicas that start together wait for each other.

    Raises ConflictError `migrations.unknown` for a database of a newer program, `migrations.rights` for a role that may not change tables.
    """
    with engine.execution_options(lianqin_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ORDER_LOCK + 1})
        try:
            command.upgrade(config(connection), "head")
        except CommandError as error:
            found = str(error)
            raise ConflictError("migrations.unknown", f"{found}; update the program", found=found) from error
        except ProgrammingError as error:
            if not isinstance(error.orig, InsufficientPrivilege):
                raise
            raise ConflictError(
                "migrations.rights",
                "the database is of an older program and this role may not change its tables: run `python -m console migrate` with "
                f"LIANQIN_DATABASE_URL naming the role that owns them, then `python -m console role NAME` ({error.orig})",
            ) from error
