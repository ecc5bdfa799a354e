"""The alarm budget of the command room, after EEMUA 191 (Alarm systems: a guide to design, management and procurement, 3rd edition).

What the guide says, and what is made of it here:

- An operator stands about one alarm in ten minutes for long ("very likely to be acceptable"), two at most can be managed: here six an
  operator-hour are the goal. Rates come with 95 % bounds (a Poisson count, Byar's approximation); few counts are said to be few.
- A flood begins when more than ten alarms come in ten minutes and ends when fewer than five do. Ten-minute windows slide here.
- What an operator shelved beforehand does not alarm him: rate and floods are of the alerts that called, the others are counted apart.
- Alarms should be split about 5 / 15 / 80 over high, medium and low priority: priorities 1, 2, and 3 with 4.
- The ten most frequent sources ("bad actors") are looked at first: zones here, each with its share of false ones (Wilson's bounds).

"Alarm" is the guide's word; everywhere else an alert. All pure; times are epoch seconds, lengths of time seconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, Literal

import msgspec

from console.cameras.outages import OF_DEVICE
from lianqin.shares import FEW, FEW_JUDGED, Bounded, percentile, poisson, share_of, wilson

GOAL: Final = 6.0
"""Alerts an operator-hour."""
WINDOW: Final = 600.0
FLOOD_OVER: Final = 10
FLOOD_BELOW: Final = 5
SPLIT: Final = (0.05, 0.15, 0.80)
"""High, medium, low."""
LEAST_HOURS: Final = 1.0
WORST: Final = 10
LONGEST_SEAT: Final = 12 * 3600.0
"""Of a log-in whose end the register does not know."""


class RungAlert(msgspec.Struct, frozen=True):
    """One alert as the budget needs it."""

    captured_at: float
    priority: int
    camera_id: str
    zone_id: str
    zone_name: str
    state: str
    judged_at: float | None
    judged_by: str | None
    called_at: float | None
    """When it called: as it came, or, shelved when it came, as it came back. None: it called nobody."""
    waits_from: float | None
    """None: judged on a shelf, it waited for nobody."""


class Flood(msgspec.Struct, frozen=True):
    """From the alert that made it one until fewer than five came in ten minutes, or the end of the time asked for (`lasts`)."""

    from_at: float
    to_at: float
    alerts: int
    """With those that made it one."""
    peak: int
    """Most within ten minutes."""
    lasts: bool = False


class AlertRate(msgspec.Struct, frozen=True):
    """Alerts an operator-hour. `said`: the goal is kept or missed beyond chance, or the counts leave it open, or are too few."""

    alerts: int
    hours: float
    rate: Bounded | None
    said: Literal["within", "over", "open", "few", "nobody"]


class WorstZone(msgspec.Struct, frozen=True):
    """One source of alerts. `false_share`: of those judged confirmed or false; None while too few are."""

    camera_id: str
    zone_id: str
    zone_name: str
    alerts: int
    share: float
    confirmed: int
    false: int
    ignored: int
    waiting: int
    false_share: Bounded | None


class Wait(msgspec.Struct, frozen=True):
    """Seconds from an alert's arrival, or its return from a shelf, to its judgement."""

    of: str
    judged: int
    p50: float
    p95: float
    few: bool


class SeatAct(msgspec.Struct, frozen=True):
    """A log-in (`begins`) or an end of a session, as the register has it."""

    at: float
    account_id: str
    begins: bool


class Seats(msgspec.Struct, frozen=True):
    """How long operators were logged in. `hours`: all together; `accounts`: how many of them."""

    hours: float
    accounts: int


def rate(alerts: int, hours: float) -> AlertRate:
    """Beside the goal."""
    if hours <= 0:
        return AlertRate(alerts, 0.0, None, "nobody")
    found = poisson(alerts, hours)
    said: Literal["within", "over", "open", "few"] = "few" if alerts < FEW else "open"
    if hours < LEAST_HOURS:
        said = "few"
    elif found.high <= GOAL:
        said = "within"
    elif found.low > GOAL:
        said = "over"
    return AlertRate(alerts, hours, found, said)


def floods(moments: Iterable[float], until: float) -> tuple[Flood, ...]:
    """Of the moments at which alerts called; `until`: the end of the time looked at."""
    found: list[Flood] = []
    window: deque[float] = deque()
    began: float | None = None
    alerts = peak = 0

    def leave(now: float) -> None:
        nonlocal began
        while window and window[0] + WINDOW <= now:
            gone = window.popleft() + WINDOW
            if began is not None and len(window) < FLOOD_BELOW:
                found.append(Flood(began, gone, alerts, peak))
                began = None

    for at in sorted(moments):
        leave(at)
        window.append(at)
        if began is not None:
            alerts, peak = alerts + 1, max(peak, len(window))
        elif len(window) > FLOOD_OVER:
            began, alerts, peak = at, len(window), len(window)
    leave(until)
    if began is not None:
        found.append(Flood(began, until, alerts, peak, lasts=True))
    return tuple(found)


def split(priorities: Iterable[int]) -> tuple[tuple[int, Bounded | None], ...]:
    """Counts and shares of high, medium and low; shares None where nothing came."""
    counts = Counter(min(3, max(1, one)) for one in priorities)
    of = sum(counts.values())
    return tuple((counts[n], wilson(counts[n], of) if of else None) for n in (1, 2, 3))


def worst_zones(rang: Sequence[RungAlert], most: int = WORST) -> tuple[WorstZone, ...]:
    """Those from which most alerts came; alerts of no zone (a blind camera's) are none of theirs."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names: dict[tuple[str, str], str] = {}
    for one in rang:
        if not one.zone_id.startswith(OF_DEVICE):
            key = one.camera_id, one.zone_id
            counts[key][one.state] += 1
            names[key] = one.zone_name
    worst = sorted(counts.items(), key=lambda one: (-one[1].total(), -one[1]["false"], one[0]))[:most]
    return tuple(
        WorstZone(
            *key, names[key], states.total(), states.total() / len(rang), states["confirmed"], states["false"], states["ignored"],
            states["new"], _false_share(states["confirmed"], states["false"]),
        )
        for key, states in worst
    )  # fmt: skip


def _false_share(confirmed: int, false: int) -> Bounded | None:
    return share_of(false, confirmed + false, FEW_JUDGED)


def waits(rang: Iterable[RungAlert], by: Literal["priority", "person"]) -> tuple[Wait, ...]:
    """Time to judgement by priority, or by who judged (the seat from which it was done)."""
    found: dict[Hashable, list[float]] = defaultdict(list)
    for one in rang:
        if one.judged_at is not None and one.waits_from is not None:
            of = one.priority if by == "priority" else one.judged_by or ""
            found[of].append(max(0.0, one.judged_at - one.waits_from))
    return tuple(
        Wait(str(of), len(values), percentile(values, 0.5), percentile(values, 0.95), len(values) < FEW)
        for of, values in ((of, sorted(found[of])) for of in sorted(found, key=str))
    )


def seats(acts: Iterable[SeatAct], from_at: float, to_at: float) -> Seats:
    """Time of operators between log-in and the end of their sessions, within `from_at` to `to_at`. Two sessions of one account are one
    seat; of one whose end is not known `LONGEST_SEAT` count at most."""
    mine: dict[str, list[SeatAct]] = defaultdict(list)
    for act in sorted(acts, key=lambda one: (one.at, not one.begins)):
        mine[act.account_id].append(act)
    total, seen = 0.0, 0
    for account in mine.values():
        seconds = sum(max(0.0, min(end, to_at) - max(begin, from_at)) for begin, end in _stretches(account, to_at))
        total, seen = total + seconds, seen + (seconds > 0)
    return Seats(total / 3600, seen)


def _stretches(acts: Sequence[SeatAct], to_at: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    began: float | None = None
    last, sessions = 0.0, 0
    for act in acts:
        if began is not None and act.at > last + LONGEST_SEAT:
            found.append((began, last + LONGEST_SEAT))
            began, sessions = None, 0
        if act.begins:
            began, last, sessions = act.at if began is None else began, act.at, sessions + 1
        elif began is not None:
            sessions -= 1
            if sessions == 0:
                found.append((began, act.at))
                began = None
    if began is not None:
        found.append((began, min(to_at, last + LONGEST_SEAT)))
    return found
