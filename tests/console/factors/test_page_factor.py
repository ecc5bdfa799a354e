"""A second factor from the link to the log-in, as people see it: set up, used, replaced by a recovery code; sessions ended on the page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import update

from bench.kit.browsers import FLAGS
from console.access.sessions import fingerprint
from console.access.tables import Account, LoginSession
from console.factors import codes
from lianqin.settings import Settings
from tests.console.conftest import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
OWN = "a-better-horse"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 900})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With second factors, as outside the demonstration."""
    return settings.model_copy(update={"second_factor": True})


@pytest.fixture
def post(served: Any) -> Any:
    """The served county, whose passwords the security administrator set."""
    with served.store.write() as session:
        session.add(
            Account(id="a-secadmin2", username="secadmin2", password_hash="", role="secadmin", name="secadmin 乙")
        )
        session.flush()
        session.execute(update(Account).values(password_by="a-secadmin"))
    return served


def let_in(page: Page, post: Any, role: str) -> None:
    """An open session of that role: its own second factor is not what is tested."""
    token, at = f"token-of-{role}", time.time()
    with post.store.write() as session:
        session.add(LoginSession(token_sha256=fingerprint(token), account_id=f"a-{role}", csrf=f"csrf-{role}", created_at=at, last_seen_at=at,
                                 address="10.1.2.3", agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0"))  # fmt: skip
    page.context.add_cookies([{"name": "lianqin_session", "value": token, "url": post.url}])


def by_password(page: Page, post: Any) -> None:
    page.goto(post.url + "/login")
    page.get_by_test_id("login-username").fill("operator")
    page.get_by_test_id("login-password").fill(OWN)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("login-code")).to_be_focused()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(lambda address: "/login" in address)


def set_up(page: Page, link: str) -> tuple[str, list[str]]:
    """Follow the link to the end. The secret and the recovery codes."""
    page.goto(link)
    page.get_by_test_id("enrol-password").fill(PASSWORD)
    page.get_by_test_id("enrol-begin").click()
    secret = page.get_by_test_id("setup-secret").inner_text().replace(" ", "")
    page.get_by_test_id("setup-password").fill(OWN)
    page.get_by_test_id("setup-again").fill(OWN)
    page.get_by_test_id("setup-code").fill(codes.code_at(secret, time.time()))
    page.get_by_test_id("setup-save").click()
    page.get_by_test_id("recovery-codes").wait_for()
    recovery = page.get_by_test_id("recovery-codes").locator("li").all_inner_texts()
    expect(page.get_by_test_id("recovery-done")).to_be_disabled()
    page.get_by_test_id("recovery-kept").check()
    page.get_by_test_id("recovery-done").click()
    page.wait_for_url("**/desk")
    return secret, recovery


def test_a_link_sets_it_up_and_from_then_on_a_log_in_takes_a_code(post: Any, page: Page, browser: Browser) -> None:
    office = browser.new_context(locale="zh-CN").new_page()
    let_in(office, post, "secadmin2")
    office.goto(post.url + "/factors")
    office.locator('[data-username="operator"]').get_by_test_id("factor-link").click()
    link = office.get_by_test_id("made-link").inner_text()

    secret, recovery = set_up(page, link)
    assert len(recovery) == 10
    log_out(page)

    by_password(page, post)
    page.get_by_test_id("login-code").fill("000000")
    page.get_by_test_id("code-submit").click()
    expect(page.get_by_test_id("code-wrong")).to_be_visible()
    page.get_by_test_id("login-code").fill(
        codes.code_at(secret, time.time() + codes.STEP_S)
    )  # newer than the one that proved it
    page.get_by_test_id("code-submit").click()
    page.wait_for_url("**/desk")
    log_out(page)

    by_password(page, post)
    page.get_by_test_id("code-other").click()
    page.get_by_test_id("recovery-code").fill(recovery[0].lower())
    page.get_by_test_id("code-submit").click()
    page.wait_for_url("**/desk")
    page.get_by_test_id("password-open").click()
    page.get_by_test_id("own-tab-factor").click()
    expect(page.get_by_text("恢复码还剩 9 个")).to_be_visible()
    page.get_by_test_id("reset-reason").fill("换手机")
    page.get_by_test_id("reset-ask").click()

    office.reload()
    office.get_by_test_id("reset-approve").click()
    expect(office.get_by_test_id("reset-row").get_by_text("已批准")).to_be_visible()
    expect(office.locator('[data-username="operator"]').get_by_test_id("factor-link")).to_be_visible()
    page.goto(post.url + "/desk")
    page.wait_for_url(lambda address: "/login" in address)
    office.context.close()


def test_a_session_elsewhere_is_ended_by_its_owner_and_another_one_by_the_administrator(
    post: Any, page: Page, browser: Browser
) -> None:
    office = browser.new_context(locale="zh-CN").new_page()
    let_in(office, post, "leader")
    let_in(page, post, "secadmin")
    office.goto(post.url + "/desk")
    with post.store.write() as session:
        session.add(LoginSession(token_sha256="f" * 64, account_id="a-leader", csrf="x", created_at=1.0, last_seen_at=time.time(), address="10.9.9.9"))  # fmt: skip
    office.get_by_test_id("password-open").click()
    office.get_by_test_id("own-tab-sessions").click()
    expect(office.get_by_test_id("own-session")).to_have_count(2)
    office.get_by_test_id("own-session-end").click()
    expect(office.get_by_test_id("own-session")).to_have_count(1)

    page.goto(post.url + "/sign-ins")
    leader = page.get_by_test_id("session-row").filter(has_text="leader")
    expect(leader).to_contain_text("Firefox 128 · Windows")
    leader.get_by_test_id("session-end").click()
    expect(leader).to_have_count(0)
    office.reload()
    office.wait_for_url(lambda address: "/login" in address)
    office.context.close()
