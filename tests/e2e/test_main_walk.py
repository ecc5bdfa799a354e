"""A newcomer's walk through the running demo, in a real browser: from a person in a clip to a score's evidence.

One story in steps that build on one another, so they stand in one test; each step says what it proves.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from detect.cards import load_card
from detect.detector import open_detector
from detect.tracking_rules import family_of
from lianqin import settings
from lianqin.records import Box, Frame
from tests.e2e.desk import Api, log_in, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(600)]
BOX_PLACES = """async () => {
    const places = new Set(), until = performance.now() + 30000;
    while (places.size < 5 && performance.now() < until) {
        await new Promise(requestAnimationFrame);
        const box = document.querySelector("[data-testid=evidence-box]");
        const at = box && box.checkVisibility() && box.getBoundingClientRect();
        if (at && at.width) places.add(`${Math.round(at.x)} ${Math.round(at.y)}`);
    }
    return [...places];
}"""
"""Where the first box was drawn, looked at each time that the page is painted: who runs is past within a second."""


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    inside = max(0.0, width) * max(0.0, height)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside
    return inside / area if area else 0.0


def cause_of(alert: dict[str, Any]) -> tuple[str, Box]:
    """Label and box of the track that made the rule true, at the alert's own moment."""
    [cause, *_] = [track for track in alert["tracks"] if track["cause"]]
    at, box, _score = min(cause["points"], key=lambda point: abs(point[0] - alert["captured_at"]))
    assert abs(at - alert["captured_at"]) < 0.05
    return cause["label"], tuple(box)


def test_the_first_alert_comes_and_its_box_covers_who_is_there(demo: Any) -> None:
    found = demo.wait_for(r"first alert: (\S+) after ([\d.]+) s", 90)
    api = Api(demo.url, "operator")
    alert = api.get(f"/api/alerts/{found[1]}")
    picture = api.client.get(f"/api/alerts/{found[1]}/snapshot").content
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    detector = open_detector(load_card(settings.load().models_dir / "nanodet-g"))
    [seen] = detector.detect([Frame("test", 0.0, np.asarray(image, np.uint8))])
    label, box = cause_of(alert)
    alike = [detection.box for detection in seen if family_of(detection.label) == family_of(label)]
    assert max((overlap(box, one) for one in alike), default=0.0) > 0.5


def test_the_whole_walk(demo: Any, browser: Browser) -> None:
    url = demo.url
    api = Api(url, "operator")
    page = browser.new_page(viewport={"width": 1920, "height": 1080}, locale="zh-CN", timezone_id="Asia/Shanghai")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(url)
    page.wait_for_url(re.compile("/login"))
    log_in(page, url, "operator")
    expect(page).to_have_url(re.compile("/desk"))

    # An alert of a person comes up by itself, within 2 s of its capture (4 s when the camera was woken from quiet).
    known = {row["id"] for row in api.get("/api/alerts", state="open")["items"]}

    def of_walkers() -> list[dict[str, Any]]:
        """A parked car and who loiters raise alerts too; their boxes have no way to go."""
        rows = [row for row in api.get("/api/alerts", state="open")["items"]
                if row["id"] not in known and row["priority"] <= 3 and row["situation"] in {"intrusion", "line_crossing"}]  # fmt: skip
        return [row for row in rows if cause_of(api.get(f"/api/alerts/{row['id']}"))[0] == "person"]

    fresh = until(150, "new alert", of_walkers)[0]
    assert fresh["received_at"] - fresh["captured_at"] < 4.0
    row = page.locator(f'[data-testid=queue-row][data-alert-id="{fresh["id"]}"]')
    expect(row).to_be_visible(timeout=5000)
    row.click()
    expect(page.get_by_test_id("evidence-picture")).to_be_visible()

    # The clip follows; it plays and the box moves with the person.
    until(60, "clip", lambda: api.get(f"/api/alerts/{fresh['id']}")["clip_state"] in {"ready", "needs_transcode"})
    video = page.get_by_test_id("evidence-video")
    expect(video).to_be_visible(timeout=60_000)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=evidence-video]').currentTime > 0.5", timeout=60_000
    )
    places = page.evaluate(BOX_PLACES)
    assert len(places) >= 5, "the box does not move"

    # Judged by one key; the nearest guards follow; one key calls the first; he comes, by his own fixes.
    row.click()  # who only watched was idle: another alert of priority 1 may stand there by now
    expect(page.get_by_test_id("judge-confirm")).to_be_enabled(timeout=10_000)
    page.keyboard.press("y")
    until(10, "incident", lambda: api.get(f"/api/alerts/{fresh['id']}")["incident"])
    expect(page.get_by_test_id("candidate").first).to_be_visible(timeout=10_000)
    expect(page.get_by_test_id("call-guard").first).to_be_enabled(timeout=10_000)
    page.keyboard.press("1")
    incident = api.get(f"/api/alerts/{fresh['id']}")["incident"]["id"]

    def dispatch_state() -> str:
        found = api.get("/api/dispatches", incident_id=incident)["items"]
        return str(found[0]["state"]) if found else ""

    until(20, "dispatch", dispatch_state)
    until(40, "acceptance", lambda: dispatch_state() in {"accepted", "arrived", "done"})
    until(240, "arrival", lambda: dispatch_state() in {"arrived", "done"})
    dispatch = api.get("/api/dispatches", incident_id=incident)["items"][0]
    assert dispatch["arrived_fix_id"]
    until(60, "report of completion", lambda: dispatch_state() == "done")

    # A point call by name, with its reason, and a verdict that is one of three.
    shift = next(s for s in api.get("/api/shifts", state="open")["items"] if s["unit_id"] == dispatch["unit_id"])
    call = api.post("/api/point-calls", guard_id=shift["guard_id"], reason="夜间抽查")["point_call"]
    verdict = until(200, "verdict", lambda: api.get(f"/api/point-calls/{call['id']}")["verdict"])
    assert verdict in {"confirmed", "contradicted", "unknown"}
    page.goto(url + "/point-calls")
    expect(page.get_by_test_id("point-call-row").first).to_be_visible()
    expect(page.get_by_test_id("verdict").first).to_be_visible()

    # At shift end there is a score, and the company's page leads to its evidence.
    closed = api.post(f"/api/shifts/{dispatch['shift_id']}/close")["shift"]
    assert closed["closed_at"]
    company_account = next(
        one for one in ("company", "company2", "company3", "company4")
        if Api(url, one).get("/api/me")["account"]["unit_id"] == dispatch["unit_id"]
    )  # fmt: skip
    company = Api(url, company_account)
    address = f"/api/shifts/{dispatch['shift_id']}/score"
    until(60, "score", lambda: company.client.get(address).status_code == 200)  # the patrol worker gives it in its turn
    score = company.get(address)
    by_line = {line["line"]: line for line in score["lines"]}
    assert by_line["dispatch"]["points"] > 0
    assert dispatch["id"] in str(by_line["dispatch"]["evidence"])
    log_in(page, url, company_account)
    expect(page).to_have_url(re.compile("/company"))
    page.locator(f'[data-guard-id="{dispatch["guard_id"]}"]').first.click()
    line = page.get_by_test_id("score-line").first
    expect(line).to_be_visible(timeout=10_000)
    line.click()
    expect(page.get_by_test_id("line-evidence").first).to_be_visible()

    # The officer states his purpose, then sees the trail.
    log_in(page, url, "officer")
    page.goto(f"{url}/trails?guard_id={dispatch['guard_id']}")
    expect(page.get_by_test_id("trail-slider")).to_have_count(0)
    officer = Api(url, "officer")
    now = time.time()
    trail = officer.post("/api/trails", guard_id=dispatch["guard_id"], from_at=now - 3600, to_at=now, purpose="spot_check")  # fmt: skip
    assert len(trail["fixes"]) > 5

    # The auditor sees who did what.
    log_in(page, url, "auditor")
    expect(page.get_by_test_id("audit-row").first).to_be_visible(timeout=10_000)
    register = Api(url, "auditor")
    actions = {row["action"] for row in register.get("/api/audit", limit=200)["items"]}
    assert {"alert.confirm", "dispatch.call", "point_call.call", "shift.close", "trail.look", "clip.look"} <= actions
    assert not problems


def test_a_second_demo_on_the_same_port_says_what_to_do(demo: Any) -> None:

    port = demo.url.rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--run-dir", str(demo.run_dir / "second")],
        env={"PATH": "/usr/bin:/bin", "LIANQIN_CONSOLE_PORT": port}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"Port {port} (console) is taken" in done.stdout
