"""How long evidence is kept, what holds it, and the certificates of what was purged."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.audit import certificates
from console.evidence import holds
from console.evidence.answers import (
    CheckedPurgeCertificateAnswer,
    EvidenceDiskAnswer,
    EvidenceHeldAnswer,
    EvidenceKeepingAnswer,
    PurgeCertificateAnswer,
)
from console.evidence.keeping import disk_of
from console.evidence.tables import EvidenceHold, PurgeCertificate
from console.http.answers import Nothing, Page, gives
from console.http.bodies import Form
from console.http.replies import listed, reply, shown
from lianqin.errors import NotFoundError

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("evidence.see")]
Holds = Annotated[Caller, requires("evidence.hold")]
NEWEST = 200


class HoldForm(Form):
    reason: str


@router.get("/evidence")
@gives(EvidenceKeepingAnswer)
def get_keeping(console: Here, _: Sees) -> Response:
    with console.store.read() as session:
        holds = session.scalars(select(EvidenceHold).order_by(EvidenceHold.held_at.desc()).limit(NEWEST))
        return reply({"keep_days": console.settings.evidence_days, "holds": [shown(hold) for hold in holds]})


@router.get("/evidence/disk")
@gives(EvidenceDiskAnswer)
def get_disk(console: Here, _: Annotated[Caller, requires("disk.see")]) -> Response:
    disk = disk_of(console)
    return reply({"disk": None if disk is None else msgspec.to_builtins(disk)})


@router.get("/evidence/certificates")
@gives(Page[PurgeCertificateAnswer])
def list_certificates(console: Here, _: Sees) -> Response:
    with console.store.read() as session:
        rows = session.scalars(
            select(PurgeCertificate)
            .where(PurgeCertificate.digest != "")
            .order_by(PurgeCertificate.number.desc())
            .limit(NEWEST)
        )
        return listed([shown(row, "items") for row in rows], None)


@router.get("/evidence/certificates/{number}")
@gives(CheckedPurgeCertificateAnswer)
def get_certificate(console: Here, _: Sees, number: int) -> Response:
    with console.store.read() as session:
        row = session.get(PurgeCertificate, number)
        if row is None or not row.digest:  # its files are still going
            raise NotFoundError("certificate.missing", f"no certificate {number}", number=number)
        return reply({"certificate": shown(row), "holds_true": certificates.digest_of(row.items) == row.digest})


@router.put("/alerts/{alert_id}/hold")
@gives(EvidenceHeldAnswer)
def hold(console: Here, caller: Holds, alert_id: str, form: HoldForm) -> Response:
    with console.store.write() as session:
        row = holds.do_hold(session, caller.actor, alert_id, form.reason, console.clock.now())
        session.flush()
        return reply({"hold": shown(row)})


@router.delete("/alerts/{alert_id}/hold")
@gives(Nothing)
def release(console: Here, caller: Holds, alert_id: str) -> Response:
    with console.store.write() as session:
        holds.do_release(session, caller.actor, alert_id, console.clock.now())
    return reply({})
