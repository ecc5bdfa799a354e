"""What a benchmark waited for in vain counts as infinitely late: keys, rows, alerts that no page heard of."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from bench import capture_to_page, loaded_page
from bench.__main__ import BENCHMARKS
from bench.desk import WATCH, kept, with_misses
from bench.kit.browsers import FLAGS
from lianqin.shares import percentile

QUEUE = """
<ul class="open"></ul>
<script>
  let chosen = 0;
  const draw = () => (document.querySelector('.open').innerHTML = `<li data-testid="queue-row" aria-current="true" data-alert-id="al-${chosen}">x</li>`);
  window.goOn = () => { chosen += 1; draw(); };
  draw();
</script>
"""
"""As much of a desk as `WATCH` looks at; `goOn` is the page's answer."""


@pytest.mark.parametrize(
    ("seconds", "of", "p50", "p95", "said"),
    [
        ([0.1] * 20, 20, 0.1, 0.1, "20 of 20"),
        ([0.1] * 19, 20, 0.1, 0.1, "19 of 20"),
        ([0.1] * 18, 20, 0.1, math.inf, "18 of 20"),
        ([0.1, math.inf], 4, math.inf, math.inf, "1 of 4"),
        ([], 1, math.inf, math.inf, "0 of 1"),
    ],
)
def test_what_was_missed_stands_at_the_end_of_the_percentiles(
    seconds: list[float], of: int, p50: float, p95: float, said: str
) -> None:
    found = with_misses(seconds, of)
    assert (percentile(found, 0.5), percentile(found, 0.95), kept(found)) == (p50, p95, said)


@pytest.mark.browser
def test_a_key_that_is_not_answered_before_the_next_is_a_miss_and_the_late_answer_is_timed_from_it() -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = chromium.new_page()
        page.set_content(QUEUE)
        page.evaluate(WATCH)

        def answered(count: int) -> list[float]:
            page.wait_for_function("(n) => window.benchDesk.answers.length >= n", arg=count)
            found: list[float] = page.evaluate("window.benchDesk.answers")
            return found

        page.keyboard.press("i")
        page.evaluate("goOn()")
        [first] = answered(1)
        page.keyboard.press("i")  # nothing happens
        pressed_at = page.evaluate("performance.now()")
        page.wait_for_function("(at) => performance.now() - at > 300", arg=pressed_at)
        page.keyboard.press("i")
        page.evaluate("goOn()")
        assert answered(3)[1:2] == [math.inf]
        late = answered(3)[2]
        page.keyboard.press("i")  # and nothing any more
        keys = page.evaluate("window.benchDesk.keys")
        chromium.close()
    assert math.isfinite(first)
    assert 300 < late < math.inf, "from the key that was owed an answer, not from the one after it"
    assert (keys, kept(with_misses([first, math.inf, late], keys))) == (4, "2 of 4")


def an_alert_of(number: int, received_at: float) -> dict[str, Any]:
    return {"id": f"al-{number}", "captured_at": received_at - 1, "received_at": received_at, "camera_id": "C01"}


def test_an_alert_that_the_page_never_heard_of_is_infinitely_late(monkeypatch: pytest.MonkeyPatch) -> None:
    alerts = [an_alert_of(n, 1e12 + n) for n in range(3)]

    @contextmanager
    def client(_url: str, _username: str) -> Iterator[Any]:
        yield type("Client", (), {"get": lambda _self, _path, params: type("Page", (), {"json": lambda _: {
            "items": alerts[::-1] if not params["cursor"] else [], "next": None}})()})()  # fmt: skip

    monkeypatch.setattr(capture_to_page, "client", client)
    monkeypatch.setattr(capture_to_page, "heard", lambda *_: iter([(alerts[0], 1e12 + 1), (alerts[2], 1e12 + 5)]))
    found = capture_to_page.listen("", threading.Event())
    assert sorted(page for page, _ in found) == [2.0, 4.0, math.inf]
    assert {database for _, database in found} == {1.0}


def test_the_loaded_page_counts_what_did_not_come_names_its_clients_and_its_core() -> None:
    assert "loaded_page" in BENCHMARKS
    alerts = [an_alert_of(n, 100.0 + n) for n in range(4)]
    drawn = [{one["id"]: one["received_at"] + 1 for one in alerts[:3]}]
    found = loaded_page._figures(alerts, {"C01": [(0.0, True)]}, drawn, drawn, "the worker's core: 1 of 2")
    awake = [one for one in found if " awake, " in one.name]
    assert [one.value for one in awake] == [2.0, math.inf, math.inf] * 2
    assert {one.name.split(", ")[2].split(":")[0] for one in awake} == {
        "8 HTTP clients that read as a page does", "2 pages in Chromium"}  # fmt: skip
    assert awake[0].note == "4 alerts, 3 of 4 times on a page, goal p95 0.4 s; the worker's core: 1 of 2"


def test_what_begins_within_is_bound_to_the_core_and_what_is_beside_it_is_not() -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    with loaded_page.bound_to(core):
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before
