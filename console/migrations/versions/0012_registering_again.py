"""Until when a JT/T 808 terminal may register again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("register_no", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("device", sa.Column("register_until", sa.Float(53), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
