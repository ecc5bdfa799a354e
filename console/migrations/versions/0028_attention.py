"""Escalations with who took them, the second seat, mutes, and the record of what rang"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("alert_id", sa.String(60), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(10), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("taken_by", sa.String(80), nullable=True),
        sa.Column("taken_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("alert_id", "step", name=op.f("uq_escalation_alert_id")),
    )
    op.create_index(op.f("ix_escalation_at"), "escalation", ["at"])
    for name, more in (("second_seat", ()), ("mute", ("until",))):
        op.create_table(
            name,
            sa.Column("account_id", sa.String(60), nullable=False),
            sa.Column("at", sa.Float(53), nullable=False),
            *(sa.Column(one, sa.Float(53), nullable=False) for one in more),
            sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{name}_account_id_account")),
            sa.PrimaryKeyConstraint("account_id", name=op.f(f"pk_{name}")),
        )
    op.create_table(
        "ring",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("alert_id", sa.String(60), nullable=False),
        sa.Column("account_id", sa.String(60), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("why", sa.String(10), nullable=False),
        sa.Column("means", sa.String(12), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring")),
    )
    op.create_index(op.f("ix_ring_alert_id"), "ring", ["alert_id"])
    op.create_index(op.f("ix_ring_received_at"), "ring", ["received_at"])


def downgrade() -> None:
    for name in ("ring", "mute", "second_seat", "escalation"):
        op.drop_table(name)
