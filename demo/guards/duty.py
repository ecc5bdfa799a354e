"""One guard at work: he walks his round, sends his fixes, answers calls, goes where he is sent and says when it is done."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from demo.county import AREAS, GUARDS
from demo.guards.habits import Habit
from demo.guards.handset import Handset
from demo.guards.phone import FixSender, GnssSample, GuardPage, GuardPhone
from demo.guards.streets import StreetNetwork, Walk
from lianqin.clock import Clock
from lianqin.geo import LonLat, distance_m

TICK_S = 1.0
STAY_S = 15.0
"""At a checkpoint."""
REST_S = 120.0
"""Between two shifts."""


@dataclass(frozen=True, slots=True)
class Beat:
    """The patrol area as a guard knows it: its border and the places he must visit."""

    area_id: str
    polygon: tuple[LonLat, ...]
    checkpoints: tuple[LonLat, ...]


def beat_of(guard_id: str) -> Beat:
    """The area that he is posted to."""
    [area_id] = [guard["default_area_id"] for guard in GUARDS if guard["id"] == guard_id]
    [area] = [area for area in AREAS if area["id"] == area_id]
    places = tuple((checkpoint["lon"], checkpoint["lat"]) for checkpoint in area["checkpoints"])
    return Beat(area_id, tuple((lon, lat) for lon, lat in area["polygon"]), places)


class Pace(msgspec.Struct, frozen=True):
    """Metres a second on the round, how many times faster to an incident, seconds between fixes and between looks."""

    walking_mps: float = 1.4
    hurry: float = 3.0
    fix_every: float = 5.0
    look_every: float = 3.0


class Duty:
    """`run_once` works until `stop`; an error of the console ends it, to be tried again."""

    def __init__(
        self,
        *,
        phone: GuardPhone,
        habit: Habit,
        beat: Beat,
        streets: StreetNetwork,
        tracker: FixSender,
        page: GuardPage,
        pace: Pace,
        clock: Clock,
        stop: threading.Event,
    ) -> None:
        self.phone, self._habit, self._beat, self._streets = phone, habit, beat, streets
        self._tracker, self._page, self._pace, self._clock, self._stop = tracker, page, pace, clock, stop
        self._random = random.Random(phone.guard_id)
        self._round = self._random.randrange(len(beat.checkpoints))
        self.walk = Walk(self._random.choice(beat.checkpoints))
        self._began = clock.now()
        self._handset = Handset(habit, self._random, self._began)
        self.original: Duty | None = None
        """Whose phone his copies."""
        self.last_sample: GnssSample | None = None
        self._stay_until = self._fix_due = self._look_due = self._rest_until = 0.0
        self._on_shift = False
        self._task: str | None = None
        """The dispatch he is on his way to."""
        self._moving = False
        self._due: dict[str, float] = {}
        """When he gets round to a call or task, by its id and step."""

    def run_once(self) -> None:
        while not self._stop.is_set():
            self.step(TICK_S)
            self._clock.sleep(TICK_S, self._stop)

    def step(self, seconds: float) -> None:
        """What he does in `seconds`."""
        now = self._clock.now()
        self._go(now, seconds)
        if not self._task and self._handset.is_silent(now):
            return
        if now >= self._look_due:
            self._look_due = now + self._pace.look_every
            self.obey(self._page.state(), now)
        if self._on_shift and now >= self._fix_due:
            self._fix_due = now + self._pace.fix_every
            if not self._task and self._handset.is_offline(now):
                self._tracker.keep(self.sample(now))
            else:
                self._tracker.send(self.sample(now))

    def sample(self, now: float) -> GnssSample:
        """Where his phone says he is; a copied one says where the other's is."""
        if self.original is not None and self.original.last_sample is not None:
            return self.original.last_sample
        self.last_sample = self._handset.sample(
            now, self.walk.place, speed_mps=self._speed if self._moving else 0.0, course=self.walk.course
        )
        return self.last_sample

    @property
    def _speed(self) -> float:
        return (self._habit.walking_mps or self._pace.walking_mps) * (self._pace.hurry if self._task else 1.0)

    def _go(self, now: float, seconds: float) -> None:
        if self.walk.arrived and not self._task and now >= self._stay_until:
            self._next_goal(now)
        self._moving = not self.walk.arrived and now >= self._stay_until
        if self._moving:
            self.walk.go(self._speed * seconds)
            if self.walk.arrived:
                self._stay_until = now + STAY_S

    def _next_goal(self, now: float) -> None:
        astray = self._habit.strays
        if astray and (now - self._began) % self._habit.every > self._habit.every / 2:
            self.walk.set_out(self._streets.route(self.walk.place, astray))
            return
        self._round = (self._round + 1) % len(self._beat.checkpoints)
        goal = self._beat.checkpoints[self._round]
        self.walk.set_out(self._streets.route(self.walk.place, goal, self._beat.polygon))

    def obey(self, state: Mapping[str, Any], now: float) -> None:
        """What his page shows: shift, calls, tasks."""
        self._mind_shift(state["shift"], now)
        for call in state["point_calls"]:
            self._mind_call(call, now)
        tasks = [task for task in state["dispatches"] if task["state"] in {"called", "accepted", "arrived"}]
        if self._task and self._task not in {task["id"] for task in tasks}:
            self._task, self._stay_until = None, now  # done, or called off: back to the round
            self.walk.set_out(())
        for task in tasks[:1]:
            self._mind_task(task, now)

    def _mind_shift(self, shift: Mapping[str, Any] | None, now: float) -> None:
        if shift is not None:
            self._on_shift, self._rest_until = True, now + REST_S
        else:
            self._on_shift = False
            if now >= self._rest_until:
                self._on_shift = self._page.post("shift/open", area_id=self._beat.area_id)

    def _mind_call(self, call: Mapping[str, Any], now: float) -> None:
        if call.get("receipt_at") is None:
            self._page.post(f"point-calls/{call['id']}/receipt")
        if self._habit.answers and self._is_time(call["id"], now, 4, 15):
            lon, lat = self.walk.place
            self._page.post(f"point-calls/{call['id']}/answer", answered_at=now, lon=lon, lat=lat, accuracy_m=8.0)

    def _mind_task(self, task: Mapping[str, Any], now: float) -> None:
        task_id, place = str(task["id"]), (float(task["lon"]), float(task["lat"]))
        if task["state"] == "called":
            if self._is_time(task_id, now, 2, 5):
                self._page.post(f"dispatches/{task_id}/accept")
            return
        if self._task != task_id:
            self._task, self._stay_until = task_id, now
            self.walk.set_out(self._streets.route(self.walk.place, place))
        elif task["state"] == "arrived" or self.walk.arrived:
            # The street led to the nearest crossing, or the place is in sight: the rest he goes straight.
            self.walk.set_out((place,) if distance_m(self.walk.place, place) > 1 else ())
        if task["state"] == "arrived" and self.walk.arrived and self._is_time(task_id + " done", now, 8, 15):
            self._page.post(f"dispatches/{task_id}/done", note="已到场查看，现场无异常。")

    def _is_time(self, what: str, now: float, least: float, most: float) -> bool:
        """People take a moment: true from `least` to `most` seconds after he first heard of it."""
        return now >= self._due.setdefault(what, now + self._random.uniform(least, most))
