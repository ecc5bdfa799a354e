/** Alerts of one zone that repeat stand in one row of the queue until they are judged. Pure. */
import { SHELVABLE } from "@/rules/shelf";
import type { Alert } from "@/api/types";

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

/** Worked out once for each alert: a queue is gone through at each key. */
const keys = new WeakMap<Alert, string>();
function keyOf(one: Alert): string {
  let key = keys.get(one);
  if (key === undefined) keys.set(one, (key = `${one.camera_id}\n${one.zone_id}\n${one.situation}`));
  return key;
}
const groups = (one: Alert): boolean => one.state === "new" && SHELVABLE.has(one.situation);

/** The queue's rows, in the order given: a group stands where its first member does, so that one more moves nothing. One pass over the rows. */
export function linesOf(rows: readonly Alert[]): Line[] {
  const of = new Map<string, Alert[]>();
  for (const row of rows) {
    if (!groups(row)) continue;
    const mine = of.get(keyOf(row));
    if (mine) mine.push(row);
    else of.set(keyOf(row), [row]);
  }
  const lines: Line[] = [];
  for (const row of rows) {
    const mine = groups(row) ? (of.get(keyOf(row)) ?? []) : [];
    if (mine.length < REPEATS_FROM) lines.push({ alert: row, members: [], last: row.received_at });
    else if (mine[0] === row) lines.push(groupOf(mine));
  }
  return lines;
}

function groupOf(mine: readonly Alert[]): Line {
  const [first, ...rest] = mine as [Alert, ...Alert[]];
  rest.sort((a, b) => a.received_at - b.received_at);
  return { alert: first, members: [first, ...rest], last: Math.max(first.received_at, rest.at(-1)?.received_at ?? 0) };
}

/** The line that stands for that alert. */
export const lineOf = (lines: readonly Line[], id: string | null): Line | undefined =>
  lines.find((line) => line.alert.id === id || line.members.some((one) => one.id === id));

/** Where each alert stands, by its own id or in the row of all that repeat with it. */
export function placesOf(lines: readonly Line[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    places.set(line.alert.id, index);
    for (const one of line.members) places.set(one.id, index);
  }
  return places;
}
