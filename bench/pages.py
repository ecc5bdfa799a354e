"""How soon a page gives way to the next: Chromium at 1366x768, an operator's menu from end to end, beside the desk's 2,000 alerts.

`python -m bench.pages`. Each page of the menu is gone to by a click, three times; the first time its code comes too. Asked: until
the page before is gone and the next one's frame stands there, its lists still filling. Beside it the same pages opened whole.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Final

import numpy as np

from bench.desk import AGO_S, desk
from bench.kit.figures import Figure

ROUNDS: Final = 3
GOAL_S: Final = 0.3
WATCH: Final = """
(() => {
  const seen = [];
  window.benchPages = seen;
  let left = null;
  const main = () => document.querySelector('main');
  addEventListener('click', (event) => {
    const link = event.target.closest('a[data-testid^=nav-]');
    if (link && link.pathname !== location.pathname) left = { at: event.timeStamp, to: link.pathname, page: main() };
  }, { capture: true });
  const step = () => {
    if (left && location.pathname === left.to && main() && !left.page.isConnected) {
      seen.push({ to: left.to, s: (performance.now() - left.at) / 1000 });
      left = null;
    }
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})()
"""


def run() -> list[Figure]:
    with desk(time.time() - AGO_S) as one:
        page = one.page
        page.set_viewport_size({"width": 1366, "height": 768})
        page.evaluate(WATCH)
        origin = page.evaluate("location.origin")
        links = page.eval_on_selector_all(
            "a[data-testid^=nav-]", "(all) => all.map((one) => [one.dataset.testid, one.pathname])"
        )
        for _ in range(ROUNDS):
            for name, _ in links:
                page.get_by_test_id(name).evaluate("(link) => link.click()")
                page.wait_for_timeout(700)
        found: list[dict[str, Any]] = page.evaluate("window.benchPages")
        whole = []
        for _, path in links:
            began = time.perf_counter()
            page.goto(f"{origin}{path}", wait_until="commit")
            page.locator("main").first.wait_for()
            whole.append(time.perf_counter() - began)
    first: dict[str, float] = {}
    again: list[float] = []
    for row in found:
        if row["to"] in first:
            again.append(row["s"])
        else:
            first[row["to"]] = row["s"]
    slow = max(found, key=lambda row: row["s"])
    note = f"{len(again)} times, longest {max(again):.2f}; slowest of all {slow['to']} {slow['s']:.2f}"
    return [
        Figure("a page of the menu, p95", float(np.percentile(again, 95)), "s", "goal", GOAL_S, note),
        Figure("the first time, its code comes too, p95", float(np.percentile(list(first.values()), 95)), "s", "opened whole, p95",
               float(np.percentile(whole, 95)), f"{len(first)} pages, longest {max(first.values()):.2f}"),
    ]  # fmt: skip


if __name__ == "__main__":
    from bench.__main__ import table

    print(table(run()))
    sys.exit(0)
