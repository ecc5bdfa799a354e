"""Codes read by the camera in a real browser: a made camera that shows a real code, browsers with and without a reader of their
own, and the word that is said where there is no camera."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright
from sqlalchemy import select

from bench.kit.browsers import FLAGS
from patrol.county.tables import Checkpoint
from patrol.duty.tables import CheckInRow
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
CODE = "PA-A1-东门-1"
SIDE = (640, 480)
NO_READER = "delete window.BarcodeDetector;"
IN_NAME_ONLY = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { throw new DOMException("Barcode detection service unavailable.", "NotSupportedError"); }
};
"""
"""As Chrome on Android without Google's services has it."""
ITS_OWN = f"""
window.BarcodeDetector = class {{
  static async getSupportedFormats() {{ return ["qr_code"]; }}
  async detect() {{ return [{{ rawValue: "{CODE}" }}]; }}
}};
"""


def qr_of(text: str) -> Any:
    """A code with its quiet zone, black on white, grey levels."""
    return cv2.copyMakeBorder(cv2.QRCodeEncoder.create().encode(text), 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)


def camera_file(file: Path, code: Any) -> Path:
    """A Y4M film of the code as a phone sees it: small, askew, in poor light, with a grain that differs in each picture."""
    width, height = SIDE
    seen = cv2.resize(code, (260, 260), interpolation=cv2.INTER_NEAREST)
    corners = np.array([[0, 0], [260, 0], [260, 260], [0, 260]], np.float32)
    askew = np.array([[180, 110], [440, 130], [425, 385], [170, 360]], np.float32)
    scene = cv2.warpPerspective(seen, cv2.getPerspectiveTransform(corners, askew), SIDE, borderValue=(110,)).astype(
        np.float32
    )
    grain = np.random.default_rng(5)
    out = io.BytesIO()
    out.write(f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420jpeg\n".encode())
    for _ in range(15):
        grey = np.clip(scene * 0.7 + 20 + grain.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)
        out.write(b"FRAME\n" + grey.tobytes() + bytes([128]) * (width * height // 2))
    file.write_bytes(out.getvalue())
    return file


@contextmanager
def browser_with(film: Path | None, *more: str) -> Iterator[BrowserContext]:
    """A Chromium whose camera and microphone are made ones; None: this machine's, which has none."""
    made = [] if film is None else ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *made, *more])
        yield chromium.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
        chromium.close()


@pytest.fixture
def post(served: Any) -> Any:
    """The console, whose post at the gate bears `CODE`."""
    with served.store.write() as session:
        session.get_one(Checkpoint, "A1-p1").scan_code = CODE
    return served


def check_ins(post: Any) -> list[tuple[str, str | None, bool]]:
    with post.store.read() as session:
        return [(row.method, row.checkpoint_id, row.counts) for row in session.scalars(select(CheckInRow))]


@pytest.mark.parametrize(("readers", "fetched"), [(NO_READER, True), (IN_NAME_ONLY, True), (ITS_OWN, False)],
                         ids=["no reader", "a reader in name only", "the browser's own"])  # fmt: skip
def test_a_guard_scans_the_code_of_a_post_and_it_counts_as_a_check_in(
    post: Any, tmp_path: Path, readers: str, fetched: bool
) -> None:
    with browser_with(camera_file(tmp_path / "camera.y4m", qr_of(CODE))) as context:
        context.grant_permissions(["camera"], origin=post.url)
        context.add_init_script(readers)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        log_in(page, post.url, "guard")
        page.get_by_test_id("m-check-in-page").click(timeout=20_000)
        assert not [url for url in asked if "/decode-" in url], "the reader comes when somebody scans"
        page.get_by_test_id("m-code-scan").click()
        punched = page.get_by_test_id("m-check-in").first
        expect(punched).to_contain_text("有效", timeout=30_000)
        expect(punched).to_contain_text("东门")
        expect(page.get_by_test_id("m-code-video")).to_be_hidden()
        assert bool([url for url in asked if "/decode-" in url]) is fetched
    assert check_ins(post) == [("qr", "A1-p1", True)]


def test_an_officer_scans_the_code_on_the_guards_phone(post: Any, tmp_path: Path) -> None:
    """The camera sees what the guard's page draws; a post's code is not taken for it."""
    with browser_with(None) as phone:
        page = phone.new_page()
        log_in(page, post.url, "guard")
        page.get_by_test_id("m-checks").click(timeout=20_000)
        page.get_by_test_id("m-shift-code").wait_for(timeout=20_000)
        drawn = page.locator(".qr canvas").screenshot()
    shown = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_GRAYSCALE)
    for code, said in ((qr_of(CODE), "不是保安员的核验码"), (shown, None)):
        with browser_with(camera_file(tmp_path / "camera.y4m", code)) as context:
            context.grant_permissions(["camera"], origin=post.url)
            page = context.new_page()
            log_in(page, post.url, "officer")
            page.get_by_test_id("check-code-scan").click(timeout=20_000)
            if said:
                expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible(timeout=30_000)
            else:
                expect(page.get_by_role("dialog")).to_contain_text("保安1", timeout=30_000)


@pytest.mark.parametrize(("granted", "secure", "said"), [(False, True, "未允许使用摄像头"), (True, True, "没有找到摄像头"), (True, False, "不是 https")],
                         ids=["refused", "no camera", "plain http"])  # fmt: skip
def test_without_a_camera_the_page_says_why_and_takes_the_code_typed(
    post: Any, tmp_path: Path, granted: bool, secure: bool, said: str
) -> None:
    film = None if granted else camera_file(tmp_path / "camera.y4m", qr_of(CODE))
    url = post.url if secure else post.url.replace("127.0.0.1", "county.example")
    with browser_with(
        film, "--host-resolver-rules=MAP county.example 127.0.0.1", "--deny-permission-prompts"
    ) as context:
        if granted and secure:
            context.grant_permissions(["camera"], origin=url)
        page = context.new_page()
        log_in(page, url, "guard")
        page.get_by_test_id("m-check-in-page").click(timeout=20_000)
        if secure:
            page.get_by_test_id("m-code-scan").click()
        expect(page.get_by_test_id("m-code-trouble")).to_contain_text(said, timeout=20_000)
        page.get_by_test_id("m-code").fill(CODE)
        page.get_by_test_id("m-code-send").click()
        expect(page.get_by_test_id("m-check-in").first).to_contain_text("有效", timeout=30_000)
    assert check_ins(post) == [("qr", "A1-p1", True)]


ALLOWED = "['camera', 'microphone', 'geolocation'].filter((one) => document.featurePolicy.allowsFeature(one))"


def test_a_page_reached_by_a_link_may_use_what_it_uses_and_nothing_more(post: Any, tmp_path: Path) -> None:
    """A document keeps what it was permitted when it came; going to a page with other devices fetches it anew."""
    with browser_with(camera_file(tmp_path / "camera.y4m", qr_of(CODE))) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1366, "height": 768})
        log_in(page, post.url, "officer")
        page.get_by_test_id("nav-spot-checks").wait_for(timeout=20_000)
        assert page.evaluate(ALLOWED) == ["camera"]
        for place, allowed in (("trails", []), ("point-calls", []), ("spot-checks", ["camera"]), ("map", [])):
            page.get_by_test_id(f"nav-{place}").click()
            page.wait_for_url(f"**/{place}")
            page.locator("main").wait_for(timeout=20_000)
            assert page.evaluate(ALLOWED) == allowed, place


def test_the_guards_page_hears_a_made_microphone(post: Any, tmp_path: Path) -> None:
    """No page records sound yet; the header permits it where a call's voice will be."""
    with browser_with(camera_file(tmp_path / "camera.y4m", qr_of(CODE))) as context:
        context.grant_permissions(["microphone"], origin=post.url)
        page = context.new_page()
        log_in(page, post.url, "guard")
        page.get_by_test_id("m-check-in-page").wait_for(timeout=20_000)
        assert page.evaluate(ALLOWED) == ["camera", "microphone", "geolocation"]
        tracks = "async () => (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks().length"
        assert page.evaluate(tracks) == 1
