"""Two at night in a real browser: the desk proposes them, asks before one goes alone, and calls several by digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lianqin.settings import Settings
from patrol.county.tables import Area
from patrol.dispatch.tables import Dispatch
from tests.console.dispatch.test_page_late import browser, county, seat

__all__ = ["browser", "county"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Night all day but for one minute before midnight, whenever the tests run."""
    return settings.model_copy(update={"guards_at_night": 2, "night_from": 0, "night_to": 1439})


@pytest.fixture
def page(county: Any, browser: Any) -> Iterator[Page]:
    page = seat(browser, county.url, "operator")
    expect(page.get_by_test_id("judge-confirm")).to_be_visible()  # no key judges what is not seen yet
    page.keyboard.press("y")
    expect(page.get_by_test_id("judge-undo")).to_be_visible()
    yield page
    page.context.close()


def sent(county: Any) -> list[str]:
    with county.store.read() as session:
        query = select(Dispatch.guard_id).where(Dispatch.state == "called").order_by(Dispatch.guard_id)
        return list(session.scalars(query))


def test_the_desk_proposes_two_at_a_key_place_and_one_key_calls_both(county: Any, page: Page) -> None:
    expect(page.get_by_test_id("pair-rule")).to_contain_text("“城东”夜间须 2 人同去")
    expect(page.get_by_test_id("call-picked")).to_contain_text("保安1、保安2")
    page.keyboard.press("c")
    expect(page.locator("article[data-dispatch-id]")).to_have_count(2)
    assert sent(county) == ["G1", "G2"]


def test_a_digit_alone_asks_first_and_goes_on_with_a_word_or_with_the_second(county: Any, page: Page) -> None:
    page.keyboard.press("2")
    expect(page.get_by_test_id("alone-told")).to_contain_text("城东")
    expect(page.get_by_test_id("alone-both")).to_be_focused()
    expect(page.get_by_test_id("alone-both")).to_contain_text("保安2、保安1")
    assert sent(county) == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("alone-told")).to_have_count(0)
    page.keyboard.press("1")
    page.get_by_test_id("alone-why").fill("另一人正护送伤员")
    page.keyboard.press("Enter")
    expect(page.get_by_text("只派 保安1 前往夜间重点区域：另一人正护送伤员")).to_be_visible()
    assert sent(county) == ["G1"]


def test_by_shift_or_plus_digits_choose_and_one_key_calls_those_chosen(county: Any, page: Page) -> None:
    with county.store.write() as session:
        session.get_one(Area, "A1").key_area = False
    page.reload()
    page.get_by_test_id("judged-open").click()
    page.get_by_test_id("queue-row").first.click()
    expect(page.get_by_test_id("call-picked")).to_have_count(0)
    expect(page.get_by_test_id("call-guard")).to_have_count(2)
    page.keyboard.press("Shift+Digit2")
    expect(page.get_by_test_id("call-picked")).to_contain_text("1 人：保安2")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("call-picked")).to_have_count(0)
    page.keyboard.press("+")
    expect(page.get_by_test_id("pick-mode")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(page.get_by_test_id("call-picked")).to_contain_text("2 人：保安2、保安1")
    page.keyboard.press("c")
    expect(page.locator("article[data-dispatch-id]")).to_have_count(2)
    assert sent(county) == ["G1", "G2"]
