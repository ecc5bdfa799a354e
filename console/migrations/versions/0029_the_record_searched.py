"""The record is searched: an index of what it is narrowed, sorted and summed up by, and views that people keep"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_alert_record",
        "alert",
        ["captured_at", "priority", "situation", "camera_id", "zone_id", "zone_name", "state", "judge_reason", "judged_by",
         "judged_at", "received_at", "incident_id", "id"],
    )  # fmt: skip
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("account_id", sa.String(60), nullable=False),
        sa.Column("page", sa.String(20), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("query", sa.String(1000), nullable=False),
        sa.Column("saved_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("account_id", "page", "name", name=op.f("uq_saved_view_account_id")),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_index("ix_alert_record", "alert")
