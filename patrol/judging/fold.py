"""The fold over a shift's fixes in order of device time: the same facts bit for bit however and whenever they arrived."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lianqin.records import Fix
from patrol.judging.at_rest import DeviceSign, extends_to, signs_of
from patrol.judging.coverage import cell_of
from patrol.judging.doubts import Flagged, accuracy_m, apart_m, in_time, proves
from patrol.judging.facts import AreaAsOpened, DoubtCount, FactLimits, Gap, ShiftFacts
from patrol.judging.judge import Judge
from patrol.judging.presence import Fence, decide
from patrol.judging.visits import Visits

Answer = bool | None
UNKNOWN: Final = None
RETRY_S: Final = 300.0
"""The longest that a client in use waits before it tries again (Traccar Client 10: 5 s doubling to 5 min)."""


class Spans:
    """Stretches of one answer (True, False, not known) that follow one another from a beginning on."""

    __slots__ = ("_from", "_said", "_spans", "until")

    def __init__(self, from_at: float) -> None:
        self._spans: list[tuple[bool | None, float, float]] = []
        self._said: bool | None = None
        self._from = self.until = from_at

    def copy(self) -> Spans:
        twin = object.__new__(Spans)
        twin._spans, twin._said, twin._from, twin.until = list(self._spans), self._said, self._from, self.until
        return twin

    def go_on(self, to_at: float, said: Answer) -> None:
        """From the last moment up to `to_at` it was so."""
        until = self.until
        if said is not self._said:
            self._close()
            self._said, self._from = said, until
        if to_at > until:
            self.until = to_at

    def _close(self) -> None:
        if self.until > self._from:
            self._spans.append((self._said, self._from, self.until))

    def all(self) -> list[tuple[bool | None, float, float]]:
        last = [(self._said, self._from, self.until)] if self.until > self._from else []
        return [*self._spans, *last]


def on_break(from_at: float, to_at: float, breaks: Sequence[Gap]) -> float:
    """Seconds of that stretch that lie in breaks; `breaks` don't overlap one another."""
    return sum(max(0.0, min(to_at, one.to_at) - max(from_at, one.from_at)) for one in breaks)


def apart_from_one_another(breaks: Iterable[Gap]) -> list[Gap]:
    """The same times, without overlaps, in order."""
    found: list[Gap] = []
    for one in sorted(breaks, key=lambda gap: (gap.from_at, gap.to_at)):
        if found and one.from_at <= found[-1].to_at:
            found[-1] = Gap(found[-1].from_at, max(found[-1].to_at, one.to_at))
        elif one.to_at > one.from_at:
            found.append(one)
    return found


class Tally:
    """What the settled fixes say. It grows in place; `facts` reads it off."""

    __slots__ = (
        "_area", "_doubts", "_fence", "_first", "_fixes", "_gaps", "_ground", "_last", "_limits", "_off", "_post",
        "_sure", "_was_at_post", "_was_in_area", "_with_cells", "at_post", "cells", "inside", "visits",
    )  # fmt: skip

    def __init__(self, ground: AreaAsOpened, limits: FactLimits, *, cells: bool) -> None:
        self._with_cells = cells
        self._ground, self._limits, self._fence = ground, limits, Fence(ground.polygon)
        self._area, self._post = Spans(ground.opened_at), Spans(ground.opened_at)
        self._gaps: list[Gap] = []
        self._doubts: dict[str, int] = {}
        self._off: dict[str, tuple[int, float]] = {}
        self._fixes = 0
        self._sure = False
        self.cells: dict[str, float] = {}
        """Cells of the area that were passed, and when last, since they were last taken from here."""
        self._first: Fix | None = None
        self._last: Fix | None = None
        self.visits = Visits(ground.checkpoints, limits.visit_slack_m)
        self.inside: bool | None = None
        self.at_post: bool | None = None
        self._was_in_area: bool | None = None
        self._was_at_post: bool | None = None

    def copy(self) -> Tally:
        twin = object.__new__(Tally)
        for name in Tally.__slots__:
            setattr(twin, name, getattr(self, name))
        twin._area, twin._post, twin.visits = self._area.copy(), self._post.copy(), self.visits.copy()
        twin._gaps, twin._doubts, twin._off = list(self._gaps), dict(self._doubts), dict(self._off)
        return twin

    def add(self, flag: Flagged) -> None:
        """The next settled fix."""
        self.go_on(flag.fix, sure=not flag.doubts or proves(flag.doubts))
        for kind in flag.doubts:
            self._doubts[kind] = self._doubts.get(kind, 0) + 1
        if flag.system is not None and flag.off_m is not None:
            count, off = self._off.get(flag.system, (0, 0.0))
            self._off[flag.system] = count + 1, max(off, flag.off_m)

    def go_on(self, fix: Fix, *, sure: bool) -> None:
        """The next settled fix, whose doubts are nothing to count. `sure`: it may confirm or contradict."""
        post, at = self._ground.post, fix.at
        gap = self._step_to(at)
        inside = at_post = None
        if sure:
            accuracy = accuracy_m(fix)
            inside = decide(self._fence.beyond(fix.lat, fix.lon), accuracy, was_inside=self._was_in_area)
            if inside is not None:
                self._was_in_area = inside
            if post is not None:
                off = max(0.0, apart_m(post.lat, post.lon, fix.lat, fix.lon) - post.radius_m)
                at_post = decide(off, accuracy, was_inside=self._was_at_post)
                self._was_at_post = self._was_at_post if at_post is None else at_post
            self.visits.add(fix)
            if inside and self._with_cells:
                self.cells[cell_of(fix.lat, fix.lon)] = at
        self._area.go_on(at, inside if inside is self.inside and not gap else UNKNOWN)
        if post is not None:
            self._post.go_on(at, at_post if at_post is self.at_post and not gap else UNKNOWN)
        self.inside, self.at_post = inside, at_post
        self._fixes += 1
        self._sure = sure
        if self._first is None:
            self._first = fix
        self._last = fix

    def stay(self, sign: DeviceSign) -> None:
        """The device spoke at rest after its last settled fix: the guard is still where that fix put the guard (`at_rest.py`)."""
        last = self._last
        if last is None or not self._sure:
            return
        until = extends_to(last, sign, self._area.until)
        if until is None:
            return
        self._area.go_on(until, self.inside)
        if self._ground.post is not None:
            self._post.go_on(until, self.at_post)
        if self.inside and self._with_cells:
            self.cells[cell_of(last.lat, last.lon)] = until

    @property
    def known_until(self) -> float:
        """Up to this moment (device time) a fix or a sign of life at rest says where the guard is."""
        return self._area.until

    def wait(self, until: float) -> None:
        """Nothing more came up to `until`."""
        self._step_to(until)
        self._area.go_on(until, UNKNOWN)
        self._post.go_on(until, UNKNOWN)

    def _step_to(self, at: float) -> bool:
        since = self._area.until
        if at - since <= self._limits.longest_step_s and not self._paused(since, at):
            return False
        self._gaps.append(Gap(since, at))
        self._was_in_area = self._was_at_post = None
        return True

    def _paused(self, since: float, at: float) -> bool:
        return any(one.from_at < at and one.to_at > since for one in self._ground.pauses)

    def facts(
        self, breaks: Sequence[Gap] = (), among: Sequence[DoubtCount] = (), outages: Sequence[Gap] = ()
    ) -> ShiftFacts:
        """What it comes to; time in breaks counts as nothing else. `outages` of the platform leave no gap of the guard's."""
        breaks, outages = apart_from_one_another(breaks), apart_from_one_another(outages)
        area, post = self._area.all(), self._post.all() if self._ground.post is not None else []
        first, last = self._first, self._last
        return ShiftFacts(
            shift_id=self._ground.shift_id, opened_at=self._ground.opened_at, until=self._area.until,
            confirmed_s=_seconds(area, True, breaks), outside_s=_seconds(area, False, breaks),
            unknown_s=_seconds(area, None, breaks), break_s=sum(on_break(start, end, breaks) for _, start, end in area),
            at_post_s=_seconds(post, True, breaks), off_post_s=_seconds(post, False, breaks),
            platform_s=sum(on_break(start, end, outages) - _in_both(start, end, breaks, outages)
                           for said, start, end in area if said is None),
            gaps=_beyond_breaks(own_gaps(self._gaps, outages, self._limits.longest_step_s), breaks),
            outside=_beyond_breaks((Gap(start, end) for said, start, end in area if said is False), breaks),
            visits=tuple(self.visits.found.values()), checkpoints=tuple(one.id for one in self._ground.checkpoints),
            doubts=tuple(sorted((*self._counted(), *among), key=lambda one: (one.kind, one.system or ""))),
            fixes=self._fixes,
            first_fix_id=first.id if first else None, first_at=first.at if first else None,
            last_fix_id=last.id if last else None, last_at=last.at if last else None,
        )  # fmt: skip

    def _counted(self) -> Iterable[DoubtCount]:
        for kind, count in self._doubts.items():
            if kind != "wrong_coord_sys":
                yield DoubtCount(kind, count)
        for system, (count, off_m) in self._off.items():
            yield DoubtCount("wrong_coord_sys", count, system, off_m)


def _seconds(spans: Sequence[tuple[Answer, float, float]], said: Answer, breaks: Sequence[Gap]) -> float:
    return sum((end - start - on_break(start, end, breaks) for what, start, end in spans if what is said), 0.0)


def _beyond_breaks(spans: Iterable[Gap], breaks: Sequence[Gap]) -> tuple[Gap, ...]:
    """Without those that lie in a break as a whole."""
    return tuple(one for one in spans
                 if not any(rest.from_at <= one.from_at and one.to_at <= rest.to_at for rest in breaks))  # fmt: skip


def _in_both(from_at: float, to_at: float, breaks: Sequence[Gap], outages: Sequence[Gap]) -> float:
    """Seconds of that stretch that lie in a break and in an outage."""
    return sum(on_break(max(from_at, one.from_at), min(to_at, one.to_at), breaks) for one in outages
               if one.from_at < to_at and one.to_at > from_at)  # fmt: skip


def own_gaps(gaps: Iterable[Gap], outages: Sequence[Gap], least_s: float) -> Iterator[Gap]:
    """What of the gaps lies beside the platform's outages (`RETRY_S` after each included: clients wait so long before they
    try again) and is long enough for a gap by itself."""
    for gap in gaps:
        since, touched = gap.from_at, False
        for one in outages:
            if one.from_at >= gap.to_at or one.to_at + RETRY_S <= since:
                continue
            touched = True
            if one.from_at - since > least_s:
                yield Gap(since, one.from_at)
            since = max(since, one.to_at + RETRY_S)
        if not touched:
            yield gap
        elif gap.to_at - since > least_s:
            yield Gap(since, gap.to_at)


class Folded:
    """The fold's state after some fixes: the judge, what is settled, and what is still held. It grows in place."""

    __slots__ = ("_newest", "_signs", "_tally", "ground", "heard_at", "judge", "wavered_from")

    def __init__(self, ground: AreaAsOpened, limits: FactLimits, *, cells: bool = False) -> None:
        self.ground, self.judge, self._tally = ground, Judge(), Tally(ground, limits, cells=cells)
        self._newest: Flagged | None = None
        self._signs: dict[str, list[DeviceSign]] = defaultdict(list)
        """Signs of life after a fix that is still held, by its id."""
        self.heard_at = -math.inf
        """Arrival of the last sign of life; a fix measured before it is out of order."""
        self.wavered_from: float | None = None
        """Doubts of fixes from this moment on may have changed since it was last set to None."""

    def push(self, fix: Fix) -> None:
        """One fix more; it must not come before the last one."""
        if self.judge.push_plain(fix):
            self._newest = None
            self._tally.go_on(fix, sure=True)
            return
        held = self.judge.held_from
        if held is not None and (self.wavered_from is None or held < self.wavered_from):
            self.wavered_from = held
        self._newest = None
        for flag in self.judge.push(fix):
            self._newest = flag
            self._tally.add(flag)
            for sign in self._signs.pop(flag.fix.id, ()):
                self._tally.stay(sign)

    def hear(self, sign: DeviceSign) -> None:
        """The device spoke without a new fix; not before the last sign."""
        self.heard_at = sign.at
        last = self.judge.last
        if last is None or last.device_id != sign.device_id or sign.fix_id not in {"", last.id}:
            return
        if self.judge.held_from is None:
            self._tally.stay(sign)
        else:
            self._signs[last.id].append(sign)

    @property
    def last(self) -> Fix | None:
        return self.judge.last

    @property
    def newest(self) -> Flagged | None:
        """The last fix with its doubts as they stand."""
        held, last = self.judge.rest(), self.judge.last
        if held:
            return held[-1]
        if last is None or self._newest is not None:
            return self._newest
        return Flagged(last, ())

    @property
    def cells(self) -> dict[str, float]:
        """Of the settled fixes; who has kept them clears it."""
        return self._tally.cells

    def whole(self) -> Tally:
        """Of all fixes so far, those held as if nothing more came: a look at one moment, not to be changed."""
        held = self.judge.rest()
        if not held:
            return self._tally
        tally = self._tally.copy()
        for flag in held:
            tally.add(flag)
            for sign in self._signs.get(flag.fix.id, ()):
                tally.stay(sign)
        return tally

    def facts(self, breaks: Sequence[Gap] = (), outages: Sequence[Gap] = ()) -> ShiftFacts:
        return self.whole().facts(breaks, (), outages)

    def finish(
        self, until: float, breaks: Sequence[Gap] = (), among: Sequence[DoubtCount] = (), outages: Sequence[Gap] = ()
    ) -> ShiftFacts:
        """The facts up to `until`: what follows the last fix is not known. `among`: doubts found among several guards.
        `outages`: times in which the platform received nothing."""
        tally = self.whole().copy()
        tally.wait(until)
        return tally.facts(breaks, among, outages)


def in_order(fixes: Iterable[Fix]) -> list[Fix]:
    """By (the time that counts, id), each id once (the earliest arrival of it)."""
    found: list[Fix] = []
    last, last_at = "", -math.inf
    for fix in (some := [in_time(one) for one in fixes]):
        if fix.at <= last_at or fix.ahead_s:
            break
        last_at = fix.at
    else:
        return some  # as the trails give them, but for two of one moment
    for fix in sorted(some, key=lambda one: (one.id, one.received_at)):
        if fix.id != last:
            found.append(fix)
            last = fix.id
    return sorted(found, key=lambda one: (one.at, one.id))


def fold(
    fixes: Iterable[Fix],
    ground: AreaAsOpened,
    limits: FactLimits,
    *,
    cells: bool = False,
    signs: Iterable[DeviceSign] = (),
) -> Folded:
    """All of them from the start, in any order and with doubles: a fix that came again later is a sign of life. `signs`:
    those that came without a fix. `cells`: those that were passed are wanted too."""
    state, some = Folded(ground, limits, cells=cells), list(fixes)
    heard = sorted({*signs, *signs_of(some)}, key=lambda one: (one.at, one.device_id, one.fix_id))
    n = 0
    for fix in in_order(some):
        while n < len(heard) and heard[n].at < fix.at:
            state.hear(heard[n])
            n += 1
        state.push(fix)
    for sign in heard[n:]:
        state.hear(sign)
    return state
