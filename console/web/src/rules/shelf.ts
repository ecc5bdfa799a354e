/** What can rest, and for how long. */
import type { Alert, Shelf } from "@/api/types";

/** What a zone's rule says; nothing else can be shelved. */
export const SHELVABLE: ReadonlySet<string> = new Set(["intrusion", "line_crossing", "loitering", "density"]);

/** Minutes that are offered. */
export const MINUTES = [15, 30, 60, 120, 240, 480, 720] as const;
export const LEADERS_MINUTES = [1440, 4320, 10080] as const;

export type Scope = "zone" | "kind" | "camera";

/** What rests: a camera, of it one zone or one kind where it is named. */
export interface Thing {
  camera_id: string;
  zone_id: string;
  situation: string;
}

/** The request for what of an alert is to rest. */
export function thingOf(alert: Alert, scope: Scope): Thing {
  return {
    camera_id: alert.camera_id,
    zone_id: scope === "zone" ? alert.zone_id : "",
    situation: scope === "kind" ? alert.situation : "",
  };
}

/** Does an alert rest with it? */
export const covers = (thing: Thing, alert: Alert): boolean =>
  SHELVABLE.has(alert.situation) && alert.camera_id === thing.camera_id &&
  [alert.zone_id, ""].includes(thing.zone_id) && [alert.situation, ""].includes(thing.situation); // prettier-ignore

/** The soonest to end first. */
export const bySoonest = (a: Shelf, b: Shelf): number => a.until_at - b.until_at || (a.id < b.id ? -1 : 1);
