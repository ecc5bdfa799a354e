"""The register, the points and the draws are chained by hashes: what is changed afterwards is named, on both databases."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from console import commands
from lianqin import audit, seals
from lianqin.chain import CHAINS, START, ChainHead, follow, head_of, line_of
from lianqin.db import Store
from lianqin.seals import HOUR, SealKeeper, read_seals
from lianqin.testing import T0
from lianqin.verify import ChainReport, OutsideSeal, read_told, verify
from patrol.calls.tables import Draw, PointCall
from patrol.dispatch.tables import Dispatch
from patrol.scores.tables import LedgerLine

CHAIN = CHAINS["audit"]
OFF = {
    "sqlite": tuple(
        f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in ("audit", "seal") for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": ("SET LOCAL session_replication_role = replica",),
}
"""In PostgreSQL until the transaction's end."""


def put(store: Store, *ids: str, at: float = T0) -> None:
    with store.write() as session:
        for one in ids:
            audit.write(
                session,
                audit.system("t"),
                "clip.look",
                "alert",
                one,
                at=at,
                detail={"n": 1.0, "深": {"b": [1, 2.5], "a": None}},
            )


def look(store: Store, *told: OutsideSeal) -> ChainReport:
    with store.read() as session:
        return verify(session, CHAIN, told)


def as_owner(store: Store, *statements: str) -> None:
    """What who owns the database can do: the triggers are off."""
    with store.write() as session:
        for one in (*OFF[store.engine.dialect.name], *statements):
            session.execute(text(one))


def chain_anew(store: Store, after: int) -> None:
    """The owner's trick: every row after `after` gets a hash that fits."""
    with store.write() as session:
        for one in OFF[store.engine.dialect.name]:
            session.execute(text(one))
        head = ChainHead(0, START)
        names = [CHAIN.table.c[name] for name in CHAIN.columns]
        for values in (
            session.execute(CHAIN.table.select().with_only_columns(*names).order_by(CHAIN.table.c.seq)).mappings().all()
        ):
            head = ChainHead(values["seq"], follow(head.hash, line_of(CHAIN.table, CHAIN.columns, values)))
            if head.seq > after:
                session.execute(CHAIN.table.update().where(CHAIN.table.c.seq == head.seq).values(hash=head.hash))


@pytest.fixture
def command(
    settings: Any, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """`status, said = command("audit", "verify")` on this test's database."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("lianqin.settings.load", lambda: settings)
        monkeypatch.setattr("lianqin.logs.configure", lambda **_: None)  # it would hold the captured stream
        status = commands.main(list(arguments))
        out = capsys.readouterr()
        return status, out.out + out.err

    return run


def test_an_outsider_hashes_the_lines_with_ten_lines_of_python(store: Store, command: Callable[..., Any]) -> None:
    put(store, "al-1", "al-“2”")
    put(store, "al-3")
    status, said = command("audit", "lines", "audit")
    assert status == 0
    former = "0" * 64
    for line in said.encode().splitlines():
        former = hashlib.sha256(former.encode() + b"\n" + line).hexdigest()
    with store.read() as session:
        assert head_of(session, CHAIN) == ChainHead(3, former)
    first = json.loads(said.splitlines()[0])
    assert list(first) == sorted(CHAIN.columns)
    assert first["detail"] == {"n": 1.0, "深": {"a": None, "b": [1, 2.5]}}


def test_what_is_written_is_what_is_read_back_for_any_detail(store: Store) -> None:
    odd = {
        "tuple": (1, 2),
        3: "key",
        "nul": "a\x00b",
        "lone": "\ud800",
        "big": 2**70,
        "small": 1e-320,
        "minus": -0.0,
        "whole": 1e22,
    }
    with store.write() as session:
        audit.write(
            session, audit.system("t\x00"), "clip.look", "alert", "x" * 500, at=int(T0), case_ref="“\ud800”", detail=odd
        )  # type: ignore[arg-type]
    report = look(store)
    assert (report.whole, report.rows) == (True, 1), report.faults


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        ("UPDATE audit SET actor_name = 'someone else' WHERE seq = 3", "row 3 differs"),
        ("UPDATE audit SET at = at + 1 WHERE seq = 3", "row 3 differs"),
        ("UPDATE audit SET detail = '{\"n\": 1.5}' WHERE seq = 3", "row 3 differs"),
        ("UPDATE audit SET purpose = 'own' WHERE seq = 1", "row 1 differs"),
        ("DELETE FROM audit WHERE seq = 3", "row 3 is missing"),
        ("DELETE FROM audit WHERE seq IN (2, 3)", "rows 2 to 3 are missing"),
        ("DELETE FROM audit WHERE seq = 1", "row 1 is missing"),
        (("INSERT INTO audit (seq, at, actor_id, actor_name, action, object_kind, object_id, detail, hash)"
         " SELECT 100, at, actor_id, actor_name, action, object_kind, object_id, detail, hash FROM audit WHERE seq = 5"), "row 100"),
    ],
)  # fmt: skip
def test_the_first_row_that_differs_is_named(store: Store, command: Callable[..., Any], harm: str, named: str) -> None:
    put(store, "al-1", "al-2", "al-3", "al-4", "al-5")
    assert command("audit", "verify")[0] == 0
    as_owner(store, harm)
    status, said = command("audit", "verify")
    assert status == 1
    assert named in said


def test_a_row_removed_at_the_end_is_found_by_a_seal_alone(store: Store) -> None:
    put(store, "al-1", "al-2", "al-3")
    [sealed] = [one for one in seals.take_seals(store, T0) if one.chain == "audit"]
    as_owner(store, "DELETE FROM audit WHERE seq = 3")
    assert "row 3 is missing" in look(store).faults[0], "the seal that was kept here"
    as_owner(store, "DELETE FROM seal")
    assert look(store).whole, "nothing here knows of it any more"
    put(store, "al-4")
    assert look(store).whole
    [fault] = look(store, OutsideSeal(sealed.hash, sealed.seq, sealed.chain, sealed.at)).faults
    assert "row 3 is another than sealed" in fault


def test_an_owner_who_chains_everything_anew_is_found_by_a_seal_that_was_handed_out(
    store: Store, command: Callable[..., Any], tmp_path: Path
) -> None:
    put(store, "al-1", "al-2", "al-3")
    with store.write() as session:  # no seal is kept here
        printed = head_of(session, CHAIN)
    as_owner(store, "UPDATE audit SET actor_name = 'someone else' WHERE seq = 2")
    chain_anew(store, 1)
    assert look(store).whole
    status, said = command("audit", "verify", "--seal", printed.hash)
    assert status == 1
    assert printed.hash in said
    assert command("audit", "verify", "--seal", f"audit:3:{printed.hash.upper()}")[0] == 1
    with store.read() as session:
        assert command("audit", "verify", "--seal", head_of(session, CHAIN).hash)[1].count("no row has the hash") == 0
    file = tmp_path / "seals.jsonl"
    file.write_bytes(msgspec.json.encode(seals.SealLine(1, "audit", "hour", 3, printed.hash, T0)) + b"\nno seal\n")
    assert command("audit", "verify", "--seals", str(file))[0] == 1


def on_paper(told: ChainHead, characters: int = 64) -> str:
    """As a hand-over sheet has it: the hash in groups of four."""
    text = told.hash[:characters]
    return f"audit:{told.seq}:" + " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def test_who_holds_a_paper_types_number_and_head_and_hears_whether_that_row_is_still_there(
    store: Store, command: Callable[..., Any]
) -> None:
    put(store, "al-1", "al-2", "al-3")
    with store.read() as session:
        printed = head_of(session, CHAIN)
    put(store, "al-4")
    status, said = command("audit", "verify", "--seal", on_paper(printed))
    assert (status, f"the seal you typed agrees: row 3 has the hash {printed.hash}" in said) == (0, True), said
    status, said = command("audit", "verify", "--seal", on_paper(printed, 16).upper().replace("AUDIT:3:", "3："))
    assert (status, "16 of 64 characters compared" in said) == (0, True), said
    wrong = "f" if printed.hash[15] != "f" else "e"
    status, said = command("audit", "verify", "--seal", f"audit:3:{printed.hash[:15]}{wrong}")
    assert (status, "audit: row 3 is another than sealed" in said, "typed agrees" in said) == (1, True, False), said
    assert command("audit", "verify", "--seal", f"2:{printed.hash}")[0] == 1, "of another row"
    status, said = command("audit", "verify", "--seal", f"audit:9:{printed.hash}")
    assert (status, "audit: row 9 is missing" in said) == (1, True), said
    as_owner(store, "UPDATE audit SET actor_name = 'someone else' WHERE seq = 2")
    chain_anew(store, 1)
    assert look(store).whole, "nothing here knows of it"
    for characters in (16, 64):
        status, said = command("audit", "verify", "--seal", on_paper(printed, characters))
        assert (status, "audit: row 3 is another than sealed" in said) == (1, True), said


def test_many_writers_at_once_write_one_chain(store: Store) -> None:
    def write(name: str) -> None:
        for n in range(10):
            put(store, f"{name}-{n}a", f"{name}-{n}b")

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    report = look(store)
    assert (report.whole, report.rows, report.head.seq) == (True, 120, 120)


def test_what_was_rolled_back_leaves_no_gap(store: Store) -> None:
    put(store, "al-1")
    with store.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "gone", at=T0)
        session.flush()
        session.rollback()
    put(store, "al-2")
    assert (look(store).whole, look(store).head.seq) == (True, 2)


def test_rows_of_an_older_program_count_by_what_they_say(store: Store) -> None:
    """One runs on while the console is brought up: it numbers by the database and knows of no hash."""
    put(store, "al-1")
    old = text(
        "INSERT INTO audit (at, actor_id, actor_name, action, object_kind, object_id, detail) VALUES (1.5, 'x', 'x', 'a.b', 'k', 'o', '{}')"
    )
    with store.write() as session:
        session.execute(old)
        session.execute(old)
    put(store, "al-2")
    report = look(store)
    assert (report.whole, report.rows, report.unhashed) == (True, 4, 2)
    as_owner(store, "UPDATE audit SET actor_id = 'y' WHERE seq = 2")
    assert not look(store).whole


def test_points_are_chained_as_they_are_added(store: Store, room: Any) -> None:
    with store.write() as session:
        for n in range(3):
            session.add(LedgerLine(id=f"ln-{n}", at=T0, shift_id="S1", guard_id="G1", unit_id="U1", rule_version="r1", line="presence", points=1,
                                   out_of=2, numerator=1, denominator=2, provisional=True, evidence={"ids": ["f1"]}, reason=""))  # fmt: skip
    with store.read() as session:
        report = verify(session, CHAINS["points"])
    assert (report.whole, report.rows) == (True, 3), report.faults


def test_draws_are_chained_in_the_order_in_which_they_are_drawn(room: Any) -> None:
    with room.store.write() as session:
        session.execute(update(PointCall).values(verdict="confirmed"))
        session.execute(update(Dispatch).values(state="done"))
    answer = room.role("operator").post("/api/draws", {"size": 1, "reason": "例行"})
    assert answer.status_code == 200, answer.text
    with room.store.read() as session:
        report = verify(session, CHAINS["draws"])
        seeded, drawn = session.scalars(select(Draw).order_by(Draw.seq))
    assert (report.whole, report.rows, report.head) == (True, 2, ChainHead(2, drawn.hash)), report.faults
    assert (seeded.id, drawn.reason) == ("dw-1", "例行")
    shown = room.role("officer").get(f"/api/draws/{drawn.id}").json()
    assert (shown["seq"], shown["hash"]) == (2, drawn.hash), "who saw it can hold it against the seal"
    sealed = {one.chain: one for one in seals.take_seals(room.store, T0)}
    assert set(sealed) == {"audit", "draws"}, "one seal for all that has rows"
    with room.store.write() as session:
        off = "DROP TRIGGER draw_no_UPDATE" if room.store.is_sqlite else OFF["postgresql"][0]
        session.execute(text(off))
        session.execute(text("UPDATE draw SET seed = 'another' WHERE seq = 2"))
    with room.store.read() as session:
        assert "draws: row 2 differs" in verify(session, CHAINS["draws"]).faults[0]


def test_draws_of_a_program_of_before_are_counted_by_the_database(store: Store, room: Any) -> None:
    """In PostgreSQL one runs on for a while; it knows of no number."""
    if store.is_sqlite:
        pytest.skip("beside SQLite's console there is no other that draws")
    old = text(
        "INSERT INTO draw (id, at, drawn_by, reason, size, seed, pool, excluded, chosen) VALUES (:id, 1, 'x', '', 1, 's', '[]', '[]', '[]')"
    )
    with store.write() as session:
        session.add(Draw(id="dr-first", at=T0, drawn_by="x", size=1, seed="s", pool=[], excluded=[], chosen=[]))
    with store.write() as session:
        session.execute(old, {"id": "dr-old"})
    with store.write() as session:
        session.add(Draw(id="dr-new", at=T0, drawn_by="x", size=1, seed="s", pool=[], excluded=[], chosen=[]))
    with store.write() as session:
        session.execute(old, {"id": "dr-old-2"})
    with store.read() as session:
        report = verify(session, CHAINS["draws"])
        ids = session.scalars(select(Draw.id).order_by(Draw.seq)).all()
    assert (report.whole, report.unhashed, ids) == (True, 2, ["dw-1", "dr-first", "dr-old", "dr-new", "dr-old-2"]), (
        report.faults
    )


def test_nobody_changes_removes_or_empties_append_only_rows(store: Store, room: Any) -> None:
    put(store, "al-1")
    with store.write() as session:
        session.add(LedgerLine(id="ln-1", at=T0, shift_id="S1", guard_id="G1", unit_id="U1", rule_version="r1", line="presence", points=1,
                               out_of=2, numerator=1, denominator=2, provisional=True, evidence={}, reason=""))  # fmt: skip
    seals.take_seals(store, T0)
    tried = [
        f"{verb} {table}" for table in ("audit", "seal", "ledger_line", "draw") for verb in ("DELETE FROM", "UPDATE")
    ]
    tried = [f"{one} SET seq = seq" if one.startswith("UPDATE") else one for one in tried]
    if not store.is_sqlite:
        tried += [
            f"TRUNCATE {table} CASCADE" for table in ("audit", "seal", "ledger_line", "draw", "trail_purge", "shift")
        ]
    for one in tried:
        with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
            session.execute(text(one))


def test_each_hour_a_seal_leaves_the_machine(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "seals.jsonl"
    sealer = SealKeeper(store, file)
    assert sealer.run_once(T0) == 0, "nothing to seal"
    put(store, "al-1")
    assert sealer.run_once(T0) == 0, "the other machine's disk is not there"
    file.parent.mkdir()
    assert sealer.run_once(T0 + 5) == 1
    put(store, "al-2")
    assert sealer.run_once(T0 + HOUR - 1) == 0
    assert sealer.run_once(T0 + HOUR) == 1
    assert sealer.run_once(T0 + 2 * HOUR) == 0, "no row came"
    assert SealKeeper(store, file).run_once(T0 + 2 * HOUR) == 0, "a new process knows what the file has"
    found = list(read_seals(file))
    assert [(one.chain, one.kind, one.seq) for one in found] == [("audit", "hour", 1), ("audit", "hour", 2)]
    assert look(store, *[OutsideSeal(one.hash, one.seq, one.chain, one.at) for one in found]).agree == 4


def test_seals_after_a_restore_leave_the_machine_though_their_numbers_were_there_before(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "seals.jsonl"
    put(store, "al-1")
    assert SealKeeper(store, file).run_once(T0) == 1
    with file.open("ab") as lost:
        for n in (2, 3):
            lost.write(msgspec.json.encode(seals.SealLine(n, "audit", "hour", 10 * n, f"{n}" * 64, T0 + n)) + b"\n")
    put(store, "al-2")
    assert SealKeeper(store, file).run_once(T0 + 2 * HOUR) == 1
    assert [(one.number, one.seq) for one in read_seals(file)] == [(1, 1), (2, 20), (3, 30), (2, 2)]


def test_rows_past_their_term_are_cut_at_a_seal_and_the_chain_goes_on(
    store: Store, command: Callable[..., Any]
) -> None:
    put(store, "al-1", "al-2", at=T0)
    old = seals.take_seals(store, 1_000.0)
    put(store, "al-3")
    kept = seals.take_seals(store, 9e9)
    put(store, "al-4")
    assert command("audit", "cut", "--days", "183")[0] == 1, "six months at least"
    status, said = command("audit", "cut", "--days", "184")
    assert (status, "2 rows up to 2 were removed" in said) == (0, True), said
    report = look(store)
    assert (report.whole, report.rows, report.first, report.head.seq) == (True, 3, 3, 5), report.faults
    assert report.cut == ChainHead(old[0].seq, old[0].hash)
    assert look(store, OutsideSeal(kept[0].hash, 3, "audit")).whole
    assert command("audit", "verify", "--seal", old[0].hash)[0] == 0, "the seal it was cut at"
    assert not look(store, OutsideSeal("f" * 64, 2, "audit")).whole
    assert look(store, OutsideSeal("e" * 64, 1, "audit")).beyond == 1
    status, said = command("audit", "verify", "--seal", f"1:{'e' * 16}")
    assert (status, "1 are of rows before the cut" in said) == (0, True), said
    assert "nothing was cut" in command("audit", "cut", "--days", "184")[1]
    with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
        session.execute(text("DELETE FROM audit"))


def test_a_chain_that_differs_is_not_cut(store: Store, command: Callable[..., Any]) -> None:
    put(store, "al-1", "al-2")
    seals.take_seals(store, 1_000.0)
    as_owner(store, "UPDATE audit SET actor_name = 'x' WHERE seq = 1")
    status, said = command("audit", "cut", "--days", "200")
    assert (status, "nothing was cut" in said) == (1, True)
    assert look(store).rows == 2


def test_triggers_that_were_taken_off_are_named(store: Store, command: Callable[..., Any]) -> None:
    if store.is_sqlite:
        as_owner(store)
    else:
        with store.write() as session:
            session.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_no_update"))
    try:
        status, said = command("audit", "verify")
    finally:
        if not store.is_sqlite:
            with store.write() as session:
                session.execute(text("ALTER TABLE audit ENABLE TRIGGER audit_no_update"))
    assert status == 1
    assert "trigger audit_no_update" in said


@pytest.mark.parametrize(
    "text_of",
    [
        "",
        "abc",
        "f" * 63,
        "12:" + "f" * 15,
        "12:" + "f" * 65,
        "audit:" + "f" * 20,
        "g" * 64,
        f"x:{'f' * 64}",
        f"audit:-1:{'f' * 64}",
    ],
)
def test_what_is_no_seal_is_said(command: Callable[..., Any], text_of: str) -> None:
    status, said = command("audit", "verify", "--seal", text_of)
    assert (status, "is no seal" in said) == (1, True)


def test_a_seal_is_read_as_it_is_printed() -> None:
    assert read_told(f"audit:12:{'A' * 64}") == OutsideSeal("a" * 64, 12, "audit")
    assert read_told(f" 12:{'a' * 64}\n") == OutsideSeal("a" * 64, 12)
    assert read_told("a" * 64) == OutsideSeal("a" * 64)
    assert read_told("audit : 12 : " + "aaaa " * 16) == OutsideSeal("a" * 64, 12, "audit")
    assert read_told("12：0123 4567 89ab cdef") == OutsideSeal("0123456789abcdef", 12)


def test_the_auditor_takes_seals_away_and_that_is_registered(room: Any) -> None:
    put(room.store, "al-1")
    auditor = room.role("auditor")
    assert auditor.get("/api/audit/seals").json() == {"items": []}
    answer = auditor.get("/api/audit/head")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    line, draws = (msgspec.json.decode(one, type=seals.SealLine) for one in answer.content.splitlines())
    assert (line.chain, line.seq, line.kind) == ("audit", 1, "taken")
    [row] = room.audit("seal.export")
    assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert row.detail["seals"] == {"audit": f"1:{line.hash}", "draws": f"1:{draws.hash}"}
    assert auditor.get("/api/audit/seals").json()["items"][0]["hash"] == line.hash
    assert room.role("sysadmin").get("/api/audit/head").status_code == 403
