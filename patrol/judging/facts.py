"""What the fixes of a shift say, as records; `fold.py` makes them.

Time between two fixes is confirmed when both lie inside the area, outside when both lie clearly outside, and unknown
otherwise: missing data is not misconduct.
"""

from __future__ import annotations

import msgspec

from lianqin.geo import LonLat
from patrol.judging.visits import VisitFact, VisitPoint


class FactLimits(msgspec.Struct, frozen=True):
    """`longest_step_s`: fixes farther apart leave a gap. `visit_slack_m`: accuracy that a visit may count on."""

    longest_step_s: float = 60.0
    visit_slack_m: float = 25.0


class Gap(msgspec.Struct, frozen=True):
    """No fix between these (epoch seconds)."""

    from_at: float
    to_at: float


class AreaAsOpened(msgspec.Struct, frozen=True):
    """The area, checkpoints and post (if he stands at one) of a shift, and its beginning."""

    shift_id: str
    polygon: tuple[LonLat, ...]
    checkpoints: tuple[VisitPoint, ...]
    opened_at: float
    post: VisitPoint | None = None
    pauses: tuple[Gap, ...] = ()
    """Closed by mistake and taken back: not known, however short."""


class DoubtCount(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many fixes have a doubt; of a `wrong_coord_sys` also which system and how far off it put them (metres)."""

    kind: str
    count: int
    system: str | None = None
    off_m: float | None = None


class CallOutcome(msgspec.Struct, frozen=True):
    """A settled point call; `counted` is the verdict that counts: a contradicted one only once a person upheld it. `review`:
    waiting, upheld or dismissed, where a person's word is asked for."""

    id: str
    by_draw: bool
    counted: str
    reason: str = ""
    review: str = ""


class DispatchOutcome(msgspec.Struct, frozen=True):
    """A dispatch that came to an end. `counted`: confirmed (arrived), contradicted (refused, and a person upheld it), else
    unknown. Of a refusal: its reason, and `review` as in `CallOutcome`."""

    id: str
    counted: str
    called_at: float
    arrived_at: float | None = None
    arrived_fix_id: str | None = None
    refused: str = ""
    review: str = ""


class ShiftFacts(msgspec.Struct, frozen=True):
    """Seconds confirmed in the area, clearly outside, not known, and in breaks (which are none of the others); at his
    post and clearly off it; gaps; visits; doubts; outcomes of calls."""

    shift_id: str = ""
    opened_at: float = 0.0
    until: float = 0.0
    confirmed_s: float = 0.0
    outside_s: float = 0.0
    unknown_s: float = 0.0
    break_s: float = 0.0
    platform_s: float = 0.0
    """Of `unknown_s`: while the platform itself received nothing (`patrol/duty/silences.py`)."""
    at_post_s: float = 0.0
    off_post_s: float = 0.0
    gaps: tuple[Gap, ...] = ()
    outside: tuple[Gap, ...] = ()
    visits: tuple[VisitFact, ...] = ()
    checkpoints: tuple[str, ...] = ()
    doubts: tuple[DoubtCount, ...] = ()
    fixes: int = 0
    first_fix_id: str | None = None
    first_at: float | None = None
    last_fix_id: str | None = None
    last_at: float | None = None
    calls: tuple[CallOutcome, ...] = ()
    dispatches: tuple[DispatchOutcome, ...] = ()
