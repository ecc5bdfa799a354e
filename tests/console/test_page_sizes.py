"""Every page on the screens that stations have: an old laptop, a desk enlarged to 200 %, and a wide screen that is used to its edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.console.screens import PHONE, Screens, Visit, fill, launch, visits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LAPTOP: Final = {"width": 1366, "height": 768}
INSIDE: Final = {"width": 1366, "height": 650}
"""A laptop's window without the browser's own bars."""
TWICE: Final = {"width": 960, "height": 540}
"""1920 x 1080 at 200 %: the browser lays the page out in so many pixels."""
WIDE: Final = {"width": 2560, "height": 1440}
DESK: Final = Visit("operator", "/desk", (), "[data-testid=judge-confirm]")
AT_ONCE: Final = (
    "header.top",
    ".stage",
    "[data-testid=judge-confirm]",
    "[data-testid=judge-false]",
    "[data-testid=judge-ignore]",
)
"""What the desk shows without scrolling."""
BOXES: Final = """async (those) => {
  const found = () => those.map((one) => document.querySelector(one)?.getBoundingClientRect());
  for (let tries = 0; found().some((box) => !box || box.width === 0); tries++) {
    if (tries > 600) throw new Error(`not shown: ${those.filter((_, n) => !found()[n]?.width)}`);
    await new Promise((then) => setTimeout(then, 16));
  }
  return found().map(({ left, top, right, bottom }) => [left, top, right, bottom]);
}"""
CLIPPED: Final = """() => {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  const found = wide > 0 ? [`the page is ${wide} px wider than the window`] : [];
  const told = (one) => `${one.tagName.toLowerCase()} ${one.dataset.testid ?? ""} "${(one.innerText || one.getAttribute("aria-label") || "").trim().slice(0, 30)}"`;
  for (const one of document.querySelectorAll("button, a[href], input, select, textarea")) {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.closest(".unseen, .maplibregl-canvas-container, svg")) continue;
    const { left, right, width } = one.getBoundingClientRect();
    if (width === 0) continue;
    for (let around = one.parentElement; ; around = around.parentElement) {
      const end = around === document.documentElement;
      const box = end ? { left: 0, right: window.innerWidth } : around.getBoundingClientRect();
      const flows = end ? "hidden" : getComputedStyle(around).overflowX;
      if (["auto", "scroll"].includes(flows)) break;
      if (["hidden", "clip"].includes(flows) && (left < box.left - 1 || right > box.right + 1)) {
        found.push(`${told(one)} is cut off: ${Math.round(left)} to ${Math.round(right)}`);
        break;
      }
      if (end) break;
    }
  }
  return found;
}"""
"""Controls of which a part lies outside its box or the window, where nothing scrolls to it."""
SPAN: Final = """() => {
  const boxes = [...document.querySelectorAll("main *")].filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect());
  const shown = boxes.filter((one) => one.width > 1 && one.height > 1);
  return [Math.min(...shown.map((one) => one.left)), Math.max(...shown.map((one) => one.right))];
}"""
FORMS: Final = {"/login", "/enrol", "/bind", "/forbidden", "/m", "/trails"}
"""One form or one phone's column: no wider than is read with ease."""


FRAME: Final = "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"


@pytest.fixture
def in_language(served: Any, settings: Any, redis_client: Any) -> Iterator[Callable[[str], Screens]]:
    """`in_language("en")`: the county at work, in a browser whose windows are resized."""
    fill(served, settings, redis_client)
    opened: list[Screens] = []
    with sync_playwright() as playwright:
        for browser in launch(playwright, paints=False):

            def screens(language: str, of: Browser = browser) -> Screens:
                opened.append(Screens(served, of, LAPTOP, language))
                return opened[-1]

            yield screens
            for one in opened:
                one.close()


def resized(page: Page, size: dict[str, int]) -> Page:
    page.set_viewport_size(size)
    page.evaluate(FRAME)
    return page


def test_picture_and_judgement_are_on_the_desk_without_scrolling(in_language: Callable[[str], Screens]) -> None:
    """With a call for help on top of it, and the keys' own words in both languages."""
    for language in ("zh-CN", "en"):
        page = in_language(language).see(DESK)
        for size in (LAPTOP, INSIDE, TWICE):
            boxes = resized(page, size).evaluate(BOXES, AT_ONCE)
            for one, (left, top, right, bottom) in zip(AT_ONCE, boxes, strict=True):
                told = (language, size, one, left, top, right, bottom)
                assert left >= -0.5, told
                assert top >= -0.5, told
                assert right <= size["width"] + 0.5, told
                assert bottom <= size["height"] + 0.5, told
                assert bottom - top > 20, told
            left, _, right, _ = boxes[AT_ONCE.index(".stage")]
            assert right - left >= size["width"] / 4, "the picture is large enough to judge by"
            page.get_by_test_id("judged-open").click(trial=True)  # what is escalated does not lie on it
        left, _, right, _ = resized(page, WIDE).evaluate(BOXES, [".stage"])[0]
        assert right - left > WIDE["width"] / 3


@pytest.mark.parametrize("size", [LAPTOP, INSIDE], ids=["the screen", "the window"])
def test_the_divider_gives_the_map_what_it_takes_from_the_picture(
    in_language: Callable[[str], Screens], size: dict[str, int]
) -> None:
    page = resized(in_language("zh-CN").see(DESK), size)

    def heights() -> tuple[float, float]:
        boxes = page.evaluate(BOXES, ["#desk-picture", "#desk-map"])
        return boxes[0][3] - boxes[0][1], boxes[1][3] - boxes[1][1]

    picture, shown = heights()
    for _ in range(3):
        page.get_by_test_id("split").press("ArrowUp")
    page.evaluate(FRAME)
    smaller, larger = heights()
    assert (picture - smaller, larger - shown) == (
        pytest.approx(larger - shown, abs=2),
        pytest.approx(picture - smaller, abs=2),
    )
    assert larger - shown > 20


def test_no_page_scrolls_sideways_cuts_off_a_control_or_leaves_a_wide_screen_empty(
    in_language: Callable[[str], Screens],
) -> None:
    screens, found = in_language("zh-CN"), []
    for visit in visits():
        page = screens.see(visit)
        sizes = {"phone": PHONE} if visit.role == "guard" else {"laptop": LAPTOP, "200 %": TWICE}
        for name, size in sizes.items():
            found += [f"{visit} [{name}] {one}" for one in resized(page, size).evaluate(CLIPPED)]
        if visit.press or visit.path.split("?")[0] in FORMS:
            continue
        left, right = resized(page, WIDE).evaluate(SPAN)
        if left > 48 or right < WIDE["width"] - 48:
            found.append(f"{visit} [wide] what it shows goes from {left:.0f} to {right:.0f}")
        if visit.path == "/records":
            (left, _, right, _) = page.evaluate(BOXES, ["[data-testid=record-row] .thumb"])[0]
            assert right - left >= 160, "the list shows what it is of"
    assert not found, "\n".join(found)
