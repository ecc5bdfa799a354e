"""Two seats of one command room in a real browser: who has an alert, the next guard, the end that asks, the undo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import redis
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, update

from console.alerts.receiving import receive
from lianqin import audit, feed, keys
from lianqin.testing import an_alert
from patrol.county.tables import Guard
from patrol.dispatch.tables import Dispatch
from patrol.judging.presence import GuardPlace
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def county(served: Any, redis_client: redis.Redis) -> Any:
    """One alert just come; two guards free and on the map, at 500 and 1,000 m."""
    now = time.time()
    with served.store.write() as session:
        session.execute(update(Dispatch).values(state="cancelled"))
        session.execute(update(Guard).values(phone="13800000000"))
        receive(session, [an_alert(captured_at=now - 2, published_at=now - 1, zone_name="东门")], now)
    for n in (1, 2):
        place = GuardPlace(f"G{n}", f"保安{n}", f"U{n}", f"S{n}", "A1", 119.2 + 0.0055 * n, 34.0, now, now)
        redis_client.hset(keys.places(), f"G{n}", msgspec.json.encode(place))
    return served


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield chromium
        chromium.close()


def seat(browser: Browser, url: str, name: str, *, judged: bool = False, language: str = "zh-CN") -> Page:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.add_init_script(f"localStorage.setItem('lianqin.language', '{language}')")
    log_in(page, url, name)
    page.goto(url + "/desk")
    if judged:
        page.get_by_test_id("judged-open").click()
    expect(page.get_by_test_id("queue-row").first).to_be_visible(timeout=20_000)
    return page


def make_late(county: Any, by_s: float) -> None:
    """As if it had been called so long before."""
    with county.store.write() as session:
        for row in session.scalars(select(Dispatch).where(Dispatch.state == "called")):
            row.called_at -= by_s
            feed.push(session, "dispatch", row.id, at=time.time())


STEADY = """() => {
    const said = document.querySelector("[data-testid=stuck-next]:enabled")?.textContent;
    if (said !== window.saidLast) [window.saidLast, window.saidAt] = [said, performance.now()];
    return said && performance.now() - window.saidAt > 700;
}"""
"""The next guard has stood there long enough for a key to be meant for him."""


def test_two_seats_see_each_other_and_a_call_that_is_not_accepted_goes_to_the_next_guard(
    county: Any, browser: Browser
) -> None:
    first, second = seat(browser, county.url, "operator"), seat(browser, county.url, "operator2")
    expect(second.get_by_test_id("row-holder")).to_contain_text("operator 甲", timeout=15_000)
    expect(second.get_by_test_id("other-seats")).to_contain_text("operator 甲", timeout=15_000)
    expect(second.get_by_test_id("judge-confirm")).to_be_enabled()  # the alert is open, not in the list alone
    second.keyboard.press("y")
    expect(second.get_by_text("operator 甲 正在处理这条告警")).to_be_visible()
    expect(second.get_by_test_id("judge-confirm")).to_be_visible()
    second.keyboard.press("t")
    second.get_by_test_id("take-over-word").fill("甲去接电话了")
    second.keyboard.press("Enter")
    expect(first.get_by_test_id("holder")).to_contain_text("operator 乙", timeout=15_000)
    second.keyboard.press("y")
    expect(second.get_by_test_id("judge-undo")).to_be_visible()
    expect(second.get_by_test_id("call-guard").first).to_be_enabled()  # whom the digit calls stands there
    second.keyboard.press("1")
    expect(second.get_by_test_id("dispatch-state")).to_have_attribute("data-state", "called")
    make_late(county, 40)
    for page in (first, second):
        expect(page.get_by_test_id("stuck-row")).to_contain_text("保安1 · 未接受", timeout=15_000)
    second.wait_for_function(STEADY)
    expect(second.get_by_test_id("stuck-next")).to_be_in_viewport(ratio=0.9)
    second.keyboard.press("g")
    expect(second.get_by_test_id("stuck-row")).to_have_count(0, timeout=15_000)
    expect(second.locator("article[data-dispatch-id]")).to_have_count(2)
    expect(first.get_by_test_id("stuck-row")).to_have_count(0, timeout=15_000)


def test_a_list_that_can_t_be_read_says_so_and_is_asked_for_again(county: Any, browser: Browser) -> None:
    page = seat(browser, county.url, "operator")
    expect(page.get_by_test_id("late-problem")).to_have_count(0)
    page.route("**/api/stuck", lambda route: route.abort())
    confirm_and_call(page)
    expect(page.get_by_test_id("late-problem")).to_be_visible(timeout=15_000)
    with page.expect_request("**/api/stuck"):
        page.get_by_test_id("late-retry").click()
    page.unroute("**/api/stuck")
    page.reload()
    expect(page.get_by_test_id("dispatch-state")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("late-problem")).to_have_count(0)


def confirm_and_call(page: Page) -> None:
    expect(page.get_by_test_id("judge-confirm")).to_be_enabled()  # the alert is open, not in the list alone
    page.keyboard.press("y")
    expect(page.get_by_test_id("judge-undo")).to_be_visible()
    expect(page.get_by_test_id("call-guard").first).to_be_enabled()  # whom the digit calls stands there
    page.keyboard.press("1")
    expect(page.get_by_test_id("dispatch-state")).to_have_attribute("data-state", "called")


def test_an_incident_with_somebody_sent_asks_before_it_ends(county: Any, browser: Browser) -> None:
    page = seat(browser, county.url, "operator")
    confirm_and_call(page)
    expect(page.get_by_test_id("dispatch-phone")).to_have_attribute("href", "tel:13800000000")
    page.get_by_test_id("note-text").fill("店主已联系")
    page.get_by_test_id("note-save").click()
    expect(page.get_by_text("operator 甲 备注：店主已联系")).to_be_visible()
    page.get_by_test_id("end-open").click()
    page.get_by_test_id("end-note").fill("误入，已劝离")
    page.get_by_test_id("end-do").click()
    expect(page.get_by_test_id("end-sent")).to_contain_text("保安1")
    page.get_by_test_id("end-both").click()
    expect(page.get_by_test_id("end-sent")).to_have_count(0)
    expect(page.get_by_test_id("dispatch-state")).to_have_attribute("data-state", "cancelled")
    with county.store.read() as session:
        assert session.scalars(select(Dispatch.state).where(Dispatch.incident_id.not_in(["in-1", "in-2"]))).all() == [
            "cancelled"
        ]


@pytest.mark.parametrize(
    ("language", "asks", "step"),
    [
        ("zh-CN", "保安1、保安2 仍在执行", "只派 保安1、保安2 前往"),
        ("en", "保安1, 保安2 still has", "sent 保安1, 保安2 alone"),
    ],
)
def test_names_are_joined_as_the_language_joins_them(
    county: Any, browser: Browser, language: str, asks: str, step: str
) -> None:
    page = seat(browser, county.url, "operator", language=language)
    confirm_and_call(page)
    now = time.time()
    with county.store.write() as session:
        of = session.scalars(select(Dispatch).where(Dispatch.state == "called")).unique().one()
        session.add(Dispatch(id="dp-b", incident_id=of.incident_id, guard_id="G2", shift_id="S2", unit_id="U2", state="called",
                             called_by="a-operator", called_at=now, lon=of.lon, lat=of.lat))  # fmt: skip
        audit.write(session, audit.system("console"), "incident.alone", "incident", of.incident_id, at=now,
                    detail={"guards": ["保安1", "保安2"], "reason": "无", "nobody_else": False})  # fmt: skip
        feed.push(session, "dispatch", "dp-b", at=now)
    page.reload()
    expect(page.get_by_text(step)).to_be_visible(timeout=20_000)
    page.get_by_test_id("end-open").click()
    page.get_by_test_id("end-do").click()
    expect(page.get_by_test_id("end-sent")).to_contain_text(asks)


def test_a_wrong_confirmation_is_undone_after_its_call_was_cancelled_by_another_only_when_he_is_named(
    county: Any, browser: Browser
) -> None:
    page = seat(browser, county.url, "operator")
    confirm_and_call(page)
    page.get_by_role("button", name="取消任务").click()
    expect(page.get_by_test_id("undo-called")).to_be_visible()
    other = seat_at_judged(browser, county.url)
    other.keyboard.press("u")
    expect(other.get_by_test_id("undo-other")).to_contain_text("operator 甲")
    other.get_by_test_id("undo-other-do").click()
    expect(other.get_by_test_id("judge-confirm")).to_be_visible()
    expect(page.get_by_test_id("judge-confirm")).to_be_visible(timeout=15_000)
    page.goto(county.url + "/incidents")
    page.get_by_label("状态").select_option("withdrawn")
    expect(page.get_by_test_id("incident-row")).to_contain_text("已撤回")
    expect(page.get_by_test_id("incident-row")).to_contain_text("没有画面")


def seat_at_judged(browser: Browser, url: str) -> Page:
    page = seat(browser, url, "operator2", judged=True)
    page.get_by_test_id("queue-row").first.click()
    expect(page.get_by_test_id("undo-called")).to_be_visible()
    return page


def test_handled_incidents_wait_visibly_for_their_end(county: Any, browser: Browser) -> None:
    page = seat(browser, county.url, "operator")
    confirm_and_call(page)
    guard = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740}).new_page()
    log_in(guard, county.url, "guard")
    done = """async () => {
      const me = await (await fetch("/api/me")).json();
      const say = (path, body) => fetch(path, {method: "POST", headers: {"X-CSRF": me.csrf, "Content-Type": "application/json"}, body: JSON.stringify(body)});
      const state = await (await fetch("/api/m/state")).json();
      const id = state.dispatches[0].id;
      return [(await say(`/api/m/dispatches/${id}/accept`, {})).status, (await say(`/api/m/dispatches/${id}/done`, {note: "无异常"})).status];
    }"""
    assert guard.evaluate(done) == [200, 200]
    expect(page.get_by_test_id("handled-row")).to_contain_text("学院路1", timeout=15_000)
    page.get_by_test_id("handled-row").click()
    page.get_by_test_id("end-open").click()
    page.get_by_test_id("end-do").click()
    expect(page.get_by_test_id("handled-row")).to_have_count(0, timeout=15_000)
