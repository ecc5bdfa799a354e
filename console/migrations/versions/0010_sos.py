"""Calls for help; telephone numbers of units and stations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("unit", "organisation"):
        op.add_column(table, sa.Column("phone", sa.String(length=24), nullable=False, server_default=""))
    op.create_table(
        "sos_calls",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=True),
        sa.Column("device_id", sa.String(length=80), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.Float(53), nullable=False),
        sa.Column("device_at", sa.Float(53), nullable=True),
        sa.Column("known_at", sa.Float(53), nullable=False),
        sa.Column("lon", sa.Float(53), nullable=True),
        sa.Column("lat", sa.Float(53), nullable=True),
        sa.Column("accuracy_m", sa.Float(53), nullable=True),
        sa.Column("place_at", sa.Float(53), nullable=True),
        sa.Column("place_source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.Column("last_press_at", sa.Float(53), nullable=False),
        sa.Column("well_at", sa.Float(53), nullable=True),
        sa.Column("taken_by", sa.String(length=80), nullable=True),
        sa.Column("taken_name", sa.String(length=80), nullable=False),
        sa.Column("taken_at", sa.Float(53), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_name", sa.String(length=80), nullable=False),
        sa.Column("closed_at", sa.Float(53), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sos_calls")),
    )
    for column in ("guard_id", "unit_id", "raised_at"):
        op.create_index(op.f(f"ix_sos_calls_{column}"), "sos_calls", [column])
    still_open = sa.text("state <> 'closed'")
    op.create_index("uq_sos_calls_open", "sos_calls", ["guard_id"], unique=True, sqlite_where=still_open,
                    postgresql_where=still_open)  # fmt: skip
    op.create_table(
        "sos_presses",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("device_at", sa.Float(53), nullable=True),
        sa.Column("lon", sa.Float(53), nullable=True),
        sa.Column("lat", sa.Float(53), nullable=True),
        sa.Column("accuracy_m", sa.Float(53), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["sos_calls.id"], name=op.f("fk_sos_presses_call_id_sos_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sos_presses")),
    )
    op.create_index(op.f("ix_sos_presses_call_id"), "sos_presses", ["call_id"])
    op.create_index("ix_sos_presses_message", "sos_presses", ["device_id", "received_at"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
