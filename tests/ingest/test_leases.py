"""Cameras are shared out among living workers, on a real Redis."""

from __future__ import annotations

import time

import pytest
import redis

from ingest.leases import Leases
from lianqin import keys

CAMERAS = [f"C{n:02d}" for n in range(7)]


def settle(workers: list[Leases], cameras: list[str] = CAMERAS, rounds: int = 4) -> list[frozenset[str]]:
    for _ in range(rounds):
        for worker in workers:
            worker.poll(cameras)
    return [worker.held for worker in workers]


@pytest.mark.parametrize(("workers", "shares"), [(1, [7]), (2, [3, 4]), (3, [1, 3, 3]), (8, [0, 1, 1, 1, 1, 1, 1, 1])])
def test_every_camera_is_held_once_and_shares_are_fair(
    redis_client: redis.Redis, workers: int, shares: list[int]
) -> None:
    held = settle([Leases(redis_client, f"w{n}") for n in range(workers)])
    assert sorted(camera for one in held for camera in one) == CAMERAS
    assert sorted(map(len, held)) == shares


def test_who_joins_gets_a_share(redis_client: redis.Redis) -> None:
    first = Leases(redis_client, "first")
    settle([first])
    second = Leases(redis_client, "second")
    held = settle([first, second])
    assert sorted(map(len, held)) == [3, 4]
    assert not held[0] & held[1]


def test_a_dead_workers_cameras_are_taken_over(redis_client: redis.Redis) -> None:
    dead, alive = (Leases(redis_client, name, lease_s=0.6) for name in ("dead", "alive"))
    settle([dead, alive])
    until = time.monotonic() + 5
    while len(alive.held) < len(CAMERAS) and time.monotonic() < until:
        alive.poll(CAMERAS)
        time.sleep(0.1)
    assert alive.held == set(CAMERAS)
    assert dead.poll(CAMERAS) <= set(CAMERAS)
    assert not set(settle([dead, alive])[0]) & alive.held


def test_who_comes_back_under_its_name_has_its_cameras_at_once(redis_client: redis.Redis) -> None:
    settle([Leases(redis_client, "w")])
    assert Leases(redis_client, "w").poll(CAMERAS) == set(CAMERAS)


def test_a_removed_camera_is_given_back(redis_client: redis.Redis) -> None:
    worker = Leases(redis_client, "w")
    settle([worker])
    worker.poll(CAMERAS[1:])
    assert redis_client.get(keys.camera_lease("C00")) is None
    assert worker.held == set(CAMERAS[1:])


def test_at_the_end_all_are_free(redis_client: redis.Redis) -> None:
    first, second = Leases(redis_client, "first"), Leases(redis_client, "second")
    settle([first, second])
    first.give_all_back()
    assert second.poll(CAMERAS) == set(CAMERAS)
