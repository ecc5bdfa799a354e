"""`python -m demo.guards --url http://127.0.0.1:8600 --phones run/demo/phones.json`: all guards go on duty until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
import msgspec

from demo.county import STREETS
from demo.guards.duty import Duty, Pace, beat_of
from demo.guards.forms import OverHttp
from demo.guards.habits import HABITS, Habit
from demo.guards.phone import FixSender, GnssSample, GuardPage, GuardPhone, Send, read_phones
from demo.guards.streets import StreetNetwork
from demo.guards.terminal import Terminal
from lianqin import logs
from lianqin.clock import SystemClock
from lianqin.decoding import from_json
from lianqin.errors import RecordError
from lianqin.supervise import start_thread

QUICK: Final = 12
"""So many look at their page often; the others walk and look now and then."""


class IntakeAddress(msgspec.Struct, frozen=True):
    """Where phones and terminals send: an address for HTTP, host and port for JT/T 808, a folder for terminals' codes."""

    url: str
    terminals: tuple[str, int]
    codes: Path


def sender(phone: GuardPhone, intake: IntakeAddress, http: httpx.Client) -> Send:
    if phone.form == "jt808":
        return Terminal(intake.terminals, phone, intake.codes / f"terminal-{phone.guard_id}")
    return OverHttp(http, intake.url, phone)


def duties(phones: tuple[GuardPhone, ...], url: str, intake: IntakeAddress, *, pace: Pace, kept: Mapping[str, Sequence[GnssSample]],
           stop: threading.Event) -> list[Duty]:  # fmt: skip
    """One a phone, each with connections of its own, as phones have. `kept`: fixes still on a phone, by guard."""
    streets = StreetNetwork([line for _, _, line in STREETS])
    found: dict[str, Duty] = {}
    for number, phone in enumerate(phones):
        http = httpx.Client(timeout=10, trust_env=False)
        tracker = FixSender(sender(phone, intake, http), kept.get(phone.guard_id, ()))
        slower = pace if number < QUICK else msgspec.structs.replace(pace, look_every=pace.look_every * 4)
        found[phone.guard_id] = Duty(
            phone=phone, habit=HABITS.get(phone.guard_id, Habit()), beat=beat_of(phone.guard_id), streets=streets,
            tracker=tracker, page=GuardPage(http, url, phone), pace=slower, clock=SystemClock(), stop=stop,
        )  # fmt: skip
    for guard_id, duty in found.items():
        copied = HABITS.get(guard_id, Habit()).copies
        duty.original = found.get(copied) if copied else None
    return list(found.values())


def main(arguments: list[str]) -> int:
    usual = Pace()
    parser = argparse.ArgumentParser(prog="python -m demo.guards", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8600", help="the console")
    parser.add_argument("--fix-url", help="where phones send fixes; the console's /fix by default")
    parser.add_argument("--jt808-port", type=int, default=8608, help="where JT/T 808 terminals report")
    parser.add_argument("--kept", type=Path, help="fixes still on phones, by guard, as set-up wrote them; sent once")
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
    for ended in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended, lambda *_: stop.set())
    print(f"{len(phones)} guards walk at {pace.walking_mps:g} m/s, {pace.hurry:g} times faster to an incident; "
          f"a fix every {pace.fix_every:g} s", flush=True)  # fmt: skip
    kept: dict[str, list[GnssSample]] = {}
    if options.kept is not None and options.kept.exists():
        kept = from_json(options.kept.read_bytes(), dict[str, list[GnssSample]])
        options.kept.unlink()
    intake = IntakeAddress(
        options.fix_url or options.url + "/fix", ("127.0.0.1", options.jt808_port), options.phones.parent
    )
    threads = []
    for number, duty in enumerate(duties(phones, options.url, intake, pace=pace, kept=kept, stop=stop)):
        threads.append(start_thread(duty.phone.guard_id, duty.run_once, stop))
        stop.wait(0.25 if number < QUICK else 0.7)  # they don't all look at their phones at the same moment
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
