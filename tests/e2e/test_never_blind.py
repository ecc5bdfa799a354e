"""Somebody covers, freezes, unplugs or turns a camera of the running demo: the desk says so, the strip shows it; a killed
worker's cameras are back. In a real browser."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.rtsp import __main__ as street
from tests.e2e.desk import Api, log_in, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(420)]
DONE = {"C01": ("cover", "covered", "摄像头被遮挡"), "C02": ("freeze", "frozen", "画面冻结"), "C03": ("turn", "moved", "视角偏移"),
        "C05": ("offline", "unreachable", "网络不通")}  # fmt: skip
LEARN_S, SAID_WITHIN_S, BACK_WITHIN_S = 45.0, 30.0, 20.0


def tell(demo: Any, line: str) -> None:
    """To the street's cameras."""
    assert street.tell(demo.run_dir / "cameras.sock", line) == 0


def states(api: Api) -> dict[str, tuple[str, str]]:
    return {one["id"]: (one["state"], one["reason"]) for one in api.get("/api/cameras")["items"]}


def device_alerts(api: Api) -> dict[str, dict[str, Any]]:
    """Open ones, by camera."""
    return {one["camera_id"]: one for one in api.get("/api/alerts", state="open", limit=200)["items"] if one["outages"]}


def test_whatever_is_done_to_a_camera_the_desk_says_so_and_the_strip_shows_it(demo: Any, browser: Browser) -> None:
    demo.wait_for(r"first alert: ", 200)
    api = Api(demo.url, "operator")
    until(60, "cameras", lambda: {state for state, _ in states(api).values()} == {"ok"})
    time.sleep(LEARN_S)  # what they show is learned
    assert device_alerts(api) == {}
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    log_in(page, demo.url, "operator")
    began = {}
    try:
        for camera_id, (fault, _, _) in DONE.items():
            tell(demo, f"{camera_id} {fault}")
            began[camera_id] = time.time()
        said_of_each(demo, api, page, began)
    finally:
        for camera_id in began:
            tell(demo, f"{camera_id} ok")
    until(40, "end of every outage", lambda: all(
        row["to_at"] for one in DONE for row in api.get(f"/api/cameras/{one}/watch")["outages"]
    ))  # fmt: skip
    page.close()


def said_of_each(demo: Any, api: Api, page: Page, began: dict[str, float]) -> None:
    """What the desk and the strip show while it lasts."""
    until(SAID_WITHIN_S + 8, "device alert of each", lambda: set(DONE) <= set(device_alerts(api)))
    for camera_id, (_, reason, said) in DONE.items():
        alert = device_alerts(api)[camera_id]
        assert alert["outages"][0]["reason"] == reason
        seen, told = alert["captured_at"] - began[camera_id], alert["received_at"] - began[camera_id]
        assert told <= SAID_WITHIN_S, f"{camera_id}: seen after {seen:.1f} s, told after {told:.1f} s"
        row = page.locator(f'[data-testid=queue-row][data-alert-id="{alert["id"]}"]')
        expect(row).to_be_visible(timeout=10_000)
        row.click()
        outage = page.locator(f'[data-testid=outage][data-camera-id="{camera_id}"]')
        expect(outage).to_contain_text(said)
        expect(outage).to_have_attribute("data-over", "false")
    until(100, "blind minute", lambda: all(
        "c" in api.get(f"/api/cameras/{one}/watch")["line"] if one == "C01" else api.get(f"/api/cameras/{one}/watch")["blind"]
        for one in DONE
    ))  # fmt: skip
    page.goto(demo.url + "/cameras?tab=ledger")
    expect(page.locator("[data-testid=watch-row][data-camera-id=C01]")).not_to_have_attribute("data-blind", "0")
    expect(page.locator("[data-testid=watch-row][data-camera-id=C06]")).to_have_attribute("data-blind", "0")
    expect(page.get_by_test_id("watch-county")).to_contain_text("%")


def test_a_killed_workers_cameras_are_back_within_20_seconds(demo: Any) -> None:
    api = Api(demo.url, "operator")
    until(60, "cameras", lambda: {state for state, _ in states(api).values()} == {"ok"})
    worker = demo.child("ingest")
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(5)
    began = time.monotonic()
    time.sleep(2)
    frames = {one["id"]: one["last_frame_at"] or 0 for one in api.get("/api/cameras")["items"]}
    until(BACK_WITHIN_S + 10, "every camera again", lambda: all(
        one["state"] == "ok" and (one["last_frame_at"] or 0) > frames[one["id"]] + 1
        for one in api.get("/api/cameras")["items"]
    ))  # fmt: skip
    assert time.monotonic() - began < BACK_WITHIN_S
    assert demo.child("ingest").pid != worker.pid
