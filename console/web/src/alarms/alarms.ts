/** The alarm budget as `/api/alarms` gives it, and the time that it is of. */
import type { Filter } from "@/alerts/record";
import { day, fromLocalInput } from "@/ui/time";
import type { Named } from "@/api/types";
import type { AlarmBudgetAnswer, AlarmWaitAnswer, EscalationCountAnswer, FalseMonthAnswer, FloodAnswer, RingCountAnswer, SparedAnswer, WorstZoneAnswer } from "@/api/schema";

export interface Bounded {
  value: number;
  low: number;
  high: number;
}
export type Flood = FloodAnswer;
export type Zone = WorstZoneAnswer;
export type Month = FalseMonthAnswer;
export type Wait = AlarmWaitAnswer;
/** What rang at one account's pages, by means and sight. */
export type Rung = RingCountAnswer;
/** One ring of one page: which alert, and who took it first since it waited. */
export interface RungRow extends Pick<Rung, "account_id" | "name" | "why" | "means" | "hidden"> {
  id: string;
  alert_id: string;
  at: number;
  /** Null where it is no more. */
  alert: { situation: string; priority: number; camera: Named | null; place: string; zone: Named } | null;
  taken_by: string | null;
  taken_at: number | null;
  /** Seconds from its arrival, or its return from a shelf, until it was taken. */
  waited_s: number | null;
}
/** What was put on one seat's list, and who took it. */
export type Raised = EscalationCountAnswer;
export const MEANS = ["sound", "notification", "muted", "blocked"] as const;
/** A line an account: how often each of the means called, and how often its page was out of sight. */
export function rungOf(rows: readonly Rung[]): { id: string; name: string; by: Record<Rung["means"], number>; hidden: number }[] {
  const found = new Map<string, { id: string; name: string; by: Record<Rung["means"], number>; hidden: number }>();
  for (const row of rows) {
    const line = found.get(row.account_id) ?? { id: row.account_id, name: row.name, by: { sound: 0, notification: 0, blocked: 0, muted: 0 }, hidden: 0 };
    line.by[row.means] += row.rings;
    if (row.hidden) line.hidden += row.rings;
    found.set(row.account_id, line);
  }
  return [...found.values()].sort((a, b) => b.by.sound - a.by.sound || a.name.localeCompare(b.name));
}
export type Budget = AlarmBudgetAnswer;
export type Spared = SparedAnswer;

export const PERIODS = ["day", "week", "month"] as const;
export type Period = (typeof PERIODS)[number];
export interface Stretch {
  from_at: number;
  to_at: number;
}
const midnight = (of: string): number => fromLocalInput(`${of}T00:00`) ?? 0;
const DAY = 86_400;

/** The local day, the week from Monday, or the month that a day (`2026-11-25`) lies in. */
export function stretchOf(period: Period, of: string): Stretch {
  const begin = midnight(of);
  if (period === "day") return { from_at: begin, to_at: begin + DAY };
  if (period === "week") {
    // The first day of 1970 was a Thursday; local midnights stand eight hours before those of UTC.
    const since = (Math.round((begin + 8 * 3600) / DAY) + 3) % 7;
    return { from_at: begin - since * DAY, to_at: begin + (7 - since) * DAY };
  }
  const from_at = midnight(`${of.slice(0, 7)}-01`);
  return { from_at, to_at: midnight(`${day(from_at + 32 * DAY).slice(0, 7)}-01`) };
}
/** A day of the stretch before (-1) or after (1). */
export function stepped(period: Period, of: string, by: -1 | 1): string {
  const stretch = stretchOf(period, of);
  return day(by < 0 ? stretch.from_at - 1 : stretch.to_at + 1);
}
export const within = (stretch: Stretch): Filter => ({ from_at: String(stretch.from_at), to_at: String(stretch.to_at) });
