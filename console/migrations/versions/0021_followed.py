"""Followed records are compared: an epoch of the database and a version of each record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followed_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_state")),
    )
    op.create_table(
        "followed_version",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.String(80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", name=op.f("pk_followed_version")),
    )
    op.add_column("outbox", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    # Rows that wait keep their order; records that no row waits for have no version until they are written again.
    op.execute("UPDATE outbox SET version = seq")
    op.execute("INSERT INTO followed_version SELECT kind, record_id, max(seq) FROM outbox GROUP BY kind, record_id")
    op.execute("INSERT INTO followed_state SELECT 1, 0, max(seq) FROM outbox HAVING count(*) > 0")


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
