"""Tasks that do not go on, at the desk: the thread that finds them (`patrol.dispatch.stuck`), and the next guard at one key.

`StuckWatch.run_once` -> `news` (reading alone, nearly always enough) -> `patrol.dispatch.stuck.do_follow` in one transaction a task.
Without Redis nobody's place is known: what needs none is found all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.names import named
from console.dispatch.pairs import GuardsWanted, candidates, do_call, lacking, under_way
from console.guards.places import places_now
from console.guards.views import sent_view
from console.http.context import Console
from console.http.replies import Shown, shown
from console.incidents import incidents
from console.incidents.places import english_places
from console.incidents.tables import ENDED, Incident
from lianqin import audit
from lianqin.audit import Actor
from lianqin.errors import BusUnavailable
from patrol.dispatch import dispatches, stuck
from patrol.dispatch.dispatches import MOST_ACCURACY_M
from patrol.dispatch.nearest import UNDERWAY, Candidate
from patrol.dispatch.tables import Dispatch, Stuck
from patrol.judging.presence import GuardPlace

LOOK_EVERY_S: Final = 2.0
HOUSE: Final = audit.system("console")


def places_or_none(console: Console) -> Mapping[str, GuardPlace] | None:
    """As `places_now`; None while Redis is away."""
    try:
        return places_now(console)
    except BusUnavailable:
        return None


class NextGuards(msgspec.Struct, frozen=True):
    """Who could go in place of who is stuck: the nearest, and beside him whom the rule of two asks for."""

    next: Candidate | None = None
    beside: tuple[Candidate, ...] = ()


def next_guards(console: Console, session: Session, incident: Incident, *, leaves: int = 1) -> NextGuards:
    """The nearest who may go and were not sent to this incident before; none where nobody's place is known. `leaves`: of who is under
    way so many are called back by it."""
    if incident.lon is None or incident.lat is None:
        return NextGuards()
    asked = set(session.scalars(select(Dispatch.guard_id).where(Dispatch.incident_id == incident.id)))
    try:
        found = candidates(console, session, incident.lon, incident.lat)
    except BusUnavailable:
        return NextGuards()
    free = [one for one in found if one.allowed and one.guard_id not in asked]
    if not free:
        return NextGuards()
    lacks = lacking(console, session, incident, 1 - leaves)
    more = 0 if lacks is None else int(lacks["guards"]) - under_way(session, incident.id) + leaves - 1
    return NextGuards(free[0], tuple(free[1 : 1 + more]))


def stuck_views(console: Console, session: Session) -> list[Shown]:
    """What lasts, of incidents that are not over, the most pressing first: `{..., dispatch, incident, next, beside}`."""
    query = (
        select(Stuck, Dispatch, Incident)
        .join(Dispatch, Dispatch.id == Stuck.dispatch_id)
        .join(Incident, Incident.id == Stuck.incident_id)
        .where(Stuck.ended_at.is_(None), Incident.state.not_in(ENDED))
        .order_by(Incident.priority, Stuck.since, Stuck.id)
    )
    found = list(session.execute(query).unique())
    following = {
        row.id: next_guards(console, session, of, leaves=int(task.state in UNDERWAY)) for row, task, of in found
    }
    named_en = english_places(session, [of for _, _, of in found])
    return [
        shown(row) | {
            "dispatch": sent_view(task),
            "incident": {key: getattr(of, key) for key in ("id", "alert_id", "situation", "priority", "place_name", "state")}
                        | {"place_name_en": named_en.get(of.id, "")},
            "next": msgspec.to_builtins(following[row.id].next), "beside": msgspec.to_builtins(following[row.id].beside),
        }
        for row, task, of in found
    ]  # fmt: skip


def past_views(session: Session, incident_id: str) -> list[Shown]:
    """All that got stuck in an incident, with what was done about each, oldest first."""
    rows = session.scalars(select(Stuck).where(Stuck.incident_id == incident_id).order_by(Stuck.since, Stuck.id))
    return [named(row, shown(row), "ended_by") for row in rows]


def do_next(  # noqa: PLR0917 - who goes in whose place
    console: Console, session: Session, actor: Actor, stuck_id: str, wanted: GuardsWanted, at: float
) -> list[Dispatch]:
    """The next guards go in his place: who is stuck is called back, in one transaction. Raises as `stuck.check_open`,
    `incidents.check_open`, `pairs.do_call`."""
    row = stuck.check_open(session, stuck_id)
    incident = incidents.check_open(session, row.incident_id)
    stuck.do_end(session, actor, stuck.opened(session, [row.dispatch_id]), "next", at)
    task = session.get_one(Dispatch, row.dispatch_id, populate_existing=True)
    if task.state in UNDERWAY:
        dispatches.do_cancel(session, actor, task.id, at)
    return do_call(console, session, actor, incident, wanted, at)


def do_settle_refused(session: Session, actor: Actor, incident_id: str, at: float) -> None:
    """Another guard was called by the list: refusals of the same incident are taken care of."""
    stuck.do_end_of_refusals(session, actor, incident_id, "next", at)


def do_follow(
    session: Session, console: Console, rows: Sequence[Dispatch], places: Mapping[str, GuardPlace], at: float
) -> None:
    """Write what begins and ends for these tasks, in the caller's transaction."""
    limits = stuck.limits_of(console.settings)
    for row in rows:
        stuck.do_follow(
            session, row, places.get(row.guard_id), limits, console.settings.arrive_radius_m + MOST_ACCURACY_M, at
        )


def do_free(session: Session, at: float) -> None:
    """Nobody stays busy for an incident that is over, whatever an older program left."""
    query = (
        select(Dispatch.id)
        .join(Incident, Incident.id == Dispatch.incident_id)
        .where(Dispatch.state.in_(UNDERWAY), Incident.state.in_(ENDED))
    )
    for dispatch_id in list(session.scalars(query)):
        dispatches.do_cancel(session, HOUSE, dispatch_id, at)


class StuckWatch:
    """The thread that looks after tasks under way."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def run_once(self) -> None:
        """Look, write what changed, wait."""
        console = self._console
        at, places = console.clock.now(), places_or_none(console) or {}
        with console.store.read() as session:
            rows, left = self._news(session, places, at), self._is_left(session)
        if rows or left:
            with console.store.write() as session:
                do_free(session, at)
                of = [session.get_one(Dispatch, row_id) for row_id in rows]
                do_follow(session, console, of, places, at)
        console.clock.sleep(LOOK_EVERY_S, console.stop)

    def _news(self, session: Session, places: Mapping[str, GuardPlace], at: float) -> list[str]:
        """Tasks of which something is to be written; also of a handled incident, to which others may still be under way."""
        settings, limits = self._console.settings, stuck.limits_of(self._console.settings)
        query = (
            select(Dispatch)
            .join(Incident, Incident.id == Dispatch.incident_id)
            .where(Dispatch.state.in_(UNDERWAY), Incident.state.not_in(ENDED))
            .order_by(Dispatch.id)
        )
        rows = list(session.scalars(query).unique())
        ids = [row.id for row in rows]
        lasting, noted = stuck.opened(session, ids), stuck.noted_at(session, ids)
        news = []
        for row in rows:
            place = places.get(row.guard_id)
            found = stuck.find(stuck.task_of(row, place, settings.arrive_radius_m + MOST_ACCURACY_M), limits, at)
            mine = [one for one in lasting if one.dispatch_id == row.id]
            told = {kind: when for (of, kind), when in noted.items() if of == row.id}
            begins, ends = stuck.due(found, mine, told, limits, at)
            if begins or ends or stuck.has_moved(row, place, limits):
                news.append(row.id)
        return news

    @staticmethod
    def _is_left(session: Session) -> bool:
        query = select(Dispatch.id).join(Incident, Incident.id == Dispatch.incident_id)
        return session.scalar(query.where(Dispatch.state.in_(UNDERWAY), Incident.state.in_(ENDED)).limit(1)) is not None
