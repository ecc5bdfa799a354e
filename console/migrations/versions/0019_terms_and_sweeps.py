"""Terms kept with what they are of, by arrival on the database's clock; sweeps that stop and ask"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None

NOW = {
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "extract(epoch FROM clock_timestamp())",
}
FIFTEEN_DAYS = 15 * 86_400.0
ZONE = ZoneInfo("Asia/Shanghai")


def upgrade() -> None:
    op.add_column("alert", sa.Column("kept_from", sa.Float(53), nullable=True))
    op.add_column("alert", sa.Column("keep_days", sa.Integer(), nullable=True))
    op.add_column("guard_report", sa.Column("kept_from", sa.Float(53), nullable=True))
    op.add_column("guard_report", sa.Column("keep_days", sa.Integer(), nullable=True))
    op.add_column("quarantine", sa.Column("kept_from", sa.Float(53), nullable=True))
    op.add_column("quarantine", sa.Column("keep_hours", sa.Float(53), nullable=True))
    for table in ("alert", "guard_report", "quarantine"):
        op.create_index(op.f(f"ix_{table}_kept_from"), table, ["kept_from"])
    op.create_table(
        "sweep_day",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("kind", "day", name=op.f("pk_sweep_day")),
    )
    op.create_table(
        "sweep_stop",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("rang_at", sa.Float(53), nullable=False),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("cut_at", sa.Float(53), nullable=True),
        sa.Column("decided_by", sa.String(80), nullable=True),
        sa.Column("decided_at", sa.Float(53), nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sweep_stop")),
    )
    op.create_index("ix_sweep_stop_kind", "sweep_stop", ["kind", "state"])
    _fill()


def _fill() -> None:
    """Arrivals as they were noted, none in the future; a camera's own term where it has one (the rest at the first sweep). What the
    last fortnight's purges took is what sweeps are measured by."""
    bind = op.get_bind()
    now = NOW[bind.dialect.name]
    for table in ("alert", "guard_report", "quarantine"):
        bind.execute(sa.text(
            f"UPDATE {table} SET kept_from = CASE WHEN received_at < {now} THEN received_at ELSE {now} END"  # noqa: S608 - our own names
        ))  # fmt: skip
    bind.execute(sa.text(
        "UPDATE alert SET keep_days = (SELECT camera.keep_days FROM camera WHERE camera.id = alert.camera_id)"
    ))  # fmt: skip
    went: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], float] = {}
    for query in (
        "SELECT CASE WHEN alerts > 0 THEN 'evidence' ELSE 'reports' END, at, files FROM purge_certificate",
        "SELECT 'trails', purged_at, 1 FROM trail_purge",
    ):
        asked = f"SELECT * FROM ({query}) AS purge(kind, at, n) WHERE at > {now} - {FIFTEEN_DAYS}"  # noqa: S608 - our own names
        if bind.dialect.name == "sqlite":
            asked = f"WITH purge(kind, at, n) AS ({query}) SELECT * FROM purge WHERE at > {now} - {FIFTEEN_DAYS}"  # noqa: S608
        for kind, at, n in bind.execute(sa.text(asked)):
            key = kind, datetime.fromtimestamp(float(at), ZONE).strftime("%Y-%m-%d")
            went[key] += int(n)
            last[key] = max(last.get(key, 0.0), float(at))
    insert = sa.text("INSERT INTO sweep_day (kind, day, taken, confirmed, last_at) VALUES (:kind, :day, :taken, 0, :at)")  # fmt: skip
    for key, taken in went.items():
        bind.execute(insert, {"kind": key[0], "day": key[1], "taken": taken, "at": last[key]})


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
