"""Point calls (点调): by name, by lot, receipt, answer, radio, review; and the verdicts whose time has come."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import Fix, new_id
from lianqin.settings import Settings
from patrol.calls.tables import Draw, PointCall
from patrol.calls.verdicts import AnswerPlace, CallFacts, CallLimits, Verdict, verdict
from patrol.county.tables import Guard
from patrol.dispatch import reviews
from patrol.dispatch.tables import Dispatch
from patrol.duty import shift_facts
from patrol.duty.breaks import guards_on_break
from patrol.duty.shifts import ground_at, on_duty, open_shift_of
from patrol.duty.tables import Shift
from patrol.judging.judge import trusted

__all__ = [
    "AnswerPlace", "CallFacts", "CallLimits", "FixesOf", "Verdict", "chosen_by", "do_answer", "do_call_by_name",
    "do_draw", "do_radio", "do_receipt", "do_review", "limits_of", "settle_again", "settle_due", "verdict",
]  # fmt: skip
FixesOf = Callable[[str, float, float], Sequence[Fix]]
"""(guard_id, from_at, to_at) -> fixes in order."""
BUSY: Final = ("called", "accepted", "arrived")
SYSTEM: Final = audit.system("patrol")
DEFAULT_LIMITS: Final = CallLimits()


def _get(session: Session, call_id: str) -> PointCall:
    row = session.get(PointCall, call_id, with_for_update={"of": PointCall})
    if row is None:
        raise NotFoundError("point_call.missing", f"no point call {call_id}", id=call_id)
    return row


def busy_guards(session: Session) -> set[str]:
    """Guards on an incident: nobody calls a point on them."""
    return set(session.scalars(select(Dispatch.guard_id).where(Dispatch.state.in_(BUSY))))


def _running(session: Session) -> set[str]:
    return set(session.scalars(select(PointCall.guard_id).where(PointCall.verdict.is_(None))))


def limits_of(settings: Settings) -> CallLimits:
    """The limits that a county has set."""
    return CallLimits(
        answer_s=settings.call_answer_seconds, silence_s=settings.call_silence_seconds,
        grace_s=settings.call_grace_hours * 3600, fix_near_s=settings.stale_fix,
    )  # fmt: skip


def _told(session: Session, actor: Actor, action: str, row: PointCall, at: float, **detail: Any) -> PointCall:
    session.flush()
    audit.write(session, actor, f"point_call.{action}", "point_call", row.id, at=at, detail=detail)
    feed.push(session, "point_call", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def _add(session: Session, actor: Actor, shift: Shift, at: float, alive_at: float | None) -> PointCall:
    row = PointCall(id=new_id("pc", at), guard_id=shift.guard_id, shift_id=shift.id, unit_id=shift.unit_id,
                    called_by=actor.id, called_at=at, sign_of_life_at=alive_at, reason="", evidence={})  # fmt: skip
    session.add(row)
    return row


def do_call_by_name(  # noqa: PLR0917 - what the desk's form holds
    session: Session, actor: Actor, guard_id: str, reason: str, at: float, sign_of_life_at: float | None
) -> PointCall:
    """Raises RecordError `point_call.reason`, NotFoundError `guard.missing`, ConflictError `guard.off_shift`,
    `guard.on_break`, `guard.busy`, `point_call.running`."""
    if not reason.strip():
        raise RecordError("point_call.reason", "a call by name needs its reason")
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    shift = open_shift_of(session, guard_id, at, lock=True)
    if shift is None:
        raise ConflictError("guard.off_shift", f"{guard.name} is off shift", name=guard.name)
    if guard_id in guards_on_break(session, at):
        raise ConflictError("guard.on_break", f"{guard.name} is on a break", name=guard.name)
    if guard_id in busy_guards(session):
        raise ConflictError("guard.busy", f"{guard.name} is on an incident", name=guard.name)
    if guard_id in _running(session):
        raise ConflictError("point_call.running", f"a call of {guard.name} still runs", name=guard.name)
    row = _add(session, actor, shift, at, sign_of_life_at)
    row.reason = reason.strip()
    return _told(session, actor, "call", row, at, guard=guard_id, reason=row.reason)


def chosen_by(seed: str, guard_ids: Sequence[str], size: int) -> list[str]:
    """The draw itself, for anyone to repeat: the first `size` in order of sha256(seed + ":" + guard id)."""
    return sorted(guard_ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest())[:size]


def do_draw(  # noqa: PLR0917 - what the desk's form holds
    session: Session, actor: Actor, size: int, reason: str, area_id: str | None, at: float,
    signs_of_life: Mapping[str, float],
) -> Draw:  # fmt: skip
    """All on shift (in the area) are in the pool, but those on an incident, on a break or with a running call.

    Raises ConflictError `draw.empty`.
    """
    query = select(Shift).where(on_duty(at)).order_by(Shift.guard_id).with_for_update(of=Shift)
    if area_id:
        query = query.where(Shift.area_id == area_id)
    shifts = {row.guard_id: row for row in session.scalars(query).unique()}
    against = dict.fromkeys(_running(session), "running")
    against |= dict.fromkeys(guards_on_break(session, at), "on_break") | dict.fromkeys(busy_guards(session), "busy")
    excluded = [
        {"guard_id": one, "shift_id": shifts[one].id, "reason": against[one]} for one in shifts if one in against
    ]
    pool = [one for one in shifts if one not in against]
    if not pool:
        raise ConflictError("draw.empty", "nobody can be drawn: all are off shift, on an incident or being called")
    seed = secrets.token_hex(32)
    chosen = chosen_by(seed, pool, size)
    draw = Draw(
        id=new_id("dr", at), at=at, drawn_by=actor.id, reason=reason, size=size, seed=seed,
        pool=[{"guard_id": one, "shift_id": shifts[one].id} for one in pool], excluded=excluded, chosen=list(chosen),
    )  # fmt: skip
    session.add(draw)
    session.flush()
    for guard_id in chosen:
        row = _add(session, actor, shifts[guard_id], at, signs_of_life.get(guard_id))
        row.draw_id, row.reason = draw.id, reason
        session.flush()
        feed.push(session, "point_call", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    audit.write(session, actor, "point_call.draw", "draw", draw.id, at=at,
                detail={"size": size, "pool": len(pool), "chosen": chosen, "seed": seed})  # fmt: skip
    feed.push(session, "draw", draw.id, at=at)
    return draw


def do_receipt(session: Session, actor: Actor, call_id: str, at: float) -> PointCall:
    """The phone shows the call; the first receipt counts, repeats change nothing. Raises `point_call.missing`."""
    row = _get(session, call_id)
    if row.receipt_at is not None:
        return row
    row.receipt_at = at
    return _told(session, actor, "receipt", row, at)


def do_answer(  # noqa: PLR0917 - what the phone sends
    session: Session, actor: Actor, call_id: str, answered_at: float, place: AnswerPlace | None, at: float,
    limits: CallLimits = DEFAULT_LIMITS,
) -> PointCall:  # fmt: skip
    """`answered_at` by the phone's clock. The first answer counts, a repeat changes nothing.

    Raises NotFoundError `point_call.missing`. A verdict for silence is given again when the answer arrives in its grace.
    An answer without a place gets its verdict from the worker, which has the fixes.
    """
    row = _get(session, call_id)
    if row.answered_at is not None:
        return row
    row.answered_at, row.answer_received_at, row.answer_by = answered_at, at, "app"
    if place is not None:
        row.answer_lon, row.answer_lat, row.answer_accuracy_m = place.lon, place.lat, place.accuracy_m
    _told(session, actor, "answer", row, at)
    _settle(session, row, at, limits, None)
    return row


def do_radio(session: Session, actor: Actor, call_id: str, at: float, limits: CallLimits = DEFAULT_LIMITS) -> PointCall:
    """The operator heard him by radio, in person. Raises `point_call.missing`, ConflictError `point_call.answered`."""
    row = _get(session, call_id)
    if row.answered_at is not None or row.verdict is not None:
        raise ConflictError("point_call.answered", f"point call {call_id} is answered or settled already")
    row.answered_at, row.answer_received_at, row.answer_by = at, at, "radio"
    _told(session, actor, "radio", row, at)
    _settle(session, row, at, limits, None)
    return row


def do_review(  # noqa: PLR0917 - what the officer's form holds
    session: Session, actor: Actor, call_id: str, result: Literal["upheld", "dismissed"], note: str, at: float
) -> PointCall:
    """A person decides a contradicted verdict. Raises `point_call.missing`, ConflictError `point_call.no_review`, and as
    `reviews.check_decision`."""
    row = _get(session, call_id)
    if row.verdict != "contradicted":
        raise ConflictError("point_call.no_review", f"only a contradicted verdict is reviewed, this is {row.verdict}",
                            verdict=row.verdict or "-")  # fmt: skip
    reviews.check_decision(actor, called_by=row.called_by, result=result, note=note, is_decided=row.review is not None)
    row.review, row.reviewed_by, row.reviewed_at, row.review_note = result, actor.id, at, note.strip()
    _told(session, actor, "review", row, at, result=result, note=row.review_note)
    shift_facts.refresh(session, row.shift_id)
    return row


def _facts(session: Session, row: PointCall, at: float, limits: CallLimits, fixes_of: FixesOf | None) -> CallFacts:
    shift = session.get_one(Shift, row.shift_id)
    polygon = ground_at(session, shift.id)["polygon"]
    place = None
    if row.answer_lon is not None and row.answer_lat is not None:
        place = AnswerPlace(row.answer_lon, row.answer_lat, row.answer_accuracy_m)
    fix = None
    if place is None and row.answered_at is not None and row.answer_by == "app" and fixes_of is not None:
        when = row.answered_at
        known = fixes_of(row.guard_id, shift.opened_at, when + limits.fix_near_s)  # doubts rest on all fixes before
        near = [one for one in trusted(known) if one.at >= when - limits.fix_near_s]
        fix = min(near, key=lambda one: (abs(one.at - when), one.at, one.id), default=None)
    return CallFacts(
        called_at=row.called_at, now=at, polygon=tuple((lon, lat) for lon, lat in polygon),
        sign_of_life_at=row.sign_of_life_at, receipt_at=row.receipt_at, answered_at=row.answered_at,
        answer_received_at=row.answer_received_at, by_radio=row.answer_by == "radio", place=place,
        fix_place=AnswerPlace(fix.lon, fix.lat, fix.accuracy_m) if fix else None, fix_id=fix.id if fix else None,
    )  # fmt: skip


def _settle(session: Session, row: PointCall, at: float, limits: CallLimits, fixes_of: FixesOf | None) -> bool:
    facts = _facts(session, row, at, limits, fixes_of)
    found = verdict(facts, limits)
    # An answer without a place waits for the worker, which has the fixes.
    if found.name is None or (found.reason == "no_place" and fixes_of is None):
        return False
    said = row.verdict, row.verdict_reason, row.evidence.get("fix_id"), row.evidence.get("answered_at")
    if (found.name, found.reason, facts.fix_id, facts.answered_at) == said:
        return False
    if (row.verdict, row.verdict_reason) != (found.name, found.reason):
        row.review = row.reviewed_by = row.reviewed_at = None  # the old word was about another verdict
        row.review_note = ""
    row.verdict, row.verdict_reason = found.name, found.reason
    row.verdict_at = max(at, row.answer_received_at or at)  # another machine's clock may be a little ahead
    row.evidence = msgspec.to_builtins(msgspec.structs.replace(facts, polygon=())) | {
        "outside_m": found.outside_m, "limits": msgspec.to_builtins(limits)}  # fmt: skip
    _told(session, SYSTEM, "verdict", row, at, verdict=found.name, reason=found.reason)
    shift_facts.refresh(session, row.shift_id)
    return True


UNSETTLED: Final = or_(PointCall.verdict.is_(None), PointCall.answer_received_at > PointCall.verdict_at)
"""Calls that run, and those answered since their verdict."""


def any_unsettled(session: Session) -> bool:
    """Is there anything for `settle_due` to look at?"""
    return session.scalar(select(PointCall.id).where(UNSETTLED).limit(1)) is not None


ON_FIXES: Final = and_(
    PointCall.answered_at.is_not(None), PointCall.answer_by == "app", or_(PointCall.answer_lon.is_(None), PointCall.answer_lat.is_(None))
)  # fmt: skip
"""Answered by the app without a place: fixes speak for it."""


class ReadAhead:
    """Fixes that a verdict will ask for, read before its transaction: trails are files, and the write lock waits for none. What was
    not foreseen is read all the same."""

    def __init__(self, fixes_of: FixesOf) -> None:
        self._fixes_of = fixes_of
        self._known: dict[tuple[str, float, float], Sequence[Fix]] = {}

    def expect(self, spans: Iterable[tuple[str, float, float]]) -> None:
        """Guard, from, to: as they will be asked for."""
        for one in spans:
            if one not in self._known:
                self._known[one] = self._fixes_of(*one)

    def again(self) -> ReadAhead | None:
        """The same spans read anew; None where nothing came since."""
        fresh = ReadAhead(self._fixes_of)
        fresh.expect(self._known)
        return fresh if fresh._known != self._known else None

    def __call__(self, guard_id: str, from_at: float, to_at: float) -> Sequence[Fix]:
        known = self._known.get((guard_id, from_at, to_at))
        return self._fixes_of(guard_id, from_at, to_at) if known is None else known


def spans_asked(session: Session, which: ColumnElement[bool], limits: CallLimits) -> list[tuple[str, float, float]]:
    """What `_facts` will ask for of the calls that `which` names."""
    asked = select(PointCall.guard_id, Shift.opened_at, PointCall.answered_at).join(
        Shift, Shift.id == PointCall.shift_id
    )
    rows = session.execute(asked.where(which, ON_FIXES)).all()
    return [(guard_id, opened_at, when + limits.fix_near_s) for guard_id, opened_at, when in rows if when is not None]


def settle_due(session: Session, at: float, limits: CallLimits, fixes_of: FixesOf) -> list[PointCall]:
    """Give the verdicts whose time has come. Returns the calls that changed."""
    rows = session.scalars(select(PointCall).where(UNSETTLED).order_by(PointCall.called_at, PointCall.id)).unique()
    return [row for row in rows if _settle(session, row, at, limits, fixes_of)]


def resting_in(shift_id: str, limits: CallLimits, from_at: float, to_at: float) -> ColumnElement[bool]:
    """Settled calls of that shift that were answered by the app without a place, when fixes of that time could speak for them."""
    return and_(
        PointCall.shift_id == shift_id, PointCall.verdict.is_not(None), PointCall.answer_by == "app", PointCall.answer_lon.is_(None),
        PointCall.answered_at >= from_at - limits.fix_near_s, PointCall.answered_at <= to_at + limits.fix_near_s,
    )  # fmt: skip


def resting_on_fixes(session: Session, shift_ids: Collection[str]) -> list[str]:
    """Which of these shifts have a settled call that was answered without a place, so that its fixes speak for it."""
    return list(session.scalars(
        select(PointCall.shift_id)
        .where(PointCall.shift_id.in_(shift_ids), PointCall.verdict.is_not(None), PointCall.answer_by == "app",
               PointCall.answer_lon.is_(None))
        .distinct()
        .order_by(PointCall.shift_id)
    ))  # fmt: skip


def settle_again(  # noqa: PLR0917 - the fixes' span and what the verdict needs
    session: Session, shift_id: str, at: float, limits: CallLimits, fixes_of: FixesOf,
    from_at: float = 0.0, to_at: float = 1e10,
) -> list[PointCall]:  # fmt: skip
    """New fixes of that shift came, measured between `from_at` and `to_at`: verdicts that rest on a fix of that time,
    or lacked one, are given again. Returns the changed."""
    asked = select(PointCall).where(resting_in(shift_id, limits, from_at, to_at))
    rows = session.scalars(asked.order_by(PointCall.called_at, PointCall.id)).unique()
    return [row for row in rows if _settle(session, row, at, limits, fixes_of)]
