/** A zone's hours, kinds and least size, and the days of calendars, as forms show them. Pure. */
import { clockOf, minuteOf } from "@/county/kinds";
import type { CalendarAnswer } from "@/api/schema";

/** 0: Monday; `to_minute` below `from_minute` runs over midnight. */
export interface Span {
  from_minute: number;
  to_minute: number;
  days: number[];
}
/** What a person writes of it. */
export interface SpanText {
  from: string;
  to: string;
  days: number[];
}
export type Calendar = CalendarAnswer;

export const EVERY_DAY: readonly number[] = [0, 1, 2, 3, 4, 5, 6];
/** Kinds of thing that are chosen together: a detector confuses those of one. */
export const KINDS: Readonly<Record<string, readonly string[]>> = {
  person: ["person"],
  vehicle: ["car", "truck", "bus"],
  cycle: ["bicycle", "motorcycle"],
};

export const textOf = (one: Span): SpanText => ({ from: clockOf(one.from_minute), to: clockOf(one.to_minute), days: [...one.days] });

/** Null where a time is no time; midnight at the end is the end of that day. */
export function spanOf(text: SpanText): Span | null {
  const [from, to] = [minuteOf(text.from), minuteOf(text.to)];
  if (from === null || to === null || from > 1439) return null;
  return { from_minute: from, to_minute: to === 0 ? 1440 : to, days: [...text.days].sort((a, b) => a - b) };
}

/** It ends on the day after. */
export const overMidnight = (text: SpanText): boolean => {
  const span = spanOf(text);
  return span !== null && span.to_minute < span.from_minute;
};

/** The labels with those of a kind added or taken off. */
export function withKind(labels: readonly string[], kind: string, on: boolean): string[] {
  const of = KINDS[kind] ?? [kind];
  return on ? [...new Set([...labels, ...of])] : labels.filter((one) => !of.includes(one));
}
export const hasKind = (labels: readonly string[], kind: string): boolean => (KINDS[kind] ?? [kind]).some((one) => labels.includes(one));

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const asDay = (text: string): number | null => {
  const at = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : at;
};
const LONGEST = 400;

/** Days written a line each, or as from – to. `wrong`: the first line that is none, from 1. */
export function daysOf(text: string): { dates: string[]; wrong: { n: number; line: string } | null } {
  const dates = new Set<string>();
  for (const [n, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (!line) continue;
    const found = /^(\d{4}-\d{2}-\d{2})(?:\s*[\u2013\u2014~\u81f3-]\s*(\d{4}-\d{2}-\d{2}))?$/.exec(line);
    const from = asDay(found?.[1] ?? "");
    const to = found?.[2] === undefined ? from : asDay(found[2]);
    if (from === null || to === null || to < from || to - from > LONGEST * 86_400_000) return { dates: [], wrong: { n: n + 1, line } };
    for (let at = from; at <= to; at += 86_400_000) dates.add(new Date(at).toISOString().slice(0, 10));
  }
  return { dates: [...dates].sort(), wrong: null };
}

/** The same days as text, what follows each other as one line. */
export function linesOfDays(dates: readonly string[]): string {
  const lines: [string, string][] = [];
  for (const one of dates) {
    const last = lines[lines.length - 1];
    if (last && Date.parse(one) - Date.parse(last[1]) === 86_400_000) last[1] = one;
    else lines.push([one, one]);
  }
  return lines.map(([from, to]) => (from === to ? from : `${from} \u2013 ${to}`)).join("\n");
}
