"""The process: uvicorn around the app, the intake ahead of it, a wait for the database before it, a clean end."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Callable

import redis
import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select
from starlette.types import ASGIApp

from console.access.bounds import Bounds
from console.access.tables import Account
from console.app import make_app
from console.http.clients import read_proxies
from console.http.front import Front
from console.http.starting import Starting
from console.http.wire import SWEEP_TICKS, ConnectionLimits, Connections
from console.migrate import migrate
from console.seal_rotation import do_seal_at_start
from lianqin.clock import Clock, SystemClock
from lianqin.db import Store
from lianqin.settings import Settings
from lianqin.waiting import database_need, redis_need, wait_for
from patrol.intake.app import make_intake
from patrol.intake.http_framing import MOST_MESSAGE
from patrol.intake.serve import more_files

log = structlog.get_logger(__name__)


class ConsoleServer(uvicorn.Server):
    """Open push streams would hold the process for ever: they are ended before the connections are waited for."""

    starting: Starting | None = None
    """Where it may have to wait."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, door: Connections) -> None:
        super().__init__(config)
        self._app, self.door = app, door

    async def on_tick(self, counter: int) -> bool:
        if counter % SWEEP_TICKS == 0:
            self.door.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.console.stop.set()
        self._app.state.console.hub.close()
        await super().shutdown(sockets)

    def end(self) -> None:
        self.should_exit = True


def make_server(
    settings: Settings, store: Store, client: redis.Redis, *, wire_clock: Clock | None = None, waits: bool = False
) -> ConsoleServer:
    """The server, not yet running. Port 0 takes any free one. `wire_clock`: of the connections' limits of time. `waits`: for the
    database, which it then migrates; else that is to be there and migrated.

    Raises ConflictError `spool.taken`, SettingsError `settings.invalid`.
    """
    limits = ConnectionLimits(connections=settings.console_connections, each=settings.console_connections_each)
    door = Connections(limits, read_proxies(settings.trusted_proxies), wire_clock or SystemClock())
    app = make_app(settings, store, client)
    front: ASGIApp = app
    if settings.intake_in_console:
        intake = make_intake(settings, name=f"intake-console-{settings.console_port}")
        front = Front(app, intake, Bounds(intake, small=MOST_MESSAGE))
    starting = _starting(settings, front, app, store, client) if waits else None
    server = ConsoleServer(_config(settings, starting or front, door), app, door)
    if starting is not None:
        server.starting, starting.give_up = starting, server.end
    return server


def _starting(settings: Settings, front: ASGIApp, app: FastAPI, store: Store, client: redis.Redis) -> Starting:
    stop = app.state.console.stop

    def ready(heard: Callable[[str], None]) -> bool:
        if not wait_for([database_need(store.engine)], stop, heard=heard):
            return False
        migrate(store.engine)
        do_seal_at_start(store, app.state.console.keyring, SystemClock().now())
        _tell_of_demo(settings, store)
        bus = redis_need(client)
        if why := bus.lack():  # pages stand without it
            log.warning("begins_without", part=bus.name, where=bus.where, why=why)
        return True

    return Starting(front, ready, end=stop.set)


def _config(settings: Settings, front: ASGIApp, door: Connections) -> uvicorn.Config:
    return uvicorn.Config(
        front, host=settings.console_host, port=settings.console_port, loop="asyncio", http=door.protocol(), ws="none",
        ssl_certfile=settings.tls_cert or None, ssl_keyfile=settings.tls_key or None, access_log=False,
        proxy_headers=False, server_header=False, backlog=4096, timeout_keep_alive=75, timeout_graceful_shutdown=5,
        log_level="warning", lifespan="on",
    )  # fmt: skip


def _tell_of_demo(settings: Settings, store: Store) -> None:
    if settings.demo:
        return
    with store.read() as session:
        names = list(session.scalars(select(Account.username).where(Account.demo.is_(True)).order_by(Account.username)))
    if names:
        log.warning("demo_accounts_closed", count=len(names), usernames=names[:40],
                    why="they came with the demonstration and its password; nobody can log in with them while `demo` is false. "
                        "A new password by the security administrator makes one usable.")  # fmt: skip


def serve(settings: Settings, store: Store, client: redis.Redis) -> int:
    """Wait for the database, migrate it, run until SIGTERM or SIGINT. 1: it could not begin, standard error says why."""
    server = make_server(settings, store, client, waits=True)
    more_files()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Being asked to stop is no failure: uvicorn ends well and then raises the signal again, onto this.
        signal.signal(number, lambda *_: None)
    gc.collect()
    gc.freeze()  # what is loaded now stays: the collector need not walk it under load
    gc.set_threshold(50_000)
    server.run()
    if server.starting is not None and server.starting.failed is not None:
        sys.stderr.write(f"{server.starting.failed}\n")
        return 1
    return 0 if server.started else 1
