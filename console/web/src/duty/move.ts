/** A roster entry moved to another guard or day. Times are epoch seconds; days begin at midnight in the county (UTC+8). */

import type { RosterEntry } from "@/duty/duty";

const DAY_S = 86_400;
const AHEAD_S = 8 * 3600;
/** Pixels a pressed pointer goes before it drags, and how long (ms) a finger rests before it does. */
export const DRAG_PX = 6;
export const HOLD_MS = 350;
/** Pixels from an edge of the window within which a drag scrolls. */
const EDGE_PX = 48;

export interface Target {
  guard_id: string;
  begins_at: number;
}
type Placed = Pick<RosterEntry, "guard_id" | "begins_at" | "state">;

/** Midnight of the county's day that holds `at`. */
export const midnight = (at: number): number => Math.floor((at + AHEAD_S) / DAY_S) * DAY_S - AHEAD_S;

/** The server asks the same again: what has begun, or stands by a person's word, stays where it is. */
export const movable = (one: Placed, now: number): boolean => one.state === "planned" && one.begins_at > now;

/** The begin on another day, at the same time of the day; `dayAt` is any moment of that day. */
export const beginOn = (one: Placed, dayAt: number): number => midnight(dayAt) + one.begins_at - midnight(one.begins_at);

/** Where an entry goes that is dropped on a guard's day; null: it lies there already, or that is no place of the table. */
export function dropped(one: Placed, guardId: string | undefined, dayAt: number | undefined): Target | null {
  if (!guardId || dayAt === undefined || !Number.isFinite(dayAt)) return null;
  const begins_at = beginOn(one, dayAt);
  return guardId === one.guard_id && begins_at === one.begins_at ? null : { guard_id: guardId, begins_at };
}

/** Whether a pressed pointer has gone far enough to drag. */
export const dragged = (x: number, y: number): boolean => Math.hypot(x, y) >= DRAG_PX;

/** By how much to scroll while a drag is at `at` of a window `size` long: nothing away from its edges. Pixels. */
export function scrollBy(at: number, size: number): number {
  if (at < EDGE_PX) return at - EDGE_PX;
  return at > size - EDGE_PX ? at - size + EDGE_PX : 0;
}
