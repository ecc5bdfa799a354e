/** Alerts of one zone that repeat stand in one row of the queue until they are judged. Pure. */
import { SHELVABLE } from "@/desk/shelf/shelf";
import type { Alert } from "@/types";

/** Two rows are read as fast as one. */
export const REPEATS_FROM = 3;
/** Members that are judged in one request. */
export const MOST = 100;

export interface Line {
  /** The row that is seen. */
  alert: Alert;
  /** All that it stands for, itself first, then by their receipt; none: itself alone. */
  members: Alert[];
  /** Receipt of the last (epoch seconds). */
  last: number;
}

const keyOf = (one: Alert): string => `${one.camera_id}\n${one.zone_id}\n${one.situation}`;
const groups = (one: Alert): boolean => one.state === "new" && SHELVABLE.has(one.situation);

/** The queue's rows, in the order given: a group stands where its first member does, so that one more moves nothing. */
export function linesOf(rows: readonly Alert[]): Line[] {
  const of = new Map<string, Alert[]>();
  for (const row of rows) if (groups(row)) of.set(keyOf(row), [...(of.get(keyOf(row)) ?? []), row]);
  const lines: Line[] = [];
  const shown = new Set<string>();
  for (const row of rows) {
    const mine = groups(row) ? (of.get(keyOf(row)) ?? []) : [];
    if (mine.length < REPEATS_FROM) lines.push({ alert: row, members: [], last: row.received_at });
    else if (!shown.has(keyOf(row))) {
      shown.add(keyOf(row));
      lines.push({ alert: row, members: [row, ...mine.filter((one) => one !== row).sort((a, b) => a.received_at - b.received_at)], last: Math.max(...mine.map((one) => one.received_at)) });
    }
  }
  return lines;
}

/** The line that stands for that alert. */
export const lineOf = (lines: readonly Line[], id: string | null): Line | undefined =>
  lines.find((line) => line.alert.id === id || line.members.some((one) => one.id === id));
