"""The record of alerts and the alarm budget in a real browser: filter, address, views, a picture by purpose, and a rule tried out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select, update

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.alerts.tables import AlertRow
from console.attention.tables import Ring
from console.cameras.tables import CameraRow
from console.incidents import incidents
from console.rules.tables import Shelf
from lianqin.audit import Actor, AuditRow
from lianqin.clock import COUNTY_ZONE
from lianqin.evidence import EvidenceStore
from lianqin.records import TrackPath, TrackPoint
from lianqin.testing import an_alert
from tests.console.conftest import a_picture, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
OPERATOR = Actor("a-operator", "operator 甲", "operator")


@pytest.fixture
def kept(served: Any, settings: Any) -> Any:
    """Sixty alerts of the last hours on C01, every third small and false, the first one confirmed; two on C02."""
    now = time.time()
    EvidenceStore(settings.evidence).write("2026-09-21/al.jpg", a_picture())
    with served.store.write() as session:
        session.get_one(CameraRow, "C01").area_id = "A1"
        for n in range(62):
            at, height = now - 60 - n * 20, 0.04 if n % 3 == 0 else 0.3
            track = TrackPath("t", "person", True, (TrackPoint(at - 1, (0.4, 0.5 - height, 0.45, 0.5), 0.9),
                                                    TrackPoint(at, (0.4, 0.5 - height, 0.45, 0.5), 0.9)))  # fmt: skip
            camera = "C01" if n < 60 else "C02"
            receive(session, [an_alert(id=f"al-{n:02}", camera_id=camera, zone_id=f"{camera}-z1", zone_name="东门", captured_at=at, published_at=at,
                                       zone_points=SQUARE, tracks=(track,), snapshot="2026-09-21/al.jpg", priority=1 + n % 4)], at + 1)  # fmt: skip
        for n in range(0, 60, 3):
            if n:
                incidents.do_false(
                    session, OPERATOR, f"al-{n:02}", "animal" if n % 2 else "weather", now - 60 - n * 20 + 30
                )
        incidents.do_confirm(session, OPERATOR, "al-00", now - 30)
        session.execute(update(AlertRow).values(evidence_at=now))
    return served


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        chromium.close()


def test_the_record_is_filtered_sorted_kept_as_a_view_and_the_way_back_works(kept: Any, page: Page) -> None:
    log_in(page, kept.url, "leader")
    page.goto(kept.url + "/records")
    rows, total = page.get_by_test_id("record-row"), page.get_by_test_id("record-total")
    expect(total).to_have_text("共 62 条", timeout=20_000)
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="更早的").click()
    expect(rows).to_have_count(62)
    page.get_by_test_id("record-state").select_option("false")
    expect(total).to_have_text("共 19 条")
    page.get_by_test_id("record-reason").select_option("weather")
    expect(page).to_have_url(re.compile(r"\?state=false&reason=weather$"))
    expect(total).to_have_text("共 9 条")
    page.get_by_role("button", name=re.compile("^等待")).click()
    expect(page).to_have_url(re.compile("sort=waited&order=up"))
    page.get_by_test_id("view-name").fill("天气误报")
    page.get_by_test_id("view-keep").click()
    expect(page.get_by_test_id("view-choose").locator("option:checked")).to_have_text("天气误报")
    page.go_back()
    expect(page).not_to_have_url(re.compile("sort="))
    page.go_back()
    expect(total).to_have_text("共 19 条")
    expect(page.get_by_test_id("record-reason")).to_have_value("")
    page.get_by_test_id("record-clear").click()
    expect(total).to_have_text("共 62 条")
    page.get_by_test_id("view-choose").select_option(label="天气误报")
    expect(total).to_have_text("共 9 条")
    expect(page.get_by_test_id("records-xlsx")).to_have_attribute(
        "href", re.compile("state=false&reason=weather&sort=waited")
    )
    page.get_by_test_id("record-q").fill("没有的")
    page.get_by_test_id("record-q").press("Enter")
    expect(page.get_by_text("没有符合条件的告警")).to_be_visible()


def test_a_row_opens_by_keyboard_with_its_picture_and_the_way_to_the_desk(kept: Any, page: Page) -> None:
    log_in(page, kept.url, "operator")
    page.goto(kept.url + "/records?state=confirmed")
    expect(page.get_by_test_id("record-row").locator("img")).to_have_js_property("complete", value=True, timeout=20_000)
    page.get_by_test_id("record-open").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("operator 甲")
    expect(dialog.locator("img")).to_have_js_property("naturalWidth", 640)
    expect(page.get_by_test_id("records-xlsx")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_test_id("record-row").click()
    page.get_by_test_id("record-desk").click()
    expect(page).to_have_url(re.compile("/desk\\?alert=al-00"))
    page.goto(kept.url + "/incidents")
    expect(page.get_by_test_id("incident-row").locator("img")).to_have_js_property("naturalWidth", 640, timeout=20_000)


def test_an_officer_sees_no_picture_before_the_purpose_and_the_look_has_it(kept: Any, page: Page) -> None:
    log_in(page, kept.url, "officer")
    page.goto(kept.url + "/records?camera_id=C02")
    rows = page.get_by_test_id("record-row")
    expect(rows).to_have_count(2, timeout=20_000)
    expect(page.get_by_test_id("record-chip-camera_id")).to_contain_text("学院路2")
    assert rows.locator("img").count() == page.get_by_test_id("records-csv").count() == 0
    page.get_by_test_id("record-purpose").select_option("case")
    page.get_by_test_id("record-case").fill("A-20260001")
    page.get_by_test_id("record-begin").click()
    expect(rows.locator("img").first).to_have_js_property("naturalWidth", 640)
    expect(page.get_by_test_id("records-csv")).to_have_attribute("href", re.compile("purpose=case&case_ref=A-20260001"))
    with kept.store.read() as session:
        looks = session.scalars(select(AuditRow).where(AuditRow.action == "snapshot.look")).all()
    assert {(row.actor_id, row.purpose, row.case_ref) for row in looks} == {("a-officer", "case", "A-20260001")}
    page.get_by_test_id("record-chip-camera_id").click()
    expect(page.get_by_test_id("record-total")).to_have_text("共 62 条")


def test_the_leader_reads_the_budget_and_tries_a_rule_on_the_worst_zone(kept: Any, page: Page) -> None:
    log_in(page, kept.url, "leader")
    page.goto(kept.url + "/alarms?of=month")
    expect(page.get_by_test_id("flood-row").first).to_be_visible(timeout=20_000)
    worst = page.get_by_test_id("zone-row").first
    expect(worst).to_contain_text("95.0 %")
    expect(page.get_by_test_id("wait-row").last).to_contain_text("operator 甲")
    expect(page.get_by_test_id("reason-row")).to_have_count(2)
    expect(page.get_by_test_id("alarms-shelved")).to_have_text("0")
    worst.get_by_test_id("zone-try").click()
    expect(page.get_by_test_id("spared-camera")).to_have_value("学院路1 (C01)")
    page.get_by_test_id("spared-by-size").check()
    page.get_by_test_id("spared-run").click()
    expect(page.get_by_test_id("spared-answer")).to_have_text("60 条告警中有 20 条不会再来，其中属实 1 条")
    expect(page.get_by_test_id("spared-row")).to_have_count(20)
    page.get_by_test_id("spared-by-size").uncheck()
    page.get_by_test_id("spared-by-shape").check()
    corner = page.get_by_test_id("shape-corner").nth(1)
    corner.focus()
    for _ in range(3):
        corner.press("ArrowLeft")
    page.get_by_test_id("spared-run").click()
    expect(page.get_by_test_id("spared-answer")).to_have_text("60 条告警中有 0 条不会再来，其中属实 0 条")
    page.get_by_test_id("alarms-zones").get_by_role("link", name="60").click()
    expect(page.get_by_test_id("record-total")).to_have_text("共 60 条")
    expect(page.get_by_test_id("record-chip-zone_id")).to_be_visible()
    page.go_back()
    page.get_by_test_id("alarms-day").click()
    page.get_by_test_id("alarms-before").click()
    page.get_by_test_id("alarms-before").click()
    expect(page.get_by_text("这段时间没有告警。")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_leader_reads_what_rang_and_goes_on_to_the_alert_and_what_came_shelved_is_a_line_of_its_own(
    kept: Any, page: Page, language: str
) -> None:
    noon = (
        time.time() + 8 * 3600
    ) // 86_400 * 86_400 - 20 * 3600  # of yesterday: what rings at this very page is none of it
    with kept.store.write() as session:
        session.add(
            Shelf(
                id="sh-1",
                camera_id="C02",
                reason="施工",
                shelved_by="operator 甲",
                from_at=noon - 60,
                until_at=noon + 9e5,
            )
        )
        session.flush()
        receive(
            session,
            [an_alert(id=f"al-9{n}", camera_id="C02", zone_id="C02-z1", captured_at=noon - 5) for n in range(3)],
            noon,
        )
        for n in range(60):
            session.add(Ring(id=f"rg-000000{n:02}", alert_id=f"al-{n:02}", account_id="a-operator", at=noon - n, received_at=noon - n,
                             why="new", means="blocked" if n == 0 else "sound", hidden=n == 0))  # fmt: skip
    page.add_init_script(f"localStorage.setItem('lianqin.language', '{language}')")
    log_in(page, kept.url, "leader")
    page.goto(f"{kept.url}/alarms?of=day&day={datetime.fromtimestamp(noon, COUNTY_ZONE):%Y-%m-%d}")
    rows = page.get_by_test_id("rung-alert")
    expect(rows).to_have_count(50, timeout=20_000)
    expect(page.get_by_test_id("alarms-shelved")).to_have_text("3")
    expect(page.get_by_test_id("alarms-rate")).to_contain_text(
        "另有搁置中到达、未叫人的" if language == "zh-CN" else "came shelved, called nobody"
    )
    first = rows.first
    for part in (
        ("声音未开启", "页面不在眼前", "新告警")
        if language == "zh-CN"
        else ("Sound was off", "out of sight", "New alert")
    ):
        expect(first).to_contain_text(part)
    expect(first).to_contain_text("operator 甲")
    expect(first).to_contain_text(re.compile("0:2[89]"))
    page.get_by_test_id("alarms-rung").get_by_role(
        "button", name="更早的" if language == "zh-CN" else "Earlier ones"
    ).click()
    expect(rows).to_have_count(60)
    first.get_by_test_id("rung-record").click()
    expect(page).to_have_url(re.compile(r"/records\?q=al-00$"))
    expect(page.get_by_test_id("record-row")).to_have_count(1)


@pytest.mark.parametrize(("role", "path"), [("operator", "alarms"), ("officer", "alarms"), ("company", "records")])
def test_who_may_not_is_told_so(served: Any, page: Page, role: str, path: str) -> None:
    log_in(page, served.url, role)
    page.goto(f"{served.url}/{path}")
    expect(page).to_have_url(re.compile("/forbidden"))
