"""Whom to tell of a weakness: `/.well-known/security.txt` (RFC 9116)."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from console.access.permissions import Here, public
from lianqin.errors import NotFoundError

router = APIRouter()


@router.get("/.well-known/security.txt", dependencies=[public])
def security_txt(console: Here) -> Response:
    """Raises NotFoundError `route.missing` where the settings name nobody, or only until a day that is over: what is stale is not to be
    used (RFC 9116 section 2.5.5)."""
    ours = console.settings
    if not ours.security_contact or datetime.fromisoformat(ours.security_expires).timestamp() <= console.clock.now():
        raise NotFoundError("route.missing", "settings `security_contact`, `security_expires` name nobody")
    lines = [f"Contact: {one.strip()}" for one in ours.security_contact.split(",")]
    lines += [f"Expires: {ours.security_expires}", "Preferred-Languages: zh, en", ""]
    return Response("\r\n".join(lines), media_type="text/plain; charset=utf-8")
