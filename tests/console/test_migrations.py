"""The migrated schema is the metadata's, on both databases; the register and the ledger refuse changes there too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from console.migrate import head, migrate
from lianqin import audit
from lianqin.db import Base, Store, load_tables, open_engine
from lianqin.errors import ConflictError
from lianqin.testing import T0

load_tables("console", "patrol")


def test_the_migrated_schema_and_the_metadata_do_not_differ(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    migrate(store.engine)
    with store.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head()


def test_the_migrated_register_can_be_added_to_and_nothing_else(store: Store) -> None:
    with store.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=T0, purpose="alert_judging")
    for statement in ("DELETE FROM audit", "UPDATE audit SET actor_id = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
            session.execute(text(statement))


def test_every_append_only_table_has_its_triggers(store: Store, room: Any) -> None:
    with store.write() as session:
        session.execute(text(
            "INSERT INTO ledger_line (id, at, shift_id, guard_id, unit_id, rule_version, line, points, out_of, numerator,"
            " denominator, provisional, evidence, reason) VALUES ('l1', 1, 'S1', 'G1', 'U1', 'r1', 'presence', 1, 1, 1, 1,"
            " true, '{}', '')"
        ))  # fmt: skip
    for statement in ("DELETE FROM ledger_line", "UPDATE ledger_line SET points = 9"):
        with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
            session.execute(text(statement))


def test_a_database_of_a_newer_program_is_left_alone_and_said_so(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'newer.db'}")
    migrate(engine)
    with engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(ConflictError, match="9999"):
        migrate(engine)
