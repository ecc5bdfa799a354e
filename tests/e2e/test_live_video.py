"""Nine live sub-streams in a real browser: all play, each look is registered; the wall's picture of one enlarged."""

from __future__ import annotations

import socket
from collections import Counter
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from playwright.sync_api import APIResponse, Browser, Page, expect

from tests.e2e.desk import Api, log_in, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(300)]
PLAYED = """() => [...document.querySelectorAll('[data-testid=live]')].map(one => {
  const video = one.querySelector('video'), still = one.querySelector('img');
  return [one.dataset.state, still ? still.naturalWidth : video.videoWidth,
          still ? 99 : video.getVideoPlaybackQuality().totalVideoFrames];
})"""
MEDIA_PASSES = any(
    one.family == socket.AF_INET and not one.address.startswith("127.")
    for addresses in psutil.net_if_addrs().values() for one in addresses
)  # fmt: skip
"""A browser sends no media where loopback is the only network: there what stands in is looked for."""
FLOWING = 3
"""Tiles that may come by way of the console; the others show pictures."""


def shown(page: Page) -> list[tuple[str, int, int]]:
    """Of each tile: its state, how wide its picture is, how many it showed."""
    return [tuple(one) for one in page.evaluate(PLAYED)]


def playing(page: Page, count: int) -> bool:
    tiles = shown(page)
    return len(tiles) == count and all(width > 0 and frames > 10 for _, width, frames in tiles)


def test_nine_cameras_play_side_by_side_and_one_enlarged(demo: Any, browser: Browser) -> None:
    demo.wait_for(r"first alert: ", 200)
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
    states = Counter(state for state, _, _ in shown(page))
    assert states == ({"playing": 9} if MEDIA_PASSES else {"flowing": FLOWING, "pictures": 9 - FLOWING})
    page.locator("[data-testid=live][data-camera-id=C01]").get_by_role("button", name="放大").click()
    until(30, "the main stream", lambda: shown(page)[0][1] == 1280)
    looks = [
        row for row in Api(demo.url, "auditor").get("/api/audit", limit=200)["items"] if row["action"] == "live.look"
    ]
    assert {row["object_id"] for row in looks} >= {f"C0{n}" for n in range(1, 10)}
    assert not problems
    page.close()


def test_where_webrtc_does_not_get_through_video_comes_by_the_console(demo: Any, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    page.add_init_script("delete window.RTCPeerConnection")
    log_in(page, demo.url, "operator")
    page.goto(demo.url + "/video")
    page.get_by_test_id("video-size-4").click()
    page.get_by_test_id("video-fill").click()
    until(60, "four tiles that show something", lambda: playing(page, 4))
    assert Counter(state for state, _, _ in shown(page)) == {"flowing": FLOWING, "pictures": 4 - FLOWING}
    expect(page.get_by_text("改经平台传输")).to_have_count(FLOWING)
    before = shown(page)
    page.wait_for_timeout(2000)
    assert all(now[2] > then[2] for then, now in zip(before, shown(page), strict=True) if now[0] == "flowing")
    page.close()


def test_the_system_administrator_sees_nobodys_face(demo: Any, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    log_in(page, demo.url, "sysadmin")
    answer = page.request.get(demo.url + "/api/cameras/C01/snapshot?purpose=live_watch")
    assert (answer.status, answer.headers["x-blurred"]) == (200, "1")
    assert page.request.get(demo.url + "/api/cameras/C01/snapshot").headers["x-blurred"] == "1"
    assert page.request.get(demo.url + "/api/cameras/C01/snapshot?clear=1").status == 403
    page.close()


def test_an_officer_says_why_before_the_first_picture(demo: Any, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    log_in(page, demo.url, "officer")
    page.goto(demo.url + "/video")
    page.locator("[data-testid=video-pick][data-camera-id=C01]").click()
    expect(page.get_by_test_id("live")).to_have_count(0)
    page.get_by_test_id("video-purpose").select_option("case")
    page.get_by_test_id("video-case").fill("V-2026-0011")
    page.get_by_test_id("video-begin").click()
    until(40, "a picture", lambda: playing(page, 1))
    rows = Api(demo.url, "auditor").get("/api/audit", limit=200)["items"]
    assert any(row["action"] == "live.look" and row["case_ref"] == "V-2026-0011" for row in rows)
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
    page.get_by_role("button", name="撤销一步").click()
    expect(page.get_by_test_id("zone-fault")).to_have_count(0)
    page.get_by_test_id("zone-save").click()
    expect(page.get_by_test_id("zone-edit")).to_contain_text("路口禁入", timeout=10_000)
    [zone] = next(one for one in office.get("/api/cameras")["items"] if one["id"] == "C20")["zones"]
    assert [[round(value, 1) for value in point] for point in zone["points"]] == [[0.2, 0.3], [0.8, 0.3], [0.3, 0.8]]
    page.get_by_test_id("mask-add").click()
    box = board.bounding_box()
    assert box is not None
    assert box["y"] > 0, "the picture came into view again"
    for x, y in ((0.0, 0.0), (0.4, 0.0), (0.4, 0.4), (0.0, 0.4)):
        page.mouse.click(box["x"] + 2 + (box["width"] - 4) * x, box["y"] + 2 + (box["height"] - 4) * y)
    page.get_by_test_id("mask-save").click()
    expect(page.get_by_test_id("mask-edit")).to_have_count(1, timeout=10_000)
    until(
        40, "a masked picture", lambda: is_masked(page.request.get(demo.url + "/api/cameras/C20/snapshot?stream=main"))
    )
    page.keyboard.press("Escape")
    expect(row.get_by_test_id("camera-masks")).to_contain_text("1")
    row.get_by_test_id("camera-edit").click()
    page.get_by_test_id("camera-map").click()
    ground = page.get_by_test_id("shape-map")
    expect(ground.locator("canvas")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1500)
    ground.evaluate("one => one.scrollIntoView({block: 'center'})")
    ground.click(position={"x": 200, "y": 150})
    expect(ground.locator(".corner")).to_have_count(2, timeout=10_000)
    tip = ground.locator(".corner.tip").bounding_box()
    assert tip is not None
    page.mouse.move(tip["x"] + 8, tip["y"] + 8)
    page.mouse.down()
    page.mouse.move(tip["x"] + 90, tip["y"] + 20, steps=5)
    page.mouse.up()
    page.mouse.move(tip["x"] + 8, tip["y"] + 8)
    page.mouse.down()
    page.mouse.move(20, 20, steps=3)
    page.mouse.up()
    expect(page.get_by_test_id("camera-save")).to_be_visible()
    page.get_by_test_id("camera-save").click()
    expect(page.get_by_test_id("camera-map")).to_have_count(0, timeout=10_000)
    placed = next(one for one in office.get("/api/cameras")["items"] if one["id"] == "C20")
    assert placed["lon"] is not None
    assert 20 < placed["bearing"] < 160, "it was turned towards the east"
    assert not problems
    page.close()


def is_masked(answer: APIResponse) -> bool:
    """Its corner is one even grey."""
    picture = cv2.imdecode(np.frombuffer(answer.body(), np.uint8), cv2.IMREAD_GRAYSCALE) if answer.ok else None
    if picture is None:
        return False
    height, width = picture.shape
    return float(picture[height // 50 : height // 4, width // 50 : width // 3].std()) < 3
