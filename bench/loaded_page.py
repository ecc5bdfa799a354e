"""Capture to page with a county's load on one core of cameras: `python -m bench.loaded_page [CAMERAS]`.

A worker with 100 cameras (2 % of their time somebody is there), bound to one core, a console with 2,000 open alerts on SQLite, two pages in
Chromium and eight HTTP clients, which draw nothing: they hear the push and fetch each alert as a page does. Each passage crosses two zones:
the first alert is mostly of a camera that slept, the second of one that is awake. A camera counts as woken where its health last said, before
the capture, that nothing moved. All share this machine, the worker's core too.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from bench.capture_to_page import begin_to_hear, stored
from bench.density import CASES, healths, served
from bench.kit import streets
from bench.kit.browsers import FLAGS
from bench.kit.figures import Figure
from bench.kit.processes import free_port, process, wait_for
from console.access.passwords import hasher
from console.accounts.accounts import AccountForm, put_account
from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow, ZoneRow
from console.migrate import migrate
from demo.clips import prepare
from demo.rtsp.media import load
from demo.seed import PASSWORD
from lianqin import audit
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings, check
from lianqin.shares import percentile
from lianqin.testing import an_alert

CAMERAS: Final = 100
OPEN: Final = 2_000
BROWSERS: Final = 2
CLIENTS: Final = 8
WARM_S: Final = 120.0
SETTLES_S: Final = 10.0
"""After the pages have read the whole queue: what they cost while they open is no part of a shift."""
MEASURED_S: Final = 120.0
LATEST_S: Final = 10.0
"""So long after its receipt an alert is waited for; what no page has by then counts as infinitely late."""
GROUP_S: Final = 2.0
GOAL_S: Final = 0.4
ZONES: Final = {"all": (0.02, 0.98), "right": (0.5, 0.98)}
"""Left and right edge; from top to bottom."""
NOTE: Final = """
(() => {
  const real = window.fetch;
  window.benchDrawn = [];
  window.fetch = async (...asked) => {
    const answer = await real(...asked);
    const id = /\\/api\\/alerts\\/(al-[^/?]+)$/.exec(String(asked[0]))?.[1];
    if (id) setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => window.benchDrawn.push([id, Date.now() / 1000]))), 0);
    return answer;
  };
})()
"""
"""When each alert that the page fetched was drawn; browser and worker have one clock."""
Drawn = dict[str, float]


def populate(settings: Settings, cameras: Mapping[str, str]) -> None:
    """Cameras (id and address), one account, and alerts that nobody judged: of yesterday, so that they call nobody any more."""
    store = Store(open_engine(settings.database))
    attach(store.engine, Keyring(settings, makes=True))
    migrate(store.engine)
    at = time.time() - 25 * 3600
    with store.write() as session:
        operator = put_account(
            session, audit.system("bench"), AccountForm("operator", "operator", "bench", "not-known-to-anybody"), at
        )
        operator.password_hash, operator.demo = hasher.hash(PASSWORD), True
        for n, name in enumerate(sorted(cameras)):
            row = CameraRow(
                id=name, code=f"{99010100001320000000 + n}", name=name, url=cameras[name], sub_url=None, zones=[]
            )
            for zone, (left, right) in ZONES.items():
                corners = [[left, 0.02], [right, 0.02], [right, 0.98], [left, 0.98]]
                record = {
                    "id": f"{name}-{zone}",
                    "name": zone,
                    "situation": "intrusion",
                    "points": corners,
                    "priority": 3,
                }
                row.zones.append(ZoneRow(id=f"{name}-{zone}", record=record))
            session.add(row)
        names = sorted(cameras)
        for n in range(OPEN):
            alert = an_alert(id=f"al-open{n:05d}", camera_id=names[n % len(names)], zone_id="old", captured_at=at + n)
            session.add(AlertRow(
                id=alert.id, camera_id=alert.camera_id, zone_id=alert.zone_id, situation=alert.situation, method=5, kind=6, priority=3,
                score=0.8, captured_at=alert.captured_at, published_at=alert.captured_at, received_at=alert.captured_at, model="m",
                rule_version="1", clip_error="none", state="new",
            ))  # fmt: skip
    store.engine.dispose()


def follow(redis_url: str, stop: threading.Event, active: dict[str, list[tuple[float, bool]]]) -> None:
    """What cameras say of themselves, each half second."""
    asked = connect(redis_url)
    while not stop.wait(0.5):
        for name, health in healths(asked).items():
            active[name].append((health.at, health.active))


def run(cameras: int = CAMERAS) -> list[Figure]:
    """About five minutes."""
    prepare(lambda text: print(text, file=sys.stderr))
    case = CASES["vbr2"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lqb-")))
        street = streets.make(folder / "street.mp4", case.passages, case.quiet_s, case.rate, size=case.size)
        sim = stack.enter_context(served(load(street.path), cameras))
        server = EmbeddedRedis(folder / "redis")
        server.start()
        stack.callback(server.stop)
        port = free_port()
        told = {"run_dir": folder, "redis_url": server.url, "console_port": port, "log_level": "ERROR", "demo": "true",
                "second_factor": "false"}  # fmt: skip
        populate(check(told), {name: sim.url(name, "sub") for name in sim.cameras})
        env = {f"LIANQIN_{name.upper()}": str(value) for name, value in told.items()}
        stack.enter_context(process("console", env))
        wait_for(port)
        core = max(os.sched_getaffinity(0))
        with bound_to(core):
            stack.enter_context(process("ingest", env))
        print(f"the worker's core: {core} of {os.cpu_count()}", file=sys.stderr)
        time.sleep(WARM_S)
        return _measured(
            stack, f"http://127.0.0.1:{port}", server.url, f"{cameras} cameras on core {core} of {os.cpu_count()}"
        )


@contextmanager
def bound_to(core: int) -> Iterator[None]:
    """What begins within runs on that core alone, with all threads and processes of its own."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _measured(stack: ExitStack, url: str, redis_url: str, where: str) -> list[Figure]:
    stop, active = threading.Event(), defaultdict[str, list[tuple[float, bool]]](list)
    drawn: list[Drawn] = [{} for _ in range(CLIENTS)]
    threading.Thread(target=follow, args=(redis_url, stop, active), daemon=True).start()
    begin_to_hear(url, stop, [found.setdefault for found in drawn])
    chromium = stack.enter_context(sync_playwright()).chromium.launch(
        executable_path="/usr/bin/chromium", args=list(FLAGS)
    )
    stack.callback(chromium.close)
    pages = []
    for _ in range(BROWSERS):
        page = chromium.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.add_init_script(NOTE)
        page.goto(url + "/login")
        page.get_by_test_id("login-username").fill("operator")
        page.get_by_test_id("login-password").fill(PASSWORD)
        page.get_by_test_id("login-submit").click()
        page.wait_for_url("**/desk*")
        pages.append(page)
    for page in pages:
        page.wait_for_function(
            "(n) => parseInt(document.querySelector('.queue header strong')?.textContent ?? '', 10) >= n", arg=OPEN, timeout=120_000
        )  # fmt: skip
    pages[0].wait_for_timeout(SETTLES_S * 1000)
    began, load = time.time(), os.getloadavg()[0]
    pages[0].wait_for_timeout((MEASURED_S + LATEST_S) * 1000)
    in_browsers: list[Drawn] = []
    for page in pages:
        found: Drawn = {}
        for name, at in page.evaluate("window.benchDrawn"):
            found.setdefault(name, at)
        in_browsers.append(found)
    stop.set()
    alerts = [one for one in stored(url, began, began + MEASURED_S) if one["camera_id"]]
    told = f"{where}; load {(load + os.getloadavg()[0]) / 2:.1f}"
    return _figures(alerts, active, drawn, in_browsers, told)


def _slept(health: list[tuple[float, bool]], at: float) -> bool:
    said = [active for when, active in health if when <= at]
    return not (said and said[-1])


def _figures(
    alerts: list[dict[str, Any]], active: dict[str, list[tuple[float, bool]]], drawn: list[Drawn], in_browsers: list[Drawn], told: str
) -> list[Figure]:  # fmt: skip
    figures = []
    for kind, woken, goal in (("awake", False, GOAL_S), ("woken", True, GOAL_S + GROUP_S)):
        mine = [one for one in alerts if _slept(active[one["camera_id"]], one["captured_at"]) is woken]
        in_database = sorted(one["received_at"] - one["captured_at"] for one in mine) or [math.nan]
        for who, pages in (
            (f"{CLIENTS} HTTP clients that read as a page does", drawn),
            (f"{BROWSERS} pages in Chromium", in_browsers),
        ):
            late = sorted(found.get(one["id"], math.inf) - one["captured_at"] for found in pages for one in mine)
            came = f"{len(mine)} alerts, {sum(map(math.isfinite, late))} of {len(late)} times on a page"
            figures += [
                Figure(f"loaded, {kind}, {who}: from capture, p{q}", percentile(late or [math.nan], q / 100), "s", "to the database",
                       percentile(in_database, q / 100), f"{came}, goal p95 {goal:g} s; {told}" if q == 50 else "")
                for q in (50, 95, 99)
            ]  # fmt: skip
    return figures


if __name__ == "__main__":
    for figure in run(int(sys.argv[1]) if len(sys.argv) > 1 else CAMERAS):
        print(figure)
