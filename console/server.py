"""The process: uvicorn around the app, the intake ahead of it, a clean end."""

from __future__ import annotations

import gc
import signal
import socket

import redis
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from console.app import make_app
from console.front import Front
from lianqin.db import Store
from lianqin.settings import Settings
from patrol.intake.app import make_intake


class ConsoleServer(uvicorn.Server):
    """Open push streams would hold the process for ever: they are ended before the connections are waited for."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.console.stop.set()
        self._app.state.console.hub.close()
        await super().shutdown(sockets)


def make_server(settings: Settings, store: Store, client: redis.Redis) -> ConsoleServer:
    """The server, not yet running. Port 0 takes any free one. Raises ConflictError `spool.taken`."""
    app = make_app(settings, store, client)
    front: ASGIApp = app
    if settings.intake_in_console:
        front = Front(app, make_intake(settings, name=f"intake-console-{settings.console_port}"))
    config = uvicorn.Config(
        front, host=settings.console_host, port=settings.console_port, loop="asyncio", http="httptools",
        ssl_certfile=settings.tls_cert or None, ssl_keyfile=settings.tls_key or None, access_log=False,
        proxy_headers=False, server_header=False, backlog=4096, timeout_keep_alive=75, timeout_graceful_shutdown=5,
        log_level="warning", lifespan="on",
    )  # fmt: skip
    return ConsoleServer(config, app)


def serve(settings: Settings, store: Store, client: redis.Redis) -> int:
    """Run until SIGTERM or SIGINT."""
    server = make_server(settings, store, client)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Being asked to stop is no failure: uvicorn ends well and then raises the signal again, onto this.
        signal.signal(number, lambda *_: None)
    gc.collect()
    gc.freeze()  # what is loaded now stays: the collector need not walk it under load
    gc.set_threshold(50_000)
    server.run()
    return 0 if server.started else 1
