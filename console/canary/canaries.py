"""Canaries taken off the bus, told to the pages, and what pages say of them.

`alerts.receive` -> `take` (row, feed) -> the push, with the moment at which it goes out -> `canary.ts` fetches it, draws it and says after
how long -> `Drawings.put` -> `canary.line.LineWatch` -> `do_note`. No page's clock is believed: it gives lengths of time alone, and the way there
and back is what is left of the server's own time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
import redis
from pydantic import Field
from sqlalchemy import delete
from sqlalchemy.orm import Session

from console.canary.tables import CanaryRow, LineFault
from console.http.bodies import Form
from lianqin import feed, keys
from lianqin.db import in_order
from lianqin.errors import NotFoundError
from lianqin.feed import FeedRow
from lianqin.lengths import most
from lianqin.records import Canary

TOPIC: Final = "canary"
KEPT_S: Final = 25 * 3600.0
"""So long canaries are kept: the day that the leader's page is of, and an hour."""
FAULTS_KEPT_S: Final = 90 * 86_400.0
FEED_KEPT_S: Final = 600.0
"""Of their rows in the feed, which no page that was away asks for."""
AT_ONCE: Final = 20
PATIENCE_S: Final = 60.0
"""A page's word that comes later than so long after the push is of a page that was asleep."""
SLACK_S: Final = 0.05
"""Clocks of two consoles, and of a page by its own counter, may differ by so much over such a time."""
MOST_WAITING: Final = 2000


class Drawn(Form):
    """A page's word: it has drawn that canary. `pushed_at`: as the push said it; milliseconds since that was heard, by the page's own
    counter: when it was drawn, and when this is told."""

    id: Annotated[str, Field(max_length=most(CanaryRow.id))]
    pushed_at: Annotated[float, Field(ge=0, lt=1e10, allow_inf_nan=False)]
    drawn_ms: Annotated[float, Field(ge=0, le=PATIENCE_S * 1000)]
    told_ms: Annotated[float, Field(ge=0, le=PATIENCE_S * 1000)]


class Drawing(msgspec.Struct, frozen=True):
    """When a page had drawn it by our clock, right within so many seconds either way."""

    id: str
    pushed_at: float
    shown_at: float
    within: float


def drawing_of(told: Drawn, at: float) -> Drawing | None:
    """`at`: arrival. What of the time since the push the page did not have is the way there and back; half of it is taken for the way
    there, so that the moment can't be off by more than that half. None: it can't be so, or it came too late."""
    way = (at - told.pushed_at) - told.told_ms / 1000
    if told.drawn_ms > told.told_ms or not -SLACK_S <= way <= PATIENCE_S:
        return None
    within = max(0.0, way) / 2
    return Drawing(told.id, told.pushed_at, told.pushed_at + within + told.drawn_ms / 1000, within)


class Drawings:
    """What pages said and no row has yet. From any thread; full, the oldest go."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[Drawing] = deque(maxlen=MOST_WAITING)

    def put(self, drawings: Iterable[Drawing]) -> None:
        with self._guard:
            self._waiting.extend(drawings)

    def take_all(self) -> list[Drawing]:
        with self._guard:
            found = list(self._waiting)
            self._waiting.clear()
        return found


def take(session: Session, canary: Canary, at: float) -> bool:
    """Into the caller's transaction; False: it was there already."""
    if session.get(CanaryRow, canary.id) is not None:
        return False
    session.add(
        CanaryRow(
            id=canary.id, worker=canary.worker, captured_at=canary.captured_at, detected_at=canary.detected_at,
            published_at=canary.published_at, received_at=at, pages=0,
        )
    )  # fmt: skip
    session.flush()
    feed.push(session, TOPIC, canary.id, at=at)
    return True


def get_canary(session: Session, canary_id: str) -> CanaryRow:
    """Raises NotFoundError `canary.missing`."""
    row = session.get(CanaryRow, canary_id)
    if row is None:
        raise NotFoundError("canary.missing", f"no canary {canary_id}")
    return row


def do_note(session: Session, drawings: Iterable[Drawing]) -> list[CanaryRow]:
    """Pages' words into the rows, in the caller's transaction: of each canary the first page's moment. Returns those shown for the first
    time."""
    in_order(session)
    first = list[CanaryRow]()
    for one in drawings:
        row = session.get(CanaryRow, one.id)
        if row is None or one.pushed_at < row.received_at - SLACK_S:
            continue
        if row.shown_at is None:
            first.append(row)
        if row.shown_at is None or one.shown_at < row.shown_at:
            row.pushed_at, row.shown_at, row.shown_within = one.pushed_at, one.shown_at, one.within
        row.pages += 1
    session.flush()
    return first


def senders(client: redis.Redis) -> dict[str, float]:
    """Workers that live and send canaries, with the seconds between two. Redis' errors pass through."""
    told: Mapping[bytes, bytes] = _asked(client.hgetall(keys.canaries()))
    names = list(told)
    alive = _asked(client.mget([keys.worker(name.decode()) for name in names])) if names else []
    return {name.decode(): float(told[name]) for name, sign in zip(names, alive, strict=True) if sign is not None}


def _asked(answer: object) -> Any:
    return answer


def forget_old(session: Session, at: float) -> None:
    """Rows past their time go, in the caller's transaction. The feed's newest row stays, so that its numbers never begin again."""
    session.execute(delete(CanaryRow).where(CanaryRow.received_at < at - KEPT_S))
    session.execute(delete(LineFault).where(LineFault.to_at < at - FAULTS_KEPT_S))
    newest = feed.newest(session)
    session.execute(delete(FeedRow).where(FeedRow.topic == TOPIC, FeedRow.at < at - FEED_KEPT_S, FeedRow.seq < newest))


def forget_senders(client: redis.Redis) -> None:
    """Workers that were killed, not ended, leave their names. Redis' errors pass through."""
    names = [name.decode() for name in _asked(client.hkeys(keys.canaries()))]
    alive = senders(client)
    gone = [name for name in names if name not in alive]
    if gone:
        client.hdel(keys.canaries(), *gone)
