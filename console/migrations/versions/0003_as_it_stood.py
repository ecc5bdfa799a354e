"""A shift keeps its area as it stood; a guard who left keeps his record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shift", sa.Column("ground", sa.JSON(), nullable=False, server_default="{}"))
    op.drop_table("cell_visit")  # idleness is computed from the trails themselves
    op.add_column("guard", sa.Column("left_on", sa.String(length=10), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
