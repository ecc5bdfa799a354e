/** What the desk's queue shows of the alerts to judge, and in which order. Pure; times in seconds. */
import { parsed as parsedOf, textOf as textOfKeys, without, type Filters } from "@/ui/filters";
import { byUrgency, waitsFrom } from "@/desk/queue";
import type { Alert } from "@/api/types";

export const NARROWING = ["priority", "situation", "area_id", "camera_id", "unit_id", "older", "newer"] as const;
export const SORTS = ["urgent", "newest", "oldest", "kind", "place", "camera", "unit"] as const;
export type SortBy = (typeof SORTS)[number];
const KEYS = [...NARROWING, "sort"] as const;
/** `priority`: some of 1 to 4 with commas; `older`, `newer`: waits longer, or less, than so many seconds; `sort`: none is `urgent`. */
export type DeskFilter = Filters<(typeof KEYS)[number]>;
export const AGES_S = ["60", "300", "900", "3600", "14400"] as const;

export const textOf = (filter: DeskFilter): string => textOfKeys(KEYS, filter);
export const parsed = (text: string): DeskFilter => parsedOf(KEYS, text);
export const narrowing = (filter: DeskFilter): (typeof NARROWING)[number][] => NARROWING.filter((key) => filter[key]);
export const sortOf = (filter: DeskFilter): SortBy => SORTS.find((one) => one === filter.sort) ?? "urgent";
export const priorities = (filter: DeskFilter): string[] => (filter.priority ? filter.priority.split(",") : []);
/** With that priority in it, or without it; all four are none. */
export function toggled(filter: DeskFilter, priority: string): DeskFilter {
  const now = priorities(filter);
  const next = (now.includes(priority) ? now.filter((one) => one !== priority) : [...now, priority]).sort();
  const rest = without(filter, "priority");
  return next.length === 0 || next.length === 4 ? rest : { ...rest, priority: next.join(",") };
}
export const sayable = (filter: DeskFilter): boolean => narrowing(filter).length > 0 || sortOf(filter) !== "urgent";

/** Does it stand in the queue? `units`: those that it concerns; `now`: null, and its age doesn't matter. */
export function passes(filter: DeskFilter, alert: Alert, now: number | null, units: (alert: Alert) => ReadonlySet<string>): boolean {
  if (filter.priority && !priorities(filter).includes(String(alert.priority))) return false;
  if (filter.situation && alert.situation !== filter.situation) return false;
  if (filter.area_id && alert.camera.area_id !== filter.area_id) return false;
  if (filter.camera_id && alert.camera_id !== filter.camera_id) return false;
  if (filter.unit_id && !units(alert).has(filter.unit_id)) return false;
  if (now === null) return true;
  const waited = now - waitsFrom(alert);
  return !(filter.older && waited < Number(filter.older)) && !(filter.newer && waited >= Number(filter.newer));
}

/** The rows in that order; those given stand by urgency. `wordsOf`: what is sorted by, in words as read; without any it stands last. */
export function inOrder(rows: readonly Alert[], sort: SortBy, wordsOf: (alert: Alert) => string, language: string): readonly Alert[] {
  if (sort === "urgent") return rows;
  if (sort === "newest" || sort === "oldest") {
    const sign = sort === "newest" ? -1 : 1;
    return [...rows].sort((a, b) => sign * (a.received_at - b.received_at) || byUrgency(a, b));
  }
  // Words are compared once for each place and not for each row.
  const order = new Intl.Collator(language, { numeric: true });
  const words = new Map(rows.map((one) => [one.id, wordsOf(one)]));
  const rank = new Map([...new Set(words.values())].filter(Boolean).sort(order.compare).map((word, index) => [word, index]));
  const at = (one: Alert): number => rank.get(words.get(one.id) ?? "") ?? Infinity;
  return [...rows].sort((a, b) => (at(a) === at(b) ? byUrgency(a, b) : at(a) - at(b)));
}
