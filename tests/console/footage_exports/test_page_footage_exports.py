"""A picture and a clip exported in a real browser: from the desk, the record and an incident's row; progress, cancel, the file."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from console.alerts.receiving import receive
from lianqin.audit import AuditRow
from lianqin.evidence import EvidenceStore
from lianqin.records import Evidence
from lianqin.settings import Settings
from lianqin.testing import an_alert
from tests.console.conftest import a_picture, log_in
from tests.console.footage_exports.test_footage_exports import a_clip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def house(served: Any, settings: Settings) -> Any:
    """One alert with picture and clip."""
    now, files = time.time(), EvidenceStore(settings.evidence)
    picture = files.write("2026-09-21/al-0001.jpg", a_picture())
    clip = files.write("2026-09-21/al-0001.mp4", a_clip(frames=40))
    alert = an_alert(
        captured_at=now - 30, published_at=now - 29, snapshot="2026-09-21/al-0001.jpg", snapshot_sha256=picture
    )
    evidence = Evidence(alert.id, alert.camera_id, now - 20, (), "2026-09-21/al-0001.mp4", clip_sha256=clip, clip_from=now - 32,
                        clip_seconds=4.0, codec="h264")  # fmt: skip
    with served.store.write() as session:
        receive(session, [alert, evidence], now)
    return served


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield chromium
        chromium.close()


def visit(browser: Browser, house: Any, role: str, path: str) -> Page:
    page = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
    page.set_default_timeout(30_000)
    log_in(page, house.url, role)
    page.goto(house.url + path)
    return page


def rows(house: Any) -> list[AuditRow]:
    with house.store.read() as session:
        return list(session.scalars(select(AuditRow).where(AuditRow.action == "footage.export").order_by(AuditRow.seq)))


def downloaded(page: Page) -> tuple[str, bytes]:
    """The file that the button makes."""
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_test_id("export-make").click()
    expect(page.get_by_test_id("export-ready")).to_be_visible()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_from_the_desk_a_clip_is_saved_blurred_and_the_register_has_the_files_digest(
    house: Any, browser: Browser
) -> None:
    page = visit(browser, house, "operator", "/desk?alert=al-0001")
    page.get_by_test_id("export-open").click()
    expect(page.get_by_test_id("export-blurred-only")).to_be_visible()
    expect(page.get_by_test_id("export-clear")).to_have_count(0)
    page.get_by_test_id("export-purpose").select_option("incident")
    expect(page.get_by_test_id("export-case")).to_have_value("al-0001")
    name, data = downloaded(page)
    (row,) = rows(house)
    assert (row.actor_id, row.purpose, row.case_ref, row.detail["clear"]) == (
        "a-operator",
        "incident",
        "al-0001",
        False,
    )
    assert row.detail["sha256"] == hashlib.sha256(data).hexdigest()
    assert name == row.detail["file"]
    expect(page.get_by_test_id("export-ready")).to_contain_text(row.detail["number"])
    expect(page.get_by_test_id("export-ready")).to_contain_text(row.detail["sha256"])
    assert f"{row.detail['number']}.mp4" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_from_the_record_an_officer_saves_it_clear_by_the_purpose_stated_there(house: Any, browser: Browser) -> None:
    page = visit(browser, house, "officer", "/records")
    page.get_by_test_id("record-purpose").select_option("case")
    page.get_by_test_id("record-case").fill("A-20260001")
    page.get_by_test_id("record-begin").click()
    page.locator("[data-alert-id=al-0001]").get_by_test_id("record-open").click()
    page.get_by_test_id("export-open").click()
    expect(page.get_by_test_id("export-case")).to_have_value("A-20260001")
    page.get_by_test_id("export-picture").check()
    page.get_by_test_id("export-clear").check()
    _, data = downloaded(page)
    (row,) = rows(house)
    assert (row.detail["exported"], row.detail["clear"], row.purpose) == ("picture", True, "case")
    assert row.detail["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_wrong_case_is_said_in_the_box_and_a_cancelled_export_leaves_nothing(house: Any, browser: Browser) -> None:
    page = visit(browser, house, "operator", "/desk?alert=al-0001")
    page.get_by_test_id("evidence-picture").wait_for()
    page.keyboard.press("y")
    page.get_by_test_id("judge-undo").wait_for()
    page.goto(house.url + "/incidents")
    page.get_by_test_id("export-open").click()
    page.get_by_test_id("export-purpose").select_option("complaint")
    page.get_by_test_id("export-case").fill("甲")
    page.get_by_test_id("export-make").click()
    expect(page.get_by_test_id("export-problem")).to_be_visible()
    # What is under way is held, so that it is surely cancelled in the middle.
    page.route("**/api/footage-exports", lambda _: None)
    page.get_by_test_id("export-case").fill("A-20260001")
    page.get_by_test_id("export-make").click()
    expect(page.get_by_test_id("export-progress")).to_be_visible()
    page.get_by_test_id("export-stop").click()
    expect(page.get_by_test_id("export-stopped")).to_be_visible()
    assert rows(house) == []
