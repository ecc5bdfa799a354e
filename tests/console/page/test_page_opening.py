"""The first opening of the guard's page in a real browser on a slow line: how much is transferred, and what is not fetched at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from bench.first_opening import MOST_BYTES, measure
from bench.kit.browsers import FLAGS, PHONE
from tests.console.conftest import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
UNASKED = ("map", "Map", "DatePick", "decode", "TrailPage", "TopBar", "/en-")
"""Parts of built names: the map, Element Plus, the code reader, the command room's bar, the other language."""

KEPT = """async () => {
  const kept = async () => navigator.serviceWorker.controller && await (await caches.open("lianqin-page-2")).match("/m");
  while (!await kept()) await new Promise((then) => setTimeout(then, 50));
}"""
"""Until the service worker has the page and answers for it."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield started
        started.close()


def test_logging_in_and_the_guards_page_together_stay_under_the_bound(served: Any, chromium: Browser) -> None:
    login, own = measure(chromium, served.url, "guard", PASSWORD)
    fetched = [path for path in login.paths + own.paths if any(part in path for part in UNASKED)]
    assert not fetched
    assert any("/zh-CN-" in path for path in login.paths)
    assert login.transferred + own.transferred < MOST_BYTES
    assert login.transferred > 20_000, "the page itself was counted"


def test_the_map_comes_when_the_guard_opens_the_trail(served: Any, chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type] - a constant of plain numbers
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda one: asked.append(one.url))
    page.goto(served.url + "/m")
    page.get_by_test_id("login-username").fill("guard")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("m-trail").click(timeout=20_000)
    expect(page.get_by_role("heading", name="我的轨迹")).to_be_visible(timeout=20_000)
    assert any("/assets/MapCanvas-" in url for url in asked)
    context.close()


def test_the_page_opens_without_network_once_it_was_opened_and_may_still_use_the_camera(
    served: Any, chromium: Browser
) -> None:
    context = chromium.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type] - a constant of plain numbers
    page = context.new_page()
    page.goto(served.url + "/m")
    page.get_by_test_id("login-username").fill("guard")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("m-check-in-page")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("m-close-shift")).to_be_visible(
        timeout=20_000
    )  # the page knows of the shift, and keeps it
    page.evaluate(KEPT)
    context.set_offline(True)
    page.goto(served.url + "/m")
    expect(page.get_by_test_id("m-check-in-page")).to_be_visible(timeout=20_000)
    assert page.evaluate("document.featurePolicy.allowsFeature('camera')")
    page.get_by_test_id("m-check-in-page").click()
    expect(page.get_by_test_id("m-code")).to_be_visible()
    context.close()


def test_english_is_fetched_when_it_is_read_and_says_the_same_day(served: Any, chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN", timezone_id="America/New_York")
    page = context.new_page()
    page.goto(served.url + "/login")
    expect(page.get_by_test_id("login-submit")).to_have_text("登录")
    with page.expect_response(lambda answer: "/assets/en-" in answer.url) as english:
        page.get_by_test_id("lang-switch").click()
    assert english.value.headers["content-encoding"] == "br"
    expect(page.get_by_test_id("login-submit")).to_have_text("Log in")
    page.reload()
    expect(page.get_by_test_id("login-submit")).to_have_text("Log in")
    context.close()
