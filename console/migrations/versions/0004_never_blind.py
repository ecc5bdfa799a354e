"""The watch ledger and outages of cameras"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("camera", sa.Column("watched_since", sa.Float(53), nullable=True))
    op.create_table(
        "watch_hour",
        sa.Column("camera_id", sa.String(length=60), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("letters", sa.String(length=60), nullable=False),
        sa.Column("looks", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "hour", name=op.f("pk_watch_hour")),
    )
    op.create_index(op.f("ix_watch_hour_hour"), "watch_hour", ["hour"])
    op.create_table(
        "outage",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("camera_id", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("from_at", sa.Float(53), nullable=False),
        sa.Column("to_at", sa.Float(53), nullable=True),
        sa.Column("alert_id", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outage")),
    )
    for column in ("camera_id", "from_at", "to_at", "alert_id"):
        op.create_index(op.f(f"ix_outage_{column}"), "outage", [column])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
