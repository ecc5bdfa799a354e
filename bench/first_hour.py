"""What the demo's first hour leaves in the queue when nobody touches it: rows of the operator's page, and what they stand for.

`python -m bench.first_hour [MINUTES]`. The limit is ten rows, each of a situation that a zone of the demo's street means to
show. Rows are counted in the page itself, in a browser; what they stand for is told by the API.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Any, Final

import httpx
from playwright.sync_api import Page, sync_playwright

from bench.kit.demo_run import running_demo
from bench.kit.figures import Figure
from bench.kit.sessions import client
from demo.cameras import CAMERAS
from demo.seed import PASSWORD

MINUTES: Final = 60.0
MOST_ROWS: Final = 10
STEPS: Final = 6
ZONES: Final = {zone.name: (camera.id, zone.situation) for camera in CAMERAS for zone in camera.zones}


def unjudged(session: httpx.Client) -> Counter[tuple[str, str, str]]:
    """Alerts that wait for a verdict, by camera, zone and situation."""
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = session.get(
            "/api/alerts", params={"state": "open", "limit": 200, **({"cursor": cursor} if cursor else {})}
        )
        page = answer.raise_for_status().json()
        rows += page["items"]
        cursor = page.get("next")
        if not cursor:
            break
    return Counter((one["camera_id"], one["zone_name"], one["situation"]) for one in rows if one["state"] == "new")


def rows_of(page: Page, url: str, alerts: int) -> int:
    """Rows that an operator sees after a log-in now, once the queue has come to its end: it holds that many alerts at least. The list is
    virtual: it tells its length itself."""
    page.context.clear_cookies()
    page.goto(url + "/login")
    page.get_by_test_id("login-username").fill("operator")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.wait_for_function(
        "(n) => parseInt(document.querySelector('.queue header strong')?.textContent ?? '', 10) >= n", arg=alerts
    )
    first = page.locator(".open li").first
    first.wait_for()
    rows = int(first.get_attribute("aria-setsize") or 0)
    page.goto("about:blank")  # an operator's desk is drawn by his own machine, not by the county's
    return rows


def run(minutes: float = MINUTES) -> list[Figure]:
    with running_demo() as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(locale="zh-CN")
        seen: list[tuple[float, int, int]] = []
        began = time.monotonic()
        waiting: Counter[tuple[str, str, str]] = Counter()
        for step in range(1, STEPS + 1):
            time.sleep(max(0.0, began + step * minutes * 60 / STEPS - time.monotonic()))
            with client(url, "leader") as session:
                waiting = unjudged(session)
            seen.append((step * minutes / STEPS, waiting.total(), rows_of(page, url, waiting.total())))
            print(f"after {seen[-1][0]:.0f} min: {seen[-1][1]} alerts unjudged in {seen[-1][2]} rows", flush=True)
        browser.close()
    for (camera_id, zone, situation), n in sorted(waiting.items()):
        meant = "" if ZONES.get(zone) == (camera_id, situation) else "  (no zone of the street)"
        print(f"  {n:4}  {camera_id}  {situation}  {zone}{meant}")
    others = sum(ZONES.get(zone) != (camera_id, situation) for camera_id, zone, situation in waiting)
    _, alerts, rows = seen[-1]
    return [
        Figure("rows left by the demo's first hour", rows, "rows", "limit", MOST_ROWS,
               f"{alerts} alerts in {minutes:.0f} min without a hand, most rows on the way {max(row for _, _, row in seen)}"),
        Figure("of them, no situation that the street means to show", others, "kinds", "limit", 0),
    ]  # fmt: skip


if __name__ == "__main__":
    from bench.__main__ import table

    print(table(run(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)))
