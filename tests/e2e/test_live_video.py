"""Nine live sub-streams in a real browser: all play, each look is registered; the wall's picture of one enlarged."""

from __future__ import annotations

import socket
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.desk import Api, log_in, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(300)]
PLAYED = """() => [...document.querySelectorAll('[data-testid=live] video')].map(v => [v.videoWidth, v.getVideoPlaybackQuality().totalVideoFrames])"""


PICTURES = """() => [...document.querySelectorAll('[data-testid=live] img')].map(one => one.naturalWidth)"""
MEDIA_PASSES = any(
    one.family == socket.AF_INET and not one.address.startswith("127.")
    for addresses in psutil.net_if_addrs().values() for one in addresses
)  # fmt: skip
"""A browser sends no media where loopback is the only network: there the pictures that stand in are looked for."""


def playing(page: Page, count: int) -> bool:
    if not MEDIA_PASSES:
        widths = page.evaluate(PICTURES)
        return len(widths) == count and all(width > 0 for width in widths)
    shown = page.evaluate(PLAYED)
    return len(shown) == count and all(width > 0 and frames > 10 for width, frames in shown)


def more_cameras(demo: Any) -> None:
    """Two cameras more on streams of the street, so that there are nine."""
    office = Api(demo.url, "sysadmin")
    street = {row["id"]: row for row in office.get("/api/cameras")["items"]}
    for number, like in ((8, "C01"), (9, "C03")):
        url = street[like]["url"]
        assert "***" not in url, "a camera without a password"
        office.post("/api/cameras", id=f"C0{number}", code=f"9901010000132000090{number}", name=f"新探头{number}", url=url,
                    sub_url=street[like]["sub_url"], lon=119.2, lat=34.0)  # fmt: skip


def test_nine_cameras_play_side_by_side_and_one_enlarged(demo: Any, browser: Browser) -> None:
    demo.wait_for(r"first alert: ", 200)
    more_cameras(demo)
    operator = Api(demo.url, "operator")
    until(60, "nine cameras", lambda: sum(one["state"] == "ok" for one in operator.get("/api/cameras")["items"]) >= 9)
    page = browser.new_page(viewport={"width": 1920, "height": 1080}, locale="zh-CN", timezone_id="Asia/Shanghai")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, demo.url, "operator")
    page.goto(demo.url + "/video")
    page.get_by_test_id("video-size-9").click()
    page.get_by_test_id("video-fill").click()
    expect(page.get_by_test_id("live")).to_have_count(9)
    until(60, "nine playing", lambda: playing(page, 9))
    states = page.evaluate("() => [...document.querySelectorAll('[data-testid=live]')].map(one => one.dataset.state)")
    assert states == ["playing" if MEDIA_PASSES else "pictures"] * 9
    page.locator("[data-testid=live][data-camera-id=C01]").get_by_role("button", name="放大").click()
    until(
        30,
        "the main stream",
        lambda: (page.evaluate(PLAYED)[0][0] if MEDIA_PASSES else (page.evaluate(PICTURES) or [0])[0]) == 1280,
    )
    looks = [
        row for row in Api(demo.url, "auditor").get("/api/audit", limit=200)["items"] if row["action"] == "live.look"
    ]
    assert {row["object_id"] for row in looks} >= {f"C0{n}" for n in range(1, 10)}
    assert not problems
    page.close()


def test_an_officer_says_why_before_the_first_picture(demo: Any, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    log_in(page, demo.url, "officer")
    page.goto(demo.url + "/video")
    page.locator("[data-testid=video-pick][data-camera-id=C01]").click()
    expect(page.get_by_test_id("live")).to_have_count(0)
    page.get_by_test_id("video-purpose").select_option("case")
    page.get_by_test_id("video-case").fill("V-2026-11")
    page.get_by_test_id("video-begin").click()
    until(40, "a picture", lambda: playing(page, 1))
    rows = Api(demo.url, "auditor").get("/api/audit", limit=200)["items"]
    assert any(row["action"] == "live.look" and row["case_ref"] == "V-2026-11" for row in rows)
    page.close()


def test_a_camera_is_tried_kept_and_its_zone_drawn_in_the_browser(demo: Any, browser: Browser) -> None:
    office = Api(demo.url, "sysadmin")
    like = next(row for row in office.get("/api/cameras")["items"] if row["id"] == "C07")
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, demo.url, "sysadmin")
    page.goto(demo.url + "/cameras")
    page.get_by_test_id("camera-add").click()
    page.get_by_test_id("camera-id").fill("C20")
    page.get_by_test_id("camera-code").fill("99010100001320000920")
    page.get_by_test_id("camera-name").fill("新路口")
    page.get_by_test_id("camera-url").fill(like["url"].replace("/C07", "/C77"))
    page.get_by_test_id("camera-try-url").click()
    expect(page.get_by_test_id("camera-probe-url")).to_contain_text("路径不存在", timeout=20_000)
    page.get_by_test_id("camera-url").fill(like["url"])
    page.get_by_test_id("camera-try-url").click()
    probe = page.get_by_test_id("camera-probe-url")
    expect(probe).to_contain_text("1280×720", timeout=30_000)
    expect(probe).to_contain_text("关键帧间隔过长")
    expect(probe.locator("img")).to_be_visible()
    page.get_by_test_id("camera-save").click()
    row = page.locator("[data-testid=camera-row][data-camera-id=C20]")
    expect(row).to_be_visible(timeout=10_000)
    until(40, "its picture", lambda: next(
        one for one in office.get("/api/cameras")["items"] if one["id"] == "C20")["state"] == "ok")  # fmt: skip
    row.get_by_test_id("camera-zones").click()
    page.get_by_test_id("zone-add").click()
    page.get_by_test_id("zone-name").fill("路口禁入")
    board = page.get_by_test_id("zone-board")
    box = board.bounding_box()
    assert box is not None
    for x, y in ((0.2, 0.3), (0.8, 0.3), (0.3, 0.8), (0.8, 0.8)):
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    expect(page.get_by_test_id("zone-fault")).to_contain_text("自相交")
    page.get_by_role("button", name="撤回一点").click()
    expect(page.get_by_test_id("zone-fault")).to_have_count(0)
    page.get_by_test_id("zone-save").click()
    expect(page.get_by_test_id("zone-edit")).to_contain_text("路口禁入", timeout=10_000)
    [zone] = next(one for one in office.get("/api/cameras")["items"] if one["id"] == "C20")["zones"]
    assert [[round(value, 1) for value in point] for point in zone["points"]] == [[0.2, 0.3], [0.8, 0.3], [0.3, 0.8]]
    assert not problems
    page.close()
