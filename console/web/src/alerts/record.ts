/** The record of alerts as `/api/records` gives it, and its filter as it stands in the page's address. */
import type { LocationQuery } from "vue-router";

import type { Query } from "@/api/client";
import { parsed as parsedOf, picked, textOf as textOfKeys, without, type Filters } from "@/ui/filters";
import type { Sort } from "@/ui/sort";
import { day, fromLocalInput } from "@/ui/time";
import type { RecordAnswer, RecordChoicesAnswer } from "@/api/schema";

export type RecordRow = RecordAnswer;
export type Choices = RecordChoicesAnswer;
export const STATES = ["new", "judged", "confirmed", "false", "ignored"] as const;
/** What may stand in the address; nothing else of it is asked for. */
export const FILTERS = ["from_at", "to_at", "area_id", "camera_id", "zone_id", "situation", "priority", "state", "reason", "judged_by", "unit_id", "q"] as const;
const KEYS = [...FILTERS, "sort", "order"] as const;
export type Filter = Filters<(typeof KEYS)[number]>;

/** The address's part that is a filter or an order; the rest is left out. */
export const filterOf = (query: LocationQuery): Filter => picked(KEYS, query);
export { without };
/** What narrows, without the order. */
export const narrowing = (filter: Filter): string[] => FILTERS.filter((key) => filter[key] !== undefined);
export const textOf = (filter: Filter): string => textOfKeys(KEYS, filter);
export const parsed = (text: string): Filter => parsedOf(KEYS, text);

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
