"""When was a frame taken? The stream's own time stamps (RTP, RFC 3550 5.1) laid onto our clock.

A packet can arrive late but never early, so the smallest difference "arrival - stamp" of the last half minute is the
line on which stamps meet our clock (the minimum-delay line, as in NTP's clock filter, RFC 5905 10). The window slides, so a
camera whose clock drifts is followed. A difference that leaves the line for good is a jump of the camera's clock: the
line begins anew. Stamps that stand still, and single ones that are astray, are not believed: such a picture is placed by its
arrival after the one before it; so is every one of a camera whose clock jumps again and again. Pure: every time is given.

Stamps are times of showing: where a camera sends B-frames they go back by some pictures, and so do the capture times.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

WINDOW_S: Final = 30.0
BUCKET_S: Final = 1.0
JUMP_S: Final = 2.0
"""A stamp that seems to arrive this much before it was taken is a jump forward: no network gives that."""
EARLY_S: Final = 0.5
"""A stamp that much before the line is not believed alone."""
BEHIND_S: Final = 1.5
BEHIND_FOR_S: Final = 3.0
"""Later than the line by more than the one for longer than the other: not a congested network but another clock."""
STEP: Final = 1e-3
AGREE: Final = 2
"""Pictures that follow one another on a new line: the clock was moved. One alone is a stray stamp."""
AGREE_WITHIN_S: Final = 1.5
"""Between two that agree by less than a jump: with B-frames only some pictures are early, at five a second one in three."""
BACK_WITHIN_S: Final = 2.0
"""Stamps that come back to the line they left within this were astray, however many they were."""
MOST_AGREE: Final = 50
MOST_JUMPS: Final = 3
JUMPS_WITHIN_S: Final = 60.0
"""More jumps than the one within the other: these stamps tell no time (they count too slowly, or nothing sensible)."""
ORDERED: Final = 17
"""Pictures that are remembered for their order: no standard lets one come more than 16 late (H.264 A.3.1, H.265 A.4.2)."""
SLEWED_S: Final = 2.0
"""A step back of our own wall clock by less is followed at half speed, so that no picture is taken before an earlier one."""


class CaptureStamp(msgspec.Struct, frozen=True):
    """`at`: capture on our wall clock, epoch seconds. `jumped`: the camera's time stamps were moved just before."""

    at: float
    jumped: bool = False


class _Placed(msgspec.Struct, frozen=True, gc=False):
    """A picture: its stamp, when it was taken on our monotonic clock, and how far the wall clock was ahead of that."""

    media: float
    taken: float
    lead: float


class CaptureClock:
    """One stream's line. Capture times rise as the stamps do, except after a step of our own wall clock."""

    def __init__(self, window: float = WINDOW_S) -> None:
        self._window = window
        self._lows: deque[tuple[float, float]] = deque()
        """(bucket's begin, smallest difference in it), a rising queue: the first is the window's smallest."""
        self._behind_since: float | None = None
        self._media: float | None = None
        """The highest stamp so far."""
        self._taken: deque[_Placed] = deque(maxlen=ORDERED)
        """The last pictures, by their stamps."""
        self._raw = self._even = self._arrived = 0.0
        """The last picture's stamp, what it was taken for, and when it came."""
        self._away: tuple[float, int, float] | None = None
        """Off the line: by which difference, how many pictures that agree, and when the last of them came."""
        self._left: tuple[float, float] | None = None
        """The line before the last jump, and when that was."""
        self._since = 0
        """Pictures since then."""
        self._agree = AGREE
        self._jumped_at: deque[float] = deque(maxlen=MOST_JUMPS)
        self._is_useless = False
        self.jumps = 0

    @property
    def delay_line(self) -> float | None:
        """Seconds to add to a stamp to be on our monotonic clock; None before the first packet."""
        return self._lows[0][1] if self._lows else None

    def stamp(self, media: float, arrived: float, wall: float) -> CaptureStamp:
        """`media`: the packet's time stamp in seconds; `arrived`: monotonic seconds; `wall`: epoch seconds at the same
        moment as `arrived`."""
        raw, is_jump, is_back = media, False, False
        if self._media is not None and self._lows:
            by_arrival = self._even + max(0.0, arrived - self._arrived)
            if media == self._raw or self._is_useless:
                media = by_arrival
            elif self._is_away(media, arrived):
                is_back = self._is_back(arrived - media, arrived)
                if not is_back and not self._agrees(media, arrived):
                    media = by_arrival
                is_jump = self._is_far(media, arrived)
            elif self._away is not None and self._lows[0][1] - self._away[0] > JUMP_S:
                self._away = None
            is_jump |= self._is_behind(arrived - media, arrived)
        if is_jump or is_back:
            self._begin_anew(arrived, is_back=is_back)
        self._raw, self._even, self._arrived = raw, media, arrived
        self._since += 1
        self._add(arrived - media, arrived)
        at = self._place(media, media + self._lows[0][1], wall - arrived)
        self._media = media if self._media is None else max(self._media, media)
        return CaptureStamp(at, is_jump and not is_back)

    def _begin_anew(self, arrived: float, *, is_back: bool) -> None:
        if is_back:  # so many were astray: it takes more of them to be believed the next time
            self._agree = min(MOST_AGREE, 2 * (self._agree + self._since))
            self._left = None
        else:
            self._left, self._since = (self._lows[0][1], arrived), 0
            self.jumps += 1
            self._jumped_at.append(arrived)
            recent = [at for at in self._jumped_at if arrived - at <= JUMPS_WITHIN_S]
            self._is_useless = len(recent) >= MOST_JUMPS
        self._lows.clear()
        self._taken.clear()
        self._behind_since = self._away = self._media = None

    def _is_far(self, media: float, arrived: float) -> bool:
        assert self._media is not None
        return media < self._media - JUMP_S or arrived - media < self._lows[0][1] - JUMP_S

    def _is_away(self, media: float, arrived: float) -> bool:
        """No network gives this stamp: long before the one before it, or taken after it came."""
        if self._is_far(media, arrived):
            return True
        # A line that is young is still looked for: with B-frames the first picture of all is late.
        return self._since >= ORDERED and arrived - media < self._lows[0][1] - EARLY_S

    def _is_back(self, difference: float, arrived: float) -> bool:
        """On the line again that was left a moment ago?"""
        if self._left is None or arrived - self._left[1] > BACK_WITHIN_S:
            return False
        return abs(difference - self._left[0]) < EARLY_S

    def _agrees(self, media: float, arrived: float) -> bool:
        """So many stamps off the line agree that it is the line that is wrong."""
        difference, count = arrived - media, 0
        if self._away is not None and arrived - self._away[2] < AGREE_WITHIN_S:
            count = self._away[1] if abs(difference - self._away[0]) < EARLY_S else 0
        self._away = difference, count + 1, arrived
        return count + 1 >= self._agree

    def _place(self, media: float, taken: float, lead: float) -> float:
        """On our wall clock, `lead` seconds ahead of the monotonic one, in the order of the stamps whatever the line and the
        wall clock do: after all that are shown before it, before those that are shown after it."""
        placed = self._taken
        if not placed or media >= placed[-1].media:
            if placed:
                taken = max(taken, placed[-1].taken + STEP)
                back = placed[-1].lead - lead
                if 0 < back < SLEWED_S:
                    lead = max(lead, placed[-1].lead - (taken - placed[-1].taken) / 2)
            placed.append(_Placed(media, taken, lead))
            return taken + lead
        n = next(n for n, one in enumerate(placed) if one.media > media)
        after = placed[n]
        before = placed[n - 1] if n else _Placed(media - STEP, after.taken - (after.media - media) - STEP, after.lead)
        taken = min(max(taken, before.taken + STEP), after.taken - STEP)
        if not before.taken < taken < after.taken:
            taken = (before.taken + after.taken) / 2
        gap = after.taken - before.taken
        share = (
            (taken - before.taken) / gap if gap > 0 else 0.5
        )  # put between them again and again: no number is left there
        one = _Placed(media, taken, before.lead + share * (after.lead - before.lead))
        if len(placed) == ORDERED:
            placed.popleft()
            n -= 1
        placed.insert(max(0, n), one)
        return taken + one.lead

    def _is_behind(self, difference: float, arrived: float) -> bool:
        if difference <= self._lows[0][1] + BEHIND_S:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = arrived
        return arrived - self._behind_since >= BEHIND_FOR_S

    def _add(self, difference: float, arrived: float) -> None:
        while self._lows and self._lows[0][0] < arrived - self._window:
            self._lows.popleft()
        if self._lows and difference >= self._lows[-1][1] and arrived - self._lows[-1][0] < BUCKET_S:
            return
        while self._lows and self._lows[-1][1] >= difference:
            self._lows.pop()
        self._lows.append((arrived, difference))
