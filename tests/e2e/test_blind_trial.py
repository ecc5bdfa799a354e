"""A blind trial: the desk lies behind another tab, forty alerts wait, and a priority 1 comes. Who sits there is rung, shown it, judges it
and calls a guard within ten seconds of its arrival, by keys alone.

A headed Chromium on a screen of its own (`tests/e2e/screen.py`), with its real autoplay policy and its real throttling of a tab behind; a
console in a process of its own; the alerts come over the stream. All moments are of one clock, this machine's: each test prints them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.attention.tables import Ring
from console.cameras.outages import NOBODY_AFTER_S
from console.incidents import incidents
from demo import county
from demo.cameras import CAMERAS
from demo.seed import PASSWORD, seed
from lianqin import audit, keys, settings
from lianqin.bus import Publisher, connect
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.records import new_id
from lianqin.testing import an_alert
from patrol.dispatch.tables import Dispatch
from patrol.duty import shifts
from patrol.duty.tables import Shift
from patrol.judging import presence
from patrol.judging.presence import GuardPlace
from tests.e2e.conftest import ROOT
from tests.e2e.screen import Keyboard, Tab, browser, x_server

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(600)]
WAITING, GUARDS = 40, 6
WITHIN_S, SET_UP_S = 10.0, 120.0
"""From the alert on the stream to the guard's call, goal of the whole way; and for what is made ready before."""
OLD_S = 2 * 86_400.0
"""What was captured so long ago is escalated to nobody, so that nothing of it sounds while the trial waits for silence."""
SILENT, LOUD = 0.001, 0.05
"""Highest sample of the page's sound (full scale 1): nothing sounds, and something does."""
LISTENING = """
(() => {
  const ears = [], connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      let ear = ears.find((one) => one.context === to.context);
      if (!ear) ears.push((ear = new AnalyserNode(to.context, { fftSize: 32768 })));
      connect.call(this, ear);
    }
    return connect.call(this, to, ...more);
  };
  window.loudest = () => Math.max(0, ...ears.map((ear) => {
    const wave = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(wave);
    return wave.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  }));
})()
"""
"""Beside what goes to the speaker, what was heard in the last 0.7 s; it changes nothing of what the page does."""

COUNTING = """
ticks = frames = 0;
setInterval(() => ticks++, 50);
(function drawn() { frames += document.hidden ? 1 : 0; requestAnimationFrame(drawn); })();
"""
"""What the browser lets run of a tab that is hidden: timers of 50 ms, and pictures drawn (1: the call itself)."""


@dataclass
class Night:
    """A console that runs, forty alerts in its queue, six guards on shift; and what is published next."""

    url: str
    store: Store
    bus: Publisher

    def comes(self, priority: int, n: int = 0, ago: float = 0.0) -> tuple[str, float]:
        """One alert over the stream, taken `ago` seconds before: its id, and that moment."""
        camera, at = CAMERAS[n % len(CAMERAS)], time.time() - ago
        one = an_alert(id=new_id("al", at), camera_id=camera.id, zone_id=f"{camera.id}-trial{n}", zone_name=f"试验区{n}", priority=priority,
                       captured_at=at, published_at=at)  # fmt: skip
        self.bus.publish(keys.ALERTS, one)
        return one.id, at

    def rows(self, table: Any, alert_id: str) -> list[Any]:
        with self.store.read() as session:
            return list(session.scalars(select(table).where(table.alert_id == alert_id)))

    def has(self, alert_id: str) -> bool:
        with self.store.read() as session:
            return session.scalar(select(AlertRow.id).where(AlertRow.id == alert_id)) is not None

    def unwatched(self) -> str | None:
        with self.store.read() as session:
            return session.scalar(select(AlertRow.id).where(AlertRow.situation == "camera_lost"))

    def alert(self, alert_id: str) -> AlertRow:
        with self.store.read() as session:
            return session.scalars(select(AlertRow).where(AlertRow.id == alert_id)).one()

    def calls(self, alert_id: str) -> list[Dispatch]:
        incident = self.alert(alert_id).incident_id
        with self.store.read() as session:
            return list(session.scalars(select(Dispatch).where(Dispatch.incident_id == incident))) if incident else []


def until(what: str, look: Callable[[], Any], seconds: float = WITHIN_S) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"within {seconds} s there was no {what}")


def answers(url: str) -> bool:
    try:
        return httpx.get(url + "/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def put_on_shift(store: Store, redis_client: Any) -> None:
    """Each of them 60 m further from the cameras, with a place that has just come."""
    at = time.time()
    with store.write() as session:
        for guard in county.GUARDS[:GUARDS]:
            if session.scalar(select(Shift.id).where(Shift.guard_id == guard["id"], Shift.closed_at.is_(None))) is None:
                shifts.do_open(session, audit.system("trial"), guard["id"], None, 8, at)
    with store.read() as session:
        found = {row.guard_id: row for row in session.scalars(select(Shift).where(Shift.closed_at.is_(None)))}
    presence.put_places(redis_client, [
        GuardPlace(guard["id"], guard["name"], guard["unit_id"], found[guard["id"]].id, found[guard["id"]].area_id, 119.203 + n * 0.0006, 34.003, at, at,
              accuracy_m=6.0)
        for n, guard in enumerate(county.GUARDS[:GUARDS])
    ])  # fmt: skip


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    with tempfile.TemporaryDirectory(prefix="lqt-") as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = Path(name), free.getsockname()[1]
        redis_server = EmbeddedRedis(folder / "redis")
        redis_server.start()
        told = {
            "run_dir": folder,
            "redis_url": redis_server.url,
            "console_port": port,
            "demo": True,
            "second_factor": False,
            "guards_at_night": 1,  # two keys call one guard at each hour at which this runs
        }
        ours = settings.check(told)
        seed(ours, rtsp_port=1, phones=folder / "phones.json")
        store, client, url = Store(open_engine(ours.database)), connect(redis_server.url), f"http://127.0.0.1:{port}"
        put_on_shift(store, client)
        free.close()
        with (folder / "console.log").open("wb") as log:
            environ = os.environ | {f"LIANQIN_{key.upper()}": str(value) for key, value in told.items()}
            console = subprocess.Popen([sys.executable, "-m", "console"], cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            until("console: " + (folder / "console.log").read_text(), lambda: answers(url), SET_UP_S * 2)
            made = Night(url, store, Publisher(client))
            for n in range(WAITING):
                last, _ = made.comes(2 + n % 2, n, ago=OLD_S)
            until("queue", lambda: made.has(last), SET_UP_S)
            unwatched = until("alert that nobody watches the cameras", made.unwatched, NOBODY_AFTER_S + SET_UP_S)
            with store.write() as session:  # or it is escalated, and sounds, in the midst of the trial
                incidents.do_ignore(session, audit.system("trial"), unwatched, time.time())
            yield made
        finally:
            console.terminate()
            console.wait(20)
            client.close()
            store.engine.dispose()
            redis_server.stop()


@dataclass
class Seat:
    """Who sits at the desk: his keys, his desk's tab, and another tab."""

    keyboard: Keyboard
    desk: Tab
    other: Tab

    @property
    def loudest(self) -> float:
        return float(self.desk.ask("loudest()"))

    def silence(self, seconds: float) -> None:
        """Returns once nothing has sounded for so long."""
        since = time.monotonic()
        while time.monotonic() - since < seconds:
            if self.loudest > SILENT:
                since = time.monotonic()
            time.sleep(0.1)

    def stands(self) -> str:
        """The alert before him: its address and its heading are there."""
        return str(
            self.desk.ask(
                "document.querySelector('.middle h1') ? new URL(location).searchParams.get('alert') ?? '' : ''"
            )
        )

    def seen(self, test_id: str) -> bool:
        """Whether that is there in the tab in front and can be pressed."""
        return bool(self.desk.ask(
            f"document.visibilityState === 'visible' && [...document.querySelectorAll('[data-testid={test_id}]')].some((one) => one.checkVisibility() && !one.disabled)"
        ))  # fmt: skip


@pytest.fixture
def seat(night: Night) -> Iterator[Seat]:
    """Logged in by keys; two tabs, the desk's in front."""
    with x_server() as display, sync_playwright() as playwright, browser(playwright, display) as context:
        page = context.pages[0]
        page.add_init_script(LISTENING)
        page.goto(night.url + "/login")
        desk, keyboard = Tab(page), Keyboard(display)
        until(
            "name's field",
            lambda: desk.ask("document.querySelector('[data-testid=login-username]') !== null"),
            SET_UP_S,
        )
        page.bring_to_front()
        keyboard.give_focus()
        until("focus", lambda: desk.ask("document.hasFocus()"), SET_UP_S)
        assert not desk.ask("navigator.userActivation.hasBeenActive"), "no hand was there yet: sound is blocked"
        desk.ask("document.querySelector('[data-testid=login-username]').focus()")
        keyboard.type("operator")
        keyboard.press("Tab")
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        until(
            "desk",
            lambda: desk.ask(
                "location.pathname === '/desk' && document.querySelectorAll('.open [data-testid=queue-row]').length"
            ),
            SET_UP_S,
        )
        until("alert that is open", lambda: desk.ask("document.querySelector('.middle h1') !== null"), SET_UP_S)
        until("sound", lambda: not desk.ask("document.querySelector('[data-testid=sound-blocked]') !== null"), SET_UP_S)
        behind = context.new_page()
        behind.goto("data:text/html,<title>other</title><p>another tab</p>")
        other = Tab(behind)
        keyboard.press("Control+1")
        until("desk in front", lambda: desk.ask("document.visibilityState") == "visible", SET_UP_S)
        yield Seat(keyboard, desk, other)
        keyboard.close()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def told(what: str, moments: dict[str, float]) -> str:
    came = moments["came"]
    return f"{what}: " + ", ".join(f"{name} {at - came:.2f} s" for name, at in moments.items() if name != "came")


def judge_and_call(night: Night, seat: Seat, alert_id: str, moments: dict[str, float]) -> None:
    """Y, and the digit of the guard who is seen first. A key right after the desk went to the alert by itself is refused aloud: who
    hears that presses once more, as nobody reads so fast."""
    until("guard who can be called", lambda: seat.seen("candidate") and seat.seen("judge-confirm"))
    seat.keyboard.press("y")
    refused = "document.querySelector('.toast.wrong') !== null"
    until("word of the key", lambda: seat.seen("judge-undo") or seat.desk.ask(refused))
    if not seat.seen("judge-undo"):
        time.sleep(0.6)  # as long as the desk holds keys back
        seat.keyboard.press("y")
        until("verdict", lambda: seat.seen("judge-undo"))
    seat.keyboard.press("1")
    [call] = until("call of a guard", lambda: night.calls(alert_id))
    judged = night.alert(alert_id)
    assert judged.state == "confirmed"
    assert judged.judged_at is not None
    moments |= {"judged": judged.judged_at, "called": call.called_at}


def test_a_p1_behind_another_tab_is_rung_shown_judged_and_a_guard_called_within_ten_seconds(
    night: Night, seat: Seat
) -> None:
    desk, keyboard = seat.desk, seat.keyboard
    before = seat.stands()
    keyboard.press("Control+2")
    until("other tab in front", lambda: seat.other.ask("document.visibilityState") == "visible")
    assert desk.ask("document.visibilityState") == "hidden"
    desk.ask(COUNTING)
    began = time.monotonic()
    seat.silence(3)
    time.sleep(max(0.0, 22 - (time.monotonic() - began)))  # nobody touches it: after 20 s he is idle
    ticks, frames, passed = desk.ask("ticks"), desk.ask("frames"), time.monotonic() - began
    say(
        f"behind the other tab for {passed:.0f} s: {ticks / passed:.1f} of 20 timers a second ran, {frames} pictures were drawn"
    )
    assert frames <= 1, "the browser draws nothing of a tab behind another"
    count = int(desk.ask("document.title").partition(")")[0].strip("("))
    assert count >= WAITING
    assert seat.stands() == before
    assert seat.loudest < SILENT

    alert_id, came = night.comes(1, 100)
    moments = {"came": came}
    until("sound", lambda: seat.loudest > LOUD)
    moments["rung"] = time.time()
    until("count in the title", lambda: int(desk.ask("document.title").partition(")")[0].strip("(")) > count)
    assert desk.ask("document.querySelector('link[rel=icon]').href").startswith("data:image/svg+xml")
    moments["counted"] = time.time()
    assert desk.ask("document.visibilityState") == "hidden", "all this behind the other tab"

    keyboard.press("Control+1")
    until(
        "priority 1 before him", lambda: desk.ask("document.visibilityState") == "visible" and seat.stands() == alert_id
    )
    moments["shown"] = time.time()
    judge_and_call(night, seat, alert_id, moments)
    say(told("behind another tab", moments))
    rings = until("ring on the record", lambda: night.rows(Ring, alert_id))
    assert {(one.why, one.means, one.hidden) for one in rings} == {("new", "sound", True)}
    assert list(moments.values()) == sorted(moments.values())
    assert moments["called"] - came < WITHIN_S


def test_a_p1_moves_nothing_under_a_hand_that_types_and_rings_and_says_so(night: Night, seat: Seat) -> None:
    desk, keyboard = seat.desk, seat.keyboard
    seat.silence(3)
    before = seat.stands()
    keyboard.press("/")
    until("search", lambda: desk.ask("document.activeElement?.matches('input[type=search], .queue input')"))
    keyboard.type("c0")
    alert_id, came = night.comes(1, 200)
    moments = {"came": came}
    typed = "c0"
    while seat.loudest < LOUD:
        assert time.time() - came < WITHIN_S, "it rings while he types"
        keyboard.type("1")
        typed += "1"
        time.sleep(0.05)
    moments["rung"] = time.time()
    until("word of it", lambda: seat.seen("urgent-chip"))
    moments["said"] = time.time()
    keyboard.type("2")
    assert seat.stands() == before
    assert desk.ask("document.activeElement.value") == typed + "2", "each letter fell where he typed"
    keyboard.press("Escape")
    desk.ask("document.activeElement.blur()")
    keyboard.press("p")
    until("priority 1 before him", lambda: seat.stands() == alert_id)
    moments["shown"] = time.time()
    judge_and_call(night, seat, alert_id, moments)
    say(told("while he types", moments))
    assert {(one.why, one.means, one.hidden) for one in night.rows(Ring, alert_id)} == {("new", "sound", False)}
    assert moments["called"] - came < WITHIN_S
