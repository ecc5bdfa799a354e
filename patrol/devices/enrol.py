"""A phone enrolled: a random id that is the credential, shown once and kept as a hash alone. A terminal (JT/T 808)
enrolled: by its own number; it gets its code when it registers (`patrol.intake.codes`, which says who may)."""

from __future__ import annotations

import re
import secrets
from typing import Final, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, outbox
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import CoordSys, Device, new_id
from patrol.county.tables import Guard
from patrol.devices.credential import canonical_no, credential_sha256
from patrol.devices.tables import DeviceRow

_NUMBER: Final = re.compile(r"[0-9a-f]{1,20}").fullmatch
"""Digits by the standard; some makers send their own hexadecimal in the same place."""

REGISTER_S: Final = 86_400.0


class Enrolment(msgspec.Struct, frozen=True):
    """`credential` (128 random bits, hex) is in this answer and nowhere else."""

    device_id: str
    credential: str


def device_record(row: DeviceRow) -> Device:
    """What the intake follows."""
    return Device(
        id=row.id, guard_id=row.guard_id, credential_sha256=row.credential_sha256,
        coord_sys=cast("CoordSys", row.coord_sys), revoked=row.revoked_at is not None, version=row.version,
        terminal_no=row.terminal_no, register_no=row.register_no, register_until=row.register_until,
        clock_off_s=row.clock_off_s or 0.0,
    )  # fmt: skip


def do_enrol(session: Session, actor: Actor, guard_id: str, coord_sys: CoordSys, at: float) -> Enrolment:
    """Raises NotFoundError `guard.missing`."""
    if session.get(Guard, guard_id) is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    credential = secrets.token_hex(16)
    row = DeviceRow(id=new_id("dv", at), guard_id=guard_id, credential_sha256=credential_sha256(credential),
                    coord_sys=coord_sys, enrolled_at=at, version=1)  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "device.enrol", "device", row.id, at=at, detail={"guard": guard_id})
    outbox.put(session, "device", row.id, device_record(row))
    return Enrolment(row.id, credential)


def do_enrol_terminal(session: Session, actor: Actor, guard_id: str, terminal_no: str, at: float, *,
                      coord_sys: CoordSys = "wgs84", window_s: float = REGISTER_S) -> DeviceRow:  # fmt: skip
    """It may register, and for `window_s` again until it showed its code. Enrolled again, also for another guard, its old
    code is void.

    Raises NotFoundError `guard.missing`, RecordError `terminal.number`.
    """
    number = canonical_no(terminal_no)
    if not _NUMBER(number) or number == "0":
        raise RecordError("terminal.number", f"not a terminal's number: {terminal_no[:40]!r}", number=terminal_no[:40])
    if session.get(Guard, guard_id) is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    row = session.scalars(select(DeviceRow).where(DeviceRow.terminal_no == number)).one_or_none()
    if row is None:
        # Nobody ever knows this credential: over HTTP a terminal is nobody.
        row = DeviceRow(id=new_id("dv", at), credential_sha256=credential_sha256(secrets.token_hex(16)), kind="terminal",
                        terminal_no=number, version=0, register_no=0)  # fmt: skip
        session.add(row)
    row.guard_id, row.coord_sys, row.enrolled_at, row.revoked_at = guard_id, coord_sys, at, None
    row.version += 1
    _open_window(row, at + window_s)
    session.flush()
    audit.write(
        session, actor, "terminal.enrol", "device", row.id, at=at, detail={"guard": guard_id, "terminal": number}
    )
    outbox.put(session, "device", row.id, device_record(row))
    return row


def check_let_register(row: DeviceRow | None, device_id: str) -> DeviceRow:
    """Raises NotFoundError `device.missing`, ConflictError `terminal.phone`, `device.revoked`."""
    if row is None:
        raise NotFoundError("device.missing", f"no device {device_id}", id=device_id)
    if row.terminal_no is None:
        raise ConflictError("terminal.phone", f"{device_id} is no terminal", id=device_id)
    if row.revoked_at is not None:
        raise ConflictError("device.revoked", f"{device_id} is revoked", id=device_id)
    return row


def do_let_register(session: Session, actor: Actor, device_id: str, at: float, *, window_s: float) -> float:
    """Until when: the same terminal may register again, once more for the same code, until it showed it. Its present code
    stays valid. Raises as `check_let_register` does."""
    row = check_let_register(session.get(DeviceRow, device_id), device_id)
    until = at + window_s
    _open_window(row, until)
    session.flush()
    audit.write(session, actor, "terminal.let_register", "device", row.id, at=at,
                detail={"terminal": row.terminal_no, "until": until})  # fmt: skip
    outbox.put(session, "device", row.id, device_record(row))
    return until


def _open_window(row: DeviceRow, until: float) -> None:
    row.register_no, row.register_until = row.register_no + 1, until


def do_revoke(session: Session, actor: Actor, device_id: str, at: float) -> None:
    """What it sends from now on goes to quarantine. Raises NotFoundError `device.missing`; repeats change nothing."""
    row = session.get(DeviceRow, device_id)
    if row is None:
        raise NotFoundError("device.missing", f"no device {device_id}", id=device_id)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.version = at, row.version + 1
    session.flush()
    audit.write(session, actor, "device.revoke", "device", row.id, at=at)
    outbox.put(session, "device", row.id, device_record(row))


MOST_CLOCK_S: Final = 86_400.0


def do_correct_clock(session: Session, actor: Actor, device_id: str, off_s: float, at: float) -> DeviceRow:
    """The device's clock is `off_s` ahead (behind: below 0; right: 0), and what it sends from now on is corrected by that.

    Raises NotFoundError `device.missing`; RecordError `device.clock` beyond a day. Repeats change nothing.
    """
    if not abs(off_s) <= MOST_CLOCK_S:
        raise RecordError("device.clock", "a clock is corrected by a day at most", hours=MOST_CLOCK_S / 3600)
    row = session.get(DeviceRow, device_id)
    if row is None:
        raise NotFoundError("device.missing", f"no device {device_id}", id=device_id)
    if row.clock_off_s == off_s:
        return row
    before, row.clock_off_s, row.version = row.clock_off_s, off_s, row.version + 1
    session.flush()
    audit.write(session, actor, "device.clock", "device", row.id, at=at, detail={"off_s": off_s, "before_s": before})
    outbox.put(session, "device", row.id, device_record(row))
    return row
