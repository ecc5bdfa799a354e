"""In a real browser: the desk calls its operator by the push alone, puts a fresh P1 before him when he is idle and never while he is
not, and takes each key for the alert and the guard that stood there when it fell."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright
from sqlalchemy import select, update

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.alerts.tables import AlertRow
from console.attention.tables import Escalation, Ring
from console.seats.tables import DeskSeat
from lianqin.testing import an_alert
from patrol.dispatch.tables import Dispatch
from tests.console.conftest import Served, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


BLOCKING = """
(() => {
  let clicked = false;
  addEventListener("pointerdown", () => (clicked = true), { capture: true });
  const Real = window.AudioContext;
  window.AudioContext = class extends Real {
    get state() { return clicked ? super.state : "suspended"; }
    resume() { return clicked ? super.resume() : new Promise(() => undefined); }
  };
})()
"""
"""A browser that blocks sound until a click. The real one takes each question of the driver for a gesture."""


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_context(
            locale="zh-CN", viewport={"width": 1366, "height": 768}, permissions=["notifications"]
        )
        chromium.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    made = context.new_page()
    made.clock.install()
    return made


def comes(served: Served, alert_id: str, priority: int = 2, ago: float = 0.0, zone: str = "Z1") -> None:
    """An alert off the bus, received so many seconds ago."""
    at = time.time() - ago
    with served.store.write() as session:
        receive(session, [an_alert(id=alert_id, priority=priority, captured_at=at, published_at=at, zone_id=zone)], at)


def until(page: Page, what: str, look: Callable[[], Any]) -> Any:
    """`page` goes on meanwhile."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"there was no {what}")


def rows(served: Served, table: Any) -> list[Any]:
    with served.store.read() as session:
        return list(session.scalars(select(table)))


def judged(served: Served) -> dict[str, str]:
    return {row.id: row.state for row in rows(served, AlertRow) if row.state != "new"}


def stands(page: Page) -> str:
    """The alert that the desk shows."""
    return page.url.partition("alert=")[2]


def test_a_page_out_of_sight_whose_timers_stand_rings_by_the_push_counts_and_tells_the_server(
    context: BrowserContext, page: Page, served: Served
) -> None:
    log_in(page, served.url, "operator")
    expect(page.get_by_test_id("sound-open")).to_contain_text("声音已开")
    expect(page.get_by_test_id("sound-blocked")).to_have_count(0)
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    other = context.new_page()
    other.bring_to_front()
    page.clock.pause_at(time.time() + 2)  # from here on no timer of the page runs
    comes(served, "al-1", priority=1)
    found = until(page, "ring of both kinds", lambda: len(rows(served, Ring)) > 1 and rows(served, Ring))
    assert {(one.alert_id, one.account_id, one.why, one.means, one.hidden) for one in found} == {
        ("al-1", "a-operator", "new", "sound", True), ("al-1", "a-operator", "new", "notification", True)}  # fmt: skip
    until(page, "count in the title", lambda: page.title() == "(1) 联勤")
    assert page.locator("link[rel=icon]").get_attribute("href").startswith("data:image/svg+xml")  # type: ignore[union-attr]


def test_until_the_browser_lets_it_sound_a_warning_stays_and_the_record_says_that_nothing_rang(
    context: BrowserContext, page: Page, served: Served
) -> None:
    log_in(page, served.url, "operator")
    page.close()
    page = context.new_page()  # in which nobody has clicked
    page.add_init_script(BLOCKING)
    page.goto(served.url + "/desk")
    blocked = page.get_by_test_id("sound-blocked")
    expect(blocked).to_contain_text("声音未开启")
    comes(served, "al-1")
    [ring] = until(page, "record", lambda: rows(served, Ring))
    assert ring.means == "blocked"
    expect(blocked).to_be_visible()
    page.get_by_test_id("sound-on").click()
    expect(blocked).to_have_count(0)
    comes(served, "al-2")
    until(page, "sound", lambda: [one.alert_id for one in rows(served, Ring) if one.means == "sound"] == ["al-2"])


def test_the_warning_stays_under_the_click_that_ends_it(context: BrowserContext, page: Page, served: Served) -> None:
    log_in(page, served.url, "operator")
    page.close()
    page = context.new_page()
    # A browser that lets it sound as the button goes down.
    page.add_init_script(BLOCKING.replace("super.state", '"running"'))
    page.goto(served.url + "/desk")
    turn_on = page.get_by_test_id("sound-on")
    turn_on.hover()
    page.mouse.down()
    page.evaluate("new Promise(requestAnimationFrame)")
    assert turn_on.is_visible()
    page.mouse.up()
    expect(page.get_by_test_id("sound-blocked")).to_have_count(0)


def test_a_mute_is_seen_by_the_others_and_keeps_alerts_silent(
    context: BrowserContext, page: Page, served: Served
) -> None:
    log_in(page, served.url, "operator")
    page.get_by_test_id("sound-open").click()
    page.get_by_test_id("mute-15").click()
    expect(page.get_by_test_id("sound-open")).to_contain_text("静音至")
    comes(served, "al-1")
    until(page, "record", lambda: [one.means for one in rows(served, Ring)] == ["muted"])
    leader = context.browser.new_context(locale="zh-CN").new_page()  # type: ignore[union-attr]
    log_in(leader, served.url, "leader")
    expect(leader.get_by_test_id("muted-other")).to_contain_text("operator 甲 静音至")


def test_a_fresh_p1_waits_while_a_hand_is_there_and_opens_once_it_is_away(page: Page, served: Served) -> None:
    comes(served, "al-2")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-2")  # with nothing chosen the next opens by itself
    page.mouse.move(700, 400)
    comes(served, "al-1", priority=1)
    chip = page.get_by_test_id("urgent-chip")
    expect(chip).to_contain_text("1级新告警")
    assert stands(page) == "al-2"
    page.clock.fast_forward(21_000)
    page.wait_for_url("**alert=al-1")
    page.mouse.move(720, 420)
    expect(chip).to_have_count(0)


def test_a_p1_put_before_an_idle_desk_is_the_others_who_has_a_hand_there(
    context: BrowserContext, page: Page, served: Served
) -> None:
    log_in(page, served.url, "operator")
    expect(page.get_by_test_id("sound-open")).to_be_visible()  # from here on the page looks for a hand
    page.clock.fast_forward(21_000)
    comes(served, "al-1", priority=1)
    page.wait_for_url("**alert=al-1")
    until(page, "desk that says it is there", lambda: rows(served, DeskSeat))
    page.wait_for_timeout(1_000)
    assert [one.alert_id for one in rows(served, DeskSeat)] == [None]
    page.mouse.move(700, 400)  # now a hand is there
    until(page, "hold", lambda: [one.alert_id for one in rows(served, DeskSeat)] == ["al-1"])


def test_a_p1_is_told_on_every_page_and_brings_an_idle_operator_to_the_desk(page: Page, served: Served) -> None:
    log_in(page, served.url, "operator")
    page.goto(served.url + "/records")
    expect(page.get_by_test_id("sound-open")).to_be_visible()
    page.mouse.move(700, 400)
    comes(served, "al-1", priority=1)
    expect(page.get_by_test_id("urgent-count")).to_contain_text("1级新告警 1 条")
    page.clock.fast_forward(21_000)
    page.wait_for_url("**/desk?alert=al-1")


def test_each_sound_is_tried_by_its_button(page: Page, served: Served) -> None:
    page.add_init_script(
        "const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); }"
    )
    log_in(page, served.url, "operator")
    page.get_by_test_id("sound-open").click()
    for one, tones in (("p1", 6), ("p2", 2), ("p3", 1), ("escalation", 3)):
        page.evaluate("window.tones = 0")
        page.get_by_test_id(f"sound-test-{one}").click()
        page.wait_for_function(f"window.tones === {tones}")


def test_a_busy_hand_opens_the_p1_by_its_key(page: Page, served: Served) -> None:
    comes(served, "al-2")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-2")
    comes(served, "al-1", priority=1)
    expect(page.get_by_test_id("urgent-chip")).to_be_visible()
    page.keyboard.press("p")
    page.wait_for_url("**alert=al-1")
    expect(page.get_by_test_id("urgent-chip")).to_have_count(0)


def test_what_lands_below_the_fold_is_told_and_shown(page: Page, served: Served) -> None:
    for n in range(12):
        comes(served, f"al-{n:02}", ago=100 - n, zone=f"Z{n}")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-00")
    comes(served, "al-99", zone="Z99")
    chip = page.get_by_test_id("unseen-chip")
    expect(chip).to_contain_text("1 条新告警不在视野内")
    chip.click()
    expect(page.locator('[data-alert-id="al-99"]').first).to_be_in_viewport()
    expect(chip).to_have_count(0)


def test_what_joins_a_row_that_repeats_is_in_sight_with_it(page: Page, served: Served) -> None:
    for n in range(12):
        comes(served, f"al-{n:02}", ago=100 - n)
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-00")
    expect(page.locator('.open [data-testid="queue-row"]')).to_have_count(1)
    comes(served, "al-99")
    expect(page.locator('.open [data-members~="al-99"]')).to_be_in_viewport()
    expect(page.get_by_test_id("unseen-chip")).to_have_count(0)


def test_n_8_four_times_fast_judges_four_and_the_fifth_is_untouched(page: Page, served: Served) -> None:
    for n in range(5):
        comes(served, f"al-{n}", ago=50 - n)
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-0")
    expect(page.get_by_test_id("judge-false")).to_be_visible()
    page.route("**/api/alerts/*/false", lambda route: (page.wait_for_timeout(300), route.continue_()))  # a slow line
    for key in "n8n8n8n8":
        page.keyboard.press(key)
    page.wait_for_url("**alert=al-4")
    until(page, "fourth judgement", lambda: len(judged(served)) == 4)
    assert judged(served) == {f"al-{n}": "false" for n in range(4)}
    expect(page.locator('.open [data-testid="queue-row"]')).to_have_count(1)


def test_after_the_last_one_was_judged_the_next_that_comes_opens_by_itself(page: Page, served: Served) -> None:
    comes(served, "al-0")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-0")
    page.keyboard.press("i")
    until(page, "judgement", lambda: judged(served) == {"al-0": "ignored"})
    expect(page.locator('.open [data-testid="queue-row"]')).to_have_count(0)
    comes(served, "al-1")
    page.wait_for_url("**alert=al-1")


def test_a_key_that_can_do_nothing_is_refused_in_words(page: Page, served: Served) -> None:
    comes(served, "al-0")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-0")
    expect(page.get_by_test_id("judge-false")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator(".toast.wrong")).to_contain_text("按键“1”未执行：先判定属实")
    for key, why in (("t", "没有别人在处理"), ("e", "这条告警没有重复"), ("b", "没有录像片段"), ("p", "没有未看的1级告警"), ("g", "没有要换人的任务")):  # fmt: skip
        page.keyboard.press(key)
        expect(page.locator(".toast.wrong").last).to_contain_text(f"按键“{key.upper()}”未执行：{why}")
    assert judged(served) == {}


def test_a_digit_after_y_calls_the_guard_who_stood_beside_it_though_the_list_has_moved_since(
    page: Page, served: Served
) -> None:
    with served.store.write() as session:
        session.execute(update(Dispatch).values(state="done"))
    order = ["G1", "G2"]

    def nearest(route: Route) -> None:
        candidates = [
            {"guard_id": one, "name": f"保安{one[1]}", "unit_name": "1号保安公司", "unit_kind": "security_company", "shift_id": f"S{one[1]}",
             "distance_m": 80.0, "walking_s": 70.0, "fix_age_s": 5.0, "stale": False, "battery_pct": 80.0, "allowed": True,
             "reason_key": None, "reason_values": {}}
            for one in order
        ]  # fmt: skip
        route.fulfill(
            content_type="application/json", body=json.dumps({"place": [119.2, 34.0], "candidates": candidates})
        )

    held: list[Route] = []
    page.route("**/nearest", nearest)
    page.route("**/confirm", lambda route: held.append(route))  # noqa: PLW0108 - a method of its own can't be marked
    comes(served, "al-0")
    log_in(page, served.url, "operator")
    guards = page.get_by_test_id("candidate")
    expect(guards.first).to_contain_text("保安1")
    page.keyboard.press("y")
    until(page, "judgement on its way", lambda: held)
    page.keyboard.press("1")
    order.reverse()
    page.clock.fast_forward(11_000)  # the list is asked for again
    expect(guards.first).to_contain_text("保安2")
    page.keyboard.press("1")
    assert all(one.state == "done" for one in rows(served, Dispatch)), "nobody is called before the judgement stands"
    held[0].continue_()
    until(
        page,
        "two calls",
        lambda: len([one for one in rows(served, Dispatch) if one.incident_id not in {"in-1", "in-2"}]) == 2,
    )
    called = sorted((one for one in rows(served, Dispatch) if one.incident_id not in {"in-1", "in-2"}), key=lambda one: one.called_at)  # fmt: skip
    assert [one.guard_id for one in called] == ["G1", "G2"]


def test_what_is_escalated_stands_on_a_list_rings_and_everybody_sees_who_took_it(
    context: BrowserContext, page: Page, served: Served
) -> None:
    log_in(page, served.url, "leader")
    mine = page.get_by_test_id("escalations")
    expect(mine).to_contain_text("没有升级到我的告警")
    comes(served, "al-0", ago=130)
    until(page, "both steps", lambda: len(rows(served, Escalation)) == 2)
    expect(mine.get_by_test_id("escalation-take")).to_have_count(1)
    page.get_by_test_id("nav-incidents").click()
    page.get_by_test_id("escalated-count").click()  # on every other page
    until(page, "ring", lambda: ("escalation", "sound") in {(one.why, one.means) for one in rows(served, Ring)})
    mine.get_by_test_id("escalation-take").click()
    expect(mine).to_contain_text("leader 甲 已接手")
    page.wait_for_url("**alert=al-0")
    operator = context.browser.new_context(locale="zh-CN").new_page()  # type: ignore[union-attr]
    log_in(operator, served.url, "operator")
    expect(operator.get_by_test_id("row-taken")).to_contain_text("leader 甲 已接手")
