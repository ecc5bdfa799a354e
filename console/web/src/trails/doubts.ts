/** Places of guards that nothing may rest on, and how old a place is. */

import type { GuardPlace } from "@/api/types";

const PROVES_NOTHING = new Set(["inaccurate", "teleport", "jump", "wrong_coord_sys", "same_moment", "two_phones", "frozen", "at_rest", "clock_ahead"]);

/** The doubts of a place that make it known to be wrong, or not known to be right. */
export const wrongWith = (place: Pick<GuardPlace, "doubts">): string[] => (place.doubts ?? []).filter((one) => PROVES_NOTHING.has(one));

/** The moment for which a place is known: that of its fix, or of the last sign of life at rest. */
export const knownAt = (place: GuardPlace): number => Math.max(place.at, place.still_until ?? place.at);
