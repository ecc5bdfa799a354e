"""Evidence in a real browser: it opens at the alert's moment, shows the seconds before at a key, and boxes stay on their people."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
import pytest
import redis
from playwright.sync_api import Page, expect, sync_playwright

from console.alerts.receiving import receive
from console.cameras.outages import Sighting, do_follow
from lianqin import keys
from lianqin.evidence import EvidenceStore
from lianqin.records import CameraHealth, Evidence, SeenBefore, TrackPath, TrackPoint, encode
from lianqin.settings import Settings
from lianqin.testing import an_alert
from tests.console.conftest import a_picture, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
WIDTH, HEIGHT, FPS, SECONDS, MOMENT = 640, 360, 25, 20.0, 10.4
SIDE = 40


def left_of(at: float) -> float:
    """Where the white square's left edge stands, fraction of the width: to and fro, 128 pixels a second."""
    way = (at * 0.2) % 1.6
    return 0.05 + (way if way <= 0.8 else 1.6 - way)


def a_clip(b_frames: int, codec: str = "h264") -> bytes:
    """A white square that moves on grey noise."""
    target = io.BytesIO()
    noise = np.random.default_rng(2).integers(60, 90, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    with av.open(target, "w", format="mp4") as out:
        options = {"bf": str(b_frames), "g": "50", "preset": "ultrafast", "crf": "20"}
        if codec == "hevc":
            options["x265-params"] = "log-level=none"
        stream: Any = out.add_stream("libx265" if codec == "hevc" else "libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, FPS)
        for n in range(int(SECONDS * FPS)):
            picture = noise.copy()
            left = round(left_of(n / FPS) * WIDTH)
            picture[160 : 160 + SIDE, left : left + SIDE] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return target.getvalue()


@pytest.fixture
def page(served: Any, settings: Settings, b_frames: int) -> Iterator[Page]:
    """The desk with that alert; its track has a point each 0.2 s, as the detector makes them."""
    begin = time.time() - 60
    files = EvidenceStore(settings.evidence)
    files.write("2026-09-21/al-0001.jpg", a_picture(WIDTH, HEIGHT))
    files.write("2026-09-21/al-0001.mp4", a_clip(b_frames))
    points = tuple(
        TrackPoint(begin + n / 5, (left_of(n / 5), 160 / HEIGHT, left_of(n / 5) + SIDE / WIDTH, 200 / HEIGHT), 0.9)
        for n in range(int(SECONDS * 5) + 1)
    )
    alert = an_alert(
        captured_at=begin + MOMENT, published_at=begin + 11, snapshot="2026-09-21/al-0001.jpg", zone_name="东门"
    )
    clip = Evidence(alert.id, alert.camera_id, begin + 21, (TrackPath("C01-1", "person", True, points),), "2026-09-21/al-0001.mp4",
                    clip_from=begin, clip_seconds=SECONDS, codec="h264")  # fmt: skip
    with served.store.write() as session:
        receive(session, [alert, clip], time.time())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        found = chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        log_in(found, served.url, "operator")
        found.goto(served.url + "/desk")
        yield found
        chromium.close()


AT = "() => document.querySelector('[data-testid=evidence-video]')?.currentTime ?? -1"
FIRST_SHOWN = """async () => {
    for (;;) {
        const video = document.querySelector("[data-testid=evidence-video].showing");
        if (video) return video.currentTime;
        await new Promise(requestAnimationFrame);
    }
}"""
OFF_THE_SQUARE = """async (rounds) => {
    const video = document.querySelector("[data-testid=evidence-video]"), canvas = document.createElement("canvas");
    canvas.width = 640; canvas.height = 360;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const off = [];
    for (let n = 0; n < rounds; n++) {
        await new Promise((done) => video.requestVideoFrameCallback(done));
        context.drawImage(video, 0, 0, 640, 360);
        await new Promise(requestAnimationFrame); // the page has drawn its box for this picture
        const box = document.querySelector("[data-testid=evidence-box]");
        if (!box) { off.push(999); continue; }
        const row = context.getImageData(0, 180, 640, 1).data;
        let first = -1, last = -1;
        for (let x = 0; x < 640; x++) if (row[x * 4] > 200) { if (first < 0) first = x; last = x; }
        const drawn = parseFloat(box.style.left) / 100 * 640 + parseFloat(box.style.width) / 200 * 640;
        off.push(Math.abs(drawn - (first + last) / 2));
    }
    return off;
}"""
"""How many pixels (of 640) the middle of the box lies beside the middle of the square in the same picture, while it plays."""


@pytest.mark.parametrize("b_frames", [0, 2])
def test_evidence_opens_at_its_moment_and_the_box_stays_on_its_person_while_it_plays(page: Page) -> None:
    assert MOMENT - 0.1 <= page.evaluate(FIRST_SHOWN) <= MOMENT + 2.0
    off = page.evaluate(OFF_THE_SQUARE, 40)
    assert sorted(off)[len(off) * 9 // 10] < SIDE / 2, off
    page.keyboard.press("b")
    page.wait_for_function("() => document.querySelector('[data-testid=evidence-video]').currentTime < 3")
    expect(page.get_by_test_id("evidence-box")).to_be_visible()
    off = page.evaluate(OFF_THE_SQUARE, 20)
    assert sorted(off)[len(off) * 9 // 10] < SIDE / 2, off


@pytest.mark.parametrize("b_frames", [0])
def test_at_its_end_the_clip_begins_again_at_the_moment(page: Page) -> None:
    page.evaluate(FIRST_SHOWN)
    page.evaluate("() => { document.querySelector('[data-testid=evidence-video]').currentTime = 19.5 }")
    page.wait_for_function("() => document.querySelector('[data-testid=evidence-video]').currentTime > 19")
    page.wait_for_function("() => document.querySelector('[data-testid=evidence-video]').currentTime < 15")
    assert page.evaluate(AT) >= MOMENT - 0.1


@pytest.fixture
def covered_lens(served: Any, settings: Settings, redis_client: redis.Redis, codec: str, covers: int) -> Iterator[Page]:
    """The desk with the alert of a lens that was covered so often and still is; the camera's present picture is black."""
    now, files = time.time() - 60, EvidenceStore(settings.evidence)
    files.write("2026-09-21/al-cover.jpg", a_picture(WIDTH, HEIGHT))
    files.write("2026-09-21/al-cover.mp4", a_clip(0, codec))
    before = SeenBefore("al-cover", "2026-09-21/al-cover.jpg", picture_at=now - 22, clip="2026-09-21/al-cover.mp4",
                        clip_from=now - 34, clip_seconds=SECONDS, codec=codec)  # fmt: skip
    with served.store.write() as session:
        do_follow(session, [Sighting("C01", "10.0.0", "covered", now - 20, "", before)], now)
        for _ in range(1, covers):
            do_follow(session, [Sighting("C01", "10.0.0", "", now + 2)], now + 2)
            do_follow(session, [Sighting("C01", "10.0.0", "covered", now + 4)], now + 20)
        told = CameraHealth("C01", "fault", "covered", now - 20, time.time() + 3600, "w1")
        redis_client.hset(keys.camera_health(), "C01", encode(told))
    black = bytes(cv2.imencode(".jpg", np.zeros((HEIGHT, WIDTH, 3), np.uint8))[1].tobytes())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        found = chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        found.route("**/api/cameras/C01/snapshot*", lambda route: route.fulfill(body=black, content_type="image/jpeg"))
        log_in(found, served.url, "operator")
        found.goto(served.url + "/desk?alert=al-cover")
        yield found
        chromium.close()


@pytest.mark.parametrize(("codec", "covers"), [("h264", 1), ("hevc", 1), ("h264", 2)])
def test_a_covered_lens_shows_the_last_good_picture_beside_the_present_one_and_who_was_before_it(
    covered_lens: Page,
) -> None:
    page = covered_lens
    expect(page.get_by_test_id("outages")).to_contain_text("1路仍监控失效，共1路", timeout=15_000)
    for part in ("cover-good", "cover-now"):
        expect(page.get_by_test_id(part)).to_be_visible(timeout=15_000)
        page.wait_for_function(
            "(part) => document.querySelector(`[data-testid=${part}]`)?.naturalWidth === 640", arg=part
        )
    boxes = [page.get_by_test_id(part).bounding_box() for part in ("cover-good", "cover-now")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.keyboard.press("b")
    page.wait_for_function("() => (document.querySelector('[data-testid=cover-clip]')?.currentTime ?? 0) > 4")
    assert page.evaluate("() => document.querySelector('[data-testid=cover-clip]').currentTime") < 9
    expect(page.get_by_test_id("cover-now")).to_be_visible()
