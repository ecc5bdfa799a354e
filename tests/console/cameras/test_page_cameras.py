"""Cameras set up as the system administrator does it in a real browser: by template, by a pasted address, found in the network, many at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import redis
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from bench.kit.browsers import FLAGS
from console.cameras.tables import CameraRow
from lianqin import keys
from lianqin.clock import SystemClock
from lianqin.records import CameraHealth, encode
from patrol.county.tables import Area, Organisation
from tests.console.cameras.test_live import Worker
from tests.console.conftest import log_in
from tests.console.discovery.test_discovery import FOUND

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def page(served: Any) -> Iterator[Page]:
    """The administrator's list of cameras."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        made = chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        log_in(made, served.url, "sysadmin")
        made.goto(served.url + "/cameras")
        expect(made.get_by_test_id("camera-row")).to_have_count(2)
        yield made
        chromium.close()


@pytest.fixture
def worker(served: Any, redis_client: redis.Redis) -> Iterator[Worker]:
    made = Worker(SimpleNamespace(redis=redis_client, clock=SystemClock()))
    made.answer = (200, msgspec.json.encode(FOUND), {})
    redis_client.zadd(keys.ingest_workers(), {"w1": 1.0})
    yield made
    made.server.shutdown()


def stored(served: Any, camera_id: str) -> CameraRow:
    with served.store.read() as session:
        found: CameraRow = session.get_one(CameraRow, camera_id)
        session.expunge(found)
        return found


def test_a_camera_is_added_by_template_and_keeps_its_password_while_nothing_is_said(served: Any, page: Page) -> None:
    page.get_by_test_id("camera-add").click()
    page.get_by_test_id("camera-id").fill("N1")
    page.get_by_test_id("camera-code").fill("99010100001320000077")
    page.get_by_test_id("camera-name").fill("北门")
    page.get_by_test_id("camera-area").fill("A1")
    expect(page.get_by_test_id("camera-station")).to_have_text("该区域未设派出所")
    page.get_by_test_id("camera-maker").select_option("hikvision")
    page.get_by_test_id("camera-host").fill("10.0.0.9")
    page.get_by_test_id("camera-channel").fill("2")
    expect(page.get_by_test_id("camera-url")).to_have_value("rtsp://10.0.0.9:554/Streaming/Channels/201")
    expect(page.get_by_test_id("camera-sub_url")).to_have_value("rtsp://10.0.0.9:554/Streaming/Channels/202")
    page.get_by_test_id("camera-user").fill("admin")
    page.get_by_test_id("camera-password").fill("p@:/#%密")
    page.get_by_test_id("camera-save").click()
    expect(page.locator("[data-camera-id=N1]")).to_contain_text("rtsp://***@10.0.0.9:554/Streaming/Channels/201")
    row = stored(served, "N1")
    assert row.url == "rtsp://admin:p%40%3A%2F%23%25%E5%AF%86@10.0.0.9:554/Streaming/Channels/201"
    assert row.area_id == "A1"
    page.locator("[data-camera-id=N1]").get_by_test_id("camera-edit").click()
    expect(page.get_by_test_id("camera-url")).to_have_value("rtsp://10.0.0.9:554/Streaming/Channels/201")
    expect(page.get_by_test_id("camera-password")).to_have_value("")
    expect(page.get_by_test_id("camera-password")).to_have_attribute("placeholder", "不变")
    page.get_by_test_id("camera-name").fill("北大门")
    page.get_by_test_id("camera-save").click()
    expect(page.locator("[data-camera-id=N1]")).to_contain_text("北大门")
    assert stored(served, "N1").url == row.url
    page.locator("[data-camera-id=N1]").get_by_test_id("camera-edit").click()
    page.get_by_test_id("camera-password-clear").click()
    page.get_by_test_id("camera-save").click()
    expect(page.get_by_test_id("camera-save")).to_have_count(0)
    assert stored(served, "N1").url == "rtsp://admin@10.0.0.9:554/Streaming/Channels/201"


def test_a_pasted_address_is_split_by_itself(served: Any, page: Page) -> None:
    page.get_by_test_id("camera-add").click()
    page.get_by_test_id("camera-id").fill("N2")
    page.get_by_test_id("camera-code").fill("99010100001320000078")
    page.get_by_test_id("camera-name").fill("南门")
    page.get_by_test_id("camera-url").fill("rtsp://root:a/b@c@10.0.0.8/main")
    page.get_by_test_id("camera-sub_url").click()
    expect(page.get_by_test_id("camera-url")).to_have_value("rtsp://10.0.0.8/main")
    expect(page.get_by_test_id("camera-user")).to_have_value("root")
    expect(page.get_by_test_id("camera-password")).to_have_value("a/b@c")
    page.get_by_test_id("camera-save").click()
    expect(page.locator("[data-camera-id=N2]")).to_be_visible()
    assert stored(served, "N2").url == "rtsp://root:a%2Fb%40c@10.0.0.8/main"


def test_the_network_is_asked_and_what_answers_is_added_one_by_one_or_as_drafts(
    served: Any, page: Page, worker: Worker
) -> None:
    page.get_by_test_id("cameras-discover").click()
    rows = page.get_by_test_id("discover-row")
    expect(rows).to_have_count(3)
    expect(page.get_by_test_id("discover-unread")).to_contain_text("另有 2 个应答")
    expect(page.locator("[data-host='10.0.0.1']")).to_contain_text("已有 C01")
    expect(page.locator("[data-host='10.0.0.7']")).to_contain_text("海康威视")
    page.get_by_test_id("discover-all").check()
    page.get_by_test_id("discover-prefix").fill("NET-")
    page.get_by_test_id("discover-code").fill("99010100001320000100")
    page.get_by_test_id("discover-drafts").click()
    expect(page.locator("[data-camera-id=NET-002]")).to_have_attribute("data-state", "disabled")
    assert stored(served, "NET-001").url == "rtsp://10.0.0.7:554/Streaming/Channels/101"
    worker.answer = (200, msgspec.json.encode({"devices": [], "asked": ["10.0.0.250"]}), {})
    page.get_by_test_id("cameras-discover").click()
    expect(page.get_by_test_id("discover-empty")).to_contain_text("没有设备应答")
    expect(page.get_by_test_id("discover-unread")).to_have_count(0)
    worker.answer = (200, msgspec.json.encode({"devices": [], "asked": ["10.0.0.250"], "unread": 3}), {})
    page.get_by_test_id("discover-again").click()
    expect(page.get_by_test_id("discover-unread")).to_contain_text("另有 3 个应答不是摄像头的")
    expect(page.get_by_test_id("discover-empty")).to_contain_text("没有摄像头应答")
    expect(page.get_by_test_id("discover-empty")).to_contain_text("ONVIF")
    worker.answer = (200, msgspec.json.encode(FOUND), {})
    page.get_by_test_id("discover-again").click()
    page.locator("[data-host='10.0.0.7']").get_by_test_id("discover-add").click()
    expect(page.get_by_test_id("camera-url")).to_have_value("rtsp://10.0.0.7:554/Streaming/Channels/101")
    expect(page.get_by_test_id("camera-name")).to_have_value("HIKVISION DS-2CD2T45")


def test_many_are_changed_after_a_look_and_taken_back(served: Any, page: Page) -> None:
    def priorities() -> set[int]:
        with served.store.read() as session:
            return set(session.scalars(select(CameraRow.priority)))

    page.get_by_test_id("cameras-bulk-all").click()
    page.get_by_test_id("bulk-take-priority").check()
    page.get_by_test_id("bulk-priority").select_option("1")
    page.get_by_test_id("bulk-look").click()
    expect(page.get_by_test_id("bulk-plan")).to_contain_text("将更改 2 个摄像头")
    assert priorities() == {2}
    page.get_by_test_id("bulk-run").click()
    expect(page.get_by_test_id("bulk-progress")).to_have_attribute("data-state", "done")
    assert priorities() == {1}
    page.get_by_test_id("bulk-undo").click()
    expect(page.get_by_test_id("bulk-progress")).to_have_attribute("data-state", "undone")
    assert priorities() == {2}
    page.keyboard.press("Escape")
    page.locator("[data-camera-id=C02]").get_by_test_id("camera-tick").check()
    expect(page.get_by_test_id("cameras-bulk-ids")).to_have_text(re.compile("1"))
    page.get_by_test_id("cameras-bulk-ids").click()
    page.get_by_test_id("bulk-take-enabled").check()
    page.get_by_test_id("bulk-enabled").select_option("false")
    page.get_by_test_id("bulk-look").click()
    page.get_by_test_id("bulk-run").click()
    expect(page.get_by_test_id("bulk-progress")).to_have_attribute("data-state", "done")
    assert (stored(served, "C01").enabled, stored(served, "C02").enabled) == (True, False)


def test_what_is_changed_at_once_is_told_by_the_areas_and_stations_names(served: Any, page: Page) -> None:
    square = [[119.19, 33.99], [119.21, 33.99], [119.21, 34.01], [119.19, 34.01]]
    with served.store.write() as session:
        session.add(Organisation(id="ST1", kind="station", name="城西派出所", name_en="West station"))
        session.flush()
        session.add(Area(id="A2", name="城西", name_en="West", polygon=square, station_id="ST1"))
        session.get_one(CameraRow, "C01").area_id = "A1"
    page.get_by_test_id("cameras-bulk-all").click()
    page.get_by_test_id("bulk-take-area_id").check()
    page.get_by_test_id("bulk-area").fill("A2")
    page.get_by_test_id("bulk-look").click()
    plan = page.get_by_test_id("bulk-plan")
    expect(plan).to_contain_text("城东 → 城西（城西派出所）")
    assert not re.search(r"\bA\d\b", plan.inner_text())
    page.get_by_test_id("bulk-run").click()
    expect(page.get_by_test_id("bulk-progress")).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("bulk-past")).to_contain_text("城西（城西派出所）")
    assert not re.search(r"\bA\d\b", page.get_by_test_id("bulk-past").inner_text())


SILENT = "10.0.0.9: answers, but sends no packet"


def test_a_fault_is_told_in_chinese_with_what_to_do_and_without_the_workers_english(
    served: Any, page: Page, worker: Worker, redis_client: redis.Redis
) -> None:
    worker.answer = (200, msgspec.json.encode({"reason": "silent", "detail": SILENT, "codec": "", "width": 0}), {})
    page.get_by_test_id("camera-add").click()
    page.get_by_test_id("camera-url").fill("rtsp://10.0.0.9/main")
    page.get_by_test_id("camera-try-url").click()
    expect(page.get_by_test_id("camera-probe-url")).to_contain_text("没有数据")
    expect(page.get_by_test_id("camera-probe-url")).to_contain_text("请检查网络和防火墙")
    expect(page.get_by_test_id("camera-probe-url")).not_to_contain_text("packet")
    page.keyboard.press("Escape")
    now = time.time()
    health = CameraHealth("C01", "fault", "silent", since=now, at=now, worker="w1", detail=SILENT)
    redis_client.hset(keys.camera_health(), "C01", encode(health))
    page.reload()
    fault = page.locator("[data-camera-id=C01]").get_by_test_id("camera-fault")
    expect(fault).to_have_text("没有数据")
    expect(fault).to_have_attribute("title", re.compile("请检查网络和防火墙"))
    assert "packet" not in (fault.get_attribute("title") or "")
