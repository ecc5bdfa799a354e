"""Guards' phones, bound by a code, and their sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("login_session", sa.Column("phone_id", sa.String(length=60)))
    op.create_index("ix_login_session_phone_id", "login_session", ["phone_id"])
    op.create_table(
        "phone",
        sa.Column("id", sa.String(length=60), primary_key=True),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), unique=True),
        sa.Column("made_at", sa.Float(precision=53), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("until", sa.Float(precision=53), nullable=False),
        sa.Column("bound_at", sa.Float(precision=53)),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("ended_at", sa.Float(precision=53)),
        sa.Column("ended_by", sa.String(length=80)),
    )
    op.create_index("ix_phone_guard_id", "phone", ["guard_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
