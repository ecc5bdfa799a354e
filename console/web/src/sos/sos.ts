/** Calls for help as the API tells them, and what is said of where somebody is. */

import type { Place } from "@/map/geo";
import type { GuardPlace, MapOf, Named, Unit } from "@/api/types";
import type { HelpNumberAnswer, OwnSosAnswer, SosPlaceAnswer } from "@/api/schema";

export type SosPlace = SosPlaceAnswer;
export type OwnSos = OwnSosAnswer;
export interface Sos extends OwnSos {
  guard_id: string;
  unit_id: string | null;
  guard: { id: string; name: string; phone: string; call_sign: string; unit: (Unit & { phone: string }) | null };
  duty: "on_shift" | "on_break" | "off_shift";
  taken_by_id: string | null;
  note: string;
}
export const OUTCOMES = ["helped", "handed_over", "false_press", "test", "other"] as const;

export type Number110 = HelpNumberAnswer;

/** What is said of a place: by which words, how old (seconds; null: not known), and where. */
export interface Whereabouts {
  key: "own" | "own_undated" | "last" | "map" | "none";
  age_s: number | null;
  place: Place | null;
  accuracy_m: number | null;
}
/** The map has to be newer than the call's place by so much (s) to be shown in its stead. */
const NEWER_S = 5;

/** The call's own place; the map's where that is newer by a look. */
export function whereabouts(call: OwnSos, onMap: Pick<GuardPlace, "lon" | "lat" | "at" | "received_at" | "accuracy_m"> | null, now: number): Whereabouts {
  const mapAt = onMap ? Math.min(onMap.at, onMap.received_at) : -Infinity;
  const place = call.place;
  const placeAt = place ? (place.at ?? (place.source === "own" ? call.last_press_at : -Infinity)) : -Infinity;
  if (onMap && mapAt > placeAt + NEWER_S) {
    return { key: "map", age_s: Math.max(0, now - mapAt), place: [onMap.lon, onMap.lat], accuracy_m: onMap.accuracy_m };
  }
  if (!place) return { key: "none", age_s: null, place: null, accuracy_m: null };
  const age = place.at === null ? null : Math.max(0, now - place.at);
  const key = place.source === "last" ? "last" : age === null ? "own_undated" : "own";
  return { key, age_s: age, place: [place.lon, place.lat], accuracy_m: place.accuracy_m };
}

function inside(ring: readonly Place[], [lon, lat]: Place): boolean {
  let within = false;
  ring.forEach(([x1, y1], n) => {
    const [x2, y2] = ring[(n + 1) % ring.length] as Place;
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) within = !within;
  });
  return within;
}
/** The patrol area in which a place lies, where the page knows the areas. */
export function areaAt(map: Pick<MapOf, "areas"> | null, place: Place): Pick<Named, "name" | "name_en"> | null {
  return map?.areas.find((area) => inside(area.polygon, place)) ?? null;
}
/** `34.00100, 119.20300`: latitude first, as it is read out. */
export const coordinates = ([lon, lat]: Place): string => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

/** Nobody has taken these yet: the one that waits longest first. Then those that are seen to. */
export function inOrder<T extends OwnSos>(calls: readonly T[]): T[] {
  const rank = (call: OwnSos): number => (call.state === "raised" ? 0 : 1);
  return [...calls].filter((one) => one.state !== "closed").sort((a, b) => rank(a) - rank(b) || a.raised_at - b.raised_at);
}
