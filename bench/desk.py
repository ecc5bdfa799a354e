"""The operator's desk with 2,000 alerts to judge and 20 more a minute: Chromium at 1920x1080, drawn by software.

`python -m bench.desk [MINUTES]` (ten by itself). Alerts go onto the bus as the ingest workers write them; a console of its own
process stores and pushes them; the page shows them, and an operator judges one between any two by key. Asked: how long from an
alert's receipt until its row is seen, from the key until the page has gone on, how long frames take, and what the page's memory
does. A row that is never seen, and a key that is not answered before the next one falls, are misses: they count as infinitely late.
Beside each the goal; and the same page for a minute with its list let out to its whole height, so that all rows stand in it.
"""

from __future__ import annotations

import itertools
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright
from sqlalchemy import insert, select

from bench.kit.browsers import DRAWS
from bench.kit.figures import Figure
from bench.kit.processes import free_port, process, wait_for
from console.alerts.receiving import receive
from console.alerts.tables import LATE, AlertRow
from demo.cameras import CAMERAS
from demo.seed import PASSWORD, seed
from lianqin import keys
from lianqin.bus import Publisher, connect
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.evidence import EvidenceStore
from lianqin.records import Alert
from lianqin.settings import check
from lianqin.shares import percentile
from lianqin.testing import an_alert

OPEN: Final = 2_000
AGO_S: Final = 2 * 86_400.0
"""They wait so long that they are escalated to nobody any more: that happened when they came."""
A_MINUTE: Final = 20
MINUTES: Final = 10.0
PEER_MINUTES: Final = 1.0
KINDS: Final = ("intrusion", "loitering", "line_crossing", "density")
PICTURE: Final = "bench/picture.jpg"
GOAL_ROW_S, GOAL_KEY_S, GOAL_FRAME_MS, GOAL_HEAP_MB = 0.3, 0.15, 100.0, 2.0
"""Memory is flat within what one reading differs from the next."""
LET_OUT: Final = ".queue .open { flex: none !important; height: 400000px !important; }"
WATCH: Final = """
(() => {
  const seen = { rows: {}, keys: 0, answers: [], asked: [], frames: [], long: [] };
  window.benchDesk = seen;
  let next = 0, pressed = null, last = performance.now();
  const chosen = () => document.querySelector('.open [data-testid=queue-row][aria-current=true]')?.dataset.alertId ?? null;
  const look = () => {
    if (!pressed || chosen() === pressed.id) return;
    seen.answers.push(performance.now() - pressed.at);
    pressed = null;
  };
  // While the page owes an answer, the next one is timed from the key for which it owes it.
  addEventListener('keydown', (event) => {
    if (event.key !== 'i') return;
    look();
    if (pressed) seen.answers.push(Infinity);
    seen.keys += 1;
    pressed = { at: pressed ? pressed.at : event.timeStamp, id: chosen() };
  }, { capture: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.name.endsWith('/ignore')) seen.asked.push(one.responseEnd - one.startTime);
  }).observe({ type: 'resource' });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) seen.long.push({ at: one.startTime, ms: one.duration, blocks: one.blockingDuration,
      by: one.scripts.map((script) => `${script.invoker} ${Math.round(script.duration)}`) });
  }).observe({ type: 'long-animation-frame' });
  const step = (now) => {
    seen.frames.push(now - last);
    last = now;
    for (let n = next; n < next + 3; n += 1) {
      const row = document.querySelector(`.open [data-alert-id=new-${n}]`);
      if (!row) continue;
      const box = row.getBoundingClientRect();
      if (box.bottom <= 0 || box.top >= innerHeight) continue;
      seen.rows[`new-${n}`] = Date.now() / 1000;
      next = n + 1;
      break;
    }
    look();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})()
"""


@dataclass
class OpenDesk:
    """A console behind a page that an operator has open."""

    page: Page
    driver: CDPSession
    store: Store
    publisher: Publisher
    numbers: Iterator[int]

    def heap_mb(self) -> float:
        """After all that nobody holds was let go."""
        for _ in range(3):
            self.driver.send("HeapProfiler.collectGarbage")
        return float(self.driver.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def read(self) -> dict[str, Any]:
        """What was seen since the last reading."""
        found: dict[str, Any] = self.page.evaluate(
            "() => { const seen = window.benchDesk, { rows, keys, answers, asked, frames, long } = seen; seen.keys = 0;"
            " return { rows, keys, answers: answers.splice(0), asked: asked.splice(0), frames: frames.splice(0), long: long.splice(0) }; }"
        )
        return found


def an_open(number: int, at: float) -> Alert:
    """Most in a zone of its own, so that it is a row of its own; each tenth repeats in one of a few."""
    camera = CAMERAS[number % len(CAMERAS)].id
    zone = f"again-{number // 10 % 20}" if number % 10 == 0 else f"zone-{number}"
    kind = "intrusion" if number % 10 == 0 else KINDS[number % len(KINDS)]
    return an_alert(
        id=f"old-{number:04}", camera_id=camera, zone_id=zone, zone_name=f"区 {number}", situation=kind,
        priority=2 + number % 3, captured_at=at, published_at=at, snapshot=PICTURE,
    )  # fmt: skip


def put_open(store: Store, captured_at: float) -> None:
    """One alert off the bus, and copies of its row for the others; nobody waits for their clips any more."""
    with store.write() as session:
        receive(session, [an_open(0, captured_at)], captured_at)
        first = session.execute(select(AlertRow.__table__).where(AlertRow.id == "old-0000")).mappings().one()
        kept = {name: value for name, value in first.items() if name != "seq"} | {"clip_error": LATE}
        alerts = [an_open(n, captured_at + n / 10) for n in range(1, OPEN)]
        same = ("id", "camera_id", "zone_id", "zone_name", "situation", "priority", "captured_at", "published_at")
        rows = [kept | {name: getattr(one, name) for name in same} | {"received_at": one.captured_at} for one in alerts]
        session.execute(insert(AlertRow), rows)


@contextmanager
def desk(cameras_from: float) -> Iterator[OpenDesk]:
    """2,000 alerts in the database before the page opens; `cameras_from`: when the first of them was captured."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lqb-")))
        server = EmbeddedRedis(folder)
        server.start()
        stack.callback(server.stop)
        port = free_port()
        env = {
            "LIANQIN_RUN_DIR": str(folder), "LIANQIN_REDIS_URL": server.url, "LIANQIN_CONSOLE_PORT": str(port),
            "LIANQIN_LOG_LEVEL": "WARNING", "LIANQIN_INTAKE_IN_CONSOLE": "false", "LIANQIN_DEMO": "true",
            "LIANQIN_SECOND_FACTOR": "false",
        }  # fmt: skip
        settings = check({"run_dir": folder, "redis_url": server.url, "demo": True, "second_factor": False})
        store = Store(open_engine(settings.database))
        seed(settings, rtsp_port=1, phones=folder / "phones.json")
        noise = np.random.default_rng(1).integers(0, 255, (45, 80, 3), dtype=np.uint8)
        picture = cv2.resize(noise, (640, 360), interpolation=cv2.INTER_CUBIC)
        EvidenceStore(settings.evidence).write(PICTURE, cv2.imencode(".jpg", picture)[1].tobytes())
        put_open(store, cameras_from)
        stack.enter_context(process("console", env))
        for _ in range(6):  # 20 s each: a busy machine takes long to begin
            with suppress(TimeoutError):
                wait_for(port)
                break
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=list(DRAWS))
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH)
        page.goto(f"http://127.0.0.1:{port}/login")
        page.get_by_test_id("login-username").fill("operator")
        page.get_by_test_id("login-password").fill(PASSWORD)
        page.get_by_test_id("login-submit").click()
        page.wait_for_url(lambda address: "/login" not in address, timeout=120_000)
        page.wait_for_function(
            "(n) => parseInt(document.querySelector('.queue header strong')?.textContent ?? '', 10) >= n", arg=OPEN, timeout=120_000
        )  # fmt: skip
        page.wait_for_timeout(3_000)
        client = connect(server.url)
        stack.callback(client.close)
        yield OpenDesk(page, page.context.new_cdp_session(page), store, Publisher(client), itertools.count())


def work(desk: OpenDesk, minutes: float) -> dict[str, Any]:
    """An alert of priority 1 each three seconds, and the chosen one judged between any two."""
    desk.read()
    came = []
    began, every = time.time(), 60 / A_MINUTE
    for turn in range(round(minutes * A_MINUTE)):
        number, at = next(desk.numbers), time.time()
        camera = CAMERAS[number % len(CAMERAS)].id
        fresh = an_alert(id=f"new-{number}", camera_id=camera, zone_id=f"zone-new-{number}", priority=1, snapshot=PICTURE,
                         captured_at=at, published_at=at)  # fmt: skip
        desk.publisher.publish(keys.ALERTS, fresh)
        came.append(fresh.id)
        desk.page.wait_for_timeout(every * 500)
        desk.page.keyboard.press("i")
        desk.page.wait_for_timeout(max(0.0, (began + (turn + 1) * every - time.time()) * 1000))
    found = desk.read()
    with desk.store.read() as session:
        received = dict(session.execute(select(AlertRow.id, AlertRow.received_at).where(AlertRow.id.in_(came))).all())
    seen = [found["rows"][one] - received[one] for one in came if one in found["rows"]]
    return found | {
        "waits": with_misses(seen, len(came)),
        "answers": with_misses([one / 1000 for one in found["answers"]], found["keys"]),
    }


def with_misses(seconds: Sequence[float], of: int) -> list[float]:
    """Sorted, with as many infinite ones as are lacking."""
    return sorted([*seconds, *[math.inf] * (of - len(seconds))])


def kept(seconds: Sequence[float]) -> str:
    """How many of how many were no misses."""
    return f"{sum(map(math.isfinite, seconds))} of {len(seconds)}"


def scroll(desk: OpenDesk) -> dict[str, Any]:
    """Through the list by wheel for ten seconds."""
    desk.read()
    box = desk.page.locator(".queue .open").bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + 100, box["y"] + 100)
    for _ in range(100):
        desk.page.mouse.wheel(0, 900)
        desk.page.wait_for_timeout(100)
    return desk.read()


def longest(found: dict[str, Any]) -> float:
    return float(max(found["frames"]))


def told(found: dict[str, Any]) -> str:
    over = sum(one > GOAL_FRAME_MS for one in found["frames"])
    worst = max(found["long"], key=lambda one: one["ms"], default=None)
    by = f"; longest by {', '.join(worst['by'][:3]) or 'drawing'} ({worst['ms']:.0f} ms)" if worst else ""
    return (
        f"{over} above {GOAL_FRAME_MS:g} ms of {len(found['frames'])}, p99 {np.percentile(found['frames'], 99):.0f}{by}"
    )


def run(minutes: float = MINUTES) -> list[Figure]:
    with desk(time.time() - AGO_S) as one:
        opening, before = one.read(), one.heap_mb()
        found = work(one, minutes)
        after = one.heap_mb()
        scrolled = scroll(one)
    with desk(time.time() - AGO_S) as other:
        other.page.add_style_tag(content=LET_OUT)
        other.page.wait_for_timeout(5_000)
        plain = work(other, min(minutes, PEER_MINUTES))
        rows = other.page.locator(".open [data-testid=queue-row]").count()
    waits, answers, asked = found["waits"], found["answers"], np.array(found["asked"]) / 1000
    others = f"all {rows} rows in the page"

    def p95(name: str) -> str:
        return f"{percentile(plain[name], 0.95):.2f}, {kept(plain[name])}" if plain[name] else "none"

    return [
        Figure("stored to visible row, p95", percentile(waits, 0.95), "s", "goal", GOAL_ROW_S,
               f"{kept(waits)} seen, p50 {percentile(waits, 0.5):.2f}, longest {waits[-1]:.2f}; {others}: {p95('waits')}"),
        Figure("key to the page's answer, p95", percentile(answers, 0.95), "s", "goal", GOAL_KEY_S,
               f"{kept(answers)} keys answered before the next, longest {answers[-1]:.2f}; the console's answer p95 {np.percentile(asked, 95):.2f}; {others}: {p95('answers')}"),
        Figure("longest frame at work", longest(found), "ms", "goal", GOAL_FRAME_MS, f"{told(found)}; {others}: {longest(plain):.0f}"),
        Figure("longest frame while scrolled", longest(scrolled), "ms", "goal", GOAL_FRAME_MS, told(scrolled)),
        Figure("longest frame while 2,000 are loaded", longest(opening), "ms", "goal", GOAL_FRAME_MS, told(opening)),
        Figure("JS heap more at the end", after - before, "MB", "goal", GOAL_HEAP_MB, f"{before:.1f} at start, {after:.1f} after {minutes:g} min"),
    ]  # fmt: skip


if __name__ == "__main__":
    from bench.__main__ import table

    print(table(run(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)))
    sys.exit(0)
