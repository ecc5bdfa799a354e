/** What the guard reads of the tracker. Pure. */

import type { GuardState } from "@/phone/guard";

export interface Said {
  key: "off" | "ok" | "alive" | "none" | "silent" | "silent_ever" | "platform" | "unknown" | "stale";
  at: number | null;
  /** There is something for the guard to check. */
  warns: boolean;
}

/** A place older than this (s) at the last sign of life was not the newest thing heard: the phone lies still. */
const APART_S = 120;

/** `offline`: this page hears nothing now, so what is shown is what was known then. */
export function trackerSaid(state: Pick<GuardState, "shift" | "tracker"> | null, offline: boolean): Said {
  const said = (key: Said["key"], at: number | null = null, warns = false): Said => ({ key, at, warns });
  if (!state?.shift) return said("off");
  const tracker = state.tracker;
  if (!tracker) return said("unknown");
  if (offline) return said(tracker.heard_at === null ? "none" : "stale", tracker.heard_at);
  if (tracker.platform_since !== null) return said("platform", tracker.platform_since);
  const heardOnShift = tracker.heard_at !== null && tracker.heard_at >= state.shift.opened_at;
  if (tracker.silent) return heardOnShift ? said("silent", tracker.heard_at, true) : said("silent_ever", null, true);
  if (tracker.fix_received_at === null) return said("none");
  return said((tracker.heard_at ?? 0) - tracker.fix_received_at > APART_S ? "alive" : "ok", tracker.fix_received_at);
}
