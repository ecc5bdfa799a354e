"""The page asks its own console alone: whatever is opened, by whichever role, no other address is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from bench.kit.browsers import FLAGS
from console.access.permissions import ROLES
from lianqin.settings import Settings
from tests.console.conftest import log_in
from tests.console.screens import menu

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
]
SOURCES = Path(__file__).resolve().parents[3] / "console" / "web" / "src"
OWN_FORMS = {"blob", "data"}
KNOWN_IN_TEXTS = {"www.w3.org"}
"""Names of XML kinds, which nobody fetches."""
STANDS = """() => performance.now() - Math.max(0, ...performance.getEntriesByType("resource").map((one) => one.responseEnd)) > 500"""
"""Nothing more came for half a second."""


PAGES = menu()


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 900})
        chromium.close()


def test_the_menu_is_read_whole() -> None:
    assert len(PAGES) == sum(file.read_text(encoding="utf-8").count("{ page: ") for file in SOURCES.glob("*/page.ts"))
    assert set().union(*PAGES.values()) <= set(ROLES)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", sorted(set().union(*PAGES.values())))
def test_each_page_of_a_role_asks_its_own_console_alone(role: str, served: Any, context: BrowserContext) -> None:
    asked: set[str] = set()
    context.on("request", lambda request: asked.add(request.url))
    page = context.new_page()
    page.on("websocket", lambda opened: asked.add(opened.url))
    refused: list[str] = []  # by the policy that each answer carries: never asked, but wanted
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    log_in(page, served.url, role)
    for name in (name for name, roles in PAGES.items() if role in roles):
        before = len(asked)
        page.goto(f"{served.url}/{name}")
        expect(page).to_have_url(re.compile(rf"/{name}(\?.*)?$"))
        page.wait_for_function(STANDS)
        assert len(asked) > before, f"/{name} asked for nothing"
    others = {url for url in asked if (urlsplit(url).scheme not in OWN_FORMS and not url.startswith(served.url + "/"))}
    assert (others, refused) == (set(), [])


def test_the_built_page_names_no_address_that_it_could_fetch() -> None:
    built = Settings.model_fields["web_dist"].default
    files = [
        file for file in built.rglob("*") if file.suffix in {".html", ".css", ".webmanifest"} or file.name == "sw.js"
    ]
    assert files
    named = {
        host
        for file in files
        for host in re.findall(r"(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)", file.read_text("utf-8"))
    }
    assert named <= KNOWN_IN_TEXTS
