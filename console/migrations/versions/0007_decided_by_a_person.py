"""Refusals with a closed reason, and a person's word on each"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dispatch", sa.Column("refused_at", sa.Float(precision=53)))
    op.add_column("dispatch", sa.Column("refused_code", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("dispatch", sa.Column("refused_found", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("dispatch", sa.Column("review", sa.String(length=20)))
    op.add_column("dispatch", sa.Column("reviewed_by", sa.String(length=80)))
    op.add_column("dispatch", sa.Column("reviewed_at", sa.Float(precision=53)))
    op.add_column("dispatch", sa.Column("review_note", sa.String(length=400), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
