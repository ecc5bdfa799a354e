"""The administrator reads why a message was put aside: every phrase that the intake writes has its words in both languages."""

from __future__ import annotations

import ast
import re
import threading
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from sqlalchemy import func, select

from console.guards.quarantine import KEYS, OTHER, QuarantineReason, reason_of
from lianqin import keys
from lianqin.audit import AuditRow
from lianqin.clock import county_day
from lianqin.db import Store
from lianqin.records import Quarantined
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock
from patrol.devices.tables import QuarantineRow
from patrol.intake import accept, terminal_items
from patrol.worker import loop, retention
from tests.console.test_words_used import spoken

INTAKE: Final = Path(__file__).resolve().parents[3] / "patrol" / "intake"
WRITES: Final = {"odd": 0, "_odd": 0, "UnreadableReport": 0, "ValueError": 0, "_aside": 1}
"""Which function takes a phrase, and at which place."""
COUNTED_ONLY: Final = {"jt808.py": {"decode_frame"}}
"""Frames that are no message are counted and never put aside."""


def phrase(node: ast.expr) -> str | None:
    """As it may be written, figures filled in; None for what comes from elsewhere."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            parts.append("+7" if part.format_spec and "+" in ast.unparse(part.format_spec) else "7")
    return "".join(parts)


def phrases() -> dict[str, str]:
    """Phrase -> file, of every source of the intake."""
    found: dict[str, str] = {}
    for file in sorted(INTAKE.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        left_out = COUNTED_ONLY.get(file.name, set())
        for part in [one for one in tree.body if getattr(one, "name", "") not in left_out]:
            for node in ast.walk(part):
                said = None
                if isinstance(node, ast.Call):
                    place = WRITES.get(getattr(node.func, "id", ""))
                    if place is not None and len(node.args) > place:
                        said = phrase(node.args[place])
                elif isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == ["why"]:
                    said = phrase(node.value)
                elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.JoinedStr):
                    said = phrase(node.elts[0])
                if said:
                    found[said] = file.name
    for module in (accept, terminal_items):
        named = re.findall(r"^([A-Z_]+): Final = \"", Path(module.__file__).read_text(encoding="utf-8"), re.MULTILINE)
        found |= {
            getattr(module, one): f"{module.__name__}.{one}" for one in named if one != "CLIENT" and one[0] != "_"
        }
    return found


def test_the_walk_over_the_intake_finds_its_phrases() -> None:
    found = phrases()
    wanted = {"unknown device", "sos.revoked_device", "terminal without its code", "no known form", "not JSON: 7", "an empty batch",
              "implausible time: +7 s from ours", "and 7 more of the same message", "7 more items than are read", "no time: 7"}  # fmt: skip
    assert wanted <= set(found)
    assert len(found) > 25


def test_every_phrase_that_the_intake_writes_has_its_words() -> None:
    assert {said: where for said, where in phrases().items() if reason_of(said).key == OTHER} == {}


def test_no_words_are_kept_for_a_phrase_that_is_not_written() -> None:
    written = {reason_of(said).key for said in phrases()} | {reason_of("implausible time: -7 s from ours").key}
    assert KEYS - {OTHER} == written


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_key_is_said_in_both_languages(language: str) -> None:
    words = {key.removeprefix("quarantine_why.") for key in spoken(language) if key.startswith("quarantine_why.")}
    assert words == KEYS


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("unknown device", QuarantineReason("unknown_device")),
        ("sos.unknown_device", QuarantineReason("sos_unknown_device")),
        ("implausible time: -7776000 s from ours", QuarantineReason("time_behind", off_s=-7_776_000)),
        ("implausible time: +172801 s from ours", QuarantineReason("time_ahead", off_s=172_801)),
        ("implausible time: +inf s from ours", QuarantineReason("no_time")),
        ("implausible time: nan s from ours", QuarantineReason("no_time")),
        ("and 901 more of the same message", QuarantineReason("more", n=901)),
        ("12 more items than are read", QuarantineReason("too_many", n=12)),
        ("no place: lat 'nan', lon 119.2", QuarantineReason("no_place")),
        ("no place on earth once gcj02 is undone", QuarantineReason("no_place")),
        ("at 0, 0: a client before its first fix", QuarantineReason("zero_place")),
        ("not JSON: Expecting value: line 1", QuarantineReason("not_json")),
        ("not a JSON object: an empty array", QuarantineReason("not_json")),
        ("a position of 9 bytes", QuarantineReason("cut_short")),
        ("", QuarantineReason(OTHER)),
        ("a phrase of another version", QuarantineReason(OTHER)),
    ],
)
def test_a_phrase_comes_to_its_key_with_what_was_counted(why: str, reason: QuarantineReason) -> None:
    assert reason_of(why) == reason


def test_the_list_gives_the_key_beside_what_was_written(room: Any) -> None:
    with room.store.write() as session:
        session.add(
            QuarantineRow(
                id="q2",
                received_at=room.clock.now(),
                client="jt808",
                why="implausible time: -90000 s from ours",
                raw="0200",
            )
        )
    told = {one["id"]: one for one in room.role("sysadmin").get("/api/quarantine").json()["items"]}
    assert told["q1"]["reason"] == {"key": "unknown_device", "off_s": None, "n": None}
    assert told["q2"]["reason"] == {"key": "time_behind", "off_s": -90_000, "n": None}
    assert told["q2"]["why"] == "implausible time: -90000 s from ours"


def test_beyond_its_bound_the_oldest_go_and_their_number_is_registered(store: Store) -> None:
    with store.write() as session:
        for n in range(30):
            session.add(QuarantineRow(id=f"q{n:02}", received_at=T0 - n, client="c", why="w", raw="r",
                                      kept_from=None if n == 29 else T0 + n, keep_hours=72))  # fmt: skip
    with store.write() as session:
        assert retention.do_bound_quarantine(session, T0 + 99, 30) == 0
        assert retention.do_bound_quarantine(session, T0 + 99, 10) == 20
    with store.read() as session:
        assert sorted(session.scalars(select(QuarantineRow.id))) == [f"q{n}" for n in range(19, 29)]
        (row,) = session.scalars(select(AuditRow).where(AuditRow.action == "quarantine.overflow"))
        assert row.detail == {"count": 20}


def test_the_worker_bounds_the_quarantine_as_it_fills(
    store: Store, settings: Settings, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "BOUND_EACH", 40)
    monkeypatch.setattr(retention.do_bound_quarantine, "__defaults__", (50,))
    one = loop.PatrolWorker(settings, store, redis_client, FakeClock(), threading.Event())
    for n in range(200):
        one._put_aside([Quarantined(id=f"q{n:03}", received_at=T0, client="c", why="w", raw="r")])
        with store.read() as session:
            assert (session.scalar(select(func.count()).select_from(QuarantineRow)) or 0) <= 90
    with store.read() as session:
        assert session.get(QuarantineRow, "q199") is not None


def test_the_administrator_reads_how_many_were_counted_only(room: Any) -> None:
    assert room.role("sysadmin").get("/api/quarantine").json()["unkept"] == 0
    room.redis.hincrby(keys.strangers_unkept(), county_day(room.clock.now()), 17)
    assert room.role("sysadmin").get("/api/quarantine").json()["unkept"] == 17
