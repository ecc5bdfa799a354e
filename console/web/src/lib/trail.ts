/** A trail on the map: its unbroken pieces, the gaps between them, and where the guard was at a moment. */

import type { Place } from "@/lib/geo";

export interface TrailFix {
  at: number;
  lon: number;
  lat: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  doubts: string[];
  /** Of a fault of coordinates: which system it was sent in, and how far off that put it. */
  system?: string;
  off_m?: number;
}

/** A run of fixes with one doubt. */
export interface Stretch {
  kind: string;
  from_at: number;
  to_at: number;
  n: number;
  system: string;
  off_m: number;
}

export interface Span {
  from_at: number;
  to_at: number;
}

const place = (fix: TrailFix): Place => [fix.lon, fix.lat];

/** Seconds: a doubted stretch as long as this leaves the way across it unknown. */
const LONGEST_DOUBT = 90;
/** Seconds beyond which nobody was on his way at all: another shift. */
const APART = 3600;

/** Lines of fixes that follow one another, and dashed ones across gaps and doubted stretches. A doubted fix is no part of the way. */
export function pieces(fixes: readonly TrailFix[], gaps: readonly Span[]): { lines: Place[][]; across: Place[][] } {
  const lines: Place[][] = [];
  const across: Place[][] = [];
  let before: TrailFix | null = null;
  let line: Place[] = [];
  let doubted = false;
  for (const fix of fixes) {
    if (fix.doubts.length > 0) {
      doubted = true;
      continue;
    }
    const from = before;
    const step = from === null ? 0 : fix.at - from.at;
    const broken = from !== null && (step > APART || (doubted && step > LONGEST_DOUBT) || gaps.some((gap) => gap.from_at < fix.at && gap.to_at > from.at));
    if (broken && from) {
      lines.push(line);
      if (step <= APART) across.push([place(from), place(fix)]);
      line = [];
    }
    line.push(place(fix));
    before = fix;
    doubted = false;
  }
  if (line.length > 0) lines.push(line);
  return { lines, across };
}

/** The last fix at or before `at`; the first one before any. */
export function fixAt(fixes: readonly TrailFix[], at: number): TrailFix | null {
  let low = 0;
  let high = fixes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((fixes[middle]?.at ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return fixes[low] ?? null;
}

/** Doubts as runs: fixes that follow one another with the same doubt are one line to read. In order of their begin. */
export function stretches(fixes: readonly TrailFix[]): Stretch[] {
  const found: Stretch[] = [];
  const running = new Map<string, { run: Stretch; last: number }>();
  for (const [index, fix] of fixes.entries()) {
    for (const kind of fix.doubts) {
      const system = kind === "wrong_coord_sys" ? (fix.system ?? "") : "";
      const off = kind === "wrong_coord_sys" ? (fix.off_m ?? 0) : 0;
      const before = running.get(kind + system);
      if (before && before.last === index - 1) {
        before.run.to_at = fix.at;
        before.run.n += 1;
        before.run.off_m = Math.max(before.run.off_m, off);
        before.last = index;
      } else {
        const run = { kind, from_at: fix.at, to_at: fix.at, n: 1, system, off_m: off };
        found.push(run);
        running.set(kind + system, { run, last: index });
      }
    }
  }
  return found;
}
