"""Is the house well? For supervisors, proxies and Prometheus. Strangers hear well or not, and no more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from console.access.permissions import Here, public, requires
from console.access.sessions import Caller
from console.health import health
from console.health.answers import HealthAnswer
from console.health.health import Pulse
from console.http.answers import gives
from console.http.clients import came_directly
from console.http.context import Console
from console.http.replies import reply
from lianqin.errors import NotFoundError

router = APIRouter()


def _told(console: Console) -> Response:
    found = health.look(console)
    return reply(found, 200 if health.is_well(found) else 503)


@router.get("/healthz", dependencies=[public])
async def healthz(console: Here, request: Request) -> Response:
    """200 or 503; what is down for who asks directly from `metrics_from` alone."""
    if came_directly(request.scope, console.watchers, console.proxies):
        return await run_in_threadpool(_told, console)
    pulse: Pulse = request.app.state.pulse
    well = await pulse.is_well()
    return reply({"ok": well}, 200 if well else 503)


@router.get("/api/health")
@gives(HealthAnswer)
@gives(HealthAnswer, 503)
def see_health(console: Here, _: Annotated[Caller, requires("health.see")]) -> Response:
    return _told(console)


@router.get("/metrics", dependencies=[public])
def metrics(console: Here, request: Request) -> Response:
    """Raises NotFoundError `route.missing` for all who do not ask directly from `metrics_from`."""
    if not came_directly(request.scope, console.watchers, console.proxies):
        raise NotFoundError("route.missing", "metrics are for who asks directly from `metrics_from`")
    return Response(health.measure(console), media_type="text/plain; version=0.0.4; charset=utf-8")
