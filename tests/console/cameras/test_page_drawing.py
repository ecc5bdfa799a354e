"""What is drawn in set-up and not kept yet: Ctrl+Z takes one step back, Escape asks before it goes. Areas on the map, masks on a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from sqlalchemy import select

from console.cameras.tables import CameraRow
from patrol.county.tables import Area
from tests.console.screens import Screens, Visit, launch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
CORNERS = ((0.3, 0.3), (0.6, 0.3), (0.5, 0.6))
"""Fractions of what is drawn on."""


@pytest.fixture
def see(served: Any) -> Iterator[Callable[[Visit], Page]]:
    with sync_playwright() as playwright:
        for browser in launch(playwright):
            screens = Screens(served, browser, {"width": 1366, "height": 768})
            yield screens.see
            screens.close()


def press_corners(on: Locator, drawn: Locator) -> None:
    box = on.bounding_box()
    assert box
    for n, (x, y) in enumerate(CORNERS, 1):
        on.click(position={"x": box["width"] * x, "y": box["height"] * y})
        expect(drawn).to_have_count(n, timeout=20_000)


def asks_before_it_goes(page: Page, drawn: Locator) -> None:
    """Ctrl+Z from three corners to two, wherever the focus is; Escape asks, a second one stays, leaving takes a word."""
    page.keyboard.press("Control+z")
    expect(drawn).to_have_count(2, timeout=20_000)
    page.get_by_role("dialog").get_by_role("button", name="关闭").focus()
    page.keyboard.press("Control+z")
    expect(drawn).to_have_count(1, timeout=20_000)
    asked = page.get_by_test_id("zone-leaving")
    expect(asked).to_have_count(0)
    page.keyboard.press("Escape")
    expect(asked).to_be_visible()
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(drawn).to_have_count(1, timeout=20_000)
    page.keyboard.press("Escape")
    page.get_by_test_id("zone-stay").click()
    expect(drawn).to_have_count(1, timeout=20_000)
    page.keyboard.press("Escape")
    page.get_by_test_id("zone-leave").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_half_drawn_area_goes_back_by_one_corner_and_is_asked_about(
    see: Callable[[Visit], Page], served: Any
) -> None:
    page = see(Visit("sysadmin", "/setup", ("setup-add",), "dialog[open] canvas"))
    drawn = page.locator("dialog .corner")
    press_corners(page.get_by_test_id("shape-map"), drawn)
    asks_before_it_goes(page, drawn)
    with served.store.read() as session:
        assert session.scalars(select(Area.id)).all() == ["A1"]


def test_a_half_drawn_mask_goes_back_by_one_corner_and_is_asked_about(
    see: Callable[[Visit], Page], served: Any
) -> None:
    page = see(Visit("sysadmin", "/cameras", ("camera-zones", "mask-add"), "[data-testid=mask-save]"))
    drawn = page.get_by_test_id("zone-board").locator("circle")
    press_corners(page.get_by_test_id("zone-board"), drawn)
    asks_before_it_goes(page, drawn)
    with served.store.read() as session:
        assert session.scalars(select(CameraRow.masks)).all() == [[], []]


def test_ctrl_z_in_a_text_is_the_texts_own_and_an_untouched_form_closes_at_once(see: Callable[[Visit], Page]) -> None:
    page = see(Visit("sysadmin", "/setup", ("setup-add",), "dialog[open] canvas"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_test_id("setup-add").click()
    drawn = page.locator("dialog .corner")
    press_corners(page.get_by_test_id("shape-map"), drawn)
    page.get_by_test_id("setup-id").fill("A9")
    page.keyboard.press("Control+z")
    expect(drawn).to_have_count(3, timeout=20_000)
    expect(page.get_by_test_id("setup-id")).to_have_value("")
