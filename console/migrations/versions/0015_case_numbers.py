"""Numbers of spot checks, made by the machine"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_number",
        sa.Column("number", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("issued_to", sa.String(80), nullable=False),
        sa.Column("issued_at", sa.Float(53), nullable=False),
        sa.UniqueConstraint("day", "count", name="uq_case_number_day"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
