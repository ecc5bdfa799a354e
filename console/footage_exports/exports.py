"""An alert's picture or clip taken out of the house: who may, how often, the original checked, the copy made, the register's row.

Anybody who sees the alert may take it blurred; clear is for who has `footage.export_clear`, by a purpose and a case (domain/roles.md). The
console has no detector, and boxes of an alert do not cover every passer-by: so a blurred copy is blurred all over (`adr/0029`).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import Final, Literal, get_args

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.access.permissions import PERMISSIONS
from console.access.sessions import Caller
from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow
from console.cases import cases
from console.evidence import footage
from console.footage_exports.copies import LONGEST_S, clip_copy, picture_copy
from console.footage_exports.maker import Job
from console.footage_exports.package import Ticket, What, packed
from console.http.context import Console
from console.http.messages import Language
from console.incidents import incidents
from lianqin import audit
from lianqin.audit import AuditRow
from lianqin.clock import COUNTY_ZONE
from lianqin.db import in_order
from lianqin.errors import DeniedError, EvidenceError, UnavailableError
from patrol.county.tables import Unit

ACTION: Final = "footage.export"
CLEAR: Final = "footage.export_clear"
ExportPurpose = Literal["incident", "case", "complaint", "appeal"]
PURPOSES: Final = get_args(ExportPurpose)
LARGEST: Final = 200_000_000
"""Bytes of an original."""
HOUR_S: Final = 3600.0
NUMBER: Final = re.compile(r"EX-\d{8}-[0-9A-F]{8}")


class ExportRequest(msgspec.Struct, frozen=True):
    alert_id: str
    what: What
    is_clear: bool
    purpose: ExportPurpose
    case_ref: str


class ExportSource(msgspec.Struct, frozen=True):
    """What was asked for, as it was found: `path` of the original and the digest it was recorded with, `seconds` of a clip."""

    asked: ExportRequest
    row_id: str
    case_ref: str
    unit: str
    situation: str
    camera_id: str
    camera_name: str
    captured_at: float
    path: str
    recorded: str | None
    seconds: float


class ExportFile(msgspec.Struct, frozen=True):
    """The ZIP and its digest."""

    ticket: Ticket
    data: bytes
    sha256: str
    copy_sha256: str


def check_export(console: Console, caller: Caller, asked: ExportRequest) -> ExportSource:
    """May it be, and is the original whole? Raises DeniedError `export.clear`, RecordError of `cases.check_case`, UnavailableError
    `export.too_many`, NotFoundError `alert.missing`, `snapshot.missing`, `clip.missing` ..., EvidenceError `evidence.altered`,
    `export.long`, `export.large`."""
    if asked.is_clear and caller.actor.role not in PERMISSIONS[CLEAR]:
        raise DeniedError("export.clear", f"{caller.actor.role} takes it blurred")
    with console.store.read() as session:
        _check_count(console, session, caller)
        row = incidents.get_alert(session, asked.alert_id)
        case_ref = cases.check_case(session, caller.actor, asked.purpose, asked.case_ref)
        wanted = _wanted(session, caller, asked, row, case_ref)
    if wanted.seconds > LONGEST_S:
        raise EvidenceError("export.long", f"{wanted.seconds} s", minutes=LONGEST_S / 60)
    if console.evidence.size(wanted.path) > LARGEST:
        raise EvidenceError("export.large", wanted.path, mb=LARGEST // 1_000_000)
    footage.check_whole(console, wanted.path, wanted.recorded)
    return wanted


def _check_count(console: Console, session: Session, caller: Caller) -> None:
    since, most = console.clock.now() - HOUR_S, console.settings.exports_an_hour
    taken = select(func.count()).where(
        AuditRow.action == ACTION, AuditRow.actor_id == caller.actor.id, AuditRow.at > since
    )
    if (session.scalar(taken) or 0) >= most:
        raise UnavailableError("export.too_many", f"{most} in an hour", most=most, retry_s=600)


def _wanted(session: Session, caller: Caller, asked: ExportRequest, row: AlertRow, case_ref: str) -> ExportSource:
    is_clip = asked.what == "clip"
    camera = session.get(CameraRow, row.camera_id)
    unit = session.get(Unit, caller.actor.unit_id) if caller.actor.unit_id else None
    return ExportSource(
        asked=asked, row_id=row.id, case_ref=case_ref, unit=unit.name if unit else "", situation=row.situation, camera_id=row.camera_id,
        camera_name=camera.name if camera else "", captured_at=row.captured_at,
        path=footage.clip_path(row) if is_clip else footage.snapshot_path(row),
        recorded=row.clip_sha256 if is_clip else row.snapshot_sha256, seconds=(row.clip_seconds or 0.0) if is_clip else 0.0,
    )  # fmt: skip


def number_at(at: float) -> str:
    """`EX-20261130-7F3C09A1`: the county's day, and what nobody guesses."""
    return f"EX-{datetime.fromtimestamp(at, COUNTY_ZONE):%Y%m%d}-{secrets.token_hex(4).upper()}"


def make(
    console: Console, caller: Caller, wanted: ExportSource, language: Language, job: Job[ExportFile]
) -> ExportFile:
    """Slow. On return the register has it. Raises EvidenceError, NotFoundError, UnavailableError, HungUp."""
    original = console.evidence.read(wanted.path)
    found = hashlib.sha256(original).hexdigest()
    if wanted.recorded is not None and found != wanted.recorded:  # spoilt since it was asked for
        footage.check_whole(console, wanted.path, wanted.recorded)
        raise EvidenceError("evidence.altered", wanted.path, path=wanted.path)
    ticket = _ticket(console, caller, wanted, found)
    lines, is_clear = ticket.lines(language), wanted.asked.is_clear
    if wanted.asked.what == "picture":
        copy = picture_copy(original, lines, is_clear=is_clear)
    else:
        copy = clip_copy(original, lines, job.step, seconds=wanted.seconds, is_clear=is_clear)
    data = packed(ticket, copy)
    made = ExportFile(ticket, data, hashlib.sha256(data).hexdigest(), hashlib.sha256(copy).hexdigest())
    job.step(1.0)
    do_register(console, caller, made)
    return made


def _ticket(console: Console, caller: Caller, wanted: ExportSource, found: str) -> Ticket:
    actor, at = caller.actor, console.clock.now()
    return Ticket(
        number=number_at(at), what=wanted.asked.what, is_clear=wanted.asked.is_clear, at=at, by_id=actor.id, by_name=actor.name,
        by_role=actor.role or "", by_unit=wanted.unit, purpose=wanted.asked.purpose, case_ref=wanted.case_ref, alert_id=wanted.row_id,
        situation=wanted.situation, camera_id=wanted.camera_id, camera_name=wanted.camera_name, captured_at=wanted.captured_at,
        original_sha256=found, is_recorded=wanted.recorded is not None,
    )  # fmt: skip


def do_register(console: Console, caller: Caller, made: ExportFile) -> None:
    """Before the first byte leaves. Two at once count as two: the second may be one too many."""
    ticket = made.ticket
    with console.store.write() as session:
        in_order(session)
        _check_count(console, session, caller)
        audit.write(
            session, caller.actor, "footage.export", "alert", ticket.alert_id, at=ticket.at, purpose=audit.purpose_of(ticket.purpose),
            case_ref=ticket.case_ref,
            detail={
                "number": ticket.number, "exported": ticket.what, "clear": ticket.is_clear, "file": f"{ticket.number}.zip",
                "sha256": made.sha256, "copy_sha256": made.copy_sha256, "original_sha256": ticket.original_sha256,
            },
        )  # fmt: skip
