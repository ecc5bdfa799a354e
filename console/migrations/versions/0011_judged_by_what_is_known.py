"""Silences of the platform, clocks corrected by hand, cells left out of coverage"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("clock_off_s", sa.Float(53), nullable=False, server_default="0"))
    op.create_table(
        "platform_silence",
        sa.Column("id", sa.String(length=60), primary_key=True),
        sa.Column("from_at", sa.Float(53), nullable=False),
        sa.Column("to_at", sa.Float(53), nullable=False),
        sa.Column("guards", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.Float(53), nullable=False),
    )
    op.create_index("ix_platform_silence_from_at", "platform_silence", ["from_at"])
    op.create_table(
        "left_out_cell",
        sa.Column("area_id", sa.String(length=60), sa.ForeignKey("area.id"), primary_key=True),
        sa.Column("cell", sa.String(length=20), primary_key=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
