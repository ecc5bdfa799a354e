"""Two seats at the end of a shift in a real browser: a promise by a note, the desk left with a line, and taken over by name."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from console.handing.tables import DeskHandOver, Promise
from tests.console.dispatch.test_page_late import browser, county, seat

__all__ = ["browser", "county"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def test_a_promise_and_a_line_go_to_the_next_seat_which_takes_over_by_name(county: Any, browser: Any) -> None:
    first, second = seat(browser, county.url, "operator"), seat(browser, county.url, "operator2")
    first.get_by_test_id("note-text").fill("答应店主回电")
    first.get_by_test_id("note-promise").check()
    expect(first.get_by_test_id("note-save")).to_be_disabled()
    first.get_by_test_id("note-due").fill("23:59")
    first.get_by_test_id("note-save").click()
    expect(second.get_by_test_id("promise-row")).to_contain_text("答应店主回电", timeout=15_000)
    first.get_by_test_id("hand-over-open-box").click()
    counts = first.get_by_test_id("hand-over-counts")
    expect(counts.locator("[data-of=open]")).to_have_text("1")
    expect(counts.locator("[data-of=promised]")).to_have_text("1")
    first.get_by_test_id("hand-over-line").fill("C02 遮挡待修")
    first.get_by_test_id("hand-over-give").click()
    expect(first.get_by_test_id("hand-over-own")).to_be_visible()
    expect(first.get_by_test_id("hand-over-take")).to_have_count(0)
    expect(second.get_by_test_id("hand-over-waiting")).to_contain_text("operator 甲", timeout=15_000)
    second.get_by_test_id("hand-over-take").click()
    expect(second.get_by_test_id("hand-over-waiting")).to_have_count(0)
    expect(first.get_by_test_id("hand-over-waiting")).to_have_count(0, timeout=15_000)
    second.get_by_test_id("promise-keep").click()
    expect(first.get_by_test_id("promise-strip")).to_have_count(0, timeout=15_000)
    with county.store.read() as session:
        over, promise = session.scalars(select(DeskHandOver)).one(), session.scalars(select(Promise)).one()
    assert (over.note, over.taken_by, promise.kept_by) == ("C02 遮挡待修", "operator 乙", "operator 乙")
    first.goto(county.url + "/hand-over")
    expect(first.get_by_test_id("hand-over-note")).to_contain_text("C02 遮挡待修")
    expect(first.get_by_test_id("hand-over-note")).to_contain_text("operator 乙")
