"""The programs' own role in PostgreSQL does the daily work and can change no row of the register, whatever it tries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from console import app_role
from console.migrate import migrate
from lianqin import audit, seals
from lianqin.chain import CHAINS
from lianqin.db import Store, open_engine
from lianqin.errors import ConflictError, RecordError
from lianqin.testing import T0
from lianqin.verify import verify

ROLE = "lianqin_app"
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def programs(store: Store, database_url: str) -> Iterator[Store]:
    """The store as the role that was made by the owner sees it."""
    app_role.do_make(store, ROLE, "it's secret")
    engine = open_engine(
        database_url.replace("postgres@", f"{ROLE}:it's secret@".replace("'", "%27").replace(" ", "%20"))
    )
    yield Store(engine)
    engine.dispose()


@pytest.mark.parametrize(
    "tried",
    [
        "UPDATE audit SET actor_name = 'x'", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM seal", "UPDATE ledger_line SET points = 9", "UPDATE draw SET chosen = '[]'",
        "ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE audit DISABLE TRIGGER audit_no_update", "DROP TRIGGER audit_no_update ON audit",
        "DROP TABLE audit", "ALTER TABLE audit RENAME TO other", ("CREATE OR REPLACE FUNCTION audit_no_update() RETURNS trigger AS "
        "$$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql"), "SET session_replication_role = replica", "TRUNCATE account", "DROP TABLE account",
        "CREATE TABLE mine (id int)", "GRANT UPDATE ON audit TO CURRENT_USER; UPDATE audit SET actor_name = 'x'", "ALTER TABLE audit OWNER TO CURRENT_USER",
        "SET ROLE postgres", "CREATE ROLE other SUPERUSER", "ALTER ROLE CURRENT_USER SUPERUSER", "COPY audit FROM PROGRAM 'true'",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)  # fmt: skip
def test_the_programs_role_is_refused(programs: Store, tried: str) -> None:
    with programs.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=T0)
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner|must be superuser|must be member"),
        programs.write() as session,
    ):
        session.execute(text(tried))
    with programs.read() as session:
        assert session.scalar(text("SELECT count(*) FROM audit WHERE actor_name = 't'")) == 1


def test_the_programs_role_does_the_daily_work(programs: Store, room: Any, password_hash: str) -> None:
    with programs.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=T0)
        session.execute(text("UPDATE account SET name = 'x' WHERE id = 'a-operator'"))
        session.execute(text("DELETE FROM quarantine"))
        session.execute(text("INSERT INTO feed (at, topic, object_id) VALUES (1, 'alert', 'x')"))
    assert {one.chain: one.seq for one in seals.take_seals(programs, T0)} == {"audit": 1, "draws": 1}
    with programs.read() as session:
        assert verify(session, CHAINS["audit"]).whole
    migrate(programs.engine)  # at this program's schema already
    assert app_role.missing_triggers(programs) == []


def test_a_cut_takes_the_owner(programs: Store) -> None:
    with programs.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=T0)
    seals.take_seals(programs, T0)
    with pytest.raises(ConflictError, match="only who owns the tables"), programs.write() as session:
        seals.do_cut(session, CHAINS["audit"], 9e9, T0)
    with programs.read() as session:
        assert verify(session, CHAINS["audit"]).rows == 1


def test_an_older_schema_says_who_must_bring_it_forward(programs: Store, postgres: str) -> None:
    with psycopg.connect(host=postgres, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS unmigrated WITH (FORCE)")
        connection.execute("CREATE DATABASE unmigrated")
    engine = open_engine(f"postgresql+psycopg://{ROLE}@/unmigrated?host={postgres}")
    try:
        with pytest.raises(ConflictError, match="python -m console migrate"):
            migrate(engine)
    finally:
        engine.dispose()


def test_a_role_made_again_gets_the_rights_of_tables_that_came_since(store: Store, programs: Store) -> None:
    with store.write() as session:
        session.execute(text("CREATE TABLE came_later (id int)"))
    try:
        with pytest.raises(ProgrammingError, match="permission denied"), programs.write() as session:
            session.execute(text("INSERT INTO came_later VALUES (1)"))
        app_role.do_make(store, ROLE, None)
        with programs.write() as session:
            session.execute(text("INSERT INTO came_later VALUES (1)"))
    finally:
        with store.write() as session:
            session.execute(text("DROP TABLE came_later"))


@pytest.mark.parametrize("name", ["", "a b", 'x"; DROP TABLE audit', "Ä", "x" * 64])
def test_an_odd_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(RecordError, match="a role's name"):
        app_role.do_make(store, name, None)
