"""Which fixes are believed: each is weighed against those on both sides of it, in order of device time. Pure.

The chain of believed fixes ends in an anchor. A fix near it (at a patrol's pace) joins it at once. One that is not is
held aside until it is known how it went on:

- back at the anchor's: the fix aside was a `teleport`; so was a whole stretch that a jump began and a jump ended;
- on from the fix aside, at a pace that a car could have come by: both are believed;
- on from the fix aside, where nothing could have come by: `jump`, which proves nothing while the anchor lies out of reach;
  it is believed after `AWAY_S`. Where the anchor was the first fix of all, the first was the `teleport`;
- to a third place: the fix aside was far from both its neighbours, a `teleport`.

A step by the very shift of GCJ-02 or BD-09 begins a stretch of `wrong_coord_sys`; the chain goes on at the places with
the mistake taken back, until a fix lies nearer to it as sent. What the fixes say depends on their order by device time
alone, never on how or when they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lianqin.records import Fix
from patrol.judging import doubts as filters
from patrol.judging.doubts import CoordinateOffset, Doubt, Flagged, accuracy_m, apart_m, undone
from patrol.judging.stillness import Stillness

AWAY_S: Final = 600.0
AWAY_FIXES: Final = 60
"""A stretch aside is believed after so long, or so many fixes."""
TWO_PHONES_S: Final = 120.0
"""Another device speaks against the one believed while that was heard so lately."""
BESIDE: Final = frozenset({"inaccurate", "clock_ahead", "frozen", "at_rest"})
"""Nothing is compared with such a fix: its place or its time says nothing."""
PACE_OVER_S: Final = 60.0
"""`too_fast` is judged over a minute and more: a single step may be a poor fix."""


class Spot(msgspec.Struct, frozen=True, gc=False):
    """A believed fix, at the place where it counts (a mistake of coordinates taken back)."""

    lat: float
    lon: float
    at: float
    accuracy: float
    device_id: str


def _beyond(spot: Spot, lat: float, lon: float, accuracy: float) -> float:
    """Metres between them that accuracies and a slack don't explain."""
    return apart_m(spot.lat, spot.lon, lat, lon) - spot.accuracy - accuracy - filters.JUMP_SLACK_M


def _reached(spot: Spot, fix: Fix, mps: float) -> bool:
    """Could he come from there to here at that pace?"""
    return _beyond(spot, fix.lat, fix.lon, accuracy_m(fix)) <= mps * max(0.0, fix.at - spot.at)


def _spot(fix: Fix, lat: float | None = None, lon: float | None = None) -> Spot:
    return Spot(
        fix.lat if lat is None else lat, fix.lon if lon is None else lon, fix.at, accuracy_m(fix), fix.device_id
    )


class _Held(msgspec.Struct):
    fix: Fix
    own: tuple[Doubt, ...]
    role: str
    """first | aside | other (its doubts don't depend on the chain)."""


class Judge:
    """Fixes go in by `push`, in order; each comes out once, in order, when nothing later can change its doubts.
    `rest` says what those still held look like if nothing more comes."""

    __slots__ = (
        "_alone", "_anchor", "_aside", "_came_by_car", "_fast", "_held", "_lag", "_mark", "_shift", "_slow_clock", "_still",
        "last",
    )  # fmt: skip

    def __init__(self) -> None:
        self.last: Fix | None = None
        self._still = Stillness()
        self._slow_clock = 0
        self._lag = 0.0
        self._anchor: Spot | None = None
        self._alone = False
        self._shift: CoordinateOffset | None = None
        self._held: list[_Held] = []
        self._aside: Spot | None = None
        self._came_by_car = False
        self._mark: Spot | None = None
        self._fast = False

    def push_plain(self, fix: Fix) -> bool:
        """The quick way of `push` for nearly all fixes. True: nothing is held, nothing is to be said of this one, and the
        chain goes on at it. False: nothing was done."""
        anchor, last, mark = self._anchor, self.last, self._mark
        if anchor is None or last is None or mark is None or self._held or self._shift is not None or self._fast:
            return False
        at, lat, lon = fix.at, fix.lat, fix.lon
        lag, accuracy = fix.received_at - at, fix.accuracy_m or filters.ASSUMED_ACCURACY_M
        if (
            lag > filters.BEHIND_S or -lag > filters.AHEAD_S or fix.ahead_s or accuracy > filters.INACCURATE_M
            or fix.device_id != anchor.device_id or at - mark.at >= PACE_OVER_S or not self._still.is_new(lat, lon)
        ):  # fmt: skip
            return False
        beyond = apart_m(anchor.lat, anchor.lon, lat, lon) - anchor.accuracy - accuracy - filters.JUMP_SLACK_M
        if beyond > 0 and beyond > filters.FOOT_MPS * (at - anchor.at):
            return False
        self._slow_clock = 0
        self._still.go_on(lat, lon, at)
        self.last, self._lag = fix, lag
        self._anchor, self._alone = Spot(lat, lon, at, accuracy, fix.device_id), False
        return True

    def push(self, fix: Fix) -> list[Flagged]:
        """The next one; those whose doubts are settled now."""
        own = self._own(fix)
        anchor = self._anchor
        if own and not BESIDE.isdisjoint(own):
            if (
                self._alone and "frozen" in own
            ):  # it stood there from the begin on: the first says no more than the rest
                self._held = [_Held(one.fix, (*one.own, "frozen"), one.role) if one.role == "first" and "frozen" not in one.own
                              else one for one in self._held]  # fmt: skip
            return self._beside(fix, own)
        if anchor is None:
            self._anchor, self._alone = _spot(fix), True
            self._held.append(_Held(fix, own, "first"))
            return []
        if fix.device_id != anchor.device_id and fix.at - anchor.at <= TWO_PHONES_S:
            beyond = _beyond(anchor, fix.lat, fix.lon, accuracy_m(fix))
            if beyond > filters.FOOT_MPS * (fix.at - anchor.at):
                return self._beside(fix, (*own, "two_phones"))
        return self._weigh(fix, own, anchor)

    def rest(self) -> list[Flagged]:
        """Those still held, as if nothing more came."""
        return [self._settled(one) for one in self._held]

    @property
    def held_from(self) -> float | None:
        """Device time of the first that is held."""
        return self._held[0].fix.at if self._held else None

    def _own(self, fix: Fix) -> tuple[Doubt, ...]:
        """What a fix says by itself and against the one just before it."""
        last, lag = self.last, fix.received_at - fix.at
        stands = self._still.push(fix)
        if last is not None:
            steady = lag > filters.BEHIND_S and abs(lag - self._lag) <= (fix.at - last.at) / 2
            self._slow_clock = self._slow_clock + 1 if steady and last.device_id == fix.device_id else 0
        self.last, self._lag = fix, lag
        if (
            (fix.accuracy_m or 0.0) <= filters.INACCURATE_M and -lag <= filters.AHEAD_S and not fix.ahead_s
            and stands is None and self._slow_clock < filters.BEHIND_RUN
        ):  # fmt: skip
            return ()
        found: list[Doubt] = []
        if accuracy_m(fix) > filters.INACCURATE_M:
            found.append("inaccurate")
        if -lag > filters.AHEAD_S or fix.ahead_s:
            found.append("clock_ahead")
        if self._slow_clock >= filters.BEHIND_RUN:
            found.append("clock_skew")
        if stands is not None:
            found.append(stands)
        return tuple(found)

    def _weigh(self, fix: Fix, own: tuple[Doubt, ...], anchor: Spot) -> list[Flagged]:  # noqa: PLR0911 - a table of cases
        lat, lon, shift = self._place(fix, anchor)
        beyond, since = _beyond(anchor, lat, lon, accuracy_m(fix)), fix.at - anchor.at
        aside = self._aside
        if beyond <= filters.FOOT_MPS * since or beyond <= 0:
            if aside is not None and _reached(aside, fix, filters.FOOT_MPS):
                return self._further(fix, own)
            return [*self._came_back(fix), self._believe(fix, own, lat, lon, shift)]
        if shift is None and self._shift is None:
            slack = anchor.accuracy + accuracy_m(fix) + filters.STROLL_MPS * since
            shift = filters.shift_between(anchor.lat, anchor.lon, fix, slack)
            if shift is not None:
                return [*self._came_back(fix), self._believe(fix, own, *undone(shift, fix.lat, fix.lon), shift)]
        if aside is not None and _reached(aside, fix, filters.FASTEST_MPS):
            return self._further(fix, own)
        if aside is not None:
            return [*self._came_back(fix), *self._weigh(fix, own, anchor)]
        if since <= 0:
            return self._beside(fix, (*own, "same_moment"))
        self._aside, self._came_by_car = _spot(fix), beyond <= filters.FASTEST_MPS * since
        self._held.append(_Held(fix, own, "aside"))
        return []

    def _place(self, fix: Fix, anchor: Spot) -> tuple[float, float, CoordinateOffset | None]:
        """Where he is by this fix: as sent, or with the mistake that runs taken back, whichever is nearer to before."""
        if self._shift is not None:
            lat, lon = undone(self._shift, fix.lat, fix.lon)
            if apart_m(anchor.lat, anchor.lon, lat, lon) <= apart_m(anchor.lat, anchor.lon, fix.lat, fix.lon):
                return lat, lon, self._shift
        return fix.lat, fix.lon, None

    def _believe(
        self, fix: Fix, own: tuple[Doubt, ...], lat: float, lon: float, shift: CoordinateOffset | None
    ) -> Flagged:
        """The chain goes on at this fix."""
        spot = _spot(fix, lat, lon)
        self._anchor, self._alone, self._shift = spot, False, shift
        self._pace(spot)
        if shift is not None:
            off = apart_m(fix.lat, fix.lon, lat, lon)
            return Flagged(fix, (*own, "wrong_coord_sys"), shift.system, round(off, 1))
        return Flagged(fix, (*own, "too_fast") if self._fast else own)

    def _pace(self, spot: Spot) -> None:
        mark = self._mark
        if mark is None or spot.at - mark.at >= PACE_OVER_S:
            if mark is not None:
                way = apart_m(mark.lat, mark.lon, spot.lat, spot.lon) - mark.accuracy - spot.accuracy
                self._fast = way > filters.FOOT_MPS * (spot.at - mark.at)
            self._mark = spot

    def _further(self, fix: Fix, own: tuple[Doubt, ...]) -> list[Flagged]:
        """It went on from the fix aside."""
        self._held.append(_Held(fix, own, "aside"))
        self._aside = spot = _spot(fix)
        if self._came_by_car:
            self._pace(spot)
            fast: tuple[Doubt, ...] = ("too_fast",) if self._fast else ()
            settled = [Flagged(one.fix, (*one.own, *fast) if one.role == "aside" else one.own) for one in self._held]
            self._move(spot, on_his_way=True)
            return settled
        if self._alone:
            settled = [Flagged(one.fix, (*one.own, "teleport") if one.role == "first" else one.own)
                       for one in self._held]  # fmt: skip
            self._move(spot)
            return settled
        first = next(one.fix for one in self._held if one.role == "aside")
        if fix.at - first.at <= AWAY_S and len(self._held) <= AWAY_FIXES:
            return []
        settled = self.rest()
        self._move(spot)
        return settled

    def _came_back(self, fix: Fix) -> list[Flagged]:
        """It did not go on from the fix aside: what is held is settled."""
        stretch, aside = [one for one in self._held if one.role == "aside"], self._aside
        jumps = len(stretch) == 1 or (
            aside is not None and not self._came_by_car and not _reached(aside, fix, filters.FASTEST_MPS)
        )
        settled = [Flagged(one.fix, (*one.own, "teleport")) if jumps and one.role == "aside" else self._settled(one)
                   for one in self._held]  # fmt: skip
        self._clear()
        return settled

    def _beside(self, fix: Fix, doubts: tuple[Doubt, ...]) -> list[Flagged]:
        """A fix that is no part of the chain keeps its place in the order."""
        if not self._held:
            return [Flagged(fix, doubts)]
        self._held.append(_Held(fix, doubts, "other"))
        if len(self._held) <= AWAY_FIXES:
            return []
        settled = self.rest()
        if self._aside is not None:
            self._move(self._aside)
        self._clear()
        return settled

    def _settled(self, one: _Held) -> Flagged:
        """As it stands: aside, it is a jump while the anchor lies out of reach."""
        anchor = self._anchor
        if one.role == "aside" and anchor is not None and not _reached(anchor, one.fix, filters.FASTEST_MPS):
            return Flagged(one.fix, (*one.own, "jump"))
        return Flagged(one.fix, one.own)

    def _move(self, spot: Spot, *, on_his_way: bool = False) -> None:
        """The chain goes on from the stretch that was aside."""
        self._anchor, self._alone, self._shift = spot, False, None
        if not on_his_way:
            self._mark, self._fast = None, False
        self._clear()

    def _clear(self) -> None:
        self._held, self._aside, self._came_by_car = [], None, False


def flagged(fixes: Iterable[Fix]) -> Iterator[Flagged]:
    """Every fix with its doubts; `fixes` in order, from the shift's begin on."""
    judge = Judge()
    for fix in fixes:
        yield from judge.push(fix)
    yield from judge.rest()


def trusted(fixes: Iterable[Fix]) -> list[Fix]:
    """Those that may confirm or contradict; `fixes` as above."""
    return [one.fix for one in flagged(fixes) if filters.proves(one.doubts)]
