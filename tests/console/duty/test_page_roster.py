"""A roster entry moved in a real browser: dragged by the mouse and by a finger, by the keyboard alone, refused with its
reason, and moved back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from bench.kit.browsers import FLAGS
from lianqin.audit import Actor
from lianqin.clock import county_day
from patrol.county.tables import Guard
from patrol.duty import roster
from patrol.duty.tables import RosterEntry
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
DAY, AHEAD = 86_400.0, 8 * 3600.0
MONDAY = (time.time() + AHEAD) // (7 * DAY) * 7 * DAY + 11 * DAY - AHEAD
"""Midnight in the county of a Monday that is 4 to 11 days ahead: the epoch's first day was a Thursday."""


@pytest.fixture
def entries(served: Any) -> dict[str, str]:
    """Monday: the first guard from 08:00 to 16:00; Tuesday: another guard of the unit at the same hours."""
    actor = Actor("a-leader", "值班长", "leader")
    with served.store.write() as session:
        session.add(
            Guard(
                id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2099-01-01", default_area_id="A1"
            )
        )
        session.get_one(Guard, "G1").cert_valid_until = "2099-01-01"
        session.flush()
        return {
            guard_id: roster.do_plan(session, actor, roster.EntryPlan(guard_id, "A1", begins, begins + 8 * 3600), None, time.time()).id
            for guard_id, begins in (("G1", MONDAY + 8 * 3600), ("G3", MONDAY + DAY + 8 * 3600))
        }  # fmt: skip


@pytest.fixture
def page(served: Any, entries: dict[str, str]) -> Iterator[Page]:
    """The company's roster at that week."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        opened = chromium.new_context(
            locale="zh-CN", viewport={"width": 1366, "height": 900}, has_touch=True
        ).new_page()
        log_in(opened, served.url, "company")
        opened.goto(served.url + "/roster")
        later = opened.get_by_role("button", name="下一周")
        later.wait_for(timeout=20_000)
        while not opened.get_by_text(f"{county_day(MONDAY)} – ").is_visible():
            later.click()
        opened.locator(f"[data-entry-id={entries['G1']}]").wait_for(timeout=20_000)
        yield opened
        chromium.close()


def cell(page: Page, guard_id: str, day: int) -> Locator:
    return page.locator(f"[data-cell][data-guard={guard_id}]").nth(day)


def middle(of: Locator) -> tuple[float, float]:
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, entry: Locator, to: Locator) -> None:
    page.mouse.move(*middle(entry))
    page.mouse.down()
    page.mouse.move(*middle(to), steps=5)
    page.mouse.up()


def stands(served: Any, entry_id: str) -> tuple[str, float]:
    """The guard, and the days after that Monday at which the entry begins."""
    with served.store.read() as session:
        row = session.get_one(RosterEntry, entry_id)
        return row.guard_id, (row.begins_at - 8 * 3600 - MONDAY) / DAY


def test_the_answer_about_an_earlier_week_that_comes_late_takes_nothing_from_the_week_on_the_page(
    served: Any, entries: dict[str, str], page: Page
) -> None:
    held: list[Any] = []
    page.route("**/api/roster?*", lambda route: held.append(route))  # noqa: PLW0108 - a method of its own can't be marked
    page.get_by_role("button", name="上一周").click()
    page.get_by_role("button", name="下一周").click()
    while len(held) < 2:
        page.wait_for_timeout(20)
    earlier, now = held[:2]
    with page.expect_response("**/api/roster?*"):
        now.continue_()
    with page.expect_response("**/api/roster?*"):
        earlier.continue_()
    page.wait_for_timeout(200)  # what came late would stand there by now
    expect(page.locator(f"[data-entry-id={entries['G1']}]")).to_be_visible()


def test_an_entry_is_dragged_to_another_guard_and_day_and_moved_back(
    served: Any, entries: dict[str, str], page: Page
) -> None:
    entry = page.locator(f"[data-entry-id={entries['G1']}]")
    drag(page, entry, cell(page, "G3", 3))
    expect(cell(page, "G3", 3).get_by_test_id("roster-entry")).to_have_attribute("data-entry-id", entries["G1"])
    assert stands(served, entries["G1"]) == ("G3", 3)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_test_id("toast-act").click()
    expect(cell(page, "G1", 0).get_by_test_id("roster-entry")).to_have_attribute("data-entry-id", entries["G1"])
    assert stands(served, entries["G1"]) == ("G1", 0)


def test_a_drop_that_is_refused_says_why_and_a_drag_given_up_moves_nothing(
    served: Any, entries: dict[str, str], page: Page
) -> None:
    entry = page.locator(f"[data-entry-id={entries['G1']}]")
    page.mouse.move(*middle(entry))
    page.mouse.down()
    page.mouse.move(*middle(cell(page, "G3", 3)), steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    drag(page, entry, cell(page, "G3", 1))
    expect(page.locator(".toast.wrong")).to_contain_text("保安3 这段时间已有排班")
    assert stands(served, entries["G1"]) == ("G1", 0)
    with served.store.write() as session:
        begins = MONDAY + 2 * DAY + 17 * 3600
        roster.do_plan(session, Actor("a-leader", "值班长", "leader"), roster.EntryPlan("G3", "A1", begins, begins + 4 * 3600), None, time.time())  # fmt: skip
    drag(page, entry, cell(page, "G3", 2))
    form = page.get_by_test_id("move-form")
    expect(form.get_by_role("alert")).to_contain_text("只休息")
    form.get_by_test_id("move-exception").fill("临时顶替")
    form.get_by_test_id("move-save").click()
    expect(form).to_have_count(0)
    assert stands(served, entries["G1"]) == ("G3", 2)


def test_the_keyboard_alone_moves_an_entry_and_a_click_still_opens_it(
    served: Any, entries: dict[str, str], page: Page
) -> None:
    entry = page.locator(f"[data-entry-id={entries['G1']}]")
    entry.focus()
    page.keyboard.press("m")
    form = page.get_by_test_id("move-form")
    form.get_by_test_id("guard-picker").select_option("G3")
    form.get_by_test_id("move-day").locator("input").fill(county_day(MONDAY + 4 * DAY))
    page.keyboard.press("Enter")
    form.get_by_test_id("move-save").press("Enter")
    expect(form).to_have_count(0)
    assert stands(served, entries["G1"]) == ("G3", 4)
    page.get_by_test_id("toast-act").press("Enter")
    expect(cell(page, "G1", 0).get_by_test_id("roster-entry")).to_be_visible()
    entry.click()
    page.get_by_test_id("entry-move").click()
    expect(page.get_by_test_id("move-form")).to_be_visible()


def test_a_finger_that_rests_drags_and_one_that_swipes_scrolls(
    served: Any, entries: dict[str, str], page: Page
) -> None:
    entry, to = page.locator(f"[data-entry-id={entries['G1']}]"), cell(page, "G3", 5)
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *at: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in at]})

    x, y = middle(entry)
    send("touchStart", (x, y))
    send("touchMove", (x, y - 60))
    expect(page.locator(".ghost")).to_have_count(0)
    send("touchEnd")
    send("touchStart", middle(entry))
    expect(page.locator(".ghost")).to_be_visible()
    send("touchMove", middle(to))
    expect(to).to_have_class("over")
    send("touchEnd")
    expect(to.get_by_test_id("roster-entry")).to_be_visible()
    assert stands(served, entries["G1"]) == ("G3", 5)
