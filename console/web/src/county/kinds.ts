/** What each kind of thing in the set-up consists of, as its form asks for it. */

import type { Area, MapOf, Named } from "@/api/types";

export type Kind = "organisations" | "units" | "areas" | "posts" | "checkpoints" | "teams" | "guards";
export const KINDS: readonly Kind[] = ["organisations", "units", "areas", "posts", "checkpoints", "teams", "guards"];
export type Row = Record<string, unknown> & { id: string; name: string; name_en?: string; parts?: Partial<Record<Kind, number>>;
  names?: Record<string, Pick<Named, "name" | "name_en">>;
};

export type Form = "text" | "count" | "metres" | "flag" | "day" | "minute" | "windows" | "choice" | "ref" | "refs" | "ring" | "place";
/** `of`: the kind that a reference names; `column`: it stands in the list. */
export interface Field {
  key: string;
  form: Form;
  options?: readonly string[];
  of?: Kind;
  needed?: boolean;
  column?: boolean;
  initial?: unknown;
}

const MODES = ["joint_police", "staggered", "key", "radiating", "four_colour", "joint_stations", "many_units", "township"] as const;
const name: Field[] = [
  { key: "name", form: "text", needed: true },
  { key: "name_en", form: "text" },
];
const station: Field = { key: "station_id", form: "ref", of: "organisations", column: true };
const phone: Field = { key: "phone", form: "text", column: true };
const codes: Field = { key: "scan_code", form: "text", column: true };

export const FIELDS: Record<Kind, readonly Field[]> = {
  organisations: [
    ...name,
    { key: "kind", form: "choice", options: ["county", "town", "station"], needed: true, column: true, initial: "station" },
    { key: "parent_id", form: "ref", of: "organisations", column: true },
    { key: "code", form: "text", column: true },
    phone,
  ],
  units: [
    ...name,
    { key: "kind", form: "choice", options: ["security_company", "property", "self_hired"], needed: true, column: true, initial: "security_company" },
    station,
    { key: "service_area", form: "ring" },
    phone,
  ],
  areas: [
    ...name,
    { key: "mode", form: "choice", options: MODES, needed: true, column: true, initial: "four_colour" },
    { key: "risk", form: "choice", options: ["red", "orange", "yellow", "blue"], needed: true, column: true, initial: "blue" },
    station,
    { key: "needed", form: "count", column: true, initial: 0 },
    { key: "windows", form: "windows" },
    { key: "key_area", form: "flag" },
    { key: "polygon", form: "ring", needed: true },
  ],
  posts: [
    ...name,
    { key: "kind", form: "choice", options: ["post", "joint_station"], needed: true, column: true, initial: "post" },
    { key: "area_id", form: "ref", of: "areas", needed: true, column: true },
    { key: "needed", form: "count", column: true, initial: 1 },
    { key: "from_min", form: "minute", initial: 0 },
    { key: "to_min", form: "minute", initial: 0 },
    { key: "unit_ids", form: "refs", of: "units" },
    codes,
    { key: "radius_m", form: "metres", initial: 50 },
    { key: "place", form: "place", needed: true },
  ],
  checkpoints: [
    ...name,
    { key: "area_id", form: "ref", of: "areas", needed: true, column: true },
    codes,
    { key: "nfc_id", form: "text", column: true },
    { key: "radius_m", form: "metres", column: true, initial: 25 },
    { key: "place", form: "place", needed: true },
  ],
  teams: [
    ...name,
    { key: "unit_id", form: "ref", of: "units", needed: true, column: true },
    { key: "kind", form: "choice", options: ["patrol", "reserve"], needed: true, column: true, initial: "patrol" },
    { key: "strength", form: "count", column: true },
    { key: "lead_guard_id", form: "ref", of: "guards", column: true },
  ],
  guards: [
    { key: "name", form: "text", needed: true },
    { key: "unit_id", form: "ref", of: "units", needed: true, column: true },
    { key: "team_id", form: "ref", of: "teams", column: true },
    { key: "default_area_id", form: "ref", of: "areas", column: true },
    { key: "cert_no", form: "text", column: true },
    { key: "cert_valid_until", form: "day", column: true },
    { key: "left_on", form: "day", column: true },
    phone,
    { key: "call_sign", form: "text", column: true },
  ],
};

/** Kinds that others belong to. */
export const HOLDERS: readonly Kind[] = ["organisations", "units", "areas", "teams"];
export const hasPlace = (kind: Kind): boolean => FIELDS[kind].some((field) => field.form === "place");
export const hasRing = (kind: Kind): boolean => FIELDS[kind].some((field) => field.form === "ring");

export interface GroundMap extends MapOf {
  areas: (Area & { station_id: string | null })[];
  posts: (Row & { lon: number; lat: number; radius_m: number })[];
}

export const clockOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
/** Minutes since midnight of `07:30`; null where it is none. */
export function minuteOf(text: string): number | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!found) return null;
  const minute = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && minute <= 1440 ? minute : null;
}
export const windowsText = (windows: readonly (readonly [number, number])[]): string => windows.map(([from, to]) => `${clockOf(from)}-${clockOf(to)}`).join("; ");
/** Windows as written; null where one of them is none. */
export function readWindows(text: string): [number, number][] | null {
  const found: [number, number][] = [];
  for (const part of text.split(/[;；]/)) {
    if (!part.trim()) continue;
    const [from, to, ...more] = part.split(/[-\u2013~\u81f3]/).map(minuteOf);
    if (typeof from !== "number" || typeof to !== "number" || more.length > 0) return null;
    found.push([from, to]);
  }
  return found;
}

/** A new thing's values; of a thing that stands, its own. */
export function valuesOf(kind: Kind, row: Row | null): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { key, form, initial } of FIELDS[kind]) {
    if (form === "place") {
      values.lon = row?.lon ?? null;
      values.lat = row?.lat ?? null;
    } else {
      values[key] = row ? row[key] : (initial ?? (form === "refs" || form === "windows" ? [] : form === "flag" ? false : form === "text" ? "" : null));
    }
  }
  return values;
}

/** As the server takes it: what was left empty and may be, is left out. */
export function bodyOf(kind: Kind, values: Record<string, unknown>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { key, form } of FIELDS[kind]) {
    if (form === "place") {
      body.lon = values.lon;
      body.lat = values.lat;
      continue;
    }
    const value = values[key];
    const text = typeof value === "string" ? value.trim() : value;
    if (text === "" || text === null || text === undefined) {
      if (key === "name_en" || key === "code" || key === "cert_no" || key === "phone" || key === "call_sign") body[key] = "";
      else if (form === "ref" || form === "day" || form === "ring" || form === "text" || (form === "count" && key === "strength")) body[key] = null;
      continue;
    }
    body[key] = text;
  }
  return body;
}
