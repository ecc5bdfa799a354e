"""A database of revision 0015 with a month of data in every table comes forward to this program's schema; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from console.migrate import config, head, migrate
from lianqin import audit
from lianqin.chain import CHAINS
from lianqin.clock import SystemClock
from lianqin.db import Store, open_engine
from lianqin.testing import T0
from lianqin.verify import verify

DAY = 86_400.0
DAYS = 30
FROM = "0015"
LAST = date(2026, 9, 21)


@pytest.fixture
def old_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Empty, and of no revision yet."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        folder = request.getfixturevalue("postgres")
        with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS old WITH (FORCE)")
            connection.execute("CREATE DATABASE old")
        url = f"postgresql+psycopg://postgres@/old?host={folder}"
    engine = open_engine(url)
    yield engine
    engine.dispose()


def value(column: sa.Column[Any], n: int) -> Any:
    """Of the n-th day, by the column's kind and name."""
    key, kind = column.name, column.type
    moment = T0 - (DAYS - n) * DAY
    if column.foreign_keys:
        [target] = column.foreign_keys
        return value(target.column, n)
    if isinstance(kind, sa.JSON):
        return (
            []
            if key in {"tracks", "zone_points", "items", "polygon", "masks", "looks", "pool", "excluded", "chosen"}
            else {}
        )
    if isinstance(kind, sa.Boolean):
        return n % 2 == 0
    if isinstance(kind, sa.Integer):
        return n + 1
    if isinstance(kind, sa.Float | sa.Numeric):
        return moment if key == "at" or key.endswith(("_at", "_from", "until", "since")) else 30.0 + n / 100
    length = getattr(kind, "length", None) or 40
    text = (LAST - timedelta(days=DAYS - n)).isoformat() if key == "day" else f"{key[: max(1, length - 4)]}{n}"
    return text[-length:]


def fill(engine: sa.Engine) -> dict[str, int]:
    """A row a day in every table, by the database's own schema: no class of this program speaks here. Returns the counts."""
    tables = sa.MetaData()
    tables.reflect(engine)
    counts = {}
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [{column.name: value(column, n) for column in table.columns} for n in range(DAYS)]
            connection.execute(table.insert(), rows)
            counts[table.name] = len(rows)
        connection.execute(
            sa.text("UPDATE alert SET camera_id = (SELECT id FROM camera ORDER BY id LIMIT 1) WHERE seq % 3 = 0")
        )
        connection.execute(sa.text("UPDATE alert SET camera_id = 'off-the-list' WHERE seq % 3 = 1"))
        connection.execute(sa.text("UPDATE alert SET received_at = 9e9 WHERE seq = 7"))
        connection.execute(sa.text("UPDATE camera SET keep_days = 365"))
        lately = {"at": SystemClock().now() - DAY}
        connection.execute(sa.text("UPDATE purge_certificate SET at = :at, files = 40 WHERE number < 3"), lately)
    return counts


def count(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: int(connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0)
                for name in sa.inspect(connection).get_table_names() if name != "alembic_version"}  # fmt: skip


@pytest.mark.parametrize("old_engine", ["sqlite", "postgresql"], indirect=True)
def test_a_month_of_revision_0015_comes_forward_whole(old_engine: sa.Engine) -> None:
    with old_engine.execution_options(lianqin_write=True).begin() as connection:
        command.upgrade(config(connection), FROM)
    before = fill(old_engine)
    assert len(before) > 40
    assert set(before.values()) == {DAYS}
    migrate(old_engine)
    after = count(old_engine)
    assert {name: after[name] for name in before} == before
    with old_engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head()
        assert connection.execute(sa.text("SELECT kind, taken FROM sweep_day")).all() == [("evidence", 80)]
        now = connection.scalar(sa.text("SELECT max(kept_from) FROM alert"))
        assert now is not None
        assert now < 9e9, "no arrival lies ahead of the database's clock"
        odd = "SELECT count(*) FROM alert WHERE kept_from IS NULL OR (seq <> 7 AND kept_from <> received_at)"
        assert connection.scalar(sa.text(odd)) == 0
        terms = "SELECT count(*) FROM alert WHERE (keep_days = 365) <> (camera_id IN (SELECT id FROM camera)) AND keep_days IS NOT NULL"
        assert connection.scalar(sa.text(terms)) == 0


@pytest.mark.parametrize("old_engine", ["sqlite", "postgresql"], indirect=True)
def test_what_can_not_go_back_says_so(old_engine: sa.Engine) -> None:
    migrate(old_engine)
    with pytest.raises(NotImplementedError, match="restore the copy"), old_engine.connect() as connection:
        command.downgrade(config(connection), FROM)


@pytest.mark.parametrize("old_engine", ["sqlite", "postgresql"], indirect=True)
def test_accounts_of_before_get_their_grace_and_who_set_their_passwords_is_read_from_the_register(
    old_engine: sa.Engine,
) -> None:
    with old_engine.execution_options(lianqin_write=True).begin() as connection:
        command.upgrade(config(connection), FROM)
    tables = sa.MetaData()
    tables.reflect(old_engine)
    acts = [
        ("account.add", "a-1", "a-sec", {}), ("account.change", "a-1", "a-sec2", {"name": ["x", "y"]}), ("account.add", "a-2", "a-sec", {}),
        ("account.change", "a-2", "a-sec2", {"new_password": True}), ("account.add", "a-3", "a-sec", {}), ("account.own_password", "a-3", "a-3", {}),
    ]  # fmt: skip
    with old_engine.begin() as connection:
        for n in range(1, 5):
            connection.execute(tables.tables["account"].insert(), {"id": f"a-{n}", "username": f"u{n}", "password_hash": "x", "role": "operator",
                               "name": "n", "disabled": False, "failures": 0})  # fmt: skip
        for action, account, actor, detail in acts:
            connection.execute(tables.tables["audit"].insert(), {"at": T0, "actor_id": actor, "actor_name": "n", "action": action,
                               "object_kind": "account", "object_id": account, "detail": detail})  # fmt: skip
    began = SystemClock().now()
    migrate(old_engine)
    with old_engine.connect() as connection:
        found = connection.execute(sa.text("SELECT id, password_by, factor_free_from FROM account ORDER BY id")).all()
    assert [tuple(row[:2]) for row in found] == [("a-1", "a-sec"), ("a-2", "a-sec2"), ("a-3", "a-3"), ("a-4", "")]
    assert all(began - 1 <= row[2] <= SystemClock().now() for row in found)


@pytest.mark.parametrize("old_engine", ["sqlite", "postgresql"], indirect=True)
def test_the_register_of_before_is_chained_as_it_stood_and_trusted_from_then_on(old_engine: sa.Engine) -> None:
    with old_engine.execution_options(lianqin_write=True).begin() as connection:
        command.upgrade(config(connection), FROM)
    fill(old_engine)
    migrate(old_engine)
    store = Store(old_engine)
    for name, chain in CHAINS.items():
        with store.read() as session:
            report = verify(session, chain)
        assert (report.whole, report.rows, report.agree) == (True, DAYS, 1), (name, report.faults)
    for table in ("audit", "ledger_line", "draw"):
        with pytest.raises(DBAPIError, match="append-only"), old_engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {table} SET hash = 'x'"))
    with store.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=T0)
    off = "DROP TRIGGER audit_no_UPDATE" if store.is_sqlite else "SET LOCAL session_replication_role = replica"
    with old_engine.begin() as connection:
        connection.execute(sa.text(off))
        connection.execute(sa.text("UPDATE audit SET actor_name = 'x' WHERE seq = 7"))
    with store.read() as session:
        assert "row 7 differs" in verify(session, CHAINS["audit"]).faults[0]
