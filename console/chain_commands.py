"""`python -m console audit verify`, `audit lines`, `audit cut` and `python -m console role`: what proves the register, and who may not touch it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from console import app_role
from lianqin import audit, seals
from lianqin.chain import CHAINS, Chain, ChainName, line_of
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.errors import RecordError
from lianqin.lengths import HASH
from lianqin.verify import SHORTEST, ChainReport, OutsideSeal, read_told, verify

Say = Callable[[str], None]
CUT_BY: Final = audit.system("command")
CHANGED, LOST = 1, 2
"""Exit statuses of `verify`: something differs; nothing but seals that a restore left behind."""


def add_parsers(actions: Any) -> None:
    asked = actions.add_parser("audit", help="the chains of the register, the points and the draws").add_subparsers(
        dest="what", required=True
    )
    check = asked.add_parser("verify", help="hash every row anew; names the first that differs, and compares seals")
    check.add_argument(
        "--seal", nargs="+", default=[], help="seals as they were printed, each in quotes: HASH, SEQ:HASH or CHAIN:SEQ:HASH, blanks"
        f" anywhere; behind a row's number the first {SHORTEST} characters of the hash are enough"
    )  # fmt: skip
    check.add_argument("--seals", type=Path, help="a file of seals, as `seal_file` or the auditor's download has them")
    lines = asked.add_parser("lines", help="a chain's lines, one a row, for whoever hashes them himself")
    lines.add_argument("chain", choices=sorted(CHAINS))
    cut = asked.add_parser(
        "cut", help="remove the register's rows that are older, up to a seal; by who owns the tables"
    )
    cut.add_argument("--days", type=int, required=True, help=f"days that are kept, {seals.LEAST_DAYS} at least")
    role = actions.add_parser(
        "role", help="PostgreSQL: make a role for the programs that owns nothing, or bring its rights up to date"
    )
    role.add_argument("name")
    role.add_argument("--password-stdin", action="store_true", help="read its password from standard input")


def run(options: argparse.Namespace, store: Store, say: Say) -> int:
    """Raises RecordError, ConflictError."""
    if options.action == "role":
        password = sys.stdin.readline().rstrip("\n") if options.password_stdin else None
        app_role.do_make(store, options.name, password)
        say(f"{options.name} may read and write, and change no row of {', '.join(app_role.append_only_tables())}")
        return 0
    if options.what == "lines":
        return _lines(store, CHAINS[options.chain])
    return _cut(store, options.days, say) if options.what == "cut" else _verify(store, options.seal, options.seals, say)


def _verify(store: Store, printed: list[str], file: Path | None, say: Say) -> int:
    typed = [read_told(one) for one in printed]
    told = list(typed)
    if file is not None:
        told += [OutsideSeal(one.hash, one.seq, one.chain, one.at) for one in seals.read_seals(file)]
    reports = []
    for chain in CHAINS.values():
        with store.read() as session:
            reports.append(verify(session, chain, told))
        _say_report(reports[-1], say)
    bare = [one for one in told if one.chain is None and not _is_held(one, reports) and not _is_cut(one, reports)]
    for one in bare:
        which = "no row" if one.seq is None else f"no chain's row {one.seq}"
        say(f"{which} has the hash {one.hash}: rows up to it were changed or removed after it was handed out")
    for one in typed:
        if one.seq is not None and _is_held(one, reports):
            said = (
                one.hash
                if len(one.hash) == HASH
                else f"that begins with {one.hash} ({len(one.hash)} of {HASH} characters compared)"
            )
            say(f"the seal you typed agrees: row {one.seq} has the hash {said}")
    missing = app_role.missing_triggers(store)
    for trigger in missing:
        say(f"trigger {trigger} is missing or off: rows can be changed without a word")
    if bare or missing or not all(one.whole for one in reports):
        say("DIFFERS")
        return CHANGED
    lost = any(one.lost for one in reports)
    say("whole, but for what a restore left behind" if lost else "whole")
    return LOST if lost else 0


def _is_held(one: OutsideSeal, reports: Sequence[ChainReport]) -> bool:
    """Has some chain that row, with that hash?"""
    return any(one in report.held if one.seq is not None else one.hash in report.known for report in reports)


def _is_cut(one: OutsideSeal, reports: Sequence[ChainReport]) -> bool:
    """May it be of a row that was removed at its lawful end? Then nothing can be said of it."""
    return one.seq is not None and any(report.cut is not None and one.seq < report.cut.seq for report in reports)


def _say_report(report: ChainReport, say: Say) -> None:
    if report.cut is not None:
        say(f"{report.chain}: cut after row {report.cut.seq} ({report.cut.hash})")
    say(
        f"{report.chain}: {report.rows} rows, from {report.first} to {report.head.seq}, head {report.chain}:{report.head.seq}:{report.head.hash}"
    )
    say(
        f"{report.chain}: {report.agree} seals agree"
        + (f", {report.beyond} are of rows before the cut" if report.beyond else "")
    )
    if report.unhashed:
        say(f"{report.chain}: {report.unhashed} rows were written by an older program, without a hash of their own")
    for text in report.faults + report.lost:
        say(text)
    if report.differ > 1:
        say(f"{report.chain}: {report.differ - 1} more rows don't follow from the one before")


def _lines(store: Store, chain: Chain) -> int:
    table = chain.table
    with store.read() as session:
        query = (
            select(*(table.c[name] for name in chain.columns)).order_by(table.c.seq).execution_options(yield_per=2_000)
        )
        for values in session.execute(query).mappings():
            sys.stdout.buffer.write(line_of(table, chain.columns, values) + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _cut(store: Store, days: int, say: Say) -> int:
    if days < seals.LEAST_DAYS:
        raise RecordError(
            "audit.cut_days",
            f"rows of the register are kept for {seals.LEAST_DAYS} days at least",
            least=seals.LEAST_DAYS,
        )
    name: ChainName = "audit"
    with store.read() as session:
        report = verify(session, CHAINS[name])
    if not report.whole:
        _say_report(report, say)
        say("nothing was cut")
        return CHANGED
    clock = SystemClock()
    with store.write() as session:
        at = clock.at_database(session)
        cut = seals.do_cut(session, CHAINS[name], at - days * 86_400, at)
        if cut is not None:
            audit.write(session, CUT_BY, "audit.cut", "audit", "*", at=at,
                        detail={"figures": {"removed": cut.removed, "to": cut.seq, "days": days}, "digest": cut.hash})  # fmt: skip
    if cut is None:
        say(f"no seal is older than {days} days: nothing was cut")
    else:
        say(f"{cut.removed} rows up to {cut.seq} were removed; the chain goes on from {name}:{cut.seq}:{cut.hash}")
    return 0
