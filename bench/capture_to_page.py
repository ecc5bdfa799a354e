"""Time from the capture of the deciding frame to the alert on an operator's page, over the whole running demo.

The demo runs as its users run it; ten extra zones a camera make its people raise more alerts (one rule raises one alert a
minute). The page is played by a client of the same push connection: it hears the number, fetches the alert and notes the
time. Peer: the same alerts' time from capture to the database, so that what push and fetch add is seen.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.kit.demo_run import running_demo
from bench.kit.figures import Figure
from bench.kit.sessions import client
from lianqin.shares import percentile

ZONES, WANTED, PATIENCE_S = 10, 100, 420.0


def add_zones(url: str) -> None:
    """Vertical strips over the whole picture of every camera, each a rule of its own."""
    with client(url, "sysadmin") as admin:
        for camera in admin.get("/api/cameras", params={"limit": 200}).json()["items"]:
            for n in range(ZONES):
                left, right = n / ZONES, (n + 1) / ZONES
                zone = {"id": f"{camera['id']}-bench{n}", "name": f"bench {n}", "situation": "intrusion",
                        "points": [[left, 0.0], [right, 0.0], [right, 1.0], [left, 1.0]], "priority": 3}  # fmt: skip
                admin.put(f"/api/cameras/{camera['id']}/zones/{zone['id']}", json=zone).raise_for_status()


def heard(
    url: str, stop: threading.Event, listens: threading.Event | None = None
) -> Iterator[tuple[dict[str, Any], float]]:
    """Alerts as a page has them, each time that the push names one, and when; until `stop`. Sets `listens` once nothing is missed any more."""
    with client(url, "operator") as page, page.stream("GET", "/api/push", timeout=30) as push:
        name = ""
        for line in push.iter_lines():
            if stop.is_set():
                break
            if line.startswith("event:"):
                name = line[6:].strip()
            if name == "hello" and listens is not None:
                listens.set()
            if not line.startswith("data:") or name != "change":
                continue
            change: dict[str, Any] = json.loads(line[5:])
            if change.get("topic") == "alert":
                alert = page.get(f"/api/alerts/{change['id']}").raise_for_status().json()
                yield alert, time.time()


def hear(url: str, stop: threading.Event, note: Callable[[str, float], object], listens: threading.Event) -> None:
    """`note` each alert's id and when the page had it, also when it changed later."""
    for alert, at in heard(url, stop, listens):
        note(alert["id"], at)


def begin_to_hear(url: str, stop: threading.Event, notes: Sequence[Callable[[str, float], object]]) -> None:
    """Threads that `hear`, one for each of `notes`; each listens before the next logs in. Raises TimeoutError."""
    for note in notes:
        listens = threading.Event()
        threading.Thread(target=hear, args=(url, stop, note, listens), daemon=True).start()
        if not listens.wait(PATIENCE_S):
            raise TimeoutError("a client did not come to listen")


def stored(url: str, began: float, until: float) -> list[dict[str, Any]]:
    """All alerts that came after `began`, up to `until`, whoever heard of them."""
    found: list[dict[str, Any]] = []
    with client(url, "operator") as rest:
        cursor: str | None = ""
        while cursor is not None:
            page = rest.get("/api/alerts", params={"limit": 200, "cursor": cursor}).json()
            found += [one for one in page["items"] if began < one["received_at"] <= until]
            cursor = page["next"] if page["items"] and page["items"][-1]["received_at"] > began else None
    return found


def listen(url: str, stop: threading.Event) -> list[tuple[float, float]]:
    """(capture to page, capture to database) in seconds of each alert that came while listening; infinite where the page did not hear of it."""
    seen: dict[str, float] = {}
    last = 0.0
    began, patience = time.time(), threading.Timer(PATIENCE_S, stop.set)
    patience.start()
    for alert, now in heard(url, stop):
        # What came before this page listened is heard of only when its clip follows.
        if alert["received_at"] > began and alert["id"] not in seen:
            seen[alert["id"]], last = now, max(last, alert["received_at"])
        if len(seen) >= WANTED:
            break
    patience.cancel()
    return [
        (seen.get(one["id"], math.inf) - one["captured_at"], one["received_at"] - one["captured_at"])
        for one in stored(url, began, last)
    ]


def run() -> list[Figure]:
    with running_demo() as url:
        add_zones(url)
        times = listen(url, threading.Event())
    heard_s, stored_s = (sorted(one) for one in zip(*times, strict=True))
    heard_of = f"heard of {sum(map(math.isfinite, heard_s))} of {len(times)}"
    note = f"{heard_of} alerts, whole demo on this machine; goal p95 under 2 s"
    return [
        Figure(f"capture to a client that reads as a page does, p{share}", percentile(heard_s, share / 100), "s", "capture to database",
               percentile(stored_s, share / 100), note if share == 50 else "")
        for share in (50, 95, 99)
    ]  # fmt: skip
