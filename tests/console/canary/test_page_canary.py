"""The whole way on real parts: a worker's made picture through Redis, receiver, push and a browser, to the number on the leader's page;
by a browser whose clock is wrong, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright
from sqlalchemy import select

from bench.kit.browsers import FLAGS
from console.canary.tables import CanaryRow
from ingest.worker import IngestWorker
from lianqin.records import Detection, Frame
from lianqin.settings import Settings
from tests.console.conftest import Served, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LONG_MS = 60_000
AN_HOUR_AHEAD = """
(() => {
  const Real = Date, off = 3600_000;
  window.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + off); }
    static now() { return Real.now() + off; }
  };
})()
"""


class SeesNobody:
    name = "nobody@test"

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        return [() for _ in frames]


@pytest.fixture
def worker(settings: Settings, served: Served) -> Iterator[IngestWorker]:
    made = IngestWorker(settings.model_copy(update={"worker_id": "ingest-7", "canary_seconds": 1.0}), SeesNobody())  # type: ignore[arg-type]
    made.start()
    yield made
    made.stop()


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
        chromium.close()


def shown(served: Served) -> list[CanaryRow]:
    with served.store.read() as session:
        return list(session.scalars(select(CanaryRow).where(CanaryRow.shown_at.is_not(None))))


@pytest.mark.parametrize("clock", ["right", "an hour ahead"])
def test_the_leader_sees_how_long_a_workers_picture_took_to_the_page(
    context: BrowserContext, served: Served, worker: IngestWorker, clock: str
) -> None:
    page = context.new_page()
    if clock != "right":
        page.add_init_script(AN_HOUR_AHEAD)
    log_in(page, served.url, "leader")
    page.goto(served.url + "/alarms")
    expect(page.get_by_test_id("canary-mark")).to_be_attached(timeout=LONG_MS)
    now = page.get_by_test_id("canary-now")
    expect(now).to_have_text(re.compile(r"^\d+(\.\d+)? s$"), timeout=LONG_MS)
    # Till a page has told, what stands there is the way to the database.
    expect(page.get_by_test_id("canary-no-page")).to_have_count(0, timeout=LONG_MS)
    hour = page.locator('[data-testid="canary-row"][data-span="hour"][data-worker=""][data-share="p95"]')
    expect(hour).to_contain_text(re.compile(r"\d s"), timeout=LONG_MS)
    rows: list[Any] = shown(served)
    assert rows, "the page told of none"
    for row in rows:
        assert row.worker == "ingest-7"
        assert (
            row.captured_at <= row.detected_at <= row.published_at <= row.received_at <= row.pushed_at <= row.shown_at
        )
        assert row.shown_at - row.captured_at < 60
        assert 0 <= row.shown_within < 30
    page.goto(served.url + "/desk")
    expect(page.get_by_test_id("queue-row")).to_have_count(0)


def test_without_a_page_in_sight_the_way_ends_at_the_database(
    context: BrowserContext, served: Served, worker: IngestWorker
) -> None:
    page = context.new_page()
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    log_in(page, served.url, "leader")
    page.goto(served.url + "/alarms")
    expect(page.get_by_test_id("canary-no-page")).to_be_visible(timeout=LONG_MS)
    assert shown(served) == []
