"""Live push over a real server: in order, filtered, resumed without loss or doubles; slow and ended sessions let go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import delete, select

from console.access.sessions import Caller, fingerprint
from console.access.tables import LoginSession
from console.http.metrics import Metrics
from console.push import hub as push
from console.push.hub import QUEUE, FeedChange, Hub, PushClient, WakingStore, hears
from console.server import ConsoleServer, make_server
from lianqin import feed, keys
from lianqin.audit import Actor, AuditRow
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.feed import FeedRow


@dataclass
class Live:
    """A console that really listens."""

    server: ConsoleServer
    store: Store
    url: str
    thread: threading.Thread

    def session(self, account_id: str) -> dict[str, str]:
        at = SystemClock().now()
        token = f"live-{account_id}"
        with self.store.write() as session:
            session.merge(LoginSession(token_sha256=fingerprint(token), account_id=account_id, csrf="c", created_at=at,
                                       last_seen_at=at))  # fmt: skip
        return {"cookie": f"lianqin_session={token}", "x-csrf": "c"}

    def tell(self, *ids: str, topic: feed.Topic = "alert", **scope: Any) -> None:
        for one in ids:
            with self.store.write() as session:
                feed.push(session, topic, one, at=SystemClock().now(), **scope)


@pytest.fixture(autouse=True)
def _quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "BEAT", 0.2)


@pytest.fixture
def live(
    settings: Any, store: Store, redis_client: redis.Redis, password_hash: str, seed_county: Any
) -> Iterator[Live]:
    seed_county(store)
    server = make_server(
        settings.model_copy(update={"console_port": 0, "intake_in_console": False}), store, redis_client
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(400):
        if server.started:
            break
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Live(server, store, f"http://127.0.0.1:{port}", thread)
    server.should_exit = True
    thread.join(15)
    assert not thread.is_alive()


@dataclass
class Heard:
    """What one connection got."""

    hello: int = -1
    changes: list[str] = field(default_factory=list)
    last_id: int = 0
    gap: bool = False
    places: list[dict[str, Any]] = field(default_factory=list)
    beats: int = 0
    ended: bool = False
    canaries: list[dict[str, Any]] = field(default_factory=list)


def listen(live: Live, headers: dict[str, str], until: Any, *, after: int | None = None, last_id: int | None = None,
           seconds: float = 15) -> Heard:  # fmt: skip
    """Read the stream until `until(heard)`."""
    heard = Heard()
    more = {"last-event-id": str(last_id)} if last_id is not None else {}
    params = {"after": str(after)} if after is not None else {}
    deadline = time.monotonic() + seconds
    with httpx.stream("GET", f"{live.url}/api/push", headers=headers | more, params=params, timeout=seconds) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        name, number = "", None
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                value = json.loads(line[6:])
                if name == "hello":
                    heard.hello = value["seq"]
                elif name == "gap":
                    heard.gap = True
                elif name == "change":
                    assert number == value["seq"]
                    heard.changes.append(value["id"])
                    heard.last_id = value["seq"]
                elif name == "canary":
                    heard.canaries.append(value)
                else:
                    heard.beats += 1
                    heard.places += value["places"]
            if until(heard) or time.monotonic() > deadline:
                return heard
    heard.ended = True
    return heard


def test_a_page_resumes_after_a_gap_without_loss_or_doubles(live: Live) -> None:
    operator = live.session("a-operator")
    wanted = [f"al-{n:03}" for n in range(120)]
    writer = threading.Thread(target=lambda: [live.tell(one) for one in wanted])
    heard: list[str] = []
    first = listen(live, operator, lambda h: h.hello >= 0)
    last = first.hello
    end = last + len(wanted)
    writer.start()
    while len(heard) < len(wanted):  # a page that loses its line again and again
        part = listen(live, operator, lambda h: len(h.changes) >= 7 or h.last_id == end, last_id=last)
        assert part.changes, "nothing came"
        heard += part.changes
        last = part.last_id
    writer.join()
    assert heard == wanted


def test_after_says_where_to_begin_and_an_old_number_is_called_a_gap(live: Live) -> None:
    operator = live.session("a-operator")
    live.tell("one", "two", "three")
    assert listen(live, operator, lambda h: len(h.changes) == 2, after=1).changes == ["two", "three"]
    with live.store.write() as session:
        session.execute(delete(FeedRow).where(FeedRow.seq < 3))
    heard = listen(live, operator, lambda h: h.beats >= 1, after=0)
    assert (heard.gap, heard.changes) == (True, [])
    assert listen(live, operator, lambda h: h.beats >= 1, after=99).gap
    assert listen(live, operator, lambda h: len(h.changes) == 1, after=2).changes == ["three"]


def test_a_canary_says_when_it_went_out_and_is_not_told_again_to_who_was_away(live: Live) -> None:
    operator, before = live.session("a-operator"), time.time()
    teller = threading.Thread(target=lambda: live.tell("cn-1", topic="canary"))

    def told(heard: Heard) -> bool:
        if heard.hello >= 0 and not teller.is_alive() and not heard.canaries:
            with contextlib.suppress(RuntimeError):  # it told already
                teller.start()
        return bool(heard.canaries)

    [canary] = listen(live, operator, told).canaries
    teller.join()
    assert canary["id"] == "cn-1"
    assert before <= canary["at"] <= time.time()
    live.tell("al-1")
    away = listen(live, operator, lambda h: bool(h.changes), after=canary["seq"] - 1)
    assert (away.changes, away.canaries) == (["al-1"], [])


def test_each_role_hears_what_concerns_it_alone(live: Live) -> None:
    live.tell("al-1")
    live.tell("pc-1", topic="point_call", unit_id="U1", guard_id="G1")
    live.tell("pc-2", topic="point_call", unit_id="U2", guard_id="G2")
    live.tell("C01", topic="camera")
    live.tell("sh-2", topic="shift", unit_id="U2", guard_id="G2")
    expected = {
        "a-operator": ["al-1", "pc-1", "pc-2", "C01", "sh-2"], "a-company": ["pc-1"], "a-guard": ["pc-1"],
        "a-guard2": ["pc-2", "sh-2"], "a-officer": ["pc-1", "pc-2", "sh-2"], "a-sysadmin": ["C01"], "a-auditor": [],
    }  # fmt: skip
    got = {name: listen(live, live.session(name), lambda h: h.beats >= 1, after=0).changes for name in expected}
    assert got == expected


def test_an_officer_sees_places_while_his_registered_look_lasts(live: Live, redis_client: redis.Redis) -> None:
    for guard, unit in (("G1", "U1"), ("G2", "U2")):
        redis_client.hset(
            keys.places(), guard, json.dumps({"guard_id": guard, "unit_id": unit, "shift_id": "S", "lon": 119.2})
        )
    headers = live.session("a-officer")
    assert listen(live, headers, lambda h: h.beats >= 3).places == []
    form = {"purpose": "case", "case_ref": "  "}
    assert httpx.post(f"{live.url}/api/live-look", json=form, headers=headers).json()["key"] == "case.other"
    begun = httpx.post(f"{live.url}/api/live-look", json=form | {"case_ref": "督导2026-0012"}, headers=headers).json()
    assert begun["look"]["until"] - begun["now"] == pytest.approx(1800)
    assert httpx.get(f"{live.url}/api/live-look", headers=headers).json()["look"]["case_ref"] == "督导2026-0012"
    heard = listen(live, headers, lambda h: len(h.places) >= 2)
    assert sorted(one["guard_id"] for one in heard.places) == ["G1", "G2"]
    assert httpx.delete(f"{live.url}/api/live-look", headers=headers).status_code == 200
    assert listen(live, headers, lambda h: h.beats >= 3).places == []
    with live.store.read() as session:
        rows = session.scalars(
            select(AuditRow).where(AuditRow.action.like("guards.look%")).order_by(AuditRow.seq)
        ).all()
    assert [(row.action, row.purpose, row.case_ref) for row in rows] == [
        ("guards.look", "case", "督导2026-0012"),
        ("guards.look_end", None, None),
    ]


def test_a_beat_carries_the_places_that_moved_and_only_those_in_scope(live: Live, redis_client: redis.Redis) -> None:
    def put(guard: str, unit: str, lon: float) -> None:
        place = {"guard_id": guard, "name": guard, "unit_id": unit, "shift_id": "S", "lon": lon, "lat": 34.0, "at": 1.0}
        redis_client.hset(keys.places(), guard, json.dumps(place))

    put("G1", "U1", 119.2)
    put("G2", "U2", 119.3)
    operator = listen(live, live.session("a-operator"), lambda h: h.beats >= 3)
    assert sorted(place["guard_id"] for place in operator.places) == ["G1", "G2"]  # once: nobody moved
    assert [p["guard_id"] for p in listen(live, live.session("a-company"), lambda h: h.beats >= 2).places] == ["G1"]
    assert listen(live, live.session("a-guard"), lambda h: h.beats >= 2).places == []

    def once_told(heard: Heard) -> bool:
        if len(heard.places) == 2:
            put("G2", "U2", 119.4)
        return len(heard.places) >= 3

    moved = listen(live, live.session("a-operator"), once_told)
    assert [place["lon"] for place in moved.places if place["guard_id"] == "G2"] == [119.3, 119.4]


def test_a_change_here_reaches_the_page_without_waiting_for_the_poll(live: Live, monkeypatch: Any) -> None:
    monkeypatch.setattr(push, "POLL", 5.0)
    headers = live.session("a-operator")
    time.sleep(0.3)
    store = live.server._app.state.console.store

    told: list[float] = []

    def tell(heard: Heard) -> bool:
        if heard.hello >= 0 and not told:
            told.append(time.monotonic())
            with store.write() as session:
                feed.push(session, "alert", "al-1", at=0.0)
        return bool(heard.changes)

    assert listen(live, headers, tell).changes == ["al-1"]
    assert time.monotonic() - told[0] < 4.5  # the poll alone would take 5


def at_the_first_beat(what: Callable[[], Any]) -> Callable[[Heard], bool]:
    """Listens until the end; does `what` once the stream has begun."""
    done: list[bool] = []

    def until(heard: Heard) -> bool:
        if heard.beats and not done:
            done.append(True)
            what()
        return False

    return until


def test_a_stream_ends_when_its_session_does(live: Live, monkeypatch: Any) -> None:
    monkeypatch.setattr(push, "CHECK_EVERY", 0.5)
    headers = live.session("a-operator")
    assert listen(live, headers, at_the_first_beat(lambda: httpx.post(f"{live.url}/api/logout", headers=headers))).ended


def test_a_stopping_server_ends_its_streams_and_is_gone(live: Live) -> None:
    headers = live.session("a-operator")
    began = time.monotonic()
    assert listen(live, headers, at_the_first_beat(lambda: setattr(live.server, "should_exit", True))).ended
    live.thread.join(10)
    assert not live.thread.is_alive()
    assert time.monotonic() - began < 12


def a_caller(role: Any, unit: str | None = None) -> Caller:
    return Caller(Actor(f"a-{role}", role, role, unit), role, "c", f"s-{role}")


def test_a_page_that_does_not_keep_up_is_let_go_and_counted_and_others_hear_all(
    store: Store, redis_client: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(push, "CHECK_EVERY", 1e12)  # these callers have no session to look up
    metrics = Metrics()
    hub = Hub(WakingStore(store.engine), redis_client, SystemClock(), metrics)

    async def play() -> tuple[PushClient, list[int]]:
        task = asyncio.create_task(hub.run())
        await hub.ready()
        slow, quick = hub.join(a_caller("operator")), hub.join(a_caller("leader"))
        got: list[int] = []

        async def read() -> None:
            while len(got) < QUEUE + 50:
                item = await quick.queue.get()
                if isinstance(item, FeedChange):
                    got.append(item.seq)

        with store.write() as session:
            for n in range(QUEUE + 50):
                feed.push(session, "alert", f"al-{n}", at=1.0)
        await asyncio.wait_for(read(), 30)
        hub.close()
        await task
        return slow, got

    slow, got = asyncio.run(play())
    assert slow.gone == "slow"
    assert slow.queue.qsize() >= 1
    assert got == sorted(set(got))
    assert len(got) == QUEUE + 50
    assert b'lianqin_push_dropped_total{reason="slow"} 1.0' in metrics.text()


@pytest.mark.parametrize(
    ("role", "unit", "topic", "of_unit", "heard"),
    [
        ("company", "U1", "score", "U1", True), ("company", "U1", "score", "U2", False),
        ("company", "U1", "score", None, False), ("company", None, "score", None, False),
        ("company", "U1", "alert", "U1", False), ("secadmin", None, "alert", None, False),
        ("operator", None, "score", "U2", True),
    ],
)  # fmt: skip
def test_what_concerns_whom(role: Any, unit: str | None, topic: str, of_unit: str | None, heard: bool) -> None:
    assert hears(a_caller(role, unit), FeedChange(1, 1.0, topic, "x", of_unit, None)) is heard


def test_a_guard_who_went_off_shift_is_said_once_without_a_shift(live: Live, redis_client: redis.Redis) -> None:
    place = {"guard_id": "G1", "name": "保安1", "unit_id": "U1", "shift_id": "S1", "lon": 119.2, "lat": 34.0, "at": 1.0}
    redis_client.hset(keys.places(), "G1", json.dumps(place))

    def until(heard: Heard) -> bool:
        if heard.places and heard.places[-1]["shift_id"]:
            redis_client.hdel(keys.places(), "G1")
            seen.append(heard.beats)
        return bool(seen) and heard.beats >= seen[-1] + 5

    seen: list[int] = []
    heard = listen(live, live.session("a-company"), until)
    assert [one["shift_id"] for one in heard.places] == ["S1", None]
