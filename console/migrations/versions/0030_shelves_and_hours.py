"""Shelves, calendars of zones, the station's own reasons for false"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shelf",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("camera_id", sa.String(60), nullable=False),
        sa.Column("zone_id", sa.String(60), nullable=False),
        sa.Column("zone_name", sa.String(80), nullable=False),
        sa.Column("situation", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("shelved_by", sa.String(80), nullable=False),
        sa.Column("from_at", sa.Float(53), nullable=False),
        sa.Column("until_at", sa.Float(53), nullable=False),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("ended_by", sa.String(80)),
    )
    op.create_index("ix_shelf_camera_id", "shelf", ["camera_id"])
    op.create_index("ix_shelf_ended_at", "shelf", ["ended_at"])
    op.create_table(
        "calendar",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_en", sa.String(80), nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
    )
    op.create_table(
        "false_reason",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
    )
    op.add_column("alert", sa.Column("shelf_id", sa.String(60)))
    op.add_column("alert", sa.Column("back_at", sa.Float(53)))
    op.create_index("ix_alert_shelf_id", "alert", ["shelf_id"])


def downgrade() -> None:
    """What rested comes back into the queue; shelves, calendars and the station's reasons are lost."""
    op.drop_index("ix_alert_shelf_id", "alert")
    op.drop_column("alert", "back_at")
    op.drop_column("alert", "shelf_id")
    for table in ("false_reason", "calendar", "shelf"):
        op.drop_table(table)
