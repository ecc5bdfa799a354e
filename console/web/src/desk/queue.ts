/** The order of the operator's queue, and how loudly a waiting alert asks. */

export interface Waiting {
  id: string;
  priority: number;
  received_at: number;
  /** When it came back from a shelf, where it did. */
  waits_from?: number;
}

interface Judged {
  id: string;
  judged_at: number | null;
}

/** Since when it waits for a judgement. */
export const waitsFrom = (one: Waiting): number => one.waits_from ?? one.received_at;

/** Most pressing first: priority 1 before 4, the longest waiting first within one; ids settle ties so that rows stay put. */
export function byUrgency(a: Waiting, b: Waiting): number {
  return a.priority - b.priority || waitsFrom(a) - waitsFrom(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Newest judgement first. */
export function byJudgedAt(a: Judged, b: Judged): number {
  return (b.judged_at ?? 0) - (a.judged_at ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** How many of the steps (seconds) have gone by: 0 to steps.length. */
export function escalation(waited: number, steps: readonly number[]): number {
  return steps.filter((step) => waited >= step).length;
}

/** Filling of the bar: a third of it for each of three steps, so that each step is reached at the same place. */
export function escalationShare(waited: number, steps: readonly number[]): number {
  if (steps.length === 0) return 0;
  let from = 0;
  for (const [index, step] of steps.entries()) {
    if (waited < step) return (index + Math.max(0, waited - from) / (step - from)) / steps.length;
    from = step;
  }
  return 1;
}

/** What an operator is looking at, so that the list may not push it away. */
export interface Held {
  /** The chosen row: nothing is put above it. */
  chosen: string | null;
  /** The pointer is over the list: no row moves at all. */
  pointed: boolean;
}

/**
 * The order in which the rows stand now. `order`: ids as they stood; `sorted`: ids by urgency. A row that stood keeps its
 * place down to the chosen one, and everywhere while pointed at; what is new goes below. Ids that are gone are dropped,
 * but while pointed at even they stay.
 */
export function settle(order: readonly string[], sorted: readonly string[], held: Held): string[] {
  const present = new Set(sorted);
  const stood = held.pointed ? order : order.filter((id) => present.has(id));
  const kept = held.pointed ? stood : stood.slice(0, held.chosen === null ? 0 : stood.indexOf(held.chosen) + 1);
  const known = new Set(kept);
  return [...kept, ...sorted.filter((id) => !known.has(id))];
}

/** How many rows stand lower than their urgency asks: what a chip over the list tells. */
export function misplaced(order: readonly string[], sorted: readonly string[]): number {
  const place = new Map(sorted.map((id, index) => [id, index]));
  let lowest = -1;
  let count = 0;
  for (const id of order) {
    const at = place.get(id) ?? lowest;
    if (at < lowest) count += 1;
    else lowest = at;
  }
  return count;
}
