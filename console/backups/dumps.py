"""A copy of the database while others use it: SQLite by its online backup, PostgreSQL by pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL

from lianqin.errors import ConflictError, UnavailableError
from lianqin.settings import foreign_environment

Say = Callable[[str], None]
NAMES: Final = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
PAGES: Final = 20_000
"""Copied between two lines of progress; writers go on between."""


def kind_of(url: URL) -> str:
    return url.get_backend_name()


def dump(url: URL, target: Path, say: Say, snapshot: str = "") -> None:
    """Into one file. `snapshot`: the one of PostgreSQL that is to be seen. Raises UnavailableError `backup.tool`, `backup.database`."""
    if kind_of(url) != "sqlite":
        _run(url, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}",
                              *([f"--snapshot={snapshot}"] if snapshot else [])])  # fmt: skip
        return

    def progress(_status: int, remaining: int, total: int) -> None:
        say(f"database: {100 * (total - remaining) // max(1, total)} %")

    source, copy = sqlite3.connect(str(url.database)), sqlite3.connect(target)
    try:
        source.backup(copy, pages=PAGES, progress=progress)
        copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise UnavailableError("backup.database", f"the database can't be copied: {error}") from error
    finally:
        copy.close()
        source.close()


def load(url: URL, dumped: Path) -> None:
    """Into an empty database. Raises as `dump` does."""
    if kind_of(url) != "sqlite":
        _run(
            url, "pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dumped)]
        )
        return
    target = Path(str(url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    forget_sqlite(target)
    aside = target.with_name(f".{target.name}.part")
    shutil.copyfile(dumped, aside)
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(target)


def forget_sqlite(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def rows_of(connection: Connection) -> dict[str, int]:
    """Rows of each table that is there."""
    tables = sorted(inspect(connection).get_table_names())
    return {one: int(connection.scalar(text(f'SELECT count(*) FROM "{one}"')) or 0) for one in tables}  # noqa: S608 - names of our own schema


def check_empty(engine: Engine) -> None:
    """Raises ConflictError `restore.full`."""
    with engine.connect() as connection:
        rows = rows_of(connection)
    full = [name for name, count in rows.items() if count and name != "alembic_version"]
    if full:
        raise ConflictError("restore.full", f"the database is not empty ({', '.join(full[:5])}); name an empty one, or say --overwrite", what="database")  # fmt: skip


def empty(engine: Engine) -> None:
    """For good: all tables of PostgreSQL's schema `public`."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))


def _run(url: URL, tool: str, arguments: list[str]) -> None:
    found = shutil.which(tool)
    if found is None:
        raise UnavailableError("backup.tool", f"{tool} is missing; Debian brings it with `apt-get install postgresql-client`", tool=tool)  # fmt: skip
    host = url.query.get("host", url.host)
    environ = foreign_environment()
    told = {
        "PGHOST": host,
        "PGPORT": url.query.get("port", url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
    }
    environ |= {name: str(value) for name, value in told.items() if value}
    ran = subprocess.run(  # noqa: S603 - the tool's own path, our arguments
        [found, "--dbname", str(url.database), *arguments], env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode != 0:
        raise UnavailableError("backup.database", f"{tool} failed: {ran.stderr.strip()[-500:]}", tool=tool)
