"""Radio call signs; pictures of tasks; promises; the desk handed over"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

SECONDS = sa.Float(53)
WAITING = sa.text("taken_at IS NULL")


def upgrade() -> None:
    op.add_column("guard", sa.Column("call_sign", sa.String(20), nullable=False, server_default=""))
    op.add_column("guard_report", sa.Column("dispatch_id", sa.String(60), nullable=True))
    op.create_index(op.f("ix_guard_report_dispatch_id"), "guard_report", ["dispatch_id"])
    op.create_table(
        "promise",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("alert_id", sa.String(60), nullable=False),
        sa.Column("incident_id", sa.String(60), nullable=True),
        sa.Column("words", sa.String(400), nullable=False),
        sa.Column("due_at", SECONDS, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", SECONDS, nullable=False),
        sa.Column("kept_by", sa.String(80), nullable=False),
        sa.Column("kept_at", SECONDS, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    for name in ("alert_id", "incident_id", "kept_at"):
        op.create_index(op.f(f"ix_promise_{name}"), "promise", [name])
    op.create_table(
        "desk_hand_over",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("given_by", sa.String(80), nullable=False),
        sa.Column("given_by_id", sa.String(60), nullable=False),
        sa.Column("given_at", SECONDS, nullable=False),
        sa.Column("from_at", SECONDS, nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("taken_by", sa.String(80), nullable=False),
        sa.Column("taken_by_id", sa.String(60), nullable=False),
        sa.Column("taken_at", SECONDS, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_hand_over")),
    )
    op.create_index(op.f("ix_desk_hand_over_given_at"), "desk_hand_over", ["given_at"])
    op.create_index(
        "uq_desk_hand_over_waiting", "desk_hand_over", ["given_by_id"], unique=True, sqlite_where=WAITING, postgresql_where=WAITING
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
