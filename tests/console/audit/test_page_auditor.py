"""The auditor's two questions, each answered on one page in a real browser: who looked at a guard's trail and why, and what became
of an alert."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from lianqin import audit, seals
from lianqin.chain import CHAINS
from lianqin.testing import an_alert
from lianqin.verify import OutsideSeal, verify
from patrol.county.tables import Guard
from patrol.duty.tables import Shift
from tests.console.conftest import PASSWORD, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
CASE = "案-2026-117"


@pytest.fixture
def ask(served: Any) -> Iterator[Any]:
    """`ask("officer", "POST", path, body)`: what other people did before the auditor comes."""
    known: dict[str, httpx.Client] = {}

    def send(username: str, method: str, path: str, body: Any = None) -> Any:
        if username not in known:
            client = httpx.Client(base_url=served.url)
            csrf = client.post("/api/login", json={"username": username, "password": PASSWORD}).json()["csrf"]
            client.headers["x-csrf"] = csrf
            known[username] = client
        answer = known[username].request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    yield send
    for client in known.values():
        client.close()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 900})
        chromium.close()


def cells(page: Page, action: str) -> str:
    """The one row of that action, as it is read."""
    return page.locator(f"[data-testid=audit-row][data-action='{action}']").inner_text()


def readable(page: Page) -> None:
    """No bare word of the code and no raw second on the page."""
    told = page.locator(".detail").all_inner_texts()
    assert not [
        one
        for one in told
        if any(bare in one.split() for bare in ("until", "form", "file", "sha256", "incident", "how"))
    ], told
    assert not [one for one in told if re.search(r"\b1[5-9]\d{8}\b", one)], told


def test_who_looked_at_a_guards_trail_and_why_stands_on_one_page(served: Any, ask: Any, page: Page) -> None:
    now = time.time()
    asked = {"guard_id": "G1", "from_at": now - 3 * 86_400, "to_at": now - 60, "purpose": "complaint", "case_ref": CASE}
    look = ask("officer", "POST", "/api/trails", asked)
    ask("officer", "GET", f"/api/trails/{look['look_id']}/export?form=gpx")
    ask("officer", "POST", "/api/live-look", {"purpose": "incident", "case_ref": "案-2026-118"})
    log_in(page, served.url, "auditor")
    page.get_by_test_id("audit-person").fill("保安1", timeout=20_000)
    expect(page.get_by_test_id("audit-row")).to_have_count(3)
    page.get_by_test_id("audit-thing").filter(has_text="保安1").first.click()
    page.get_by_test_id("audit-tab-looks").click()
    expect(page.locator("h1")).to_have_text("保安员 保安1 的全部记录")
    expect(page.get_by_test_id("audit-row")).to_have_count(3)
    for action, purpose, case in (
        ("trail.look", "投诉", CASE),
        ("trail.export", "投诉", CASE),
        ("guards.look", "事件处置", "案-2026-118"),
    ):
        told = cells(page, action)
        assert [one for one in ("officer 甲", "民警", purpose, case) if one not in told] == []
    readable(page)
    with page.expect_download() as got:
        page.get_by_test_id("audit-csv").click()
    text = got.value.path().read_text("utf-8-sig")
    assert (text.count("officer 甲"), "查看轨迹" in text, CASE in text) == (3, True, True)


def test_what_became_of_an_alert_stands_on_one_page(served: Any, ask: Any, page: Page) -> None:
    now = time.time()
    with served.store.write() as session:
        session.add(Guard(id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2035-01-01", notice_signed_at=now - 1e6,
                          default_area_id="A1"))  # fmt: skip
        session.flush()
        session.add(Shift(id="S3", guard_id="G3", unit_id="U1", area_id="A1", opened_at=now - 3600, opened_by="x", due_end_at=now + 3600,
                          facts={}))  # fmt: skip
        receive(session, [an_alert(id="al-0009", captured_at=now - 2, zone_name="东门")], now - 1)
    incident = ask("operator", "POST", "/api/alerts/al-0009/confirm")["incident"]["id"]
    ask("operator", "POST", f"/api/incidents/{incident}/dispatches", {"guard_id": "G3"})
    ask("operator", "POST", f"/api/incidents/{incident}/close", {"note": "翻越围栏，已劝离", "cancel_calls": True})
    log_in(page, served.url, "auditor")
    page.get_by_test_id("audit-object").fill("al-0009", timeout=20_000)
    page.locator("[data-action='alert.confirm']").get_by_test_id("audit-thing").click()
    expect(page.locator("h1")).to_have_text("告警 学院路1 的全部记录")
    rows = page.get_by_test_id("audit-row")
    expect(rows).to_have_count(5)
    assert [one.get_attribute("data-action") for one in rows.all()] == [
        "incident.close",
        "dispatch.cancel",
        "dispatch.call",
        "incident.open",
        "alert.confirm",
    ]
    told = "".join(rows.all_inner_texts())
    assert [
        one for one in ("operator 甲", "判定属实", "呼叫保安员", "保安3", "翻越围栏，已劝离") if one not in told
    ] == []
    readable(page)


def test_the_auditor_takes_seals_away_as_a_file_and_on_paper(served: Any, page: Page, tmp_path: Any) -> None:
    with served.store.write() as session:
        audit.write(session, audit.system("t"), "clip.look", "alert", "al-1", at=time.time())
    sealed, draws = seals.take_seals(served.store, time.time())
    log_in(page, served.url, "auditor")
    page.goto(served.url + "/audit")
    row = page.get_by_test_id("seal-row").filter(has_text="audit:")
    expect(row).to_contain_text(f"audit:{sealed.seq}:{sealed.hash}")
    page.emulate_media(media="print")
    expect(row).to_be_visible()
    page.emulate_media(media="screen")
    with page.expect_download() as waiting:
        page.get_by_test_id("seals-take").click()
    file = tmp_path / "seals.jsonl"
    waiting.value.save_as(file)
    taken, taken_draws = seals.read_seals(file)
    assert (draws.chain, taken_draws) == ("draws", draws), "no draw came since"
    assert taken.seq > sealed.seq, "the log-in is sealed too"
    with served.store.read() as session:
        report = verify(session, CHAINS["audit"], [OutsideSeal(taken.hash, taken.seq, taken.chain, taken.at)])
    assert (report.whole, report.agree) == (True, 3)
