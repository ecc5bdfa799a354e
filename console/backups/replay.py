"""Purges and revocations that came after a backup are done again on the restored data: nothing that was purged or revoked comes back."""

from __future__ import annotations

import secrets as randomness
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import structlog
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from console.access.passwords import hasher
from console.access.tables import Account, LoginSession
from console.alerts.tables import AlertRow
from console.backups.journal import ACTS, JournalLine
from console.evidence.tables import PurgeCertificate
from console.evidence.transcode import beside
from console.factors.factors import do_remove
from console.factors.tables import FactorLink, LoginStep, RecoveryCode
from console.phones import phones
from console.phones.tables import Phone
from console.reports.tables import GuardReport
from lianqin import audit
from lianqin.db import Store
from lianqin.evidence import EvidenceStore
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow
from patrol.trails.store import HELD, TrailStore
from patrol.trails.tables import TrailPurge
from patrol.worker import retention

log = structlog.get_logger(__name__)
RESTORER: Final = audit.system("restore")
_SCOPE: Final = ("role", "unit_id", "guard_id", "disabled")
"""What of an account decides on what it may."""


def lines_after(lines: Iterable[JournalLine], place: tuple[int, int]) -> list[JournalLine]:
    """Those beyond the backup's place, each once, in order."""
    found = {line.place: line for line in lines if line.what in ACTS and line.place > place}
    return [found[key] for key in sorted(found)]


def do_replay(
    store: Store, evidence: EvidenceStore, trails: TrailStore, lines: Iterable[JournalLine], at: float
) -> Counter[str]:
    """Each line again; what was done already changes nothing. Returns how many of each kind. Raises EvidenceError, OSError."""
    done: Counter[str] = Counter()
    for line in lines:
        if line.what == "evidence.purge":
            _delete_evidence(evidence, line.more["proof"])
        elif line.what == "trails.purge":
            _delete_trails(trails, line.more["proof"])
        nobodys = _nobodys_password() if line.more.get("new_password") else None
        with store.write() as session:
            if line.what == "evidence.purge":
                _purge(session, line.more["proof"])
            elif line.what == "trails.purge":
                _purge_trails(session, line.more["proof"])
            elif line.what == "quarantine.purge":
                retention.do_purge_quarantine(session, line.at, at)
            elif line.what == "account.change":
                _change(session, line, nobodys)
            elif line.what.startswith("factor."):
                _take_factor(session, line)
            elif line.what == "phone.revoke":
                if session.get(Phone, line.more["phone"]) is not None:
                    phones.do_revoke(session, RESTORER, line.more["phone"], at)
            elif session.get(DeviceRow, line.id) is not None:
                enrol.do_revoke(session, RESTORER, line.id, at)
        done[line.what] += 1
    if done:
        with store.write() as session:
            audit.write(
                session, RESTORER, "backup.replay", "database", "restored", at=at, detail={"figures": dict(done)}
            )
    return done


def _take_factor(session: Session, line: JournalLine) -> None:
    """What was set up or used up after the backup is set up anew: the backup's secret, and its codes, may have been known."""
    if line.what in {"factor.set", "factor.reset"}:
        do_remove(session, line.id)
        session.execute(update(Account).where(Account.id == line.id).values(factor_free_from=None))
    else:
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == line.id))


def _delete_evidence(evidence: EvidenceStore, proof: dict[str, Any]) -> None:
    """Before the rows say so, and under no lock."""
    for _, path, _, _ in proof["items"]:
        evidence.delete(path)
        evidence.delete(beside(path))


def _purge(session: Session, proof: dict[str, Any]) -> None:
    for owner, _, _, _ in proof["items"]:
        if not owner:
            continue
        gone = {"purged_at": proof["at"], "certificate": proof["number"]}
        session.execute(update(AlertRow).where(AlertRow.id == owner).values(snapshot=None, clip=None, **gone))
        session.execute(update(GuardReport).where(GuardReport.id == owner).values(media=None, **gone))
        session.execute(
            update(AlertRow).where(AlertRow.id.in_(select(GuardReport.alert_id).where(GuardReport.id == owner)))
            .values(snapshot=None, **gone)
        )  # fmt: skip
    row = session.get(PurgeCertificate, proof["number"])
    if row is not None and not row.digest:  # the backup was made while these files went
        for name, value in proof.items():
            setattr(row, name, value)
    if row is None:
        session.add(PurgeCertificate(**proof))
        session.flush()
        if session.get_bind().dialect.name == "postgresql":
            newest = session.scalar(select(func.max(PurgeCertificate.number)))
            session.execute(
                text("SELECT setval(pg_get_serial_sequence('purge_certificate', 'number'), :n)"), {"n": newest}
            )


def _delete_trails(trails: TrailStore, proof: dict[str, Any]) -> None:
    day = proof["day"]
    trails.remove(day, [file for file in trails.files(day) if not file.name.startswith(HELD)])


def _purge_trails(session: Session, proof: dict[str, Any]) -> None:
    if session.get(TrailPurge, proof["day"]) is None:
        session.add(TrailPurge(**proof))


def _nobodys_password() -> str:
    return hasher.hash(randomness.token_urlsafe(32))


def _change(session: Session, line: JournalLine, nobodys: str | None) -> None:
    """What the account may, as it was decided last; a password that was replaced is nobody's."""
    row = session.get(Account, line.id)
    if row is None:
        return
    for name in _SCOPE:
        if name in line.more:
            setattr(row, name, line.more[name][1])
    if nobodys is not None:
        row.password_hash = nobodys


def do_end_sessions(session: Session) -> int:
    """All of them: everybody logs in anew, guards' phones are bound anew. Returns how many there were."""
    count = session.scalar(select(func.count()).select_from(LoginSession)) or 0
    for table in (LoginSession, LoginStep, FactorLink):
        session.execute(delete(table))
    return count
