"""Is a chain whole? Its rows are read from the oldest on and hashed anew; the first that differs is named, and seals are compared.

Without a seal from outside only a careless change is found: who owns the database can chain everything anew. With one, any change of a row
up to it is found, and any row that was removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.audit import AuditRow
from lianqin.chain import CHAINS, Chain, ChainHead, Seal, follow, line_of, start_of
from lianqin.errors import RecordError
from lianqin.lengths import HASH

AT_ONCE: Final = 2_000
RESTORED: Final = "backup.restore"
SHORTEST: Final = 16
"""Characters of a hash that are compared where somebody typed its beginning from paper: 64 bits, so that nobody finds another row by trying
who has less than a large computing centre; all 64 characters leave nobody."""
_TOLD: Final = re.compile(
    rf"(?:(?P<chain>[a-z]+):)?(?:(?P<seq>[0-9]{{1,18}}):)?(?P<hash>[0-9a-f]{{{SHORTEST},{HASH}}})",
    re.ASCII | re.IGNORECASE,
)


class OutsideSeal(msgspec.Struct, frozen=True):
    """A seal from outside: `chain` and `seq` are None where only the hash was written down, `at` where no time was. With `seq` the hash may
    be its beginning."""

    hash: str
    seq: int | None = None
    chain: str | None = None
    at: float | None = None

    def __str__(self) -> str:
        return f"{self.chain or '?'}:{self.seq if self.seq is not None else '?'}:{self.hash}"


class Restore(msgspec.Struct, frozen=True):
    """The register's row `row` says that the database went back at `at`, each chain to the row in `to`."""

    row: int
    to: dict[str, int]
    at: float


@dataclass
class ChainReport:
    """`faults`: sentences; of rows the first alone. `lost`: seals of rows that a restore of a backup left behind."""

    chain: str
    rows: int = 0
    first: int = 0
    head: ChainHead = field(default_factory=lambda: ChainHead(0, ""))
    cut: ChainHead | None = None
    unhashed: int = 0
    differ: int = 0
    agree: int = 0
    beyond: int = 0
    """Seals of rows before the cut: they can't be compared any more."""
    faults: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    """Hashes of the told ones that were met."""
    held: set[OutsideSeal] = field(default_factory=set)
    """The told ones with a row's number whose row is there, with that hash."""

    @property
    def whole(self) -> bool:
        return not self.faults


def read_told(text: str) -> OutsideSeal:
    """`HASH`, `SEQ:HASH` or `CHAIN:SEQ:HASH` as they are printed, blanks anywhere; with a row's number the hash's first `SHORTEST`
    characters are enough. Raises RecordError `audit.seal`."""
    found = _TOLD.fullmatch("".join(text.replace("：", ":").split()))
    seq = found and found["seq"]
    whole = found is not None and (seq is not None or len(found["hash"]) == HASH)
    if found is None or not whole or (found["chain"] or "audit").lower() not in CHAINS:
        raise RecordError(
            "audit.seal", f"{text!r} is no seal: write HASH, SEQ:HASH or CHAIN:SEQ:HASH in quotes, {HASH} hex digits; "
            f"behind a row's number the first {SHORTEST} or more are enough", seal=text[:80]
        )  # fmt: skip
    return OutsideSeal(
        found["hash"].lower(), None if seq is None else int(seq), found["chain"] and found["chain"].lower()
    )


def verify(session: Session, chain: Chain, told: Sequence[OutsideSeal] = ()) -> ChainReport:
    """Read the whole chain. `told`: seals from outside; those kept here are compared too."""
    start = start_of(session, chain.name)
    report = ChainReport(chain.name, cut=start if start.seq else None, head=start)
    kept = session.scalars(select(Seal).where(Seal.chain == chain.name).order_by(Seal.number))
    seals = [OutsideSeal(one.hash, one.seq, one.chain, one.at) for one in kept]
    seals += [one for one in told if one.seq is not None and one.chain in {None, chain.name}]
    hashes = {one.hash for one in told}
    report.known |= hashes & {start.hash}
    at_row: dict[int, str] = dict.fromkeys({one.seq for one in seals if one.seq is not None}, "")
    if start.seq in at_row:
        at_row[start.seq] = start.hash
    _read(session, chain, report, at_row, hashes)
    _compare(report, seals, at_row, list(_restores(session)))
    return report


def _read(session: Session, chain: Chain, report: ChainReport, at_row: dict[int, str], hashes: set[str]) -> None:
    table = chain.table
    columns = [table.c[name] for name in chain.columns]
    query = select(*columns, table.c.hash).order_by(table.c.seq).execution_options(yield_per=AT_ONCE)
    former = report.head
    for values in session.execute(query).mappings():
        seq, stored = int(values["seq"]), values["hash"]
        if not report.rows:
            report.first = seq
        report.rows += 1
        found = follow(former.hash, line_of(table, chain.columns, values))
        if stored is None:
            report.unhashed += 1
        elif stored != found:
            report.differ += 1
            if report.differ == 1:
                report.faults.append(_named(former, seq, report))
            found = stored  # what comes after is held against what stands here
        former = ChainHead(seq, found)
        if seq in at_row:
            at_row[seq] = found
        if found in hashes:
            report.known.add(found)
    report.head = former


def _named(former: ChainHead, seq: int, report: ChainReport) -> str:
    if seq > former.seq + 1:
        gone = (
            f"row {former.seq + 1} is missing"
            if seq == former.seq + 2
            else f"rows {former.seq + 1} to {seq - 1} are missing"
        )
        return f"{report.chain}: {gone}, or row {seq} was changed: it does not follow from row {former.seq}"
    return f"{report.chain}: row {seq} differs from what was written after row {former.seq}"


def _compare(
    report: ChainReport, seals: Iterable[OutsideSeal], at_row: dict[int, str], restores: Sequence[Restore]
) -> None:
    start = report.cut.seq if report.cut else 0
    for one in seals:
        seq = one.seq or 0
        if seq < start:
            report.beyond += 1
        elif at_row[seq].startswith(one.hash):
            report.agree += 1
            report.held.add(one)
        elif one.chain is None:
            continue  # it may be of another chain
        else:
            back = next(
                (it for it in restores if seq > it.to.get(report.chain, seq) and (one.at is None or one.at <= it.at)),
                None,
            )
            what = "is another than sealed" if at_row[seq] else "is missing"
            if back is not None:
                report.lost.append(f"{report.chain}: row {seq} {what} ({one}): the register's row {back.row} says that a backup up to row "
                                   f"{back.to[report.chain]} was restored")  # fmt: skip
            else:
                report.faults.append(f"{report.chain}: row {seq} {what} ({one})")


def _restores(session: Session) -> Iterable[Restore]:
    for row in session.scalars(select(AuditRow).where(AuditRow.action == RESTORED).order_by(AuditRow.seq)):
        to: Any = row.detail.get("back_to")
        if isinstance(to, dict):
            yield Restore(row.seq, {name: seq for name, seq in to.items() if isinstance(seq, int)}, row.at)
