"""The hand-over sheet in a real browser: made, sealed, and printed on one or two sides of A4, black on white."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.cameras.tables import CameraRow, Outage
from console.handing.sheet import MOST
from console.handing.tables import Promise
from console.incidents.tables import Incident
from console.rules.tables import Shelf
from lianqin import seals
from lianqin.chain import CHAINS
from lianqin.testing import an_alert
from lianqin.verify import read_told, verify
from patrol.calls.tables import PointCall
from patrol.county.tables import Area, Guard, Organisation, Post, Unit
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import RosterEntry, Shift
from patrol.scores.tables import LedgerLine
from patrol.sos.tables import SosCallRow
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LONG = "县城东部联勤协作区域第一中学与人民医院之间的步行街南口"


@pytest.fixture(params=[("dark", "zh-CN"), ("light", "en")], ids=["dark-zh", "light-en"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    theme, language = request.param
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
        context.add_init_script(
            f"localStorage.setItem('lianqin.theme', '{theme}'); localStorage.setItem('lianqin.language', '{language}')"
        )
        yield context.new_page()
        chromium.close()


def full_night(served: Any) -> None:
    """More of everything than the sheet lists, with names as long as they may be in the county."""
    now = time.time()
    with served.store.write() as session:
        session.add(Organisation(id="O1", kind="station", name="城东派出所", name_en="East station"))
        session.add(LedgerLine(id="l1", at=now, shift_id="S1", guard_id="G1", unit_id="U1", rule_version="r1", line="presence", points=1,
                               out_of=1, numerator=1, denominator=1, provisional=True, evidence={}, reason=""))  # fmt: skip
        for n in range(MOST + 2):
            session.add(Unit(id=f"UX{n}", kind="security_company", name=f"{LONG}{n}号保安服务公司"[-30:]))
            session.add(
                Area(
                    id=f"AX{n}",
                    name=f"{LONG}{n}",
                    polygon=[[119.2, 34.0], [119.21, 34.0], [119.2, 34.01]],
                    key_area=False,
                    needed=3,
                )
            )
            session.flush()
            session.add(
                Guard(
                    id=f"GX{n}",
                    unit_id=f"UX{n}",
                    name=f"欧阳保安{n}",
                    cert_valid_until="2035-01-01",
                    notice_signed_at=1.0,
                )
            )
            session.add(Post(id=f"PX{n}", area_id=f"AX{n}", name=f"北门岗{n}", lon=119.2, lat=34.0))
            session.flush()
            session.add(Shift(id=f"SX{n}", guard_id=f"GX{n}", unit_id=f"UX{n}", area_id=f"AX{n}", opened_at=now - 3600, opened_by="x",
                              due_end_at=now + 9000, duty_state="on_break", facts={}))  # fmt: skip
            session.flush()
            session.add(
                PointCall(
                    id=f"pcx-{n}",
                    guard_id=f"GX{n}",
                    shift_id=f"SX{n}",
                    unit_id=f"UX{n}",
                    called_by="x",
                    called_at=now - n,
                    evidence={},
                )
            )
            session.add(Promise(id=f"pr-{n}", alert_id="al-x0", words=f"{LONG}：答应店主回电，问清是谁报的警", due_at=now + 60 * n,
                                made_by="operator 甲", made_at=now))  # fmt: skip
            session.add(Shelf(id=f"sf-{n}", camera_id=f"CX{n}", zone_id="z", zone_name="东门", situation="intrusion", reason="道路施工围挡，每天七点到十九点",
                              shelved_by="operator 甲", from_at=now - 60, until_at=now + 3600))  # fmt: skip
            session.add(SosCallRow(id=f"so-{n}", guard_id=f"GX{n}", raised_at=now - n, known_at=now, last_press_at=now))
            session.add(CameraRow(id=f"CX{n}", code=f"{n:020}", name=f"{LONG}{n}", url="rtsp://10.0.0.1/x"))
            session.add(Outage(camera_id=f"CX{n}", reason="behind", from_at=now - 60 * n))
            session.add(RosterEntry(id=f"rx-{n}", unit_id=f"UX{n}", guard_id=f"GX{n}", area_id=f"AX{n}", post_id=f"PX{n}", day="2026-09-21",
                                    begins_at=now - 3600, ends_at=now + 3600, state="absent", state_at=now, missing_since=now - 60 * n))  # fmt: skip
            receive(
                session, [an_alert(id=f"al-x{n}", captured_at=now - 60 * n, published_at=now, zone_name="东门")], now
            )
            session.add(Incident(id=f"in-x{n}", alert_id=f"al-x{n}", camera_id="C01", situation="intrusion", priority=1, opened_at=now - n,
                                 opened_by="operator 甲", place_name=f"{LONG} · 东门"))  # fmt: skip
            session.flush()
            for guard in range(2):
                session.add(Dispatch(id=f"dx-{n}-{guard}", incident_id=f"in-x{n}", guard_id=f"GX{n}", shift_id=f"SX{n}", unit_id=f"UX{n}",
                                     state="accepted", called_by="x", called_at=now, lon=119.2, lat=34.0))  # fmt: skip


def on_paper(page: Page) -> int:
    """Prints as a person does; how many sides, each upright A4."""
    paper = page.pdf(prefer_css_page_size=True)
    boxes = {*re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper)}
    assert [[round(float(side) / 72 * 25.4) for side in box] for box in boxes] == [[210, 297]]
    return len(re.findall(rb"/Type\s*/Page\b", paper))


def test_a_quiet_shift_is_one_side_and_a_full_one_two(served: Any, page: Page) -> None:
    log_in(page, served.url, "operator")
    page.get_by_test_id("nav-hand-over").click()
    expect(page.get_by_test_id("hand-over-gives")).to_contain_text("operator 甲", timeout=20_000)
    page.emulate_media(media="print")
    assert on_paper(page) == 1
    for hidden in ("hand-over-print", "hand-over-seal", "hand-over-make", "hand-over-from", "nav-hand-over"):
        expect(page.get_by_test_id(hidden)).to_be_hidden()
    page.emulate_media(media="screen")
    full_night(served)
    page.get_by_test_id("hand-over-make").click()
    expect(page.get_by_test_id("hand-over-open")).to_contain_text(str(MOST + 2), timeout=20_000)
    for part in ("incidents", "shelved", "promised", "tasks", "sos", "calls", "missing"):
        expect(page.get_by_test_id(f"hand-over-{part}")).to_contain_text(re.compile(r"另有 \d+ 项|\d+ more"))
    page.emulate_media(media="print")
    assert on_paper(page) == 2
    colours = page.evaluate("""() => [...document.querySelectorAll('html, body, main, [data-testid=hand-over-sheet], [data-testid=hand-over-sheet] *')].map((one) => {
        const style = getComputedStyle(one);
        return [one.tagName, style.backgroundColor, style.color];
    })""")
    for tag, ground, ink in colours:
        assert ground in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}, (tag, ground)
        assert all(int(one) <= 0x44 for one in re.findall(r"\d+", ink)[:3]), (tag, ink)


def newest_seal(served: Any) -> Any:
    with served.store.read() as session:
        return next((one.seal for one in seals.standings(session) if one.chain == "audit"), None)


def until(page: Page, met: Callable[[], bool]) -> None:
    """The page goes on meanwhile."""
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end, "it did not come"
        page.wait_for_timeout(50)


def test_the_seal_on_it_is_typed_into_verify_as_it_is_printed(served: Any, page: Page) -> None:
    log_in(page, served.url, "leader")
    until(page, lambda: newest_seal(served) is not None)  # the hour's own; rows that come after it are not sealed yet
    page.goto(served.url + "/hand-over")
    register = page.locator("[data-testid=hand-over-seal-of][data-chain=audit]")
    expect(register).to_be_visible(timeout=20_000)
    page.get_by_test_id("hand-over-seal").click()
    until(page, lambda: newest_seal(served).kind == "taken")
    newest = newest_seal(served)
    assert newest is not None
    expect(register.locator(".typed")).to_contain_text(f"audit:{newest.seq}:", timeout=20_000)
    expect(register).not_to_contain_text("▲")
    line = register.locator(".typed").inner_text()
    assert re.fullmatch(r"audit:\d+:([0-9a-f]{4} ){15}[0-9a-f]{4}", line)
    with served.store.read() as session:
        told = read_told(line)
        report = verify(session, CHAINS["audit"], [told])
        assert (report.whole, told in report.held) == (True, True)


def test_the_officer_has_the_sheet_in_the_menu_and_a_company_has_not(served: Any, page: Page) -> None:
    log_in(page, served.url, "officer")
    page.get_by_test_id("nav-hand-over").click()
    expect(page.get_by_test_id("hand-over-sheet")).to_be_visible(timeout=20_000)
    assert httpx.get(served.url + "/api/hand-over-sheet").status_code == 401
    page.context.clear_cookies()
    log_in(page, served.url, "company")
    expect(page.get_by_test_id("nav-hand-over")).to_have_count(0)
