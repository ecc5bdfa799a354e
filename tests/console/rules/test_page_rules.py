"""The desk's shelves, rows that repeat and instructions, and a zone's hours, each as a person does it in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.alerts.tables import AlertRow
from console.cameras.cameras import zone_of
from console.cameras.tables import CalendarRow, ZoneRow
from console.rules.shelves import Thing, do_end_due, do_shelve
from console.rules.tables import Shelf
from lianqin.audit import Actor
from lianqin.evidence import EvidenceStore
from lianqin.testing import an_alert
from tests.console.conftest import a_picture, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        chromium.close()


@pytest.fixture
def raise_(served: Any, settings: Any) -> Any:
    """`raise_("al-1", zone_id=...)`: alerts with their pictures, as they come now."""
    files = EvidenceStore(settings.evidence)

    def send(*ids: str, **changes: Any) -> None:
        at = time.time()
        for one in ids:
            path = f"2026-09-21/{one}.jpg"
            if not Path(settings.evidence, path).exists():
                files.write(path, a_picture(320, 180))
            with served.store.write() as session:
                receive(
                    session,
                    [an_alert(**({"id": one, "captured_at": at, "snapshot": path, "zone_name": "东门"} | changes))],
                    at,
                )

    return send


def states(served: Any) -> dict[str, str]:
    with served.store.read() as session:
        return {row.id: row.state for row in session.scalars(select(AlertRow))}


def test_a_zone_that_repeats_is_one_row_and_judged_together_once_all_of_it_was_seen(
    served: Any, page: Page, raise_: Any
) -> None:
    raise_(*(f"al-{n:02}" for n in range(20)))
    raise_("al-else", zone_id="C01-z9", situation="loitering", priority=3)
    log_in(page, served.url, "operator")
    rows = page.get_by_test_id("queue-row")
    expect(rows).to_have_count(2)
    expect(page.get_by_test_id("group-bar")).to_contain_text("×20")
    expect(page.get_by_test_id("group-bar")).to_contain_text("最近")
    rows.first.click()
    page.keyboard.press("e")
    sheet = page.get_by_test_id("group-sheet")
    expect(sheet.get_by_test_id("group-member")).to_have_count(20)
    page.keyboard.press("i")  # nothing is judged unseen
    expect(page.locator(".toast.wrong")).to_contain_text("按键“I”未执行：请先看完全部")
    expect(sheet.get_by_test_id("group-false")).to_be_disabled()
    for n in range(20):
        sheet.get_by_test_id("group-member").nth(n).scroll_into_view_if_needed()
    expect(sheet.get_by_test_id("group-seen")).to_have_text("已看 20 / 20")
    assert set(states(served).values()) == {"new"}
    page.keyboard.press("n")
    expect(sheet.locator("[data-reason=trees]")).to_contain_text("树枝晃动")
    page.keyboard.press("0")
    expect(sheet).to_have_count(0)
    expect(page.locator("[data-testid=queue-row][data-state=new]")).to_have_count(1)
    page.wait_for_url("**alert=al-else")  # the next one opens by itself
    assert states(served) == {f"al-{n:02}": "false" for n in range(20)} | {"al-else": "new"}
    with served.store.read() as session:
        assert {row.judge_reason for row in session.scalars(select(AlertRow).where(AlertRow.state == "false"))} == {
            "trees"
        }
    page.keyboard.press("u")
    expect(page.locator(".toast").last).to_contain_text("已撤销 20 条告警的判定")
    assert set(states(served).values()) == {"new"}


def test_an_alert_is_shelved_by_key_rests_on_the_list_and_comes_back(served: Any, page: Page, raise_: Any) -> None:
    with served.store.write() as session:
        zone = session.get_one(ZoneRow, "C01-z1")
        zone.record = zone.record | {"instruction": "先喊话，再派最近的保安员"}
    raise_("al-1")
    log_in(page, served.url, "operator")
    expect(page.get_by_test_id("instruction")).to_contain_text("先喊话，再派最近的保安员")
    page.keyboard.press("z")
    page.get_by_test_id("shelve-reason").fill("路面施工至 18:00")
    page.get_by_test_id("shelve-begin").click()
    expect(page.locator("[data-testid=queue-row][data-state=new]")).to_have_count(0)
    expect(page.get_by_test_id("resting")).to_contain_text("路面施工至 18:00")
    raise_("al-2")
    page.get_by_test_id("shelf-strip").click()
    row = page.get_by_test_id("shelf-row")
    expect(row).to_contain_text("共 2 条")
    expect(row).to_contain_text("2 条未处置")
    expect(page.locator("[data-testid=queue-row][data-state=new]")).to_have_count(0)
    assert states(served) == {"al-1": "new", "al-2": "new"}
    with served.store.write() as session:  # its time is over
        session.scalars(select(Shelf)).one().until_at = time.time()
        session.flush()
        assert do_end_due(session, time.time()) <= 1
    expect(page.locator("[data-testid=queue-row][data-state=new]")).to_have_count(2)
    expect(page.get_by_test_id("shelf-strip")).to_have_count(0)


@pytest.mark.parametrize(("scope", "left"), [("zone", ["al-kind", "al-other"]), ("kind", ["al-zone", "al-other"]), ("camera", ["al-other"])])  # fmt: skip
def test_what_is_shelved_leaves_the_desk_to_the_next_and_nothing_else_goes(
    served: Any, page: Page, raise_: Any, scope: str, left: list[str]
) -> None:
    raise_("al-1", priority=1)
    raise_("al-zone", zone_id="C01-z1", situation="loitering")
    raise_("al-kind", zone_id="C01-z2")
    raise_("al-other", camera_id="C02", zone_id="C02-z1")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-1")
    page.keyboard.press("z")
    page.get_by_test_id(f"shelve-{scope}").check()
    page.get_by_test_id("shelve-reason").fill("施工")
    page.get_by_test_id("shelve-begin").click()
    rows = page.locator("[data-testid=queue-row][data-state=new]")
    expect(rows).to_have_count(len(left))
    assert sorted(row.get_attribute("data-alert-id") or "" for row in rows.all()) == sorted(left)
    expect(page).to_have_url(re.compile(f"alert=({'|'.join(left)})$"))
    expect(page.get_by_test_id("judge-confirm")).to_be_visible()


def test_what_another_seat_shelves_stays_before_its_reader_and_says_so(served: Any, page: Page, raise_: Any) -> None:
    raise_("al-1", priority=1)
    raise_("al-2", camera_id="C02", zone_id="C02-z1")
    log_in(page, served.url, "operator")
    page.wait_for_url("**alert=al-1")
    expect(page.get_by_test_id("judge-confirm")).to_be_visible()
    with served.store.write() as session:
        by = Actor("a-operator2", "operator 乙", "operator")
        do_shelve(session, by, Thing("C01"), reason="施工", seconds=900, longest=3600, at=time.time())
    expect(page.locator("[data-testid=queue-row][data-state=new]")).to_have_count(1)
    expect(page.get_by_test_id("resting")).to_contain_text("施工")
    assert page.url.endswith("alert=al-1")


def test_the_leader_sees_what_rests_and_ends_it_and_orders_the_reasons(served: Any, page: Page, raise_: Any) -> None:
    raise_("al-1")
    with served.store.write() as session:
        at = time.time()
        session.add(
            Shelf(id="sh-1", camera_id="C01", reason="施工", shelved_by="operator 甲", from_at=at, until_at=at + 600)
        )
    raise_("al-2")
    log_in(page, served.url, "leader")
    page.goto(served.url + "/alert-rules")
    row = page.get_by_test_id("shelf-row")
    expect(row).to_contain_text("operator 甲 · 施工")
    expect(row).to_contain_text("1 条未处置")
    page.get_by_test_id("shelf-end").click()
    expect(page.get_by_text("leader 甲 提前结束")).to_be_visible()
    lines = page.get_by_test_id("reason-line")
    expect(lines).to_have_count(14)
    page.get_by_test_id("reason-add").click()
    lines.nth(14).get_by_role("textbox").first.fill("洒水车")
    for n in range(14, 0, -1):
        lines.nth(n).get_by_role("button").click()
    page.get_by_test_id("reasons-save").click()
    expect(lines.nth(0).get_by_role("textbox").first).to_have_value("洒水车")
    page.goto(served.url + "/desk?alert=al-1")
    expect(page.get_by_test_id("judge-false")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_test_id("false-reason").first).to_contain_text("洒水车")
    page.keyboard.press("1")
    page.get_by_test_id("judged-open").click()
    expect(page.locator("[data-alert-id=al-1][data-state=false]")).to_contain_text("洒水车")


def test_a_zone_gets_its_hours_calendar_kinds_size_and_instruction_and_is_tried_before_it_is_kept(
    served: Any, page: Page, raise_: Any
) -> None:
    yesterday = time.time() - 86400
    raise_("al-1", captured_at=yesterday)
    log_in(page, served.url, "sysadmin")
    page.goto(served.url + "/cameras")
    page.get_by_test_id("camera-zones").first.click()
    page.get_by_test_id("zone-edit").click()
    page.get_by_test_id("zone-trial").click()
    expect(page.get_by_test_id("zone-tried")).to_contain_text("昨天 1 条告警，按此设置会报 1 条")
    page.get_by_test_id("zone-kind-vehicle").check()
    page.get_by_test_id("zone-least").fill("30")
    expect(page.get_by_test_id("least-box")).to_have_count(1)
    page.get_by_test_id("zone-trial").click()
    expect(page.get_by_test_id("zone-tried")).to_contain_text("会报 0 条")
    page.get_by_test_id("zone-span-add").click()
    page.get_by_test_id("zone-from").fill("23:00")
    page.get_by_test_id("zone-calendars").click()
    page.get_by_test_id("calendar-add").click()
    page.get_by_test_id("calendar-name").fill("国庆")
    page.get_by_test_id("calendar-dates").fill("2026-10-01 – 2026-10-07")
    page.get_by_test_id("calendar-save").click()
    expect(page.get_by_test_id("calendar-row")).to_contain_text("7 天")
    page.keyboard.press("Escape")
    page.get_by_test_id("zone-calendar").select_option("off")
    page.get_by_test_id("zone-instruction").fill("夜间通知物业")
    page.get_by_test_id("zone-save").click()
    expect(page.get_by_test_id("zone-edit")).to_be_visible()
    with served.store.read() as session:
        zone = zone_of(session.get_one(ZoneRow, "C01-z1"))
        [calendar] = session.scalars(select(CalendarRow.id))
    assert (zone.least_height, zone.instruction, zone.off_calendars) == (0.3, "夜间通知物业", (calendar,))
    assert zone.labels == ("person", "car", "truck", "bus")
    assert [(one.from_minute, one.to_minute, one.days) for one in zone.schedules] == [
        (1380, 360, (0, 1, 2, 3, 4, 5, 6))
    ]


def test_what_is_half_drawn_goes_back_by_ctrl_z_and_is_not_left_without_a_word(served: Any, page: Page) -> None:
    log_in(page, served.url, "sysadmin")
    page.goto(served.url + "/cameras")
    page.get_by_test_id("camera-zones").first.click()
    page.get_by_test_id("zone-add").click()
    board, corners = page.get_by_test_id("zone-board"), page.locator("[data-testid=zone-board] circle")
    for x, y in ((100, 60), (300, 60), (300, 200)):
        board.click(position={"x": x, "y": y})
    expect(corners).to_have_count(3)
    corners.nth(2).press("ArrowLeft")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(corners).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("zone-leaving")).to_contain_text("还没有保存")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("zone-leaving")).to_have_count(0)
    expect(corners).to_have_count(2)
    page.get_by_test_id("zone-situation").focus()
    page.keyboard.press("Control+z")
    expect(corners).to_have_count(1)
    page.get_by_test_id("zone-cancel").click()
    expect(page.get_by_test_id("zone-leaving")).to_contain_text("还没有保存")
    expect(corners).to_have_count(1)
    page.get_by_test_id("zone-leave").click()
    expect(corners).to_have_count(0)
    page.get_by_test_id("zone-add").click()
    for x, y in ((100, 60), (300, 60)):
        board.click(position={"x": x, "y": y})
    page.keyboard.press("Escape")
    page.get_by_test_id("zone-leave").click()
    expect(board).to_have_count(0)
    page.get_by_test_id("camera-zones").first.click()
    page.get_by_test_id("zone-edit").click()
    page.keyboard.press("Escape")
    expect(board).to_have_count(0)
