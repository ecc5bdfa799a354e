"""Certificates of what was purged: the list, and a digest over it. Each also goes to the journal that outlives the database."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from console.evidence.tables import PurgeCertificate
from lianqin import audit

KEEPER: Final = audit.system("evidence")


def digest_of(items: list[list[Any]]) -> str:
    """sha256 of the list as JSON, hex: whoever has the list can check the certificate."""
    return hashlib.sha256(msgspec.json.encode(items)).hexdigest()


def open_certificate(session: Session, days: int, at: float) -> PurgeCertificate:
    """With its number and nothing else; without a digest it proves nothing yet."""
    row = PurgeCertificate(
        at=at, alerts=0, files=0, bytes=0, first_at=at, last_at=at, keep_days=days, items=[], digest=""
    )
    session.add(row)
    session.flush()
    return row


def certify(session: Session, row: PurgeCertificate, items: list[list[Any]], at: float) -> None:
    """Close it over what went: `[alert id, path, sha256 or "", bytes]` for each file. The audit has it from here on."""
    row.items, row.files, row.bytes = items, len(items), sum(int(one[3]) for one in items)
    row.at, row.digest = at, digest_of(items)
    audit.write(session, KEEPER, "evidence.purge", "certificate", str(row.number), at=at,
                detail={"alerts": row.alerts, "files": len(items), "digest": row.digest})  # fmt: skip
