"""Security headers on every answer (OWASP Secure Headers); plain ASGI, so that streams are not held back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.http.clients import Network, came_by_tls


def csp(hosts: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy (W3C, level 3): this console alone, and the origins of the base map that is set."""
    others = "".join(f" {one}" for one in hosts)
    return "; ".join((
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the component library and the map set styles on elements
        f"img-src 'self' data: blob:{others}",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        f"connect-src 'self'{others}",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ))  # fmt: skip


DEVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "m": ("camera", "microphone", "geolocation"),  # codes of posts; a call's voice; where the guard is
    "spot-checks": ("camera",),  # the code on a guard's phone
}
"""Page (the first word of its address) -> the browser's devices that it uses. `router.ts` holds the same and fetches the document anew when
it goes to a page with other devices: a document keeps for ever what it was permitted when it came."""
_CLOSED: Final = ("accelerometer", "bluetooth", "camera", "display-capture", "geolocation", "gyroscope", "hid", "idle-detection",
                  "magnetometer", "microphone", "midi", "payment", "serial", "usb")  # fmt: skip
"""Features of the Permissions Policy (W3C) that reach devices, people or money: none is open but by `DEVICES`."""


def permissions_of(path: str) -> str:
    """The Permissions-Policy of the answer to a path: for this origin alone, and what is not used for nobody."""
    used = DEVICES.get(path.strip("/").split("/", 1)[0].lower(), ())
    return ", ".join(f"{feature}=({'self' if feature in used else ''})" for feature in _CLOSED)


API_VERSION: Final = "1"
"""Of the contract (`docs/api.md`, "Version"): raised where something that a client may rely on goes or changes."""
_ALWAYS: Final = (
    (b"x-api-version", API_VERSION.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")


def _secured(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A cookie that browsers send over TLS alone (RFC 6265bis section 5.7)."""
    name, value = header
    if name.lower() != b"set-cookie" or b"secure" in [part.strip().lower() for part in value.split(b";")[1:]]:
        return header
    return name, value + b"; Secure"


class SecurityHeaders:
    """Adds what every answer carries; API answers are not kept by caches unless they say otherwise. Where the request came by TLS, or
    `https` says that all do, every cookie is for TLS alone and browsers come back by TLS alone."""

    def __init__(
        self, app: ASGIApp, *, https: bool, proxies: tuple[Network, ...] = (), hosts: tuple[str, ...] = ()
    ) -> None:
        """`hosts`: origins that pages may ask besides this console."""
        self._app, self._https, self._proxies = app, https, proxies
        self._csp = (b"content-security-policy", csp(hosts).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        policy = (b"permissions-policy", permissions_of(scope["path"]).encode())
        https = self._https or came_by_tls(scope, self._proxies)
        always = [self._csp, *_ALWAYS, policy, *([_HSTS] if https else [])]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in always if name not in present]
                if b"cache-control" not in present:
                    added.append((b"cache-control", b"no-store"))
                said = map(_secured, message["headers"]) if https else message["headers"]
                message = {**message, "headers": [*said, *added]}
            await send(message)

        await self._app(scope, receive, with_headers)
