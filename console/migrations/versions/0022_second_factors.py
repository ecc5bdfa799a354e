"""Second factors, their links and resets; where a session was opened; who set a password"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SETTERS = ("account.add", "account.change", "account.own_password")


def upgrade() -> None:
    op.add_column("account", sa.Column("password_by", sa.String(80), nullable=False, server_default=""))
    op.add_column("account", sa.Column("factor_free_from", sa.Float(53)))
    op.add_column("login_session", sa.Column("address", sa.String(64), nullable=False, server_default=""))
    op.add_column("login_session", sa.Column("agent", sa.String(120), nullable=False, server_default=""))
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.String(60), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.Float(53), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("link_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_sha256", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(60), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("made_at", sa.Float(53), nullable=False),
        sa.Column("used_at", sa.Float(53)),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "factor_link",
        sa.Column("account_id", sa.String(60), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("code_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("made_at", sa.Float(53), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
    )
    op.create_table(
        "factor_reset",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("account_id", sa.String(60), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.Float(53), nullable=False),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_at", sa.Float(53)),
        sa.Column("approved", sa.Boolean()),
    )
    op.create_index("ix_factor_reset_account_id", "factor_reset", ["account_id"])
    op.create_index("ix_factor_reset_asked_at", "factor_reset", ["asked_at"])
    op.create_table(
        "login_step",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(60), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("password_sha256", sa.String(64), nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("link_sha256", sa.String(64), nullable=False),
        sa.Column("made_at", sa.Float(53), nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
    )
    op.create_index("ix_login_step_account_id", "login_step", ["account_id"])
    op.create_index("ix_login_step_until", "login_step", ["until"])
    _remember()


def _remember() -> None:
    """Accounts that are there get their grace from now on; who set a password stands in the register."""
    here = op.get_bind()
    account = sa.table("account", sa.column("id", sa.String), sa.column("password_by", sa.String), sa.column("factor_free_from", sa.Float(53)))  # fmt: skip
    here.execute(account.update().values(factor_free_from=time.time()))
    audit = sa.table("audit", sa.column("seq", sa.Integer), sa.column("actor_id", sa.String), sa.column("action", sa.String),
                     sa.column("object_id", sa.String), sa.column("detail", sa.JSON))  # fmt: skip
    query = sa.select(audit).where(audit.c.action.in_(SETTERS)).order_by(audit.c.seq)
    by = {
        row.object_id: row.actor_id
        for row in here.execute(query)
        if row.action != "account.change" or (isinstance(row.detail, dict) and row.detail.get("new_password"))
    }
    for account_id, actor_id in by.items():
        here.execute(account.update().where(account.c.id == account_id).values(password_by=actor_id))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
