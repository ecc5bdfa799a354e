/** How late alerts are, as `/api/canary` gives it. Seconds. */
import type { CanaryFiguresAnswer, CanarySpanAnswer, CanarySpreadAnswer, CanaryWorkerAnswer, NewestCanaryAnswer } from "@/api/schema";
export const STEPS = ["published", "received", "pushed", "shown"] as const;
export type Step = (typeof STEPS)[number];

export type Spread = CanarySpreadAnswer;
export type Span = CanarySpanAnswer;
export type Newest = NewestCanaryAnswer;
export type Worker = CanaryWorkerAnswer;
export type Line = CanaryFiguresAnswer;

/** `0.08 s`, `1.2 s`, `34 s` */
export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} s`;
}

/** Of a worker that lives: for how long nothing of it came, where that is longer than allowed, by the clock of now; null: it is not silent. */
export function silentFor(worker: Worker, line: Line, now: number): number | null {
  if (!worker.alive) return null;
  if (worker.heard_at === null) return worker.state === "silent" ? line.silent : null;
  const gone = now - worker.heard_at;
  return worker.state === "silent" || gone >= line.silent ? gone : null;
}

/** The worst of the workers that live, for the one number on top. */
export function worst(line: Line): Worker | null {
  const living = line.workers.filter((one) => one.alive && one.newest !== null);
  const late = (one: Worker): number => one.newest?.total ?? one.newest?.stored ?? 0;
  return living.reduce<Worker | null>((found, one) => (found === null || late(one) > late(found) ? one : found), null);
}
