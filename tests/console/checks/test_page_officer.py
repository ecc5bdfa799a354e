"""The officer's pages in a real browser: a look that is typed once, a trail in tones, its rounds, and a check on paper."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import update

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.cameras.tables import CameraRow
from lianqin.records import TrackPath, TrackPoint
from lianqin.testing import a_fix, an_alert
from patrol.calls.tables import PointCall
from patrol.county.tables import Area
from patrol.duty.tables import Shift
from patrol.trails.store import TrailStore
from tests.console.conftest import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TONE_4 = {"dark": (0xFF, 0xE1, 0x4D), "light": (0x08, 0x1A, 0x52)}


@pytest.fixture
def walked(served: Any, settings: Any) -> Any:
    """G1 has been on shift for two hours in a red area, walked around the gate for one, and was called a quarter of an hour ago."""
    now = time.time()
    start = now - 3600
    fixes = []
    for n in range(360):
        angle = n / 360 * 4 * np.pi
        lon, lat = 119.2 + 0.0025 * np.sin(angle), 34.0 + 0.0015 * (1 - np.cos(angle))
        fixes.append(a_fix(id=f"fx-{n:03}", guard_id="G1", at=start + n * 10, received_at=start + n * 10, lon=lon, lat=lat,
                           speed_mps=0.2 if n % 60 < 10 else 1.4 if n % 60 < 50 else 6.5))  # fmt: skip
    TrailStore(settings.trails).append("a-1-1", fixes)
    there = start + 1800
    track = TrackPath("C01-1", "person", True, (TrackPoint(there, (0.1, 0.1, 0.2, 0.2), 0.9),))
    with served.store.write() as session:
        session.execute(update(Shift).where(Shift.id == "S1").values(opened_at=now - 7200))
        session.get_one(Area, "A1").risk = "red"
        session.get_one(PointCall, "pc-1").called_at = now - 900
        session.get_one(CameraRow, "C01").range_m = 400
        session.get_one(CameraRow, "C01").fov = 359
        receive(session, [an_alert(captured_at=there, published_at=there, tracks=(track,))], now)
    return served


@pytest.fixture(params=["dark", "light"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS])
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.add_init_script(f"localStorage.setItem('lianqin.theme', '{request.param}')")
        page = context.new_page()
        page.theme = request.param  # type: ignore[attr-defined]  # for the test that asks
        yield page
        chromium.close()


def log_in(page: Page, url: str) -> None:
    page.goto(url + "/login")
    page.get_by_test_id("login-username").fill("officer")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.wait_for_url(lambda address: "/login" not in address)


def pixels_of(page: Page, colour: tuple[int, int, int]) -> int:
    """How many of the map's are of that colour."""
    image = cv2.imdecode(np.frombuffer(page.locator(".maplibregl-map").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    off = np.abs(image[:, :, ::-1].astype(int) - np.array(colour)).max(axis=2)
    return int((off < 12).sum())


def test_a_look_from_a_point_call_asks_nothing_twice_and_shows_tones_rounds_and_cameras(
    walked: Any, page: Page
) -> None:
    log_in(page, walked.url)
    page.goto(f"{walked.url}/point-calls?call=pc-1")
    page.get_by_test_id("call-trail").click(timeout=20_000)
    expect(page.get_by_test_id("trail-purpose")).to_have_value("point_call")
    expect(page.get_by_test_id("trail-case")).to_have_value("pc-1")
    expect(page.get_by_test_id("trail-back")).to_have_attribute("href", "/point-calls?call=pc-1")
    page.get_by_test_id("trail-submit").click()
    tones = page.get_by_test_id("trail-tones")
    expect(tones).to_have_attribute("data-by", "time", timeout=20_000)
    expect(tones.locator("ol li")).to_have_count(5)
    page.wait_for_timeout(1500)
    colour = TONE_4[page.theme]  # type: ignore[attr-defined]
    by_time = pixels_of(page, colour)
    assert by_time > 50
    page.get_by_test_id("trail-by-speed").click()
    expect(tones).to_have_attribute("data-by", "speed")
    expect(tones).to_contain_text("≥ 40")
    page.wait_for_timeout(800)
    assert pixels_of(page, colour) < by_time / 4, "nobody was as fast as the last tone"
    page.get_by_test_id("trail-by-time").click()
    slider = page.get_by_test_id("trail-slider")
    slider.fill(str(round((float(slider.get_attribute("min") or 0) + float(slider.get_attribute("max") or 0)) / 2)))
    page.wait_for_timeout(800)
    assert pixels_of(page, colour) < by_time / 2, "what lies ahead is thin and pale"
    expect(page.get_by_test_id("round-point").first).to_be_visible()
    page.get_by_role("tab", name=re.compile("摄像头")).click()
    expect(page.get_by_test_id("camera-report").first).to_contain_text("学院路1 报告视野内有人", timeout=10_000)


def test_a_check_prints_black_on_white_on_one_sheet_of_a4(walked: Any, page: Page, tmp_path: Path) -> None:
    log_in(page, walked.url)
    page.locator('[data-testid="suggestion"][data-guard-id="G1"] a').click(timeout=20_000)
    expect(page.get_by_test_id("trail-purpose")).to_have_value("spot_check")
    expect(page.get_by_test_id("trail-case-made")).to_contain_text("由系统编号")
    page.get_by_test_id("trail-submit").click()
    page.get_by_test_id("conclude").click(timeout=20_000)
    page.get_by_test_id("check-remark").check()
    page.get_by_test_id("check-note").fill("东门未到")
    page.get_by_test_id("check-sign").click()
    page.get_by_test_id("trail-back").get_by_text("返回").click()
    expect(page.get_by_test_id("waits-unsigned")).to_contain_text("1", timeout=20_000)
    page.get_by_test_id("check-print").first.click()
    sheet = page.get_by_test_id("check-sheet")
    expect(page.get_by_test_id("sheet-case")).to_have_text(re.compile(r"SC-\d{8}-001"), timeout=20_000)
    page.emulate_media(media="print")
    colours = page.evaluate("""() => [...document.querySelectorAll('html, body, main, [data-testid=check-sheet], [data-testid=check-sheet] *')].map((one) => {
        const style = getComputedStyle(one);
        return [one.tagName, style.backgroundColor, style.color];
    })""")
    for tag, ground, ink in colours:
        assert ground in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}, (tag, ground)
        assert all(int(one) <= 0x44 for one in re.findall(r"\d+", ink)[:3]), (tag, ink)
    image = cv2.imdecode(np.frombuffer(sheet.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    assert image.mean() > 215
    assert (image < 60).sum() > 500
    expect(page.get_by_test_id("sheet-print")).to_be_hidden()
    way = page.get_by_test_id("sheet-map").locator("path.way").first
    assert (way.get_attribute("d") or "").count("L") > 50
    expect(page.get_by_test_id("sheet-result")).to_have_text("有问题")
    expect(page.get_by_test_id("sheet-guard-word")).to_contain_text("尚未签字")
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    [box] = {*re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper)}
    assert [round(float(side) / 72 * 25.4) for side in box] == [210, 297]
