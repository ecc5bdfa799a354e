/** A way to a trail that carries why, for which case, which time, and whence, so that the officer types nothing twice. */
import type { LocationQuery, RouteLocationRaw } from "vue-router";

import { PURPOSES } from "./purposes";

export interface LookAt {
  guard_id: string;
  purpose?: (typeof PURPOSES)[number];
  /** A record of ours, or the number of a spot check that was made before. */
  case?: string;
  /** Epoch seconds; the look shows the time around it. */
  at?: number;
  /** Seconds before and after `at`. */
  within?: number;
  chosen_by?: string;
  /** The page to go back to. */
  back?: string;
}

/** Seconds before and after a moment, where nobody says otherwise. */
export const WITHIN = 1800;
/** The longest that a link may ask for: half of what is judged. */
const MOST_WITHIN = 86_400;

export function trailLink(look: LookAt): RouteLocationRaw {
  const told = Object.entries(look).filter(([, value]) => value !== undefined && value !== "");
  return { name: "trails", query: Object.fromEntries(told.map(([key, value]) => [key, String(value)])) };
}

/** The same reason for the next look. A spot check's number is one guard's, so the next look gets its own. */
export function lookWhy(purpose: string, ref: string): Pick<LookAt, "purpose" | "case"> {
  const known = PURPOSES.find((one) => one === purpose);
  return known ? { purpose: known, ...(known === "spot_check" ? {} : { case: ref }) } : {};
}

/** What the address says. What is not understood is left out: an address may be typed by anybody. */
export function lookOf(query: LocationQuery): LookAt {
  const text = (key: string): string => (typeof query[key] === "string" ? query[key] : "");
  const number = (key: string): number | undefined => {
    const value = Number(text(key));
    return Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const purpose = PURPOSES.find((one) => one === text("purpose"));
  const at = number("at");
  const back = text("back");
  return {
    guard_id: text("guard_id"),
    ...(purpose ? { purpose } : {}),
    ...(text("case") ? { case: text("case") } : {}),
    ...(at ? { at } : {}),
    within: Math.min(MOST_WITHIN, number("within") ?? WITHIN),
    ...(text("chosen_by") ? { chosen_by: text("chosen_by") } : {}),
    // A page of this console: "//elsewhere" and "/\elsewhere" leave it.
    ...(/^\/(?![/\\])/.test(back) ? { back } : {}),
  };
}
