"""The audit and the ledger of points are chained by hashes, seals of both; PostgreSQL refuses to empty append-only tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lianqin.chain import START, follow, line_of
from lianqin.clock import SystemClock
from lianqin.db import append_only_statements, no_truncate_statements

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
COLUMNS = {
    "audit": (
        "seq", "at", "actor_id", "actor_name", "role", "unit_id", "action", "object_kind", "object_id", "purpose", "case_ref", "detail",
    ),
    "ledger_line": (
        "seq", "id", "at", "shift_id", "guard_id", "unit_id", "rule_version", "line", "points", "out_of", "numerator", "denominator",
        "provisional", "evidence", "reverses", "reason",
    ),
}  # fmt: skip
"""As lines are made of them in version 1 of the chain."""
NAMES = {"audit": "audit", "ledger_line": "points"}


def upgrade() -> None:
    dialect = op.get_context().dialect.name
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("chain", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
    )
    op.create_index("ix_seal_chain", "seal", ["chain", "number"])
    for table in COLUMNS:
        op.add_column(table, sa.Column("hash", sa.String(64), nullable=True))
        _chain(table)
    for statement in append_only_statements("seal", dialect):
        op.execute(sa.text(statement))
    for name in ("audit", "ledger_line", "trail_purge", "seal"):
        for statement in no_truncate_statements(name, dialect):
            op.execute(sa.text(statement))


def _chain(name: str) -> None:
    """What stands there is hashed as it stands; the trigger that forbids it is away until the transaction's end."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        bind.execute(sa.text(f"ALTER TABLE {name} DISABLE TRIGGER {name}_no_update"))
    else:
        bind.execute(sa.text(f"DROP TRIGGER {name}_no_UPDATE"))
    table = sa.Table(name, sa.MetaData(), autoload_with=bind)
    seq, former = _fill(bind, table)
    if seq:
        bind.execute(
            sa.text("INSERT INTO seal (chain, kind, seq, hash, at, removed) VALUES (:chain, 'begun', :seq, :hash, :at, 0)"),
            {"chain": NAMES[name], "seq": seq, "hash": former, "at": SystemClock().now()},
        )  # fmt: skip
    if bind.dialect.name == "postgresql":
        bind.execute(sa.text(f"ALTER TABLE {name} ENABLE TRIGGER {name}_no_update"))
    else:
        bind.execute(sa.text(append_only_statements(name, "sqlite")[0]))


def _fill(bind: sa.Connection, table: sa.Table) -> tuple[int, str]:
    """The newest row's number and hash."""
    seq, former = 0, START
    query = sa.select(*(table.c[one] for one in COLUMNS[table.name])).order_by(table.c.seq).limit(AT_ONCE)
    change = table.update().where(table.c.seq == sa.bindparam("of")).values(hash=sa.bindparam("told"))
    while rows := bind.execute(query.where(table.c.seq > seq)).mappings().all():
        told = []
        for values in rows:
            seq, former = values["seq"], follow(former, line_of(table, COLUMNS[table.name], values))
            told.append({"of": seq, "told": former})
        bind.execute(change, told)
    return seq, former


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
