"""The guard's page in a real browser at a phone's size: a report with a picture written without network, the ring, the points
left, and the word "I am there"."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import av
import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from sqlalchemy import select, update

from bench.kit.browsers import FLAGS, PHONE
from console.reports.tables import GuardReport
from lianqin.clock import county_day
from lianqin.evidence import EvidenceStore
from patrol.calls.tables import PointCall
from patrol.county.tables import Guard
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import RosterEntry, RosterRequest
from tests.console.conftest import a_picture
from tests.console.phone.test_page_scan import browser_with, log_in
from tests.console.reports.test_my_page_reports import with_metadata

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
HELD_BACK = """
const Real = window.AudioContext;
let touched = false;
window.addEventListener("pointerdown", () => (touched = true), true);
window.AudioContext = class extends Real {
  armed = false;
  resume() { this.armed = touched; return this.armed ? super.resume() : new Promise(() => {}); }
  get state() { return this.armed ? super.state : "suspended"; }
};
"""
"""Sound is held back until a first touch, as on a phone; a browser without a screen leaves that out."""
KEPT_REPORT = """async () => {
  const kept = async () => (await (await caches.open("lianqin-page-2")).keys()).some((one) => one.url.includes("/ReportPage-"));
  while (!await kept()) await new Promise((then) => setTimeout(then, 50));
}"""
"""Until the service worker keeps the page of reports, which nobody opened yet."""
BUZZES = "async () => { while (window.buzzed.length < 2) await new Promise((then) => setTimeout(then, 50)); }"
BUZZED = "window.buzzed = []; navigator.vibrate = (pattern) => (window.buzzed.push(pattern), true);"


@pytest.fixture
def phone(served: Any) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = chromium.new_context(
            locale="zh-CN", viewport=PHONE, geolocation={"longitude": 119.2, "latitude": 34.0009, "accuracy": 7}
        )  # type: ignore[arg-type] - a constant of plain numbers
        context.grant_permissions(["geolocation"], origin=served.url)
        context.add_init_script(BUZZED)
        context.add_init_script(HELD_BACK)
        yield context
        chromium.close()


def settled(served: Any) -> None:
    """Neither call nor task waits."""
    with served.store.write() as session:
        session.execute(update(PointCall).values(verdict="unknown"))
        session.execute(update(Dispatch).values(state="done"))


def opened(phone: BrowserContext, served: Any) -> Page:
    page = phone.new_page()
    log_in(page, served.url, "guard")
    page.get_by_test_id("m-tracker").wait_for(timeout=20_000)
    return page


def test_a_report_with_a_picture_is_written_without_network_and_sent_when_it_returns(
    served: Any, phone: BrowserContext, settings: Any
) -> None:
    settled(served)
    page = opened(phone, served)
    page.evaluate(KEPT_REPORT)
    phone.set_offline(True)
    page.get_by_test_id("m-report-open").click()
    page.get_by_test_id("m-report-facility").click()
    page.get_by_test_id("m-report-photo").set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": with_metadata(a_picture(2000, 1500))}
    )
    page.get_by_test_id("m-report-preview").wait_for(timeout=20_000)
    page.get_by_test_id("m-report-words").fill("井盖缺失")
    page.get_by_test_id("m-report-send").click()
    expect(page.get_by_test_id("m-report-kept")).to_be_visible()
    [row] = page.get_by_test_id("m-report-row").all()
    expect(row).to_have_attribute("data-state", "queued")
    phone.set_offline(False)
    expect(page.get_by_test_id("m-report-row")).to_have_attribute("data-state", "new", timeout=30_000)
    expect(page.get_by_test_id("m-report-row")).to_contain_text("指挥室已收到")
    with served.store.read() as session:
        [kept] = session.scalars(select(GuardReport)).all()
    assert (kept.kind, kept.words, kept.promised, kept.lat) == ("facility", "井盖缺失", "photo", 34.0009)
    picture = EvidenceStore(settings.evidence).read(kept.media)
    assert b"Exif" not in picture
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (960, 1280)


def test_a_picture_of_a_task_is_taken_without_network_and_sent_when_it_returns(
    served: Any, phone: BrowserContext, settings: Any
) -> None:
    settled(served)
    with served.store.write() as session:
        session.execute(update(Dispatch).where(Dispatch.id == "dp-1").values(state="accepted", accepted_at=time.time()))
    page = opened(phone, served)
    page.get_by_test_id("m-task-photo").wait_for(timeout=20_000)
    phone.set_offline(True)
    page.get_by_test_id("m-task-file").set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": with_metadata(a_picture(800, 600))}
    )
    expect(page.get_by_test_id("m-task-photo-waits")).to_contain_text("1 张", timeout=20_000)
    phone.set_offline(False)
    expect(page.get_by_test_id("m-task-photo-here")).to_contain_text("1 张", timeout=30_000)
    expect(page.get_by_test_id("m-task-photo-waits")).to_have_count(0)
    with served.store.read() as session:
        [kept] = session.scalars(select(GuardReport)).all()
    assert (kept.kind, kept.state, kept.dispatch_id, kept.incident_id) == ("task", "task", "dp-1", "in-1")
    assert b"Exif" not in EvidenceStore(settings.evidence).read(kept.media)


def test_a_call_rings_until_the_guard_touches_it_and_the_page_says_while_sound_is_held_back(
    served: Any, phone: BrowserContext
) -> None:
    opened(phone, served).close()
    page = phone.new_page()  # one that nobody touched yet
    page.goto(served.url + "/m")
    ringing = page.get_by_test_id("m-ringing")
    expect(ringing).to_have_attribute("data-kind", "call", timeout=20_000)
    expect(page.get_by_test_id("m-ring-blocked")).to_be_visible()
    page.evaluate(BUZZES)
    page.get_by_test_id("m-ring-stop").click()
    expect(ringing).to_have_count(0)
    expect(page.get_by_test_id("m-ring-blocked")).to_have_count(0)
    assert page.evaluate("window.buzzed.at(-1)") == 0
    page.reload()
    page.get_by_test_id("m-ring-blocked").wait_for(timeout=20_000)
    expect(ringing).to_have_count(0)
    page.get_by_test_id("m-report-open").click()  # any touch arms it
    page.get_by_test_id("m-ring-test").click()
    expect(ringing).to_have_attribute("data-kind", "test")
    page.get_by_test_id("m-ring-stop").click()
    expect(ringing).to_have_count(0)


def test_the_points_left_are_shown_with_the_way_and_stay_without_network(served: Any, phone: BrowserContext) -> None:
    settled(served)
    page = opened(phone, served)
    expect(page.get_by_test_id("m-round")).to_contain_text("还剩 1 个", timeout=20_000)
    page.get_by_test_id("m-round").click()
    point = page.get_by_test_id("m-point")
    expect(point).to_have_attribute("data-state", "left", timeout=20_000)
    expect(point).to_contain_text("100 m")
    phone.set_offline(True)
    point.get_by_role("button").first.click()
    expect(page.get_by_test_id("m-way")).to_contain_text("往南走约 100 m")
    assert (page.get_by_test_id("m-way-amap").get_attribute("href") or "").startswith("amapuri://route/plan/")
    expect(page.get_by_test_id("m-tracker")).to_be_visible()


def test_being_there_is_said_with_the_phones_place_and_kept_without_network(served: Any, phone: BrowserContext) -> None:
    page = opened(phone, served)
    page.get_by_test_id("m-accept").click()
    page.get_by_test_id("m-there").wait_for(timeout=20_000)
    phone.set_offline(True)
    page.get_by_test_id("m-there").click()
    expect(page.locator("[data-dispatch-id=dp-1]").get_by_text("已记下，有信号自动发")).to_be_visible()
    phone.set_offline(False)
    expect(page.get_by_test_id("m-there-said")).to_be_visible(timeout=30_000)
    with served.store.read() as session:
        row = session.get_one(Dispatch, "dp-1")
    assert row.said_at is not None
    assert abs(row.said_at - time.time()) < 120
    assert (row.state, row.said_lon, row.said_lat, row.arrived_at) == ("accepted", 119.2, 34.0009, None)


def test_leave_is_asked_for_and_a_colleagues_swap_answered(served: Any, phone: BrowserContext) -> None:
    settled(served)
    begins = time.time() + 86_400
    with served.store.write() as session:
        session.add(
            Guard(
                id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2030-01-01", notice_signed_at=1.0
            )
        )
        session.flush()
        for guard_id, entry_id in (("G1", "ro-1"), ("G3", "ro-3")):
            session.add(RosterEntry(id=entry_id, unit_id="U1", guard_id=guard_id, area_id="A1", day=county_day(begins), begins_at=begins,
                                    ends_at=begins + 8 * 3600, state="planned", state_at=begins))  # fmt: skip
        session.add(RosterRequest(id="rq-3", kind="swap", unit_id="U1", guard_id="G3", entry_id="ro-3", other_guard_id="G1",
                                  reason="孩子生病", state="asked", asked_at=time.time()))  # fmt: skip
    page = opened(phone, served)
    page.get_by_test_id("m-leave-swap").click()
    expect(page.get_by_test_id("m-swap-to-me")).to_contain_text("保安3 请您替班", timeout=20_000)
    page.get_by_test_id("m-swap-agree").click()
    expect(page.get_by_test_id("m-swap-to-me")).to_have_count(0, timeout=20_000)
    page.get_by_test_id("m-leave-entry").select_option("ro-1")
    page.get_by_test_id("m-leave-reason").fill("家中有事")
    page.get_by_test_id("m-leave-send").click()
    expect(page.get_by_test_id("m-leave-asked")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("m-request")).to_have_attribute("data-state", "asked")
    with served.store.read() as session:
        found = {row.id == "rq-3": (row.kind, row.state, row.from_at) for row in session.scalars(select(RosterRequest))}
    assert found == {True: ("swap", "agreed", None), False: ("leave", "asked", pytest.approx(begins))}


def test_a_report_with_a_voice_is_recorded_by_the_microphone_and_heard_in_the_command_room(
    served: Any, settings: Any
) -> None:
    settled(served)
    with browser_with(None, "--use-fake-device-for-media-stream") as context:
        context.grant_permissions(["microphone"], origin=served.url)
        page = opened(context, served)
        page.get_by_test_id("m-report-open").click()
        page.get_by_test_id("m-report-facility").click()
        page.get_by_test_id("m-report-voice").click()
        page.wait_for_timeout(1500)  # a made microphone beeps once a second
        page.get_by_test_id("m-report-voice").click()
        page.get_by_test_id("m-report-listen").wait_for(timeout=20_000)
        page.get_by_test_id("m-report-send").click()
        expect(page.get_by_test_id("m-report-row")).to_have_attribute("data-state", "new", timeout=30_000)
        with served.store.read() as session:
            [kept] = session.scalars(select(GuardReport)).all()
        assert kept.promised == "voice"
        heard = av.open(io.BytesIO(EvidenceStore(settings.evidence).read(kept.media)))
        samples = np.concatenate([frame.to_ndarray().ravel() for frame in heard.decode(audio=0)])
        assert np.abs(samples).max() > 0, "it is not silence"
