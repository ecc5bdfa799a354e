"""Tasks that do not go on, withdrawn incidents, who judged by account, desks that are open"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SECONDS = sa.Float(53)


def upgrade() -> None:
    for name in ("still_lon", "still_lat", "still_at"):
        op.add_column("dispatch", sa.Column(name, SECONDS, nullable=True))
    op.create_index(op.f("ix_dispatch_state"), "dispatch", ["state"])
    op.add_column("alert", sa.Column("judged_by_id", sa.String(80), nullable=True))
    with op.batch_alter_table("incident") as batch:
        batch.drop_constraint(op.f("uq_incident_alert_id"), type_="unique")
        batch.add_column(sa.Column("handled_at", SECONDS, nullable=True))
        batch.create_index(op.f("ix_incident_alert_id"), ["alert_id"])
    op.create_table(
        "stuck",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("dispatch_id", sa.String(60), nullable=False),
        sa.Column("incident_id", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("since", SECONDS, nullable=False),
        sa.Column("found_at", SECONDS, nullable=False),
        sa.Column("ended_at", SECONDS, nullable=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("ended_by", sa.String(80), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stuck")),
    )
    for name in ("dispatch_id", "incident_id", "ended_at"):
        op.create_index(op.f(f"ix_stuck_{name}"), "stuck", [name])
    op.create_table(
        "desk_seat",
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(60), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("alert_id", sa.String(60), nullable=True),
        sa.Column("since", SECONDS, nullable=False),
        sa.Column("until", SECONDS, nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_desk_seat")),
    )
    op.create_index(op.f("ix_desk_seat_alert_id"), "desk_seat", ["alert_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
