"""In a real browser: the page asks before a session ends for want of a person, and only an input says that somebody is there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from lianqin.testing import an_alert
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        made = chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 900})
        made.clock.install()
        yield made
        chromium.close()


def told(page: Page) -> list[str]:
    """What the page says of a person from now on: the value of `X-Acted` of each such request."""
    found: list[str] = []

    def see(request: Request) -> None:
        if request.url.endswith("/api/me/here"):
            found.append(request.headers.get("x-acted", ""))

    page.on("request", see)
    return found


def wait_until_told(page: Page) -> None:
    """The page is up and has told that a person is there. (`wait_for_function` needs eval, which the page forbids.)"""
    while not page.evaluate("localStorage.getItem('lianqin.touched')"):
        page.wait_for_timeout(50)


def test_the_page_asks_before_the_end_and_a_key_keeps_the_session(page: Page, served: Any) -> None:
    log_in(page, served.url, "officer")
    wait_until_told(page)
    expect(page.get_by_test_id("still-there")).to_have_count(0)
    said = told(page)
    page.clock.fast_forward("14:20")
    asks = page.get_by_test_id("still-there")
    expect(asks).to_contain_text("还在吗")
    expect(asks).not_to_contain_text("告警")
    assert said == [], "time alone tells nothing"
    with page.expect_request(lambda one: one.headers.get("x-acted") == "1"):
        page.get_by_test_id("still-here").click()
        page.clock.run_for(2000)
    expect(asks).to_have_count(0)
    assert said == ["1"]


def test_who_has_open_alerts_is_told_that_he_stays(page: Page, served: Any) -> None:
    with served.store.write() as session:
        receive(session, [an_alert()], time.time())
    log_in(page, served.url, "operator")
    wait_until_told(page)
    page.clock.fast_forward("15:30")
    asks = page.get_by_test_id("still-there")
    expect(asks).to_contain_text("暂不退出")
    page.mouse.move(10, 10)
    page.clock.run_for(4000)
    expect(asks).to_have_count(0)
