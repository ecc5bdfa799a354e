"""What stands before FastAPI: the intake at `/fix`, as a raw ASGI callable (a FastAPI route would cost it half)."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patrol.intake.app import Intake

FIX: Final = "/fix"


class Front:
    """Sends `/fix` to the intake and everything else to the app; the intake starts after the app and ends after it."""

    def __init__(self, app: ASGIApp, intake: Intake, door: ASGIApp) -> None:
        """`door`: the way of a request to the intake."""
        self._app, self._intake, self._door = app, intake, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._with_intake(send))
        elif scope["type"] == "http" and (scope["path"] == FIX or scope["path"].startswith(FIX + "/")):
            await self._door(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _with_intake(self, send: Send) -> Send:
        async def told(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._intake.startup()
            elif message["type"].startswith("lifespan.shutdown"):
                await self._intake.close()
            await send(message)

        return told
