"""Canaries, and when the way of alerts was slow"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SECONDS = sa.Float(53)


def upgrade() -> None:
    op.create_table(
        "canary",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("worker", sa.String(60), nullable=False),
        sa.Column("captured_at", SECONDS, nullable=False),
        sa.Column("detected_at", SECONDS, nullable=False),
        sa.Column("published_at", SECONDS, nullable=False),
        sa.Column("received_at", SECONDS, nullable=False),
        sa.Column("pushed_at", SECONDS, nullable=True),
        sa.Column("shown_at", SECONDS, nullable=True),
        sa.Column("shown_within", SECONDS, nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary")),
    )
    op.create_index("ix_canary_worker", "canary", ["worker", "captured_at"])
    op.create_index(op.f("ix_canary_received_at"), "canary", ["received_at"])
    op.create_table(
        "line_fault",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("worker", sa.String(60), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("from_at", SECONDS, nullable=False),
        sa.Column("to_at", SECONDS, nullable=True),
        sa.Column("alert_id", sa.String(60), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_line_fault")),
    )
    for name in ("from_at", "to_at", "alert_id"):
        op.create_index(op.f(f"ix_line_fault_{name}"), "line_fault", [name])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
