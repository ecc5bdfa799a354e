"""What stands before FastAPI: the intake at `/fix`, as a raw ASGI callable (a FastAPI route would cost it half)."""

from __future__ import annotations

import redis
from starlette.types import ASGIApp, Receive, Scope, Send

from lianqin.settings import Settings

FIX = "/fix"


class Front:
    """Sends `/fix` to the intake and everything else to the app."""

    def __init__(self, app: ASGIApp, settings: Settings, client: redis.Redis) -> None:
        self._app = app
        self._intake: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._intake is not None and scope["type"] == "http":
            path = scope["path"]
            if path == FIX or path.startswith(FIX + "/"):
                await self._intake(scope, receive, send)
                return
        await self._app(scope, receive, send)
