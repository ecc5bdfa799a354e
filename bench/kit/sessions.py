"""A person's session with a console of the demo, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

from demo.seed import PASSWORD

LATER: Final = frozenset({429, 503})
"""Others log in at the same moment, or the console is beginning."""
PATIENCE_S: Final = 60.0


@contextmanager
def client(url: str, username: str) -> Iterator[httpx.Client]:
    """Logged in, waiting for its turn. Raises httpx.HTTPStatusError where it is refused."""
    with httpx.Client(base_url=url, timeout=30) as session:
        form = {"username": username, "password": PASSWORD}
        until = time.monotonic() + PATIENCE_S
        while (answer := session.post("/api/login", json=form)).status_code in LATER and time.monotonic() < until:
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        answer.raise_for_status()
        session.headers["X-CSRF"] = answer.json()["csrf"]
        yield session
