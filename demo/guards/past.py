"""A shift of this morning whose fixes are still on the phone: it was in a cellar, and sends them when the demo begins.

It is the demo's lesson in judging: a stretch in the wrong coordinate system, a reflection, a gap.
"""

from __future__ import annotations

import random
from typing import Final

from demo.guards.duty import Beat
from demo.guards.habits import Habit
from demo.guards.handset import Handset
from demo.guards.phone import GnssSample
from demo.guards.streets import StreetNetwork, Walk

GUARD: Final = "G13"
BEGAN_AGO_S, ENDED_AGO_S = 3 * 3600.0, 3600.0
EVERY_S: Final = 15.0
WRONG_FROM_S, WRONG_FOR_S = 2400.0, 300.0
"""After the shift's begin his map application sends GCJ-02 as if it were WGS-84: about 520 m off."""
GAP_FROM_S, GAP_FOR_S = 4200.0, 420.0
REFLECTED_AT_S: Final = 900.0


def samples(beat: Beat, streets: StreetNetwork, from_at: float, to_at: float) -> list[GnssSample]:
    """A fix each 15 s of a walk from checkpoint to checkpoint."""
    dice = random.Random(GUARD)
    honest, wrong = Handset(Habit(), dice, from_at), Handset(Habit(gcj02_for=1.0, every=1.0), dice, from_at)
    reflected = Handset(Habit(reflects=1), dice, from_at)
    walk, goal, found = Walk(beat.checkpoints[0]), 0, []
    since = 0.0
    while from_at + since <= to_at:
        if walk.arrived:
            goal = (goal + 1) % len(beat.checkpoints)
            walk.set_out(streets.route(walk.place, beat.checkpoints[goal], beat.polygon))
        walk.go(1.3 * EVERY_S)
        phone = wrong if WRONG_FROM_S <= since < WRONG_FROM_S + WRONG_FOR_S else honest
        phone = reflected if since == REFLECTED_AT_S else phone
        if not GAP_FROM_S <= since < GAP_FROM_S + GAP_FOR_S:
            found.append(phone.sample(from_at + since, walk.place, speed_mps=1.3, course=walk.course))
        since += EVERY_S
    return found
