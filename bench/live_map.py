"""3,000 guards who move on the map of an operator's page: Chromium at 1280x720, drawn by software, as on a machine
without a graphics card.

The whole way runs: fixes go to the stream as the intake writes them, the patrol worker judges them, the console pushes,
the page draws. Asked: how long the page's frames take, and how old a fix is when the page has it. Beside it the same page
with nobody on it, and the fix's age on the console's side (in Redis), so that one sees what push and page add.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Page, sync_playwright

from bench.kit import county
from bench.kit.browsers import DRAWS
from bench.kit.figures import Figure
from bench.kit.processes import free_port, process, wait_for
from console.accounts.accounts import AccountForm, put_account
from console.migrate import migrate
from lianqin import audit, keys
from lianqin.bus import Publisher, connect
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.records import FixBatch
from lianqin.settings import check

EACH_S: Final = 15.0
"""Between two fixes of a guard."""
BEATS_S: Final = 0.25
WATCHED_S: Final = 45.0
PASSWORD: Final = "lianqin-bench"
WATCH: Final = """
(seconds) => new Promise((done) => {
  const frames = [], ages = [], seen = new Map();
  const places = () => window.lianqinPlaces ?? new Map();
  for (const [id, one] of places()) seen.set(id, one.at);
  let last = performance.now();
  const end = last + seconds * 1000;
  const poll = setInterval(() => {
    const now = Date.now() / 1000;
    for (const [id, one] of places()) if (seen.get(id) !== one.at) { seen.set(id, one.at); ages.push(now - one.received_at); }
  }, 20);
  const step = (now) => {
    frames.push(now - last);
    last = now;
    if (now < end) requestAnimationFrame(step);
    else { clearInterval(poll); done({ frames, ages, count: places().size }); }
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(step); });
})
"""


def walk(redis_url: str, guards: int, stop: threading.Event, delays: list[float]) -> None:
    """Each guard sends every `EACH_S`; a quarter of a second's worth are one entry, as the intake writes them."""
    client = connect(redis_url)
    publisher, turns = Publisher(client), int(EACH_S / BEATS_S)
    for turn in itertools.count():
        began = time.time()
        mine = [n for n in range(guards) if n % turns == turn % turns]
        if mine:
            publisher.publish(keys.fixes(0, late=False), FixBatch(tuple(county.a_fix(n, began, began) for n in mine)))
        if stop.wait(max(0.0, began + BEATS_S - time.time())):
            return
        if mine and turn > turns:
            raw = client.hget(keys.places(), county.guard_id(mine[0]))
            at = json.loads(raw)["received_at"] if raw else 0.0
            if at == began:
                delays.append(time.time() - began)


def watch(page: Page, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(WATCH, seconds)
    return found


def run_with(guards: int, seconds: float = WATCHED_S) -> dict[str, Any]:
    """`frames` in ms, `ages` of fixes in s when the page has them, `count` on the map, `there` in Redis within a beat."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lqb-")))
        server = EmbeddedRedis(folder)
        server.start()
        stack.callback(server.stop)
        port = free_port()
        env = {
            "LIANQIN_RUN_DIR": str(folder), "LIANQIN_REDIS_URL": server.url, "LIANQIN_CONSOLE_PORT": str(port),
            "LIANQIN_LOG_LEVEL": "WARNING", "LIANQIN_INTAKE_IN_CONSOLE": "false",
        }  # fmt: skip
        settings = check({"run_dir": folder, "redis_url": server.url})
        store = Store(open_engine(settings.database))
        migrate(store.engine)
        county.populate(store, guards, time.time() - 60)
        with store.write() as session:
            put_account(
                session, audit.system("bench"), AccountForm("operator", "operator", "bench", PASSWORD), time.time()
            )
        stack.enter_context(process("patrol", env))
        stack.enter_context(process("console", env))
        wait_for(port)
        stop, delays = threading.Event(), list[float]()
        feeder = threading.Thread(target=walk, args=(server.url, guards, stop, delays), daemon=True)
        feeder.start()
        stack.callback(feeder.join, 5)
        stack.callback(stop.set)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=list(DRAWS))
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"http://127.0.0.1:{port}/login")
        page.get_by_test_id("login-username").fill("operator")
        page.get_by_test_id("login-password").fill(PASSWORD)
        page.get_by_test_id("login-submit").click()
        page.wait_for_url(lambda address: "/login" not in address)
        page.goto(f"http://127.0.0.1:{port}/map")
        page.wait_for_function("(n) => (window.lianqinPlaces?.size ?? 0) >= n", arg=guards, timeout=120_000)
        page.wait_for_timeout(8000)
        return watch(page, seconds) | {"delays": delays}


def run() -> list[Figure]:
    nobody, found = run_with(0, 15.0), run_with(3_000)
    frames, ages = np.array(found["frames"]), np.array(found["ages"])
    told = f"{found['count']} guards, {len(ages)} fixes in {WATCHED_S:g} s, {len(frames)} frames"
    return [
        Figure("longest frame with 3,000 guards", float(frames.max()), "ms", "with nobody", float(np.max(nobody["frames"])), told),
        Figure("frames above 100 ms", float((frames > 100).sum()), "frames", "goal", 0.0, f"p99 {np.percentile(frames, 99):.0f} ms"),
        Figure("a fix's age on the page, p99", float(np.percentile(ages, 99)), "s", "goal", 1.0,
               f"p50 {np.percentile(ages, 50):.2f}, longest {ages.max():.2f}; in Redis p99 {np.percentile(found['delays'] or [0], 99):.2f}"),
    ]  # fmt: skip
