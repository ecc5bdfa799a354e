/** A trail on the map: its unbroken pieces, the gaps between them, and where the guard was at a moment. */

import { towards, type Place } from "@/map/geo";

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

interface Step {
  from: TrailFix;
  to: TrailFix;
  /** Nobody knows the way between the two. */
  broken: boolean;
}
/** From one fix that is believed to the next. A doubted fix is no part of the way. */
function* steps(fixes: readonly TrailFix[], gaps: readonly Span[]): Generator<Step> {
  let from: TrailFix | null = null;
  let doubted = false;
  for (const to of fixes) {
    if (to.doubts.length > 0) {
      doubted = true;
      continue;
    }
    if (from !== null) {
      const before: TrailFix = from;
      const seconds = to.at - before.at;
      yield { from: before, to, broken: seconds > APART || (doubted && seconds > LONGEST_DOUBT) || gaps.some((gap) => gap.from_at < to.at && gap.to_at > before.at) };
    }
    from = to;
    doubted = false;
  }
}

/** Lines of fixes that follow one another, and dashed ones across gaps and doubted stretches. */
export function pieces(fixes: readonly TrailFix[], gaps: readonly Span[]): { lines: Place[][]; across: Place[][] } {
  const first = fixes.find((fix) => fix.doubts.length === 0);
  const lines: Place[][] = first ? [[place(first)]] : [];
  const across: Place[][] = [];
  for (const { from, to, broken } of steps(fixes, gaps)) {
    if (broken) {
      lines.push([]);
      if (to.at - from.at <= APART) across.push([place(from), place(to)]);
    }
    lines[lines.length - 1]?.push(place(to));
  }
  return { lines, across };
}

export type ShadeBy = "time" | "speed";
/** A stretch of the way in one tone. */
export interface Shade {
  line: Place[];
  /** 0 (early, slow) to `TONES` - 1 (late, fast). */
  tone: number;
  /** The replay has come so far. */
  passed: boolean;
}
export const TONES = 5;
/** km/h at which the next tone begins: stands, walks, runs or cycles, drives, faster than any patrol on foot or by bicycle. */
export const SPEEDS: readonly number[] = [2, 7, 20, 40];

/** km/h from one fix to the next: as the device says, else by the way between them. */
export function speedOf(from: TrailFix, to: TrailFix): number {
  if (to.speed_mps !== null) return to.speed_mps * 3.6;
  const seconds = to.at - from.at;
  return seconds > 0 ? (towards(place(from), place(to)).metres / seconds) * 3.6 : 0;
}

/** The way in tones by time or by speed; what lies behind `at` is not passed yet. */
export function shades(fixes: readonly TrailFix[], gaps: readonly Span[], by: ShadeBy, at: number): Shade[] {
  const first = fixes[0]?.at ?? 0;
  const whole = (fixes[fixes.length - 1]?.at ?? 0) - first;
  const found: Shade[] = [];
  let goesOn = false;
  for (const { from, to, broken } of steps(fixes, gaps)) {
    if (broken) {
      goesOn = false;
      continue;
    }
    const share = whole > 0 ? (to.at - first) / whole : 0;
    const tone = by === "time" ? Math.min(TONES - 1, Math.floor(share * TONES)) : SPEEDS.filter((one) => speedOf(from, to) >= one).length;
    const passed = to.at <= at;
    const last = found[found.length - 1];
    if (goesOn && last?.tone === tone && last.passed === passed) last.line.push(place(to));
    else found.push({ line: [place(from), place(to)], tone, passed });
    goesOn = true;
  }
  return found;
}

/** What each tone stands for: the moment at which it begins (epoch seconds), or the speed (km/h). */
export function legend(fixes: readonly TrailFix[], by: ShadeBy): number[] {
  const first = fixes[0]?.at ?? 0;
  const whole = (fixes[fixes.length - 1]?.at ?? 0) - first;
  return by === "speed" ? [0, ...SPEEDS] : Array.from({ length: TONES }, (_, tone) => first + (whole * tone) / TONES);
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

/** Times in which fixes are doubted, whatever the doubt: what a guard reads of it. In order of their begin. */
export function drifts(fixes: readonly TrailFix[]): Span[] {
  const found: Span[] = [];
  let running: Span | null = null;
  for (const fix of fixes) {
    if (fix.doubts.length === 0) running = null;
    else if (running) running.to_at = fix.at;
    else found.push((running = { from_at: fix.at, to_at: fix.at }));
  }
  return found;
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
