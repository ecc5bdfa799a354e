"""A task that does not go on: refused, not accepted in time, its guard does not move, or is overdue. It comes back to the desk.

`find` is pure: recorded facts of the task, the guard's last place and the time say which of the kinds hold and since when.
`do_follow` writes what begins and what ends; `do_settle` ends what a change of the task's state ends, in that change's
transaction. A person ends the others: the next guard is called (`next`), or it is taken care of with a word (`noted`), after
which the same kind comes back when it still holds a term later. The incident's end ends all of them; that one guard is done ends
its refusals alone, for the others are still to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.geo import distance_m, walking_seconds
from lianqin.records import new_id
from lianqin.settings import Settings
from patrol.dispatch.tables import Dispatch, Stuck
from patrol.judging.presence import GuardPlace

Kind = Literal["refused", "unanswered", "still", "overdue"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
End = Literal[
    "next", "noted", "accepted", "refused", "moved", "arrived", "done", "cancelled", "handled", "closed", "withdrawn"
]
ENDS: Final[tuple[str, ...]] = get_args(End)
"""`next`: another guard was called; `noted`: a person took care of it otherwise; `handled` (of a refusal), `closed`, `withdrawn`: so the
incident is; the others: the task itself went on."""
FITS: Final[Mapping[str, str]] = {
    "refused": "refused",
    "unanswered": "called",
    "still": "accepted",
    "overdue": "accepted",
}
"""The state of the task in which each kind can hold."""
UNKNOWN_WAY_S: Final = 600.0
"""Time to walk where the guard's place was not known when he was called."""
SYSTEM: Final = audit.system("patrol")


class StuckLimits(msgspec.Struct, frozen=True):
    """Seconds and metres, as in the settings."""

    accept_s: float = 30.0
    still_s: float = 120.0
    still_m: float = 50.0
    late_s: float = 180.0

    def again_s(self, kind: Kind) -> float:
        """So long after a person's word a kind that still holds comes back."""
        return {"unanswered": self.accept_s, "still": self.still_s, "overdue": self.late_s}.get(kind, float("inf"))


class Task(msgspec.Struct, frozen=True):
    """What `find` needs of a task. `still_at`: since when he stands where he is; `seen_at`: the last moment for which his place is
    sure; `there`: that place lies at the task's."""

    state: str
    called_at: float
    accepted_at: float | None = None
    refused_at: float | None = None
    distance_m: float | None = None
    still_at: float | None = None
    seen_at: float | None = None
    there: bool = False


def limits_of(settings: Settings) -> StuckLimits:
    """As the county has set them."""
    return StuckLimits(settings.accept_seconds, settings.still_seconds, settings.still_m, settings.late_arrival_seconds)


def expected_at(task: Task) -> float:
    """When he should be there, at a walk from where he was called."""
    way = walking_seconds(task.distance_m) if task.distance_m is not None else UNKNOWN_WAY_S
    return (task.accepted_at or task.called_at) + way


def find(task: Task, limits: StuckLimits, now: float) -> dict[Kind, float]:
    """Which kinds hold now, each with the moment since when. A guard of whom no sure fix tells that he stood is not `still`:
    unknown is no reproach; he becomes overdue."""
    found: dict[Kind, float] = {}
    if task.state == "refused" and task.refused_at is not None:
        found["refused"] = task.refused_at
    elif task.state == "called":
        found["unanswered"] = task.called_at + limits.accept_s
    elif task.state == "accepted" and task.accepted_at is not None:
        found["overdue"] = expected_at(task) + limits.late_s
        if task.still_at is not None and task.seen_at is not None and not task.there:
            since = max(task.still_at, task.accepted_at) + limits.still_s
            if task.seen_at >= since:
                found["still"] = since
    return {kind: since for kind, since in found.items() if since <= now}


def task_of(row: Dispatch, place: GuardPlace | None, arrive_m: float) -> Task:
    """Of the row and his last place, which counts where it is sure and of this shift."""
    sure = place if place is not None and place.sure and place.shift_id == row.shift_id else None
    there = sure is not None and distance_m((row.lon, row.lat), (sure.lon, sure.lat)) <= arrive_m
    return Task(
        state=row.state, called_at=row.called_at, accepted_at=row.accepted_at, refused_at=row.refused_at,
        distance_m=row.distance_m, still_at=row.still_at, seen_at=sure.known_at if sure else None, there=there,
    )  # fmt: skip


def has_moved(row: Dispatch, place: GuardPlace | None, limits: StuckLimits) -> bool:
    """Does his place tell that he stands somewhere else than he stood, or for the first time where?"""
    if row.state != "accepted" or place is None or not place.sure or place.shift_id != row.shift_id:
        return False
    if row.still_at is None or row.still_lon is None or row.still_lat is None:
        return True
    return (
        place.at > row.still_at and distance_m((row.still_lon, row.still_lat), (place.lon, place.lat)) > limits.still_m
    )


def opened(session: Session, dispatch_ids: Sequence[str]) -> list[Stuck]:
    """Those of these tasks that last."""
    query = select(Stuck).where(Stuck.dispatch_id.in_(dispatch_ids), Stuck.ended_at.is_(None))
    return list(session.scalars(query.order_by(Stuck.since, Stuck.id)))


def noted_at(session: Session, dispatch_ids: Sequence[str]) -> dict[tuple[str, str], float]:
    """When a person last took care of each kind of a task."""
    query = select(Stuck).where(Stuck.dispatch_id.in_(dispatch_ids), Stuck.outcome == "noted").order_by(Stuck.ended_at)
    return {(row.dispatch_id, row.kind): row.ended_at or 0.0 for row in session.scalars(query)}


def due(
    found: Mapping[Kind, float], lasting: Sequence[Stuck], noted: Mapping[str, float], limits: StuckLimits, now: float
) -> tuple[list[Kind], list[Stuck]]:
    """Of one task: the kinds that begin, and the rows that end of themselves."""
    begins = [
        kind for kind in found
        if kind not in {row.kind for row in lasting} and (kind not in noted or now >= noted[kind] + limits.again_s(kind))
    ]  # fmt: skip
    return begins, [row for row in lasting if row.kind not in found]


def do_follow(  # noqa: PLR0917 - the task, where he is, by which limits, and when
    session: Session, row: Dispatch, place: GuardPlace | None, limits: StuckLimits, arrive_m: float, at: float
) -> bool:
    """Write what begins and ends for a task under way. True where pages have news."""
    in_order(session)
    session.refresh(row)
    if has_moved(row, place, limits) and place is not None:
        row.still_lon, row.still_lat, row.still_at = place.lon, place.lat, max(place.at, row.accepted_at or place.at)
    found = find(task_of(row, place, arrive_m), limits, at)
    noted = {kind: when for (_, kind), when in noted_at(session, [row.id]).items()}
    begins, ends = due(found, opened(session, [row.id]), noted, limits, at)
    for kind in begins:
        _begin(session, row, kind, found[kind], at)
    for one in ends:
        _end(
            session, SYSTEM, one, row, "moved" if one.kind == "still" and row.state == "accepted" else _end_of(row), at
        )
    return bool(begins or ends)


def do_settle(session: Session, actor: Actor, row: Dispatch, at: float) -> None:
    """The task's state changed: what no longer fits it ends, a refusal begins."""
    lasting = opened(session, [row.id])
    for one in lasting:
        if FITS[one.kind] != row.state:
            _end(session, actor, one, row, _end_of(row), at)
    if row.state == "refused" and row.refused_at is not None and not _known(session, row, "refused"):
        _begin(session, row, "refused", row.refused_at, at)


def check_open(session: Session, stuck_id: str) -> Stuck:
    """Raises NotFoundError `stuck.missing`, ConflictError `stuck.ended` with who and what."""
    in_order(session)
    row = session.get(Stuck, stuck_id, populate_existing=True)
    if row is None:
        raise NotFoundError("stuck.missing", f"no stuck task {stuck_id}", id=stuck_id)
    if row.ended_at is not None:
        raise ConflictError(
            "stuck.ended", f"{stuck_id} ended: {row.outcome}", outcome=row.outcome, by=row.ended_by, at=row.ended_at
        )
    return row


def do_note(session: Session, actor: Actor, stuck_id: str, note: str, at: float) -> Stuck:
    """A person took care of it otherwise and says how. Raises as `check_open`; RecordError `stuck.note`."""
    row = check_open(session, stuck_id)
    if not note.strip():
        raise RecordError("stuck.note", "say what was done about it")
    row.note = note.strip()
    _end(session, actor, row, session.get_one(Dispatch, row.dispatch_id), "noted", at)
    return row


def do_end(session: Session, actor: Actor, rows: Sequence[Stuck], end: End, at: float) -> None:
    """These end, for this reason."""
    for row in rows:
        _end(session, actor, row, session.get_one(Dispatch, row.dispatch_id), end, at)


def do_end_of_incident(session: Session, actor: Actor, incident_id: str, end: End, at: float) -> None:
    """The incident was closed or withdrawn: none of its tasks is stuck any more."""
    query = select(Stuck).where(Stuck.incident_id == incident_id, Stuck.ended_at.is_(None)).order_by(Stuck.id)
    do_end(session, actor, list(session.scalars(query)), end, at)


def do_end_of_refusals(session: Session, actor: Actor, incident_id: str, end: End, at: float) -> None:
    """The incident's refusals are taken care of: another guard goes, or was done. Who is still under way and stuck stays, until he is
    called back, a word is said or he goes on."""
    query = select(Stuck).where(Stuck.incident_id == incident_id, Stuck.kind == "refused", Stuck.ended_at.is_(None))
    do_end(session, actor, list(session.scalars(query.order_by(Stuck.id))), end, at)


def _known(session: Session, row: Dispatch, kind: Kind) -> bool:
    return session.scalar(select(Stuck.id).where(Stuck.dispatch_id == row.id, Stuck.kind == kind).limit(1)) is not None


def _end_of(row: Dispatch) -> End:
    """The task's state as what ended it; a task that is called again (its proof was taken back) goes on as accepted."""
    return next((one for one in get_args(End) if one == row.state), "accepted")


def _begin(session: Session, row: Dispatch, kind: Kind, since: float, at: float) -> None:
    session.add(Stuck(
        id=new_id("st", at), dispatch_id=row.id, incident_id=row.incident_id, kind=kind, since=since, found_at=at, outcome="", ended_by="", note="",
    ))  # fmt: skip
    _told(session, SYSTEM, "dispatch.stuck", row, at, {"kind": kind, "since": since})


def _end(  # noqa: PLR0917 - what the row holds
    session: Session, actor: Actor, one: Stuck, row: Dispatch, end: End, at: float
) -> None:
    one.ended_at, one.outcome, one.ended_by = at, end, actor.id
    _told(
        session,
        actor,
        "dispatch.unstuck",
        row,
        at,
        {"kind": one.kind, "end": end} | ({"note": one.note} if one.note else {}),
    )


def _told(  # noqa: PLR0917 - what is told of it
    session: Session, actor: Actor, action: str, row: Dispatch, at: float, detail: dict[str, Any]
) -> None:
    session.flush()
    audit.write(session, actor, action, "dispatch", row.id, at=at, detail=detail)
    feed.push(session, "dispatch", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
