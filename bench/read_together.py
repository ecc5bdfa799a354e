"""What an alert that changed costs the console when ten pages read it at once: `python -m bench.read_together`.

A console of its own process with 2,000 open alerts; ten HTTP clients, each with a session and a thread of its own. After each change, told to the
feed as any other, all ten read the same alert; beside it, ten alerts, of which none is shared. Asked: processor time of the console a
change, and how long the last of the ten waits.
"""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
import psutil

from bench.kit.figures import Figure
from bench.kit.processes import free_port, process, wait_for
from bench.kit.sessions import client
from bench.loaded_page import populate
from lianqin import feed
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.settings import check
from lianqin.shares import percentile

PAGES: Final = 10
CHANGES: Final = 100
CAMERAS: Final = tuple(f"C{n:03}" for n in range(100))


def _together(
    pages: list[httpx.Client], store: Store, paths: list[str], console: psutil.Process
) -> tuple[float, list[float]]:
    """CPU seconds of the console a change, and how long the last answer took each time."""
    together, waits = threading.Barrier(PAGES), list[float]()

    def read(page: httpx.Client, path: str) -> float:
        together.wait()
        began = time.perf_counter()
        page.get(path).raise_for_status()
        return time.perf_counter() - began

    with ThreadPoolExecutor(PAGES) as threads:
        before = sum(console.cpu_times()[:2])
        for n in range(CHANGES):
            with store.write() as session:
                feed.push(session, "alert", f"al-open{n:05d}", at=time.time())
            waits.append(max(threads.map(read, pages, paths)))
        spent = sum(console.cpu_times()[:2]) - before
    return spent / CHANGES, sorted(waits)


def run() -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lqb-")))
        server = EmbeddedRedis(folder / "redis")
        server.start()
        stack.callback(server.stop)
        port = free_port()
        told = {"run_dir": folder, "redis_url": server.url, "console_port": port, "log_level": "ERROR", "demo": "true",
                "second_factor": "false"}  # fmt: skip
        settings = check(told)
        populate(settings, {name: f"rtsp://127.0.0.1:1/{name}" for name in CAMERAS})
        env = {f"LIANQIN_{name.upper()}": str(value) for name, value in told.items()}
        console = psutil.Process(stack.enter_context(process("console", env)).pid)
        wait_for(port)
        pages = [stack.enter_context(client(f"http://127.0.0.1:{port}", "operator")) for _ in range(PAGES)]
        store = Store(open_engine(settings.database))
        same = ["/api/alerts/al-open00000"] * PAGES
        others = [f"/api/alerts/al-open{n:05d}" for n in range(PAGES)]
        _together(pages, store, same, console)  # warm
        cost, waits = _together(pages, store, same, console)
        peer_cost, peer_waits = _together(pages, store, others, console)
        store.engine.dispose()
    return [
        Figure(f"{PAGES} pages read one alert that changed: processor time of the console", cost * 1000, "ms", f"{PAGES} alerts", peer_cost * 1000),
        *(Figure(f"and the last answer, p{q}", percentile(waits, q / 100) * 1000, "ms", f"{PAGES} alerts", percentile(peer_waits, q / 100) * 1000)
          for q in (50, 95)),
    ]  # fmt: skip


if __name__ == "__main__":
    from bench.__main__ import table

    print(table(run()))
