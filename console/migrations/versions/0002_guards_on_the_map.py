"""Who and where, rosters and breaks, check-ins, coverage, spot checks, purges"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lianqin.db import append_only_statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "grid",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("alias", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("police_code", sa.String(length=20), nullable=True),
        sa.Column("rings", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grid")),
    )
    op.create_index(op.f("ix_grid_police_code"), "grid", ["police_code"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.String(length=60), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_parent_id"), "organisation", ["parent_id"], unique=False)
    op.create_table(
        "station_comment",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("officer_id", sa.String(length=80), nullable=False),
        sa.Column("officer_name", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_comment")),
    )
    op.create_index(op.f("ix_station_comment_day"), "station_comment", ["day"], unique=False)
    op.create_table(
        "trail_purge",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("purged_at", sa.Float(precision=53), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("fixes", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kept_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_trail_purge")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=False),
        sa.Column("lat", sa.Float(precision=53), nullable=False),
        sa.Column("radius_m", sa.Float(precision=53), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("to_min", sa.Integer(), nullable=False),
        sa.Column("unit_ids", sa.JSON(), nullable=False),
        sa.Column("scan_code", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_post_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_area_id"), "post", ["area_id"], unique=False)
    op.create_index(op.f("ix_post_scan_code"), "post", ["scan_code"], unique=True)
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=True),
        sa.Column("lead_guard_id", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_team_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_index(op.f("ix_team_unit_id"), "team", ["unit_id"], unique=False)
    op.create_table(
        "roster_entry",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=False),
        sa.Column("post_id", sa.String(length=60), nullable=True),
        sa.Column("pattern_id", sa.String(length=60), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("begins_at", sa.Float(precision=53), nullable=False),
        sa.Column("ends_at", sa.Float(precision=53), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_at", sa.Float(precision=53), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_roster_entry_area_id_area")),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_roster_entry_guard_id_guard")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_roster_entry_post_id_post")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_roster_entry_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entry")),
    )
    op.create_index(op.f("ix_roster_entry_area_id"), "roster_entry", ["area_id"], unique=False)
    op.create_index(op.f("ix_roster_entry_begins_at"), "roster_entry", ["begins_at"], unique=False)
    op.create_index(op.f("ix_roster_entry_day"), "roster_entry", ["day"], unique=False)
    op.create_index(op.f("ix_roster_entry_shift_id"), "roster_entry", ["shift_id"], unique=False)
    op.create_index(op.f("ix_roster_entry_unit_id"), "roster_entry", ["unit_id"], unique=False)
    op.create_index("ix_roster_guard_time", "roster_entry", ["guard_id", "begins_at"], unique=False)
    op.create_table(
        "shift_pattern",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("begins_min", sa.Integer(), nullable=False),
        sa.Column("ends_min", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=True),
        sa.Column("post_id", sa.String(length=60), nullable=True),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_shift_pattern_area_id_area")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_shift_pattern_post_id_post")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_shift_pattern_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_pattern")),
    )
    op.create_index(op.f("ix_shift_pattern_unit_id"), "shift_pattern", ["unit_id"], unique=False)
    op.create_table(
        "spot_check",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=True),
        sa.Column("officer_id", sa.String(length=80), nullable=False),
        sa.Column("officer_name", sa.String(length=80), nullable=False),
        sa.Column("chosen_by", sa.String(length=20), nullable=False),
        sa.Column("case_ref", sa.String(length=120), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("guard_signed_at", sa.Float(precision=53), nullable=True),
        sa.Column("guard_refused_at", sa.Float(precision=53), nullable=True),
        sa.Column("guard_note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_spot_check_guard_id_guard")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check")),
    )
    op.create_index(op.f("ix_spot_check_at"), "spot_check", ["at"], unique=False)
    op.create_index(op.f("ix_spot_check_guard_id"), "spot_check", ["guard_id"], unique=False)
    op.create_index(op.f("ix_spot_check_shift_id"), "spot_check", ["shift_id"], unique=False)
    op.create_index(op.f("ix_spot_check_unit_id"), "spot_check", ["unit_id"], unique=False)
    op.create_table(
        "cell_visit",
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("cell", sa.String(length=16), nullable=False),
        sa.Column("from_at", sa.Float(precision=53), nullable=False),
        sa.Column("to_at", sa.Float(precision=53), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_cell_visit_shift_id_shift")),
        sa.PrimaryKeyConstraint("shift_id", "cell", "from_at", name=op.f("pk_cell_visit")),
    )
    op.create_index("ix_cell_visit_area_time", "cell_visit", ["area_id", "to_at"], unique=False)
    op.create_table(
        "check_in",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=60), nullable=True),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("received_at", sa.Float(precision=53), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=True),
        sa.Column("lat", sa.Float(precision=53), nullable=True),
        sa.Column("accuracy_m", sa.Float(precision=53), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_check_in_guard_id_guard")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_check_in_shift_id_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
    )
    op.create_index(op.f("ix_check_in_guard_id"), "check_in", ["guard_id"], unique=False)
    op.create_index(op.f("ix_check_in_shift_id"), "check_in", ["shift_id"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=False),
        sa.Column("post_id", sa.String(length=60), nullable=True),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("from_shift_id", sa.String(length=60), nullable=False),
        sa.Column("from_guard_id", sa.String(length=60), nullable=False),
        sa.Column("to_guard_id", sa.String(length=60), nullable=False),
        sa.Column("to_shift_id", sa.String(length=60), nullable=True),
        sa.Column("offered_at", sa.Float(precision=53), nullable=False),
        sa.Column("accepted_at", sa.Float(precision=53), nullable=True),
        sa.Column("refused_at", sa.Float(precision=53), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_hand_over_area_id_area")),
        sa.ForeignKeyConstraint(["from_shift_id"], ["shift.id"], name=op.f("fk_hand_over_from_shift_id_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(op.f("ix_hand_over_from_guard_id"), "hand_over", ["from_guard_id"], unique=False)
    op.create_index(op.f("ix_hand_over_from_shift_id"), "hand_over", ["from_shift_id"], unique=False)
    op.create_index(op.f("ix_hand_over_to_guard_id"), "hand_over", ["to_guard_id"], unique=False)
    op.create_index(op.f("ix_hand_over_unit_id"), "hand_over", ["unit_id"], unique=False)
    op.create_table(
        "shift_break",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("from_at", sa.Float(precision=53), nullable=False),
        sa.Column("to_at", sa.Float(precision=53), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_shift_break_shift_id_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_break")),
    )
    op.create_index(op.f("ix_shift_break_shift_id"), "shift_break", ["shift_id"], unique=False)
    op.add_column("area", sa.Column("station_id", sa.String(length=60), nullable=True))
    op.add_column("area", sa.Column("mode", sa.String(length=30), nullable=False, server_default="four_colour"))
    op.add_column("area", sa.Column("risk", sa.String(length=10), nullable=False, server_default="blue"))
    op.add_column("area", sa.Column("needed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("area", sa.Column("windows", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index(op.f("ix_area_station_id"), "area", ["station_id"], unique=False)
    op.add_column("checkpoint", sa.Column("scan_code", sa.String(length=40), nullable=True))
    op.add_column("checkpoint", sa.Column("nfc_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_checkpoint_nfc_id"), "checkpoint", ["nfc_id"], unique=True)
    op.create_index(op.f("ix_checkpoint_scan_code"), "checkpoint", ["scan_code"], unique=True)
    op.add_column("device", sa.Column("kind", sa.String(length=10), nullable=False, server_default="phone"))
    op.add_column("device", sa.Column("terminal_no", sa.String(length=20), nullable=True))
    op.add_column("device", sa.Column("enrolled_at", sa.Float(precision=53), nullable=True))
    op.create_index(op.f("ix_device_terminal_no"), "device", ["terminal_no"], unique=True)
    op.add_column("guard", sa.Column("team_id", sa.String(length=60), nullable=True))
    op.create_index(op.f("ix_guard_team_id"), "guard", ["team_id"], unique=False)
    op.add_column("shift", sa.Column("post_id", sa.String(length=60), nullable=True))
    op.add_column("shift", sa.Column("opened_how", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("shift", sa.Column("duty_state", sa.String(length=20), nullable=False, server_default="unknown"))
    op.add_column("shift", sa.Column("duty_since", sa.Float(precision=53), nullable=True))
    op.add_column("unit", sa.Column("station_id", sa.String(length=60), nullable=True))
    op.create_index(op.f("ix_unit_station_id"), "unit", ["station_id"], unique=False)
    for statement in append_only_statements("trail_purge", op.get_context().dialect.name):
        op.execute(sa.text(statement))


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
