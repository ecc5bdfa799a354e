"""A phone or terminal enrolled: a random id that is the credential, shown once and kept as a hash alone."""

from __future__ import annotations

import secrets

import msgspec
from sqlalchemy.orm import Session

from lianqin import audit, outbox
from lianqin.audit import Actor
from lianqin.errors import NotFoundError
from lianqin.records import CoordSys, Device, new_id
from patrol.credential import credential_sha256
from patrol.tables import DeviceRow, Guard


class Enrolment(msgspec.Struct, frozen=True):
    """`credential` (128 random bits, hex) is in this answer and nowhere else."""

    device_id: str
    credential: str


def device_record(row: DeviceRow) -> Device:
    """What the intake follows."""
    return Device(id=row.id, guard_id=row.guard_id, credential_sha256=row.credential_sha256,
                  coord_sys=row.coord_sys, revoked=row.revoked_at is not None, version=row.version)  # type: ignore[arg-type]  # fmt: skip


def do_enrol(session: Session, actor: Actor, guard_id: str, coord_sys: CoordSys, at: float) -> Enrolment:
    """Raises NotFoundError `guard.missing`."""
    if session.get(Guard, guard_id) is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    credential = secrets.token_hex(16)
    row = DeviceRow(id=new_id("dv", at), guard_id=guard_id, credential_sha256=credential_sha256(credential),
                    coord_sys=coord_sys, version=1)  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "device.enrol", "device", row.id, at=at, detail={"guard": guard_id})
    outbox.put(session, "device", row.id, device_record(row))
    return Enrolment(row.id, credential)


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
