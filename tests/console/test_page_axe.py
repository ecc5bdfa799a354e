"""Every page of the router passes axe's automatic checks in both themes, with a county at work on it and with its dialogs open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.console.screens import WEB, Screens, fill, launch, menu, outside, visits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(480),
]
AXE: Final = WEB.parent / "node_modules/axe-core/axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OFF: Final[dict[str, str]] = {}
"""Rules that are not asked, each with its reason."""
COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules that look at colours: the others find in the light theme what they found in the dark one."""
CHECK: Final = """async ([theme, only, off]) => {
  document.documentElement.dataset.theme = theme;
  document.documentElement.classList.toggle("dark", theme === "dark");
  const rules = Object.fromEntries(off.map((one) => [one, { enabled: false }]));
  const found = await axe.run(document, { runOnly: only, rules, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.flat().join(" >> ")} -- ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? rule.help}`));
}"""


@pytest.fixture
def screens(served: Any, settings: Any, redis_client: Any) -> Iterator[Screens]:
    fill(served, settings, redis_client)
    with sync_playwright() as playwright:
        for browser in launch(playwright, paints=False):
            opened = Screens(served, browser, {"width": 1366, "height": 768})
            yield opened
            opened.close()


def violations(page: Page, theme: str) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    only = {"type": "tag", "values": RULES} if theme == "dark" else {"type": "rule", "values": COLOURS}
    found: list[str] = page.evaluate(CHECK, [theme, only, list(OFF) if theme == "dark" else []])
    return found


def test_the_list_of_pages_is_the_routers_own() -> None:
    seen = {one.path.split("?")[0] for one in visits()}
    assert seen == outside() | {f"/{page}" for page in menu()}
    assert len(seen) > 25, "the menu was read"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_page_has_a_fault_that_axe_finds_in_either_theme(screens: Screens) -> None:
    found = []
    for visit in visits():
        page = screens.see(visit)
        found += [f"{visit} [{theme}] {one}" for theme in ("dark", "light") for one in violations(page, theme)]
    assert not found, "\n".join(found)
