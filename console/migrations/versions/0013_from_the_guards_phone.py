"""What a guard says from the phone: being there, and findings reported"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("said_at", "said_received_at", "said_lon", "said_lat", "said_accuracy_m"):
        op.add_column("dispatch", sa.Column(column, sa.Float(53), nullable=True))
    op.create_table(
        "guard_report",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=True),
        sa.Column("area_id", sa.String(length=60), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("lon", sa.Float(53), nullable=True),
        sa.Column("lat", sa.Float(53), nullable=True),
        sa.Column("accuracy_m", sa.Float(53), nullable=True),
        sa.Column("promised", sa.String(length=10), nullable=False),
        sa.Column("media", sa.String(length=200), nullable=True),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("media_sha256", sa.String(length=64), nullable=True),
        sa.Column("media_at", sa.Float(53), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.Float(53), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_note", sa.String(length=400), nullable=False),
        sa.Column("alert_id", sa.String(length=60), nullable=True),
        sa.Column("incident_id", sa.String(length=60), nullable=True),
        sa.Column("purged_at", sa.Float(53), nullable=True),
        sa.Column("certificate", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_guard_report_guard_id_guard")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard_report")),
    )
    for column in ("guard_id", "received_at", "state", "alert_id"):
        op.create_index(op.f(f"ix_guard_report_{column}"), "guard_report", [column])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
