"""All tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lianqin.db import append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit", "ledger_line")


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=True),
        sa.Column("guard_id", sa.String(length=60), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "alert",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("camera_id", sa.String(length=60), nullable=False),
        sa.Column("zone_id", sa.String(length=60), nullable=False),
        sa.Column("zone_name", sa.String(length=80), nullable=False),
        sa.Column("zone_points", sa.JSON(), nullable=False),
        sa.Column("situation", sa.String(length=20), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=False),
        sa.Column("captured_at", sa.Float(precision=53), nullable=False),
        sa.Column("published_at", sa.Float(precision=53), nullable=False),
        sa.Column("received_at", sa.Float(precision=53), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("worker", sa.String(length=60), nullable=False),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("snapshot", sa.String(length=200), nullable=True),
        sa.Column("snapshot_error", sa.String(length=200), nullable=True),
        sa.Column("clip", sa.String(length=200), nullable=True),
        sa.Column("clip_error", sa.String(length=200), nullable=True),
        sa.Column("clip_from", sa.Float(precision=53), nullable=True),
        sa.Column("clip_seconds", sa.Float(precision=53), nullable=True),
        sa.Column("codec", sa.String(length=20), nullable=True),
        sa.Column("evidence_at", sa.Float(precision=53), nullable=True),
        sa.Column("merged_tracks", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("judged_by", sa.String(length=80), nullable=True),
        sa.Column("judged_at", sa.Float(precision=53), nullable=True),
        sa.Column("judge_reason", sa.String(length=200), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_alert")),
        sa.UniqueConstraint("id", name=op.f("uq_alert_id")),
    )
    op.create_index(op.f("ix_alert_camera_id"), "alert", ["camera_id"], unique=False)
    op.create_index(op.f("ix_alert_captured_at"), "alert", ["captured_at"], unique=False)
    op.create_index("ix_alert_state", "alert", ["state", "priority", "captured_at"], unique=False)
    op.create_table(
        "area",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("polygon", sa.JSON(), nullable=False),
        sa.Column("key_area", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("unit_id", sa.String(length=60), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=True),
        sa.Column("case_ref", sa.String(length=120), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_action"), "audit", ["action"], unique=False)
    op.create_index("ix_audit_actor", "audit", ["actor_id", "seq"], unique=False)
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index("ix_audit_object", "audit", ["object_kind", "object_id"], unique=False)
    op.create_table(
        "camera",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("sub_url", sa.String(length=400), nullable=True),
        sa.Column("transport", sa.String(length=3), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=True),
        sa.Column("lat", sa.Float(precision=53), nullable=True),
        sa.Column("bearing", sa.Float(precision=53), nullable=True),
        sa.Column("fov", sa.Float(precision=53), nullable=True),
        sa.Column("range_m", sa.Float(precision=53), nullable=True),
        sa.Column("area_id", sa.String(length=60), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera")),
        sa.UniqueConstraint("code", name=op.f("uq_camera_code")),
    )
    op.create_table(
        "draw",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("drawn_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("pool", sa.JSON(), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    op.create_table(
        "feed",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=True),
        sa.Column("guard_id", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_feed")),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
    )
    op.create_table(
        "pending_evidence",
        sa.Column("alert_id", sa.String(length=60), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_pending_evidence")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("received_at", sa.Float(precision=53), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_received_at"), "quarantine", ["received_at"], unique=False)
    op.create_table(
        "rule_set",
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("service_area", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=False),
        sa.Column("lat", sa.Float(precision=53), nullable=False),
        sa.Column("radius_m", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_checkpoint_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
    )
    op.create_index(op.f("ix_checkpoint_area_id"), "checkpoint", ["area_id"], unique=False)
    op.create_table(
        "guard",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("cert_no", sa.String(length=60), nullable=False),
        sa.Column("cert_valid_until", sa.String(length=10), nullable=True),
        sa.Column("notice_signed_at", sa.Float(precision=53), nullable=True),
        sa.Column("default_area_id", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["default_area_id"], ["area.id"], name=op.f("fk_guard_default_area_id_area")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_guard_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard")),
    )
    op.create_index(op.f("ix_guard_unit_id"), "guard", ["unit_id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("alert_id", sa.String(length=60), nullable=False),
        sa.Column("camera_id", sa.String(length=60), nullable=False),
        sa.Column("situation", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=True),
        sa.Column("lat", sa.Float(precision=53), nullable=True),
        sa.Column("place_name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.Float(precision=53), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("closed_at", sa.Float(precision=53), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_incident_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_incident_alert_id")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=60), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("last_seen_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session_account_id_account")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_account_id"), "login_session", ["account_id"], unique=False)
    op.create_table(
        "zone",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("camera_id", sa.String(length=60), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["camera.id"], name=op.f("fk_zone_camera_id_camera"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
    )
    op.create_index(op.f("ix_zone_camera_id"), "zone", ["camera_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("credential_sha256", sa.String(length=64), nullable=False),
        sa.Column("coord_sys", sa.String(length=10), nullable=False),
        sa.Column("revoked_at", sa.Float(precision=53), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_device_guard_id_guard")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("credential_sha256", name=op.f("uq_device_credential_sha256")),
    )
    op.create_index(op.f("ix_device_guard_id"), "device", ["guard_id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("area_id", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.Float(precision=53), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("due_end_at", sa.Float(precision=53), nullable=False),
        sa.Column("closed_at", sa.Float(precision=53), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_shift_area_id_area")),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_shift_guard_id_guard")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_guard_time", "shift", ["guard_id", "opened_at"], unique=False)
    op.create_index(op.f("ix_shift_unit_id"), "shift", ["unit_id"], unique=False)
    op.create_index(
        "uq_shift_open",
        "shift",
        ["guard_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("called_by", sa.String(length=80), nullable=False),
        sa.Column("called_at", sa.Float(precision=53), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=False),
        sa.Column("lat", sa.Float(precision=53), nullable=False),
        sa.Column("place_name", sa.String(length=120), nullable=False),
        sa.Column("instruction", sa.String(length=200), nullable=False),
        sa.Column("distance_m", sa.Float(precision=53), nullable=True),
        sa.Column("accepted_at", sa.Float(precision=53), nullable=True),
        sa.Column("refused_reason", sa.String(length=200), nullable=False),
        sa.Column("arrived_at", sa.Float(precision=53), nullable=True),
        sa.Column("arrived_fix_id", sa.String(length=80), nullable=True),
        sa.Column("done_at", sa.Float(precision=53), nullable=True),
        sa.Column("done_note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_dispatch_guard_id_guard")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_dispatch_shift_id_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
    )
    op.create_index(op.f("ix_dispatch_guard_id"), "dispatch", ["guard_id"], unique=False)
    op.create_index(op.f("ix_dispatch_incident_id"), "dispatch", ["incident_id"], unique=False)
    op.create_index(op.f("ix_dispatch_shift_id"), "dispatch", ["shift_id"], unique=False)
    op.create_index(op.f("ix_dispatch_unit_id"), "dispatch", ["unit_id"], unique=False)
    op.create_table(
        "ledger_line",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Float(precision=53), nullable=False),
        sa.Column("out_of", sa.Float(precision=53), nullable=False),
        sa.Column("numerator", sa.Float(precision=53), nullable=False),
        sa.Column("denominator", sa.Float(precision=53), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("reverses", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_version"], ["rule_set.version"], name=op.f("fk_ledger_line_rule_version_rule_set")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_ledger_line_shift_id_shift")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_line")),
        sa.UniqueConstraint("id", name=op.f("uq_ledger_line_id")),
    )
    op.create_index(op.f("ix_ledger_line_guard_id"), "ledger_line", ["guard_id"], unique=False)
    op.create_index(op.f("ix_ledger_line_unit_id"), "ledger_line", ["unit_id"], unique=False)
    op.create_index("ix_ledger_shift", "ledger_line", ["shift_id", "seq"], unique=False)
    op.create_table(
        "point_call",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("draw_id", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("guard_id", sa.String(length=60), nullable=False),
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.String(length=60), nullable=False),
        sa.Column("called_by", sa.String(length=80), nullable=False),
        sa.Column("called_at", sa.Float(precision=53), nullable=False),
        sa.Column("sign_of_life_at", sa.Float(precision=53), nullable=True),
        sa.Column("receipt_at", sa.Float(precision=53), nullable=True),
        sa.Column("answered_at", sa.Float(precision=53), nullable=True),
        sa.Column("answer_received_at", sa.Float(precision=53), nullable=True),
        sa.Column("answer_by", sa.String(length=20), nullable=True),
        sa.Column("answer_lon", sa.Float(precision=53), nullable=True),
        sa.Column("answer_lat", sa.Float(precision=53), nullable=True),
        sa.Column("answer_accuracy_m", sa.Float(precision=53), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("verdict_reason", sa.String(length=60), nullable=False),
        sa.Column("verdict_at", sa.Float(precision=53), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("review", sa.String(length=20), nullable=True),
        sa.Column("reviewed_by", sa.String(length=80), nullable=True),
        sa.Column("reviewed_at", sa.Float(precision=53), nullable=True),
        sa.Column("review_note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_point_call_draw_id_draw")),
        sa.ForeignKeyConstraint(["guard_id"], ["guard.id"], name=op.f("fk_point_call_guard_id_guard")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_point_call_shift_id_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_call")),
    )
    op.create_index(op.f("ix_point_call_called_at"), "point_call", ["called_at"], unique=False)
    op.create_index(op.f("ix_point_call_draw_id"), "point_call", ["draw_id"], unique=False)
    op.create_index(op.f("ix_point_call_guard_id"), "point_call", ["guard_id"], unique=False)
    op.create_index(op.f("ix_point_call_shift_id"), "point_call", ["shift_id"], unique=False)
    op.create_index(op.f("ix_point_call_unit_id"), "point_call", ["unit_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("shift_id", sa.String(length=60), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=60), nullable=False),
        sa.Column("first_at", sa.Float(precision=53), nullable=False),
        sa.Column("last_at", sa.Float(precision=53), nullable=False),
        sa.Column("fix_id", sa.String(length=80), nullable=False),
        sa.Column("distance_m", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_visit_shift_id_shift")),
        sa.PrimaryKeyConstraint("shift_id", "checkpoint_id", name=op.f("pk_visit")),
    )
    # The register and the ledger can be added to and nothing else: the database itself says so.
    for table in APPEND_ONLY:
        for statement in append_only_statements(table, op.get_context().dialect.name):
            op.execute(sa.text(statement))


def downgrade() -> None:
    raise NotImplementedError("there is no schema before the first")
