"""Is the house well? For supervisors, proxies and Prometheus."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any, cast

import redis
from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select

from console import cameras
from console.context import Console
from console.permissions import Here, public
from console.replies import Shown, reply
from lianqin import keys
from lianqin.errors import NotFoundError, UnavailableError
from lianqin.outbox import OutboxRow
from lianqin.spool import DAMAGED, LOG
from lianqin.spool_lines import count_aside

READ_BY = ("ffmpeg", "ffmpeg_udp", "alone")
"""As `CameraHealth.read_by` has them; our own reader goes without saying."""
router = APIRouter()
_LOCAL = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1", "testclient"})


def _bus(console: Console) -> Shown:
    try:
        console.redis.set(keys.replicas_asked(), b"", ex=60)
        workers = sorted(name.decode().removeprefix(keys.worker("")) for name in console.redis.scan_iter(match=keys.worker("*"), count=500))  # fmt: skip
        groups = cast("Any", console.redis.xinfo_groups(keys.ALERTS)) if console.redis.exists(keys.ALERTS) else []
    except redis.exceptions.ResponseError as error:  # no memory, read-only, no disk ...
        return {
            "redis": "refuses",
            "redis_why": f"{type(error).__name__}: {error}",
            "receiver_lag": None,
            "workers": [],
        }
    except redis.exceptions.RedisError:
        return {"redis": "away", "receiver_lag": None, "workers": []}
    ours = [group for group in groups if group["name"].decode() == keys.CONSOLE_GROUP]
    lag = ours[0].get("lag") if ours else 0
    return {"redis": "ok", "receiver_lag": lag, "workers": workers}


def _database(console: Console) -> Shown:
    try:
        with console.store.read() as session:
            waiting = session.scalar(select(func.count()).select_from(OutboxRow)) or 0
    except UnavailableError:
        return {"database": "away", "relay": None}
    console.metrics.outbox.set(waiting)
    return {"database": "ok", "relay": waiting}


@router.get("/healthz", dependencies=[public])
def healthz(console: Here) -> Response:
    """`redis` is `refuses` where it answers and does not write; `receiver_lag`: alerts not yet taken off the bus; `relay`: records that wait to be followed."""
    found = _bus(console) | _database(console)
    return reply(found, 200 if found["redis"] == found["database"] == "ok" else 503)


def _look_at_spools(console: Console) -> None:
    """One that was left is moved and removed by whoever takes it over, also while it is looked at here."""
    held = damaged = 0
    for path in console.settings.run_dir.glob(f"spool/*/{LOG}*"):
        with contextlib.suppress(FileNotFoundError):
            if path.name == LOG:
                held += path.stat().st_size
            elif path.name == f"{LOG}{DAMAGED}":
                with path.open("rb") as file:
                    damaged += count_aside(file)
    console.metrics.spool_bytes.set(held)
    console.metrics.spool_damaged.set(damaged)


@router.get("/metrics", dependencies=[public])
def metrics(console: Here, request: Request) -> Response:
    if request.client is None or request.client.host not in _LOCAL:
        raise NotFoundError("route.missing", "metrics are for local addresses")
    _look_at_spools(console)
    by = Counter(one.health.read_by for one in cameras.lives(console).values())
    for name in READ_BY:
        console.metrics.read_by.labels(name).set(by[name])
    return Response(console.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
