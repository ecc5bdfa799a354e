/** A trail on the map: its unbroken pieces, the gaps between them, and where the guard was at a moment. */

import type { Place } from "@/lib/geo";

export interface TrailFix {
  at: number;
  lon: number;
  lat: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  doubts: string[];
}

export interface Span {
  from_at: number;
  to_at: number;
}

const place = (fix: TrailFix): Place => [fix.lon, fix.lat];

/** Lines of fixes that follow one another without a gap, and dashed ones across the gaps. A doubted fix is no part of the way. */
export function pieces(fixes: readonly TrailFix[], gaps: readonly Span[]): { lines: Place[][]; across: Place[][] } {
  const lines: Place[][] = [];
  const across: Place[][] = [];
  let before: TrailFix | null = null;
  let line: Place[] = [];
  for (const fix of fixes) {
    if (fix.doubts.length > 0) continue;
    const from = before;
    const broken = from !== null && gaps.some((gap) => gap.from_at < fix.at && gap.to_at > from.at);
    if (broken && from) {
      lines.push(line);
      across.push([place(from), place(fix)]);
      line = [];
    }
    line.push(place(fix));
    before = fix;
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
