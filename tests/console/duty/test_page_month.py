"""The month's table on paper, as a manager prints it in a real browser: black on white, every guard, heads on each sheet."""

from __future__ import annotations

import re
import time
import unicodedata
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from bench.kit.browsers import FLAGS
from console.duty.month import before, span_of
from lianqin.audit import AuditRow
from lianqin.clock import county_day
from patrol.county.tables import Guard
from patrol.duty.tables import RosterEntry, Shift
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
H, DAY = 3600.0, 86_400.0
GUARDS = [f"M{n:02}" for n in range(1, 46)]
"""More than a sheet holds."""


@pytest.fixture
def month() -> str:
    """The month that has ended last, by the real clock."""
    return before(county_day(time.time())[:7])


@pytest.fixture
def kept(served: Any, month: str) -> Any:
    """A console whose company has 45 guards with ten shifts each in the last month: late, early, absent, excused and whole ones."""
    begins = span_of(month).from_at + 8 * H
    with served.store.write() as session:
        for n, guard_id in enumerate(GUARDS):
            session.add(Guard(id=guard_id, unit_id="U1", name=f"欧阳保安员{n + 1}", cert_no=guard_id, cert_valid_until="2035-01-01",
                              notice_signed_at=begins - 1e6, default_area_id="A1"))  # fmt: skip
        session.flush()
        for n, guard_id in enumerate(GUARDS):
            for day in range(10):
                at = begins + (day * 2 + 1) * DAY
                what = (n + day) % 9
                session.add(RosterEntry(id=f"r-{guard_id}-{day}", unit_id="U1", guard_id=guard_id, area_id="A1", day=county_day(at), begins_at=at,
                                        ends_at=at + 8 * H, state="excused" if what == 5 else "planned", state_at=at))  # fmt: skip
                if what in {3, 5}:
                    continue
                late, early = 0.6 * H * (what == 1), 1.5 * H * (what == 2)
                session.add(Shift(id=f"s-{guard_id}-{day}", guard_id=guard_id, unit_id="U1", area_id="A1", opened_at=at + late, opened_by=guard_id,
                                  due_end_at=at + 8 * H, closed_at=at + 8 * H - early, closed_how="ended", facts={}))  # fmt: skip
    return served


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        chromium.close()


def print_out(page: Page, url: str, language: str, theme: str, month: str) -> bytes:
    """The sheets, as `Print` gives them to the printer: the month chosen in its field, the browser's print made a PDF."""
    page.evaluate("([language, theme]) => { localStorage.setItem('lianqin.language', language); localStorage.setItem('lianqin.theme', theme) }",
                  [language, theme])  # fmt: skip
    page.goto(url + "/month")
    field = page.get_by_test_id("month-pick").locator("input")
    field.click(timeout=20_000)
    field.fill(month)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(month)
    expect(page.locator("[data-guard-id=M45] td").first).to_have_text("9")
    page.evaluate("() => { window.print = () => { window.printed = document.title } }")
    page.get_by_test_id("month-print").click()
    assert month in page.evaluate("window.printed"), "a file is named after the page's title"
    return page.pdf(prefer_css_page_size=True)


def sheets_of(pdf: bytes) -> list[str]:
    """The text of each sheet, without blanks, as a reader of PDF takes it: character codes by the tables of their fonts."""
    parts = {int(found[1]): found[2] for found in re.finditer(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)}

    def stream(number: int) -> bytes:
        return zlib.decompress(parts[number].split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0])

    def named(number: int, key: bytes) -> int:
        found = re.search(key + rb" (\d+) 0 R", parts[number])
        assert found, (number, key)
        return int(found[1])

    def table(font: int) -> dict[str, str]:
        cmap, letters = stream(named(font, b"/ToUnicode")).decode("ascii"), dict[str, str]()
        for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
            letters |= {code.upper(): letter for code, letter in re.findall(r"<(\w+)> <(\w+)>", block)}
        for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
            for first, last, letter in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
                for n in range(int(last, 16) - int(first, 16) + 1):
                    letters[f"{int(first, 16) + n:0{len(first)}X}"] = f"{int(letter, 16) + n:04X}"
        return {code: bytes.fromhex(letter).decode("utf-16-be") for code, letter in letters.items()}

    sheets = []
    for number in sorted(one for one, body in parts.items() if re.search(rb"/Type /Page\b", body)):
        fonts = {
            f"/F{name.decode()}": table(int(ref)) for name, ref in re.findall(rb"/F(\d+) (\d+) 0 R", parts[number])
        }
        text, letters = "", dict[str, str]()
        for font, shown in re.findall(
            r"(/F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>", stream(named(number, b"/Contents")).decode("latin-1")
        ):
            if font:
                letters = fonts[font]
            else:
                wide = len(next(iter(letters)))
                text += "".join(letters.get(shown[n : n + wide].upper(), "") for n in range(0, len(shown), wide))
        sheets.append(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    return sheets


@pytest.mark.parametrize(("language", "theme", "heads", "foot"), [
    ("zh-CN", "dark", "1号保安公司·月度考勤表", ["制表", "审核", "单位负责人", "日期"]),
    ("en", "dark", "Company1·Themonth'stable", ["Madeby", "Checkedby", "Headoftheunit", "Date"]),
])  # fmt: skip
def test_the_last_month_comes_out_of_the_printer_whole(
    kept: Any, page: Page, month: str, language: str, theme: str, heads: str, foot: list[str]
) -> None:
    log_in(page, kept.url, "company")
    sheets = sheets_of(print_out(page, kept.url, language, theme, month))
    assert len(sheets) >= 2
    for n, sheet in enumerate(sheets, 1):
        assert heads + month in sheet, "each sheet says whose table it is, and of which month"
        assert f"{n}/{len(sheets)}" in sheet
    whole = "".join(sheets)
    assert [one for one in GUARDS if whole.count(one) != 1] == []
    assert all(word in sheets[-1] for word in foot), "lines to sign, on the last sheet"
    assert "M45" in sheets[-1], "nobody signs an empty sheet"
    assert "保安2" not in whole, "nobody of another unit"


def test_paper_is_white_whatever_the_screen_is_and_nothing_is_cut(kept: Any, page: Page, month: str) -> None:
    log_in(page, kept.url, "company")
    print_out(page, kept.url, "zh-CN", "dark", month)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)", (
        "the screen is dark"
    )
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1047, "height": 718})  # A4 across, less the margins, at 96 dots an inch
    seen = page.evaluate("""() => ({
      ground: [...new Set([document.body, ...document.querySelectorAll("main, table, tr, td, th")].map((one) => getComputedStyle(one).backgroundColor))],
      ink: [...new Set([...document.querySelectorAll("td, th[scope]")].map((one) => getComputedStyle(one).color))],
      buttons: [...document.querySelectorAll("button, input, a")].filter((one) => one.checkVisibility()).length,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    })""")
    assert set(seen["ground"]) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
    assert seen["ink"] == ["rgb(0, 0, 0)"]
    assert (seen["buttons"], seen["wide"]) == (0, 0)


def test_the_file_of_the_month_is_registered_and_names_each_certificates_end(kept: Any, page: Page, month: str) -> None:
    with kept.store.write() as session:
        session.get_one(Guard, "M01").cert_valid_until = county_day(time.time() - 5 * DAY)
        session.get_one(Guard, "M02").cert_valid_until = county_day(time.time() + 50 * DAY)
    log_in(page, kept.url, "company")
    print_out(page, kept.url, "zh-CN", "light", month)
    said = {
        one.locator("xpath=ancestor::tr").get_attribute("data-guard-id"): one.inner_text()
        for one in page.get_by_test_id("month-cert").all()
    }
    assert set(said) == {"M01", "M02"}
    assert "已到期" in said["M01"]
    with page.expect_download() as got:
        page.get_by_test_id("month-csv").click()
    text = got.value.path().read_text("utf-8-sig")
    assert [one for one in GUARDS if f",{one}," not in text] == []
    assert "保安员证有效期至" in text
    with kept.store.read() as session:
        (row,) = session.scalars(select(AuditRow).where(AuditRow.action == "company.export"))
    assert (row.detail["month"], row.detail["file"]) == (month, f"month-{month}.csv")
