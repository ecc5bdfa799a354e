"""How shifts end, who stands in, what nobody filled; requests for leave and swaps; guards' telephones"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def upgrade() -> None:
    op.add_column("guard", _text("phone", 24))
    op.add_column("shift", _text("closed_how", 20))
    op.add_column("shift", _text("closed_note", 200))
    op.add_column("shift", sa.Column("overdue_at", sa.Float(53), nullable=False, server_default="0"))
    op.add_column("shift", sa.Column("pauses", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE shift SET overdue_at = due_end_at + 7200")
    op.add_column("roster_entry", sa.Column("missing_since", sa.Float(53), nullable=True))
    op.add_column("roster_entry", sa.Column("holes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("roster_entry", sa.Column("covers_id", sa.String(length=60), nullable=True))
    op.add_column("roster_entry", _text("exception", 200))
    op.create_index(op.f("ix_roster_entry_covers_id"), "roster_entry", ["covers_id"])
    op.create_table(
        "roster_request",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("from_at", sa.Float(53), nullable=True),
        sa.Column("to_at", sa.Float(53), nullable=True),
        sa.Column("entry_id", sa.String(length=60), nullable=True),
        sa.Column("other_guard_id", sa.String(length=60), nullable=True),
        sa.Column("other_entry_id", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.Float(53), nullable=False),
        sa.Column("agreed_at", sa.Float(53), nullable=True),
        sa.Column("decided_at", sa.Float(53), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decision_note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_roster_request_guard_id_guard")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_roster_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_request")),
    )
    for column in ("unit_id", "guard_id", "entry_id", "other_guard_id", "state"):
        op.create_index(op.f(f"ix_roster_request_{column}"), "roster_request", [column])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
