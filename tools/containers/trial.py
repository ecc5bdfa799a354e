"""The trial: phones send and cameras raise alerts, one container of each kind is killed, and all is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tools.containers.county import GUARDS, PARTS, PORTS, STORES, County, listens, until
from tools.containers.phones import Phones
from tools.containers.podman import TrialError, say

FIRST_ALERTS = 3
SPOOLED_ALERTS = 2
HEALTH_CHECKED = ("valkey", "postgres", "console", "intake")


class Killed(NamedTuple):
    """One row of the table."""

    part: str
    how: str
    back_s: float


def hold(compose: Path) -> bool:
    """True: nothing that was acknowledged is missing or double."""
    county = County(compose)
    county.clear()
    county.settle()
    # Each waits for what it needs, so the stores come last on purpose.
    county.up(*PARTS)
    county.up(*STORES)
    say(f"  console well after {until('the console is well', lambda: county.health().get('database') == 'ok'):.0f} s")
    opened = float(int(time.time()))
    county.first_set_up()
    phones = Phones(f"http://127.0.0.1:{PORTS['intake']}", county.within("set_up.py", str(opened), *GUARDS), opened)
    county.cameras()
    phones.start()
    until("phones are answered", lambda: phones.count > 0)
    say("  published ports: " + ", ".join(f"{name} {_yes(listens(port))}" for name, port in PORTS.items()))
    checks = {part: county.is_healthy(part) for part in HEALTH_CHECKED}
    say("  health checks:   " + ", ".join(f"{part} {_yes(well)}" for part, well in checks.items()))
    until(f"{FIRST_ALERTS} alerts", lambda: len(raised(county)) >= FIRST_ALERTS)
    say(f"  {len(raised(county))} alerts raised, {phones.count} fixes answered before the first kill")
    killed = kill_all(county, phones)
    more = len(raised(county))
    until("alerts go on", lambda: len(raised(county)) >= more + FIRST_ALERTS)
    phones.stop()
    county.end_cameras()
    good = count(county, phones, opened, killed)
    last = {
        "published ports": all(listens(port) for port in PORTS.values()),
        "backup from the container": county.backs_up(),
    }
    say("  " + ", ".join(f"{name}: {_yes(well)}" for name, well in last.items()))
    return good and all(checks.values()) and all(last.values())


def kill_all(county: County, phones: Phones) -> list[Killed]:
    done = [kill(county, part, back) for part, back in _signs(county, phones).items()]
    return [*done, *while_redis_is_away(county, phones)]


def _signs(county: County, phones: Phones) -> dict[str, Callable[[], object]]:
    """How it is seen that a part does its work again."""

    def answers() -> bool:
        before = phones.count
        time.sleep(2.5)
        return phones.count > before

    return {
        "patrol": lambda: county.is_running("patrol"),
        "intake": answers,
        "console": lambda: bool(county.health()),
        "postgres": lambda: county.health().get("database") == "ok",
        "valkey": lambda: county.health().get("redis") == "ok",
    }


def kill(county: County, part: str, back: Callable[[], object]) -> Killed:
    began = time.monotonic()
    county.kill(part)
    county.bring_back(part)
    until(f"{part} is back", back)
    say(f"  {part} killed")
    return Killed(part, "kill -9", time.monotonic() - began)


def while_redis_is_away(county: County, phones: Phones) -> list[Killed]:
    """Redis is stopped, alerts and fixes go to spools; then the worker is killed, removed, and comes under another name."""
    county.stop("valkey")
    before, durable = phones.count, raised(county)
    until("fixes are spooled", lambda: phones.count > before + len(GUARDS))
    until("alerts are spooled", lambda: len(raised(county) - durable) >= SPOOLED_ALERTS)
    say(f"  Redis away: {phones.count - before} fixes and {len(raised(county) - durable)} alerts in spools")
    began = time.monotonic()
    old, new = county.renew("ingest")
    say(f"  ingest killed with a full spool: {old} gone, {new} in its place")
    county.up("valkey")
    until("the worker is back", lambda: f"ingest-{new}" in county.health().get("workers", []))
    return [Killed("ingest", "kill -9, removed, another name, Redis away", time.monotonic() - began)]


def raised(county: County) -> set[str]:
    """Ids of alerts that a worker said to be durable."""
    return {line["alert"] for line in county.logs() if line.get("event") == "alert"}


def count(county: County, phones: Phones, opened: float, killed: list[Killed]) -> bool:
    """Waits until all has arrived, or nothing more does."""
    found: dict[str, Any] = {}

    def arrived() -> bool:
        told = raised(county)
        found.update(county.within("count.py", str(opened), str(time.time() + 60), *GUARDS))
        return (
            told <= set(found["alerts"])
            and all(found["judged"].get(guard) == len(phones.answered[guard]) for guard in GUARDS)
            and not any(found["spools"].values())
        )

    try:
        until("all has arrived", arrived)
    except TrialError as error:
        say(f"  {error}")
    say(f"\n{'killed':<10} {'how':<44} back after")
    for one in killed:
        say(f"{one.part:<10} {one.how:<44} {one.back_s:6.0f} s")
    return _table(raised(county), phones, found)


def _table(told: set[str], phones: Phones, found: dict[str, Any]) -> bool:
    kept = set(found["alerts"])
    looks = [tuple(look) for look in found["alerts"].values()]
    answered = sum(len(times) for times in phones.answered.values())
    stored = {guard: [round(at) for at in times] for guard, times in found["fixes"].items()}
    missing = sum(len(set(phones.answered[guard]) - set(times)) for guard, times in stored.items())
    double = sum(len(times) - len(set(times)) for times in stored.values())
    rows = (
        ("alerts", len(told), len(kept), len(told - kept), len(looks) - len(set(looks))),
        ("fixes", answered, sum(map(len, stored.values())), missing, double),
        ("fixes judged", answered, sum(one or 0 for one in found["judged"].values()), None, None),
        ("bytes left in spools", 0, sum(found["spools"].values()), None, None),
    )
    say(f"\n{'':<22} {'acknowledged':>12} {'on record':>10} {'missing':>8} {'double':>7}")
    for name, wanted, there, lost, twice in rows:
        say(f"{name:<22} {wanted:>12} {there:>10} {_shown(lost):>8} {_shown(twice):>7}")
    good = not any(row[3] or row[4] for row in rows) and rows[2][1] == rows[2][2] and not rows[3][2]
    say(
        f"\n{'nothing acknowledged is missing or double' if good else 'NOT everything that was acknowledged is there once'}"
    )
    return good


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)


def _yes(well: bool) -> str:  # noqa: FBT001
    return "ok" if well else "NO"
