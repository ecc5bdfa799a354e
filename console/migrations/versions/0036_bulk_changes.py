"""Changes of many cameras at once, which can be taken back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "camera_bulk",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("made_at", sa.Float(53), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at_item", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
    )
    op.create_index("ix_camera_bulk_made_at", "camera_bulk", ["made_at"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
