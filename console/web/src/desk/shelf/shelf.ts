/** What can rest, and for how long. */
import type { Alert, Shelf } from "@/types";

/** What a zone's rule says; nothing else can be shelved. */
export const SHELVABLE: ReadonlySet<string> = new Set(["intrusion", "line_crossing", "loitering", "density"]);

/** Minutes that are offered. */
export const MINUTES = [15, 30, 60, 120, 240, 480, 720] as const;
export const LEADERS_MINUTES = [1440, 4320, 10080] as const;

export type Scope = "zone" | "kind" | "camera";

/** The request for what of an alert is to rest. */
export function thingOf(alert: Alert, scope: Scope): { camera_id: string; zone_id: string; situation: string } {
  return {
    camera_id: alert.camera_id,
    zone_id: scope === "zone" ? alert.zone_id : "",
    situation: scope === "kind" ? alert.situation : "",
  };
}

/** The soonest to end first. */
export const bySoonest = (a: Shelf, b: Shelf): number => a.until_at - b.until_at || (a.id < b.id ? -1 : 1);
