"""Cameras' addresses are sealed: the columns hold longer texts. They are sealed when the console starts, which has the keys"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("camera", "url", type_=sa.Text(), existing_nullable=False)
        op.alter_column("camera", "sub_url", type_=sa.Text(), existing_nullable=True)
        return
    # SQLite changes no column's type: another takes its place.
    for name, nullable in (("url", False), ("sub_url", True)):
        op.add_column(
            "camera", sa.Column("wider", sa.Text(), nullable=nullable, server_default=None if nullable else "")
        )
        op.execute(sa.text(f"UPDATE camera SET wider = {name}"))  # noqa: S608 - our own names
        op.execute(sa.text(f"ALTER TABLE camera DROP COLUMN {name}"))
        op.execute(sa.text(f"ALTER TABLE camera RENAME COLUMN wider TO {name}"))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
