"""The first opening of the guard's page on a slow line, in Chromium: bytes as transferred, and seconds.

A browser that kept nothing, 25 kB/s and 200 ms of latency (Chromium's own throttling): the log-in page until a name can be
typed, then from pressing "log in" to the guard's page. Bytes are counted until the line is quiet, so that what the page fetches
before anybody asked for it counts too. Peer: the most that may be transferred, and the longest that may pass, for both together.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from playwright.sync_api import Browser, Page, sync_playwright

from bench.kit.browsers import FLAGS, PHONE
from bench.kit.figures import Figure
from console.server import make_server
from demo.seed import PASSWORD, seed
from lianqin import settings as settings_module
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis

RATE, LATENCY_MS = 25_000, 200
"""Bytes a second, either way; milliseconds until an answer begins."""
MOST_BYTES: Final = 300_000
LONGEST_S: Final = 15.0
QUIET_MS = 1500
GUARD = "g01"


class Opening(msgspec.Struct, frozen=True):
    """One page opened: seconds until it can be used, bytes with headers until the line was quiet, and what was fetched."""

    seconds: float
    transferred: int
    paths: tuple[str, ...]


class _Line:
    """A page's line as Chromium's network domain tells it."""

    def __init__(self, page: Page, *, slow: bool) -> None:
        self._page, self._names, self._bytes = page, dict[str, str](), dict[str, int]()
        told = page.context.new_cdp_session(page)
        told.send("Network.enable")
        if slow:
            told.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, "downloadThroughput": RATE,
                                                           "uploadThroughput": RATE})  # fmt: skip
        told.on("Network.requestWillBeSent", self._asked)
        told.on("Network.dataReceived", lambda one: self._took(one, one["encodedDataLength"]))
        told.on("Network.loadingFinished", self._ended)

    def _asked(self, one: dict[str, Any]) -> None:
        self._names[one["requestId"]] = one["request"]["url"].split("://", 1)[-1].partition("/")[2]

    def _took(self, one: dict[str, Any], size: int) -> None:
        self._bytes[one["requestId"]] = self._bytes.get(one["requestId"], 0) + int(size)

    def _ended(self, one: dict[str, Any]) -> None:
        self._bytes[one["requestId"]] = int(one["encodedDataLength"])  # with headers, and exact

    @property
    def transferred(self) -> int:
        return sum(self._bytes.values())

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple("/" + self._names.get(key, "?") for key in self._bytes)

    def wait_until_quiet(self) -> None:
        """Until hardly anything comes any more: the push connection never ends."""
        before = -1
        while self.transferred > before + 1000:
            before = self.transferred
            self._page.wait_for_timeout(QUIET_MS)


def measure(browser: Browser, url: str, username: str, password: str, *, slow: bool = True) -> tuple[Opening, Opening]:
    """The log-in page and then the guard's page, in a browser that has seen neither."""
    context = browser.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        line = _Line(page, slow=slow)
        began = time.monotonic()
        page.goto(url + "/m", wait_until="commit")
        page.get_by_test_id("login-username").wait_for(timeout=120_000)
        seconds = time.monotonic() - began
        line.wait_until_quiet()
        login = Opening(seconds, line.transferred, line.paths)
        page.get_by_test_id("login-username").fill(username)
        page.get_by_test_id("login-password").fill(password)
        began = time.monotonic()
        page.get_by_test_id("login-submit").click()
        page.get_by_test_id("m-check-in-page").wait_for(timeout=120_000)
        seconds = time.monotonic() - began
        line.wait_until_quiet()
        return login, Opening(seconds, line.transferred - login.transferred, line.paths[len(login.paths) :])
    finally:
        context.close()


@contextmanager
def console(folder: Path) -> Iterator[str]:
    """The demo's county behind a console of its own, without cameras; gives its address."""
    redis = EmbeddedRedis(folder / "redis")
    redis.start()
    settings = settings_module.check(
        {"run_dir": folder, "redis_url": redis.url, "console_port": 0, "demo": True, "second_factor": False}
    )
    store = Store(open_engine(settings.database))
    seed(settings, rtsp_port=1, phones=folder / "phones.json")
    server = make_server(settings, store, connect(redis.url))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        store.engine.dispose()
        redis.stop()


def run() -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="lqo-"))
    try:
        with console(folder) as url, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
            login, own = measure(browser, url, GUARD, PASSWORD)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    note = f"{RATE // 1000} kB/s, {LATENCY_MS} ms; {len(login.paths)} and {len(own.paths)} answers"
    return [
        Figure("first opening, log-in page", login.seconds, "s", "longest for both", LONGEST_S, note),
        Figure("first opening, guard's page after log-in", own.seconds, "s", "longest for both", LONGEST_S),
        Figure("first opening, log-in page", login.transferred / 1000, "kB", "most for both", MOST_BYTES / 1000),
        Figure(
            "first opening, guard's page after log-in", own.transferred / 1000, "kB", "most for both", MOST_BYTES / 1000
        ),
    ]
