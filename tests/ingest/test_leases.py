"""Cameras shared out among workers, on a real Valkey."""

from __future__ import annotations

import time

import redis

from ingest.leases import Leases
from lianqin import keys
from lianqin.bus import FencingToken, Publisher
from lianqin.testing import an_alert

SIX = [f"C{n}" for n in range(6)]


def rounds(*workers: Leases, count: int = 4) -> None:
    for _ in range(count):
        for worker in workers:
            worker.poll(SIX)


def test_one_worker_takes_all(redis_client: redis.Redis) -> None:
    assert Leases(redis_client, "a").poll(SIX) == frozenset(SIX)


def test_workers_that_join_get_their_share_and_nobody_is_watched_twice(redis_client: redis.Redis) -> None:
    a, b, c = (Leases(redis_client, name) for name in "abc")
    rounds(a)
    rounds(a, b)
    assert (len(a.held), len(b.held)) == (3, 3)
    rounds(a, b, c)
    assert [len(one.held) for one in (a, b, c)] == [2, 2, 2]
    assert a.held | b.held | c.held == set(SIX)


def test_an_odd_number_is_held_whole(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a"), Leases(redis_client, "b")
    for _ in range(4):
        a.poll(SIX[:5])
        b.poll(SIX[:5])
    assert a.held | b.held == set(SIX[:5])
    assert a.held.isdisjoint(b.held)


def test_a_share_is_not_reshuffled_without_need(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a"), Leases(redis_client, "b")
    rounds(a, b)
    before = a.held, b.held
    rounds(a, b)
    assert (a.held, b.held) == before


def test_the_dead_ones_cameras_fall_to_the_living(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a", lease_s=0.4), Leases(redis_client, "b", lease_s=0.4)
    rounds(a, b)
    assert len(b.held) == 3
    until = time.monotonic() + 5
    while len(b.held) < 6 and time.monotonic() < until:  # a is silent from now on
        b.poll(SIX)
        time.sleep(0.05)
    assert b.held == frozenset(SIX)


def test_a_lease_that_another_took_meanwhile_is_lost(redis_client: redis.Redis) -> None:
    a = Leases(redis_client, "a")
    a.poll(["C1"])
    redis_client.set(keys.camera_lease("C1"), "b")
    assert a.poll(["C1"]) == frozenset()


def test_a_lease_that_merely_expired_is_held_on(redis_client: redis.Redis) -> None:
    a = Leases(redis_client, "a")
    a.poll(["C1"])
    redis_client.flushall()  # Redis came back empty
    assert a.poll(["C1"]) == {"C1"}
    assert redis_client.get(keys.camera_lease("C1")) == b"a"


def test_who_comes_back_under_its_name_has_its_cameras_at_once(redis_client: redis.Redis) -> None:
    Leases(redis_client, "a").poll(SIX)  # killed: gives nothing back
    assert Leases(redis_client, "a").poll(SIX) == frozenset(SIX)


def test_a_removed_camera_is_given_back(redis_client: redis.Redis) -> None:
    a = Leases(redis_client, "a")
    a.poll(["C1", "C2"])
    assert a.poll(["C2"]) == {"C2"}
    assert redis_client.get(keys.camera_lease("C1")) is None


def test_at_the_end_all_is_free_for_others_at_once(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a"), Leases(redis_client, "b")
    a.poll(SIX)
    a.give_all_back()
    assert b.poll(SIX) == frozenset(SIX)


def test_nobody_gives_back_what_is_not_his(redis_client: redis.Redis) -> None:
    a = Leases(redis_client, "a")
    a.poll(["C1"])
    redis_client.set(keys.camera_lease("C1"), "b")
    a.give_all_back()
    assert redis_client.get(keys.camera_lease("C1")) == b"b"


def test_what_is_offered_is_watched_on_until_the_other_sees_it(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a"), Leases(redis_client, "b")
    a.poll(SIX)
    for _ in range(3):
        b.poll(SIX, ready=())
        a.poll(SIX)
    assert a.held == set(SIX), "nobody else sees them yet"
    assert (b.held, len(b.warming)) == (frozenset(), 3)
    seen = sorted(b.warming)[:2]
    b.poll(SIX, ready=seen)
    a.poll(SIX)
    assert b.held == set(seen)
    assert a.held == set(SIX) - set(seen)


def test_a_claim_whose_camera_never_shows_a_picture_is_given_up(redis_client: redis.Redis) -> None:
    now = [0.0]
    a, b = Leases(redis_client, "a"), Leases(redis_client, "b", monotonic=lambda: now[0])
    a.poll(SIX)
    b.poll(SIX, ready=())
    a.poll(SIX)
    b.poll(SIX, ready=())
    assert b.warming
    now[0] = 30.0
    b.poll(SIX, ready=())
    assert not b.warming
    assert a.poll(SIX) == set(SIX)


def test_a_draining_one_hands_all_over_and_takes_nothing(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a"), Leases(redis_client, "b")
    rounds(a, b)
    a.draining = True
    rounds(a, b)
    assert (a.held, b.held) == (frozenset(), frozenset(SIX))
    a.poll([*SIX, "C9"])
    b.poll([*SIX, "C9"])
    assert "C9" in b.held


def test_a_draining_one_that_is_alone_keeps_what_it_has(redis_client: redis.Redis) -> None:
    a = Leases(redis_client, "a")
    a.poll(SIX)
    a.draining = True
    assert a.poll(SIX) == set(SIX)
    assert (a.others, redis_client.hlen(keys.cameras_offered())) == (0, 0)


def test_each_taking_has_a_higher_token_and_the_older_holder_publishes_no_more(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a", lease_s=0.2), Leases(redis_client, "b", lease_s=0.2)
    a.poll(["C1"])
    old = a.token("C1")
    time.sleep(0.4)  # a is paused
    assert b.poll(["C1"]) == {"C1"}
    new = b.token("C1")
    assert old is not None
    assert new is not None
    assert new > old
    bus = Publisher(redis_client)
    assert not bus.publish_fenced(keys.ALERTS, an_alert(id="al-old"), FencingToken(keys.camera_fence("C1"), old))
    assert bus.publish_fenced(keys.ALERTS, an_alert(id="al-new"), FencingToken(keys.camera_fence("C1"), new))
    assert redis_client.xlen(keys.ALERTS) == 1
    assert a.poll(["C1"]) == frozenset()
    assert a.token("C1") is None


def test_a_worker_that_dies_while_it_offers_loses_nothing_to_the_claimant(redis_client: redis.Redis) -> None:
    a, b = Leases(redis_client, "a", lease_s=0.3), Leases(redis_client, "b", lease_s=0.3)
    a.poll(SIX)
    b.poll(SIX, ready=())
    a.poll(SIX)
    b.poll(SIX, ready=())
    until = time.monotonic() + 5
    while len(b.held) < 6 and time.monotonic() < until:
        b.poll(SIX, ready=b.warming)
        time.sleep(0.05)
    assert b.held == set(SIX)
    assert redis_client.hlen(keys.cameras_offered()) == 0
