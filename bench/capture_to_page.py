"""Time from the capture of the deciding frame to the alert on an operator's page, over the whole running demo.

The demo runs as its users run it; ten extra zones a camera make its people raise more alerts (one rule raises one alert a
minute). The page is played by a client of the same push connection: it hears the number, fetches the alert and notes the
time. Peer: the same alerts' time from capture to the database, so that what push and fetch add is seen.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bench.figures import Figure
from demo.seed import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
ZONES, WANTED, PATIENCE_S = 10, 100, 420.0


@contextmanager
def client(url: str, username: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as session:
        answer = session.post("/api/login", json={"username": username, "password": PASSWORD})
        answer.raise_for_status()
        session.headers["X-CSRF"] = answer.json()["csrf"]
        yield session


def add_zones(url: str) -> None:
    """Vertical strips over the whole picture of every camera, each a rule of its own."""
    with client(url, "sysadmin") as admin:
        for camera in admin.get("/api/cameras", params={"limit": 200}).json()["items"]:
            for n in range(ZONES):
                left, right = n / ZONES, (n + 1) / ZONES
                zone = {"id": f"{camera['id']}-bench{n}", "name": f"bench {n}", "situation": "intrusion",
                        "points": [[left, 0.0], [right, 0.0], [right, 1.0], [left, 1.0]], "priority": 3}  # fmt: skip
                admin.put(f"/api/cameras/{camera['id']}/zones/{zone['id']}", json=zone).raise_for_status()


def listen(url: str, stop: threading.Event) -> list[tuple[float, float]]:
    """(capture to page, capture to database) in seconds of each alert that came while listening."""
    seen: dict[str, tuple[float, float]] = {}
    began, heard = time.time(), 0.0
    with (
        client(url, "operator") as page,
        page.stream("GET", "/api/push", timeout=30) as push,
        client(url, "operator") as rest,
    ):
        for line in push.iter_lines():
            if stop.is_set() or len(seen) >= WANTED or time.time() - began > PATIENCE_S:
                break
            if not line.startswith("data:"):
                continue
            heard = heard or time.time()
            change: dict[str, Any] = json.loads(line[5:])
            if change.get("topic") != "alert" or change["id"] in seen:
                continue
            alert = rest.get(f"/api/alerts/{change['id']}").json()
            now = time.time()
            # What came before this page listened is heard of only when its clip follows.
            if alert["received_at"] > heard:
                seen[change["id"]] = now - alert["captured_at"], alert["received_at"] - alert["captured_at"]
    return list(seen.values())


def run() -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="lqb-"))
    command = [sys.executable, "-m", "demo", "--free-ports", "--run-dir", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = ""
        for line in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                url = found.group()
                break
        if not url:
            raise RuntimeError("the demo did not start")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        add_zones(url)
        times = np.array(listen(url, threading.Event()))
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    note = f"{len(times)} alerts, whole demo on this machine; goal p95 under 2 s"
    return [
        Figure(f"capture to page, p{share}", float(np.percentile(times[:, 0], share)), "s", "capture to database",
               float(np.percentile(times[:, 1], share)), note if share == 50 else "")
        for share in (50, 95, 99)
    ]  # fmt: skip
