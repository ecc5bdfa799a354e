"""Which pictures of a camera go to the detector: one each `interval` while awake, one each `quiet_interval` while asleep.

Pure: it is told capture times, whether a key frame shows change, and what the detector saw. A camera falls asleep only by
an answer of the detector, so a slow detector never puts anybody to sleep.
"""

from __future__ import annotations

from typing import Final, Literal

Decision = Literal["skip", "look", "wake"]
DOUBT_S: Final = 60.0
"""After waking for nothing, change alone is not believed for so long: the detector must see something first."""


class Sampler:
    """Of one camera, one thread at a time. Awake at the start: nobody knows yet what stands there. Where very many begin at
    once, some begin asleep: their first key frame is looked at, and what is seen in it wakes them."""

    def __init__(
        self,
        interval: float,
        quiet_interval: float,
        quiet_after: float,
        *,
        sleeps: bool = True,
        begins_awake: bool = True,
    ) -> None:
        """`sleeps` False: awake for ever."""
        self._sleeps, self._begins_awake = sleeps, begins_awake or not sleeps
        self._interval, self._quiet_interval, self._quiet_after = interval, quiet_interval, quiet_after
        self.awake = self._begins_awake
        self._cause: float | None = None
        """Capture time of what last kept it awake: something seen, or the waking itself."""
        self._found = False
        self._due = float("-inf")
        self._looked = float("-inf")
        self._doubt_until = float("-inf")
        self._wakes = 0

    def is_due(self, at: float) -> bool:
        """While awake: is the picture taken at `at` to be looked at? Yes counts as looked at."""
        if at + 1e-6 < self._due:
            return False
        self._due = at + self._interval
        self._looked = at
        if self._cause is None:
            self._cause = at
        return True

    def on_key_frame(self, at: float, *, active: bool) -> Decision:
        """While asleep, at each key frame: skip it, look at it alone, or wake (and begin at the key frame before)."""
        if active and at >= self._doubt_until:
            self._wake(at, found=False)
            return "wake"
        if active or at - self._looked >= self._quiet_interval:
            self._looked = at
            return "look"
        return "skip"

    def on_alarm(self, at: float) -> Decision:
        """While asleep: the packets' sizes rose and the picture differs. As a key frame that shows change."""
        return self.on_key_frame(at, active=True)

    def saw(self, at: float, *, interesting: bool) -> bool:
        """The detector's answer for the picture taken at `at`. True: the camera changed between awake and asleep."""
        if interesting:
            if self.awake:
                self._found, self._cause = True, max(at, self._cause or at)
                return False
            self._wake(at, found=True)
            return True
        if not self._sleeps or not self.awake or self._cause is None or at - self._cause < self._quiet_after:
            return False
        self.awake = False
        if self._wakes and not self._found:
            self._doubt_until = at + DOUBT_S
        return True

    @property
    def was_for_nothing(self) -> bool:
        """Asleep, and the detector saw nothing while it was awake: what the gate saw can be learned as empty."""
        return not self.awake and not self._found

    def reset(self) -> None:
        """Times begin anew (a reconnect, a jump of the clock): as at the start."""
        self.awake, self._cause, self._found = self._begins_awake, None, False
        self._due = self._looked = self._doubt_until = float("-inf")

    def _wake(self, at: float, *, found: bool) -> None:
        self.awake, self._cause, self._found = True, at, found
        self._due = float("-inf")
        self._wakes += 1
