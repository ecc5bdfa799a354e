"""Draws are numbered, chained by hashes and append-only, as the register and the points are; what stood there is trusted from then on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lianqin.chain import START, follow, line_of
from lianqin.clock import SystemClock
from lianqin.db import append_only_statements, no_truncate_statements

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
COLUMNS = ("seq", "id", "at", "drawn_by", "reason", "size", "seed", "pool", "excluded", "chosen")
"""As lines are made of them in version 1 of the chain."""
COUNTED = (
    "CREATE SEQUENCE draw_seq_seq OWNED BY draw.seq",
    "ALTER TABLE draw ALTER COLUMN seq SET DEFAULT nextval('draw_seq_seq')",
)
"""PostgreSQL: a program of before, which runs on for a while, numbers its draws by the database."""


def upgrade() -> None:
    dialect = op.get_context().dialect.name
    op.add_column("draw", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("draw", sa.Column("hash", sa.String(64), nullable=True))
    seq, former = _chain()
    op.create_index("ix_draw_seq", "draw", ["seq"], unique=True)
    if dialect == "postgresql":
        for statement in COUNTED:
            op.execute(sa.text(statement))
        op.execute(sa.text(f"SELECT setval('draw_seq_seq', {max(seq, 1)}, {seq > 0})"))
    if seq:
        op.get_bind().execute(
            sa.text("INSERT INTO seal (chain, kind, seq, hash, at, removed) VALUES ('draws', 'begun', :seq, :hash, :at, 0)"),
            {"seq": seq, "hash": former, "at": SystemClock().now()},
        )  # fmt: skip
    for statement in append_only_statements("draw", dialect) + no_truncate_statements("draw", dialect):
        op.execute(sa.text(statement))


def _chain() -> tuple[int, str]:
    """Numbers and hashes what stands there, in the order of its time; gives the newest row's."""
    bind = op.get_bind()
    table = sa.Table("draw", sa.MetaData(), autoload_with=bind)
    seq, former = 0, START
    change = (
        table.update().where(table.c.id == sa.bindparam("of")).values(seq=sa.bindparam("n"), hash=sa.bindparam("told"))
    )
    query = (
        sa.select(*(table.c[one] for one in COLUMNS if one != "seq")).order_by(table.c.at, table.c.id).limit(AT_ONCE)
    )
    after: sa.ColumnElement[bool] = sa.true()
    while rows := bind.execute(query.where(after)).mappings().all():
        told = []
        for values in rows:
            seq += 1
            former = follow(former, line_of(table, COLUMNS, {**values, "seq": seq}))
            told.append({"of": values["id"], "n": seq, "told": former})
        bind.execute(change, told)
        last = rows[-1]
        after = sa.or_(table.c.at > last["at"], sa.and_(table.c.at == last["at"], table.c.id > last["id"]))
    return seq, former


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
