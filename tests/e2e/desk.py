"""What walks through the demo share: a client of the API, and logging in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page

from demo.seed import PASSWORD


class Api:
    """A logged-in client of the same API that the page uses."""

    def __init__(self, url: str, username: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=20)
        answer = until(60, "log-in", lambda: self._log_in(username))
        self.client.headers["X-CSRF"] = answer.json()["csrf"]

    def _log_in(self, username: str) -> httpx.Response | None:
        """None while too many log in at once, as the demo's forty guards do at its start: one tries again then."""
        answer = self.client.post("/api/login", json={"username": username, "password": PASSWORD})
        if answer.status_code == 429 and answer.json()["key"] == "login.busy":
            return None
        assert answer.status_code == 200, answer.text
        return answer

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def until(seconds: float, what: str, look: Callable[[], Any]) -> Any:
    """Look again and again until something is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"within {seconds} s there was no {what}")


def log_in(page: Page, url: str, username: str) -> None:
    """As a person does who is told that too many log in at once, as the demo's forty guards do at its start: he types it again."""
    page.context.clear_cookies()
    page.goto(url + "/login")
    for _ in range(20):
        page.get_by_test_id("login-username").fill(username)
        page.get_by_test_id("login-password").fill(PASSWORD)
        with page.expect_response(lambda answer: answer.url.endswith("/api/login")) as answered:
            page.get_by_test_id("login-submit").click()
        if answered.value.status != 429:
            break
        page.wait_for_timeout(2_000)
    page.wait_for_url(lambda address: "/login" not in address)
