"""Certificates of what was purged: the list, and a digest over it. Each also goes to the journal that outlives the database."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from console.tables import PurgeCertificate
from lianqin import audit

KEEPER: Final = audit.system("evidence")


def digest_of(items: list[list[Any]]) -> str:
    """sha256 of the list as JSON, hex: whoever has the list can check the certificate."""
    return hashlib.sha256(msgspec.json.encode(items)).hexdigest()


def certify(
    session: Session, items: list[list[Any]], *, alerts: int, times: list[float], days: int, at: float
) -> PurgeCertificate:
    """`times`: when what went arrived, oldest first."""
    certificate = PurgeCertificate(
        at=at, alerts=alerts, files=len(items), bytes=sum(int(one[3]) for one in items), first_at=times[0], last_at=times[-1],
        keep_days=days, items=items, digest=digest_of(items),
    )  # fmt: skip
    session.add(certificate)
    session.flush()
    audit.write(session, KEEPER, "evidence.purge", "certificate", str(certificate.number), at=at,
                detail={"alerts": alerts, "files": len(items), "digest": certificate.digest})  # fmt: skip
    return certificate
