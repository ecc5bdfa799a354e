"""What a guard did without a network, said later, and what proves its moment"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_act",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("guard_id", sa.String(60), sa.ForeignKey("guard.id"), nullable=False),
        sa.Column("unit_id", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("claimed_at", sa.Float(53), nullable=False),
        sa.Column("contact_at", sa.Float(53), nullable=True),
        sa.Column("since_s", sa.Float(53), nullable=True),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(60), nullable=False),
        sa.Column("proof", sa.String(20), nullable=False),
        sa.Column("proof_fix_id", sa.String(80), nullable=True),
        sa.Column("counts_at", sa.Float(53), nullable=True),
        sa.Column("shift_id", sa.String(60), sa.ForeignKey("shift.id"), nullable=True),
        sa.Column("break_id", sa.String(60), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_at", sa.Float(53), nullable=True),
        sa.Column("decision_note", sa.String(200), nullable=False),
        sa.Column("followed_at", sa.Float(53), nullable=True),
    )
    for column in ("guard_id", "unit_id", "received_at", "state", "shift_id"):
        op.create_index(f"ix_duty_act_{column}", "duty_act", [column])
    op.create_index("ix_duty_act_unfollowed", "duty_act", ["followed_at", "state"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
