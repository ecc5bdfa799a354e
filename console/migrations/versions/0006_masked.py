"""Privacy masks of cameras; what of a camera is decoded"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("camera", sa.Column("sampling", sa.String(length=12), nullable=False, server_default="gated"))
    op.add_column("camera", sa.Column("masks", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
