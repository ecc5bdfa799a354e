/** Who is sent, and how far he still has. Pure. */

import { towards, type Place } from "@/map/geo";
import type { Dispatch, GuardPlace } from "@/api/types";

export interface Way {
  dispatch: Dispatch;
  state: "way" | "arrived";
  /** Where he is; null while nothing is known. */
  from: Place | null;
  to: Place;
  metres: number | null;
  seconds: number | null;
}
const GOES = new Set(["called", "accepted"]);

/** The tasks under way: he is on it, or has arrived and is not done. `mps`: straight-line walking speed, as the candidates' times have it; null: not known. */
export function waysOf(dispatches: readonly Dispatch[], places: ReadonlyMap<string, Pick<GuardPlace, "lon" | "lat">>, mps: number | null): Way[] {
  return dispatches.flatMap((one): Way[] => {
    const state = GOES.has(one.state) ? "way" : one.state === "arrived" ? "arrived" : null;
    if (!state) return [];
    const place = places.get(one.guard_id);
    const from: Place | null = place ? [place.lon, place.lat] : null;
    const to: Place = [one.lon, one.lat];
    const metres = from ? towards(from, to).metres : null;
    return [{ dispatch: one, state, from, to, metres, seconds: metres === null || mps === null ? null : metres / mps }];
  });
}

/** Whether what is followed has left the middle of the view (all pixels), so that the map should move. */
export function hasLeft(at: { x: number; y: number }, width: number, height: number, room: { top: number; right: number; bottom: number; left: number }): boolean {
  return at.x < room.left || at.y < room.top || at.x > width - room.right || at.y > height - room.bottom;
}
