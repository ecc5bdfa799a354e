"""Shifts, calls, draws, dispatches and points in the database, each with its row in the register."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.audit import Actor, AuditRow
from lianqin.db import Store
from lianqin.errors import ConflictError, RecordError
from lianqin.feed import FeedRow
from lianqin.outbox import OutboxRow
from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.calls import calls
from patrol.calls.tables import PointCall
from patrol.calls.verdicts import AnswerPlace, CallLimits
from patrol.county.tables import Guard
from patrol.devices import enrol
from patrol.dispatch import dispatches, nearest
from patrol.dispatch.dispatches import IncidentPlace
from patrol.duty import shift_facts, shifts
from patrol.duty.tables import Shift
from patrol.judging.presence import GuardPlace

OFFICER = Actor(id="ac-2", name="王警官", role="officer")
HERE = IncidentPlace("in-1", 119.2005, 34.0005, "东门")
AWAY = IncidentPlace("in-2", 119.208, 34.005)


def actions(session: Session) -> list[str]:
    session.flush()
    found = list(session.scalars(select(AuditRow.action).order_by(AuditRow.seq)))
    return [one for one in found if not one.endswith(".put")]


def no_fixes(guard_id: str, from_at: float, to_at: float) -> list[Fix]:
    return []


def open_all(session: Session, actor: Actor) -> list[Shift]:
    return [shifts.do_open(session, actor, f"G0{n}", None, 8, T0) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [("notice_signed_at", None, "shift.no_notice"), ("cert_valid_until", "2026-09-20", "shift.no_certificate"),
     ("cert_valid_until", None, "shift.no_certificate")],
)  # fmt: skip
def test_no_shift_without_notice_and_certificate(
    store: Store, actor: Actor, field: str, value: str | None, key: str
) -> None:
    with store.write() as session:
        setattr(session.get_one(Guard, "G01"), field, value)
        with pytest.raises(ConflictError) as caught:
            shifts.do_open(session, actor, "G01", None, 8, T0)
    assert caught.value.key == key


def test_a_guard_has_one_open_shift_and_every_step_is_registered(store: Store, actor: Actor) -> None:
    with store.write() as session:
        first = shifts.do_open(session, actor, "G01", None, 8, T0)
        with pytest.raises(ConflictError):
            shifts.do_open(session, actor, "G01", None, 8, T0 + 1)
        shifts.do_close(session, actor, first.id, T0 + 60)
        with pytest.raises(ConflictError):
            shifts.do_close(session, actor, first.id, T0 + 61)
        shifts.do_open(session, actor, "G01", None, 8, T0 + 70)
        assert actions(session) == ["shift.open", "shift.close", "shift.open"]
        assert len(list(session.scalars(select(FeedRow).where(FeedRow.topic == "shift")))) == 3


def test_a_call_by_name_needs_a_reason_and_someone_free_on_shift(store: Store, actor: Actor) -> None:
    with store.write() as session:
        with pytest.raises(RecordError):
            calls.do_call_by_name(session, actor, "G01", " ", T0, None)
        with pytest.raises(ConflictError, match="off_shift"):
            calls.do_call_by_name(session, actor, "G01", "抽查", T0, None)
        open_all(session, actor)
        row = calls.do_call_by_name(session, actor, "G01", "抽查", T0, T0 - 5)
        assert (row.draw_id, row.sign_of_life_at) == (None, T0 - 5)
        with pytest.raises(ConflictError, match="running"):
            calls.do_call_by_name(session, actor, "G01", "再次", T0 + 1, None)
        dispatches.do_call(session, actor, HERE, "G02", T0)
        with pytest.raises(ConflictError, match="busy"):
            calls.do_call_by_name(session, actor, "G02", "抽查", T0 + 1, None)


def test_a_draw_can_be_drawn_again_from_its_seed(store: Store, actor: Actor) -> None:
    with store.write() as session:
        open_all(session, actor)
        dispatches.do_call(session, actor, HERE, "G02", T0)
        draw = calls.do_draw(session, actor, 1, "例行", None, T0, {"G01": T0 - 3})
        pool = [one["guard_id"] for one in draw.pool]
        assert pool == ["G01", "G03"]
        assert [(one["guard_id"], one["reason"]) for one in draw.excluded] == [("G02", "busy")]
        assert calls.chosen_by(draw.seed, list(reversed(pool)), 1) == draw.chosen
        assert session.scalars(select(PointCall.guard_id)).all() == draw.chosen


def test_lots_fall_on_everyone() -> None:
    pool = ["G01", "G02", "G03", "G04"]
    hits = [calls.chosen_by(str(n), pool, 1)[0] for n in range(400)]
    assert all(60 < hits.count(one) < 140 for one in pool)


def test_silence_is_contradicted_and_an_offline_answer_in_time_turns_it(store: Store, actor: Actor) -> None:
    with store.write() as session:
        open_all(session, actor)
        row = calls.do_call_by_name(session, actor, "G01", "抽查", T0, T0 - 5)
        calls.do_receipt(session, actor, row.id, T0 + 2)
        assert calls.settle_due(session, T0 + 61, CallLimits(), no_fixes) == []
        assert calls.settle_due(session, T0 + 62, CallLimits(), no_fixes) == [row]
        assert (row.verdict, row.verdict_reason) == ("contradicted", "no_answer")
        assert shift_facts.facts_of(session.get_one(Shift, row.shift_id)).calls[0].counted == "unknown"
        with pytest.raises(RecordError, match="needs its reason"):
            calls.do_review(session, OFFICER, row.id, "upheld", " ", T0 + 70)
        with pytest.raises(ConflictError, match="does not decide"):
            calls.do_review(session, actor, row.id, "upheld", "他在家", T0 + 70)
        calls.do_review(session, OFFICER, row.id, "upheld", "他在家", T0 + 70)
        assert shift_facts.facts_of(session.get_one(Shift, row.shift_id)).calls[0].counted == "contradicted"
        calls.do_answer(session, actor, row.id, T0 + 30, AnswerPlace(119.2, 34.0, 8), T0 + 5000)
        assert (row.verdict, row.review) == ("confirmed", None)
        assert actions(session)[3:] == ["point_call.call", "point_call.receipt", "point_call.verdict",
                                        "point_call.review", "point_call.answer", "point_call.verdict"]  # fmt: skip


def test_one_fix_changed_changes_the_verdict_and_its_evidence(store: Store, actor: Actor) -> None:
    inside, outside = a_fix(id="in", at=T0 + 18), a_fix(id="out", at=T0 + 18, lon=119.22)
    jumped = a_fix(id="jump", at=T0 + 19, lon=119.22)
    with store.write() as session:
        open_all(session, actor)
        row = calls.do_call_by_name(session, actor, "G01", "抽查", T0, T0 - 5)
        calls.do_receipt(session, actor, row.id, T0 + 2)
        calls.do_answer(session, actor, row.id, T0 + 20, None, T0 + 21)
        assert row.verdict is None
        calls.settle_due(session, T0 + 22, CallLimits(), lambda *_: [inside])
        assert (row.verdict, row.verdict_reason, row.evidence["fix_id"]) == ("confirmed", "fix_inside", "in")
        calls.settle_again(session, row.shift_id, T0 + 30, CallLimits(), lambda *_: [inside, jumped])
        assert row.evidence["fix_id"] == "in"  # a fix that jumps away proves nothing
        calls.settle_again(session, row.shift_id, T0 + 31, CallLimits(), lambda *_: [outside])
        assert (row.verdict, row.verdict_reason, row.evidence["fix_id"]) == ("contradicted", "fix_outside", "out")


def test_the_nearest_are_sorted_and_the_law_keeps_a_property_guard_in_his_estate(store: Store, actor: Actor) -> None:
    with store.write() as session:
        held = {row.guard_id: row for row in open_all(session, actor)}
        shifts.do_close(session, actor, held["G02"].id, T0 + 1)
        places = {one: GuardPlace(one, one, row.unit_id, row.id, "A1", 119.2 + n * 0.001, 34.0, T0, T0)
                  for n, (one, row) in enumerate(held.items())}  # fmt: skip
        found = nearest.candidates(session, (AWAY.lon, AWAY.lat), places, T0 + 90, 60)
        assert [(one.guard_id, one.allowed, one.reason_key) for one in found] == [
            ("G01", True, "stale_fix"), ("G03", False, "outside_service_area"), ("G02", False, "off_shift")]  # fmt: skip
        with pytest.raises(ConflictError, match="outside_service_area"):
            dispatches.do_call(session, actor, AWAY, "G03", T0 + 2)
        assert dispatches.do_call(session, actor, HERE, "G03", T0 + 2).state == "called"


def test_arrival_comes_from_a_fix_after_the_call(store: Store, actor: Actor) -> None:
    with store.write() as session:
        open_all(session, actor)
        row = dispatches.do_call(session, actor, HERE, "G01", T0)
        there = {"lon": HERE.lon, "lat": HERE.lat}
        assert not dispatches.has_arrived(row, a_fix(at=T0 - 1, **there), 50)
        assert not dispatches.has_arrived(row, a_fix(at=T0 + 1, lon=119.203), 50)
        dispatches.do_accept(session, actor, row.id, T0 + 5)
        dispatches.arrive(session, row, a_fix(at=T0 + 60, **there), T0 + 61)
        dispatches.do_done(session, actor, row.id, "已处置", T0 + 90)
        with pytest.raises(ConflictError):
            dispatches.do_cancel(session, actor, row.id, T0 + 91)
        facts = shift_facts.facts_of(session.get_one(Shift, row.shift_id))
        assert [(one.counted, one.arrived_at) for one in facts.dispatches] == [("confirmed", T0 + 60)]


def test_a_credential_is_shown_once_kept_as_a_hash_and_leaves_by_the_outbox(store: Store, actor: Actor) -> None:
    with store.write() as session:
        made = enrol.do_enrol(session, actor, "G01", "wgs84", T0)
        enrol.do_revoke(session, actor, made.device_id, T0 + 1)
        enrol.do_revoke(session, actor, made.device_id, T0 + 2)
        bodies = list(session.scalars(select(OutboxRow.body)))
        assert actions(session) == ["device.enrol", "device.revoke"]
    assert len(made.credential) == 32
    assert len(bodies) == 2
    assert all(made.credential not in (body or "") for body in bodies)
