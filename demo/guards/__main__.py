"""`python -m demo.guards --url http://127.0.0.1:8600 --phones run/demo/phones.json`: all guards go on duty until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

import httpx

from demo.county import AREAS, GUARDS, STREETS
from demo.guards.duty import Beat, Duty, Pace
from demo.guards.habits import HABITS, Habit
from demo.guards.phone import Page, Phone, Tracker, read_phones
from demo.guards.streets import StreetNetwork
from lianqin import logs
from lianqin.clock import SystemClock
from lianqin.errors import RecordError
from lianqin.supervise import start_thread


def beat_of(guard_id: str) -> Beat:
    """The area that he is posted to."""
    [area_id] = [guard["default_area_id"] for guard in GUARDS if guard["id"] == guard_id]
    [area] = [area for area in AREAS if area["id"] == area_id]
    places = tuple((checkpoint["lon"], checkpoint["lat"]) for checkpoint in area["checkpoints"])
    return Beat(area_id, tuple((lon, lat) for lon, lat in area["polygon"]), places)


def duties(phones: tuple[Phone, ...], url: str, fix_url: str, pace: Pace, stop: threading.Event) -> list[Duty]:
    """One a phone, each with connections of its own, as phones have."""
    streets = StreetNetwork([line for _, _, line in STREETS])
    found = []
    for phone in phones:
        http = httpx.Client(timeout=10, trust_env=False)
        tracker, page = Tracker(http, fix_url, phone), Page(http, url, phone)
        habit = HABITS.get(phone.guard_id, Habit())
        found.append(Duty(phone=phone, habit=habit, beat=beat_of(phone.guard_id), streets=streets, tracker=tracker,
                          page=page, pace=pace, clock=SystemClock(), stop=stop))  # fmt: skip
    return found


def main(arguments: list[str]) -> int:
    usual = Pace()
    parser = argparse.ArgumentParser(prog="python -m demo.guards", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8600", help="the console")
    parser.add_argument("--fix-url", help="where phones send fixes; the console's /fix by default")
    parser.add_argument("--phones", type=Path, required=True, help="accounts and devices, as set-up wrote them")
    parser.add_argument("--walking", type=float, default=usual.walking_mps, help="metres a second on the round")
    parser.add_argument("--hurry", type=float, default=usual.hurry, help="times faster on the way to an incident")
    parser.add_argument("--fix-every", type=float, default=usual.fix_every, help="seconds between fixes")
    options = parser.parse_args(arguments)
    logs.configure(json=False, level="INFO")
    try:
        phones = read_phones(options.phones)
    except RecordError as error:
        print(error, file=sys.stderr)
        return 1
    pace = Pace(options.walking, options.hurry, options.fix_every)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(f"{len(phones)} guards walk at {pace.walking_mps:g} m/s, {pace.hurry:g} times faster to an incident; "
          f"a fix every {pace.fix_every:g} s", flush=True)  # fmt: skip
    threads = []
    for duty in duties(phones, options.url, options.fix_url or options.url + "/fix", pace, stop):
        threads.append(start_thread(duty.phone.guard_id, duty.run_once, stop))
        stop.wait(0.25)  # they don't all look at their phones at the same moment
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
