/** What stands on the map, each kind from what the page knows of it. Pure; names come in the reader's language. */

import { wrongWith } from "@/trails/doubts";
import { bounds, type Place } from "@/map/geo";
import type { Way } from "@/map/follow";
import type { Thing } from "@/map/scene";
import type { Sign } from "@/map/signs";
import type { Alert, Area, GuardPlace, MapCamera } from "@/api/types";

/** The order in which names get room. */
const RANK = { chosen: 0, sent: 1, alert: 2, guard: 3, down: 4, area: 5 } as const;

export const idOf = { alert: (id: string) => `al:${id}`, camera: (id: string) => `c:${id}`, guard: (id: string) => `g:${id}`, area: (id: string) => `a:${id}` };
/** `["guard", "G1"]` of `g:G1`. */
export function readId(id: string): ["alert" | "camera" | "guard" | "area", string] | null {
  const [first, rest] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
  const kind = ({ al: "alert", c: "camera", g: "guard", a: "area" } as const)[first];
  return kind ? [kind, rest] : null;
}

export const alertSign = (priority: number): Sign => (priority <= 1 ? "alert-1" : priority === 2 ? "alert-2" : "alert-3");
const TONE = ["red", "red", "amber"] as const;

/** `label`: what happened; `full`: with its priority. Null where its camera has no place. */
export function alertThing(one: Alert, label: string, full: string, where: string): Thing | null {
  const { lon, lat } = one.camera ?? {};
  if (lon === null || lat === null || lon === undefined || lat === undefined) return null;
  return { id: idOf.alert(one.id), kind: "alert", lon, lat, sign: alertSign(one.priority), label, name: full, note: where, tone: TONE[one.priority] ?? "text", rank: RANK.alert, alone: false, chosen: false };
}

/** Open alerts whose camera has a place. The chosen one also when it is judged. */
export function alertThings(alerts: readonly Alert[], chosen: Alert | null, thingOf: (alert: Alert) => Thing | null): Thing[] {
  const all = chosen && !alerts.some((one) => one.id === chosen.id) ? [...alerts, chosen] : alerts;
  return all.flatMap((one): Thing[] => {
    const thing = thingOf(one);
    if (!thing) return [];
    return [one.id === chosen?.id ? { ...thing, rank: RANK.chosen, alone: true, chosen: true } : thing];
  });
}

export function cameraThings(cameras: readonly MapCamera[], chosen: string | null, name: (camera: MapCamera) => string, stateOf: (camera: MapCamera) => string): Thing[] {
  return cameras.flatMap((one): Thing[] => {
    if (one.lon === null || one.lat === null) return [];
    const down = !["ok", "disabled"].includes(one.state);
    const isChosen = one.id === chosen;
    return [{ id: idOf.camera(one.id), kind: "camera", lon: one.lon, lat: one.lat, sign: down ? "camera-down" : "camera", label: isChosen || down ? name(one) : "", name: name(one), note: stateOf(one),
      tone: isChosen ? "text" : down ? "red" : "dim", rank: isChosen ? RANK.chosen : RANK.down, alone: isChosen, chosen: isChosen }]; // prettier-ignore
  });
}

export interface GuardWords {
  stale: (place: GuardPlace, age: number) => string;
  way: (way: Way) => string;
  state: (sign: Sign) => string;
}
/** Everybody on shift. `blocked`: who can't be called for the chosen alert; `ways`: who is sent, by guard. */
export function guardThings(
  places: Iterable<GuardPlace>,
  told: { ageOf: (place: GuardPlace) => number; staleAfter: number; blocked: ReadonlySet<string>; ways: ReadonlyMap<string, Way>; chosen: string | null; outside?: boolean },
  words: GuardWords,
): Thing[] {
  return [...places].map((place): Thing => {
    const age = told.ageOf(place);
    const way = told.ways.get(place.guard_id);
    const isStale = age > told.staleAfter;
    const isChosen = place.guard_id === told.chosen;
    const plain: Sign = wrongWith(place).length > 0 ? "guard-doubted" : isStale ? "guard-stale" : told.blocked.has(place.guard_id) ? "guard-blocked" : told.outside && place.inside === false ? "guard-outside" : "guard";
    const sign: Sign = way ? (way.state === "arrived" ? "arrived" : "sent") : plain;
    const label = [place.name, way ? words.way(way) : "", isStale ? words.stale(place, age) : ""].filter(Boolean).join(" · ");
    return { id: idOf.guard(place.guard_id), kind: "guard", lon: place.lon, lat: place.lat, sign, label, name: place.name, note: way ? words.way(way) : words.state(sign),
      tone: way ? (way.state === "arrived" ? "green" : "accent") : sign === "guard-doubted" ? "red" : sign === "guard-stale" ? "amber" : "text",
      rank: isChosen ? RANK.chosen : way ? RANK.sent : RANK.guard, alone: isChosen || way !== undefined, chosen: isChosen }; // prettier-ignore
  });
}

/** Names of areas, in their middles. */
export function areaThings(areas: readonly Area[], name: (area: Area) => string): Thing[] {
  return areas.flatMap((area): Thing[] => {
    if (area.polygon.length === 0) return [];
    const middle = (axis: 0 | 1): number => area.polygon.reduce((sum, point) => sum + point[axis], 0) / area.polygon.length;
    return [{ id: idOf.area(area.id), kind: "area", lon: middle(0), lat: middle(1), sign: null, label: name(area), name: name(area), tone: "dim", rank: RANK.area }];
  });
}

/** What holds all of these; null without any. */
export const around = (things: readonly Thing[]): [number, number, number, number] | null => bounds(things.map((one): Place => [one.lon, one.lat]));
