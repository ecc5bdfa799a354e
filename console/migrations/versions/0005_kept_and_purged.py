"""Priorities of cameras; evidence with digests, holds and purges"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("camera", sa.Column("priority", sa.Integer(), nullable=False, server_default="2"))
    op.add_column("camera", sa.Column("keep_days", sa.Integer(), nullable=True))
    op.add_column("alert", sa.Column("snapshot_sha256", sa.String(length=64), nullable=True))
    op.add_column("alert", sa.Column("clip_sha256", sa.String(length=64), nullable=True))
    op.add_column("alert", sa.Column("purged_at", sa.Float(53), nullable=True))
    op.add_column("alert", sa.Column("certificate", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_alert_purged_at"), "alert", ["purged_at"])
    op.create_table(
        "evidence_hold",
        sa.Column("alert_id", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("held_by", sa.String(length=80), nullable=False),
        sa.Column("held_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_evidence_hold")),
    )
    op.create_table(
        "purge_certificate",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.Float(53), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_purge_certificate")),
    )
    op.create_index(op.f("ix_purge_certificate_at"), "purge_certificate", ["at"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
