"""In a real browser: the desk's queue, long, filtered, sorted, with views of one's own and what was judged folded away."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from sqlalchemy import insert, select

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.alerts.tables import AlertRow
from console.attention.tables import Ring
from console.cameras.tables import CameraRow
from lianqin.testing import an_alert
from tests.console.conftest import Served, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
MANY = 2_000
OLD = 2 * 86_400.0
"""Seconds after which an alert calls nobody any more: it is no news to a page that opens, and is not escalated."""


@pytest.fixture(autouse=True)
def _nobody_misses_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded cameras have no worker: no device alert of theirs comes among the rows that are counted here."""
    monkeypatch.setattr("console.cameras.outages.NOBODY_AFTER_S", math.inf)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        made = chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 900}).new_page()
        made.set_default_timeout(60_000)
        expect.set_options(timeout=20_000)
        yield made
        expect.set_options(timeout=5_000)
        chromium.close()


def come(served: Served, *alerts: tuple[str, int, float], **more: Any) -> None:
    """(id, priority, seconds ago), each in a zone of its own; one off the bus, more as copies of the first."""
    now = time.time()
    first, *others = alerts
    with served.store.write() as session:
        made = an_alert(id=first[0], priority=first[1], captured_at=now - first[2], published_at=now - first[2])
        receive(session, [msgspec.structs.replace(made, zone_id=f"z-{made.id}", **more)], now - first[2])
        like = session.execute(select(AlertRow.__table__).where(AlertRow.id == made.id)).mappings().one()
        kept = {name: value for name, value in like.items() if name != "seq"}
        rows = [{**kept, "id": one, "priority": priority, "zone_id": f"z-{one}", "captured_at": now - ago, "received_at": now - ago}
                for one, priority, ago in others]  # fmt: skip
        if rows:
            session.execute(insert(AlertRow), rows)


def row(page: Page, alert_id: str) -> Locator:
    return page.locator(f'.open [data-testid=queue-row][data-alert-id="{alert_id}"]')


def test_no_list_says_that_it_is_empty_before_it_was_read(page: Page, served: Served) -> None:
    come(served, ("al-one", 2, OLD))
    held: list[Any] = []
    for path in ("**/nearest", "**/api/shelves?state=running*"):
        page.route(path, lambda route: held.append(route))  # noqa: PLW0108 - a method of its own can't be marked
    log_in(page, served.url, "operator")
    row(page, "al-one").click()
    nearest = page.locator(".part", has_text="最近的保安员")
    expect(nearest).to_contain_text("正在加载")
    assert "没有保安员在岗" not in nearest.inner_text()
    page.unroute("**/nearest")
    for asked in held:
        asked.continue_()
    expect(nearest).to_contain_text("保安1")
    page.context.clear_cookies()
    log_in(page, served.url, "leader")
    page.goto(served.url + "/alert-rules")
    shelves = page.get_by_test_id("shelves")
    expect(shelves).to_contain_text("正在加载")
    assert "没有搁置" not in shelves.inner_text()


def test_of_two_thousand_rows_those_about_the_sight_stand_in_the_page_and_each_is_reached_by_keys_and_scrolling(
    page: Page, served: Served
) -> None:
    come(served, *((f"al-{n:04}", 2, OLD) for n in range(MANY)))
    log_in(page, served.url, "operator")
    expect(page.locator(".queue header strong")).to_have_text(f"{MANY} 条未处置", timeout=60_000)
    rows = page.locator(".open [data-testid=queue-row]")
    page.wait_for_url("**alert=al-*")
    assert 5 < rows.count() < 60
    first = page.locator(".open li[aria-posinset='1']")
    expect(first).to_have_attribute("aria-setsize", str(MANY))
    expect(first.get_by_test_id("queue-row")).to_have_attribute("data-alert-id", "al-0000")
    for _ in range(30):
        page.keyboard.press("ArrowDown")
    chosen = page.locator(".open [data-testid=queue-row][aria-current=true]")
    expect(chosen).to_be_in_viewport(ratio=0.9)
    at = page.locator(".open li", has=page.locator("[data-testid=queue-row][aria-current=true]"))
    expect(at).to_have_attribute("aria-posinset", "31")
    row(page, str(chosen.get_attribute("data-alert-id"))).focus()
    page.locator(".open").evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
    last = page.locator(f".open li[aria-posinset='{MANY}']")
    expect(last).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("document.activeElement.dataset.alertId") == chosen.get_attribute("data-alert-id")
    assert rows.count() < 60


def test_what_changes_in_the_frame_of_a_scroll_does_not_take_the_list_back(page: Page, served: Served) -> None:
    come(served, *((f"al-{n:04}", 2, OLD) for n in range(300)))
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-0000")
    expect(page.locator(".open li").first).to_have_attribute("aria-setsize", "300")
    top = page.locator(".open").evaluate(
        """async (list) => {
          list.scrollTo(0, 20 * 89);
          await new Promise((done) => setTimeout(done, 500));
          const search = document.querySelector(".queue input[type=search]");
          list.scrollTo(0, 200 * 89);
          search.value = "al-";  // every row is worked out anew before the page has heard of the scroll
          search.dispatchEvent(new Event("input"));
          await new Promise((done) => setTimeout(done, 500));
          return list.scrollTop;
        }"""
    )
    assert top == pytest.approx(200 * 89, abs=89)


def test_what_lands_above_moves_nothing_in_sight_and_says_so(page: Page, served: Served) -> None:
    come(served, *((f"al-{n:04}", 2, OLD) for n in range(300)))
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-0000")
    lines = page.locator(".open li")
    expect(lines.first).to_have_attribute("aria-setsize", "300")
    page.locator(".open").evaluate("(list) => list.scrollTo(0, 120 * 79)")
    seen = row(page, "al-0110")
    seen.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    before = seen.bounding_box()
    come(served, ("al-new", 1, 0.0))
    chip = page.get_by_test_id("unseen-chip")
    expect(chip).to_contain_text("1 条新告警不在视野内")
    assert before is not None
    after = seen.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1.5
    expect(lines.first).to_have_attribute("aria-setsize", "301")
    chip.click()
    expect(row(page, "al-new")).to_be_in_viewport(ratio=0.9)
    expect(chip).to_have_count(0)


def test_a_filter_narrows_the_queue_says_what_it_leaves_out_and_outlives_a_reload(page: Page, served: Served) -> None:
    come(served, ("al-1", 1, 50.0))
    come(served, ("al-2", 2, 40.0), ("al-3", 3, 30.0))
    come(served, ("al-4", 3, 20.0), situation="loitering")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-1")
    rows = page.locator(".open [data-testid=queue-row]")
    expect(rows).to_have_count(4)
    page.keyboard.press("f")
    expect(page.get_by_test_id("filter-priority-1")).to_be_focused()
    page.get_by_test_id("filter-priority-3").click()
    expect(rows).to_have_count(2)
    expect(page.get_by_test_id("filter-outside")).to_contain_text("筛选外还有 2 条，其中 1 条1级")
    page.get_by_test_id("filter-situation").select_option("loitering")
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("filter-fields")).to_have_count(0)
    page.reload()
    expect(rows).to_have_count(1)
    expect(row(page, "al-4")).to_be_visible()
    expect(page.get_by_test_id("filter-chip-priority")).to_contain_text("3级")
    page.get_by_test_id("filter-chip-priority").click()
    expect(page.get_by_test_id("filter-chip-situation")).to_be_visible()
    page.keyboard.press("x")
    expect(rows).to_have_count(4)
    expect(page.get_by_test_id("filter-clear")).to_have_count(0)


def test_rows_under_the_pointer_stay_though_another_desk_opens(page: Page, served: Served) -> None:
    come(served, *((f"al-{n}", 2, 50.0 - n) for n in range(4)))
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-0")
    aim = row(page, "al-3")
    before = aim.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 60, before["y"] + 30)
    page.mouse.move(before["x"] + 64, before["y"] + 30)
    assert page.context.browser is not None
    other = page.context.browser.new_context(locale="zh-CN").new_page()
    log_in(other, served.url, "operator2")
    expect(page.get_by_test_id("other-seats")).to_contain_text("operator 乙")
    after = aim.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1.5
    page.mouse.click(before["x"] + 60, before["y"] + 30)
    page.wait_for_url("**alert=al-3")


def test_the_queue_is_narrowed_and_sorted_by_area_camera_kind_and_unit(page: Page, served: Served) -> None:
    with served.store.write() as session:
        session.get_one(CameraRow, "C01").area_id = "A1"
    come(served, ("al-1", 2, 50.0), camera_id="C02")
    come(served, ("al-2", 2, 40.0), camera_id="C01", situation="loitering")
    come(served, ("al-3", 2, 30.0), camera_id="C01")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-1")
    rows = page.locator(".open [data-testid=queue-row]")
    expect(rows).to_have_count(3)
    page.keyboard.press("f")
    for key, value, left in (("area_id", "A1", 2), ("camera_id", "C02", 1), ("unit_id", "U1", 2), ("older", "900", 0), ("newer", "900", 3)):  # fmt: skip
        page.get_by_test_id(f"filter-{key}").select_option(value)
        expect(rows).to_have_count(left)
        page.get_by_test_id(f"filter-{key}").select_option("")
        expect(rows).to_have_count(3)
    for sort, wanted in (("kind", "213"), ("camera", "231"), ("place", "123"), ("unit", "231"), ("newest", "321")):
        page.get_by_test_id("filter-sort").select_option(sort)
        for place, one in enumerate(wanted, 1):
            expect(page.locator(f".open li[aria-posinset='{place}'] [data-testid=queue-row]")).to_have_attribute("data-alert-id", f"al-{one}")  # fmt: skip


def test_a_fresh_p1_outside_the_filter_rings_and_is_told(page: Page, served: Served) -> None:
    come(served, ("al-3", 3, 10.0))
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-3")
    page.keyboard.press("f")
    page.get_by_test_id("filter-priority-3").click()
    page.keyboard.press("Escape")
    page.mouse.move(700, 400)
    come(served, ("al-p1", 1, 0.0))
    expect(page.get_by_test_id("outside-chip")).to_contain_text("筛选外新增 1 条，含1级")
    expect(page.get_by_test_id("filter-outside")).to_contain_text("筛选外还有 1 条，其中 1 条1级")
    expect(page.get_by_test_id("urgent-chip")).to_be_visible()
    expect(row(page, "al-p1")).to_have_count(0)
    end = time.monotonic() + 15
    rung: list[str] = []
    while "al-p1" not in rung and time.monotonic() < end:
        page.wait_for_timeout(100)
        with served.store.read() as session:
            rung = list(session.scalars(select(Ring.alert_id).where(Ring.means == "sound")))
    assert "al-p1" in rung
    page.get_by_test_id("outside-chip").click()
    page.wait_for_url("**alert=al-p1")
    expect(page.get_by_test_id("outside-chip")).to_have_count(0)


def test_the_queue_is_sorted_and_a_view_of_it_is_kept_apart_from_those_of_the_record(
    page: Page, served: Served
) -> None:
    come(served, ("al-1", 1, 50.0), ("al-2", 2, 90.0), ("al-3", 3, 10.0))
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-1")
    rows = page.locator(".open [data-testid=queue-row]")
    page.keyboard.press("f")

    def order(*wanted: str) -> None:
        for place, one in enumerate(wanted, 1):
            expect(page.locator(f".open li[aria-posinset='{place}'] [data-testid=queue-row]")).to_have_attribute("data-alert-id", one)  # fmt: skip

    order("al-1", "al-2", "al-3")
    page.get_by_test_id("filter-sort").select_option("oldest")
    page.get_by_test_id("filter-priority-2").click()
    page.get_by_test_id("filter-priority-3").click()
    order("al-2", "al-3")
    page.get_by_test_id("view-name").fill("二三级，最早")
    page.get_by_test_id("view-keep").click()
    expect(page.get_by_test_id("view-forget")).to_be_visible()
    page.get_by_test_id("filter-clear").click()
    expect(rows).to_have_count(3)
    page.get_by_test_id("view-choose").select_option(label="二三级，最早")
    order("al-2", "al-3")
    expect(page.get_by_test_id("filter-chip-sort")).to_contain_text("最早在前")
    page.goto(served.url + "/records")
    expect(page.get_by_test_id("view-choose")).to_contain_text("还没有保存的视图")


def test_what_was_judged_is_one_line_until_it_is_asked_for(page: Page, served: Served) -> None:
    come(served, ("al-1", 2, 50.0), ("al-2", 2, 40.0))
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-1")
    page.keyboard.press("i")
    page.wait_for_url("**alert=al-2")
    fold = page.get_by_test_id("judged-open")
    expect(page.get_by_test_id("judged-count")).to_have_text("1")
    expect(page.locator("[data-testid=queue-row][data-state=ignored]")).to_have_count(0)
    box = fold.bounding_box()
    assert box is not None
    assert box["height"] < 45
    page.keyboard.press("j")
    expect(page.locator("[data-testid=queue-row][data-state=ignored]")).to_be_visible()
    page.keyboard.press("y")
    expect(page.get_by_test_id("judge-undo")).to_be_visible()
    expect(fold).to_contain_text("1 件处理中")
    fold.click()
    expect(page.locator("[data-testid=queue-row]")).to_have_count(0)
