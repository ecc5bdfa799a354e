/** The record of alerts as `/api/records` gives it, and its filter as it stands in the page's address. */
import type { LocationQuery } from "vue-router";

import type { Query } from "@/api";
import type { Sort } from "@/lib/sort";
import { day, fromLocalInput } from "@/lib/time";
import type { Named } from "@/types";

export interface RecordRow {
  id: string;
  situation: string;
  priority: number;
  captured_at: number;
  received_at: number;
  camera: Named | null;
  area: Named | null;
  place: string;
  zone: Named;
  state: string;
  judge_reason: string;
  judged_by: string | null;
  judged_at: number | null;
  waited_s: number | null;
  incident_id: string | null;
  sent: { guard: string; unit: Named }[];
  picture: boolean;
  clip: boolean;
  purged_at: number | null;
}
export interface Choices {
  areas: Named[];
  units: Named[];
  judges: string[];
  situations: string[];
  reasons: string[];
}
export interface SavedView {
  id: string;
  name: string;
  query: string;
}

export const STATES = ["new", "judged", "confirmed", "false", "ignored"] as const;
/** What may stand in the address; nothing else of it is asked for. */
export const FILTERS = ["from_at", "to_at", "area_id", "camera_id", "zone_id", "situation", "priority", "state", "reason", "judged_by", "unit_id", "q"] as const;
export type Filter = Partial<Record<(typeof FILTERS)[number] | "sort" | "order", string>>;

/** The address's part that is a filter or an order; the rest is left out. */
export function filterOf(query: LocationQuery): Filter {
  const found: Filter = {};
  for (const key of [...FILTERS, "sort", "order"] as const) {
    const value = query[key];
    if (typeof value === "string" && value) found[key] = value;
  }
  return found;
}
export function without(filter: Filter, ...keys: (keyof Filter)[]): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => !keys.some((one) => one === key)));
}
/** What narrows, without the order. */
export const narrowing = (filter: Filter): string[] => FILTERS.filter((key) => filter[key] !== undefined);
/** As text, in one order, for a saved view and for telling two filters apart. */
export function textOf(filter: Filter): string {
  const text = new URLSearchParams();
  for (const key of [...FILTERS, "sort", "order"] as const) if (filter[key]) text.set(key, filter[key]);
  return text.toString();
}
export const parsed = (text: string): Filter => filterOf(Object.fromEntries(new URLSearchParams(text)));

/** The newest first is the order that is not said. */
const NEWEST: Sort = { by: "time", down: true };
export const sortOf = (filter: Filter): Sort => (filter.sort ? { by: filter.sort, down: filter.order !== "up" } : NEWEST);
/** The filter in the order that a head asks for. The newest first is no order to be said; a press on its head turns it round. */
export function ordered(filter: Filter, next: Sort): Filter {
  const rest = without(filter, "sort", "order");
  const now = sortOf(filter);
  const turned = !next.by && now.by === NEWEST.by && now.down;
  if (turned) return { ...rest, sort: NEWEST.by, order: "up" };
  if (!next.by || (next.by === NEWEST.by && next.down)) return rest;
  return { ...rest, sort: next.by, order: next.down ? "down" : "up" };
}
export const asked = (filter: Filter): Query => ({ ...filter });

/** Local midnights around the last `days` days, today being the last of them. */
export function lastDays(now: number, days: number): Filter {
  const end = (fromLocalInput(`${day(now)}T00:00`) ?? now) + 86_400;
  return { from_at: String(end - days * 86_400), to_at: String(end) };
}
