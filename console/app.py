"""The console as one FastAPI app: an ordered table of routers, an ordered table of threads."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import Final

import redis
from fastapi import APIRouter, FastAPI

from console.access.bounds import Bounds, rooms_of
from console.access.passwords import Gate
from console.access.permissions import check_declared
from console.accounts import routes as accounts
from console.acts import routes as acts
from console.alarms import routes as alarms
from console.alarms import trial_routes as trials
from console.alerts import routes as records
from console.alerts.receiving import ClipWatch, Receiver
from console.attention import routes as attention
from console.attention.escalations import EscalationWatch
from console.audit import routes as audit
from console.bulk import routes as bulk
from console.calls import roll_call_routes as rollcall
from console.calls import routes as calls
from console.cameras import calendar_routes
from console.cameras import ledger_routes as watch
from console.cameras import routes as cameras
from console.cameras import video_routes as live
from console.cameras.cameras import count_cameras, current_cameras
from console.cameras.outages import BlindWatch
from console.cameras.running import RunningLooks
from console.cameras.workers import Workers
from console.canary import routes as canary
from console.canary.canaries import Drawings
from console.canary.line import LineWatch
from console.cases import routes as cases
from console.checks import review_routes as reviews
from console.checks import routes as checks
from console.contract import routes as contract
from console.county import coverage_routes as coverage
from console.county import map_routes
from console.county import routes as ground
from console.county.base_map import check_base_map, hosts_of
from console.desk import alert_routes as alerts
from console.desk import incident_routes as incidents
from console.devices import dead_letter_routes as dead
from console.devices import routes as devices
from console.discovery import routes as discovery
from console.dispatch import routes as dispatches
from console.dispatch import stuck_routes as stuck
from console.dispatch.stuck import StuckWatch
from console.duty import month_routes as month
from console.duty import request_routes as requests
from console.duty import routes as duty
from console.duty import shift_routes as shifts
from console.duty import template_routes as patterns
from console.evidence import routes as evidence
from console.evidence import sweep_routes as sweeps
from console.evidence.transcode import Transcoder
from console.factors import routes as factors
from console.footage_exports import routes as footage_exports
from console.footage_exports.maker import ExportMaker
from console.guards import routes as guards
from console.handing import routes as handing
from console.handing import sheet_routes as hand_over_sheet
from console.health import routes as health
from console.health.health import Pulse, is_well, look
from console.housekeeping import Housekeeping, RelayLoop, SealLoop, count_devices, current_devices
from console.http import problems
from console.http.characters import Characters
from console.http.clients import read_proxies
from console.http.context import Console
from console.http.headers import SecurityHeaders
from console.http.metrics import Metrics
from console.http.shared_reads import SharedReads
from console.log_in import routes as session
from console.log_in import sign_in_routes as sign_ins
from console.looks.looks import Looks
from console.page import routes as page
from console.page import security_routes as security
from console.phone import duty_routes as my_duty
from console.phone import page_routes as my_page
from console.phone import routes as mine
from console.phones import routes as phones
from console.push import routes as push
from console.push.hub import Hub, WakingStore
from console.reports import routes as reports
from console.rules import routes as rules
from console.rules.shelves import ShelfWatch
from console.scores import routes as company
from console.seats import routes as seats
from console.sos import routes as sos
from console.trails import routes as trails
from lianqin import feed
from lianqin.clock import Clock, SystemClock
from lianqin.db import Store
from lianqin.evidence import Digests, EvidenceStore
from lianqin.outbox import Relay
from lianqin.peers import read_networks
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from lianqin.supervise import start_thread

ROUTERS: Final[tuple[tuple[str, APIRouter], ...]] = (
    ("session", session.router),
    ("factors", factors.router),
    ("sign_ins", sign_ins.router),
    ("push", push.router),
    ("map", map_routes.router),
    ("coverage", coverage.router),
    ("sos", sos.router),
    ("alerts", alerts.router),
    ("attention", attention.router),
    ("canary", canary.router),
    ("records", records.router),
    ("footage_exports", footage_exports.router),
    ("alarms", alarms.router),
    ("incidents", incidents.router),
    ("stuck", stuck.router),
    ("seats", seats.router),
    ("cameras", cameras.router),
    ("discovery", discovery.router),
    ("bulk", bulk.router),
    ("rules", rules.router),
    ("calendars", calendar_routes.router),
    ("trials", trials.router),
    ("handing", handing.router),
    ("watch", watch.router),
    ("evidence", evidence.router),
    ("sweeps", sweeps.router),
    ("live", live.router),
    ("guards", guards.router),
    ("dead", dead.router),
    ("calls", calls.router),
    ("company", company.router),
    ("dispatches", dispatches.router),
    ("rollcall", rollcall.router),
    ("reviews", reviews.router),
    ("phones", phones.router),
    ("shifts", shifts.router),
    ("trails", trails.router),
    ("cases", cases.router),
    ("ground", ground.router),
    ("devices", devices.router),
    ("requests", requests.router),
    ("duty", duty.router),
    ("month", month.router),
    ("patterns", patterns.router),
    ("checks", checks.router),
    ("mine", mine.router),
    ("my_duty", my_duty.router),
    ("acts", acts.router),
    ("my_page", my_page.router),
    ("reports", reports.router),
    ("accounts", accounts.router),
    ("hand_over_sheet", hand_over_sheet.router),
    ("audit", audit.router),
    ("health", health.router),
    ("contract", contract.router),
    ("security", security.router),
    ("page", page.router),  # last: it takes every address that is left
)


def make_console(settings: Settings, store: Store, client: redis.Redis, clock: Clock | None = None) -> Console:
    """The parts, wired but not running."""
    clock = clock or SystemClock()
    metrics = Metrics()
    keyring = Keyring(settings, makes=True)
    keyring.sealer()  # read before anybody needs it under the write lock
    attach(store.engine, keyring)
    waking = WakingStore(store.engine)
    hub = Hub(waking, client, clock, metrics)
    waking.hub = hub
    files = EvidenceStore(settings.evidence)

    def tell(alert_id: str) -> None:
        with waking.write() as transaction:
            feed.push(transaction, "alert", alert_id, at=clock.now())

    return Console(
        settings=settings, store=waking, redis=client, clock=clock, evidence=files, digests=Digests(files), hub=hub, metrics=metrics,
        looks=Looks(waking, clock), transcoder=Transcoder(files, clock, metrics, tell), workers=Workers(clock),
        keyring=keyring, gate=Gate("log-in"), known_gate=Gate("known-log-in"), exporter=ExportMaker(), shared=SharedReads(waking, clock), drawings=Drawings(), proxies=read_proxies(settings.trusted_proxies), watchers=read_networks(settings.metrics_from, "metrics_from"),
    )  # fmt: skip


def threads_of(console: Console, running: RunningLooks, name: str) -> tuple[tuple[str, Callable[[], None]], ...]:
    """The background work, in the order of its start."""
    relay = Relay(console.store, console.redis, {"camera": current_cameras, "device": current_devices},
                  counts={"camera": count_cameras, "device": count_devices},
                  replicas=console.settings.redis_replicas, clock=console.clock)  # fmt: skip
    return (
        (
            "receiver",
            Receiver(
                console.store, console.redis, name, console.clock, console.metrics, console.settings.evidence_days
            ).run_once,
        ),
        ("relay", RelayLoop(relay, console.clock, console.stop).run_once),
        ("transcoder", console.transcoder.run_once),
        ("blind", BlindWatch(console).run_once),
        ("line", LineWatch(console).run_once),
        ("escalations", EscalationWatch(console).run_once),
        ("shelves", ShelfWatch(console).run_once),
        ("stuck", StuckWatch(console).run_once),
        ("seals", SealLoop(console).run_once),
        ("looks", running.run_once),
        ("housekeeping", Housekeeping(console, ClipWatch(console.store, console.clock)).run_once),
    )


def make_app(
    settings: Settings, store: Store, client: redis.Redis, *, clock: Clock | None = None, threads: bool = True
) -> FastAPI:
    """The app; its database must be migrated. `threads=False` leaves receiver, relay and housekeeping to the caller.

    Raises SettingsError `route.undeclared` when a route declares no permission, `map.file` when the base map can't be read.
    """
    check_base_map(settings)
    console = make_console(settings, store, client, clock)
    running = RunningLooks(console)
    name = f"console-{socket.gethostname()}-{settings.console_port}"

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        started: list[threading.Thread] = []
        if threads:
            started = [start_thread(part, once, console.stop, clock=console.clock)
                       for part, once in threads_of(console, running, name)]  # fmt: skip
        pushing = asyncio.create_task(console.hub.run())
        try:
            yield
        finally:
            console.stop.set()
            console.hub.close()
            await pushing
            for thread in started:
                await asyncio.to_thread(thread.join, 5.0)

    app = FastAPI(title="Lianqin", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.console, app.state.running = console, running
    app.state.pulse = Pulse(lambda: is_well(look(console)), console.clock)
    for _, router in ROUTERS:
        # `include_router` would work out all parameters of all routes anew for each app, at its first request.
        app.router.routes += router.routes
    check_declared(app.routes)
    problems.install(app)
    app.add_middleware(Bounds, rooms=rooms_of(app.routes))
    app.add_middleware(Characters)
    app.add_middleware(SecurityHeaders, https=settings.cookie_secure, proxies=console.proxies, hosts=hosts_of(settings))
    return app
