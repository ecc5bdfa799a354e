"""What a guard did without a network, said later: what proves it counts, what does not is unknown, and a person may decide."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import redis
from sqlalchemy import select

from console.access.tables import Account, LoginSession
from lianqin import inner, keys
from lianqin.audit import Actor
from lianqin.bus import Publisher
from lianqin.clock import county_day
from lianqin.records import Fix, FixBatch
from lianqin.testing import T0, a_fix
from patrol.acts.sealed import SealedFixes
from patrol.acts.tables import DutyAct
from patrol.calls.tables import PointCall
from patrol.county.tables import Guard, Post
from patrol.duty import shifts
from patrol.duty.tables import RosterEntry, Shift, ShiftBreak
from patrol.trails.store import TrailStore
from patrol.worker.loop import PatrolWorker, drain

H = 3600.0


class Phone:
    """The guard's page: its stopwatch and what it heard last. It is offline between `hear` and `say`."""

    def __init__(self, room: Any, account: str = "a-guard3") -> None:
        self.room, self.account, self.token, self.heard_at, self.count = room, account, "", 0.0, 0
        self.hear()

    @property
    def page(self) -> Any:
        with self.room.store.write() as session:
            session.query(LoginSession).update({"last_seen_at": self.room.clock.now()})
        return self.room.visitor(self.account)

    def hear(self) -> None:
        self.token, self.heard_at = self.page.get("/api/m/state").json()["contact"], self.room.clock.now()

    def press(self, kind: str, at: float, **more: Any) -> dict[str, Any]:
        """The act as the phone keeps it, pressed at T0 + `at`."""
        self.count += 1
        since = T0 + at - self.heard_at
        return {"id": f"da-{self.count:08d}", "kind": kind, "claimed_at": T0 + at, "contact": self.token, "since_s": since,
                "wall_since_s": since} | more  # fmt: skip

    def say(self, act: dict[str, Any]) -> Any:
        answer = self.page.post("/api/m/acts", act)
        assert answer.status_code == 200, answer.text
        return answer.json()["act"]


@pytest.fixture
def phone(room: Any) -> Phone:
    """Of a third guard, who has no shift yet; planned from T0 to T0 + 8 h."""
    with room.store.write() as session:
        session.add(Guard(id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2030-01-01",
                          notice_signed_at=T0 - 1e6, default_area_id="A1"))  # fmt: skip
        session.add(Post(id="P1", area_id="A1", name="东门岗", lon=119.2, lat=34.0, scan_code="LQ-P-1"))
        session.flush()
        session.add(Account(id="a-guard3", username="guard3", password_hash="-", role="guard", name="保安3", unit_id="U1",
                            guard_id="G3"))  # fmt: skip
        session.add(RosterEntry(id="re-1", unit_id="U1", guard_id="G3", area_id="A1", day="2026-01-01", begins_at=T0,
                                ends_at=T0 + 8 * H, state_at=T0))  # fmt: skip
    return Phone(room)


def worker(room: Any) -> PatrolWorker:
    return PatrolWorker(room.settings, room.store, room.redis, room.clock, threading.Event())


def send(room: Any, work: PatrolWorker, fixes: list[Fix], *, late: bool = False) -> None:
    Publisher(room.redis).publish(keys.fixes(0, late=late), FixBatch(tuple(fixes)))
    drain(work)


def turn(room: Any, work: PatrolWorker) -> None:
    room.clock.advance(11)
    work.tick()
    drain(work)
    room.clock.advance(11)
    drain(work)


def walk(room: Any, begin: float, count: int, **more: Any) -> list[Fix]:
    """Of G3, a fix in 15 s from T0 + `begin`, arriving now."""
    now = room.clock.now()
    return [a_fix(**{"id": f"fx-{begin + 15 * n:.0f}", "guard_id": "G3", "device_id": "D3", "at": T0 + begin + 15 * n, "received_at": now,
                     "lon": 119.195 + abs(n % 1800 - 900) * 1e-5} | more) for n in range(count)]  # fmt: skip


def shift_of(room: Any, guard_id: str = "G3") -> Shift:
    with room.store.read() as session:
        return (
            session.scalars(select(Shift).where(Shift.guard_id == guard_id).order_by(Shift.opened_at.desc()))
            .unique()
            .first()
        )


def entry(room: Any) -> Any:
    rows = room.role("company").get(f"/api/roster?from_at={T0 - H}&to_at={T0 + 9 * H}").json()["items"]
    return next(one for one in rows if one["id"] == "re-1")


def month(room: Any) -> Any:
    with room.store.write() as session:
        session.query(LoginSession).update({"last_seen_at": room.clock.now()})
    day = room.role("company").get("/api/company/month?month=" + month_of(room)).json()
    return next(one for one in day["items"] if one["guard_id"] == "G3")["figures"]


def month_of(room: Any) -> str:
    return county_day(T0)[:7]


def test_while_redis_is_away_the_page_gets_no_contact_and_shows_the_rest(
    room: Any, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> bytes:
        raise redis.exceptions.ConnectionError

    monkeypatch.setattr(inner, "secret_of", away)
    told = phone.page.get("/api/m/state").json()
    assert (told["contact"], told["guard"]["id"]) == ("", "G3")
    assert phone.page.get("/api/m/contact").json()["contact"] == ""


# --- a begin


def test_a_begin_with_the_post_s_code_counts_from_its_moment(room: Any, phone: Phone) -> None:
    act = phone.press("begin", 300, code="LQ-P-1")
    room.clock.advance(2 * H)
    told = phone.say(act)
    assert (told["state"], told["proof"], told["counts_at"], told["proved"]) == ("counted", "code", T0 + 300, True)
    shift = shift_of(room)
    assert (shift.opened_at, shift.pauses, shift.post_id, shift.opened_how) == (T0 + 300, [], "P1", "offline")
    assert phone.page.get("/api/m/state").json()["acts"][0]["id"] == act["id"]
    [row] = room.audit("act.say")
    assert row.at == T0 + 2 * H
    assert row.detail["at"] == T0 + 300


def test_a_begin_without_proof_counts_from_its_arrival_and_what_lies_before_is_neither_late_nor_paid(
    room: Any, phone: Phone
) -> None:
    act = phone.press("begin", 0)
    room.clock.advance(2 * H)
    told = phone.say(act)
    assert (told["state"], told["counts_at"]) == ("waiting", T0 + 2 * H)
    assert shift_of(room).pauses == [[T0, T0 + 2 * H]]
    room.clock.advance(H)
    figures = month(room)
    assert (figures["late"], figures["absent"], round(figures["hours"], 3)) == (0, 0, 1.0)


@pytest.mark.parametrize("first", ["act", "fixes"])
def test_a_trusted_fix_there_proves_the_begin_and_what_was_held_is_his_trail(
    room: Any, phone: Phone, first: str
) -> None:
    work, act = worker(room), phone.press("begin", 61)
    room.clock.advance(H)
    if first == "act":
        phone.say(act)
    send(room, work, walk(room, 30, 100), late=True)
    if first == "fixes":
        assert TrailStore(room.settings.trails).read("G3", T0, T0 + H) == []
        phone.say(act)
    turn(room, work)
    with room.store.read() as session:
        row = session.get_one(DutyAct, act["id"])
        assert (row.state, row.proof, row.counts_at, row.proof_fix_id) == ("counted", "fix", T0 + 61, "fx-60")
    shift = shift_of(room)
    assert (shift.opened_at, shift.pauses) == (T0 + 61, [])
    kept = TrailStore(room.settings.trails).read("G3", T0, T0 + H)
    assert (len(kept), kept[0].at) == (97, T0 + 75), "none before the begin"
    assert shift.facts["confirmed_s"] > 1000
    room.clock.advance(60)
    turn(room, work)
    assert SealedFixes(room.redis, b"").guards() == {}, "what lay before the begin is destroyed"


def test_fixes_of_a_guard_who_is_not_planned_are_destroyed_and_counted(room: Any, phone: Phone) -> None:
    with room.store.write() as session:
        session.get_one(RosterEntry, "re-1").state = "cancelled"
    work = worker(room)
    room.clock.advance(H)
    send(room, work, walk(room, 30, 20))
    assert SealedFixes(room.redis, b"").guards() == {}
    assert sum(int(one) for one in room.redis.hvals(keys.off_shift_counts())) == 20


def test_what_is_held_is_sealed_and_destroyed_after_a_day(room: Any, phone: Phone) -> None:
    work = worker(room)
    room.clock.advance(H)
    send(room, work, walk(room, 30, 20))
    [name] = list(room.redis.scan_iter("*sealed:G3:*"))
    assert not any(b"119.19" in body or b"lon" in body for body in room.redis.hvals(name)), "nobody reads a place in it"
    room.clock.advance(23.5 * H)
    turn(room, work)
    assert room.redis.hlen(name) == 20
    room.clock.advance(H)
    turn(room, work)
    assert not room.redis.exists(name)
    assert sum(int(one) for one in room.redis.hvals(keys.off_shift_counts())) == 20


def test_a_begin_on_line_destroys_what_was_held_before_it(room: Any, phone: Phone) -> None:
    work = worker(room)
    room.clock.advance(H)
    send(room, work, walk(room, 30, 20))
    assert phone.page.post("/api/m/shift/open", {}).status_code == 200
    turn(room, work)
    assert SealedFixes(room.redis, b"").guards() == {}
    assert TrailStore(room.settings.trails).read("G3", T0, T0 + H) == []


def test_a_begin_that_nothing_proves_within_a_day_stays_as_claimed_until_a_person_decides(
    room: Any, phone: Phone
) -> None:
    act, work = phone.press("begin", 0), worker(room)
    room.clock.advance(2 * H)
    phone.say(act)
    room.clock.advance(24 * H + 60)
    turn(room, work)
    with room.store.write() as session:
        session.query(LoginSession).update({"last_seen_at": room.clock.now()})
    company = room.role("company")
    [one] = company.get("/api/duty-acts").json()["items"]
    assert (one["state"], one["why"], one["guard_name"]) == ("as_claimed", "act.no_proof", "保安3")
    assert company.post(f"/api/duty-acts/{act['id']}/decide", {"counts": True, "note": " "}).json()["key"] == "act.note"
    done = company.post(f"/api/duty-acts/{act['id']}/decide", {"counts": True, "note": "班长在场"}).json()["act"]
    assert (done["state"], done["proof"], done["counts_at"], done["decided_by"]) == (
        "upheld",
        "person",
        T0,
        "company 甲",
    )
    assert shift_of(room).pauses == []
    assert (
        company.post(f"/api/duty-acts/{act['id']}/decide", {"counts": False, "note": "x"}).json()["key"]
        == "act.decided"
    )
    assert room.audit("act.decide")[-1].detail["note"] == "班长在场"


@pytest.mark.parametrize(
    ("what", "change", "why"),
    [
        ("loaded anew", {"contact": "", "since_s": None, "wall_since_s": None}, "act.no_contact"),
        ("another's token", {"contact": "other"}, "act.no_contact"),
        ("the clock was set back", {"wall_since_s": -900.0}, "act.clock"),
    ],
)
def test_an_act_without_a_proved_moment_is_kept_as_claimed(
    room: Any, phone: Phone, what: str, change: dict[str, Any], why: str
) -> None:
    if change.get("contact") == "other":
        change = {"contact": room.role("guard").get("/api/m/state").json()["contact"]}
    act = phone.press("begin", 300) | change
    room.clock.advance(H)
    told = phone.say(act)
    assert (told["state"], told["why"], told["proved"]) == ("as_claimed", why, False)
    assert told["why_said"]
    assert shift_of(room).pauses[0][1] == T0 + H


def test_the_same_act_twice_is_one(room: Any, phone: Phone) -> None:
    act = phone.press("begin", 300, code="LQ-P-1")
    room.clock.advance(H)
    first = phone.say(act)
    room.clock.advance(60)
    assert phone.say(act) == first
    assert len(room.audit("act.say")) == 1


def test_an_act_whose_like_arrived_by_another_way_counts_once(room: Any, phone: Phone) -> None:
    """The answer to the press got lost; the phone kept it and says it again."""
    act = phone.press("begin", 0)
    assert phone.page.post("/api/m/shift/open", {}).status_code == 200
    room.clock.advance(H)
    told = phone.say(act)
    assert (told["state"], told["counts_at"]) == ("counted", T0)
    with room.store.read() as session:
        assert len(session.scalars(select(Shift).where(Shift.guard_id == "G3")).unique().all()) == 1


def test_what_is_refused_is_kept_as_claimed_and_told_to_guard_and_company(room: Any, phone: Phone) -> None:
    act = phone.press("begin", 300)
    room.clock.advance(H)
    with room.store.write() as session:
        shifts.do_open(session, _operator(), "G3", None, 8, room.clock.now())
    told = phone.say(act)
    assert (told["state"], told["why"], told["counts_at"]) == ("refused", "shift.already_open", None)
    assert "open shift" in told["why_said"]
    for page, path, key in ((phone.page, "/api/m/state", "acts"), (room.role("company"), "/api/duty-acts", "items")):
        assert [one["id"] for one in page.get(path).json()[key]] == [act["id"]]
    assert [one["id"] for one in room.visitor("a-guard2").get("/api/m/state").json()["acts"]] == ["da-2"]


def _operator() -> Any:
    return Actor(id="a-operator", name="值班员", role="operator")


# --- an end


def begun(room: Any, phone: Phone) -> str:
    assert phone.page.post("/api/m/shift/open", {}).status_code == 200
    return shift_of(room).id


def test_an_end_without_network_counts_from_its_moment(room: Any, phone: Phone) -> None:
    shift_id = begun(room, phone)
    phone.hear()
    act = phone.press("end", 8 * H)
    room.clock.advance(9 * H)
    told = phone.say(act)
    assert (told["state"], told["counts_at"], told["shift_id"]) == ("counted", T0 + 8 * H, shift_id)
    assert (shift_of(room).closed_at, shift_of(room).closed_how) == (T0 + 8 * H, "ended")


def test_an_end_that_comes_after_the_shift_ended_by_itself_takes_its_place(room: Any, phone: Phone) -> None:
    begun(room, phone)
    phone.hear()
    act = phone.press("end", 8 * H)
    room.clock.advance(12 * H)
    with room.store.write() as session:
        shifts.end_overdue(session, room.clock.now())
    assert shift_of(room).closed_how == "overdue"
    assert phone.say(act)["state"] == "counted"
    assert (shift_of(room).closed_at, shift_of(room).closed_how) == (T0 + 8 * H, "ended")


@pytest.mark.parametrize(("column", "why"), [("receipt_at", "act.before_call"), ("answered_at", "act.before_answer")])
def test_an_end_does_not_lie_before_the_last_call_or_answer_until_a_person_says_so(
    room: Any, phone: Phone, column: str, why: str
) -> None:
    shift_id = begun(room, phone)
    phone.hear()
    act = phone.press("end", 6 * H)
    with room.store.write() as session:
        call = PointCall(id="pc-9", guard_id="G3", shift_id=shift_id, unit_id="U1", called_by="值班员", called_at=T0 + 6.5 * H,
                         evidence={}, reason="点名")  # fmt: skip
        setattr(call, column, T0 + 7 * H)
        session.add(call)
    room.clock.advance(8 * H)
    told = phone.say(act)
    assert (told["state"], told["why"], told["counts_at"]) == ("as_claimed", why, T0 + 7 * H)
    assert shift_of(room).closed_at == T0 + 7 * H
    company = room.role("company")
    with room.store.write() as session:
        session.query(LoginSession).update({"last_seen_at": room.clock.now()})
    company.post(f"/api/duty-acts/{act['id']}/decide", {"counts": True, "note": "手机交给了接班人"})
    assert shift_of(room).closed_at == T0 + 6 * H


def test_an_end_does_not_lie_before_the_last_fix(room: Any, phone: Phone) -> None:
    begun(room, phone)
    phone.hear()
    act, work = phone.press("end", 600), worker(room)
    room.clock.advance(1000)
    send(room, work, walk(room, 15, 60))
    told = phone.say(act)
    assert (told["state"], told["why"], told["counts_at"]) == ("as_claimed", "act.before_fix", T0 + 15 + 59 * 15)


def test_a_whole_shift_without_network_arrives_at_once(room: Any, phone: Phone) -> None:
    acts = [
        phone.press("begin", 0),
        phone.press("break_begin", 2 * H),
        phone.press("break_end", 2.5 * H),
        phone.press("end", 8 * H),
    ]
    room.clock.advance(8 * H + 900)
    told = [phone.say(act) for act in acts]
    assert [one["state"] for one in told] == ["waiting", "counted", "counted", "counted"]
    shift, work = shift_of(room), worker(room)
    assert (shift.opened_at, shift.closed_at, shift.pauses) == (T0, T0 + 8 * H, [[T0, T0 + 8 * H]])
    with room.store.read() as session:
        [rest] = session.scalars(select(ShiftBreak).where(ShiftBreak.shift_id == shift.id))
        assert (rest.from_at, rest.to_at) == (T0 + 2 * H, T0 + 2.5 * H)
    send(room, work, walk(room, 0, 1900), late=True)
    turn(room, work)
    shift = shift_of(room)
    assert (shift.pauses, shift.closed_at) == ([], T0 + 8 * H)
    assert shift.facts["confirmed_s"] > 7 * H - 60
    figures = month(room)
    assert (
        figures["late"],
        figures["early"],
        figures["absent"],
        figures["absent_min"],
        round(figures["hours"], 2),
    ) == (0, 0, 0, 0, 8.0)


# --- breaks


def test_a_break_counts_from_a_proved_moment_and_else_from_its_arrival(room: Any, phone: Phone) -> None:
    shift_id = begun(room, phone)
    phone.hear()
    proved = [phone.press("break_begin", 600), phone.press("break_end", 1200)]
    room.clock.advance(1800)
    assert [phone.say(one)["state"] for one in proved] == ["counted", "counted"]
    loaded_anew = {"contact": "", "since_s": None, "wall_since_s": None}
    act = phone.press("break_begin", 1500) | loaded_anew
    told = phone.say(act)
    assert (told["state"], told["counts_at"]) == ("as_claimed", T0 + 1800)
    room.role("company").post(f"/api/duty-acts/{act['id']}/decide", {"counts": True, "note": "同事看见"})
    with room.store.read() as session:
        rows = session.scalars(
            select(ShiftBreak).where(ShiftBreak.shift_id == shift_id).order_by(ShiftBreak.from_at)
        ).all()
        assert [(row.from_at - T0, row.to_at and row.to_at - T0) for row in rows] == [(600, 1200), (1500, None)]


def test_a_break_does_not_reach_back_before_a_call_that_came(room: Any, phone: Phone) -> None:
    shift_id = begun(room, phone)
    phone.hear()
    act = phone.press("break_begin", 600)
    with room.store.write() as session:
        session.add(PointCall(id="pc-9", guard_id="G3", shift_id=shift_id, unit_id="U1", called_by="值班员", called_at=T0 + 700,
                              receipt_at=T0 + 720, evidence={}, reason="点名"))  # fmt: skip
    room.clock.advance(1800)
    told = phone.say(act)
    assert (told["state"], told["why"], told["counts_at"]) == ("as_claimed", "act.before_call", T0 + 1800)


# --- who may


@pytest.mark.parametrize(
    ("role", "sees", "decides"),
    [
        ("operator", 200, 200),
        ("leader", 200, 200),
        ("company", 200, 200),
        ("officer", 403, 403),
        ("auditor", 403, 403),
        ("guard", 403, 403),
    ],
)
def test_the_company_and_the_station_decide_and_no_other_company_knows(
    room: Any, phone: Phone, role: str, sees: int, decides: int
) -> None:
    act = phone.press("begin", 300) | {"contact": ""}
    room.clock.advance(60)
    phone.say(act)
    page = room.role(role)
    assert page.get("/api/duty-acts").status_code == sees
    answer = page.post(f"/api/duty-acts/{act['id']}/decide", {"counts": False, "note": "没有见到人"})
    assert answer.status_code == decides
    with room.store.write() as session:
        session.get_one(Account, "a-company").unit_id = "U2"
    other = room.role("company")
    assert [one["id"] for one in other.get("/api/duty-acts").json()["items"]] == ["da-2"]
    assert (
        other.post(f"/api/duty-acts/{act['id']}/decide", {"counts": False, "note": "x"}).json()["key"] == "act.missing"
    )
